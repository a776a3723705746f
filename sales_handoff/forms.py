"""What is typed here: the customer's answer, a value, an outcome, a guide file.  Forms validate; actions write."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from customers.models import Vehicle
from dealership.forms import CsvForm
from dealership.models import Staff
from sales_handoff.models import Ask, Handoff
from sales_handoff.rules.needs import NeedRow
from sales_handoff.rules.tables import fold
from sales_handoff.rules.tuning import Thresholds
from service_lane.models import RepairOrder

SAID_NO = "said_no"
NOT_THIS_TIME = [(veto.value, veto.label) for veto in Ask.Veto if veto != Ask.Veto.OTHER]
"""Why an advisor most often does not ask; their own words count as well."""
LONGEST_STAY = timedelta(days=60)


class AskForm(forms.Form):
    """Asked and yes, with their words; or not this time, with why.  `answer` and `reason` are what the action takes."""

    choice = forms.ChoiceField(
        choices=[("yes", "They said yes"), ("no", "Not this time")],
        error_messages={"required": "Choose one of the two."},
    )
    words = forms.CharField(required=False, max_length=500, label="Their words")
    leaves_at = forms.DateTimeField(
        required=False, label="The car leaves", error_messages={"invalid": "Type a date and a time."}
    )
    where = forms.CharField(required=False, max_length=100, label="Where they are")
    passes_on = forms.BooleanField(required=False, label="They agreed to be passed on to the sales system")
    why = forms.ChoiceField(required=False, choices=[(SAID_NO, "They said no"), *NOT_THIS_TIME])
    why_words = forms.CharField(required=False, max_length=200, label="Or in your words")

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("choice") == "yes" and not typed.get("words", "").strip():
            self.add_error("words", "Write down what they said, in their words.")
        if typed.get("choice") == "no" and not (typed.get("why") or typed.get("why_words", "").strip()):
            self.add_error("why", "Choose why, or write it.")
        leaves_at = typed.get("leaves_at")
        if typed.get("choice") == "yes" and leaves_at and not self.at < leaves_at < self.at + LONGEST_STAY:
            self.add_error("leaves_at", "That time has passed, or is too far away. When does the car leave?")
        return typed

    @property
    def answer(self) -> str:
        if self.cleaned_data["choice"] == "yes":
            return str(Ask.Answer.YES)
        return str(Ask.Answer.NO if self.cleaned_data["why"] == SAID_NO else Ask.Answer.NOT_ASKED)

    @property
    def veto(self) -> str:
        """Of what kind the reason is; "" when they said no."""
        chosen = self.cleaned_data["why"]
        if self.answer != Ask.Answer.NOT_ASKED:
            return ""
        return str(chosen or Ask.Veto.OTHER)

    @property
    def reason(self) -> str:
        chosen = dict(NOT_THIS_TIME).get(self.cleaned_data["why"], "")
        words = [str(chosen), self.cleaned_data["why_words"].strip()]
        return ". ".join(word for word in words if word)


def _dollars(label: str, *, required: bool = True, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=required,
        min_value=Decimal(0),
        max_value=Decimal("9999999.99"),
        max_digits=10,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "required": "Type the amount in dollars.",
            "invalid": "Type an amount like 4300.",
            "min_value": "An amount cannot be below zero.",
        },
        **options,
    )


class ValueForm(forms.Form):
    """What this car is worth once fixed, as somebody here says."""

    low = _dollars("Low, in dollars")
    high = _dollars("High, in dollars")
    payoff = _dollars("Still owed on it", required=False, help_text="Leave it empty when nobody knows.")
    source = forms.CharField(
        label="Where the value comes from",
        max_length=200,
        help_text="Like: auction report 20 Nov, or the used-car manager.",
        error_messages={"required": "Say where the value comes from."},
    )

    def clean(self) -> dict[str, Any]:
        low, high = self.cleaned_data.get("low"), self.cleaned_data.get("high")
        if low is not None and high is not None and high < low:
            self.add_error("high", "The high value must be at least the low one.")
        return self.cleaned_data


class AppraiseForm(forms.Form):
    """What the two of them found the car to be worth once fixed."""

    low = _dollars("Low, in dollars")
    high = _dollars("High, in dollars")
    payoff = _dollars("Still owed on it", required=False, help_text="Leave it empty when nobody knows.")

    def clean(self) -> dict[str, Any]:
        low, high = self.cleaned_data.get("low"), self.cleaned_data.get("high")
        if low is not None and high is not None and high < low:
            self.add_error("high", "The high value must be at least the low one.")
        return self.cleaned_data


class ReassignForm(forms.Form):
    """Who takes it instead, and why."""

    to = forms.ModelChoiceField(
        label="Give it to",
        queryset=Staff.objects.none(),
        empty_label="Choose somebody",
        error_messages={"required": "Choose who takes it.", "invalid_choice": "Choose somebody who sells here."},
    )
    reason = forms.CharField(
        max_length=300, label="Why", error_messages={"required": "Say why somebody else takes it."}
    )

    def __init__(self, *args: Any, sellers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = sellers  # type: ignore[attr-defined]


def _ratio(label: str, help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        min_value=Decimal("0.01"),
        max_value=Decimal("9.99"),
        max_digits=4,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": "Type a share like 0.50.", "invalid": "Type a share like 0.50."},
    )


class ThresholdsForm(forms.Form):
    """When a repair is worth a word."""

    mention_ratio = _ratio("Mention from this share of the value", "Like 0.25 for a quarter.")
    mention_amount = _dollars("Mention from this amount")
    conversation_ratio = _ratio("Conversation from this share", "Like 0.50 for half.")
    conversation_amount = _dollars("Conversation from this amount")
    unknown_value_amount = _dollars("Conversation where the value is not known, from")

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        for what, words in (("ratio", "share"), ("amount", "amount")):
            mention, talk = typed.get(f"mention_{what}"), typed.get(f"conversation_{what}")
            if mention is not None and talk is not None and talk < mention:
                self.add_error(
                    f"conversation_{what}", f"A conversation cannot begin at a smaller {words} than a mention."
                )
        return typed

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(**{name: self.cleaned_data[name] for name in Thresholds.__dataclass_fields__})


class FinishForm(forms.Form):
    """What came of it, in two taps, with a note for those who want to."""

    outcome = forms.ChoiceField(
        label="What came of it?",
        choices=Handoff.Outcome.choices,
        error_messages={"required": "Choose what came of it.", "invalid_choice": "Choose what came of it."},
    )
    note = forms.CharField(required=False, max_length=1000, label="A note")


class WithdrawForm(forms.Form):
    """Taking a yes back."""

    reason = forms.CharField(max_length=300, label="Why", error_messages={"required": "Say why it is taken back."})
    said_stop = forms.BooleanField(required=False, label="They said stop: do not ask again")


class ListForm(CsvForm):
    """A guide, a stock or another list as a CSV file."""

    most_mb = 20

    is_full = forms.BooleanField(
        required=False,
        label="This is our whole stock",
        help_text="Cars that are not in it are marked gone.",
    )

    def __init__(self, *args: Any, may_be_full: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_be_full:
            del self.fields["is_full"]


class NeedForm(forms.Form):
    """A car the used-car manager looks for, typed by hand."""

    make = forms.CharField(max_length=60, error_messages={"required": "Type the make."})
    model = forms.CharField(max_length=60, error_messages={"required": "Type the model."})
    year_from = forms.IntegerField(
        label="From model year",
        min_value=1950,
        max_value=2100,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "Type the first model year.", "invalid": "Type a year like 2017."},
    )
    year_to = forms.IntegerField(
        label="To model year",
        min_value=1950,
        max_value=2100,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "Type the last model year.", "invalid": "Type a year like 2019."},
    )
    most_miles = forms.IntegerField(
        label="At most, miles",
        min_value=0,
        max_value=2_000_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "Type the most miles.", "invalid": "Type miles like 90000."},
    )
    pays = _dollars("We pay up to, in dollars")
    until_date = forms.DateField(
        label="Wanted until",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose the last day.", "invalid": "Choose a day."},
    )
    note = forms.CharField(required=False, max_length=200, help_text="Like: for a customer who waits.")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("year_from") and typed.get("year_to") and typed["year_to"] < typed["year_from"]:
            self.add_error("year_to", "The last model year must be at least the first.")
        if typed.get("until_date") and typed["until_date"] < self.today:
            self.add_error("until_date", "That day has passed.")
        if typed.get("pays") == 0:
            self.add_error("pays", "Type what we would pay.")
        return typed

    def need(self) -> NeedRow:
        typed = self.cleaned_data
        return NeedRow(**{**typed, "make": fold(typed["make"]), "model": fold(typed["model"])})


class WishForm(forms.Form):
    """What the customer would need of another car.  Nothing is asked for: each is left empty when nobody said it."""

    body = forms.ChoiceField(
        required=False, label="Body", choices=[("", "Like the one they have"), *Vehicle.Body.choices]
    )
    seats = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=15,
        label="Seats they need",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "Type a number like 5."},
    )
    payment = _dollars("A month, at most", required=False, help_text="Empty: what keeping theirs costs a month.")
    all_wheels = forms.BooleanField(required=False, label="All-wheel drive")


class PlanForm(forms.Form):
    """What the customer says of their plan for the car they have."""

    plan = forms.ChoiceField(
        label="Their plan", choices=RepairOrder.Plan.choices, error_messages={"required": "Choose what they said."}
    )
    plan_years = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=40,
        label="How many years",
        help_text="Only with a plan of so many years.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "Type the years as digits, like 3."},
    )

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("plan") == RepairOrder.Plan.YEARS and not typed.get("plan_years") and not self.errors:
            self.add_error("plan_years", "Type how many years they mean to keep it.")
        return typed


class EraseForm(forms.Form):
    """Typing the number is what stands between a click and something nobody can undo."""

    number = forms.CharField(
        label="Type the customer's number to erase",
        max_length=20,
        help_text="It is in the heading of this page.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "Type the customer's number."},
    )
