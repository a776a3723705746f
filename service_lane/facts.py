"""What our rows say of one car over the years: how far it was driven, and how one of its parts wore."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Max

from service_lane.models import InspectionItem, RepairOrder


def driven_so_far(vehicle_id: int | None, zone: ZoneInfo) -> list[tuple[date, int]]:
    """Every odometer reading of this car in the group, in and out, by the day it was taken."""
    orders = RepairOrder.objects.filter(vehicle=vehicle_id, vehicle__isnull=False)
    rows = orders.exclude(status=RepairOrder.Status.VOID).values_list(
        "opened_at", "odometer_in", "closed_at", "odometer_out"
    )
    taken = [pair for came, miles_in, left, miles_out in rows for pair in ((came, miles_in), (left, miles_out))]
    return [(at.astimezone(zone).date(), miles) for at, miles in taken if at and miles]


def last_done(cars: Iterable[int], zone: ZoneInfo) -> dict[int, dict[str, tuple[int, date]]]:
    """By car and op code: the highest mileage it was done at in the group, with its day, as far as our rows say."""
    past = RepairOrder.objects.filter(vehicle__in=list(cars), odometer_in__isnull=False)
    found: dict[int, dict[str, tuple[int, date]]] = defaultdict(dict)
    for field in ("service_lines__op_code", "requested_services__op_code"):
        rows = (
            past.exclude(status=RepairOrder.Status.VOID)
            .filter(**{f"{field}__gt": ""})
            .order_by()
            .values("vehicle_id", field)
            .annotate(miles=Max("odometer_in"), on=Max("opened_at"))
        )
        for row in rows:
            done = (row["miles"], row["on"].astimezone(zone).date())
            codes = found[row["vehicle_id"]]
            codes[row[field]] = max(codes.get(row[field], done), done)
    return found


def worn(item: InspectionItem) -> tuple[tuple[Decimal, int], tuple[Decimal, int]] | None:
    """The thinnest place of this check at the last inspection before and at this one, each with the odometer.

    None when there was no inspection before, when that place was not read then, or an odometer is missing.
    """
    order = item.inspection.repair_order
    now = {one.position: one.value for one in item.readings.all() if one.position in item.places}
    before = (
        InspectionItem.objects.filter(
            key=item.key,
            unit=item.unit,
            inspection__repair_order__vehicle=order.vehicle_id,
            inspection__completed_at__isnull=False,
            inspection__started_at__lt=item.inspection.started_at,
        )
        .select_related("inspection__repair_order")
        .order_by("-inspection__started_at", "-pk")
        .first()
    )
    if not now or before is None or order.vehicle_id is None:
        return None
    place = min(now, key=lambda position: (now[position], position))
    then = next((one.value for one in before.readings.all() if one.position == place), None)
    last_miles, miles = before.inspection.repair_order.odometer_in, order.odometer_in
    if then is None or last_miles is None or miles is None:
        return None
    return (then, last_miles), (now[place], miles)
