"""One car: what it is, whose it is, and what its VIN proposes."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from customers import actions
from customers.actions.cars import AlreadyTaken, VinTaken
from customers.actions.people import ChangedMeanwhile
from customers.forms import NewVehicleForm, RoleForm, ToldOfCarForm, VehicleForm
from customers.models import Customer, Tie, Vehicle
from customers.recalls import looked_at, possible_recalls
from customers.rules import VinProposal, check_vin, decode_vin, initial_of_last_name, normalize_vin, not_sold_here
from customers.rules.vin import LENGTH
from customers.views.feedback import fitting
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER, SERVICE

FIELDS = ("vin", "plate", "plate_region", "year", "make", "model", "trim", "body", "color", "policy_number")
MOST_TOLD = 12
"""Of what was told and of people to choose from: as many as are shown."""


@role_required(*SERVICE)
def vehicle(request: Request, pk: int) -> HttpResponse:
    """One car, its people, and the proposal that waits for somebody to take it.

    To give somebody a role: look for them (`?with=`), then choose.  `?role=` is the role that is asked for.
    """
    return vehicle_page(request, fetch(Vehicle.objects.all(), request.user, SERVICE, pk=pk))


def vehicle_page(request: Request, found: Vehicle, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of a car, with `role_form` or `told_form` as typed when there is something wrong with it."""
    now = timezone.now()
    ties = list(found.ties.select_related("customer", "by").order_by("pk"))
    current = [tie for tie in ties if tie.until_date is None]
    if request.method != "POST":
        for customer in {tie.customer_id: tie.customer for tie in current}.values():
            actions.look(customer=customer, why="car", by=request.user, at=now, rooftop=request.rooftop)
    decode = found.decodes.select_related("accepted_by").first()
    if decode and decode.vin != found.vin:
        decode = None
    counter = request.counter_view
    today = timezone.localdate(now)
    asked = request.GET.get("role", "")
    role = asked if asked in Tie.ROLES else ""
    text = request.GET.get("with", "").replace("\x00", "").strip()
    context = {
        "vehicle": found,
        "ties": [{"tie": tie, "name": _name(request, tie.customer.name)} for tie in current],
        "speakers": list({tie.customer_id: _name(request, tie.customer.name) for tie in current}.items()),
        "past": [] if counter else [tie for tie in reversed(ties) if tie.until_date],
        "role": role,
        "role_form": forms.get("role_form")
        or RoleForm(today=today, initial={"kind": role or Tie.Kind.OWNS}, auto_id="id_role_%s"),
        "text": text,
        "others": fitting(request, text) if text else _household_of(request, current),
        "told": list(found.told.kept().select_related("customer", "by")[:MOST_TOLD]),
        "told_form": forms.get("told_form")
        or ToldOfCarForm(today=today, initial={"said_date": today}, auto_id="id_told_%s"),
        "off_brand": not_sold_here(found.make, request.rooftop.makes_sold),
        "problems": [problem.message for problem in check_vin(found.vin).problems] if found.vin else [],
        "decode": decode,
        "proposed": _proposed(decode.proposal) if decode else "",
        "warnings": [one for one in decode.warnings if one not in _messages(found.vin)] if decode else [],
        "recalls": possible_recalls([found]).get(found.pk),
        "looked": looked_at(),
        "at_counter": bool(request.staff_kinds & COUNTER),
    }
    return render(request, "customers/vehicle.html", context, status=status)


def _name(request: Request, name: str) -> str:
    return initial_of_last_name(name) if request.counter_view else name


def _household_of(request: Request, ties: list[Tie]) -> list[dict[str, Any]]:
    """Who lives with the people of the car, and they themselves: likeliest to have another role for it."""
    people = {tie.customer_id for tie in ties}
    households = {tie.customer.household_id for tie in ties if tie.customer.household_id}
    rows = Customer.objects.visible_to(request.user).filter(Q(pk__in=people) | Q(household__in=households))
    return [dict(row) for row in rows.order_by("name", "pk").values("pk", "name", "household__name")[:MOST_TOLD]]


def _messages(vin: str | None) -> set[str]:
    return {problem.message for problem in check_vin(vin or "").problems}


def _proposed(proposal: dict[str, Any]) -> str:
    """Like "2018 Honda Ridgeline RTL-T, pickup, 3.5 L V6"; empty when the decoder knows nothing."""
    car = " ".join(str(proposal.get(name) or "") for name in ("year", "make", "model", "trim")).split()
    extras = [str(proposal.get(name) or "") for name in ("body_class", "engine", "drive")]
    return ", ".join([" ".join(car), *(extra for extra in extras if extra)]) if proposal.get("make") else ""


@require_GET
@role_required(*SERVICE)
def vin_check(request: Request) -> HttpResponse:
    """What looks wrong with a VIN being typed, what it proposes, and whether the car is here already."""
    vin = normalize_vin(request.GET.get("vin", ""))[: LENGTH + 3]
    return render(request, "customers/vehicle_new.html#vincheck", _checked(vin))


def _checked(vin: str) -> dict[str, Any]:
    if len(vin) < LENGTH:
        return {"typed": vin, "left": LENGTH - len(vin)} if vin else {}
    proposal: VinProposal = decode_vin(vin)
    return {
        "typed": vin,
        "known": Vehicle.objects.filter(vin=vin).first(),
        "problems": list(proposal.warnings),
        "proposed": _proposed({name: getattr(proposal, name) for name in VinProposal.__dataclass_fields__}),
        "source": f"ultravin, data of {proposal.data_month.replace('_', '-')}",
        "doubtful": not proposal.fills_silently,
    }


@role_required(*COUNTER)
@one_time
def vehicle_new(request: Request, pk: int) -> HttpResponse:
    """Another car of a customer."""
    customer = fetch(Customer.objects.all(), request.user, COUNTER, pk=pk)
    form = NewVehicleForm(request.POST if request.method == "POST" else None, initial=_typed(request))
    known = None
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_vehicle(
                car=form.car,
                customer=customer,
                tie=form.cleaned_data["tie"],
                take_proposal=form.cleaned_data["take"],
                by=request.user,
                at=timezone.now(),
                rooftop=request.rooftop,
            )
            return go(request, made.get_absolute_url())
        except VinTaken as refusal:
            known = refusal.vehicle
            form.add_error("vin", f"{refusal} Add that one to {customer.called} instead, below.")
    vin = normalize_vin(str(form["vin"].value() or ""))[: LENGTH + 3]
    context = {"customer": customer, "form": form, **_checked(vin), "known": known}
    return render(request, "customers/vehicle_new.html", context, status=422 if form.is_bound else 200)


def _typed(request: Request) -> dict[str, str]:
    return {name: request.GET[name] for name in ("vin", "plate") if name in request.GET}


@role_required(*COUNTER)
@one_time
def vehicle_edit(request: Request, pk: int) -> HttpResponse:
    """Correct a car."""
    found = fetch(Vehicle.objects.all(), request.user, COUNTER, pk=pk)
    version = found.edited_at.isoformat() if found.edited_at else ""
    if request.method != "POST":
        form = VehicleForm(initial={name: getattr(found, name) for name in FIELDS} | {"seen_at": version})
        return render(request, "customers/vehicle_edit.html", {"vehicle": found, "form": form})
    form = VehicleForm(request.POST)
    if form.is_valid():
        try:
            actions.edit_vehicle(
                vehicle=found,
                car=form.car,
                seen_at=form.cleaned_data["seen_at"],
                by=request.user,
                at=timezone.now(),
            )
            return go(request, found.get_absolute_url())
        except VinTaken as refusal:
            form.add_error("vin", str(refusal))
        except ChangedMeanwhile:
            found.refresh_from_db()
            form.add_error(
                None,
                f"Somebody saved this car while you were typing: it is a {found} now. "
                "Look at it, then save again if yours is right.",
            )
            form.see_again(found.edited_at)
    return render(request, "customers/vehicle_edit.html", {"vehicle": found, "form": form}, status=422)


@require_POST
@role_required(*COUNTER)
@one_time
def decode_accept(request: Request, pk: int, decode_pk: int) -> HttpResponse:
    """Take what the VIN proposes."""
    found = fetch(Vehicle.objects.all(), request.user, COUNTER, pk=pk)
    decode = get_object_or_404(found.decodes, pk=decode_pk)
    try:
        actions.accept_decode(decode=decode, by=request.user, at=timezone.now())
    except AlreadyTaken:
        messages.info(request, "That proposal was taken already, or the VIN has changed since.")
    return go(request, reverse("customers:vehicle", args=[pk]))
