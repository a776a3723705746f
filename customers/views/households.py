"""Households: their page, who may live together, and saying who does."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from customers import actions
from customers.actions.households import AlreadySettled, NotTogether, TooLate
from customers.models import Complaint, Customer, Household, HouseholdSuggestion, Tie, Vehicle
from customers.rules import initial_of_last_name, not_sold_here
from customers.rules.households import because
from customers.views.feedback import fitting
from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER, SERVICE

PER_PAGE = 25
MOST = 12
EVERYONE, ALONE, OTHER = "everyone", "alone", "other"


# --- one household ---------------------------------------------------------------------------------------------------


@require_GET
@role_required(*SERVICE)
def household_page(request: Request, pk: int) -> HttpResponse:
    """Who lives there, every car with whose it is, and what is open; what is due is asked for by address."""
    found = fetch(Household.objects.all(), request.user, SERVICE, pk=pk)
    now = timezone.now()
    people = list(Customer.objects.visible_to(request.user).filter(household=found).order_by("name", "pk"))
    _looked(request, *people)
    cars = list(Vehicle.objects.of_household(found)[:MOST])
    roles = _roles(request, cars)
    by_person: dict[int, list[str]] = defaultdict(list)
    for car in cars:
        for tie in roles[car.pk]:
            by_person[tie["pk"]].append(f"{tie['role'].lower()} of the {car.short_title}")
    complaints = Complaint.objects.visible_to(request.user).open().filter(customer__in=people)
    context = {
        "household": found,
        "people": [
            {"pk": one.pk, "name": _name(request, one.name), "roles": ", ".join(by_person[one.pk])} for one in people
        ],
        "cars": [
            {"car": car, "roles": roles[car.pk], "off_brand": not_sold_here(car.make, request.rooftop.makes_sold)}
            for car in cars
        ],
        "complaints": [] if request.counter_view else list(complaints.select_related("owner").order_by("due_at", "pk")),
        "suggestions": [] if request.counter_view else _of(request, [one.pk for one in people]),
        "at_counter": bool(request.staff_kinds & COUNTER),
        "now": now,
    }
    return render(request, "customers/household_page.html", context)


def _roles(request: Request, cars: Iterable[Vehicle]) -> dict[int, list[dict[str, Any]]]:
    """By car, who has which role for it; also those who live elsewhere, like a business that pays."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    ties = Tie.objects.current().filter(vehicle__in=cars).select_related("customer").order_by("pk")
    for tie in ties:
        found[tie.vehicle_id].append(
            {"pk": tie.customer_id, "name": _name(request, tie.customer.name), "role": tie.role}
        )
    return found


def _name(request: Request, name: str) -> str:
    return initial_of_last_name(name) if request.counter_view else name


def _of(request: Request, people: Iterable[int]) -> list[dict[str, Any]]:
    """The open suggestions about these people."""
    rows = HouseholdSuggestion.objects.visible_to(request.user).open()
    about = rows.filter(low__in=people) | rows.filter(high__in=people)
    return [_shown(one) for one in about.select_related("low__household", "high__household")[:MOST]]


def _shown(one: HouseholdSuggestion) -> dict[str, Any]:
    """A suggestion for a list; `preview` where both have a household, so that somebody looks at who is in them."""
    return {
        "pk": one.pk,
        "low": one.low,
        "high": one.high,
        "because": because(one.why),
        "preview": bool(one.low.household_id and one.high.household_id),
        "at": one.proposed_at,
    }


# --- who may live together -------------------------------------------------------------------------------------------


@require_GET
@role_required(*COUNTER)
def household_suggestions(request: Request) -> HttpResponse:
    """Pairs that nobody has settled, the newest first."""
    rows = HouseholdSuggestion.objects.visible_to(request.user).open()
    rows = rows.select_related("low__household", "high__household").order_by("-proposed_at", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [] if request.counter_view else [_shown(one) for one in page]}
    return render(request, "customers/household_suggestions.html", context)


def _looked(request: Request, *people: Customer) -> None:
    for person in people:
        actions.look(customer=person, why="household", by=request.user, at=timezone.now(), rooftop=request.rooftop)


@require_GET
@role_required(*SERVICE)
def household_part(request: Request, pk: int) -> HttpResponse:
    """For the customer's page: their household, and with whom they may live.  A page of its own without htmx."""
    found = fetch(Customer.objects.select_related("household"), request.user, SERVICE, pk=pk)
    if not request.htmx:
        _looked(request, found)
    context = {
        "customer": found,
        "suggestions": [] if request.counter_view else _of(request, [pk]),
        "at_counter": bool(request.staff_kinds & COUNTER),
    }
    return render(request, f"customers/household_part.html{'#part' if request.htmx else ''}", context)


@require_POST
@role_required(*COUNTER)
@one_time
def suggestion_decline(request: Request, pk: int) -> HttpResponse:
    """They do not live together."""
    found = fetch(HouseholdSuggestion.objects.select_related("low", "high"), request.user, COUNTER, pk=pk)
    now = timezone.now()
    try:
        actions.decline_suggestion(suggestion=found, by=request.user, at=now)
        undo = reverse("customers:suggestion-undo", args=[pk])
        offer_undo(request, "Kept: they do not live together. It is not proposed again.", undo, at=now)
    except AlreadySettled:
        messages.info(request, "Somebody settled that before you.")
    return go(request, _back(request))


@require_POST
@role_required(*COUNTER)
@one_time
def suggestion_undo(request: Request, pk: int) -> HttpResponse:
    found = fetch(HouseholdSuggestion.objects.all(), request.user, COUNTER, pk=pk)
    try:
        actions.undo_decline(suggestion=found, by=request.user, at=timezone.now())
        messages.info(request, "It is a question again.")
    except TooLate as late:
        messages.warning(request, str(late))
    return go(request, reverse("customers:household-suggestions"))


def _back(request: Request) -> str:
    """To the customer who was looked at, where one was named, else to the list."""
    customer = request.POST.get("from", "")
    if customer.isdigit():
        return reverse("customers:customer", args=[int(customer)])
    return reverse("customers:household-suggestions")


# --- saying who does -------------------------------------------------------------------------------------------------


@role_required(*COUNTER)
@one_time
def household(request: Request, pk: int) -> HttpResponse:
    """Say with whom somebody lives: look for them (GET), then choose (POST).

    Where both have a household, it first shows who is in them.
    """
    found = fetch(Customer.objects.select_related("household"), request.user, COUNTER, pk=pk)
    if request.method == "POST":
        with_pk = request.POST.get("with", "")
        other = fetch(Customer.objects.all(), request.user, COUNTER, pk=int(with_pk) if with_pk.isdigit() else 0)
        if found.household_id and other.household_id and found.household_id != other.household_id:
            return go(request, reverse("customers:household-join", args=[pk, other.pk]))
        return _join(request, found, other)
    _looked(request, found)
    text = request.GET.get("with", "").replace("\x00", "").strip()
    context = {
        "customer": found,
        "text": text,
        "others": fitting(request, text, but=pk),
        "suggestions": [] if request.counter_view else _of(request, [pk]),
    }
    return render(request, "customers/household.html", context)


@role_required(*COUNTER)
@one_time
def household_join(request: Request, pk: int, other_pk: int) -> HttpResponse:
    """Two who may each have a household: who is in both, and who moves."""
    customers = Customer.objects.select_related("household")
    found = fetch(customers, request.user, COUNTER, pk=pk)
    other = fetch(customers, request.user, COUNTER, pk=other_pk)
    if found == other:
        return redirect("customers:household", pk)
    how = request.POST.get("how", "")
    if request.method == "POST" and how in (EVERYONE, ALONE, OTHER):
        if how == OTHER:
            return _join(request, other, found)
        return _join(request, found, other, everyone=how == EVERYONE)
    _looked(request, found, other)
    sides = [
        {
            "customer": one,
            "people": Customer.objects.filter(household=one.household_id).order_by("name", "pk")
            if one.household_id
            else [one],
            "cars": Vehicle.objects.of_household(one.household)[:MOST] if one.household else [],
        }
        for one in (found, other)
    ]
    context = {"customer": found, "other": other, "sides": sides}
    return render(request, "customers/household_join.html", context, status=422 if request.method == "POST" else 200)


def _join(request: Request, customer: Customer, other: Customer, *, everyone: bool = False) -> HttpResponse:
    try:
        joined = actions.live_together(
            customer=customer, other=other, everyone=everyone, by=request.user, at=timezone.now()
        )
        messages.info(
            request, "They share a household now. To part them again, open Household on the page of one of them."
        )
        return go(request, joined.get_absolute_url())
    except NotTogether:
        messages.info(request, "They share a household already.")
    return go(request, customer.get_absolute_url())


@require_POST
@role_required(*COUNTER)
@one_time
def household_leave(request: Request, pk: int) -> HttpResponse:
    """They live elsewhere now."""
    found = fetch(Customer.objects.all(), request.user, COUNTER, pk=pk)
    actions.leave_household(customer=found, by=request.user, at=timezone.now())
    messages.info(request, "They live elsewhere now. To put it back, say again with whom they live.")
    return go(request, found.get_absolute_url())
