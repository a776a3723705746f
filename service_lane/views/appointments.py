"""Cars that are expected: the day's list, a new appointment, one appointment."""

from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers.actions import look
from customers.models import Customer, Vehicle
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER, SERVICE
from service_lane.actions import appointments as actions
from service_lane.forms.appointments import BookForm
from service_lane.models import Appointment, RepairOrder, WriteUp


@role_required(*SERVICE)
def appointments(request: Request) -> HttpResponse:
    """The appointments of a day, ?day=2026-11-24 or today."""
    today = timezone.localdate()
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = today
    starts = datetime.combine(day, time.min, request.rooftop.zone)
    found = Appointment.objects.on_day(request.rooftop, starts=starts, ends=starts + timedelta(days=1))
    stays = dict(RepairOrder.Stay.choices)
    rows = [{**row, "stay_words": stays.get(row["stay"], "")} for row in found]
    context = {
        "at_counter": bool(request.staff_kinds & COUNTER),
        "may_arrive": day <= today,
        "day": day,
        "is_today": day == today,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "rows": rows,
    }
    return render(request, "service_lane/appointments.html", context)


@role_required(*COUNTER)
@one_time
def appointment_new(request: Request) -> HttpResponse:
    """Book a car of ours: ?vehicle= and ?customer= say which, ?purpose= what for; else the find box comes first."""
    named = request.POST if request.method == "POST" else request.GET
    customer_pk, vehicle_pk = named.get("customer", ""), named.get("vehicle", "")
    customer = fetch(Customer.objects.all(), request.user, pk=int(customer_pk)) if customer_pk.isdigit() else None
    vehicle = Vehicle.objects.filter(pk=int(vehicle_pk)).first() if vehicle_pk.isdigit() else None
    if vehicle and customer is None:
        owners = Customer.objects.filter(ties__vehicle=vehicle, ties__until_date=None).order_by("ties__pk")
        customer = owners.first()
    now = timezone.now()
    typed = {"purpose": request.GET.get("purpose", "").replace("\x00", "")[:500]}
    form = BookForm(request.POST if request.method == "POST" else None, now=now, initial=typed)
    if request.method == "POST" and customer and form.is_valid():
        actions.book(
            rooftop=request.rooftop, customer=customer, vehicle=vehicle, by=request.user, at=now, **form.cleaned_data
        )
        day = timezone.localtime(form.cleaned_data["due_at"]).date()
        return go(request, f"{reverse('service_lane:appointments')}?day={day.isoformat()}")
    cars = list(Vehicle.objects.filter(ties__customer=customer, ties__until_date=None).distinct()) if customer else []
    context = {"form": form, "customer": customer, "vehicle": vehicle, "cars": [] if vehicle else cars}
    return render(
        request, "service_lane/appointment_new.html", context, status=422 if request.method == "POST" else 200
    )


def _fetch(request: Request, pk: int) -> Appointment:
    rows = Appointment.objects.select_related("customer", "vehicle", "advisor", "rooftop")
    return fetch(rows, request.user, SERVICE, pk=pk)


@role_required(*SERVICE)
def appointment(request: Request, pk: int) -> HttpResponse:
    """One appointment: they are here, start the write-up, or take it off.  Once written up, the write-up itself."""
    found = _fetch(request, pk)
    write_up = WriteUp.objects.filter(appointment=found, dropped_at=None).first()
    if write_up:
        return redirect(write_up)
    look(customer=found.customer, why="appointment", by=request.user, at=timezone.now(), rooftop=found.rooftop)
    return render(request, "service_lane/appointment.html", {"appointment": found})


@require_POST
@one_time
@role_required(*COUNTER)
def appointment_arrive(request: Request, pk: int) -> HttpResponse:
    """They are here; back to the day's list when that asked."""
    found = _fetch(request, pk)
    try:
        actions.arrive(
            appointment=found, lane=request.POST.get("lane", "").strip()[:12], by=request.user, at=timezone.now()
        )
    except actions.NotExpected as refusal:
        messages.warning(request, str(refusal))
    if request.POST.get("then") == "list":
        return go(request, f"{reverse('service_lane:appointments')}?day={timezone.localtime(found.due_at).date()}")
    return go(request, reverse("service_lane:appointment", args=[pk]))


@require_POST
@one_time
@role_required(*COUNTER)
def appointment_cancel(request: Request, pk: int) -> HttpResponse:
    """They are not coming."""
    found = _fetch(request, pk)
    try:
        actions.cancel(appointment=found, by=request.user, at=timezone.now())
    except actions.NotExpected as refusal:
        messages.warning(request, str(refusal))
    return go(request, reverse("service_lane:appointments"))
