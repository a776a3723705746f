"""Forms of what people ask about their own data."""

from datetime import date
from typing import Any

from django import forms

from customers.forms.afterwards import colleagues
from customers.models import PrivacyRequest
from dealership.models import OFFICE, Rooftop, Staff


def _words(label: str, *, required: str = "", hint: str = "", rows: int = 2) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=bool(required),
        max_length=2000,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": required, "max_length": "Keep it under 2,000 characters."},
    )


class AskedForm(forms.Form):
    """What they asked, how and when, and how we know that it is them, if we do yet."""

    kind = forms.ChoiceField(
        label="They want us to",
        choices=[("", "Choose one"), *PrivacyRequest.Kind.choices],
        error_messages={"required": "Choose what they want.", "invalid_choice": "Choose what they want."},
    )
    asked_how = forms.ChoiceField(
        label="They asked",
        choices=[("", "Choose one"), *PrivacyRequest.ASKED_HOW],
        error_messages={"required": "Choose how they asked.", "invalid_choice": "Choose how they asked."},
    )
    asked_on = forms.DateField(
        label="On",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the day they asked.", "invalid": "Enter a day."},
    )
    words = _words("In their own words", hint="For a correction: what is wrong, and what is right.")
    verified_how = _words("How we know that it is them", hint="What you asked or looked at. You can add it later.")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_asked_on(self) -> date:
        asked: date = self.cleaned_data["asked_on"]
        if asked > self.today:
            raise forms.ValidationError("That day is still to come. Enter the day they asked.")
        return asked


class IdentifyForm(forms.Form):
    verified_how = _words(
        "How we know that it is them",
        required="Write down what you asked or looked at.",
        hint="Ask for what only they know: the last bill, the odometer. Keep no copy of an ID.",
    )


class DoneForm(forms.Form):
    note = _words("What was done", required="Write down what was done.")


class RefuseForm(forms.Form):
    why = _words("Why it is refused", required="Say why it is refused.", hint="They are told this, word for word.")


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(
        label="Who answers it",
        queryset=Staff.objects.none(),
        empty_label="Choose one person",
        error_messages={"required": "Choose one person.", "invalid_choice": "Choose a service manager or an admin."},
    )

    def __init__(self, *args: Any, rooftop: Rooftop, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = colleagues(rooftop, *OFFICE)  # type: ignore[attr-defined]
