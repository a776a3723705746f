"""Looks: who opened whose record.  A look is its own trail, so it writes no audit entry beside it."""

from datetime import datetime

from django.db import transaction

from customers.models import Customer, Look
from dealership.models import Rooftop, Staff


@transaction.atomic(durable=True)
def look(*, customer: Customer, why: str, by: Staff, at: datetime, rooftop: Rooftop) -> Look:
    """Keep that `by` looked at `customer`, on which page or for which task (`why`, like "write-up")."""
    return Look.objects.create(customer=customer, by=by, rooftop=rooftop, why=why, at=at)
