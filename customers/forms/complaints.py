"""Forms about complaints."""

from datetime import datetime
from typing import Any

from django import forms

from customers.actions.complaints import SIDES
from customers.models import Complaint
from dealership.models import Rooftop, Staff


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
        required=False,
        queryset=Staff.objects.none(),
        empty_label="Whoever runs that side",
        error_messages={"invalid_choice": "Choose somebody who works here."},
    )
    due_at = forms.DateTimeField(
        label="They hear from us by",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": "Say by when they hear from us.", "invalid": "Enter a day and a time."},
    )

    is_confidential = forms.BooleanField(
        label="Told in confidence", required=False, help_text="Kept from sales, who only hear that something is open."
    )
    visit = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

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

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("is_confidential") and typed.get("side") == Complaint.Side.SALES:
            self.add_error("side", "What is told in confidence stays in service. Choose service.")
        return typed


class SettledForm(forms.Form):
    """What the customer said when they were asked whether it is settled; or that nobody answered."""

    LATER = "later"

    outcome = forms.ChoiceField(
        choices=[*Complaint.Outcome.choices, (LATER, "Not reached")],
        error_messages={"required": "Choose what they said.", "invalid_choice": "Choose what they said."},
    )
    words = forms.CharField(
        label="What they said, in their words",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("outcome") == Complaint.Outcome.NOT_SETTLED and not typed.get("words"):
            self.add_error("words", "Write down what is still not right: it is opened again with these words.")
        return typed


class CloseForm(forms.Form):
    what_was_done = forms.CharField(
        label="What was done",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what was done. They will be asked whether it was right."},
    )
