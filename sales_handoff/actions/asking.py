"""Asking the customer, once, whether sales may help; a yes becomes a hand-off, a no is remembered."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from customers.models import Complaint, Consent, Customer, Purchase
from dealership import audit
from dealership.models import Staff
from sales_handoff.models import IN_PERSON, Ask, Deal, Evaluation, Handoff, HandoffPolicy
from sales_handoff.signals import customer_said_yes, handoff_queued
from sales_handoff.words import day
from service_lane.models import RepairOrder

CONSENT_VERSION = "2026-11"
STILL_WAITING = timedelta(days=2)
"""After the car was due to leave: a hand-off that nobody finished does not keep them from being asked for ever."""
PASS_ON_WORDS = (
    "{store} may put my name, how to reach me, my car and what its repair would cost into the system its sales floor "
    "works with. A no changes nothing about my service."
)
"""What is read to the customer before they agree to be passed on; kept as said, with the store's name."""


class CannotAsk(ValueError):
    """Nothing was recorded.  Its message says why, in the advisor's words."""


class AlreadyAsked(CannotAsk):
    """The customer is asked once an order."""


class BetterNot(CannotAsk):
    """They said no not long ago, refused this use, bought or are buying, or a complaint is open: only a veto counts."""


class NotAYes(ValueError):
    """Only a recorded yes becomes a hand-off."""


def why_not_ask(customer: Customer, *, policy: HandoffPolicy | None, at: datetime) -> list[str]:
    """What speaks against asking today, each as one sentence; empty when nothing does.

    A no, a refusal, a complaint and a deal count whatever rooftop they are of: it is the same person.  Nothing is known
    of anybody's credit here, and nothing of it is asked.
    """
    found = []
    days = _setting(policy, "remember_no_days")
    no = (
        Ask.objects.filter(customer__in=customer.records, answer=Ask.Answer.NO, at__gt=at - timedelta(days=days))
        .select_related("repair_order", "repair_order__rooftop")
        .order_by("-at", "-pk")
        .first()
    )
    if no:
        on = no.at.astimezone(no.repair_order.rooftop.zone).date()
        found.append(f"They said no on {day(on)}. We do not ask again for {days} days.")
    word = (
        Consent.objects.filter(customer=customer, purpose=Consent.Purpose.SALES_USE, channel__in=IN_PERSON)
        .order_by("-at", "-pk")
        .first()
    )
    if word and word.granted is False:
        found.append("They do not want sales to use what service knows.")
    complaints = Complaint.objects.open()
    if complaints.filter(customer=customer).exists():
        found.append("A complaint of theirs is open. Settle it first.")
    elif customer.household_id and complaints.filter(customer__household=customer.household_id).exists():
        found.append("A complaint of somebody in their household is open. Settle it first.")
    return found + _deals(customer, _setting(policy, "quiet_after_purchase_days"), at)


def _setting(policy: HandoffPolicy | None, name: str) -> int:
    return int(getattr(policy or HandoffPolicy(), name))


def _deals(customer: Customer, quiet_days: int, at: datetime) -> list[str]:
    """What they bought here not long ago, or are in talks about.

    A purchase is a sold deal of a file, one recorded at delivery, or our own hand-off that ended so.  Theirs alone:
    what somebody in their household bought keeps nobody from being asked, and is not spoken of.
    """
    since = at - timedelta(days=quiet_days)
    handoffs = Handoff.objects.filter(customer=customer).select_related("rooftop")
    bought = [
        *(one.sold_date for one in Deal.objects.sold_since(since.date()).filter(customer=customer) if one.sold_date),
        *Purchase.objects.sold_since(since.date()).filter(customer=customer).values_list("sold_date", flat=True),
        *(
            one.outcome_at.astimezone(one.rooftop.zone).date()
            for one in handoffs.filter(outcome=Handoff.Outcome.BOUGHT, outcome_at__gt=since)
            if one.outcome_at
        ),
    ]
    found = []
    if bought:
        found.append(f"They bought from us on {day(max(bought))}. We do not ask again for {quiet_days} days.")
    if Deal.objects.in_hand().filter(customer=customer).exists():
        found.append("Sales has an open deal with them already.")
    elif handoffs.open().filter(leaves_at__gt=at - STILL_WAITING).exists():
        found.append("They said yes on another visit, and sales has not met them yet.")
    return found


@transaction.atomic(durable=True)
def ask(
    *,
    repair_order: RepairOrder,
    answer: str,
    by: Staff,
    at: datetime,
    words: str = "",
    veto: str = "",
    reason: str = "",
    passes_on: bool = False,
    leaves_at: datetime | None = None,
    where: str = "",
) -> Ask:
    """Record what the customer answered, or why they were not asked, and return it.

    A yes needs their words and takes the promised time when `leaves_at` is None; it stands as their recorded consent
    in the same transaction, and `passes_on` as another, of its own.  A veto is of a kind (Ask.Veto), another reason
    when none is named, and needs words then.  Raises AlreadyAsked, BetterNot, and CannotAsk when the order is closed or
    something is missing.
    """
    order = RepairOrder.objects.select_for_update(no_key=True).get(pk=repair_order.pk)
    if order.status != RepairOrder.Status.OPEN:
        raise CannotAsk("The repair order is closed. The car has left.")
    if Ask.objects.filter(repair_order=order).exists():
        raise AlreadyAsked("They were asked on this visit already. We ask once.")
    words, reason, where = words.strip(), reason.strip(), where.strip()
    if answer == Ask.Answer.NOT_ASKED and reason and not veto:
        veto = Ask.Veto.OTHER
    if veto in Ask.Veto.values and veto != Ask.Veto.OTHER and not reason:
        reason = str(Ask.Veto(veto).label)
    _refuse_incomplete(answer, words, veto, reason)
    if answer != Ask.Answer.NOT_ASKED:
        policy = HandoffPolicy.objects.filter(rooftop=order.rooftop_id).first()
        if against := why_not_ask(order.customer, policy=policy, at=at):
            raise BetterNot(" ".join(against))
    leaves_at = leaves_at or order.promised_at
    if answer == Ask.Answer.YES and leaves_at is None:
        raise CannotAsk("Say when the car leaves.")
    try:
        asked = Ask.objects.create(
            repair_order=order,
            customer=order.customer,
            evaluation=Evaluation.objects.latest_of(order),
            answer=answer,
            words=words,
            veto=veto if answer == Ask.Answer.NOT_ASKED else "",
            reason=reason if answer == Ask.Answer.NOT_ASKED else "",
            passes_on=passes_on and answer == Ask.Answer.YES,
            leaves_at=leaves_at if answer == Ask.Answer.YES else None,
            where=where if answer == Ask.Answer.YES else "",
            by=by,
            at=at,
        )
    except IntegrityError as twin:
        raise AlreadyAsked("They were asked on this visit already. We ask once.") from twin
    _record_consent(asked)
    audit.record(
        "customer.asked",
        about=asked,
        by=by,
        at=at,
        answer=str(answer),
        veto=str(asked.veto),
        passes_on=asked.passes_on,
        repair_order=order.number,
    )
    if answer == Ask.Answer.YES:
        customer_said_yes.send(sender=Ask, ask_id=asked.pk)
    return asked


def _refuse_incomplete(answer: str, words: str, veto: str, reason: str) -> None:
    if answer not in Ask.Answer.values:
        raise CannotAsk("Choose yes, no, or not asked.")
    if answer == Ask.Answer.YES and not words:
        raise CannotAsk("Write down what they said, in their words.")
    if answer == Ask.Answer.NOT_ASKED and (veto not in Ask.Veto.values or not reason):
        raise CannotAsk("Say why you did not ask.")


def _record_consent(asked: Ask) -> None:
    """A yes is their consent to a talk in person, and to be passed on if they agreed; a no takes consents back."""
    if asked.answer == Ask.Answer.NOT_ASKED:
        return
    granted = asked.answer == Ask.Answer.YES
    spoken = asked.words or "No."
    store = asked.repair_order.rooftop.name
    purpose, channel = Consent.Purpose, Consent.Channel
    for use, way, yes, words in (
        (purpose.SALES_USE, channel.PERSON, granted, spoken),
        (purpose.PASS_ON, channel.ANY, asked.passes_on, PASS_ON_WORDS.format(store=store) if granted else spoken),
    ):
        if not yes and (granted or not Consent.objects.allows(asked.customer, use, way)):
            continue  # a yes to the talk alone says nothing of being passed on, and takes nothing back
        Consent.objects.create(
            customer=asked.customer,
            purpose=use,
            channel=way,
            granted=yes,
            words=words,
            text_version=CONSENT_VERSION,
            source=f"In person, {asked.repair_order}",
            by=asked.by,
            at=asked.at,
        )


@transaction.atomic(durable=True)
def queue(*, ask: Ask, at: datetime) -> Handoff:
    """Put a recorded yes on the hand-off queue and return the hand-off; the one already there when it is.

    Raises NotAYes.
    """
    if ask.answer != Ask.Answer.YES or ask.leaves_at is None:
        raise NotAYes(f"{ask.get_answer_display()} is no yes.")
    handoff, is_new = Handoff.objects.get_or_create(
        ask=ask,
        defaults={
            "rooftop": ask.repair_order.rooftop,
            "repair_order": ask.repair_order,
            "customer": ask.customer,
            "leaves_at": ask.leaves_at,
            "created_at": at,
        },
    )
    if is_new:
        audit.record("handoff.queued", about=handoff, by=None, at=at, leaves_at=handoff.leaves_at.isoformat())
        handoff_queued.send(sender=Handoff, handoff_id=handoff.pk)
    return handoff


def yeses_without_handoff() -> QuerySet[Ask]:
    """Recorded yeses whose task was lost."""
    queued = Handoff.objects.values("ask")
    return Ask.objects.filter(answer=Ask.Answer.YES).exclude(pk__in=queued).order_by("leaves_at", "pk")
