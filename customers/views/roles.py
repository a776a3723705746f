"""Whose a car is: giving somebody a role for it, ending one, and what they told us of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers import actions
from customers.actions.cars import TakenBackAlready
from customers.actions.roles import EndedAlready, TiedAlready, TooLate
from customers.forms import RoleForm, TieForm, ToldOfCarForm
from customers.models import Customer, Tie, ToldOfCar, Vehicle
from customers.views.cars import vehicle_page
from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER


def _chosen(request: Request, name: str) -> Customer:
    """The customer that the form names; 404 when it names none."""
    pk = request.POST.get(name, "")
    return fetch(Customer.objects.all(), request.user, COUNTER, pk=int(pk) if pk.isdigit() else 0)


@require_POST
@role_required(*COUNTER)
@one_time
def role_add(request: Request, pk: int) -> HttpResponse:
    """Somebody owns, drives, pays for or decides about this car, or may be spoken to about it."""
    found = fetch(Vehicle.objects.all(), request.user, COUNTER, pk=pk)
    person = _chosen(request, "person")
    now = timezone.now()
    form = RoleForm(request.POST, today=timezone.localdate(now), auto_id="id_role_%s")
    if not form.is_valid():
        return vehicle_page(request, found, status=422, role_form=form)
    try:
        actions.tie_vehicle(vehicle=found, customer=person, **form.cleaned_data, by=request.user, at=now)
    except TiedAlready:
        messages.info(request, "They have that role for this car already.")
    return go(request, found.get_absolute_url())


@require_POST
@role_required(*COUNTER)
@one_time
def vehicle_tie(request: Request, pk: int) -> HttpResponse:
    """A car we know is theirs as well."""
    customer = fetch(Customer.objects.all(), request.user, COUNTER, pk=pk)
    form = TieForm(request.POST)
    known = fetch(
        Vehicle.objects.all(), request.user, COUNTER, pk=form.cleaned_data["vehicle"] if form.is_valid() else 0
    )
    try:
        actions.tie_vehicle(
            vehicle=known, customer=customer, kind=form.cleaned_data["tie"], by=request.user, at=timezone.now()
        )
    except TiedAlready:
        messages.info(request, "They have that car already.")
    return go(request, customer.get_absolute_url())


@require_POST
@role_required(*COUNTER)
@one_time
def tie_end(request: Request, pk: int, tie_pk: int) -> HttpResponse:
    """The role is over; when nobody is left who drives the car, the page asks who does now."""
    found = fetch(Vehicle.objects.all(), request.user, COUNTER, pk=pk)
    tie = get_object_or_404(Tie.objects.select_related("customer"), vehicle=found, pk=tie_pk)
    now = timezone.now()
    try:
        actions.end_tie(tie=tie, by=request.user, at=now)
        undo = reverse("customers:tie-end-undo", args=[pk, tie_pk])
        offer_undo(request, "Ended. That it was so is kept.", undo, at=now)
    except EndedAlready:
        messages.info(request, "Somebody ended that before you.")
    drives = Tie.Kind.DRIVES
    is_without_driver = tie.kind == drives and not Tie.objects.current().filter(vehicle=found, kind=drives).exists()
    return go(request, f"{found.get_absolute_url()}{'?role=drives#add-role' if is_without_driver else ''}")


@require_POST
@role_required(*COUNTER)
@one_time
def tie_end_undo(request: Request, pk: int, tie_pk: int) -> HttpResponse:
    found = fetch(Vehicle.objects.all(), request.user, COUNTER, pk=pk)
    tie = get_object_or_404(Tie.objects.select_related("customer"), vehicle=found, pk=tie_pk)
    try:
        actions.undo_end_tie(tie=tie, by=request.user, at=timezone.now())
        messages.info(request, "It goes on as before.")
    except TooLate as late:
        messages.warning(request, str(late))
    except TiedAlready:
        messages.info(request, "They have that role again already.")
    return go(request, found.get_absolute_url())


@require_POST
@role_required(*COUNTER)
@one_time
def told_add(request: Request, pk: int) -> HttpResponse:
    """Write down what somebody told us of this car."""
    found = fetch(Vehicle.objects.all(), request.user, COUNTER, pk=pk)
    person = _chosen(request, "person") if request.POST.get("person") else None
    now = timezone.now()
    form = ToldOfCarForm(request.POST, today=timezone.localdate(now), auto_id="id_told_%s")
    if not form.is_valid():
        return vehicle_page(request, found, status=422, told_form=form)
    actions.tell_of_car(vehicle=found, customer=person, **form.cleaned_data, by=request.user, at=now)
    return go(request, found.get_absolute_url())


@require_POST
@role_required(*COUNTER)
@one_time
def told_take_back(request: Request, pk: int, told_pk: int) -> HttpResponse:
    found = fetch(Vehicle.objects.all(), request.user, COUNTER, pk=pk)
    told = get_object_or_404(ToldOfCar.objects.select_related("vehicle"), vehicle=found, pk=told_pk)
    try:
        actions.take_back_told(told=told, by=request.user, at=timezone.now())
        messages.info(request, "Taken back. To put it back, write it down again.")
    except TakenBackAlready:
        messages.info(request, "Somebody took that back before you.")
    return go(request, found.get_absolute_url())
