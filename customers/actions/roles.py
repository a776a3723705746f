"""Roles: who owns, drives, pays for and decides about a car, and whom we may speak to about it."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from customers.models import Customer, Tie, Vehicle
from customers.signals import customer_changed
from dealership import audit
from dealership.models import Staff
from dealership.undo import UNDO_FOR


class TiedAlready(Exception):
    """The customer and the car are tied that way already."""


class EndedAlready(Exception):
    """Somebody ended this role before."""


class TooLate(Exception):
    """It cannot be taken back any more.  Its message says how to put it right."""


@transaction.atomic(durable=True)
def tie_vehicle(
    *,
    vehicle: Vehicle,
    customer: Customer,
    kind: str,
    since: date | None = None,
    said_by: str = "",
    by: Staff,
    at: datetime,
) -> Tie:
    """`customer` has a role (`kind`) for a car we know, `since` a day or since now.  Raises TiedAlready."""
    told = {"since_date": since or at.date(), "said_by": said_by, "by": by}
    tie, made = Tie.objects.get_or_create(customer=customer, vehicle=vehicle, kind=kind, until_date=None, defaults=told)
    if not made:
        raise TiedAlready(tie)
    Customer.objects.filter(pk=customer.pk).changed()
    audit.record("vehicle.tied", about=customer, by=by, at=at, vehicle=vehicle.pk, kind=kind, said_by=said_by)
    customer_changed.send(sender=Customer, customer_id=customer.pk)
    return tie


@transaction.atomic(durable=True)
def end_tie(*, tie: Tie, by: Staff, at: datetime) -> None:
    """The role is over; that it was, is kept.  Raises EndedAlready."""
    if not Tie.objects.filter(pk=tie.pk).end(on=at.date(), by=by, at=at):
        raise EndedAlready(tie)
    audit.record("vehicle.untied", about=tie.customer, by=by, at=at, vehicle=tie.vehicle_id, kind=tie.kind)


@transaction.atomic(durable=True)
def undo_end_tie(*, tie: Tie, by: Staff, at: datetime) -> None:
    """The role goes on after all; within ten seconds, by whoever ended it.  Raises TooLate, TiedAlready."""
    ended = Tie.objects.filter(pk=tie.pk, ended_by=by)
    try:
        with transaction.atomic():
            undone = ended.undo_end(since=at - UNDO_FOR)
    except IntegrityError as twice:
        raise TiedAlready(tie) from twice
    if not undone:
        raise TooLate("The ten seconds are over. To put it back, add them to the car again.")
    audit.record("vehicle.untying_undone", about=tie.customer, by=by, at=at, vehicle=tie.vehicle_id, kind=tie.kind)
