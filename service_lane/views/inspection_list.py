"""The inspections of a rooftop: yours, what waits to start, and what was done today."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Q, Value, When
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import BAY, SERVICE
from service_lane.actions import inspection as actions
from service_lane.actions.orders import NotOpen
from service_lane.models import Condition, RepairOrder
from service_lane.rules import board as rules

PER_PAGE = 25
MINE, OTHERS, WAITING, DONE = range(4)
GROUPS = {
    MINE: "Yours, in progress",
    OTHERS: "In progress with somebody else",
    WAITING: "Waiting to start",
    DONE: "Done today",
}
SHOWN = (
    *("pk", "number", "tag", "promised_at", "stage", "parts_due_at", "customer__first_name", "customer__last_name"),
    *("customer__business_name", "vehicle__year", "vehicle__make", "vehicle__model", "vehicle__body"),
    *("vehicle__color", "technician__name", "inspection__pk", "inspection__technician__name"),
    *("inspection__completed_at", "group", "done", "total"),
)


@require_GET
@role_required(*SERVICE)
def inspections(request: Request) -> HttpResponse:
    """Yours first, then what waits to start (what was given to you before the rest), then what was done today."""
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = (
        RepairOrder.objects.here_now()
        .filter(Q(inspection=None) | Q(inspection__completed_at=None) | Q(inspection__completed_at__gte=midnight))
        .filter(rooftop=request.rooftop)
        .annotate(
            group=Case(
                When(inspection__completed_at__isnull=False, then=Value(DONE)),
                When(inspection=None, then=Value(WAITING)),
                When(inspection__technician=request.user, then=Value(MINE)),
                default=Value(OTHERS),
                output_field=IntegerField(),
            ),
            for_others=Case(
                When(technician=request.user, then=Value(0)), default=Value(1), output_field=IntegerField()
            ),
            done=Count("inspection__items", filter=~Q(inspection__items__condition=Condition.UNCHECKED)),
            total=Count("inspection__items"),
        )
        .order_by("group", "for_others", "promised_at", "pk")
        .values(*SHOWN)
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    for row in page.object_list:
        _spell(row, now, request)
    if page.number == 1:
        for row in [row for row in page.object_list if row["group"] in (MINE, WAITING)][:1]:
            row["is_next"] = True
    context = {"page": page, "now": now, "may_start": bool(request.staff_kinds & BAY)}
    return render(request, "service_lane/inspections.html", context)


def _spell(row: dict[str, Any], now: datetime, request: Request) -> None:
    """A row of the list in words."""
    row["group_name"] = GROUPS[row["group"]]
    row["name"] = (
        row["customer__business_name"] or f"{row['customer__first_name']} {row['customer__last_name']}".strip()
    )
    car = (row["vehicle__year"], (row["vehicle__make"] or "").title(), row["vehicle__model"])
    row["car"] = " ".join(str(part) for part in car if part)
    row["mark"] = (
        ""
        if row["group"] == DONE
        else rules.standing(
            promised_at=row["promised_at"], now=now, stage=row["stage"], parts_due_at=row["parts_due_at"]
        )
    )
    row["who"] = row["inspection__technician__name"] or row["technician__name"]


@require_POST
@one_time
@role_required(*BAY)
def inspection_start(request: Request, pk: int) -> HttpResponse:
    """Start the order's inspection, or go on with the one that was started."""
    order = fetch(RepairOrder.objects.all(), request.user, BAY, pk=pk)
    try:
        inspection = actions.start(repair_order=order, by=request.user, at=timezone.now())
    except NotOpen:
        messages.warning(request, f"{order} is not open any more.")
        return go(request, order.get_absolute_url())
    except actions.NotSigned:
        messages.warning(request, f"{order} is not signed yet, so nothing may start on the car.")
        return go(request, order.get_absolute_url())
    except actions.NoTemplate:
        messages.warning(request, "This rooftop has no inspection template yet. An admin sets one up.")
        return go(request, order.get_absolute_url())
    return go(request, inspection.get_absolute_url())
