"""Files as dealers hand them out: every line of a CSV a row, or the reason why it is none."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Protocol

YEARS = range(1950, 2101)
MOST_MILES = 2_000_000
MOST_DOLLARS = Decimal("9999999.99")

type Typed = Mapping[str, str]


class Row(Protocol):
    @property
    def key(self) -> Hashable:
        """What makes it the same row in a later file."""


@dataclass(frozen=True)
class Refused:
    """A line that was not taken: its number in the file, its first being the header, why, and its cells as typed."""

    line: int
    reason: str
    typed: Typed


def fold(name: str) -> str:
    """A make, model or trim as it is kept: upper case, single spaces.

    >>> fold("  Cr-v   ex ")
    'CR-V EX'
    """
    return " ".join(name.upper().split())


def missing_columns(header: Iterable[str], columns: Iterable[str], may_be_missing: Iterable[str]) -> tuple[str, ...]:
    """Columns the file lacks, in the order they are documented; extra ones do not matter."""
    held = {name.strip().lower() for name in header} | set(may_be_missing)
    return tuple(name for name in columns if name not in held)


def read[R: Row](
    lines: Iterable[tuple[int, Mapping[str, str | None]]], row: Callable[[Typed], R], twice: str
) -> Iterator[tuple[int, R] | Refused]:
    """Each numbered line as a row with its number, or a refusal.  The same row twice: the second is refused,
    saying `twice`.
    """
    seen: dict[Hashable, int] = {}
    for number, cells in lines:
        typed = {
            (name or "").strip().lower(): (cell or "").strip()
            for name, cell in cells.items()
            if isinstance(cell, str | None)
        }
        if not any(typed.values()):
            continue
        try:
            found = row(typed)
        except ValueError as problem:
            yield Refused(number, str(problem), typed)
            continue
        if found.key in seen:
            yield Refused(number, f"{twice} is on line {seen[found.key]}.", typed)
            continue
        seen[found.key] = number
        yield number, found


def refuse_empty(typed: Typed, names: Iterable[str]) -> None:
    """ValueError naming the first of `names` that is empty."""
    for name in names:
        if not typed.get(name):
            raise ValueError(f"{name} is empty.")


def count(typed: Typed, name: str, most: int = MOST_MILES) -> int:
    """A whole number; an empty cell is 0."""
    text = typed.get(name, "").replace(",", "") or "0"
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f'{name} "{typed[name]}" is not a whole number.')
    if int(text) > most:
        raise ValueError(f"{name} {int(text):,} are too many.")
    return int(text)


def model_year(typed: Typed, name: str = "year") -> int:
    year = count(typed, name)
    if year not in YEARS:
        raise ValueError(f"{name} {year} is not a model year.")
    return year


def dollars(typed: Typed, name: str, most: Decimal = MOST_DOLLARS) -> Decimal:
    """An amount like $1,234.50, to the cent; an empty cell is 0."""
    amount = _number(typed, name, "an amount")
    if not 0 <= amount <= most:
        raise ValueError(f'{name} "{typed[name]}" is not an amount.')
    return amount.quantize(Decimal("0.01"))


def percent(typed: Typed, name: str, places: str = "0.01") -> Decimal:
    """Percent from 0 to 100, like 6.9 or 6.9%; an empty cell is 0."""
    amount = _number(typed, name, "a percentage", "%")
    if not 0 <= amount <= 100:
        raise ValueError(f'{name} "{typed[name]}" is not a percentage.')
    return amount.quantize(Decimal(places))


def fraction(typed: Typed, name: str, places: str) -> Decimal:
    """A number from 0 to 1, like 0.00125; an empty cell is 0."""
    amount = _number(typed, name, "a number below 1")
    if not 0 <= amount <= 1:
        raise ValueError(f'{name} "{typed[name]}" is not a number below 1.')
    return amount.quantize(Decimal(places))


def one_of(typed: Typed, name: str, words: Iterable[str]) -> str:
    allowed = tuple(words)
    word = typed.get(name, "").lower()
    if word not in allowed:
        raise ValueError(f'{name} "{typed.get(name, "")}" is none of {", ".join(allowed)}.')
    return word


def day(typed: Typed, name: str) -> date:
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(typed[name], form).date()  # noqa: DTZ007  a date alone has no zone
        except ValueError:
            continue
    raise ValueError(f'{name} "{typed[name]}" is not a date like 2026-11-18.')


def text(typed: Typed, name: str) -> str:
    return " ".join(typed.get(name, "").split())


def _number(typed: Typed, name: str, what: str, sign: str = "") -> Decimal:
    cell = typed.get(name, "") or "0"
    try:
        amount = Decimal(cell.replace(",", "").removeprefix("$").removesuffix(sign or " "))
    except InvalidOperation:
        raise ValueError(f'{name} "{cell}" is not {what}.') from None
    if not amount.is_finite():
        raise ValueError(f'{name} "{cell}" is not {what}.')
    return amount
