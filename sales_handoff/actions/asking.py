"""Asking the customer, once, whether sales may help; a yes becomes a hand-off, a no is remembered."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from customers.models import Complaint, Consent, Customer
from dealership import audit
from dealership.models import Staff
from sales_handoff.models import Ask, Evaluation, Handoff, HandoffPolicy
from sales_handoff.signals import customer_said_yes
from sales_handoff.words import day
from service_lane.models import RepairOrder

CONSENT_VERSION = "2026-11"
IN_PERSON = (Consent.Channel.PERSON, Consent.Channel.ANY)


class CannotAsk(ValueError):
    """Nothing was recorded.  Its message says why, in the advisor's words."""


class AlreadyAsked(CannotAsk):
    """The customer is asked once an order."""


class BetterNot(CannotAsk):
    """They said no not long ago, refused this use, or have an open complaint: only passing over is recorded."""


class NotAYes(ValueError):
    """Only a recorded yes becomes a hand-off."""


def why_not_ask(customer: Customer, *, policy: HandoffPolicy | None, at: datetime) -> list[str]:
    """What speaks against asking today, each as one sentence; empty when nothing does."""
    found = []
    days = policy.remember_no_days if policy else HandoffPolicy._meta.get_field("remember_no_days").default
    no = (
        Ask.objects.filter(customer=customer, answer=Ask.Answer.NO, at__gt=at - timedelta(days=days))
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
    if word and not word.granted:
        found.append("They do not want sales to use what service knows.")
    if Complaint.objects.open().filter(customer=customer).exists():
        found.append("A complaint of theirs is open. Settle it first.")
    return found


@transaction.atomic(durable=True)
def ask(
    *,
    repair_order: RepairOrder,
    answer: str,
    by: Staff,
    at: datetime,
    words: str = "",
    reason: str = "",
    leaves_at: datetime | None = None,
    where: str = "",
) -> Ask:
    """Record what the customer answered, or why they were not asked, and return it.

    A yes needs their words and takes the promised time when `leaves_at` is None; it stands as their recorded consent
    in the same transaction.  Raises AlreadyAsked, BetterNot, and CannotAsk when the order is closed or something is
    missing.
    """
    order = RepairOrder.objects.select_for_update(no_key=True).get(pk=repair_order.pk)
    if order.status != RepairOrder.Status.OPEN:
        raise CannotAsk("The repair order is closed. The car has left.")
    if Ask.objects.filter(repair_order=order).exists():
        raise AlreadyAsked("They were asked on this visit already. We ask once.")
    words, reason, where = words.strip(), reason.strip(), where.strip()
    _refuse_incomplete(answer, words, reason)
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
            reason=reason if answer == Ask.Answer.NOT_ASKED else "",
            leaves_at=leaves_at if answer == Ask.Answer.YES else None,
            where=where if answer == Ask.Answer.YES else "",
            by=by,
            at=at,
        )
    except IntegrityError as twin:
        raise AlreadyAsked("They were asked on this visit already. We ask once.") from twin
    _record_consent(asked)
    audit.record("customer.asked", about=asked, by=by, at=at, answer=str(answer), repair_order=order.number)
    if answer == Ask.Answer.YES:
        customer_said_yes.send(sender=Ask, ask_id=asked.pk)
    return asked


def _refuse_incomplete(answer: str, words: str, reason: str) -> None:
    if answer not in Ask.Answer.values:
        raise CannotAsk("Choose yes, no, or not asked.")
    if answer == Ask.Answer.YES and not words:
        raise CannotAsk("Write down what they said, in their words.")
    if answer == Ask.Answer.NOT_ASKED and not reason:
        raise CannotAsk("Say why you did not ask.")


def _record_consent(asked: Ask) -> None:
    """A yes is their consent to a talk in person; a no takes an earlier consent back."""
    if asked.answer == Ask.Answer.NOT_ASKED:
        return
    granted = asked.answer == Ask.Answer.YES
    if not granted and not Consent.objects.allows(asked.customer, Consent.Purpose.SALES_USE, Consent.Channel.PERSON):
        return
    Consent.objects.create(
        customer=asked.customer,
        purpose=Consent.Purpose.SALES_USE,
        channel=Consent.Channel.PERSON,
        granted=granted,
        words=asked.words or "No.",
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
    return handoff


def yeses_without_handoff() -> QuerySet[Ask]:
    """Recorded yeses whose task was lost."""
    queued = Handoff.objects.values("ask")
    return Ask.objects.filter(answer=Ask.Answer.YES).exclude(pk__in=queued).order_by("leaves_at", "pk")
