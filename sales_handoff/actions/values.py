"""What one car is worth, by a person's word."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from dealership import audit
from dealership.models import Staff
from sales_handoff.actions.weighing import weigh
from sales_handoff.models import Appraisal, Evaluation
from service_lane.models import RepairOrder

MOST_DOLLARS = Decimal("9999999.99")


class CannotValue(ValueError):
    """The value was not taken.  Its message says why."""


@transaction.atomic(durable=True)
def appraise(
    *,
    repair_order: RepairOrder,
    low: Decimal,
    high: Decimal,
    source: str,
    by: Staff,
    at: datetime,
    payoff: Decimal | None = None,
) -> Evaluation | None:
    """Keep what the order's car is worth, in dollars, and weigh the order with it; return that evaluation.

    Raises CannotValue without a source or for a range that is none.
    """
    appraisal, evaluation = value_car(
        repair_order, low=low, high=high, payoff=payoff, source=source.strip(), by=by, at=at
    )
    audit.record(
        "vehicle.appraised",
        about=evaluation or repair_order,
        by=by,
        at=at,
        appraisal=appraisal.pk,
        low=str(low),
        high=str(high),
        source=appraisal.source,
    )
    return evaluation


def value_car(
    repair_order: RepairOrder,
    *,
    low: Decimal,
    high: Decimal,
    payoff: Decimal | None,
    source: str,
    by: Staff,
    at: datetime,
) -> tuple[Appraisal, Evaluation | None]:
    """Inside the caller's transaction: the appraisal, kept, and the order weighed with it.  Raises CannotValue."""
    if repair_order.vehicle is None:
        raise CannotValue("The car is not known.")
    if not source:
        raise CannotValue("Say where the value comes from.")
    if not Decimal(0) <= low <= high <= MOST_DOLLARS:
        raise CannotValue("The high value must be at least the low one.")
    if payoff is not None and not Decimal(0) <= payoff <= MOST_DOLLARS:
        raise CannotValue("The payoff cannot be below zero.")
    appraisal = Appraisal.objects.create(
        vehicle=repair_order.vehicle,
        rooftop=repair_order.rooftop,
        low=low,
        high=high,
        payoff=payoff,
        source=source,
        by=by,
        at=at,
    )
    return appraisal, weigh(repair_order, at)[0]
