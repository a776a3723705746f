"""An inspection in progress, as Tess would have it in front of her."""

from decimal import Decimal
from typing import Any

from dealership.models import Staff
from service_lane.actions.inspection import record_item, start
from service_lane.actions.templates import install_default
from service_lane.models import Condition, Inspection, InspectionItem, RepairOrder
from tests.cast import AT, Cast, make_order


def started(cast: Cast, order: RepairOrder | None = None) -> Inspection:
    """The default inspection of Theo's Ridgeline, just started."""
    install_default(rooftop=cast.north, by=cast.gus, at=AT)
    return start(repair_order=order or make_order(cast), by=cast.tess, at=AT)


def item(inspection: Inspection, key: str) -> InspectionItem:
    return InspectionItem.objects.select_related("inspection__repair_order").get(inspection=inspection, key=key)


def record(inspection: Inspection, key: str, by: Staff, **what: Any) -> InspectionItem:
    """Record one item on top of what it says now; `values` may be written as text."""
    row = item(inspection, key)
    if what.get("values"):
        what["values"] = {place: None if v is None else Decimal(v) for place, v in what["values"].items()}
    return record_item(item=row, by=by, **({"version": row.version, "at": AT} | what))


GOOD = {
    "32nds": "8",
    "mm": "9",
    "mm over min": "26",
    "%": "95",
    "ppm": "10",
    "psi": "33",
    "years": "2",
}


def fill(inspection: Inspection, by: Staff, *, leaving: tuple[str, ...] = ()) -> None:
    """Everything not checked yet becomes good, except `leaving`."""
    for row in InspectionItem.objects.filter(inspection=inspection, condition=Condition.UNCHECKED):
        if row.key in leaving:
            continue
        if row.unit:
            values = dict.fromkeys(row.places, GOOD[row.unit]) | {
                place: value for place, value in (("minimum", "24"), ("placard", "33")) if place in row.places
            }
            record(inspection, row.key, by, values=values)
        else:
            record(inspection, row.key, by, seen="green")
