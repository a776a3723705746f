"""Write-up pages.  What the page shows is put together in `writeup_page`; every post saves what was typed first."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers.actions import look
from customers.models import Customer, Vehicle
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER, Staff
from service_lane.actions import writeup as actions
from service_lane.models import Appointment, WriteUp
from service_lane.rules import Missing
from service_lane.rules.typed import FIELDS, SEVERAL, WHO_FIELDS
from service_lane.views.writeup_here import here_already
from service_lane.views.writeup_page import check_context, writeup_context
from service_lane.views.writeup_words import said

PREFILLED = (*WHO_FIELDS, "plate", "vin")


def posted(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A POST.  Whoever comes back to its address, as from a form that was refused, gets the write-up itself."""

    @wraps(view)
    def guarded(request: Request, pk: int) -> HttpResponseBase:
        return view(request, pk) if request.method == "POST" else redirect("service_lane:writeup", pk)

    return guarded


@role_required(*COUNTER)
def writeup_new(request: Request) -> HttpResponseBase:
    """Start a write-up: from a car, a person, or from nothing but a plate."""
    now = timezone.now()
    if request.method == "POST":
        return _start(request)
    vehicle = _named(request, "vehicle", Vehicle)
    customer = _named(request, "customer", Customer)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    expected = Appointment.objects.on_day(request.rooftop, starts=midnight, ends=midnight + timedelta(days=1))
    people = list(
        Customer.objects.filter(ties__vehicle=vehicle, ties__until_date=None).distinct().values("pk", "name")
        if vehicle
        else []
    )
    cars = list(Vehicle.objects.filter(ties__customer=customer, ties__until_date=None).distinct() if customer else [])
    context = {
        "vehicle": vehicle,
        "customer": customer,
        "people": [] if customer else people,
        "cars": [] if vehicle else cars,
        "typed": {name: request.GET.get(name, "") for name in PREFILLED},
        "expected": [] if vehicle or customer else [row for row in expected if row["written_up_at"] is None],
        "known": bool(vehicle or customer),
        "is_new": any(request.GET.get(name) for name in PREFILLED),
    }
    return render(request, "service_lane/writeup_new.html", context)


def _named(request: Request, name: str, model: Any) -> Any:
    """The row that ?vehicle= or ?customer= names; None when there is none."""
    value = (request.POST if request.method == "POST" else request.GET).get(name, "")
    if not value.isdigit():
        return None
    if model is Customer:
        return fetch(Customer.objects.all(), request.user, pk=int(value))
    return Vehicle.objects.filter(pk=int(value)).first()


@one_time
def _start(request: Request) -> HttpResponse:
    appointment_pk = request.POST.get("appointment", "")
    appointment = (
        fetch(Appointment.objects.select_related("customer", "vehicle"), request.user, COUNTER, pk=int(appointment_pk))
        if appointment_pk.isdigit()
        else None
    )
    try:
        write_up = actions.start(
            rooftop=request.rooftop,
            customer=_named(request, "customer", Customer),
            vehicle=_named(request, "vehicle", Vehicle),
            appointment=appointment,
            typed={name: request.POST[name] for name in PREFILLED if request.POST.get(name)},
            by=request.user,
            at=timezone.now(),
        )
    except actions.AlreadyHere as refusal:
        messages.warning(request, here_already(request, refusal.order))
        return go(request, reverse("service_lane:board"))
    return go(request, write_up.get_absolute_url())


def fetch_write_up(request: Request, pk: int) -> WriteUp:
    """The write-up, with all its page needs, for those who work its counter."""
    rows = WriteUp.objects.select_related("rooftop", "customer", "vehicle", "appointment", "repair_order", "advisor")
    return fetch(rows, request.user, COUNTER, pk=pk)


@role_required(*COUNTER)
def writeup(request: Request, pk: int) -> HttpResponse:
    """The write-up as it was left; once it is open, the repair order."""
    write_up = fetch_write_up(request, pk)
    if write_up.repair_order:
        return redirect(write_up.repair_order)
    if write_up.customer:
        look(customer=write_up.customer, why="write-up", by=request.user, at=timezone.now(), rooftop=write_up.rooftop)
    return page(request, write_up)


def page(
    request: Request,
    write_up: WriteUp,
    problems: tuple[Missing, ...] = (),
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """The write-up, with the sentences of what stands against opening it."""
    context = writeup_context(request, write_up, timezone.now(), problems)
    return render(request, "service_lane/writeup.html", context | {"notice": notice}, status=status)


@role_required(*COUNTER)
def writeup_check(request: Request, pk: int) -> HttpResponse:
    """What follows from the fields as they were last saved: the pieces of the page that are not fields."""
    write_up = fetch_write_up(request, pk)
    return render(request, "service_lane/writeup_check.html", check_context(request, write_up, timezone.now()))


@role_required(*COUNTER)
def writeup_due(request: Request, pk: int) -> HttpResponse:
    """The services that are due at the miles last saved, and the rest of the menu."""
    write_up = fetch_write_up(request, pk)
    return render(request, "service_lane/writeup.html#due", writeup_context(request, write_up, timezone.now()))


def _typed(request: HttpRequest) -> dict[str, str | list[str]]:
    """The fields of the post.  A whole form says so, because boxes that are not ticked are not sent."""
    sent: dict[str, str | list[str]] = {
        name: request.POST.getlist(name) if name in SEVERAL else request.POST[name]
        for name in request.POST
        if name in FIELDS
    }
    if request.POST.get("whole"):
        sent |= {name: [] for name in SEVERAL if name not in sent}
    return sent


def save_typed(request: Request, write_up: WriteUp) -> None:
    """Keep what was typed before anything else happens to it; say what a colleague wrote meanwhile, which stays."""
    typed = _typed(request)
    fields = [name for name in typed if name not in ("plate", "vin") or typed[name]]
    field = fields[-1] if len(fields) == 1 else ""
    try:
        saved = actions.save(
            write_up=write_up,
            typed=typed,
            step=_step_of(field) if field else "",
            field=field,
            seen_at=_seen_at(request),
            by=request.user,
            at=timezone.now(),
        )
    except actions.Finished:
        return  # somebody opened it meanwhile; what follows will say so
    if saved.theirs:
        people = Staff.objects.filter(pk__in=saved.theirs.values()).order_by("name").values_list("name", flat=True)
        fields = sorted(said(name) for name in saved.theirs)
        words = f"{', '.join(people)} changed this since you opened the page, and it stays: {', '.join(fields)}."
        messages.warning(request, words)
    write_up.refresh_from_db(fields=["typed", "saved_at", "step", "field", "touched", "last_change", "signed_for"])


def _seen_at(request: Request) -> datetime | None:
    """When the page was loaded that sends a whole form."""
    try:
        seen_at = datetime.fromisoformat(request.POST.get("seen_at", ""))
    except ValueError:
        return None
    return seen_at if seen_at.tzinfo else None


def _step_of(field: str) -> str:
    """The section of the page that a field stands in."""
    for step, prefixes in (
        ("concern", ("purpose", "concern_", "diagnosis_", "plan")),
        ("services", ("services",)),
        ("walk", ("tread_",)),
        ("promise", ("promised", "stay", "contact", "designee_", "signed_")),
    ):
        if field.startswith(prefixes):
            return step
    return "who"


@require_POST
@role_required(*COUNTER)
def writeup_save(request: Request, pk: int) -> HttpResponse:
    """One field or all of them, kept exactly as typed.  The same post again changes nothing, so it needs no key."""
    write_up = fetch_write_up(request, pk)
    if write_up.repair_order:
        return go(request, write_up.repair_order.get_absolute_url())
    save_typed(request, write_up)
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    then = request.POST.get("then", "")
    if then == "concern":
        return redirect(f"{write_up.get_absolute_url()}?concerns={request.POST.get('concerns', '2')}#s2")
    if then.startswith("vin:"):
        actions.save(write_up=write_up, typed={"vin": then[4:]}, step="who", by=request.user, at=timezone.now())
        return redirect(f"{write_up.get_absolute_url()}#s1")
    if then == "decoded":
        return _take_decode(request, write_up)
    return redirect("service_lane:board" if then == "board" else write_up.get_absolute_url())


def _take_decode(request: Request, write_up: WriteUp) -> HttpResponse:
    proposal = check_context(request, write_up, timezone.now())["proposal"]
    if proposal:
        typed = {name: proposal[name] for name in ("year", "make", "model", "trim", "body") if proposal[name]}
        typed["decoded"] = proposal["data_month"]
        actions.save(write_up=write_up, typed=typed, step="who", by=request.user, at=timezone.now())
    return redirect(f"{write_up.get_absolute_url()}#s1")


@posted
@role_required(*COUNTER)
def writeup_choose(request: Request, pk: int) -> HttpResponseBase:
    """Say which customer or car of ours this is."""
    write_up = fetch_write_up(request, pk)
    save_typed(request, write_up)
    return _chosen(request, write_up)


@one_time
def _chosen(request: Request, write_up: WriteUp) -> HttpResponse:
    named = request.POST.get("who", "")
    kind, _, value = named.partition(":")
    try:
        actions.choose(
            write_up=write_up,
            customer=fetch(Customer.objects.all(), request.user, pk=int(value)) if kind == "customer" else None,
            vehicle=Vehicle.objects.filter(pk=int(value)).first() if kind == "vehicle" else None,
            somebody_new=kind == "new",
            by=request.user,
            at=timezone.now(),
        )
    except actions.AlreadyHere as refusal:
        return page(request, write_up, notice=here_already(request, refusal.order), status=422)
    except actions.Finished:
        pass
    return go(request, f"{write_up.get_absolute_url()}#s1")


@posted
@role_required(*COUNTER)
def writeup_open(request: Request, pk: int) -> HttpResponseBase:
    """Open the repair order, or say what is missing and lose nothing."""
    write_up = fetch_write_up(request, pk)
    if write_up.repair_order is None:
        save_typed(request, write_up)
    return _opened(request, write_up)


@one_time
def _opened(request: Request, write_up: WriteUp) -> HttpResponse:
    try:
        order = actions.open_repair_order(
            write_up=write_up, words_shown=request.POST.get("words_shown", ""), by=request.user, at=timezone.now()
        )
    except actions.NotReady as refusal:
        return page(request, write_up, problems=refusal.missing, status=422)
    except actions.AlreadyHere as refusal:
        return page(request, write_up, notice=here_already(request, refusal.order), status=422)
    except actions.Finished as refusal:
        return go(request, refusal.order.get_absolute_url() if refusal.order else reverse("service_lane:board"))
    if order.signed_at is None:
        return go(request, reverse("service_lane:order-sign", args=[order.pk]))
    return go(request, order.get_absolute_url())


@require_POST
@one_time
@role_required(*COUNTER)
def writeup_drop(request: Request, pk: int) -> HttpResponse:
    """The customer left without a visit."""
    write_up = fetch_write_up(request, pk)
    try:
        actions.drop(write_up=write_up, by=request.user, at=timezone.now())
    except actions.Finished as refusal:
        if refusal.order:
            return go(request, refusal.order.get_absolute_url())
    return go(request, reverse("service_lane:board"))
