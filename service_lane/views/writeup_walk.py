"""The walk-around on the write-up page: the four treads, and the damage on the drawing of the car."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from service_lane.models import DamageMark, Reading, WriteUp
from service_lane.rules import THRESHOLDS, Missing, condition, damage
from service_lane.rules.typed import WHEELS, text, tread
from service_lane.views.writeup_words import WHEEL_NAMES

PHOTO_PLACES = ("Front", "Left side", "Rear", "Right side", "Odometer", "Damage")
TREAD = THRESHOLDS["tread-32nds"]


def treads(write_up: WriteUp) -> list[dict[str, Any]]:
    """The four wheels as drawn: what was typed, its color, and what it was last time."""
    last: dict[str, tuple[Decimal, datetime]] = {}
    if write_up.vehicle_id:
        rows = (
            Reading.objects.filter(
                item__inspection__repair_order__vehicle_id=write_up.vehicle_id,
                item__key__startswith="tire",
                position__in=WHEELS,
                unit="32nds",
            )
            .order_by("at", "pk")
            .values_list("position", "value", "at")
        )
        last = {position: (value, at) for position, value, at in rows}
    found = []
    for wheel in ("LR", "LF", "RR", "RF"):
        typed = text(write_up.typed, f"tread_{wheel}")
        depth = tread(typed)
        before = last.get(wheel)
        found.append(
            {
                "wheel": wheel,
                "css": wheel.lower(),
                "name": WHEEL_NAMES[wheel],
                "field": f"tread_{wheel}",
                "typed": typed,
                "color": condition(TREAD, depth).color if depth is not None else "unchecked",
                "words": "" if depth is not None else "Not read yet",
                "was": f"was {before[0].normalize():f}" if before else "",
            }
        )
    return found


def damage_context(write_up: WriteUp, problems: tuple[Missing, ...] = ()) -> dict[str, Any]:
    """The marks on the drawing and in words, and what can be marked where.  Two queries."""
    marks = list(DamageMark.objects.standing().filter(write_up=write_up).prefetch_related("photos"))
    return {
        "vehicle": write_up.vehicle,
        "marks": marks,
        "places": damage.PLACES,
        "kinds": damage.KINDS,
        "photo_places": PHOTO_PLACES,
        "mark_error": next((one.message for one in problems if one.field in ("mark_place", "mark_kind")), ""),
        "mark_field": next((one.field for one in problems if one.field in ("mark_place", "mark_kind")), ""),
    }
