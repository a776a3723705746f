"""Who owns a hand-off when it goes on too slowly: the sales manager is told, and may give it to somebody else."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from dealership import audit, outbox
from dealership.models import OutboxMessage, Role, Rooftop, Staff
from dealership.undo import UNDO_FOR
from sales_handoff.actions.meeting import CannotMeet, fresh_of, tell_the_board, why_over
from sales_handoff.models import Escalation, Handoff, Reassignment

PURPOSE = "handoff_overdue"
SELLERS = (Role.Kind.SALESPERSON, Role.Kind.SALES_MANAGER)


class CannotGive(CannotMeet):
    """It stays whose it is.  The message says why, in the sales manager's words."""


def sellers_at(rooftop: Rooftop) -> QuerySet[Staff]:
    """Who sells at this rooftop, by name."""
    sell = Role.objects.filter(staff=OuterRef("pk"), rooftop=rooftop, kind__in=SELLERS)
    return Staff.objects.filter(Exists(sell), is_active=True).order_by("name", "pk")


def untold(at: datetime) -> Any:
    """Overdue hand-offs the sales manager was not told of yet, each with `due_at` and `why`, the longest first."""
    told = Escalation.objects.filter(handoff=OuterRef("pk"), why=OuterRef("why"))
    return Handoff.objects.overdue(at).filter(~Exists(told)).order_by("due_at", "pk")


@transaction.atomic(durable=True)
def escalate(*, handoff: Handoff, at: datetime) -> Escalation | None:
    """Tell the rooftop's sales managers that a hand-off is overdue, once for each reason; return what they are told.

    None when it is not overdue, or they were told already.  The mail names no customer.
    """
    late = untold(at).select_related("rooftop", "repair_order").filter(pk=handoff.pk).first()
    if late is None:
        return None
    told, is_new = Escalation.objects.get_or_create(
        handoff=late, why=late.why, defaults={"due_at": late.due_at, "at": at}
    )
    if not is_new:
        return None
    managers = Staff.objects.filter(
        is_active=True, roles__rooftop=late.rooftop, roles__kind=Role.Kind.SALES_MANAGER
    ).distinct()
    leaves = late.leaves_at.astimezone(late.rooftop.zone)
    for manager in managers:
        outbox.put(
            kind=OutboxMessage.Kind.EMAIL,
            purpose=PURPOSE,
            key=f"handoff-overdue-{late.pk}-{told.why}-{manager.pk}",
            to=manager.email,
            subject=f"A hand-off is overdue: {late.repair_order}",
            body=f"{told.get_why_display()}. The car leaves at {leaves:%H:%M}.\nOpen Hand-offs in Lane to give it to "
            "somebody, or take it yourself.",
            rooftop=late.rooftop,
            about=late,
            at=at,
        )
    audit.record("handoff.escalated", about=late, by=None, at=at, why=told.why, told=[one.name for one in managers])
    return told


@transaction.atomic(durable=True)
def reassign(*, handoff: Handoff, to: Staff, reason: str, by: Staff, at: datetime) -> Handoff:
    """Give an open hand-off to `to`, who reads what is open with the customer before going; return the hand-off.

    Raises CannotGive without a reason, to somebody who does not sell here, to its owner, or when it is over.
    """
    reason = reason.strip()
    if not reason:
        raise CannotGive("Say why somebody else takes it.")
    if not to.is_active or not to.holds(SELLERS, handoff.rooftop_id):
        raise CannotGive(f"{to.name} does not sell here. Choose somebody who does.")
    before = Handoff.objects.select_for_update(of=("self",), no_key=True).get(pk=handoff.pk)
    if not Handoff.objects.filter(pk=handoff.pk).give(to=to, at=at):
        current = fresh_of(handoff)
        raise CannotGive(f"{to.name} has it already." if current.claimed_by_id == to.pk else why_over(current, by))
    fresh = fresh_of(handoff)
    Reassignment.objects.create(
        handoff=fresh, from_staff_id=before.claimed_by_id, to_staff=to, reason=reason, by=by, at=at
    )
    tell_the_board(fresh, "will come over")
    audit.record("handoff.reassigned", about=fresh, by=by, at=at, to=to.name, reason=reason)
    return fresh


@transaction.atomic(durable=True)
def undo_reassign(*, handoff: Handoff, by: Staff, at: datetime) -> Handoff:
    """Take the newest giving away back, seconds after it and by who did it; return the hand-off.  Raises CannotGive."""
    given = (
        Reassignment.objects.filter(handoff=handoff, by=by, at__gte=at - UNDO_FOR)
        .select_related("to_staff", "from_staff")
        .order_by("-at", "-pk")
        .first()
    )
    if given is None or not Handoff.objects.filter(pk=handoff.pk).give_back(
        to=given.to_staff, given_at=given.at, back_to=given.from_staff, at=at
    ):
        raise CannotGive("It is too late to take that back. Give it to somebody again.")
    fresh = fresh_of(handoff)
    tell_the_board(fresh, "will come over" if fresh.claimed_by_id else "")
    audit.record("handoff.reassign_undone", about=fresh, by=by, at=at)
    return fresh
