"""Forms about people: their names, how to reach them, where they live."""

from datetime import datetime
from typing import Any

from django import forms

from customers.actions import Name, Place
from customers.models import ContactPoint, Customer
from customers.rules import is_placeholder_phone, normalize_phone

NOT_A_PHONE = "Enter a phone number with its area code, like (415) 555-0142."
A_PLACEHOLDER = "That number only fills the field. Leave it empty if they gave none."


def short(label: str, *, required: bool = False, most: int = 100, **attrs: str) -> forms.CharField:
    """One line of text of at most `most` characters."""
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
    first_name = short("First name")
    last_name = short("Last name")
    business_name = short("Business name")
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
    street = short("Street and number", most=200)
    city = short("City")
    region = short("State or province", most=3)
    postal_code = short("ZIP or postal code", most=12)

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

    phone = short("Phone", most=40, inputmode="tel")
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
    value = short("Number or address", required=True, most=254)
    label = short("What it is", most=40, placeholder="mobile, work")

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
