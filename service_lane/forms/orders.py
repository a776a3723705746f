"""Forms of the repair-order page."""

from datetime import datetime
from typing import Any

from django import forms

from dealership.models import BAY, Role, Rooftop, Staff


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class PromiseForm(forms.Form):
    promised_at = forms.DateTimeField(
        label="New promised time",
        widget=_moment(),
        error_messages={"required": "Enter the new time.", "invalid": "Enter a day and a time."},
    )
    reason = forms.CharField(
        label="Why, as the customer was told",
        max_length=300,
        error_messages={"required": "Say why the time changes, as the customer was told."},
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_promised_at(self) -> datetime:
        promised_at: datetime = self.cleaned_data["promised_at"]
        if promised_at <= self.now:
            raise forms.ValidationError("That time has passed. Promise a time that is still to come.")
        return promised_at


class PartsForm(forms.Form):
    due_at = forms.DateTimeField(
        label="Part due",
        widget=_moment(),
        required=False,
        error_messages={"invalid": "Enter a day and a time, or leave it empty when it is here."},
    )


class AssignForm(forms.Form):
    technician = forms.ModelChoiceField(
        queryset=Staff.objects.none(),
        label="Technician",
        empty_label="Choose",
        error_messages={"required": "Choose who works on it.", "invalid_choice": "Choose somebody who works here."},
    )

    def __init__(self, *args: Any, rooftop: Rooftop, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A group's administrator may do anything, and turns no wrench.
        hands = BAY - {Role.Kind.GROUP_ADMIN}
        technicians = Staff.objects.filter(is_active=True, roles__rooftop=rooftop, roles__kind__in=hands).distinct()
        self.fields["technician"].queryset = technicians.order_by("name", "pk")  # type: ignore[attr-defined]


class CauseForm(forms.Form):
    cause = forms.CharField(label="Cause", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    correction = forms.CharField(
        label="Correction", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class VoidForm(forms.Form):
    reason = forms.CharField(
        label="Why it is taken out of the books",
        max_length=300,
        error_messages={"required": "Say why. The reason stays with the number."},
    )
