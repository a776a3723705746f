"""What leaves the building: written with the change that caused it, sent afterwards, and never forgotten.

A message is claimed with a lease, so that a drain which dies gives it back; then the sending and "sent" are one
transaction over the locked row.  A provider that fails is asked again later, eight times in all; after that the message
is a dead letter, which somebody sees and decides about.  So is, at once, one that can never be taken, and one of which
nobody knows whether it left: nothing is sent twice to find out.

Right before the sending each message is looked at once more: is the number still open to it, is it night where it goes,
is it not too late?  What became of it afterwards the provider tells us: see `receipt`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import batched

import structlog
from celery import shared_task
from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from dealership import audit
from dealership.models import InboundText, OutboxMessage, Rooftop, Staff
from dealership.providers import NeverTaken, NotTaken, PerhapsTaken, Provider
from dealership.quiet_hours import next_open
from dealership.tasks import enqueue

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than any provider's patience for one bite, shorter than a customer's."""
MOST_ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
CLAIMED_AT_ONCE = 500
CLAIMED_ONE_BY_ONE = 20
"""Where each is sent by itself: as many as a provider that is slow takes within the lease."""


UNSURE = "It may have left, and may not: whoever sent it stopped before writing down what became of it."
TOO_LATE = "It was worth sending for a while only, and that was over."
STOPPED = "They asked for no more of these."


class NotDead(Exception):
    """Only a message that was given up can be sent again."""


def put(
    *,
    kind: str,
    purpose: str,
    key: str,
    to: str,
    body: str,
    rooftop: Rooftop,
    at: datetime,
    subject: str = "",
    about: models.Model | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    use: str = "repair_messages",
    zones: Iterable[str] = (),
) -> OutboxMessage:
    """Write a message to be sent, inside the caller's transaction; the same `key` again returns the first message.

    `use` is the consent it stands on, a purpose of customers.Consent: ask customers.consents.may_send first.  It keeps
    the quiet hours of `zones`, and is not sent from `not_after` on.
    """
    message, made = OutboxMessage.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "purpose": purpose,
            "to": to,
            "subject": subject,
            "body": body,
            "rooftop": rooftop,
            "about_type": about._meta.label_lower if about is not None else "",
            "about_id": about.pk if about is not None else None,
            "created_at": at,
            "not_before": not_before or at,
            "not_after": not_after,
            "use": use,
            "quiet_zones": " ".join(zones),
        },
    )
    if made and message.not_before <= at:
        enqueue(drain)
    return message


@shared_task(acks_late=True)
def drain(**_: object) -> None:
    """Send everything that is due."""
    while send_some(at=timezone.now()):
        continue


def send_some(*, at: datetime) -> int:
    """Claim some due messages of each kind and send them; returns how many were claimed."""
    claimed = 0
    for kind, path in settings.OUTBOX_PROVIDERS.items():
        provider: Provider = import_string(path)()
        give_up_on_killers(kind, at=at)
        ids = _claim(kind, CLAIMED_AT_ONCE if provider.at_once > 1 else CLAIMED_ONE_BY_ONE, at=at)
        for bite in batched(ids, provider.at_once):
            if not provider.may_repeat:
                _begin(bite, at=at)
            _send(bite, provider, at=at)
        claimed += len(ids)
    return claimed


def give_up_on_killers(kind: str, *, at: datetime) -> int:
    """Bury messages whose sender died on them, returning how many: their lease has run out unanswered.

    After eight times; at once where handing it over had begun and a second time would be a second message.
    """
    tired = OutboxMessage.objects.waiting().filter(kind=kind, leased_until__lt=at)
    ended = {"status": OutboxMessage.Status.DEAD, "done_at": at, "leased_until": None}
    return tired.exclude(begun_at=None).update(**ended, provider_answer=UNSURE) + tired.filter(
        attempts__gte=MOST_ATTEMPTS
    ).update(**ended, provider_answer="Whoever tried to send this stopped half-way, each time.")


@transaction.atomic(durable=True)
def _claim(kind: str, most: int, *, at: datetime) -> list[int]:
    """Lease what is due, oldest first, skipping what another drain holds.  Returns the ids."""
    free = Q(leased_until=None) | Q(leased_until__lt=at)
    due = (
        OutboxMessage.objects.waiting()
        .filter(free, kind=kind, not_before__lte=at)
        .order_by("not_before", "pk")
        .select_for_update(skip_locked=True)
        .values_list("pk", flat=True)[:most]
    )
    ids = list(due)
    OutboxMessage.objects.filter(pk__in=ids).update(leased_until=at + LEASE, attempts=F("attempts") + 1)
    return ids


def _held(ids: Iterable[int], *, at: datetime) -> models.QuerySet[OutboxMessage]:
    return OutboxMessage.objects.waiting().filter(pk__in=ids, leased_until=at + LEASE)


@transaction.atomic(durable=True)
def _begin(ids: Iterable[int], *, at: datetime) -> None:
    """Write down that handing over begins, so that a sender who dies in it leaves a trace."""
    _held(ids, at=at).update(begun_at=at)


@transaction.atomic(durable=True)
def _send(ids: Iterable[int], provider: Provider, *, at: datetime) -> None:
    """Send messages we hold the lease of and write down what the provider said, both or neither."""
    held = _held(ids, at=at).select_related("rooftop").select_for_update(of=("self",)).order_by("pk")
    messages = _still_wanted(list(held), at=at)
    if not messages:
        return
    try:
        answer = provider.send(messages)
    except NotTaken as refusal:
        for message in messages:
            _not_taken(message, refusal, at=at)
        return
    OutboxMessage.objects.filter(pk__in=[message.pk for message in messages]).update(
        status=OutboxMessage.Status.SENT, done_at=at, leased_until=None, provider_answer=answer
    )


def _still_wanted(messages: Sequence[OutboxMessage], *, at: datetime) -> list[OutboxMessage]:
    """Those that may go now.  The others are canceled, given up, or left to wait for the morning."""
    wanted = []
    stopped = InboundText.objects.stopped(message.to for message in messages if message.kind == "text")
    for message in messages:
        opens = next_open(at, message.quiet_zones.split())
        if message.not_after and at >= message.not_after:
            _end(message, OutboxMessage.Status.DEAD, TOO_LATE, at=at)
        elif _is_stopped(message, stopped.get(message.to)):
            _end(message, OutboxMessage.Status.CANCELED, STOPPED, at=at)
        elif opens > at:
            message.attempts -= 1  # nobody was asked
            _later(message, opens)
        elif why := _last_look(message, at=at):
            _end(message, OutboxMessage.Status.CANCELED, why, at=at)
        else:
            wanted.append(message)
    return wanted


def _last_look(message: OutboxMessage, *, at: datetime) -> str:
    """Why whoever wrote messages of this purpose does not want this one sent any more; "" when they do."""
    look = settings.OUTBOX_LAST_LOOKS.get(message.purpose)
    return str(import_string(look)(message, at)) if look else ""


def _is_stopped(message: OutboxMessage, stop: InboundText | None) -> bool:
    """Whether they said stop after this was written.  What was written later is its writer's to answer for."""
    return stop is not None and stop.received_at > message.created_at and stop.covers(message.use)


def _not_taken(message: OutboxMessage, refusal: NotTaken, *, at: datetime) -> None:
    is_final = isinstance(refusal, NeverTaken | PerhapsTaken) or message.attempts >= MOST_ATTEMPTS
    log.warning("outbox_not_taken", message=message.pk, kind=message.kind, attempts=message.attempts, dead=is_final)
    if is_final:
        _end(message, OutboxMessage.Status.DEAD, str(refusal), at=at)
        return
    pause = min(FIRST_PAUSE * 2 ** (message.attempts - 1), LONGEST_PAUSE)
    message.provider_answer = str(refusal)[:1000]
    _later(message, at + max(pause, refusal.pause or pause))


def _later(message: OutboxMessage, when: datetime) -> None:
    message.not_before, message.leased_until, message.begun_at = when, None, None
    message.save(update_fields=["not_before", "leased_until", "begun_at", "attempts", "provider_answer"])


def _end(message: OutboxMessage, status: OutboxMessage.Status, why: str, *, at: datetime) -> None:
    message.status, message.done_at, message.leased_until, message.provider_answer = status, at, None, why[:1000]
    message.save(update_fields=["status", "done_at", "leased_until", "provider_answer"])


@transaction.atomic(durable=True)
def receipt(*, key: str, arrived: bool, why: str = "", at: datetime) -> bool:
    """What the provider says became of message `key`; `why` it came back.  False: no such message, or we knew.

    It is believed even of a message whose sending we took for a failure: what arrived is not sent again.
    """
    messages = OutboxMessage.objects.filter(key=key)
    told = messages.delivered(at=at) if arrived else messages.came_back(why[:1000], at=at)
    if told:
        event = "message.delivered" if arrived else "message.came_back"
        audit.record(
            event, about=messages.get(), by=None, by_name="The provider", at=at, why="" if arrived else why[:200]
        )
    return told


@transaction.atomic(durable=True)
def send_again(*, message: OutboxMessage, by: Staff, at: datetime) -> None:
    """Put a dead letter back in the queue with eight fresh attempts.  Raises NotDead when it is not one (any more)."""
    revived = OutboxMessage.objects.filter(pk=message.pk, status=OutboxMessage.Status.DEAD).update(
        status=OutboxMessage.Status.WAITING,
        done_at=None,
        attempts=0,
        not_before=at,
        not_after=None,
        leased_until=None,
        begun_at=None,
    )
    if not revived:
        raise NotDead
    audit.record("message.sent_again", about=message, by=by, at=at)
    enqueue(drain)
