"""A customer who wants no written estimate, up to an amount they name, where the law has that."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from dealership import audit
from dealership.models import Staff
from dealership.money import cents
from recommendations import authority
from recommendations.actions import record
from recommendations.actions.presenting import lock
from recommendations.models import EstimateWaiver, RecordEntry
from service_lane.models import RepairOrder
from service_lane.rules import dollars


class CannotWaive(ValueError):
    """Nothing was signed.  Its message says why."""


WORDS = "I want no written estimate as long as all of it costs no more than the amount I enter. Ask me before it would."
"""What the customer reads and signs; the amount follows."""


@transaction.atomic(durable=True)
def waive(*, repair_order: RepairOrder, most: Decimal, signed_name: str, by: Staff, at: datetime) -> EstimateWaiver:
    """Keep that the customer signed away the written estimate up to `most` dollars of this order, and return it.

    It starts no work and answers no line: a yes by phone then needs nothing in writing before it, up to that amount.
    It cannot be undone; what they are shown in writing afterwards counts beside it.  Raises CannotWaive where the law
    has no waiver, for a second one, without an amount and without a name, presenting.CannotPresent when the order is
    closed.
    """
    order, most = repair_order, cents(most)
    lock(order)
    policy = authority.in_force(order, at)
    if not policy.waiver_allowed:
        where = policy.get_jurisdiction_display()
        raise CannotWaive(f"In {where} nobody can sign away the written estimate ({policy.estimate_source}).")
    if most <= 0:
        raise CannotWaive("Enter the most it may cost, like 150.")
    if not signed_name.strip():
        raise CannotWaive("Type the full name of the customer who signs.")
    if signed := EstimateWaiver.objects.filter(repair_order=order).first():
        raise CannotWaive(f"{signed.signed_name} signed this already, up to {dollars(signed.most)}.")
    waiver = EstimateWaiver.objects.create(
        repair_order=order, most=most, signed_name=signed_name.strip(), words=f"{WORDS} {dollars(most)}", by=by, at=at
    )
    record.append(
        rooftop=order.rooftop,
        kind=RecordEntry.Kind.WAIVED,
        repair_order=order,
        row_id=waiver.pk,
        payload=record.waiver_payload(waiver) | record.policy_payload(policy),
        at=at,
    )
    audit.record("estimate.waived", about=waiver, by=by, at=at, most=str(most), signed_name=waiver.signed_name)
    return waiver
