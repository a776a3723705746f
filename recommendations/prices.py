"""What a line costs and until when that holds: parts and fees as they are kept, the menu's price of today."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dealership.models import Rooftop
from dealership.money import cents
from recommendations.models import AdvisoryVersion, AuthorizationPolicy
from service_lane.models import OpCode, ServiceLine
from service_lane.rules import Fee, FeeRule, LinePrice, Part, price_line

ZERO = Decimal("0.00")


def local_date(rooftop: Rooftop, at: datetime) -> date:
    """The rooftop's own date at that moment: prices hold and days end by it."""
    return at.astimezone(rooftop.zone).date()


def valid_until(rooftop: Rooftop, at: datetime) -> date:
    """Until when a price written now holds."""
    today = local_date(rooftop, at)
    policy = AuthorizationPolicy.objects.in_force(rooftop.jurisdiction, today)
    return today + timedelta(days=policy.estimate_valid_days)


def fee_rule(rooftop: Rooftop, at: datetime) -> FeeRule | None:
    """The law in force there and then that allows no general fee; None where it is allowed."""
    policy = AuthorizationPolicy.objects.in_force(rooftop.jurisdiction, local_date(rooftop, at))
    if not policy.general_fees_refused:
        return None
    return FeeRule(policy.get_jurisdiction_display(), policy.fees_source)


def charges_of(version: AdvisoryVersion) -> list[str]:
    """Every name something is charged under on this version: its own, its parts', its fees'."""
    return [version.title, *(one.get("description") or "" for one in (*version.parts, *version.fees))]


def parts_of(stored: Iterable[Mapping[str, Any]]) -> tuple[Part, ...]:
    """Parts as they are kept in a version, a catalog kit or a request."""
    return tuple(
        Part(
            description=part.get("description") or "",
            number=part.get("number") or "",
            quantity=Decimal(str(part.get("quantity") or 0)),
            unit_price=None if part.get("unit_price") in (None, "") else Decimal(str(part["unit_price"])),
            state=part.get("state") or "",
        )
        for part in stored
    )


def stored_parts(parts: Iterable[Part]) -> list[dict[str, Any]]:
    return [
        {
            "description": part.description,
            "number": part.number,
            "quantity": f"{part.quantity.normalize():f}",
            "unit_price": None if part.unit_price is None else str(cents(part.unit_price)),
            "state": part.state,
        }
        for part in parts
    ]


def fees_of(stored: Iterable[Mapping[str, Any]]) -> tuple[Fee, ...]:
    return tuple(Fee(fee["description"], Decimal(str(fee["amount"])), bool(fee["taxable"])) for fee in stored)


def stored_fees(fees: Iterable[Fee]) -> list[dict[str, Any]]:
    return [{"description": fee.description, "amount": str(cents(fee.amount)), "taxable": fee.taxable} for fee in fees]


def is_written(version: AdvisoryVersion) -> bool:
    """Whether anybody has said what it takes.  A line whose operation is unknown has no rate and no flat price."""
    return version.flat_price is not None or version.labor_rate > 0


def price_of(version: AdvisoryVersion, pay_type: str, rooftop: Rooftop) -> LinePrice:
    """What the customer pays for this version.  Warranty and internal work cost them nothing."""
    if not is_written(version):
        return LinePrice(None, None, ZERO, None, None)
    if pay_type != ServiceLine.PayType.CUSTOMER:
        return LinePrice(ZERO, ZERO, ZERO, ZERO, ZERO)
    return price_line(
        labor_hours=version.labor_hours,
        labor_rate=version.labor_rate,
        flat_price=version.flat_price,
        parts=parts_of(version.parts),
        fees=fees_of(version.fees),
        parts_tax_rate=rooftop.parts_tax_rate,
        labor_tax_rate=rooftop.labor_tax_rate,
    )


def price_today(op: OpCode | None, rooftop: Rooftop) -> Decimal | None:
    """What the menu asks for an operation today, in dollars all in; None while the parts desk must be asked."""
    if op is None:
        return None
    rate = rooftop.labor_rate
    version = AdvisoryVersion(labor_hours=op.labor_hours, labor_rate=rate, flat_price=op.flat_price, parts=op.parts_kit)
    return price_of(version, ServiceLine.PayType.CUSTOMER, rooftop).total


def prices_today(rooftop: Rooftop, op_codes: Iterable[str]) -> dict[str, Decimal | None]:
    """The same for several operations of this rooftop's menu, by their codes; one that is not on it is left out."""
    offered = OpCode.objects.offered_at(rooftop).filter(code__in=set(op_codes) - {""})
    return {op.code: price_today(op, rooftop) for op in offered}


def price_columns(price: LinePrice) -> dict[str, Decimal]:
    """The amounts as a version's row keeps them: what is not known yet counts as nothing, and nothing adds up to it."""
    labor, parts, tax = price.labor or ZERO, price.parts or ZERO, price.tax or ZERO
    return {
        "labor": labor,
        "parts_total": parts,
        "fees_total": price.fees,
        "tax": tax,
        "total": labor + parts + price.fees + tax,
    }
