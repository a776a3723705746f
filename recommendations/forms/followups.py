"""What an advisor writes down about a follow-up."""

from typing import Any

from django import forms

from recommendations.actions.followups.steps import LONGEST_NOTE
from recommendations.models import FollowUpStep

OUTCOMES = (
    FollowUpStep.Kind.BOOKS,
    FollowUpStep.Kind.NOT_NOW,
    FollowUpStep.Kind.NEVER,
    FollowUpStep.Kind.ELSEWHERE,
    FollowUpStep.Kind.REPLIED,
    FollowUpStep.Kind.NO_ANSWER,
    FollowUpStep.Kind.LEFT_MESSAGE,
    FollowUpStep.Kind.WRONG_NUMBER,
)
"""What may come of a call, those who were reached first."""


class StepForm(forms.Form):
    """A call with what came of it, or a day until which it is left alone.

    `seen` is the last step its page showed; `contact` the number that was there to be called.
    """

    outcome = forms.ChoiceField(
        choices=[(one.value, one.label) for one in OUTCOMES],
        required=False,
        error_messages={"invalid_choice": "Choose what came of the call."},
    )
    note = forms.CharField(
        max_length=LONGEST_NOTE,
        required=False,
        error_messages={"max_length": f"The note is too long: {LONGEST_NOTE} characters at most."},
    )
    until = forms.DateField(required=False, error_messages={"invalid": "Enter a day, like 2027-03-01."})
    contact = forms.CharField(max_length=254, required=False)
    seen = forms.IntegerField(required=False)

    @property
    def problem(self) -> str:
        """The first thing that is wrong, in a sentence; "" when nothing is."""
        return next((str(errors[0]) for errors in self.errors.values()), "")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("outcome") and not data.get("until") and not self.errors:
            self.add_error("outcome", "Choose what came of the call, or a day to snooze until.")
        return data
