"""What a customer reads in the language they chose: our words translated, a line's own texts as somebody wrote them.

Words that live in rules or data (a check's name, a state of a part) are named here, so that locale/ holds them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_noop as word
from django.utils.translation import pgettext

from recommendations.models import Decision, Language
from service_lane.models import RepairOrder

TEXTS = {
    "title": "title",
    "finding": "finding_text",
    "why_it_matters": "why_it_matters",
    "if_you_wait": "if_you_wait",
    "horizon": "horizon",
    "measurement": "measurement",
    "threshold": "threshold",
    "zero_reason": "zero_reason",
}
"""A shown line's texts, and the columns of its version that hold them in English."""

REASONS = (
    word("no longer does its job"),
    word("below its design limit"),
    word("missing"),
    word("close to end of life"),
    word("customer asked for it"),
    word("maker's schedule"),
    word("technician's experience"),
    word("saves money"),
    word("a general schedule"),
)
PARTS = (
    word("New OEM"),
    word("New, not OEM"),
    word("Used"),
    word("Rebuilt"),
    word("Reconditioned"),
    word("State not said"),
)
CHANGES = (
    word("Line"),
    word("Method"),
    word("What we found"),
    word("If you wait"),
    word("How soon"),
    word("Done by"),
    word("our own shop"),
    word("Taken apart"),
    word("not taken apart"),
    word("{cost} and {days} days to put back, breaks {parts}"),
    word("may not go back"),
    word("Price holds until"),
    word("Labor"),
    word("Fees"),
    word("Tax"),
    word("Price"),
    word("Part"),
    word("{name} changed the price at {at}: {before} is now {after}."),
    word("The price of {before} is now {after}."),
    word("Labor of {before} is now {after}."),
    word("Fees of {before} are now {after}."),
    word("Tax of {before} is now {after}."),
    word("This is now done by {after}; it was {before}."),
    word("The price now holds until {after}; it was {before}."),
    word("The part {part} is now {after}; it was {before}."),
    word("We now use {after} in place of {before}."),
    word("We added {after}."),
    word("We took off {before}."),
    word("{what}: {after}. Before, it said: {before}."),
    word("{what}, new here: {after}."),
)
CHECKS = (
    word("Headlights"),
    word("Brake, turn and tail lamps"),
    word("Wipers, washers and glass"),
    word("Engine oil"),
    word("Coolant and hoses"),
    word("Brake fluid"),
    word("Engine air filter"),
    word("Battery"),
    word("Drive belt"),
    word("Warning lamps"),
    word("Horn and seat belts"),
    word("Cabin air filter"),
    word("Front pads"),
    word("Rear pads or shoes"),
    word("Discs and drums"),
    word("Parking brake"),
    word("Lines and hoses"),
    word("Left front tire"),
    word("Right front tire"),
    word("Left rear tire"),
    word("Right rear tire"),
    word("Tire pressures"),
    word("Tire age, oldest"),
    word("Exhaust"),
    word("Driveshaft boots"),
    word("Steering and suspension"),
    word("Leaks"),
)
"""The checks of the default inspection.  A rooftop's own are shown as it wrote them."""


CAPTIONS = (word("Drawn for the demonstration, not a photo"),)
"""What the demonstration writes under its photos.  A technician's own caption stays as they wrote it."""

SCHEDULE = (
    word("Oil and filter change"),
    word("Rotate the tires"),
    word("Transmission fluid"),
    word("Coolant"),
    word("Generic, not the maker's schedule"),
)
"""The rows of the demonstration's schedule that are not the name of a check."""


def in_language(snapshot: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A shown line with its texts in `language`; `in_english` names those that only English was written for.

    The technician's own words, after a finding in Spanish, are `note`: always as they wrote them.
    """
    read = {**snapshot, "in_english": (), "note": ""}
    if language != Language.SPANISH:
        return read
    spanish: Mapping[str, Any] = snapshot.get("es") or {}
    read |= {name: spanish[name] for name in TEXTS if spanish.get(name)}
    read["note"] = spanish.get("note", "")
    read["in_english"] = tuple(name for name in TEXTS if snapshot.get(name) and not spanish.get(name))
    names: Mapping[str, str] = spanish.get("parts") or {}
    read["parts"] = [
        {
            **part,
            "description": names.get(part["description"], part["description"]),
            "in_english": part["description"] not in names,
        }
        for part in snapshot["parts"]
    ]
    if snapshot.get("saving") and spanish.get("saving"):
        read["saving"] = {**snapshot["saving"], "sentence": spanish["saving"]}
    return read


def told_date(on: date, today: date | None = None) -> str:
    """A day as customers write it in the language that is active, with its year unless that is the year of `today`."""
    this_year = today is not None and on.year == today.year
    return date_format(on, pgettext("day", "M j") if this_year else pgettext("day and year", "M j, Y"))


def language_of(order: RepairOrder) -> Language:
    """The language this customer answered in last, on any link of theirs; while they have not, the one we know."""
    answered = (
        Decision.objects.filter(advisory__repair_order__customer=order.customer_id)
        .exclude(language="")
        .order_by("-at", "-pk")
        .values_list("language", flat=True)
        .first()
    )
    return Language(answered or order.customer.language)
