"""The other car in the drive, beside a write-up or an order: a part of their pages, asked for by address.

It has a price, so counter view leaves it out.
"""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers.models import Tie, Vehicle
from dealership.http import Request, fetch, go, offer_undo, one_time, role_required
from dealership.models import COUNTER
from recommendations.actions import second_cars as actions
from recommendations.models import SecondCarOffer
from recommendations.second_cars import offer_for
from recommendations.views.lines import orders
from service_lane.models import RepairOrder, WriteUp


@role_required(*COUNTER)
@one_time
def second_car_on_order(request: Request, pk: int) -> HttpResponse:
    """While the car of this order is here."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    return _second_car(request, order, is_over=order.status != RepairOrder.Status.OPEN)


@role_required(*COUNTER)
@one_time
def second_car_on_writeup(request: Request, pk: int) -> HttpResponse:
    """While somebody is being written up."""
    rows = WriteUp.objects.select_related("rooftop", "customer", "vehicle")
    write_up = fetch(rows, request.user, COUNTER, pk=pk)
    return _second_car(request, write_up, is_over=bool(write_up.repair_order_id or write_up.dropped_at))


def _second_car(request: Request, visit: RepairOrder | WriteUp, *, is_over: bool) -> HttpResponse:
    now, customer = timezone.now(), visit.customer
    if request.method == "POST":
        return _answer(request, visit)
    offer = None
    if customer is not None and not is_over and not request.counter_view:
        offer = offer_for(customer, here=visit.vehicle_id, rooftop=visit.rooftop, at=now)
    context = {"visit": visit, "offer": offer, "is_writing": isinstance(visit, WriteUp)}
    return render(request, f"recommendations/second_car.html{'#part' if request.htmx else ''}", context)


def _answer(request: Request, visit: RepairOrder | WriteUp) -> HttpResponse:
    """What they said: a no is kept, a yes goes on to the appointment of that car."""
    now, posted = timezone.now(), request.POST
    pk, answer = posted.get("vehicle", ""), posted.get("answer", "")
    vehicle = fetch(Vehicle.objects.all(), request.user, COUNTER, pk=int(pk) if pk.isdigit() else 0)
    if visit.customer is None or answer not in SecondCarOffer.Answer.values:
        messages.warning(request, "Say whether they want to book it.")
        return go(request, visit.get_absolute_url())
    try:
        row = actions.answer_offer(
            customer=visit.customer,
            vehicle=vehicle,
            here=visit.vehicle_id,
            seen=posted.get("seen", ""),
            answer=answer,
            rooftop=visit.rooftop,
            by=request.user,
            at=now,
        )
    except actions.NotAsShown:
        messages.info(request, "That changed or was answered meanwhile. Nothing was written down.")
        return go(request, visit.get_absolute_url())
    if answer == SecondCarOffer.Answer.BOOK:
        return go(request, _booking(row))
    offer_undo(request, "Not now: kept.", reverse("recommendations:second-car-undo", args=[row.pk]), at=now)
    if request.htmx:
        return render(request, "recommendations/second_car.html#part", {"visit": visit, "offer": None})
    return go(request, visit.get_absolute_url())


def _booking(row: SecondCarOffer) -> str:
    """The page of a new appointment for that car, with what it is for."""
    named: dict[str, Any] = {"vehicle": row.vehicle_id}
    if Tie.objects.current().filter(vehicle=row.vehicle_id, customer=row.customer_id).exists():
        named["customer"] = row.customer_id
    named["purpose"] = ", ".join(item.service for item in row.items.all())
    return f"{reverse('service_lane:appointment-new')}?{urlencode(named)}"


@require_POST
@role_required(*COUNTER)
@one_time
def second_car_undo(request: Request, pk: int) -> HttpResponse:
    offer = fetch(SecondCarOffer.objects.all(), request.user, COUNTER, pk=pk)
    try:
        actions.take_back_answer(offer=offer, by=request.user, at=timezone.now())
        messages.info(request, "Taken back: they were not asked.")
    except actions.TooLate as late:
        messages.warning(request, str(late))
    return go(request, reverse("service_lane:board"))
