"""What the style guide shows: every component with invented people, cars and prices."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator

from dealership.figures import Bar, Figure
from dealership.templatetags.lane import ICONS


class Example(forms.Form):
    """One field of each kind; never saved anywhere."""

    plate = forms.CharField(label="Plate", max_length=8, help_text="As on the car, without spaces.")
    mileage = forms.IntegerField(label="Mileage now", min_value=0)
    concern = forms.CharField(label="Concern, in their words", widget=forms.Textarea(attrs={"rows": 2}))
    make = forms.ChoiceField(label="Make", choices=[("", "Choose one"), ("HONDA", "Honda"), ("SUBARU", "Subaru")])
    stay = forms.ChoiceField(
        label="While we work",
        help_text="Nothing is chosen for them.",
        widget=forms.RadioSelect,
        choices=[("waits", "Waits here"), ("loaner", "Loaner"), ("drops", "Drops off")],
    )
    old_parts = forms.BooleanField(
        label="Keep the old parts for them", required=False, help_text="They may ask for them."
    )


CARS = [
    {"body": body, "color": color}
    for body, color in (
        ("sedan", "silver"),
        ("suv", "Obsidian Blue Pearl"),
        ("van", "white"),
        ("truck", "navy"),
        ("hatch", "red"),
        ("sedan", "black"),
        ("suv", "green"),
        ("van", "sand"),
        ("truck", "a color nobody has heard of"),
    )
]
GAUGES = [
    {"value": 2, "red": 3, "green": 6, "max": 12, "unit": "mm", "last": 4, "say": "in March", "about": "Front pads"},
    {"value": 9, "red": 3, "green": 6, "max": 12, "unit": "mm", "last": None, "say": "", "about": "Rear pads"},
    {"value": "3.1", "red": 4, "green": 3, "max": 5, "unit": "%", "last": 2, "say": "in March", "about": "Brake fluid"},
    {"value": 5, "red": 3, "green": 6, "max": 10, "unit": "/32", "last": 6, "say": "in May", "about": "Left rear"},
    {"value": None, "red": 3, "green": 6, "max": 12, "unit": "mm", "last": 6, "say": "in March", "about": "Not read"},
]
STEPS = [
    {"name": "Who and car", "note": "done", "href": "#s1", "state": "done"},
    {"name": "Concern", "note": "done", "href": "#s2", "state": "done"},
    {"name": "History", "note": "3 carried over", "href": "#s3", "state": "done"},
    {"name": "Services", "note": "1 asked for", "href": "#s4", "state": "done"},
    {"name": "Walk-around", "note": "7 of 10", "href": "#s5", "state": "here", "share": 70},
    {"name": "Promise, sign", "note": "1 problem", "href": "#s6", "state": "", "share": 40, "problem": True},
]

FIGURES = [
    Figure(
        "kept",
        "Promises kept",
        "83",
        "%",
        "10 of 12 that fell due",
        "The first time a customer was promised. Kept: the car was ready by then. Invented.",
        bars=(
            Bar("Mon 16", Decimal(4), "4 of 5", Decimal(5)),
            Bar("Tue 17", Decimal(6), "6 of 7", Decimal(7), is_here=True),
            Bar("Wed 18", None, "none"),
        ),
    ),
    Figure(
        "nothing", "Hours per repair order", "", "", "No customer-pay order was closed.", "What it would be. Invented."
    ),
]
TOKENS = [
    ("ink", "text, and whatever can be pressed"),
    ("ink-2", "text that comes second"),
    ("ink-3", "small words beside others"),
    ("bg", "the page"),
    ("surface", "what lies on it"),
    ("sunk", "what lies in it"),
    ("line", "what parts two things"),
    ("line-strong", "the edge of a control, 3 to 1"),
    ("panel", "your next five"),
    ("accent", "focus, selection and the live dot, nothing else"),
    ("red", "a car's condition: needs attention now"),
    ("amber", "a car's condition: can wait; outlined, because the fill alone is too light"),
    ("green", "a car's condition: good"),
]


def context(now: datetime) -> dict[str, Any]:
    """Everything the page needs; `now` is the moment the examples are relative to."""
    return {
        "now": now,
        "soon": now + timedelta(minutes=37),
        "late": now - timedelta(minutes=8),
        "cars": CARS,
        "gauges": GAUGES,
        "steps": STEPS,
        "empty_form": Example(),
        "bad_form": Example({"plate": "", "mileage": "many", "concern": "It shudders downhill.", "stay": "loaner"}),
        "page": Paginator(range(120), 25).page(2),
        "figures": FIGURES,
        "tokens": TOKENS,
        "icons": sorted(path.stem for path in ICONS.glob("*.svg")),
        "conditions": ["red", "yellow", "green", "not_inspected", "unchecked"],
    }
