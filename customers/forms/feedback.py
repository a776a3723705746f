"""Forms about what a customer said: ten seconds for most of it, and the rest where it is wanted."""

import re
from typing import Any

from django import forms

from customers.forms.people import read_phone, short
from customers.models import Complaint, Feedback
from customers.rules.files import LONGEST_WORDS

COMPLAINT = "complaint"
KINDS = [(COMPLAINT, "Complaint"), *Feedback.Kind.choices]


class SaidForm(forms.Form):
    """What somebody said, as a complaint, praise, a remark, a survey answer or a mention."""

    kind = forms.ChoiceField(
        label="What is it?",
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what it is."},
    )
    words = forms.CharField(
        label="In their own words",
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Write down what they said.",
            "max_length": f"Keep it under {LONGEST_WORDS:,} characters.",
        },
    )
    side = forms.ChoiceField(
        label="About",
        choices=Complaint.Side,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose service or sales."},
    )
    is_confidential = forms.BooleanField(
        label="Told in confidence", required=False, help_text="Kept from sales, who only hear that something is open."
    )
    visit = short("RO or deal number", most=40)
    place = short("Where they said it", most=200, placeholder="a review site, a survey")
    link = forms.URLField(
        label="Link to it",
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        error_messages={"invalid": "Enter a web address like https://example.com/review."},
    )
    score = forms.CharField(
        label="Score, if there is one",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "4 of 5"}),
    )

    def clean_score(self) -> tuple[int | None, int | None]:
        """(4, 5) from "4 of 5" or "4/5"; two Nones from nothing."""
        text = self.cleaned_data["score"].strip()
        if not text:
            return None, None
        found = re.fullmatch(r"(\d{1,3})\s*(?:/|of|out of)\s*(\d{1,3})", text)
        if not found or not 0 <= int(found[1]) <= int(found[2]) or int(found[2]) == 0:
            raise forms.ValidationError("Enter the score and the most it can be, like 4 of 5.")
        return int(found[1]), int(found[2])

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("is_confidential") and typed.get("side") == Complaint.Side.SALES:
            self.add_error("side", "What is told in confidence stays in service. Choose service.")
        if typed.get("kind") == Feedback.Kind.MENTION and not typed.get("place") and not typed.get("link"):
            self.add_error("place", "Say where they said it, or give the link.")
        return typed

    @property
    def is_complaint(self) -> bool:
        return bool(self.cleaned_data["kind"] == COMPLAINT)

    @property
    def wants_more(self) -> bool:
        """Whether the fields that most do not need are to be in sight."""
        return any(self[name].errors or self[name].value() for name in ("place", "link", "score"))

    @property
    def feedback(self) -> dict[str, Any]:
        """What `record_feedback` takes."""
        typed = self.cleaned_data
        score, score_of = typed["score"]
        names = ("kind", "words", "side", "is_confidential", "visit", "place", "link")
        return {name: typed[name] for name in names} | {"score": score, "score_of": score_of}


class SaidBySomebodyForm(SaidForm):
    """The same from any page: who said it is told by a phone, an e-mail or the number of the visit or sale."""

    phone = short("Their phone", most=40, inputmode="tel")
    email = forms.EmailField(
        label="Their e-mail",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": "Enter an e-mail address like name@example.com."},
    )
    field_order = ("kind", "words", "phone", "email", "visit")

    def clean_phone(self) -> str:
        return read_phone(self.cleaned_data["phone"])

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    @property
    def contact(self) -> str:
        return " ".join(part for part in (self.cleaned_data["phone"], self.cleaned_data["email"]) if part)
