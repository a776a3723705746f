"""What a technician sends from one item of an inspection, and a trouble code."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from service_lane.actions.inspection import COLORS, NO_PHOTO, beside, instead
from service_lane.models import InspectionItem
from service_lane.rules import convert

NOT_DONE = ("Needs a road test", "Could not reach it", "Not on this car")
NO_PHOTO_REASONS = ("Too dark", "Could not reach it", "Taken off and thrown away")
MOST = Decimal(999_999)
RULINGS = (*sorted(COLORS), "none")


def reads_in(unit: str) -> str:
    """The other unit a gauge for this one may show, "" when there is none.  What is typed in it is converted."""
    return "32nds" if unit == "mm" else ""


class ItemForm(forms.Form):
    """One item.  `do` is the button: a measure, a ruling (also what tapping a sign sends), or notes."""

    version = forms.IntegerField(min_value=0)
    do = forms.ChoiceField(
        choices=[(do, do) for do in ("measure", "rule", "reading", "change", "note")], required=False
    )
    rule = forms.ChoiceField(choices=[(one, one) for one in RULINGS], required=False)
    place = forms.CharField(required=False, max_length=12)
    unit = forms.CharField(required=False, max_length=12)
    value = forms.CharField(required=False, max_length=20)
    reads_in = forms.CharField(required=False, max_length=12)
    marks = forms.MultipleChoiceField(required=False)
    words = forms.CharField(required=False, max_length=500)
    not_done = forms.CharField(required=False, max_length=100)
    not_done_words = forms.CharField(required=False, max_length=300)
    note = forms.CharField(required=False, max_length=2000)
    no_photo = forms.CharField(required=False, max_length=200)
    worth_telling = forms.CharField(required=False, max_length=2000)

    def __init__(self, *args: Any, item: InspectionItem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.item = item
        self.fields["marks"].choices = [(mark, mark) for mark in item.marks]  # type: ignore[attr-defined]

    def clean_place(self) -> str:
        place: str = self.cleaned_data["place"]
        return place if place in self.item.places or place in beside(self.item) else self.item.places[0]

    def clean_unit(self) -> str:
        unit: str = self.cleaned_data["unit"]
        return unit if unit in instead(self.item) else ""

    def clean_value(self) -> Decimal | None:
        typed = self.cleaned_data["value"].strip().replace(",", ".")
        if not typed:
            return None
        try:
            value = Decimal(typed)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or value < 0 or value > MOST:
            raise forms.ValidationError("Type the reading as a number, like 4.5.")
        return value.quantize(Decimal("0.01"))

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        value = cleaned.get("value")
        if value is not None and cleaned["reads_in"] and cleaned["reads_in"] == reads_in(self.item.unit):
            value = convert(value, cleaned["reads_in"], self.item.unit).quantize(Decimal("0.01"))
            cleaned["value"] = value
        if value is not None:
            measure = beside(self.item).get(cleaned["place"]) or instead(self.item).get(cleaned["unit"])
            new = measure["new_value"] if measure else self.item.new_value
            unit = measure["unit"] if measure else self.item.unit
            if new and value > 2 * Decimal(new):
                self.add_error(
                    "value", f"{value.normalize():f} {unit} is far more than new ({Decimal(new):g}). Type it again."
                )
        elif cleaned.get("do") == "measure" and "value" not in self.errors:
            self.add_error("value", "Type the reading.")
        return cleaned

    def what(self) -> dict[str, Any]:
        """The arguments of `record_item`: only what this form showed."""
        cleaned = self.cleaned_data
        what: dict[str, Any] = {}
        if cleaned["value"] is not None:
            what |= {"values": {cleaned["place"]: cleaned["value"]}, "unit": cleaned["unit"]}
        if "marks_shown" in self.data:
            what["marked"] = cleaned["marks"]
        if "note" in self.data:
            note = cleaned["note"].strip()
            if why := cleaned["no_photo"].strip():
                note = f"{note}{'' if not note or note.endswith('.') else '.'} {NO_PHOTO} {why}".strip()
            what["note"] = note
        if "worth_telling" in self.data:
            what["worth_telling"] = cleaned["worth_telling"]
        if cleaned["do"] == "reading":
            return what | {"use_reading": True}
        if cleaned["do"] in ("measure", "note"):
            return what
        if cleaned["rule"] == "none":
            reason = cleaned["not_done_words"].strip() or cleaned["not_done"].strip()
            return what | {"not_inspected_reason": reason}
        if cleaned["rule"]:
            what |= {"seen" if not self.item.unit else "override": cleaned["rule"]}
            what["override_reason"] = cleaned["words"]
        return what

    @property
    def asks_why_not(self) -> bool:
        """Not done was tapped, and no reason given yet."""
        cleaned = self.cleaned_data
        said = cleaned["not_done"].strip() or cleaned["not_done_words"].strip()
        return cleaned["do"] in ("", "rule") and cleaned["rule"] == "none" and not said


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Trouble code",
        max_length=12,
        error_messages={"required": "Type the code, like P0420."},
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off", "placeholder": "P0420"}),
    )
