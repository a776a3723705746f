"""Times that stand on paper: a day, moments of it in the rooftop's own clock, and who was there."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from dealership.models import BAY, Rooftop, Staff
from service_lane.rules import late


def clock_field(label: str, *, required: bool = True, hint: str = "") -> forms.CharField:
    """A time of the day, as people write it."""
    return forms.CharField(
        label=label,
        required=required,
        help_text=hint,
        widget=forms.TextInput(attrs={"placeholder": "11:20", "autocomplete": "off"}),
        error_messages={"required": late.NOT_A_TIME},
    )


class WhenForm(forms.Form):
    """The day, and who of the staff that hold one of `kinds` was there.  Subclasses add times of that day."""

    day = forms.CharField(
        label="Day on the paper",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": late.NOT_A_DAY},
    )
    who_was_there = forms.ModelChoiceField(
        queryset=Staff.objects.none(),
        empty_label="Choose",
        error_messages={"required": "Say who it was.", "invalid_choice": "Choose one of the names."},
    )

    def __init__(self, *args: Any, rooftop: Rooftop, kinds: frozenset[str], label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rooftop = rooftop
        here = Staff.objects.filter(roles__rooftop=rooftop, roles__kind__in=kinds, is_active=True)
        who: Any = self.fields["who_was_there"]
        who.queryset, who.label = here.distinct().order_by("name", "pk"), label

    def clean_day(self) -> date:
        day = late.read_day(self.cleaned_data["day"])
        if day is None:
            raise forms.ValidationError(late.NOT_A_DAY)
        return day

    def moment(self, name: str) -> datetime | None:
        """The moment of a time field on `day`; None when it was left empty, or the day cannot be read."""
        typed = str(self.cleaned_data.get(name) or "")
        if not typed:
            return None
        clock = late.read_time(typed)
        if clock is None:
            raise forms.ValidationError(late.NOT_A_TIME)
        day = self.cleaned_data.get("day")
        return late.moment(day, clock, self.rooftop.zone) if day else None


class InspectionTimesForm(WhenForm):
    """When an inspection on paper started and ended.  Its results are fields of the items: `read_results`."""

    started = clock_field("Started")
    finished = clock_field("Finished")

    def __init__(self, *args: Any, rooftop: Rooftop, **kwargs: Any) -> None:
        super().__init__(*args, rooftop=rooftop, kinds=BAY, label="Technician", **kwargs)

    def clean_started(self) -> datetime | None:
        return self.moment("started")

    def clean_finished(self) -> datetime | None:
        return self.moment("finished")


def reading(typed: str) -> Decimal | None:
    """A measure as written; None when it is not a number from 0 to 999,999.

    >>> reading("4,5")
    Decimal('4.50')
    """
    try:
        value = Decimal(typed.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return value.quantize(Decimal("0.01")) if value.is_finite() and 0 <= value <= 999_999 else None
