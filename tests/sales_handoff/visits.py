"""A nine-year-old car with a bill worth talking about, for the tests of hand-offs.  All invented."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from recommendations.actions import presenting
from recommendations.models import Advisory, AdvisoryVersion, Presentation
from sales_handoff import minefield
from sales_handoff.actions import ask, evaluate, queue, read_minefield
from sales_handoff.models import Ask, Evaluation, Handoff, MinefieldReading, ValueGuideRow
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle

WORDS = "Is it even worth it? Sure, tell me what it is worth before I decide."


def make_guide_row(**fields: Any) -> ValueGuideRow:
    defaults: dict[str, Any] = {
        "make": "HONDA",
        "model": "FIT",
        "year": 2017,
        "miles": 120_000,
        "low": Decimal("3400.00"),
        "high": Decimal("5100.00"),
        "dollars_per_1000_miles": Decimal("20.00"),
        "source": "Guide of the tests",
        "as_of_date": date(2026, 11, 18),
    }
    return ValueGuideRow.objects.create(**{**defaults, **fields})


def make_old_car_order(cast: Cast, **fields: Any) -> RepairOrder:
    """A 2017 Fit at 120,000 miles that waits here."""
    customer = fields.pop("customer", None) or make_customer("Priya", "Raman", phone="+14155550177")
    plate = f"8FIT{RepairOrder.objects.count():03}"
    vehicle = fields.pop("vehicle", None) or make_vehicle(
        customer, plate=plate, year=2017, model="Fit", trim="", body="hatch", color="sand"
    )
    return make_order(cast, customer=customer, vehicle=vehicle, odometer_in=120_000, **fields)


def add_line(order: RepairOrder, total: str = "2500.00", **fields: Any) -> Advisory:
    """One priced line on the order, straight into the tables: how lines come about is not tested here."""
    defaults: dict[str, Any] = {
        "repair_order": order,
        "op_code": "30TRANS",
        "nature": "drivability",
        "ground": "failed_check",
        "ground_text": "Slips in second gear",
        "reason_code": "A",
        "urgency": "now",
        "created_at": AT,
        "found_by": order.technician,
        "position": Advisory.objects.filter(repair_order=order).count() + 1,
    }
    advisory = Advisory.objects.create(**{**defaults, **fields})
    AdvisoryVersion.objects.create(
        advisory=advisory,
        number=1,
        title="Rebuild the transmission",
        finding_text="It slips in second gear.",
        if_you_wait="It can leave you stranded.",
        horizon="weeks",
        labor_hours=Decimal(8),
        labor_rate=Decimal(168),
        labor=Decimal(total),
        total=Decimal(total),
        valid_until=date(2026, 12, 7),
        written_at=AT,
    )
    return advisory


def present_line(cast: Cast, advisory: Advisory) -> Presentation:
    return presenting.put_before(
        repair_order=advisory.repair_order,
        advisories=[advisory],
        channel="counter",
        to_name="Priya Raman",
        to_contact="",
        by=cast.ada,
        at=AT,
    )


def weighed_order(cast: Cast, total: str = "2500.00", **fields: Any) -> tuple[RepairOrder, Evaluation]:
    if not ValueGuideRow.objects.exists():
        make_guide_row()
    order = make_old_car_order(cast, **fields)
    add_line(order, total)
    evaluation = evaluate(repair_order=order, at=AT)
    assert evaluation is not None
    return order, evaluation


def said_yes(cast: Cast, order: RepairOrder, **fields: Any) -> Ask:
    defaults: dict[str, Any] = {"answer": "yes", "words": WORDS, "where": "In the lounge", "by": cast.ada, "at": AT}
    return ask(repair_order=order, **{**defaults, **fields})


def make_handoff(cast: Cast, *, leaves_in: timedelta = timedelta(hours=3), **fields: Any) -> Handoff:
    """A customer who said yes, waiting in North's queue."""
    order, _ = weighed_order(cast, **fields)
    return queue(ask=said_yes(cast, order, leaves_at=AT + leaves_in), at=AT)


def has_read(handoff: Handoff, staff: Any, at: Any = AT) -> MinefieldReading:
    facts = minefield.facts(handoff.customer, at)
    return read_minefield(handoff=handoff, facts_sha256=minefield.sha256(facts), by=staff, at=at)
