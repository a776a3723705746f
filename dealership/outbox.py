"""What leaves the building: written with the change that caused it, sent afterwards, and never forgotten.

A message is claimed with a lease, so that a drain which dies gives it back; then the sending and "sent" are one
transaction over the locked row.  A provider that fails is asked again later, eight times in all; after that the message
is a dead letter, which somebody sees and decides about.
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
from dealership.models import OutboxMessage, Rooftop, Staff
from dealership.providers import NotTaken, Provider
from dealership.tasks import enqueue

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than any provider's patience for one bite, shorter than a customer's."""
MOST_ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
CLAIMED_AT_ONCE = 500


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
) -> OutboxMessage:
    """Write a message to be sent, inside the caller's transaction; the same `key` again returns the first message."""
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
    """Claim up to CLAIMED_AT_ONCE due messages and send them; returns how many were claimed."""
    give_up_on_killers(at=at)
    claimed = _claim(at=at)
    for kind, ids in claimed.items():
        provider: Provider = import_string(settings.OUTBOX_PROVIDERS[kind])()
        for bite in batched(ids, provider.at_once):
            _send(bite, provider, at=at)
    return sum(map(len, claimed.values()))


def give_up_on_killers(*, at: datetime) -> int:
    """Bury messages whose sender died on them every time; returns how many.  Their lease has run out unanswered."""
    tired = OutboxMessage.objects.filter(status="waiting", attempts__gte=MOST_ATTEMPTS, leased_until__lt=at)
    return tired.update(
        status=OutboxMessage.Status.DEAD,
        done_at=at,
        leased_until=None,
        provider_answer="Whoever tried to send this stopped half-way, each time.",
    )


@transaction.atomic(durable=True)
def _claim(*, at: datetime) -> dict[str, list[int]]:
    """Lease what is due, oldest first, skipping what another drain holds.  Ids by kind."""
    free = Q(leased_until=None) | Q(leased_until__lt=at)
    due = (
        OutboxMessage.objects.filter(free, status="waiting", not_before__lte=at)
        .order_by("not_before", "pk")
        .select_for_update(skip_locked=True)
        .values_list("pk", "kind")[:CLAIMED_AT_ONCE]
    )
    by_kind: dict[str, list[int]] = {}
    for pk, kind in due:
        by_kind.setdefault(kind, []).append(pk)
    ids = [pk for found in by_kind.values() for pk in found]
    OutboxMessage.objects.filter(pk__in=ids).update(leased_until=at + LEASE, attempts=F("attempts") + 1)
    return by_kind


@transaction.atomic(durable=True)
def _send(ids: Iterable[int], provider: Provider, *, at: datetime) -> None:
    """Send messages we hold the lease of and write down what the provider said, both or neither."""
    held = OutboxMessage.objects.filter(pk__in=ids, status="waiting", leased_until=at + LEASE)
    messages = _still_wanted(list(held.select_for_update(of=("self",)).order_by("pk")), at=at)
    if not messages:
        return
    try:
        answer = provider.send(messages)
    except NotTaken as refusal:
        for message in messages:
            _try_later(message, str(refusal), at=at)
        return
    OutboxMessage.objects.filter(pk__in=[message.pk for message in messages]).update(
        status=OutboxMessage.Status.SENT, done_at=at, leased_until=None, provider_answer=answer
    )


def _still_wanted(messages: Sequence[OutboxMessage], *, at: datetime) -> list[OutboxMessage]:
    """Those that may leave now.  The others are canceled with what OUTBOX_LAST_LOOKS says of their purpose."""
    wanted = []
    for message in messages:
        look = settings.OUTBOX_LAST_LOOKS.get(message.purpose)
        why = import_string(look)(message, at) if look else ""
        if why:
            message.status, message.done_at, message.leased_until = OutboxMessage.Status.CANCELED, at, None
            message.provider_answer = why
            message.save(update_fields=["provider_answer", "leased_until", "status", "done_at"])
        else:
            wanted.append(message)
    return wanted


def _try_later(message: OutboxMessage, why: str, *, at: datetime) -> None:
    over = message.attempts >= MOST_ATTEMPTS
    message.provider_answer = why[:1000]
    message.leased_until = None
    message.status = OutboxMessage.Status.DEAD if over else OutboxMessage.Status.WAITING
    message.done_at = at if over else None
    message.not_before = at + min(FIRST_PAUSE * 2 ** (message.attempts - 1), LONGEST_PAUSE)
    message.save(update_fields=["provider_answer", "leased_until", "status", "done_at", "not_before"])
    log.warning("outbox_not_taken", message=message.pk, kind=message.kind, attempts=message.attempts, dead=over)


@transaction.atomic(durable=True)
def send_again(*, message: OutboxMessage, by: Staff, at: datetime) -> None:
    """Put a dead letter back in the queue with eight fresh attempts.  Raises NotDead when it is not one (any more)."""
    revived = OutboxMessage.objects.filter(pk=message.pk, status=OutboxMessage.Status.DEAD).update(
        status=OutboxMessage.Status.WAITING, done_at=None, attempts=0, not_before=at, leased_until=None
    )
    if not revived:
        raise NotDead
    audit.record("message.sent_again", about=message, by=by, at=at)
    enqueue(drain)
