"""What the facts of the house do to a follow-up: they end it, pause it, or bring it back.

A yes on a later visit is recovered work and is linked to the follow-up it answers.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from dealership import audit
from dealership.models import OutboxMessage
from recommendations import prices
from recommendations.actions.followups.steps import keep_its_message, step
from recommendations.models import Advisory, Decision, FollowUp, FollowUpPolicy, FollowUpStep

NEVER_LEFT = Q(
    stopped_at=None,
    waiting_since__isnull=False,
    message__status__in=(OutboxMessage.Status.CANCELED, OutboxMessage.Status.DEAD),
)
"""It waits for a reply to a message that nobody got."""


def to_settle(at: datetime) -> QuerySet[FollowUp]:
    """Open ones that the facts say are over, paused ones whose pause has passed, and reminders that never left."""
    paused = Q(stop_reason__in=FollowUp.PAUSES)
    ends = Q(stopped_at=None) & ~Q(over="")
    passes = paused & ~Q(over__in=FollowUp.PAUSES)
    return FollowUp.objects.filter(Q(stopped_at=None) | paused).with_over(at).filter(ends | passes | NEVER_LEFT)


@transaction.atomic(durable=True)
def settle(*, follow_up: FollowUp, at: datetime) -> FollowUp:
    """Stop it, or let it go on after a pause, as the facts have it at that moment, and return it; safe to repeat."""
    FollowUp.objects.select_for_update(no_key=True).get(pk=follow_up.pk)
    held = to_settle(at).filter(pk=follow_up.pk).select_related("rooftop", "message").first()
    if held is None:
        return follow_up
    reason: str = held.over
    if reason:
        later = _the_later_yes(held) if reason == FollowUp.Stop.AGREED else None
        changes = keep_its_message(held, at) | {"stopped_at": at, "stop_reason": reason, "waiting_since": None}
        changes |= {"recovered_by": later, "recovered_at": _said_at(later) or at} if later else {}
        written = step(held, FollowUpStep.Kind.STOPPED, by=None, at=at, reason=reason, changes=changes)
    elif held.stopped_at is None:
        today = prices.local_date(held.rooftop, at)
        changes = {"message": None, "waiting_since": None, "next_date": today}
        note = held.message.provider_answer if held.message else ""
        written = step(held, FollowUpStep.Kind.NOT_SENT, by=None, at=at, note=note, changes=changes)
    else:
        today = prices.local_date(held.rooftop, at)
        soonest = today + timedelta(days=FollowUpPolicy.objects.of(held.rooftop).soonest_days)
        changes = {"stopped_at": None, "stop_reason": "", "next_date": max(held.next_date, soonest)}
        note = "The visit is over or was called off, and nothing was said of this."
        written = step(held, FollowUpStep.Kind.RESUMED, by=None, at=at, note=note, changes=changes)
    audit.record("follow_up.settled", about=held, by=None, at=at, reason=reason, step=written.pk)
    return held


def _the_later_yes(follow_up: FollowUp) -> Advisory | None:
    """The line of a later visit that answers it; None when they said yes to the old line after all."""
    later = (
        Advisory.objects.approved()
        .filter(follow_up.is_about, repair_order__vehicle=follow_up.vehicle_id)
        .filter(repair_order__opened_at__gt=follow_up.advisory.repair_order.opened_at)
        .exclude(repair_order__status="void")
    )
    return later.order_by(F("repair_order__opened_at"), "pk").first()


def _said_at(later: Advisory) -> datetime | None:
    return Decision.objects.filter(pk=later.last_decision_id or 0).values_list("at", flat=True).first()
