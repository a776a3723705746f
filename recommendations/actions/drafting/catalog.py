"""The first version of a line: the catalog's hours, kit and words around what was seen or asked."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max

from recommendations import prices
from recommendations.actions.pricing import Written, columns_of
from recommendations.models import Advisory
from service_lane.models import OpCode, RepairOrder


def next_position(order: RepairOrder) -> int:
    return (Advisory.objects.filter(repair_order=order).aggregate(last=Max("position"))["last"] or 0) + 1


def columns_from_catalog(op: OpCode | None, written: Written, order: RepairOrder, at: datetime) -> dict[str, Any]:
    """A first version: the catalog's hours, kit and words around what was seen.

    When the operation is unknown, or asks the parts desk, the facts stay missing and are named on the page.
    """
    if op is None:
        columns = columns_of(written, order.rooftop, at)
        nothing = {"labor": Decimal(0), "parts_total": Decimal(0), "tax": Decimal(0), "total": Decimal(0)}
        return columns | nothing | {"labor_rate": Decimal(0)}
    return columns_of(
        Written(
            title=written.title if not op.name else op.name,
            finding_text=written.finding_text,
            measurement=written.measurement,
            threshold=written.threshold,
            why_it_matters=" ".join(text for text in (op.what_it_is, op.why_it_matters) if text),
            if_you_wait=op.if_you_wait,
            horizon=op.horizon,
            labor_hours=op.labor_hours,
            flat_price=op.flat_price,
            parts=prices.parts_of(op.parts_kit),
            zero_reason=written.zero_reason,
            pay_type=written.pay_type,
            spanish={**_around(op, written), **spanish_of(op)},
        ),
        order.rooftop,
        at,
    )


def _around(op: OpCode, written: Written) -> dict[str, Any]:
    """The Spanish of what was seen; the title is the operation's, where it has one."""
    return {name: text for name, text in written.spanish.items() if not (name == "title" and op.name)}


def spanish_of(op: OpCode) -> dict[str, Any]:
    """What the catalog says of an operation in Spanish, by the name of the text; what nobody wrote is left out."""
    both = [(op.what_it_is, op.what_it_is_es), (op.why_it_matters, op.why_it_matters_es)]
    said = [spanish for english, spanish in both if english]
    texts = {
        "title": op.name_es,
        "why_it_matters": " ".join(said) if all(said) else "",
        "if_you_wait": op.if_you_wait_es,
        "horizon": op.horizon_es,
        "parts": {part["description"]: part["description_es"] for part in op.parts_kit if part.get("description_es")},
    }
    return {name: text for name, text in texts.items() if text}
