"""Forms about cars and whose they are."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from customers.actions import Car
from customers.forms.people import SeenForm, short
from customers.models import Tie, Vehicle
from customers.rules import normalize_vin
from customers.rules.vin import LENGTH


class CarForm(forms.Form):
    vin = short("VIN", most=40, spellcheck="false")
    plate = short("Plate", most=15, spellcheck="false")
    plate_region = short("State of the plate", most=3)
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
    make = short("Make", most=60)
    model = short("Model", most=60)
    trim = short("Trim", most=80)
    body = forms.ChoiceField(label="Body", choices=Vehicle.Body)
    color = short("Color", most=40)
    policy_number = short("Insurance policy number", most=40, spellcheck="false")

    def clean_vin(self) -> str | None:
        """Anything up to 17 letters and digits is kept: what looks wrong is said on the car's page, never refused."""
        vin = normalize_vin(self.cleaned_data["vin"])
        if len(vin) > LENGTH:
            raise forms.ValidationError(f"A VIN has {LENGTH} characters. This one has {len(vin)}.")
        return vin or None

    def clean_plate(self) -> str:
        return re.sub(r"[^A-Z0-9]", "", self.cleaned_data["plate"].upper())

    def clean_policy_number(self) -> str:
        return re.sub(r"[^A-Z0-9]", "", self.cleaned_data["policy_number"].upper())

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
    tie = forms.ChoiceField(label="This customer", choices=Tie.ROLES, initial=Tie.Kind.OWNS)
    take = forms.BooleanField(label="Take what the VIN proposes", required=False)


class TieForm(forms.Form):
    """A car we know becomes theirs as well."""

    vehicle = forms.IntegerField()
    tie = forms.ChoiceField(choices=Tie.Kind, initial=Tie.Kind.OWNS)


def _day(label: str, *, required: bool = False) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the day.", "invalid": "Enter a day, like 2026-11-24."},
    )


class RoleForm(forms.Form):
    """A role for a car: which, since when, and who told us.  The person is chosen from those who fit."""

    kind = forms.ChoiceField(
        label="Role",
        choices=Tie.ROLES,
        error_messages={"required": "Choose the role.", "invalid_choice": "Choose the role."},
    )
    since = _day("Since, if they said")
    said_by = short("Who told us", placeholder="Julie, at the counter")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_since(self) -> date | None:
        since: date | None = self.cleaned_data["since"]
        if since and since > self.today:
            raise forms.ValidationError("That day has not come. Leave it empty for today.")
        return since


MOST_MILES = 999_999


class ToldOfCarForm(forms.Form):
    """What somebody told us of a car: at least the miles or what it needs."""

    miles = forms.CharField(
        label="Miles, as they said",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    words = short("What it needs, in their words", most=300, placeholder="It still needs tires and oil")
    said_date = _day("Said on", required=True)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_miles(self) -> int | None:
        text = re.sub(r"[\s,.]|mi(les)?$", "", self.cleaned_data["miles"].strip().lower())
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or not 0 < int(text) <= MOST_MILES:
            raise forms.ValidationError("Enter the miles as a number, like 88,000.")
        return int(text)

    def clean_said_date(self) -> date:
        said: date = self.cleaned_data["said_date"]
        if said > self.today:
            raise forms.ValidationError("That day has not come yet.")
        return said

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if not self.errors and not typed.get("words") and typed.get("miles") is None:
            self.add_error("miles", "Enter the miles they told you, or what it needs.")
        return typed
