"""A value guide as it comes in a CSV file: every line a row, or the reason why it is none."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

COLUMNS = ("make", "model", "year", "trim", "miles", "low", "high", "dollars_per_1000_miles", "source", "as_of_date")
MAY_BE_EMPTY = frozenset({"trim", "dollars_per_1000_miles"})
YEARS = range(1950, 2101)
MOST_MILES = 2_000_000
MOST_DOLLARS = Decimal("9999999.99")
MOST_PER_1000 = Decimal("99999.99")


@dataclass(frozen=True)
class GuideRow:
    """What one kind of car is worth at `miles`, in dollars; `per_1000_miles` is taken off for each 1,000 more."""

    make: str
    model: str
    year: int
    trim: str
    miles: int
    low: Decimal
    high: Decimal
    per_1000_miles: Decimal
    source: str
    as_of: date

    @property
    def key(self) -> tuple[str, str, int, str, str]:
        """What makes it the same row in a later file."""
        return self.make, self.model, self.year, self.trim, self.source


@dataclass(frozen=True)
class Refused:
    """A line that was not taken: its number in the file, its first being the header, and why."""

    line: int
    reason: str


def fold(name: str) -> str:
    """A make, model or trim as the guide keeps it: upper case, single spaces.

    >>> fold("  Cr-v   ex ")
    'CR-V EX'
    """
    return " ".join(name.upper().split())


def missing_columns(header: Iterable[str]) -> tuple[str, ...]:
    """Columns the file lacks, in the order they are documented; extra ones do not matter."""
    held = {name.strip().lower() for name in header}
    return tuple(name for name in COLUMNS if name not in held and name not in MAY_BE_EMPTY)


def read(lines: Iterable[tuple[int, Mapping[str, str | None]]]) -> Iterator[GuideRow | Refused]:
    """Each numbered line as a row or a refusal.  The same car from the same source twice: the second is refused."""
    seen: dict[tuple[str, str, int, str, str], int] = {}
    for number, cells in lines:
        typed = {
            (name or "").strip().lower(): (cell or "").strip()
            for name, cell in cells.items()
            if isinstance(cell, str | None)
        }
        if not any(typed.values()):
            continue
        try:
            row = _row(typed)
        except ValueError as problem:
            yield Refused(number, str(problem))
            continue
        if row.key in seen:
            yield Refused(number, f"The same car from the same source is on line {seen[row.key]}.")
            continue
        seen[row.key] = number
        yield row


def _row(typed: Mapping[str, str]) -> GuideRow:
    for name in COLUMNS:
        if not typed.get(name) and name not in MAY_BE_EMPTY:
            raise ValueError(f"{name} is empty.")
    year, miles = _count(typed, "year"), _count(typed, "miles")
    if year not in YEARS:
        raise ValueError(f"year {year} is not a model year.")
    if miles > MOST_MILES:
        raise ValueError(f"miles {miles:,} are too many.")
    low, high = _dollars(typed, "low", MOST_DOLLARS), _dollars(typed, "high", MOST_DOLLARS)
    if high < low:
        raise ValueError(f"high {high} is below low {low}.")
    return GuideRow(
        make=fold(typed["make"]),
        model=fold(typed["model"]),
        year=year,
        trim=fold(typed.get("trim", "")),
        miles=miles,
        low=low,
        high=high,
        per_1000_miles=_dollars(typed, "dollars_per_1000_miles", MOST_PER_1000)
        if typed.get("dollars_per_1000_miles")
        else Decimal("0.00"),
        source=" ".join(typed["source"].split()),
        as_of=_date(typed["as_of_date"]),
    )


def _count(typed: Mapping[str, str], name: str) -> int:
    text = typed[name].replace(",", "")
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f'{name} "{typed[name]}" is not a whole number.')
    return int(text)


def _dollars(typed: Mapping[str, str], name: str, most: Decimal) -> Decimal:
    try:
        amount = Decimal(typed[name].replace(",", "").removeprefix("$"))
    except InvalidOperation:
        raise ValueError(f'{name} "{typed[name]}" is not an amount.') from None
    if not amount.is_finite() or amount < 0 or amount > most:
        raise ValueError(f'{name} "{typed[name]}" is not an amount.')
    return amount.quantize(Decimal("0.01"))


def _date(text: str) -> date:
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a date alone has no zone
        except ValueError:
            continue
    raise ValueError(f'as_of_date "{text}" is not a date like 2026-11-18.')
