"""Cars that are expected: booking them, saying they are here, taking them off."""

from datetime import datetime

from django.db import transaction

from customers.models import Customer, Vehicle
from dealership import audit
from dealership.models import Rooftop, Staff
from service_lane.models import Appointment
from service_lane.signals import appointment_booked


class NotExpected(Exception):
    """The appointment was canceled, written up or marked arrived meanwhile."""


@transaction.atomic(durable=True)
def book(
    *,
    rooftop: Rooftop,
    customer: Customer,
    vehicle: Vehicle | None,
    due_at: datetime,
    purpose: str,
    by: Staff,
    at: datetime,
    stay: str = "",
    pay_type: str = "C",
    advisor: Staff | None = None,
) -> Appointment:
    """An appointment.  `purpose` in the customer's words; `stay` is waits, loaner, drops or not said."""
    appointment = Appointment.objects.create(
        rooftop=rooftop,
        customer=customer,
        vehicle=vehicle,
        advisor=advisor,
        due_at=due_at,
        purpose=purpose,
        stay=stay,
        pay_type=pay_type,
    )
    audit.record("appointment.booked", about=appointment, by=by, at=at, due_at=due_at.isoformat())
    appointment_booked.send(sender=Appointment, appointment_id=appointment.pk)
    return appointment


@transaction.atomic(durable=True)
def arrive(*, appointment: Appointment, by: Staff, at: datetime, lane: str = "") -> None:
    """The car is here, in `lane` when it was said.  Raises NotExpected when that was said already."""
    if not Appointment.objects.filter(pk=appointment.pk).arrive(at=at, lane=lane):
        raise NotExpected("They are here already, or are not expected any more.")
    audit.record("appointment.arrived", about=appointment, by=by, at=at, lane=lane)


@transaction.atomic(durable=True)
def cancel(*, appointment: Appointment, by: Staff, at: datetime) -> None:
    """Not coming.  Raises NotExpected when it was canceled or written up meanwhile."""
    if not Appointment.objects.filter(pk=appointment.pk).cancel(at=at):
        raise NotExpected("It was canceled or written up already.")
    audit.record("appointment.canceled", about=appointment, by=by, at=at)
