"""Figures as they are said: dollars, days, and one number with where it comes from."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dealership.money import cents

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Figure:
    """One number the weighing used, as shown, with where it comes from; `link` names its part of the inputs' page."""

    name: str
    value: str
    source: str
    link: str = ""


def whole(amount: Decimal) -> str:
    """Dollars without cents, as in a range nobody knows to the cent."""
    return f"${amount.quantize(Decimal(1)):,}"


def exact(amount: Decimal) -> str:
    return f"${cents(amount):,}"


def day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"


def times(count: int, one: str, many: str) -> str:
    """Like 1 line, 3 lines."""
    return f"1 {one}" if count == 1 else f"{count} {many}"


def text_of(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
