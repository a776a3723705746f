"""Cells of the lists that cars and money come in: amounts, rates, model years, words."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from dealership.csv_rows import Cells

YEARS = range(1950, 2101)
MOST_MILES = 2_000_000
MOST_DOLLARS = Decimal("9999999.99")


def fold(name: str) -> str:
    """A make, model or trim as it is kept: upper case, single spaces.

    >>> fold("  Cr-v   ex ")
    'CR-V EX'
    """
    return " ".join(name.upper().split())


def count(cells: Cells, name: str, most: int = MOST_MILES) -> int:
    """A whole number; an empty cell is 0."""
    text = cells.get(name, "").replace(",", "") or "0"
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f'{name} "{cells[name]}" is not a whole number.')
    if int(text) > most:
        raise ValueError(f"{name} {int(text):,} are too many.")
    return int(text)


def model_year(cells: Cells, name: str = "year") -> int:
    year = count(cells, name)
    if year not in YEARS:
        raise ValueError(f"{name} {year} is not a model year.")
    return year


def dollars(cells: Cells, name: str, most: Decimal = MOST_DOLLARS) -> Decimal:
    """An amount like $1,234.50, to the cent; an empty cell is 0."""
    amount = _number(cells, name, "an amount")
    if not 0 <= amount <= most:
        raise ValueError(f'{name} "{cells[name]}" is not an amount.')
    return amount.quantize(Decimal("0.01"))


def percent(cells: Cells, name: str, places: str = "0.01") -> Decimal:
    """Percent from 0 to 100, like 6.9 or 6.9%; an empty cell is 0."""
    amount = _number(cells, name, "a percentage", "%")
    if not 0 <= amount <= 100:
        raise ValueError(f'{name} "{cells[name]}" is not a percentage.')
    return amount.quantize(Decimal(places))


def fraction(cells: Cells, name: str, places: str) -> Decimal:
    """A number from 0 to 1, like 0.00125; an empty cell is 0."""
    amount = _number(cells, name, "a number below 1")
    if not 0 <= amount <= 1:
        raise ValueError(f'{name} "{cells[name]}" is not a number below 1.')
    return amount.quantize(Decimal(places))


def one_of(cells: Cells, name: str, words: Iterable[str]) -> str:
    allowed = tuple(words)
    word = cells.get(name, "").lower()
    if word not in allowed:
        raise ValueError(f'{name} "{cells.get(name, "")}" is none of {", ".join(allowed)}.')
    return word


def text(cells: Cells, name: str) -> str:
    return " ".join(cells.get(name, "").split())


def _number(cells: Cells, name: str, what: str, sign: str = "") -> Decimal:
    cell = cells.get(name, "") or "0"
    try:
        amount = Decimal(cell.replace(",", "").removeprefix("$").removesuffix(sign or " "))
    except InvalidOperation:
        raise ValueError(f'{name} "{cell}" is not {what}.') from None
    if not amount.is_finite():
        raise ValueError(f'{name} "{cell}" is not {what}.')
    return amount
