"""Consents: one recorded yes or no to one use on one channel, with the exact words.  Nothing is ever overwritten."""

from datetime import datetime

from django.db import transaction

from customers.models import Consent, Customer
from dealership import audit, outbox
from dealership.models import OutboxMessage, Rooftop, Staff


@transaction.atomic(durable=True)
def record_consent(
    *,
    customer: Customer,
    purpose: str,
    channel: str,
    granted: bool,
    words: str,
    text_version: str,
    source: str,
    by: Staff | None,
    at: datetime,
    rooftop: Rooftop | None = None,
) -> Consent:
    """Keep what `customer` said to `words`; the latest counts.  `by` is None when they said it on their own link.

    A no takes what waits for them on that use and channel out of the outbox.
    """
    consent = Consent.objects.create(
        customer=customer,
        purpose=purpose,
        channel=channel,
        granted=granted,
        words=words,
        text_version=text_version,
        source=source,
        by=by,
        at=at,
    )
    if not granted:
        kinds = OutboxMessage.Kind.values if channel == Consent.Channel.ANY else [channel]
        theirs = customer.contact_points.values_list("value", flat=True)
        waiting = OutboxMessage.objects.filter(use=purpose, kind__in=kinds, to__in=list(theirs))
        waiting.cancel(outbox.STOPPED, at=at)
    audit.record(
        "consent.recorded",
        about=customer,
        by=by,
        by_name=customer.name,
        at=at,
        rooftop=rooftop,
        consent=consent.pk,
        purpose=purpose,
        channel=channel,
        granted=granted,
    )
    return consent
