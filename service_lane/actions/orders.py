"""What is done to an open repair order: who works on it, what was promised, what the customer was told."""

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from customers.consents import refusal_about_a_car_here
from customers.rules import Refusal
from dealership import audit
from dealership.models import Entry, OutboxMessage, Staff
from dealership.templatetags.written import told_time
from dealership.undo import UNDO_FOR
from service_lane.models import Concern, RepairOrder
from service_lane.models.orders import NOT_TOLD


class NotOpen(Exception):
    """The order was closed or voided meanwhile, so it stays as it is."""


class NotReadyYet(Exception):
    """The car is not ready, or somebody told the customer already."""


class AskedForNone(Exception):
    """They asked for no such messages.  Its message says so, and what to do instead."""


class TooLate(Exception):
    """It cannot be undone any more.  The message says why, and what to do instead."""


@transaction.atomic(durable=True)
def assign(*, repair_order: RepairOrder, technician: Staff, by: Staff, at: datetime) -> None:
    """Give the car to a technician.  Raises NotOpen."""
    if not RepairOrder.objects.filter(pk=repair_order.pk).assign(technician=technician):
        raise NotOpen
    audit.record("repair_order.assigned", about=repair_order, by=by, at=at, technician=technician.name)


@transaction.atomic(durable=True)
def set_promise(*, repair_order: RepairOrder, promised_at: datetime, reason: str, by: Staff, at: datetime) -> None:
    """Promise another time, with the reason the customer was given.  The first promise is kept beside it."""
    order = _open(repair_order)
    before = order.promised_at
    RepairOrder.objects.filter(pk=order.pk).promise(promised_at=promised_at)
    audit.record(
        "repair_order.promise_changed",
        about=order,
        by=by,
        at=at,
        before=before.isoformat() if before else "",
        after=promised_at.isoformat(),
        reason=reason,
    )


@transaction.atomic(durable=True)
def expect_parts(*, repair_order: RepairOrder, due_at: datetime | None, by: Staff, at: datetime) -> None:
    """A part is on its way and due at `due_at`; None when it waits for nothing any more."""
    order = _open(repair_order)
    order.parts_due_at = due_at
    order.save(update_fields=["parts_due_at"])
    audit.record("repair_order.parts_expected", about=order, by=by, at=at, due_at=due_at.isoformat() if due_at else "")


@transaction.atomic(durable=True)
def say_cause(*, concern: Concern, cause: str, correction: str, by: Staff, at: datetime) -> None:
    """What caused a concern and what was done about it, beside the customer's own words."""
    order = _open(concern.repair_order)
    concern.cause, concern.correction = cause, correction
    concern.save(update_fields=["cause", "correction"])
    audit.record(
        "concern.explained", about=order, by=by, at=at, letter=concern.letter, cause=cause, correction=correction
    )


@transaction.atomic(durable=True)
def make_ready(*, repair_order: RepairOrder, by: Staff, at: datetime) -> None:
    """The work is done and the car can go.  Raises NotOpen when it was ready already."""
    before = _open(repair_order)
    if not RepairOrder.objects.filter(pk=repair_order.pk).make_ready(step=NOT_TOLD, at=at):
        raise NotOpen
    audit.record("repair_order.ready", about=repair_order, by=by, at=at, stage=before.stage, step=before.step)


@transaction.atomic(durable=True)
def undo_ready(*, repair_order: RepairOrder, by: Staff, at: datetime) -> None:
    """The car is not ready after all: the column and the next step it had before, as the log keeps them.

    Raises TooLate after ten seconds, once the customer was told, or when it was not said here that it is ready.
    """
    said = Entry.objects.about(repair_order).filter(event="repair_order.ready").newest_first().first()
    orders = RepairOrder.objects.filter(pk=repair_order.pk)
    if (
        said is None
        or at - said.at > UNDO_FOR
        or not orders.undo_ready(since=said.at, stage=said.detail["stage"], step=said.detail["step"], at=at)
    ):
        raise TooLate("The ten seconds are over, or the customer was told. The car stays ready.")
    audit.record("repair_order.ready_undone", about=repair_order, by=by, at=at)


def why_no_message(order: RepairOrder) -> Refusal | None:
    """The customer's own no to a message about this car; a no to offers is none."""
    if order.contact_channel not in OutboxMessage.Kind:
        return None
    return refusal_about_a_car_here(
        order.customer, order.contact_channel, rooftop=order.rooftop, to=order.contact_value
    )


def _words_of_ready(order: RepairOrder) -> tuple[str, str]:
    """Subject and text of the news that the car is ready, in their language and with their way to tell time."""
    with translation.override(order.customer.language):
        car = order.vehicle.short_title if order.vehicle else _("car")
        told = {"store": order.rooftop.name, "car": car, "number": order.number}
        body = _("{store}: your {car} is ready, repair order {number}. We are open until {time} today.")
        return _("Your {car} is ready").format(car=car), body.format(time=told_time(order.rooftop.closes_at), **told)


@transaction.atomic(durable=True)
def tell_ready(*, repair_order: RepairOrder, by: Staff, at: datetime, called: bool = False) -> OutboxMessage | None:
    """Tell the customer that the car is ready, the way they asked to be reached; once.

    A message waits ten seconds in the outbox, so that it can be taken back.  Returns it, or None when they asked for a
    call or were `called`: then this records the call.  Raises NotReadyYet, AskedForNone.
    """
    order = RepairOrder.objects.select_related("rooftop", "customer", "vehicle").get(pk=repair_order.pk)
    before = order.step
    by_message = order.contact_channel in OutboxMessage.Kind and not called
    if by_message and (refusal := why_no_message(order)):
        raise AskedForNone(f"{refusal.why} Call them.")
    clock = f"{at.astimezone(order.rooftop.zone):%H:%M}"
    step = f"Told {clock}" if by_message else f"Called {clock}"
    if not RepairOrder.objects.filter(pk=order.pk).tell(step=step, at=at):
        raise NotReadyYet
    message = None
    if by_message:
        subject, body = _words_of_ready(order)
        message = OutboxMessage.objects.create(
            rooftop=order.rooftop,
            kind=order.contact_channel,
            purpose="car_ready",
            key=_message_key(order),
            to=order.contact_value,
            subject=subject if order.contact_channel == OutboxMessage.Kind.EMAIL else "",
            body=body,
            about_type=order._meta.label_lower,
            about_id=order.pk,
            created_at=at,
            not_before=at + UNDO_FOR,
        )
    audit.record(
        "repair_order.customer_told",
        about=order,
        by=by,
        at=at,
        channel=order.contact_channel if by_message else "phone",
        step=before,
        message=message.key if message else "",
    )
    return message


def _message_key(order: RepairOrder) -> str:
    """One more for each time it was taken back; the order's row is ours while we count."""
    told = OutboxMessage.objects.filter(purpose="car_ready", about_type=order._meta.label_lower, about_id=order.pk)
    return f"car_ready:{order.pk}:{told.count() + 1}"


@transaction.atomic(durable=True)
def undo_tell(*, repair_order: RepairOrder, by: Staff, at: datetime) -> None:
    """The customer was not told after all: the message is taken out before it leaves, and the car waits to be told of.

    Raises TooLate after ten seconds, once the message has left, or when nobody told them.
    """
    said = Entry.objects.about(repair_order).filter(event="repair_order.customer_told").newest_first().first()
    orders = RepairOrder.objects.filter(pk=repair_order.pk)
    if (
        said is None
        or at - said.at > UNDO_FOR
        or not orders.undo_tell(told_at=said.at, step=said.detail["step"], at=at)
    ):
        raise TooLate("The ten seconds are over. They were told: call them if it is not so.")
    if key := said.detail["message"]:
        waiting = OutboxMessage.objects.filter(key=key, status=OutboxMessage.Status.WAITING, leased_until=None)
        if waiting.update(status=OutboxMessage.Status.CANCELED, done_at=at) != 1:
            raise TooLate("The message has left already. Call them if the car is not ready.")
    audit.record("repair_order.tell_undone", about=repair_order, by=by, at=at)


@transaction.atomic(durable=True)
def void(*, repair_order: RepairOrder, reason: str, by: Staff, at: datetime) -> None:
    """Take the order out of the books, for good, with the reason; its number stays used.  Raises NotOpen."""
    if not RepairOrder.objects.filter(pk=repair_order.pk).void(at=at):
        raise NotOpen
    audit.record("repair_order.voided", about=repair_order, by=by, at=at, reason=reason)


def _open(repair_order: RepairOrder) -> RepairOrder:
    """The order, locked, if its car is still here."""
    order = RepairOrder.objects.here_now().select_for_update().filter(pk=repair_order.pk).first()
    if order is None:
        raise NotOpen
    return order
