"""Complaints: one owner and a due time each, closed only by the side whose problem it is, saying what was done."""

from datetime import datetime, timedelta

from django.db import transaction

from customers.models import CheckIn, Complaint, Customer, Feedback
from dealership import audit
from dealership.models import SALES, SERVICE, Role, Rooftop, Staff

SIDES = {Complaint.Side.SERVICE.value: SERVICE, Complaint.Side.SALES.value: SALES}
"""Who works on which side."""
MANAGERS = {
    Complaint.Side.SERVICE.value: Role.Kind.SERVICE_MANAGER,
    Complaint.Side.SALES.value: Role.Kind.SALES_MANAGER,
}
"""Who runs which side: the owner of a complaint when nobody else is named, and who hears of one that is overdue."""
ASK_AGAIN_AFTER = timedelta(days=3)


class OwnerOfAnotherSide(Exception):
    """The owner named does not work on the side whose problem it is."""


class NobodyOnThatSide(Exception):
    """No owner was named, and nobody runs that side at this rooftop."""


class OtherSide(Exception):
    """Somebody of the other side tried to close it."""


class AlreadyClosed(Exception):
    """Somebody closed it meanwhile."""


class AlreadyAsked(Exception):
    """Somebody asked the customer meanwhile, or there is nothing to ask about yet."""


class AlreadyTakenOn(Exception):
    """What they said is a complaint already, or was taken back."""


class ConfidenceInSales(Exception):
    """What was told in confidence was to become the sales floor's problem."""


def whose(side: str, rooftop: Rooftop, *, but: Staff | None = None) -> Staff | None:
    """Who runs this side of the rooftop, else a group admin there; `but` is not meant.  None: there is nobody."""
    for kind in (MANAGERS[side], Role.Kind.GROUP_ADMIN):
        found = Staff.objects.filter(is_active=True, roles__rooftop=rooftop, roles__kind=kind)
        if chosen := (found.exclude(pk=but.pk) if but else found).order_by("name", "pk").first():
            return chosen
    return None


def begin(
    *,
    customer: Customer,
    rooftop: Rooftop,
    words: str,
    side: str,
    owner: Staff | None,
    due_at: datetime,
    by: Staff,
    at: datetime,
    visit: str = "",
    is_confidential: bool = False,
    reopens: Complaint | None = None,
) -> Complaint:
    """Write the row of a complaint, within the action that has a reason for it; nobody asks them how it was now.

    Raises OwnerOfAnotherSide, NobodyOnThatSide, ConfidenceInSales.
    """
    if is_confidential and side != Complaint.Side.SERVICE:
        raise ConfidenceInSales
    owner = owner or whose(side, rooftop)
    if owner is None:
        raise NobodyOnThatSide(side)
    if not owner.holds(SIDES[side], rooftop.pk):
        raise OwnerOfAnotherSide(owner)
    CheckIn.objects.filter(customer=customer).stop(why=CheckIn.Why.COMPLAINT, at=at)
    return Complaint.objects.create(
        rooftop=rooftop,
        customer=customer,
        words=words,
        side=side,
        owner=owner,
        due_at=due_at,
        opened_by=by,
        opened_at=at,
        visit=visit,
        is_confidential=is_confidential,
        reopens=reopens,
    )


@transaction.atomic(durable=True)
def open_complaint(
    *,
    customer: Customer,
    rooftop: Rooftop,
    words: str,
    side: str,
    owner: Staff | None = None,
    due_at: datetime,
    by: Staff,
    at: datetime,
    visit: str = "",
    is_confidential: bool = False,
    feedback: Feedback | None = None,
) -> Complaint:
    """Write down what `customer` is unhappy about, in their words, with its owner: who runs that side unless named.

    `feedback` is where they said it, if it was written down before.
    Raises OwnerOfAnotherSide, NobodyOnThatSide, ConfidenceInSales, AlreadyTakenOn.
    """
    complaint = begin(
        customer=customer,
        rooftop=rooftop,
        words=words,
        side=side,
        owner=owner,
        due_at=due_at,
        by=by,
        at=at,
        visit=visit,
        is_confidential=is_confidential,
    )
    if feedback and not Feedback.objects.filter(pk=feedback.pk).take_on(complaint=complaint):
        raise AlreadyTakenOn(feedback)
    audit.record(
        "complaint.opened",
        about=complaint,
        by=by,
        at=at,
        customer=customer.pk,
        side=side,
        owner=complaint.owner.name,
        due_at=due_at.isoformat(),
        feedback=feedback.pk if feedback else None,
    )
    return complaint


@transaction.atomic(durable=True)
def give_complaint(*, complaint: Complaint, owner: Staff, by: Staff, at: datetime) -> None:
    """Another owner, on the side whose problem it is.  Raises OwnerOfAnotherSide, OtherSide, AlreadyClosed."""
    if not by.holds(SIDES[complaint.side], complaint.rooftop_id):
        raise OtherSide(complaint)
    if not owner.holds(SIDES[complaint.side], complaint.rooftop_id):
        raise OwnerOfAnotherSide(owner)
    if not Complaint.objects.filter(pk=complaint.pk).open().update(owner=owner):
        raise AlreadyClosed(complaint)
    audit.record("complaint.given", about=complaint, by=by, at=at, owner=owner.name, was=complaint.owner.name)


@transaction.atomic(durable=True)
def escalate_complaint(*, complaint: Complaint, at: datetime) -> bool:
    """Overdue: whoever runs that side has it on their list as well, from now on.  Once; False when it was done."""
    to = whose(complaint.side, complaint.rooftop, but=complaint.owner) or complaint.owner
    if not Complaint.objects.filter(pk=complaint.pk).escalate(to=to, at=at):
        return False
    audit.record(
        "complaint.escalated",
        about=complaint,
        by=None,
        at=at,
        to=to.name,
        owner=complaint.owner.name,
        due_at=complaint.due_at.isoformat(),
    )
    return True


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
    )


@transaction.atomic(durable=True)
def settle_complaint(
    *, complaint: Complaint, outcome: str, words: str, due_at: datetime, by: Staff, at: datetime
) -> Complaint | None:
    """The customer was asked whether it is settled.  A no opens it again as a new complaint, which is returned.

    The new one has their new words, the same owner or whoever runs the side now, and is due at `due_at`.
    Raises OtherSide, AlreadyAsked.
    """
    if not by.holds(SIDES[complaint.side], complaint.rooftop_id):
        raise OtherSide(complaint)
    if not Complaint.objects.filter(pk=complaint.pk).settle(outcome=outcome, words=words, by=by, at=at):
        raise AlreadyAsked(complaint)
    if outcome == Complaint.Outcome.SETTLED:
        audit.record("complaint.settled", about=complaint, by=by, at=at, customer=complaint.customer_id)
        return None
    still_here = complaint.owner.is_active and complaint.owner.holds(SIDES[complaint.side], complaint.rooftop_id)
    again = begin(
        customer=complaint.customer,
        rooftop=complaint.rooftop,
        words=words,
        side=complaint.side,
        owner=complaint.owner if still_here else None,
        due_at=due_at,
        by=by,
        at=at,
        visit=complaint.visit,
        is_confidential=complaint.is_confidential,
        reopens=complaint,
    )
    audit.record(
        "complaint.came_back",
        about=again,
        by=by,
        at=at,
        customer=complaint.customer_id,
        first=complaint.pk,
    )
    return again


@transaction.atomic(durable=True)
def ask_complaint_later(*, complaint: Complaint, by: Staff, at: datetime) -> None:
    """They were not reached: ask again in three days.  Raises OtherSide, AlreadyAsked."""
    if not by.holds(SIDES[complaint.side], complaint.rooftop_id):
        raise OtherSide(complaint)
    again_at = at + ASK_AGAIN_AFTER
    if not Complaint.objects.filter(pk=complaint.pk).ask_later(recheck_at=again_at):
        raise AlreadyAsked(complaint)
    audit.record("complaint.not_reached", about=complaint, by=by, at=at, again_at=again_at.isoformat())


@transaction.atomic(durable=True)
def read_complaints(*, customer: Customer, rooftop: Rooftop, complaints: list[int], by: Staff, at: datetime) -> None:
    """Keep that `by` read what is open with `customer` and their household before talking to anyone."""
    audit.record("complaints.read", about=customer, by=by, at=at, rooftop=rooftop, complaints=complaints)
