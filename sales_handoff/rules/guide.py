"""A value guide's rows as they come in a file."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dealership.csv_rows import Cells, day, refuse_empty
from sales_handoff.rules import tables

COLUMNS = ("make", "model", "year", "trim", "miles", "low", "high", "dollars_per_1000_miles", "source", "as_of_date")
MAY_BE_EMPTY = frozenset({"trim", "dollars_per_1000_miles"})
MOST_PER_1000 = Decimal("99999.99")


@dataclass(frozen=True)
class GuideRow:
    """What one kind of car is worth at `miles`, in dollars; the rate is taken off for each 1,000 miles more."""

    make: str
    model: str
    year: int
    trim: str
    miles: int
    low: Decimal
    high: Decimal
    dollars_per_1000_miles: Decimal
    source: str
    as_of_date: date

    @property
    def key(self) -> tuple[str, str, int, str, str]:
        return self.make, self.model, self.year, self.trim, self.source


def row(cells: Cells) -> GuideRow:
    """The row a line holds.  ValueError says what is wrong with it.

    >>> cells = {"make": "Honda", "model": " fit", "year": "2017", "miles": "120,000", "source": "Guide"}
    >>> kind = row(cells | {"low": "$3,400", "high": "5100", "as_of_date": "2026-11-18"})
    >>> kind.model, kind.low, kind.dollars_per_1000_miles
    ('FIT', Decimal('3400.00'), Decimal('0.00'))
    """
    refuse_empty(cells, (name for name in COLUMNS if name not in MAY_BE_EMPTY))
    year, miles = tables.model_year(cells), tables.count(cells, "miles")
    low, high = tables.dollars(cells, "low"), tables.dollars(cells, "high")
    if high < low:
        raise ValueError(f"high {high} is below low {low}.")
    return GuideRow(
        make=tables.fold(cells["make"]),
        model=tables.fold(cells["model"]),
        year=year,
        trim=tables.fold(cells.get("trim", "")),
        miles=miles,
        low=low,
        high=high,
        dollars_per_1000_miles=tables.dollars(cells, "dollars_per_1000_miles", MOST_PER_1000),
        source=tables.text(cells, "source"),
        as_of_date=day(cells, "as_of_date"),
    )
