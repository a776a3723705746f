"""Texts that come in: kept as they came, a stop honoured at once, and the rest laid before whoever can answer."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from customers.models import Consent, ContactPoint, Customer
from customers.rules import Meaning, format_phone, read_text
from dealership import audit, outbox
from dealership.models import InboundText, OutboxMessage, Rooftop, Staff
from dealership.undo import UNDO_FOR

LONGEST = 1600
"""Ten texts in one: more than that no phone sends."""
LONGEST_REPLY = 480
LOCK = 0x545854
"""The first key of the lock says what is locked, the second which number."""
CONFIRM_WITHIN = timedelta(minutes=5)
"""A confirmation that came later would be a text of its own (47 CFR 64.1200(a)(12))."""
CONFIRMATION = InboundText.CONFIRMATION
REPLY = "text_reply"
NOBODY_LOOKS = (Meaning.START, Meaning.SAID)


class CannotReply(ValueError):
    """Nothing was sent.  Its message says why, and what to do instead."""


class AlreadySettled(Exception):
    """Somebody looked after this text meanwhile."""


class TooLate(ValueError):
    """It cannot be taken back any more."""


@transaction.atomic(durable=True)
def receive_text(*, provider_key: str, number: str, body: str, at: datetime) -> InboundText:
    """Keep a text from `number` (+14155550142) and act on it; the same `provider_key` again is the same text.

    A stop is recorded for everybody whose number it is, takes what waits for them out of the outbox, and is confirmed
    by one text, all in this transaction.
    """
    _take_turn(number)
    body = body[:LONGEST]
    read = read_text(body)
    people = list(
        Customer.objects.standing().filter(contact_points__kind="phone", contact_points__value=number).distinct()
    )
    last = OutboxMessage.objects.filter(kind="text", to=number).select_related("rooftop").first()
    before = InboundText.objects.stopped([number]).get(number)
    scope = ""
    if read.meaning is Meaning.STOP:
        # One kind more that is not wanted never brings another kind back.
        narrow = read.is_sales_only and not (before and before.scope == InboundText.Scope.ALL)
        scope = InboundText.Scope.SALES if narrow else InboundText.Scope.ALL
    text, is_new = InboundText.objects.get_or_create(
        provider_key=provider_key,
        defaults={
            "rooftop": last.rooftop if last else None,
            "number": number,
            "body": body,
            "reading": read.meaning.value,
            "scope": scope,
            "is_known": bool(people),
            "received_at": at,
            "settled_at": at if read.meaning in NOBODY_LOOKS else None,
        },
    )
    if not is_new:
        return text
    uses: Collection[str] = ()
    if read.meaning is Meaning.STOP:
        uses = [use for use in Consent.Purpose.values if text.covers(use)]
        _cancel_waiting(text, people, at=at)
    elif read.meaning is Meaning.START:
        # Offers need a signed yes, which a text is not; what concerns their car comes back.
        uses = [Consent.Purpose.REPAIR_MESSAGES]
    _record(text, people, uses, granted=read.meaning is Meaning.START, at=at)
    audit.record(
        "text.received",
        about=text,
        by=None,
        by_name=people[0].name if people else "An unknown number",
        at=at,
        reading=text.reading,
        scope=text.scope,
        customers=[one.pk for one in people],
    )
    if uses and not (before and before.scope == text.scope):
        in_spanish = read.is_spanish or any(one.language == Customer.Language.SPANISH for one in people)
        _confirm(text, "es" if in_spanish else "en", at=at)
    return text


def _take_turn(number: str) -> None:
    """Texts of one number are read one after another, so that two stops at once are confirmed once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, number])


def _cancel_waiting(text: InboundText, people: Iterable[Customer], *, at: datetime) -> None:
    theirs = ContactPoint.objects.filter(customer__in=people, kind="phone").values_list("value", flat=True)
    waiting = OutboxMessage.objects.filter(kind="text", to__in={text.number, *theirs}).exclude(use=CONFIRMATION)
    if text.scope == InboundText.Scope.SALES:
        waiting = waiting.filter(use__in=InboundText.SALES_USES)
    waiting.cancel(outbox.STOPPED, at=at)


def _record(text: InboundText, people: Iterable[Customer], uses: Iterable[str], *, granted: bool, at: datetime) -> None:
    Consent.objects.bulk_create(
        Consent(
            customer=customer,
            purpose=use,
            channel=channel,
            granted=granted,
            words=text.body,
            text_version="their own words",
            source=Consent.BY_TEXT,
            at=at,
        )
        for customer in people
        for use, channel in _said_of(text, customer, uses)
    )


def _said_of(text: InboundText, customer: Customer, uses: Iterable[str]) -> list[tuple[str, str]]:
    """The uses a text speaks of, each with its channel.  A no to sales is one to sales on every way, not to texts: it
    takes back a talk they agreed to, and a lead that is to be passed on.
    """
    purpose, channel = Consent.Purpose, Consent.Channel
    if text.scope != InboundText.Scope.SALES:
        return [(use, channel.TEXT) for use in uses]
    said: list[tuple[str, str]] = [(use, channel.ANY if use == purpose.SALES_USE else channel.TEXT) for use in uses]
    if Consent.objects.allows(customer, purpose.PASS_ON, channel.ANY):
        said.append((purpose.PASS_ON, channel.ANY))
    return said


def _confirm(text: InboundText, language: str, *, at: datetime) -> None:
    """The one text that says it was heard.  It offers nothing."""
    rooftop = text.rooftop or Rooftop.objects.order_by("pk").first()
    if rooftop is None:
        return
    with translation.override(language):
        if text.reading == InboundText.Reading.START:
            body = _("{store}: you get texts about your car again. Reply STOP for no more texts.")
        elif text.scope == InboundText.Scope.SALES:
            body = _("{store}: no more offers by text. We still text you about your car. Reply STOP for no more texts.")
        else:
            body = _("{store}: you get no more texts from us. Our phone is {phone}. Reply START to get texts again.")
        body = body.format(store=rooftop.name, phone=format_phone(rooftop.phone))
    outbox.put(
        kind=OutboxMessage.Kind.TEXT,
        purpose=CONFIRMATION,
        use=CONFIRMATION,
        key=f"{CONFIRMATION}:{text.pk}",
        to=text.number,
        body=body,
        rooftop=rooftop,
        about=text,
        at=at,
        not_after=at + CONFIRM_WITHIN,
    )


@transaction.atomic(durable=True)
def reply_to_text(*, text: InboundText, body: str, rooftop: Rooftop, by: Staff, at: datetime) -> OutboxMessage:
    """Answer a text by a text, which waits ten seconds in the outbox; the text needs nobody any more.

    An answer within a conversation they began keeps no quiet hours.  Raises CannotReply when there is nothing to say or
    they asked for no texts, AlreadySettled.
    """
    body = body.strip()
    if not body:
        raise CannotReply("Write an answer. They get it as you write it.")
    if len(body) > LONGEST_REPLY:
        raise CannotReply(f"Keep it under {LONGEST_REPLY} characters. This has {len(body)}.")
    if (stop := InboundText.objects.stopped([text.number]).get(text.number)) and stop.covers("repair_messages"):
        raise CannotReply("They asked for no more texts. Call them.")
    if not InboundText.objects.filter(pk=text.pk).settle(by=by, at=at):
        raise AlreadySettled
    written = OutboxMessage.objects.filter(purpose=REPLY, about_type=text._meta.label_lower, about_id=text.pk).count()
    message = outbox.put(
        kind=OutboxMessage.Kind.TEXT,
        purpose=REPLY,
        key=f"{REPLY}:{text.pk}:{written + 1}",
        to=text.number,
        body=f"{rooftop.name}: {body}",
        rooftop=rooftop,
        about=text,
        at=at,
        not_before=at + UNDO_FOR,
    )
    InboundText.objects.filter(pk=text.pk).update(answer=message)
    audit.record("text.answered", about=text, by=by, at=at, rooftop=rooftop, message=message.pk)
    return message


@transaction.atomic(durable=True)
def settle_text(*, text: InboundText, rooftop: Rooftop, by: Staff, at: datetime) -> None:
    """It needs no answer by text: somebody called, or there is nothing to say.  Raises AlreadySettled."""
    if not InboundText.objects.filter(pk=text.pk).settle(by=by, at=at):
        raise AlreadySettled
    audit.record("text.settled", about=text, by=by, at=at, rooftop=rooftop)


@transaction.atomic(durable=True)
def undo_text(*, text: InboundText, rooftop: Rooftop, by: Staff, at: datetime) -> None:
    """Take back what `reply_to_text` or `settle_text` did.  Raises TooLate after ten seconds or once it has left."""
    held = InboundText.objects.select_for_update().get(pk=text.pk)
    if held.settled_by_id is None or held.settled_at is None or at - held.settled_at > UNDO_FOR:
        raise TooLate("The ten seconds are over.")
    if held.answer_id and not OutboxMessage.objects.filter(pk=held.answer_id).cancel("Taken back.", at=at):
        raise TooLate("The answer has left already.")
    InboundText.objects.filter(pk=text.pk).update(answer=None, settled_by=None, settled_at=None)
    audit.record("text.undone", about=text, by=by, at=at, rooftop=rooftop)
