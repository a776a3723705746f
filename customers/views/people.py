"""One customer: their page, and what is corrected about them."""

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers import actions
from customers.actions.people import ChangedMeanwhile
from customers.forms import AddressForm, ContactForm, CustomerForm, EditForm
from customers.models import Complaint, Customer, Look, Tie, Vehicle
from customers.recalls import possible_recalls, recall_line
from customers.rules import initial_of_last_name, not_sold_here
from customers.views.consents import choices, grid
from customers.views.merging import alike_to, one_person
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER, OFFICE, SERVICE, Entry, Staff

PREFILLED = ("first_name", "last_name", "business_name", "phone", "email")
LOOKS_SHOWN = 3


# --- the page --------------------------------------------------------------------------------------------------------


@role_required(*SERVICE)
def customer(request: Request, pk: int) -> HttpResponse:
    """Everything about one customer.  What upper storeys know is asked for by address."""
    if into := Customer.objects.filter(pk=pk, merged_into__isnull=False).values_list("merged_into", flat=True).first():
        return redirect("customers:customer", into)
    found = fetch(Customer.objects.select_related("household"), request.user, SERVICE, pk=pk)
    now = timezone.now()
    actions.look(customer=found, why="customer page", by=request.user, at=now, rooftop=request.rooftop)
    household = list(
        Customer.objects.filter(household_id=found.household_id).exclude(pk=pk).order_by("name", "pk")
        if found.household_id
        else ()
    )
    people = [found, *household]
    cars = Paginator(Vehicle.objects.of(found), Vehicle.MOST_ON_A_PAGE).get_page(request.GET.get("page"))
    ties = _ties([car.pk for car in cars], found.pk)
    recalls = possible_recalls(cars)
    counter = request.counter_view
    complaints = [] if counter else _open_complaints(people, request.user)
    rows, log, log_total = grid(found)
    own = {} if counter else choices(person.pk for person in people)
    context = {
        "customer": found,
        "name": initial_of_last_name(found.name) if counter else found.name,
        "now": now,
        "choices": own.get(found.pk, ""),
        "household": [_person(person, counter) | {"choices": own.get(person.pk, "")} for person in household],
        "contacts": [] if counter else list(found.contact_points.all()),
        "addresses": [] if counter else list(found.addresses.order_by("pk")),
        "cars_page": cars,
        "cars": [
            _car(car, ties.get(car.pk, []), request) | {"recalls": recall_line(recalls.get(car.pk, ()))} for car in cars
        ],
        "complaints": complaints,
        "read_at": _read_at(found, complaints, request.user),
        "consents": rows,
        "consent_log": log,
        "consent_total": log_total,
        "looks": [] if counter else list(_looks(found)),
        "look_count": Look.objects.filter(customer__in=found.records).count(),
        "at_counter": bool(request.staff_kinds & COUNTER),
        **one_person(request, found, now),
        "in_office": bool(request.staff_kinds & OFFICE),
        "own": request.user.rooftop_ids(),
    }
    return render(request, "customers/customer.html", context)


def _ties(cars: list[int], customer_id: int) -> dict[int, list[dict[str, Any]]]:
    """Who is tied to each car, this customer first."""
    found: dict[int, list[dict[str, Any]]] = {}
    rows = Tie.objects.filter(vehicle_id__in=cars, until_date=None).order_by("pk")
    for row in rows.values("vehicle_id", "customer_id", "customer__name", "customer__first_name", "kind"):
        found.setdefault(row["vehicle_id"], []).append(dict(row))
    for ties in found.values():
        ties.sort(key=lambda tie: tie["customer_id"] != customer_id)
    return found


def _car(car: Vehicle, ties: list[dict[str, Any]], request: Request) -> dict[str, Any]:
    said = [
        f"{tie['customer__first_name'] or tie['customer__name']} {Tie.Kind(tie['kind']).label}"
        for tie in ([] if request.counter_view else ties[:3])
    ]
    return {
        "pk": car.pk,
        "car": car,
        "said": ", ".join(said),
        "off_brand": not_sold_here(car.make, request.rooftop.makes_sold),
    }


def _person(person: Customer, counter: bool) -> dict[str, Any]:
    return {"pk": person.pk, "name": initial_of_last_name(person.name) if counter else person.name}


def _open_complaints(people: list[Customer], staff: Staff) -> list[Complaint]:
    """Those `staff` may read; that there are others is told by what to mind."""
    told = Complaint.objects.open().told_to(staff).filter(customer__in=people)
    rows = told.select_related("customer", "owner", "rooftop")
    return list(rows.order_by("due_at", "pk")[:5])


def _read_at(customer: Customer, complaints: list[Complaint], staff: Staff) -> datetime | None:
    """When `staff` last said they read what is open; None when something was opened since."""
    if not complaints:
        return None
    read = Entry.objects.about(customer).filter(event="complaints.read", by=staff).newest_first().first()
    return read.at if read and read.at >= max(one.opened_at for one in complaints) else None


def _looks(customer: Customer) -> Any:
    return (
        Look.objects.filter(customer__in=customer.records)
        .order_by("-at", "-pk")
        .values("at", "by__name", "why")[:LOOKS_SHOWN]
    )


# --- adding and correcting -------------------------------------------------------------------------------------------


@role_required(*COUNTER)
@one_time
def customer_new(request: Request) -> HttpResponse:
    """A new customer; what the find box was asked for is filled in.  Who may be here already is shown before saving."""
    if request.method != "POST":
        typed = {name: request.GET.get(name, "") for name in PREFILLED}
        kind = Customer.Kind.BUSINESS if typed["business_name"] else Customer.Kind.PERSON
        return render(request, "customers/customer_new.html", {"form": CustomerForm(initial={**typed, "kind": kind})})
    form = CustomerForm(request.POST)
    if not form.is_valid():
        return render(request, "customers/customer_new.html", {"form": form}, status=422)
    if not request.POST.get("anyway") and (alike := alike_to(request, form)):
        return render(request, "customers/customer_new.html", {"form": form, "alike": alike}, status=409)
    made = actions.add_customer(
        name=form.name,
        phone=form.cleaned_data["phone"],
        email=form.cleaned_data["email"],
        place=form.place,
        by=request.user,
        at=timezone.now(),
        rooftop=request.rooftop,
    )
    return go(request, made.get_absolute_url())


@role_required(*COUNTER)
@one_time
def customer_edit(request: Request, pk: int) -> HttpResponse:
    """Correct a name; phones, addresses and the household have their own forms on the same page."""
    found = fetch(Customer.objects.select_related("household"), request.user, COUNTER, pk=pk)
    if request.method != "POST":
        now = timezone.now()
        actions.look(customer=found, why="correcting", by=request.user, at=now, rooftop=request.rooftop)
        return _edit_page(request, found)
    form = EditForm(request.POST)
    if form.is_valid():
        try:
            actions.edit_customer(
                customer=found,
                name=form.name,
                seen_at=form.cleaned_data["seen_at"],
                by=request.user,
                at=timezone.now(),
            )
            return go(request, found.get_absolute_url())
        except ChangedMeanwhile:
            found.refresh_from_db()
            form.add_error(
                None,
                f"Somebody saved this record while you were typing: it is {found.name} now. "
                "Look at it, then save again if yours is right.",
            )
            form.see_again(found.edited_at)
    return _edit_page(request, found, status=422, form=form)


def _edit_page(request: Request, found: Customer, status: int = 200, **forms: Any) -> HttpResponse:
    names = ("kind", "first_name", "last_name", "business_name", "language")
    initial = {name: getattr(found, name) for name in names}
    initial["seen_at"] = found.edited_at.isoformat() if found.edited_at else ""
    context = {
        "customer": found,
        "form": forms.get("form") or EditForm(initial=initial),
        "contact_form": forms.get("contact_form") or ContactForm(auto_id="id_contact_%s"),
        "address_form": forms.get("address_form") or AddressForm(auto_id="id_address_%s"),
        "contacts": list(found.contact_points.all()),
        "addresses": list(found.addresses.order_by("pk")),
    }
    return render(request, "customers/customer_edit.html", context, status=status)


@require_POST
@role_required(*COUNTER)
@one_time
def contact_add(request: Request, pk: int) -> HttpResponse:
    found = fetch(Customer.objects.select_related("household"), request.user, COUNTER, pk=pk)
    form = ContactForm(request.POST, auto_id="id_contact_%s")
    if not form.is_valid():
        return _edit_page(request, found, status=422, contact_form=form)
    actions.add_contact_point(customer=found, **form.cleaned_data, by=request.user, at=timezone.now())
    return go(request, reverse("customers:customer-edit", args=[pk]))


CONTACT_VERBS = {
    "confirm": actions.confirm_contact_point,
    "prefer": actions.prefer_contact_point,
    "remove": actions.remove_contact_point,
}


@require_POST
@role_required(*COUNTER)
@one_time
def contact_change(request: Request, pk: int, point_pk: int) -> HttpResponse:
    """Confirm, prefer or remove a phone or an e-mail: `do` says which."""
    found = fetch(Customer.objects.all(), request.user, COUNTER, pk=pk)
    point = get_object_or_404(found.contact_points.select_related("customer"), pk=point_pk)
    if verb := CONTACT_VERBS.get(request.POST.get("do", "")):
        verb(point=point, by=request.user, at=timezone.now())
    return go(request, reverse("customers:customer-edit", args=[pk]))


@require_POST
@role_required(*COUNTER)
@one_time
def address_add(request: Request, pk: int) -> HttpResponse:
    found = fetch(Customer.objects.select_related("household"), request.user, COUNTER, pk=pk)
    form = AddressForm(request.POST, auto_id="id_address_%s")
    if not form.is_valid() or form.place is None:
        if form.is_valid():
            form.add_error("street", "Enter the street.")
        return _edit_page(request, found, status=422, address_form=form)
    actions.add_address(customer=found, place=form.place, by=request.user, at=timezone.now())
    return go(request, reverse("customers:customer-edit", args=[pk]))


@require_POST
@role_required(*COUNTER)
@one_time
def address_remove(request: Request, pk: int, address_pk: int) -> HttpResponse:
    found = fetch(Customer.objects.all(), request.user, COUNTER, pk=pk)
    address = get_object_or_404(found.addresses.select_related("customer"), pk=address_pk)
    actions.remove_address(address=address, by=request.user, at=timezone.now())
    return go(request, reverse("customers:customer-edit", args=[pk]))


# --- what is open with them ------------------------------------------------------------------------------------------


@require_POST
@role_required(*SERVICE)
@one_time
def read_complaints(request: Request, pk: int) -> HttpResponse:
    """Somebody read what is open before talking to anyone here."""
    found = fetch(Customer.objects.select_related("household"), request.user, SERVICE, pk=pk)
    people = [found]
    if found.household_id:
        people += Customer.objects.filter(household_id=found.household_id).exclude(pk=pk)
    complaints = [complaint.pk for complaint in _open_complaints(people, request.user)]
    if not complaints:
        return redirect(found)
    actions.read_complaints(
        customer=found, rooftop=request.rooftop, complaints=complaints, by=request.user, at=timezone.now()
    )
    return go(request, found.get_absolute_url())
