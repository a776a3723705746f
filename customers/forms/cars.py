"""Forms about cars and whose they are."""

import re
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
