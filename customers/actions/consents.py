"""Consents: one recorded yes or no to one use on one channel, with the exact words.  Nothing is ever overwritten."""

from datetime import datetime

from django.db import transaction

from customers.models import Consent, Customer
from dealership import audit
from dealership.models import Rooftop, Staff


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
    """Keep what `customer` said to `words`; the latest counts.  `by` is None when they said it on their own link."""
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
