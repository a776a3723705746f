"""Money: dollars as Decimal with two places, one rounding and one tax function for the whole product."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """`amount` in dollars rounded to the cent, halves away from zero, as on a till."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def tax(amount: Decimal, rate: Decimal) -> Decimal:
    """Tax in dollars on a taxable `amount`; `rate` is a fraction (0.0825 for 8.25 %)."""
    return cents(amount * rate)
