"""What was read when the car was here before, and what wore since."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from service_lane.models import Inspection, InspectionItem


@dataclass(frozen=True)
class LastItem:
    """The same item at an earlier inspection of the car."""

    condition: str
    readings: Mapping[str, tuple[Decimal, str]]


@dataclass(frozen=True)
class LastVisit:
    """An earlier complete inspection; `when` as one says it, `odometer` in miles, `before` the one before it."""

    when: str = ""
    odometer: int | None = None
    items: Mapping[str, LastItem] = field(default_factory=dict)
    before: "LastVisit | None" = None


def last_visit(inspection: Inspection, zone: ZoneInfo) -> LastVisit:
    """What was read the last two times this car was inspected in the group.  Three queries, or one when never."""
    order = inspection.repair_order
    if order.vehicle_id is None:
        return LastVisit()
    earlier = list(
        Inspection.objects.filter(
            repair_order__vehicle=order.vehicle_id, completed_at__isnull=False, started_at__lt=inspection.started_at
        )
        .select_related("repair_order")
        .order_by("-started_at", "-pk")[:2]
    )
    if not earlier:
        return LastVisit()
    items: dict[int, dict[str, LastItem]] = {one.pk: {} for one in earlier}
    for row in (
        InspectionItem.objects.filter(inspection__in=earlier)
        .only("inspection_id", "key", "condition")
        .prefetch_related("readings")
    ):
        readings = {reading.position: (reading.value, reading.unit) for reading in row.readings.all()}
        items[row.inspection_id][row.key] = LastItem(row.condition, readings)
    visit: LastVisit | None = None
    for one in reversed(earlier):
        when = month(one.completed_at or one.started_at, inspection.started_at, zone)
        visit = LastVisit(when, one.repair_order.odometer_in, items[one.pk], visit)
    return visit or LastVisit()


def month(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """ "March", or "March 2025" when it is not clear which."""
    then, here = at.astimezone(zone), now.astimezone(zone)
    return f"{then:%B}" if (here - then).days < 330 else f"{then:%B %Y}"
