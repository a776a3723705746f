"""What to know before speaking to a customer: the brief, and what to mind first.

The pages that hold them belong to lower storeys and ask by address.  Without htmx each is a page of its own.  Neither
is for a screen that the customer may see.
"""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from customers import actions as customers
from customers.actions.complaints import SIDES
from customers.models import CheckIn, Complaint, Customer
from dealership.http import Request, fetch, role_required
from dealership.models import SALES, SERVICE
from sales_handoff import brief, minefield
from sales_handoff.rules.brief import PROMISED

EVERYBODY = SERVICE | SALES


@require_GET
@role_required(*SERVICE)
def customer_brief(request: Request, pk: int) -> HttpResponse:
    """The five lines and what to mind.

    For htmx `?as=lines` is the five, and `?as=line` the first alone for the head of an order, which says its promise.
    """
    customer = fetch(Customer.objects.select_related("household"), request.user, SERVICE, pk=pk)
    if request.counter_view:
        return _hidden(request)
    now = timezone.now()
    facts = minefield.facts(customer, now, reader=request.user)
    lines = brief.lines(customer, facts, reader=request.user, at=now)
    context = {
        "customer": customer,
        "lines": lines,
        "line": next((line for line in lines if line.kind != PROMISED), None),
        "facts": _dated(facts),
        "apart": _dated([fact for fact in facts if not _on_the_page(fact)]),
        "in_service": True,
    }
    if request.htmx:
        part = {"line": "line", "lines": "lines"}.get(request.GET.get("as", ""), "part")
        return render(request, f"sales_handoff/brief.html#{part}", context)
    customers.look(customer=customer, why="brief", by=request.user, at=now, rooftop=request.rooftop)
    return render(request, "sales_handoff/brief.html", context)


@require_GET
@role_required(*SERVICE)
def customer_mind(request: Request, pk: int) -> HttpResponse:
    """What to mind before somebody calls this customer."""
    customer = fetch(Customer.objects.select_related("household"), request.user, SERVICE, pk=pk)
    return _mind(request, customer, in_service=True)


@require_GET
@role_required(*EVERYBODY)
def check_in_mind(request: Request, pk: int) -> HttpResponse:
    """The same for whoever does a check-in; sales sees that something is open and whose it is, and no word."""
    found = fetch(CheckIn.objects.select_related("customer__household"), request.user, EVERYBODY, pk=pk)
    return _mind(request, found.customer, in_service=request.user.holds(SERVICE, found.rooftop_id))


@require_GET
@role_required(*EVERYBODY)
def complaint_mind(request: Request, pk: int) -> HttpResponse:
    """The same for whoever answers a complaint: the side that owns it, and service."""
    rows = Complaint.objects.select_related("customer__household")
    found = fetch(rows, request.user, EVERYBODY, pk=pk)
    fetch(rows, request.user, SIDES[found.side] | SERVICE, pk=pk)
    in_service = request.user.holds(SERVICE, found.rooftop_id)
    return _mind(request, found.customer, in_service=in_service, but=f"{minefield.COMPLAINT}-{found.pk}")


def _mind(request: Request, customer: Customer, *, in_service: bool, but: str = "") -> HttpResponse:
    """`but` is the fact that the page itself is about."""
    if request.counter_view:
        return _hidden(request)
    now = timezone.now()
    found = minefield.facts(customer, now, reader=request.user if in_service else None)
    facts = [fact if in_service else fact | {"words": ""} for fact in found if f"{fact['kind']}-{fact['row']}" != but]
    context = {"customer": customer, "facts": _dated(facts), "in_service": in_service}
    if request.htmx:
        return render(request, "sales_handoff/mind.html#facts", context)
    customers.look(customer=customer, why="what to mind", by=request.user, at=now, rooftop=request.rooftop)
    return render(request, "sales_handoff/mind.html", context)


def _on_the_page(fact: minefield.Fact) -> bool:
    """Whether the customer's page says it itself: complaints that whoever looks may open or read stand on top of it."""
    return fact["kind"] == minefield.COMPLAINT and bool(fact["url"] or fact["words"])


def _dated(facts: list[minefield.Fact]) -> list[dict[str, Any]]:
    return [{**fact, "since": _moment(fact["since"])} for fact in facts]


def _moment(text: str) -> datetime | None:
    return parse_datetime(text) if text else None


def _hidden(request: Request) -> HttpResponse:
    """Nothing for a page that a customer may see; by itself a page that says why."""
    return HttpResponse() if request.htmx else render(request, "sales_handoff/brief_hidden.html")
