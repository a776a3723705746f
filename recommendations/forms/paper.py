"""Forms of paper mode: the print job, and the times that stand on paper."""

from datetime import datetime
from typing import Any

from django import forms

from recommendations.models import Presentation
from service_lane.forms.paper import WhenForm, clock_field

MOST_BLANKS = 60


def _count(label: str, hint: str) -> forms.IntegerField:
    wrong = f"Enter how many, from 0 to {MOST_BLANKS}."
    return forms.IntegerField(
        label=label,
        help_text=hint,
        min_value=0,
        max_value=MOST_BLANKS,
        error_messages={"required": wrong, "invalid": wrong, "min_value": wrong, "max_value": wrong},
    )


class PrintForm(forms.Form):
    """What to print: a day's cars, and blanks."""

    day = forms.DateField(
        label="For the cars of",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the day.", "invalid": "Enter a day, like 2026-11-23."},
    )
    with_board = forms.BooleanField(label="The board as it stands", required=False)
    blanks = _count("Blank lane sheets", "Numbered, for cars nobody expects.")
    inspections = _count("Blank inspection sheets", "This rooftop's items and thresholds.")
    consents = _count("Phone consents", "The seven facts of a yes by phone, two to a page.")


class AnswersForm(WhenForm):
    """When, how and by whom lines were answered on paper or by phone.  The answers are fields of the lines."""

    happened = clock_field("Time")
    channel = forms.ChoiceField(
        label="How",
        choices=[
            (Presentation.Channel.COUNTER, "Signed at the counter"),
            (Presentation.Channel.PHONE, "By phone, all seven facts on paper"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Say how they answered."},
    )
    who_name = forms.CharField(
        label="Who answered", max_length=120, error_messages={"required": "Write down who answered."}
    )
    contact_used = forms.CharField(label="Number called", max_length=120, required=False)
    reason = forms.CharField(label="Why more work, as told on the phone", max_length=500, required=False)

    def clean_happened(self) -> datetime | None:
        return self.moment("happened")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("channel") == Presentation.Channel.PHONE:
            if not found.get("contact_used"):
                self.add_error("contact_used", "Enter the number that was called.")
            if not found.get("reason"):
                self.add_error("reason", "Write down why more work was needed.")
        return found


class WorkForm(WhenForm):
    """When work on one line started and ended, as the technician wrote it."""

    started = clock_field("Started", required=False)
    finished = clock_field("Finished", required=False, hint="Empty while it is not done.")

    def clean_started(self) -> datetime | None:
        return self.moment("started")

    def clean_finished(self) -> datetime | None:
        return self.moment("finished")
