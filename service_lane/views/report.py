"""The inspection on paper: every item with its sign, what was read, its limits, and what was read last time."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from customers.actions import look
from dealership.http import Request, fetch, role_required
from dealership.models import SERVICE, Entry
from service_lane.actions.inspection import items_of, threshold_of
from service_lane.models import Condition, Inspection, InspectionItem, Photo
from service_lane.rules import describe
from service_lane.views.cards import LastVisit, last_visit
from service_lane.views.cards.words import PLACES, spoken

WORST_FIRST = (Condition.RED, Condition.YELLOW, Condition.NOT_INSPECTED, Condition.UNCHECKED, Condition.GREEN)


@role_required(*SERVICE)
def inspection_print(request: Request, pk: int) -> HttpResponse:
    """The report to hand over with the estimate, or to keep: what needs attention stands first in each section."""
    rows = Inspection.objects.select_related(
        "repair_order__rooftop", "repair_order__customer", "repair_order__vehicle", "repair_order__advisor",
        "technician", "completed_by",
    )  # fmt: skip
    inspection = fetch(rows, request.user, SERVICE, pk=pk)
    order = inspection.repair_order
    at = timezone.now()
    look(customer=order.customer, why=f"inspection of {order}", by=request.user, at=at, rooftop=order.rooftop)
    items = list(items_of(inspection))
    last = LastVisit() if request.counter_view else last_visit(inspection, order.rooftop.zone)
    late = (
        Entry.objects.about(inspection)
        .filter(event="inspection.completed", entered_at__isnull=False)
        .select_related("entered_by")
        .first()
    )
    context = {
        "inspection": inspection,
        "order": order,
        "rooftop": order.rooftop,
        "at": at,
        "late": late,
        "last": last,
        "sections": _sections(items, last),
        "counts": [(condition.value, sum(item.condition == condition for item in items)) for condition in WORST_FIRST],
        "codes": list(inspection.codes.order_by("code", "pk")),
    }
    return render(request, "service_lane/inspection_print.html", context)


def _sections(items: list[InspectionItem], last: LastVisit) -> list[dict[str, Any]]:
    sections: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        threshold = threshold_of(item)
        before = last.items.get(item.key)
        sections.setdefault(item.section, []).append(
            {
                "item": item,
                "readings": [
                    f"{_place(reading.position)}{spoken(reading.value, reading.unit)}"
                    for reading in item.readings.all()
                ],
                "limits": describe(threshold) if threshold else "",
                "limits_from": item.threshold_source
                if threshold and item.condition in (Condition.RED, Condition.YELLOW)
                else "",
                "before": [
                    f"{_place(position)}{spoken(value, unit)}" for position, (value, unit) in before.readings.items()
                ]
                if before
                else [],
                "before_condition": before.condition if before else "",
                "photos": [photo for photo in item.photos.all() if photo.status == Photo.Status.READY],
            }
        )
    return [{"name": name, "rows": rows} for name, rows in sections.items()]


def _place(position: str) -> str:
    """ "Left front " before its reading; what was read with the customer says so."""
    if not position:
        return ""
    return "at the walk-around " if position == "walk" else f"{PLACES.get(position, position)} ".lower()
