"""Complaints: one owner and a due time each, closed only by the side whose problem it is, saying what was done."""

from datetime import datetime

from django.db import transaction

from customers.models import Complaint, Customer
from dealership import audit
from dealership.models import SALES, SERVICE, Rooftop, Staff

SIDES = {Complaint.Side.SERVICE.value: SERVICE, Complaint.Side.SALES.value: SALES}
"""Who works on which side."""


class OwnerOfAnotherSide(Exception):
    """The owner named does not work on the side whose problem it is."""


class OtherSide(Exception):
    """Somebody of the other side tried to close it."""


class AlreadyClosed(Exception):
    """Somebody closed it meanwhile."""


@transaction.atomic(durable=True)
def open_complaint(
    *,
    customer: Customer,
    rooftop: Rooftop,
    words: str,
    side: str,
    owner: Staff,
    due_at: datetime,
    by: Staff,
    at: datetime,
) -> Complaint:
    """Write down what `customer` is unhappy about, in their words, with its owner.  Raises OwnerOfAnotherSide."""
    if not owner.holds(SIDES[side], rooftop.pk):
        raise OwnerOfAnotherSide(owner)
    complaint = Complaint.objects.create(
        rooftop=rooftop,
        customer=customer,
        words=words,
        side=side,
        owner=owner,
        due_at=due_at,
        opened_by=by,
        opened_at=at,
    )
    audit.record(
        "complaint.opened",
        about=complaint,
        by=by,
        at=at,
        customer=customer.pk,
        side=side,
        owner=owner.name,
        due_at=due_at.isoformat(),
    )
    return complaint


@transaction.atomic(durable=True)
def close_complaint(*, complaint: Complaint, what_was_done: str, by: Staff, at: datetime) -> None:
    """Close it, saying what was done; a re-check follows two weeks later.  Raises OtherSide, AlreadyClosed."""
    if not by.holds(SIDES[complaint.side], complaint.rooftop_id):
        raise OtherSide(complaint)
    if not Complaint.objects.filter(pk=complaint.pk).close(by=by, at=at, what_was_done=what_was_done):
        raise AlreadyClosed(complaint)
    audit.record(
        "complaint.closed",
        about=complaint,
        by=by,
        at=at,
        customer=complaint.customer_id,
        what_was_done=what_was_done,
    )


@transaction.atomic(durable=True)
def read_complaints(*, customer: Customer, rooftop: Rooftop, complaints: list[int], by: Staff, at: datetime) -> None:
    """Keep that `by` read what is open with `customer` and their household before talking to anyone."""
    audit.record("complaints.read", about=customer, by=by, at=at, rooftop=rooftop, complaints=complaints)
