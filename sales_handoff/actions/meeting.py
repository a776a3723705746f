"""From a waiting hand-off to its outcome: read what is open, claim it, walk over, meet, say what came of it."""

from datetime import datetime

from django.db import transaction

from customers.models import Consent
from dealership import audit
from dealership.models import Staff
from sales_handoff import minefield
from sales_handoff.actions.asking import CONSENT_VERSION
from sales_handoff.models import Handoff, MinefieldReading
from sales_handoff.signals import handoff_finished
from service_lane.models import RepairOrder


class CannotMeet(ValueError):
    """The hand-off stays as it is.  Its message says why, in the salesperson's words."""


class GateClosed(CannotMeet):
    """They have not read what is open with this customer as it stands now (promise 9)."""

    def __init__(self) -> None:
        super().__init__("Read what is open with them first.")


class FactsChanged(CannotMeet):
    """Something changed between showing the facts and the answer to them."""

    def __init__(self) -> None:
        super().__init__("Something changed while you read. Read it again.")


class TakenAlready(CannotMeet):
    """Somebody was quicker."""


class NotYours(CannotMeet):
    """Only the one who claimed it goes on with it."""


def has_read(handoff: Handoff, staff: Staff, facts_sha256: str) -> bool:
    """Whether `staff` has read exactly these facts before this hand-off."""
    return MinefieldReading.objects.filter(handoff=handoff, by=staff, facts_sha256=facts_sha256).exists()


def _refuse_unread(handoff: Handoff, staff: Staff, at: datetime) -> None:
    if not has_read(handoff, staff, minefield.sha256(minefield.facts(handoff.customer, at))):
        raise GateClosed


@transaction.atomic(durable=True)
def read_minefield(*, handoff: Handoff, facts_sha256: str, by: Staff, at: datetime) -> MinefieldReading:
    """Keep that `by` has read what is open with the customer, exactly as it was shown, and return that.

    Raises FactsChanged when it is not as it was shown any more, and CannotMeet when the hand-off is over.
    """
    locked = _locked(handoff)
    if locked.status in (Handoff.Status.DONE, Handoff.Status.WITHDRAWN):
        raise CannotMeet(_why_over(locked))
    facts = minefield.facts(locked.customer, at)
    if minefield.sha256(facts) != facts_sha256:
        raise FactsChanged
    reading = MinefieldReading.objects.create(handoff=locked, by=by, facts=facts, facts_sha256=facts_sha256, at=at)
    audit.record("minefield.read", about=locked, by=by, at=at, reading=reading.pk, facts=len(facts))
    return reading


@transaction.atomic(durable=True)
def claim(*, handoff: Handoff, by: Staff, at: datetime) -> Handoff:
    """Waiting → claimed by `by`, and return the hand-off.  Raises GateClosed, and TakenAlready naming who has it."""
    _refuse_unread(handoff, by, at)
    if not Handoff.objects.filter(pk=handoff.pk).claim(by=by, at=at):
        raise TakenAlready(_why_over(_fresh(handoff), by))
    fresh = _fresh(handoff)
    _tell_the_board(fresh, "will come over")
    audit.record("handoff.claimed", about=fresh, by=by, at=at)
    return fresh


@transaction.atomic(durable=True)
def walk_over(*, handoff: Handoff, by: Staff, at: datetime) -> Handoff:
    """Who claimed it sets out to the customer, and return the hand-off.  Raises GateClosed and NotYours."""
    _refuse_unread(handoff, by, at)
    if not Handoff.objects.filter(pk=handoff.pk).walk_over(by=by, at=at):
        raise NotYours(_why_over(_fresh(handoff), by))
    fresh = _fresh(handoff)
    _tell_the_board(fresh, "is walking over")
    audit.record("handoff.walking", about=fresh, by=by, at=at)
    return fresh


@transaction.atomic(durable=True)
def meet(*, handoff: Handoff, by: Staff, at: datetime) -> Handoff:
    """Who claimed it is with the customer now, and return the hand-off.  Raises NotYours."""
    if not Handoff.objects.filter(pk=handoff.pk).meet(by=by, at=at):
        raise NotYours(_why_over(_fresh(handoff), by))
    fresh = _fresh(handoff)
    _tell_the_board(fresh, "is with them")
    audit.record("handoff.met", about=fresh, by=by, at=at)
    return fresh


@transaction.atomic(durable=True)
def release(*, handoff: Handoff, by: Staff, at: datetime) -> Handoff:
    """Claimed → waiting again, by the one who claimed it and before they met, and return the hand-off.

    Raises NotYours.
    """
    if not Handoff.objects.filter(pk=handoff.pk).release(by=by):
        raise NotYours(_why_over(_fresh(handoff), by))
    fresh = _fresh(handoff)
    _tell_the_board(fresh, "")
    audit.record("handoff.released", about=fresh, by=by, at=at)
    return fresh


@transaction.atomic(durable=True)
def finish(*, handoff: Handoff, outcome: str, note: str = "", by: Staff, at: datetime) -> Handoff:
    """Claimed → done with what came of it, by the one who claimed it, and return the hand-off.

    Raises GateClosed, NotYours, and CannotMeet without an outcome.
    """
    if outcome not in Handoff.Outcome.values:
        raise CannotMeet("Choose what came of it.")
    current = _fresh(handoff)
    if current.status != Handoff.Status.CLAIMED or current.claimed_by_id != by.pk:
        raise NotYours(_why_over(current, by))
    _refuse_unread(handoff, by, at)
    if not Handoff.objects.filter(pk=handoff.pk).finish(by=by, at=at, outcome=outcome, note=note.strip()):
        raise NotYours(_why_over(_fresh(handoff), by))
    fresh = _fresh(handoff)
    _tell_the_board(fresh, "")
    audit.record("handoff.finished", about=fresh, by=by, at=at, outcome=str(outcome), note=note.strip())
    handoff_finished.send(sender=Handoff, handoff_id=fresh.pk)
    return fresh


@transaction.atomic(durable=True)
def withdraw(
    *,
    handoff: Handoff,
    reason: str,
    by: Staff | None,
    at: datetime,
    customer_said_stop: bool = False,
    by_name: str = "",
) -> Handoff:
    """Waiting or claimed → withdrawn: nobody contacts them, and return the hand-off.

    When the customer said stop, their consent is taken back in the same transaction.  Raises CannotMeet without a
    reason, or when it is over already.
    """
    reason = reason.strip()
    if not reason:
        raise CannotMeet("Say why it is taken back.")
    if not Handoff.objects.filter(pk=handoff.pk).withdraw(at=at, reason=reason):
        raise CannotMeet(_why_over(_fresh(handoff)))
    fresh = _fresh(handoff)
    _tell_the_board(fresh, "")
    if customer_said_stop:
        Consent.objects.create(
            customer=fresh.customer,
            purpose=Consent.Purpose.SALES_USE,
            channel=Consent.Channel.PERSON,
            granted=False,
            words=reason,
            text_version=CONSENT_VERSION,
            source=f"In person, {fresh.repair_order}",
            by=by,
            at=at,
        )
    audit.record(
        "handoff.withdrawn", about=fresh, by=by, by_name=by_name, at=at, reason=reason, said_stop=customer_said_stop
    )
    return fresh


def _locked(handoff: Handoff) -> Handoff:
    return Handoff.objects.select_for_update(of=("self",), no_key=True).select_related("customer").get(pk=handoff.pk)


def _fresh(handoff: Handoff) -> Handoff:
    return Handoff.objects.select_related("customer", "claimed_by", "repair_order").get(pk=handoff.pk)


def _tell_the_board(handoff: Handoff, does: str) -> None:
    """The order's card says who from sales does what, like "Jean from sales is walking over"; "" says nothing."""
    owner = handoff.claimed_by
    words = f"{owner.get_short_name()} from sales {does}" if owner and does else ""
    RepairOrder.objects.filter(pk=handoff.repair_order_id).show_company(words=words)


def _why_over(handoff: Handoff, staff: Staff | None = None) -> str:
    """Where the hand-off stands, as one friendly sentence for somebody who came second."""
    if handoff.status == Handoff.Status.WITHDRAWN:
        return "It was taken back. Please do not contact them."
    owner = handoff.claimed_by
    if owner is None:
        return "Nobody has claimed it. Claim it first."
    name = "You have" if staff is not None and owner.pk == staff.pk else f"{owner.name} has"
    if handoff.status == Handoff.Status.DONE:
        return f"{name} met them already: {handoff.get_outcome_display().lower()}."
    if handoff.met_at:
        return f"{name} met them. What is missing is what came of it."
    if handoff.walking_at:
        return f"{name} claimed this one, and is on the way to them."
    return f"{name} claimed this one already."
