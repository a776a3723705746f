"""What a line costs: labor, parts, fees, tax, total.  Each is rounded once; the total is their sum."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dealership.money import cents, tax

ZERO = Decimal("0.00")

# A part's state must be told (16 CCR 3356; O. Reg. 17/05 s.48): it is new unless it says otherwise, and OEM or not.
PART_STATES: Mapping[str, str] = {
    "new_oem": "New OEM",
    "new_non_oem": "New, not OEM",
    "used": "Used",
    "rebuilt": "Rebuilt",
    "reconditioned": "Reconditioned",
}


@dataclass(frozen=True)
class Part:
    """One part on a line.  `unit_price` in dollars before tax, None while not priced; `state` of PART_STATES."""

    description: str
    number: str
    quantity: Decimal
    unit_price: Decimal | None
    state: str

    @property
    def amount(self) -> Decimal | None:
        """Quantity times price, to the cent."""
        return None if self.unit_price is None else cents(self.quantity * self.unit_price)


@dataclass(frozen=True)
class Fee:
    """A named charge that is neither a part nor labor, in dollars; taxed like parts when `taxable`."""

    description: str
    amount: Decimal
    taxable: bool


@dataclass(frozen=True)
class LinePrice:
    """A line in dollars.  What cannot be known yet is None, and so is everything that rests on it."""

    labor: Decimal | None
    parts: Decimal | None
    fees: Decimal
    tax: Decimal | None
    total: Decimal | None


def price_line(
    *,
    labor_hours: Decimal | None = None,
    labor_rate: Decimal | None = None,
    flat_price: Decimal | None = None,
    parts: Sequence[Part] = (),
    fees: Sequence[Fee] = (),
    parts_tax_rate: Decimal,
    labor_tax_rate: Decimal,
) -> LinePrice:
    """The price of one line.

    Labor is one flat price, or else hours times the rate in dollars an hour.  Tax rates are fractions.  Parts and
    taxable fees are taxed together at the parts rate, labor at its own.

    >>> arm = Part("Lower control arm", "51350", Decimal(2), Decimal("164.50"), "new_non_oem")
    >>> kit = Part("Hardware kit", "90113", Decimal(1), Decimal("38.40"), "new_oem")
    >>> line = price_line(labor_hours=Decimal("4.3"), labor_rate=Decimal(168), parts=[arm, kit],
    ...     fees=[Fee("Alignment shims", Decimal(14), taxable=True)],
    ...     parts_tax_rate=Decimal("0.0725"), labor_tax_rate=Decimal(0))
    >>> line.labor, line.parts, line.tax, line.total
    (Decimal('722.40'), Decimal('367.40'), Decimal('27.65'), Decimal('1131.45'))
    """
    labor = _labor(labor_hours, labor_rate, flat_price)
    amounts = [part.amount for part in parts]
    priced = [amount for amount in amounts if amount is not None]
    parts_total = sum(priced, ZERO) if len(priced) == len(amounts) else None
    fees_total = sum((cents(fee.amount) for fee in fees), ZERO)
    if labor is None or parts_total is None:
        return LinePrice(labor, parts_total, fees_total, None, None)
    taxed_fees = sum((cents(fee.amount) for fee in fees if fee.taxable), ZERO)
    sales_tax = tax(parts_total + taxed_fees, parts_tax_rate) + tax(labor, labor_tax_rate)
    return LinePrice(labor, parts_total, fees_total, sales_tax, labor + parts_total + fees_total + sales_tax)


@dataclass(frozen=True)
class FeeRule:
    """The law that allows no general fee: where it holds, as it is read out, and its source.  Which law holds where
    and when is in dated policy rows."""

    where: str
    source: str


def is_general_fee(description: str) -> bool:
    """Whether a charge of this name names no item: "Shop supplies", "Misc. charges"."""
    return _GENERAL_FEE.search(description) is not None


def charge_refusal(description: str, rule: FeeRule | None) -> str | None:
    """Why a charge of this name may not stand on a line, as a fee or as a part, or None when it may.

    >>> charge_refusal("Shop supplies", None) is None
    True
    """
    if rule is None or not is_general_fee(description):
        return None
    return (
        f"{rule.where} does not allow a general shop supplies fee: name each item used, with its price, or put its "
        f"cost into parts or labor ({rule.source.rstrip('.')})."
    )


def fee_refusal(fee: Fee, rule: FeeRule | None) -> str | None:
    """Why this fee may not be charged under the law that holds here, or None when it may.

    >>> california = FeeRule("California", "Bureau of Automotive Repair notice, 2007")
    >>> fee_refusal(Fee("Shop supplies", Decimal(14), True), california)[:55]
    'California does not allow a general shop supplies fee: '
    >>> fee_refusal(Fee("Brake cleaner, 2 cans", Decimal(14), True), california) is None
    True
    """
    return charge_refusal(fee.description, rule)


def dollars(amount: Decimal) -> str:
    """An amount as customers read it: $1,131.45, and -$5.00 for a credit."""
    sign = "-" if amount < 0 else ""
    return f"{sign}${abs(cents(amount)):,.2f}"


_GENERAL_FEE = re.compile(
    r"^\s*supplies\s*$|\b(shop|misc(ellaneous)?\.?|sundry|general)\s+(supply|supplies|materials?|charges?|fees?|items?)\b",
    re.IGNORECASE,
)


def _labor(hours: Decimal | None, rate: Decimal | None, flat_price: Decimal | None) -> Decimal | None:
    if flat_price is not None:
        return cents(flat_price)
    if hours is None or rate is None:
        return None
    return cents(hours * rate)
