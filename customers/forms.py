"""Forms about people and cars: they read what was typed and say what is wrong with it; nothing is saved here."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from customers.actions import Car, Name, Place
from customers.actions.complaints import SIDES
from customers.models import Complaint, ContactPoint, Customer, Tie, Vehicle
from customers.rules import is_placeholder_phone, normalize_phone, normalize_vin
from customers.rules.vin import LENGTH
from dealership.models import Rooftop, Staff

NOT_A_PHONE = "Enter a phone number with its area code, like (415) 555-0142."
A_PLACEHOLDER = "That number only fills the field. Leave it empty if they gave none."


def _short(label: str, *, required: bool = False, most: int = 100, **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        required=required,
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
        error_messages={"max_length": f"Keep it under {most} characters."},
    )


def read_phone(text: str) -> str:
    """A typed number in the form it is kept in; ValidationError says kindly what is wrong with it."""
    if not text.strip():
        return ""
    phone = normalize_phone(text)
    if phone is None:
        raise forms.ValidationError(A_PLACEHOLDER if is_placeholder_phone(text) else NOT_A_PHONE)
    return phone


class SeenForm(forms.Form):
    """A correction; `seen_at` is the version of the row that was on the screen."""

    seen_at = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_seen_at(self) -> datetime | None:
        text = self.cleaned_data["seen_at"]
        try:
            return datetime.fromisoformat(text) if text else None
        except ValueError:
            raise forms.ValidationError("Load the page again: this copy of it cannot be read.") from None

    def see_again(self, seen_at: datetime | None) -> None:
        """The form as typed, now standing on the newest version, for saving once that was looked at."""
        self.data = {**self.data.dict(), "seen_at": seen_at.isoformat() if seen_at else ""}  # type: ignore[attr-defined]


class NameForm(forms.Form):
    kind = forms.ChoiceField(label="Person or business", choices=Customer.Kind, initial=Customer.Kind.PERSON)
    first_name = _short("First name")
    last_name = _short("Last name")
    business_name = _short("Business name")
    language = forms.ChoiceField(label="Written to in", choices=Customer.Language, initial=Customer.Language.ENGLISH)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("kind") == Customer.Kind.BUSINESS:
            if not typed.get("business_name") and "business_name" not in self.errors:
                self.add_error("business_name", "Enter the name of the business.")
        elif not typed.get("first_name") and not typed.get("last_name") and not self.errors:
            self.add_error("last_name", "Enter a first or a last name.")
        return typed

    @property
    def name(self) -> Name:
        return Name(**{field: self.cleaned_data[field] for field in Name.__dataclass_fields__})


class AddressForm(forms.Form):
    street = _short("Street and number", most=200)
    city = _short("City")
    region = _short("State or province", most=3)
    postal_code = _short("ZIP or postal code", most=12)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if not typed.get("street") and any(typed.get(name) for name in ("city", "region", "postal_code")):
            self.add_error("street", "Enter the street, or leave the whole address empty.")
        return typed

    @property
    def place(self) -> Place | None:
        typed = self.cleaned_data
        if not typed["street"]:
            return None
        return Place(typed["street"], typed["city"], typed["region"].upper(), typed["postal_code"].upper())


class CustomerForm(NameForm, AddressForm):
    """A new customer: a name, and what they gave us of the rest."""

    phone = _short("Phone", most=40, inputmode="tel")
    email = forms.EmailField(
        label="E-mail",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": "Enter an e-mail address like name@example.com."},
    )
    field_order = (
        *("kind", "first_name", "last_name", "business_name", "phone", "email"),
        *("street", "city", "region", "postal_code", "language"),
    )

    def clean_phone(self) -> str:
        return read_phone(self.cleaned_data["phone"])

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class EditForm(NameForm, SeenForm):
    """A name as it should be."""


class ContactForm(forms.Form):
    kind = forms.ChoiceField(label="Kind", choices=ContactPoint.Kind)
    value = _short("Number or address", required=True, most=254)
    label = _short("What it is", most=40, placeholder="mobile, work")

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        value = typed.get("value", "")
        try:
            if typed.get("kind") == ContactPoint.Kind.PHONE:
                typed["value"] = read_phone(value)
            elif value:
                typed["value"] = forms.EmailField(
                    error_messages={"invalid": "Enter an e-mail address like name@example.com."}
                ).clean(value)
        except forms.ValidationError as problem:
            self.add_error("value", problem)
        return typed


class CarForm(forms.Form):
    vin = _short("VIN", most=40, spellcheck="false")
    plate = _short("Plate", most=15, spellcheck="false")
    plate_region = _short("State of the plate", most=3)
    year = forms.IntegerField(
        label="Year",
        required=False,
        validators=[
            MinValueValidator(1900, "Enter a model year from 1900 on."),
            MaxValueValidator(2100, "Enter a model year that has come."),
        ],
        error_messages={"invalid": "Enter the year as four digits."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    make = _short("Make", most=60)
    model = _short("Model", most=60)
    trim = _short("Trim", most=80)
    body = forms.ChoiceField(label="Body", choices=Vehicle.Body)
    color = _short("Color", most=40)

    def clean_vin(self) -> str | None:
        """Anything up to 17 letters and digits is kept: what looks wrong is said on the car's page, never refused."""
        vin = normalize_vin(self.cleaned_data["vin"])
        if len(vin) > LENGTH:
            raise forms.ValidationError(f"A VIN has {LENGTH} characters. This one has {len(vin)}.")
        return vin or None

    def clean_plate(self) -> str:
        return re.sub(r"[^A-Z0-9]", "", self.cleaned_data["plate"].upper())

    def clean_plate_region(self) -> str:
        return str(self.cleaned_data["plate_region"]).upper()

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if not self.errors and not any(typed.get(name) for name in ("vin", "plate", "make", "model")):
            self.add_error("plate", "Enter the plate, the VIN or what car it is.")
        return typed

    @property
    def car(self) -> Car:
        return Car(**{field: self.cleaned_data[field] for field in Car.__dataclass_fields__})


class VehicleForm(CarForm, SeenForm):
    """A car as it should be."""


class NewVehicleForm(CarForm):
    tie = forms.ChoiceField(label="This customer", choices=Tie.Kind, initial=Tie.Kind.OWNS)
    take = forms.BooleanField(label="Take what the VIN proposes", required=False)


class TieForm(forms.Form):
    """A car we know becomes theirs as well."""

    vehicle = forms.IntegerField()
    tie = forms.ChoiceField(choices=Tie.Kind, initial=Tie.Kind.OWNS)


class ConsentForm(forms.Form):
    """One yes or no.  Nothing is chosen beforehand."""

    granted = forms.ChoiceField(
        label="Their answer",
        choices=(("yes", "Yes"), ("no", "No")),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what they answered."},
    )
    source = forms.ChoiceField(
        label="Where they said it",
        choices=(
            ("At the counter", "At the counter"),
            ("By phone", "By phone"),
            ("In writing", "In writing, on paper kept here"),
        ),
    )
    text_version = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, version: str, needs_writing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = version
        self.needs_writing = needs_writing
        self.initial = {"text_version": version}

    def clean_text_version(self) -> str:
        if self.cleaned_data["text_version"] != self.version:
            raise forms.ValidationError("The words have changed since. Read them the new ones and ask again.")
        return self.version

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if self.needs_writing and typed.get("granted") == "yes" and typed.get("source") not in ("In writing", None):
            self.add_error("source", "A yes to offers by text counts only when it is signed. Let them sign this.")
        return typed


class ComplaintForm(forms.Form):
    words = forms.CharField(
        label="In their own words",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write down what they said."},
    )
    side = forms.ChoiceField(
        label="Whose problem is it?",
        choices=Complaint.Side,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whose problem it is: only they can close it."},
    )
    owner = forms.ModelChoiceField(
        label="Who takes it on",
        queryset=Staff.objects.none(),
        empty_label="Choose one person",
        error_messages={"required": "Choose one person.", "invalid_choice": "Choose somebody who works here."},
    )
    due_at = forms.DateTimeField(
        label="They hear from us by",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": "Say by when they hear from us.", "invalid": "Enter a day and a time."},
    )

    def __init__(self, *args: Any, rooftop: Rooftop, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rooftop, self.now = rooftop, now
        everybody = SIDES[Complaint.Side.SERVICE] | SIDES[Complaint.Side.SALES]
        working = Staff.objects.filter(is_active=True, roles__rooftop=rooftop, roles__kind__in=everybody)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = working.distinct().order_by("name", "pk")

    def clean_due_at(self) -> datetime:
        due_at: datetime = self.cleaned_data["due_at"]
        if due_at <= self.now:
            raise forms.ValidationError("That time has passed. Enter one that is still to come.")
        return due_at


class CloseForm(forms.Form):
    what_was_done = forms.CharField(
        label="What was done",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what was done. They will be asked whether it was right."},
    )
