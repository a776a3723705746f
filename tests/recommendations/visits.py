"""Visits that closed with a no, and later ones of the same car.  All invented."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from customers.models import Consent, Customer
from recommendations.actions import deciding, drafting, followups
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, FollowUp, Presentation
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_order
from tests.recommendations.lines import drafted, make_inspection, make_item, shown

UNTIL = date(2027, 3, 1)


def close(cast: Cast, order: RepairOrder, at: datetime = AT) -> RepairOrder:
    """Closed as it stands, whatever is unsaid: what closing asks for has its own tests."""
    miles = (order.odometer_in or 0) + 3
    assert RepairOrder.objects.filter(pk=order.pk).close(by=cast.ada, at=at, odometer_out=miles)
    order.refresh_from_db()
    return order


def answer(presentation: Presentation, *answers: str, at: datetime = AT, **more: Any) -> None:
    """An answer to each line of a showing, in order; "" is none."""
    given = [
        Answered(line.pk, said, **(more if said == "deferred" else {}))
        for line, said in zip(presentation.lines.all(), answers, strict=True)
        if said
    ]
    if given:
        deciding.decide(
            presentation=presentation,
            answers=given,
            who_name="Theo Brandt",
            channel="counter",
            by=presentation.by,
            at=at,
        )


def left_with(
    cast: Cast, *answers: str, order: RepairOrder | None = None, at: datetime = AT, **more: Any
) -> list[FollowUp]:
    """The follow-ups of a closed visit: red pads at 2 mm and a yellow boot, answered so."""
    order = order or make_order(cast)
    lines = drafted(cast, order)
    more = more or {"until_date": UNTIL}
    answer(shown(cast, order, lines), *answers, **more)
    close(cast, order, at)
    followups.start(repair_order=order, at=at)
    return list(FollowUp.objects.filter(advisory__repair_order=order).order_by("advisory__position"))


def comes_again(cast: Cast, follow_up: FollowUp, days: int = 100, **fields: Any) -> RepairOrder:
    """The same car and customer, here on a new order so many days later."""
    return make_order(
        cast,
        number=str(uuid4().int)[:9],
        customer=follow_up.customer,
        vehicle=follow_up.vehicle,
        opened_at=AT + timedelta(days=days),
        signed_at=AT + timedelta(days=days),
        odometer_in=75_000,
        **fields,
    )


def found_again(cast: Cast, order: RepairOrder, **item: Any) -> list[Advisory]:
    """Its front pads looked at on this visit."""
    inspection = make_inspection(cast, order)
    make_item(cast, inspection, **item)
    return drafting.draft_from_inspection(inspection=inspection, at=order.opened_at)


def allow(
    customer: Customer,
    purpose: str = "marketing",
    channel: str = "text",
    *,
    granted: bool = True,
    at: datetime = AT,
) -> None:
    """Their word on one use and channel."""
    Consent.objects.create(
        customer=customer,
        purpose=purpose,
        channel=channel,
        granted=granted,
        words="Northgate may text me.",
        text_version="2026-11",
        source="at the counter",
        at=at,
    )
