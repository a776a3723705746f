"""Forms of what comes after a visit or a sale: check-ins, purchases, referrals, questions followed through."""

from datetime import date, datetime
from typing import Any

from django import forms

from customers.forms.people import read_phone, short
from customers.models import CheckIn, Complaint, FollowThrough
from customers.rules import normalize_vin
from customers.rules.vin import LENGTH
from dealership.models import SERVICE, Rooftop, Staff

NOT_REACHED = "not_reached"
THANKS = ("In person", "By phone", "By text", "By e-mail", "A card")


def colleagues(rooftop: Rooftop, *kinds: str) -> Any:
    """Who works at this rooftop now (in one of these roles, if any are named), by name."""
    roles = {"roles__rooftop": rooftop} | ({"roles__kind__in": kinds} if kinds else {})
    return Staff.objects.filter(is_active=True, **roles).distinct().order_by("name", "pk")


def _person(label: str, *, required: str = "") -> "forms.ModelChoiceField[Staff]":
    return forms.ModelChoiceField(
        label=label,
        required=bool(required),
        queryset=Staff.objects.none(),
        empty_label="Choose one person",
        error_messages={
            "required": required or "Choose one person.",
            "invalid_choice": "Choose somebody who works here.",
        },
    )


def _words(label: str, *, required: str = "", rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=bool(required),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": required, "max_length": "Keep it under 2,000 characters."},
    )


class DueForm(forms.Form):
    """A time that is still to come."""

    due_at = forms.DateTimeField(
        label="They hear from us by",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": "Say by when they hear from us.", "invalid": "Enter a day and a time."},
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_due_at(self) -> datetime:
        due_at: datetime = self.cleaned_data["due_at"]
        if due_at <= self.now:
            raise forms.ValidationError("That time has passed. Enter one that is still to come.")
        return due_at


# --- check-ins -------------------------------------------------------------------------------------------------------


class OutcomeForm(forms.Form):
    """What they said; the words are wanted only when something is not right."""

    outcome = forms.ChoiceField(
        choices=[(NOT_REACHED, "Not reached"), *CheckIn.Outcome.choices],
        error_messages={"required": "Choose what came of it.", "invalid_choice": "Choose what came of it."},
    )
    words = _words("What they said, in their words")

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("outcome") == CheckIn.Outcome.NEVER_REACHED:
            self.add_error("outcome", "Choose what came of it.")
        if typed.get("outcome") == CheckIn.Outcome.NOT_WELL and not typed.get("words", "").strip():
            self.add_error("words", "Write down what is not right: somebody has to put it right.")
        return typed


# --- purchases -------------------------------------------------------------------------------------------------------


class PurchaseForm(forms.Form):
    phone = short("Their phone", most=40, inputmode="tel")
    email = forms.EmailField(
        label="Or their e-mail",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": "Enter an e-mail address like name@example.com."},
    )
    car = short("Car", required=True, most=120, placeholder="2026 Honda CR-V")
    vin = short("VIN", most=40, spellcheck="false")
    deal_number = short("Deal number", required=True, most=40)
    sold_date = forms.DateField(
        label="Delivered on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the day of delivery.", "invalid": "Enter a day."},
    )
    salesperson = _person("Sold by")
    promised = _words("What was promised at the sale", rows=2)

    def __init__(self, *args: Any, rooftop: Rooftop, today: date, is_known: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.is_known = today, is_known
        self.fields["salesperson"].queryset = colleagues(rooftop)  # type: ignore[attr-defined]
        self.fields["car"].error_messages["required"] = "Enter what car it is."
        self.fields["deal_number"].error_messages["required"] = "Enter the deal number."
        if is_known:
            del self.fields["phone"], self.fields["email"]

    def clean_phone(self) -> str:
        return read_phone(self.cleaned_data["phone"])

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_vin(self) -> str:
        vin = normalize_vin(self.cleaned_data["vin"])
        if len(vin) > LENGTH:
            raise forms.ValidationError(f"A VIN has {LENGTH} characters. This one has {len(vin)}.")
        return vin

    def clean_sold_date(self) -> date:
        sold: date = self.cleaned_data["sold_date"]
        if sold > self.today:
            raise forms.ValidationError("That day is still to come. Record it at delivery.")
        return sold

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if not self.is_known and not self.errors and not typed["phone"] and not typed["email"]:
            self.add_error("phone", "Enter their phone or e-mail: a name does not say who it is.")
        return typed


class IntroduceForm(forms.Form):
    """The three things of an introduction to service."""

    advisor = _person("Who looks after them", required="Choose the advisor they met.")
    first_visit = forms.DateField(
        label="First visit",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the day of the first visit.", "invalid": "Enter a day."},
    )
    schedule_told = forms.BooleanField(
        label="The maintenance schedule was gone through with them",
        error_messages={"required": "Go through the schedule with them first."},
    )

    def __init__(self, *args: Any, rooftop: Rooftop, sold: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sold = sold
        self.fields["advisor"].queryset = colleagues(rooftop, *SERVICE)  # type: ignore[attr-defined]

    def clean_first_visit(self) -> date:
        day: date = self.cleaned_data["first_visit"]
        if day < self.sold:
            raise forms.ValidationError("The first visit cannot be before the car was delivered.")
        return day


# --- referrals -------------------------------------------------------------------------------------------------------


class ReferralForm(forms.Form):
    what = forms.ChoiceField(
        label="For",
        choices=Complaint.Side,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose service or sales."},
    )
    words = _words("What they said about it", rows=2)


class ThankForm(forms.Form):
    how = forms.ChoiceField(
        label="How they were thanked",
        choices=[(how, how) for how in THANKS],
        error_messages={"required": "Choose how they were thanked.", "invalid_choice": "Choose one of these."},
    )


# --- questions -------------------------------------------------------------------------------------------------------


class QuestionForm(DueForm):
    words = _words("What they want to know, in their words", required="Write down what they want to know.")
    owner = _person("Who can answer it", required="Choose who can answer it.")
    visit = short("RO number", most=40, inputmode="numeric")
    field_order = ("words", "owner", "due_at", "visit")

    def __init__(self, *args: Any, rooftop: Rooftop, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = colleagues(rooftop)  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    answer = _words("The answer, as the customer is to hear it", required="Write down what they are to hear.")


class ToldForm(forms.Form):
    how = forms.ChoiceField(
        label="How they were told",
        choices=FollowThrough.How,
        error_messages={"required": "Choose how they were told.", "invalid_choice": "Choose one of these."},
    )


class GiveForm(forms.Form):
    """Another owner."""

    owner = _person("Give it to", required="Choose one person.")

    def __init__(self, *args: Any, rooftop: Rooftop, kinds: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = colleagues(rooftop, *kinds)  # type: ignore[attr-defined]
