"""The other car in the drive: keeping what they said to the offer, so that it is made once."""

from datetime import datetime

from django.db import transaction

from customers.models import Customer, Vehicle
from dealership import audit
from dealership.models import Rooftop, Staff
from dealership.undo import UNDO_FOR
from recommendations.models import SecondCarItem, SecondCarOffer
from recommendations.second_cars import offer_for
from service_lane.models import Appointment


class NotAsShown(Exception):
    """What may be offered is not what was on the screen any more, or it was answered before."""


class TooLate(Exception):
    """It cannot be taken back any more."""


@transaction.atomic(durable=True)
def answer_offer(
    *,
    customer: Customer,
    vehicle: Vehicle,
    here: int | None,
    seen: str,
    answer: str,
    rooftop: Rooftop,
    by: Staff,
    at: datetime,
) -> SecondCarOffer:
    """Keep what `customer` said to the offer of `vehicle` exactly as shown (`seen`), and return it.

    Whoever answers second finds that it was asked.  It writes nothing on any repair order.  Raises NotAsShown.
    """
    Vehicle.objects.select_for_update().get(pk=vehicle.pk)
    offer = offer_for(customer, here=here, rooftop=rooftop, at=at)
    if offer is None or offer.vehicle.pk != vehicle.pk or offer.seen != seen:
        raise NotAsShown(vehicle)
    row = SecondCarOffer.objects.create(
        rooftop=rooftop, customer=customer, vehicle=vehicle, words=offer.all_words, answer=answer, by=by, at=at
    )
    SecondCarItem.objects.bulk_create(
        SecondCarItem(
            offer=row,
            key=item.due.key,
            op_code=item.due.op_code,
            service=item.due.service,
            ground=item.due.schedule,
            reason_code=item.reason_code,
            price=item.price,
            valid_until=offer.valid_until,
        )
        for item in offer.items
    )
    audit.record("second_car.answered", about=row, by=by, at=at, vehicle=vehicle.pk, answer=answer)
    return row


@transaction.atomic(durable=True)
def take_back_answer(*, offer: SecondCarOffer, by: Staff, at: datetime) -> None:
    """They were not asked after all; within ten seconds, by whoever wrote it down.  Raises TooLate."""
    if not SecondCarOffer.objects.filter(pk=offer.pk, by=by).take_back(since=at - UNDO_FOR, at=at):
        raise TooLate("The ten seconds are over. What they said stays; the car may be booked at any time.")
    audit.record("second_car.taken_back", about=offer, by=by, at=at)


@transaction.atomic(durable=True)
def link_booking(*, appointment: Appointment, at: datetime) -> bool:
    """Keep that the offer led to this appointment.  False when none was waiting for it."""
    offer = (
        SecondCarOffer.objects.kept()
        .filter(vehicle=appointment.vehicle_id, answer=SecondCarOffer.Answer.BOOK, appointment=None)
        .first()
    )
    if offer is None or not SecondCarOffer.objects.filter(pk=offer.pk).book(appointment=appointment):
        return False
    audit.record("second_car.booked", about=offer, by=None, at=at, appointment=appointment.pk)
    return True
