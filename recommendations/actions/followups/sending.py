"""Reminders: one message for one car, with the customer's yes to it, checked again in the moment it leaves."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from customers.consents import may_send, quiet_zones
from customers.models import Consent, ContactPoint
from customers.rules import Refusal
from dealership import audit, outbox
from dealership.models import OutboxMessage, Rooftop, Staff
from dealership.templatetags.written import phone
from dealership.undo import UNDO_FOR
from recommendations import prices
from recommendations.actions.followups.steps import LAST_SEEN, CannotStep, step
from recommendations.languages import in_language, language_of, told_date
from recommendations.models import FollowUp, FollowUpPolicy, FollowUpStep
from service_lane.rules import dollars

PURPOSE = "follow_up"
MOST_IN_ONE = 3
"""Lines in one message; the rest is due on another day, or said on a call."""


class CannotRemind(CannotStep):
    """Nothing was sent.  Its message says why, and what to do instead."""


def refusal_to_remind(follow_up: FollowUp, channel: str, to: str, at: datetime) -> Refusal | None:
    """Why no reminder may go to this address on this channel, or not yet; None when it may.  All reminders ask here.

    A car that is here needs no more than no "no" (customers.consents); a reminder months later needs their yes.
    """
    customer, purpose = follow_up.customer, follow_up.purpose
    if purpose is None:
        return Refusal("They never answered. Ask them on a call; a message would read silence as a no.")
    if channel not in OutboxMessage.Kind or not Consent.objects.allows(customer, purpose, channel):
        return Refusal("They have not said yes to reminders this way. Call them, or ask them at their next visit.")
    if not to:
        return Refusal("There is nowhere to send it. Call them, and ask for a number or an address.")
    return may_send(customer, purpose, channel, at, rooftop=follow_up.rooftop, to=to)


def is_refused(refusal: Refusal | None) -> bool:
    """Whether it may not go at all; one that only has to wait for the morning may."""
    return refusal is not None and refusal.until is None


def contact_for(follow_up: FollowUp, channel: str) -> str:
    """Where a message of this kind would go: what they asked to be reached by, else what they prefer; "" when nothing.

    A number that somebody found to be wrong is left out until it was checked since.
    """
    kind = ContactPoint.Kind.EMAIL if channel == OutboxMessage.Kind.EMAIL else ContactPoint.Kind.PHONE
    points = list(ContactPoint.objects.filter(customer=follow_up.customer_id, kind=kind))
    wrong = FollowUpStep.objects.filter(
        follow_up__customer=follow_up.customer_id, kind=FollowUpStep.Kind.WRONG_NUMBER, taken_back_by=None
    )
    found_wrong = {one.contact: one.at for one in wrong.order_by("at")}
    right = [
        point.value
        for point in points
        if point.value not in found_wrong or (point.checked_at and point.checked_at > found_wrong[point.value])
    ]
    asked = follow_up.advisory.repair_order.contact_value
    return asked if asked in right else next(iter(right), "")


def is_daytime(rooftop: Rooftop, at: datetime) -> bool:
    """Whether the rooftop is open: a reminder that goes by itself goes while somebody can answer the phone."""
    return rooftop.opens_at <= at.astimezone(rooftop.zone).time() < rooftop.closes_at


def to_remind(rooftop: Rooftop, at: datetime) -> QuerySet[FollowUp]:
    """Open and due here, answered with a no or a later, never messaged about, of people who said yes to some message.

    None while the rooftop is closed, and where its policy sends nothing by itself.
    """
    if not is_daytime(rooftop, at) or not FollowUpPolicy.objects.of(rooftop).sends_messages:
        return FollowUp.objects.none()
    yes = Consent.objects.filter(
        customer=OuterRef("customer"),
        purpose__in=(Consent.Purpose.MARKETING, Consent.Purpose.REPAIR_MESSAGES),
        channel__in=(Consent.Channel.TEXT, Consent.Channel.EMAIL, Consent.Channel.ANY),
        granted=True,
    )
    tried = FollowUpStep.objects.filter(
        follow_up=OuterRef("pk"), kind__in=(FollowUpStep.Kind.MESSAGED, FollowUpStep.Kind.NOT_SENT)
    )
    today = prices.local_date(rooftop, at)
    return (
        FollowUp.objects.open()
        .filter(Exists(yes), ~Exists(tried), rooftop=rooftop, next_date__lte=today, waiting_since=None)
        .exclude(kind=FollowUp.Kind.SILENT)
    )


@transaction.atomic(durable=True)
def no_reminder(*, follow_up: FollowUp, why: str, at: datetime) -> None:
    """Keep that no reminder goes by itself, and why; an advisor reads it and calls."""
    step(follow_up, FollowUpStep.Kind.NOT_SENT, by=None, at=at, note=why, changes={})
    audit.record("follow_up.not_reminded", about=follow_up, by=None, at=at, why=why)


def channel_of(follow_up: FollowUp, at: datetime) -> str:
    """The first way a reminder may go: as they asked to be reached, then text, then e-mail; "" when none may."""
    ways = (OutboxMessage.Kind.TEXT, OutboxMessage.Kind.EMAIL)
    asked = follow_up.advisory.repair_order.contact_channel
    for channel in sorted(ways, key=lambda way: way != asked):
        if not is_refused(refusal_to_remind(follow_up, channel, contact_for(follow_up, channel), at)):
            return str(channel)
    return ""


@transaction.atomic(durable=True)
def remind(
    *, follow_up: FollowUp, channel: str = "", seen: int | None = LAST_SEEN, by: Staff | None, at: datetime
) -> OutboxMessage:
    """Send a reminder of this line, and of others of the car that are due as well, and return the message.

    It waits ten seconds in the outbox, or for the morning, and is checked again as it leaves (`last_look`).  `by` is
    None when it goes by itself.  Raises CannotRemind without the customer's yes or a way to reach them, when it has
    ended, waits for a reply already, or was never answered; Overtaken when somebody was quicker.
    """
    held = (
        FollowUp.objects.select_related("rooftop", "customer", "vehicle", "advisory__repair_order__customer")
        .with_over(at)
        .get(pk=follow_up.pk)
    )
    if held.stopped_at or held.over:
        reason = FollowUp.Stop(held.stop_reason or held.over).label
        raise CannotRemind(f"No reminder goes out: {reason[0].lower()}{reason[1:]}.")
    if held.waiting_since:
        raise CannotRemind("A reply is waited for already.")
    channel = channel or channel_of(held, at)
    to = contact_for(held, channel)
    refusal = refusal_to_remind(held, channel, to, at)
    if refusal and is_refused(refusal):
        raise CannotRemind(refusal.why)
    today = prices.local_date(held.rooftop, at)
    several = [held, *_due_as_well(held, today, at)]
    language = language_of(held.advisory.repair_order)
    subject, body = words_of_message(several, language, today, is_text=channel == OutboxMessage.Kind.TEXT)
    message = outbox.put(
        kind=channel,
        purpose=PURPOSE,
        key=f"{PURPOSE}:{held.pk}:{held.last_step_id or 0}",
        to=to,
        subject=subject,
        body=body,
        rooftop=held.rooftop,
        about=held,
        at=at,
        not_before=max(at + UNDO_FOR, refusal.until if refusal and refusal.until else at),
        use=held.purpose or "",
        zones=quiet_zones(held.customer, held.rooftop),
    )
    next_date = today + timedelta(days=FollowUpPolicy.objects.of(held.rooftop).reply_days)
    for one in several:
        last = seen if one is held else LAST_SEEN
        changes = {"message": message, "waiting_since": at, "next_date": next_date}
        step(one, FollowUpStep.Kind.MESSAGED, by=by, at=at, seen=last, contact=to, changes=changes)
    lines = [one.advisory_id for one in several]
    audit.record("follow_up.reminded", about=held, by=by, at=at, channel=channel, message=message.pk, lines=lines)
    return message


def _due_as_well(follow_up: FollowUp, today: date, at: datetime) -> list[FollowUp]:
    """Other lines of this car and customer that may be said in the same message."""
    others = (
        FollowUp.objects.open()
        .filter(customer=follow_up.customer_id, vehicle=follow_up.vehicle_id, rooftop=follow_up.rooftop_id)
        .filter(next_date__lte=today, waiting_since=None, message=None)
        .exclude(pk=follow_up.pk)
        .with_over(at)
        .filter(Q(over=""))
        .select_related("rooftop", "advisory__repair_order__rooftop")
        .order_by("next_date", "pk")
    )
    return [one for one in others if one.purpose == follow_up.purpose][: MOST_IN_ONE - 1]


def words_of_message(follow_ups: Sequence[FollowUp], language: str, today: date, *, is_text: bool) -> tuple[str, str]:
    """Subject and body of a reminder in this language; a text has no subject.

    It quotes the record (what they said, on which day, at which reading) and today's price, and asks for nothing but a
    call.
    """
    first = follow_ups[0]
    with translation.override(language):
        car = first.vehicle.short_title
        asked = prices.prices_today(first.rooftop, [one.op_code for one in follow_ups])
        said = [_sentence(one, language, today, asked.get(one.op_code)) for one in follow_ups]
        hello = _("{store}, about your {car}.").format(store=first.rooftop.name, car=car)
        ends = [_("To book, or if it is done, call {phone}.").format(phone=phone(first.rooftop.phone))]
        if is_text:
            ends.append(_("Reply STOP for no more texts."))
        subject = "" if is_text else _("A reminder about your {car}").format(car=car)
    return subject, " ".join([hello, *said, *ends])


def _sentence(follow_up: FollowUp, language: str, today: date, price: Decimal | None) -> str:
    shown = in_language(follow_up.line.snapshot, language)
    decision = follow_up.decision
    assert decision is not None
    on = prices.local_date(follow_up.rooftop, decision.at)
    day = told_date(on, today)
    put_off = follow_up.kind == FollowUp.Kind.DEFERRED
    if put_off and shown["measurement"]:
        told = _("{work}: on {day} you put it off, at {reading}.")
    elif put_off:
        told = _("{work}: on {day} you put it off.")
    elif shown["measurement"]:
        told = _("{work}: on {day} you said no, at {reading}.")
    else:
        told = _("{work}: on {day} you said no.")
    told = told.format(work=shown["title"], day=day, reading=shown["measurement"])
    if price is None:
        return f"{told} {_('Ask us for the price today.')}"
    return f"{told} {_('Today it costs {price}, tax included.').format(price=dollars(price))}"


def last_look(message: OutboxMessage, at: datetime) -> str:
    """Why this reminder must not leave after all, in a sentence; "" when it may.  Asked in the moment of sending."""
    about = FollowUp.objects.filter(message=message).select_related("customer", "rooftop").with_over(at)
    found = list(about)
    if not found:
        return "Nobody is reminded by it any more."
    for one in found:
        reason = one.stop_reason or one.over
        if reason:
            return f"{FollowUp.Stop(reason).label}, so it was not sent."
        if is_refused(refusal_to_remind(one, message.kind, message.to, at)):
            return "They do not allow it any more, so it was not sent."
    return ""
