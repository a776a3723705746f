"""From a waiting hand-off to its outcome: read what is open, claim, walk over, meet, appraise, say what came of it."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from customers.models import Consent
from dealership import audit
from dealership.models import Staff
from dealership.undo import UNDO_FOR
from sales_handoff import minefield
from sales_handoff.actions import passing_on
from sales_handoff.actions.asking import CONSENT_VERSION
from sales_handoff.actions.values import CannotValue, value_car
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


class YesTakenBack(CannotMeet):
    """Their latest word on sales is not a yes any more."""

    def __init__(self) -> None:
        super().__init__("They took their yes back. Please do not contact them.")


class TakenAlready(CannotMeet):
    """Somebody was quicker."""


class NotYours(CannotMeet):
    """Only the one who claimed it goes on with it."""


def has_read(handoff: Handoff, staff: Staff, facts_sha256: str) -> bool:
    """Whether `staff` has read exactly these facts before this hand-off."""
    return MinefieldReading.objects.filter(handoff=handoff, by=staff, facts_sha256=facts_sha256).exists()


def _refuse_unread(handoff: Handoff, staff: Staff, at: datetime) -> None:
    if not Handoff.objects.filter(pk=handoff.pk).still_yes().exists():
        raise YesTakenBack
    if not has_read(handoff, staff, minefield.sha256(minefield.facts(handoff.customer, at))):
        raise GateClosed


@transaction.atomic(durable=True)
def read_minefield(*, handoff: Handoff, facts_sha256: str, by: Staff, at: datetime) -> MinefieldReading:
    """Keep that `by` has read what is open with the customer, exactly as it was shown, and return that.

    Raises FactsChanged when it is not as it was shown any more, and CannotMeet when the hand-off is over.
    """
    locked = _locked(handoff)
    if locked.status in (Handoff.Status.DONE, Handoff.Status.WITHDRAWN):
        raise CannotMeet(why_over(locked))
    if not Handoff.objects.filter(pk=locked.pk).still_yes().exists():
        raise YesTakenBack
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
        raise TakenAlready(why_over(fresh_of(handoff), by))
    fresh = fresh_of(handoff)
    tell_the_board(fresh, "will come over")
    audit.record("handoff.claimed", about=fresh, by=by, at=at)
    return fresh


@transaction.atomic(durable=True)
def walk_over(*, handoff: Handoff, by: Staff, at: datetime) -> Handoff:
    """Who claimed it sets out to the customer, and return the hand-off.  Raises GateClosed and NotYours."""
    _refuse_unread(handoff, by, at)
    if not Handoff.objects.filter(pk=handoff.pk).walk_over(by=by, at=at):
        raise NotYours(why_over(fresh_of(handoff), by))
    fresh = fresh_of(handoff)
    tell_the_board(fresh, "is walking over")
    audit.record("handoff.walking", about=fresh, by=by, at=at)
    return fresh


@transaction.atomic(durable=True)
def meet(*, handoff: Handoff, by: Staff, at: datetime) -> Handoff:
    """Who claimed it is introduced to the customer now, and return the hand-off.  Raises GateClosed and NotYours."""
    current = fresh_of(handoff)
    if current.status == Handoff.Status.CLAIMED and current.claimed_by_id == by.pk:
        _refuse_unread(handoff, by, at)
    if not Handoff.objects.filter(pk=handoff.pk).meet(by=by, at=at):
        raise NotYours(why_over(fresh_of(handoff), by))
    fresh = fresh_of(handoff)
    tell_the_board(fresh, "is with them")
    audit.record("handoff.met", about=fresh, by=by, at=at)
    return fresh


@transaction.atomic(durable=True)
def appraise_with_them(
    *, handoff: Handoff, low: Decimal, high: Decimal, payoff: Decimal | None = None, by: Staff, at: datetime
) -> Handoff:
    """Who met the customer has looked at the car and names its value in dollars, and return the hand-off.

    The value stands as an appraisal of the car and the order is weighed with it.  Raises GateClosed, NotYours, and
    CannotMeet for a range that is none.
    """
    _refuse_unread(handoff, by, at)
    if not Handoff.objects.filter(pk=handoff.pk).appraise(by=by, at=at):
        fresh = fresh_of(handoff)
        if fresh.claimed_by_id == by.pk and fresh.met_at is None:
            raise CannotMeet("Meet them first. The value is for the two of you to look at.")
        if fresh.claimed_by_id == by.pk and fresh.appraised_at and fresh.status == Handoff.Status.CLAIMED:
            raise CannotMeet("You have valued the car already. An advisor can type another value.")
        raise NotYours(why_over(fresh, by))
    fresh = fresh_of(handoff)
    source = f"Appraised with the customer by {by.name}"
    try:
        appraisal, _ = value_car(fresh.repair_order, low=low, high=high, payoff=payoff, source=source, by=by, at=at)
    except CannotValue as cannot:
        raise CannotMeet(str(cannot)) from cannot
    audit.record("handoff.appraised", about=fresh, by=by, at=at, appraisal=appraisal.pk, low=str(low), high=str(high))
    return fresh


@transaction.atomic(durable=True)
def step_back(*, handoff: Handoff, by: Staff, at: datetime) -> Handoff:
    """Take the last step back, seconds after it: an outcome, a meeting, setting out.  Returns the hand-off.

    Raises CannotMeet when there is none to take back any more.
    """
    step = Handoff.objects.filter(pk=handoff.pk).step_back(by=by, since=at - UNDO_FOR)
    if not step:
        raise CannotMeet("It is too late to take that back. Correct it by what you do next.")
    fresh = fresh_of(handoff)
    does = "is with them" if fresh.met_at else "is walking over" if fresh.walking_at else "will come over"
    tell_the_board(fresh, does)
    audit.record("handoff.stepped_back", about=fresh, by=by, at=at, step=step)
    return fresh


@transaction.atomic(durable=True)
def release(*, handoff: Handoff, by: Staff, at: datetime) -> Handoff:
    """Claimed → waiting again, by the one who claimed it and before they met, and return the hand-off.

    Raises NotYours.
    """
    if not Handoff.objects.filter(pk=handoff.pk).release(by=by):
        raise NotYours(why_over(fresh_of(handoff), by))
    fresh = fresh_of(handoff)
    tell_the_board(fresh, "")
    audit.record("handoff.released", about=fresh, by=by, at=at)
    return fresh


@transaction.atomic(durable=True)
def finish(*, handoff: Handoff, outcome: str, note: str = "", by: Staff, at: datetime) -> Handoff:
    """Claimed → done with what came of it, by the one who claimed it, and return the hand-off.

    Raises GateClosed, NotYours, and CannotMeet without an outcome.
    """
    if outcome not in Handoff.Outcome.values:
        raise CannotMeet("Choose what came of it.")
    current = fresh_of(handoff)
    if current.status != Handoff.Status.CLAIMED or current.claimed_by_id != by.pk:
        raise NotYours(why_over(current, by))
    _refuse_unread(handoff, by, at)
    if not Handoff.objects.filter(pk=handoff.pk).finish(by=by, at=at, outcome=outcome, note=note.strip()):
        raise NotYours(why_over(fresh_of(handoff), by))
    fresh = fresh_of(handoff)
    tell_the_board(fresh, "")
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

    A lead that has not left yet stays here.  When the customer said stop, their consents are taken back in the same
    transaction.  Raises CannotMeet without a reason, or when it is over already.
    """
    reason = reason.strip()
    if not reason:
        raise CannotMeet("Say why it is taken back.")
    if not Handoff.objects.filter(pk=handoff.pk).withdraw(at=at, reason=reason):
        raise CannotMeet(why_over(fresh_of(handoff)))
    fresh = fresh_of(handoff)
    tell_the_board(fresh, "")
    is_lead_stopped = passing_on.stop(fresh, at)
    if customer_said_stop:
        for purpose, channel in (
            (Consent.Purpose.SALES_USE, Consent.Channel.PERSON),
            (Consent.Purpose.PASS_ON, Consent.Channel.ANY),
        ):
            if purpose == Consent.Purpose.PASS_ON and not Consent.objects.allows(fresh.customer, purpose, channel):
                continue
            Consent.objects.create(
                customer=fresh.customer,
                purpose=purpose,
                channel=channel,
                granted=False,
                words=reason,
                text_version=CONSENT_VERSION,
                source=f"In person, {fresh.repair_order}",
                by=by,
                at=at,
            )
    audit.record(
        "handoff.withdrawn",
        about=fresh,
        by=by,
        by_name=by_name,
        at=at,
        reason=reason,
        said_stop=customer_said_stop,
        lead_stopped=is_lead_stopped,
    )
    return fresh


def taken_back_elsewhere() -> QuerySet[Handoff]:
    """Open hand-offs whose customer's latest word on sales is not a yes any more, wherever they said it."""
    is_open = Handoff.objects.open()
    return is_open.exclude(pk__in=is_open.still_yes().values("pk")).order_by("pk")


def _locked(handoff: Handoff) -> Handoff:
    return Handoff.objects.select_for_update(of=("self",), no_key=True).select_related("customer").get(pk=handoff.pk)


def fresh_of(handoff: Handoff) -> Handoff:
    """The hand-off as it stands now."""
    return Handoff.objects.select_related("customer", "claimed_by", "repair_order").get(pk=handoff.pk)


def tell_the_board(handoff: Handoff, does: str) -> None:
    """The order's card says who from sales does what, like "Jean from sales is walking over"; "" says nothing."""
    owner = handoff.claimed_by
    words = f"{owner.get_short_name()} from sales {does}" if owner and does else ""
    RepairOrder.objects.filter(pk=handoff.repair_order_id).show_company(words=words)


def why_over(handoff: Handoff, staff: Staff | None = None) -> str:
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
