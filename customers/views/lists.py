"""The list of customers, and who looked at one."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from customers import actions
from customers.models import Complaint, ContactPoint, Customer, Look, Tie
from customers.rules import initial_of_last_name, route_query
from customers.search import customer_ids
from dealership.http import Request, fetch, role_required
from dealership.models import COUNTER, SERVICE

PER_PAGE = 25


@require_GET
@role_required(*SERVICE)
def index(request: Request) -> HttpResponse:
    """Customers of the group by name.  `?q=` finds by name, phone, e-mail, plate or VIN; `?kind=` keeps one kind."""
    text = request.GET.get("q", "").replace("\x00", "").strip()
    kind = request.GET.get("kind", "")
    customers = Customer.objects.visible_to(request.user)
    if text:
        customers = customers.filter(pk__in=customer_ids(route_query(text)))
    if kind in Customer.Kind.values:
        customers = customers.filter(kind=kind)
    elif kind == "complaint":
        customers = customers.filter(Exists(Complaint.objects.open().filter(customer=OuterRef("pk"))))
    page = Paginator(_rows(customers), PER_PAGE).get_page(request.GET.get("page"))
    cars = _cars([row["pk"] for row in page])
    context = {
        "page": page,
        "rows": [_row(row, cars.get(row["pk"], []), request.counter_view) for row in page],
        "text": text,
        "kind": kind,
        "may_add": bool(request.staff_kinds & COUNTER),
    }
    return render(request, "customers/index.html", context)


def _rows(customers: Any) -> Any:
    phones = ContactPoint.objects.filter(customer=OuterRef("pk"), kind=ContactPoint.Kind.PHONE)
    return (
        customers.order_by("name", "pk")
        .annotate(
            phone=Subquery(phones.order_by("-preferred", "pk").values("value")[:1]),
            has_complaint=Exists(Complaint.objects.open().filter(customer=OuterRef("pk"))),
        )
        .values("pk", "name", "kind", "since_date", "household_id", "household__name", "phone", "has_complaint")
    )


def _cars(customers: list[int]) -> dict[int, list[str]]:
    ties = Tie.objects.filter(customer_id__in=customers, until_date=None).order_by("-pk")
    cars: dict[int, list[str]] = {}
    for customer_id, year, make, model in ties.values_list(
        "customer_id", "vehicle__year", "vehicle__make", "vehicle__model"
    ):
        title = " ".join(str(word) for word in (year, model or make) if word)
        if title and title not in cars.setdefault(customer_id, []):
            cars[customer_id].append(title)
    return cars


def _row(row: dict[str, Any], cars: list[str], counter_view: bool) -> dict[str, Any]:
    shown = row | {"cars": ", ".join(cars[:3]), "more_cars": max(0, len(cars) - 3)}
    if counter_view:
        shown |= {"name": initial_of_last_name(row["name"]), "phone": "", "has_complaint": False, "household__name": ""}
    return shown


@require_GET
@role_required(*SERVICE)
def looks(request: Request, pk: int) -> HttpResponse:
    """Everybody who looked at this record, newest first; this look is one of them."""
    customer = fetch(Customer.objects.all(), request.user, SERVICE, pk=pk)
    actions.look(customer=customer, why="who looked", by=request.user, at=timezone.now(), rooftop=request.rooftop)
    rows = (
        Look.objects.filter(customer__in=customer.records)
        .order_by("-at", "-pk")
        .values("at", "by__name", "rooftop__name", "why")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "customers/looks.html", {"customer": customer, "page": page})
