"""Forms about appointments."""

from datetime import datetime
from typing import Any

from django import forms

from service_lane.models import RepairOrder


class BookForm(forms.Form):
    """A new appointment.  The customer and the car are chosen before."""

    due_at = forms.DateTimeField(
        label="Day and time",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": "Enter the day and the time.", "invalid": "Enter a day and a time."},
    )
    purpose = forms.CharField(
        label="Why they come, in their own words",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write down why they come, in their own words."},
    )
    stay = forms.ChoiceField(
        label="While we work", choices=[("", "Not said"), *RepairOrder.Stay.choices], required=False
    )
    pay_type = forms.ChoiceField(
        label="Who pays", choices=[("C", "Customer"), ("W", "Warranty"), ("I", "Internal")], initial="C"
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_due_at(self) -> datetime:
        due_at: datetime = self.cleaned_data["due_at"]
        if due_at < self.now:
            raise forms.ValidationError("That time has passed. Enter a time that is still to come.")
        return due_at
