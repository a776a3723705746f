"""What the service lane knows of a customer: visits by car, and what is promised.

The customer page belongs to a lower storey and asks for it by address.  Without htmx it is a page of its own.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, Sum, Window
from django.db.models.functions import RowNumber
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from customers import actions as customers
from customers.models import Customer, Vehicle
from dealership.http import Request, fetch, role_required
from dealership.models import SERVICE, Entry
from service_lane.models import Appointment, RepairOrder, ServiceLine
from service_lane.rules import miles_per_year
from service_lane.views.due import rows_of_due

VISITS_SHOWN = 3
PER_PAGE = 25
PROMISES = 3


@require_GET
@role_required(*SERVICE)
def customer_visits(request: Request, pk: int) -> HttpResponse:
    """For htmx: visits, miles a year and whether it is here, for each car on the customer page.  Else every visit."""
    customer = fetch(Customer.objects.all(), request.user, SERVICE, pk=pk)
    if request.htmx:
        cars = Paginator(Vehicle.objects.of(customer).values_list("pk", flat=True), Vehicle.MOST_ON_A_PAGE)
        shown = list(cars.get_page(request.GET.get("page")))
        now = timezone.now()
        due = rows_of_due(request, Vehicle.objects.filter(pk__in=shown), now)
        cars_shown = [car | due[car["pk"]] for car in _by_car(request, shown)]
        context = {"cars": cars_shown, "promises": _promises(request, customer, shown, now), "now": now}
        return render(request, "service_lane/visits_by_car.html", context)
    orders = _visits(request).filter(customer=customer).order_by("-opened_at", "-pk")
    page = Paginator(_values(orders), PER_PAGE).get_page(request.GET.get("page"))
    rows = _dressed(request, list(page.object_list))
    customers.look(customer=customer, why="visits", by=request.user, at=timezone.now(), rooftop=request.rooftop)
    return render(request, "service_lane/customer_visits.html", {"customer": customer, "page": page, "visits": rows})


def _visits(request: Request) -> Any:
    return RepairOrder.objects.with_told(request.user).exclude(status=RepairOrder.Status.VOID)


def _values(orders: Any) -> Any:
    return orders.values(
        *("pk", "number", "vehicle_id", "opened_at", "odometer_in", "odometer_out", "status", "source", "purpose"),
        *("dms_tax", "plan", "plan_years", "vehicle__year", "vehicle__make", "vehicle__model"),
        *("rooftop_id", "rooftop__name", "is_told"),
    )


def _by_car(request: Request, vehicle_ids: list[int]) -> list[dict[str, Any]]:
    """Per car: the last visits, miles a year, the newest odometer, the plan as last said, the order it is here on."""
    orders = _visits(request).filter(vehicle_id__in=vehicle_ids)
    numbered = _values(
        orders.annotate(
            nth=Window(RowNumber(), partition_by="vehicle_id", order_by=(F("opened_at").desc(), F("pk").desc()))
        )
    )
    newest = _dressed(request, list(numbered.filter(nth__lte=VISITS_SHOWN).order_by("-opened_at", "-pk")))
    shown: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in newest:
        shown[row["vehicle_id"]].append(row)
    readings: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for vehicle_id, at, miles in (
        orders.filter(odometer_in__gt=0, is_told=True)
        .order_by("opened_at", "pk")
        .values_list("vehicle_id", "opened_at", "odometer_in")
    ):
        readings[vehicle_id].append((at, miles))
    return [
        {
            "pk": pk,
            "visits": shown[pk],
            "miles_a_year": miles_per_year([(timezone.localtime(at).date(), miles) for at, miles in readings[pk]]),
            "odometer": readings[pk][-1] if readings[pk] else None,
            "readings": len(readings[pk]),
            "here": next((v for v in shown[pk] if v["is_here"]), None),
            "plan": next((v for v in shown[pk] if v["plan"] != RepairOrder.Plan.NOT_SAID), None),
        }
        for pk in vehicle_ids
    ]


def _promises(request: Request, customer: Customer, vehicle_ids: list[int], now: datetime) -> list[dict[str, Any]]:
    """What we owe them a time for, the first due first: cars that are here, and visits that are booked."""
    here = (
        RepairOrder.objects.told_to(request.user)
        .here_now()
        .filter(vehicle_id__in=vehicle_ids, promised_at__isnull=False)
        .order_by("promised_at", "pk")
        .values(
            *("pk", "number", "promised_at", "ready_at", "vehicle__model", "vehicle__make", "advisor__name"),
            *("rooftop_id", "rooftop__name"),
        )
    )
    own = set(request.user.rooftop_ids())
    owed = [
        {
            "at": row["promised_at"],
            "title": f"{row['vehicle__model'] or row['vehicle__make'] or 'The car'} ready",
            "url": reverse("service_lane:order", args=[row["pk"]]) if row["rooftop_id"] in own else "",
            "by": f"RO {row['number']}, {row['advisor__name']}{_elsewhere(row, own)}",
            "is_kept": row["ready_at"] is not None,
            "is_late": row["ready_at"] is None and row["promised_at"] is not None and row["promised_at"] < now,
        }
        for row in here
    ]
    booked = (
        Appointment.objects.told_to(request.user)
        .arriving()
        .filter(customer=customer, due_at__gt=now)
        .order_by("due_at", "pk")
        .values("pk", "due_at", "vehicle__model", "advisor__name", "rooftop_id", "rooftop__name")
    )
    return owed + [
        {
            "at": row["due_at"],
            "title": f"Visit{' with the ' + row['vehicle__model'] if row['vehicle__model'] else ''}",
            "url": reverse("service_lane:appointment", args=[row["pk"]]) if row["rooftop_id"] in own else "",
            "by": f"{row['advisor__name'] or ''}{_elsewhere(row, own)}".removeprefix(", "),
        }
        for row in booked[:PROMISES]
    ]


def _elsewhere(row: Mapping[str, Any], own: set[int]) -> str:
    """Where it is, when that is none of the rooftops of whoever looks."""
    return "" if row["rooftop_id"] in own else f", {row['rooftop__name']}"


UNTOLD = {"number": "", "odometer_in": None, "odometer_out": None, "purpose": "", "plan": RepairOrder.Plan.NOT_SAID}
"""In place of what a rooftop that does not share keeps to itself."""


def _dressed(request: Request, visits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each visit with what was done and what the customer paid (None where that is not known).

    Of one that is not told only the day, the car and the rooftop are left.
    """
    own = set(request.user.rooftop_ids())
    ids = [visit["pk"] for visit in visits if visit["is_told"]]
    work: dict[int, list[str]] = defaultdict(list)
    lines = ServiceLine.objects.filter(repair_order_id__in=ids).exclude(op_description="")
    for order_id, words in lines.order_by("line_code", "position", "pk").values_list(
        "repair_order_id", "op_description"
    ):
        if words not in work[order_id]:
            work[order_id].append(words)
    billed: dict[int, Decimal] = dict(
        ServiceLine.objects.filter(repair_order_id__in=ids, pay_type=ServiceLine.PayType.CUSTOMER)
        .values("repair_order_id")
        .annotate(total=Sum(F("labor") + F("parts") + F("misc")))
        .values_list("repair_order_id", "total")
    )
    invoices = Entry.objects.filter(
        event="order.invoiced", about_type=RepairOrder._meta.label_lower, about_id__in=ids
    ).values_list("about_id", "detail")
    invoiced = {order_id: Decimal(detail["total"]) for order_id, detail in invoices}
    for visit in visits:
        pk = visit["pk"]
        is_own = visit["rooftop_id"] in own
        if not visit["is_told"]:
            visit |= UNTOLD
        paid = invoiced.get(pk)
        if paid is None and pk in billed:
            paid = billed[pk] + (visit["dms_tax"] or 0)
        visit["what"] = ", ".join(work[pk][:3]) or ("" if request.counter_view else visit["purpose"])
        visit["paid"] = None if request.counter_view else paid
        is_open = visit["status"] == RepairOrder.Status.OPEN and visit["source"] == RepairOrder.Source.LANE
        visit["is_here"] = is_open and is_own
        visit["where"] = "" if is_own else visit["rooftop__name"]
        visit["plan_words"] = _plan(visit)
        visit["url"] = reverse("service_lane:order", args=[pk]) if is_own else ""
    return visits


def _plan(visit: dict[str, Any]) -> str:
    if visit["plan"] == RepairOrder.Plan.YEARS and visit["plan_years"]:
        years = visit["plan_years"]
        return f"About {years} more year{'s' if years != 1 else ''}"
    return str(RepairOrder.Plan(visit["plan"]).label)
