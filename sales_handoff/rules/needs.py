"""What the used-car manager looks for, and whether the car in the shop is it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dealership.csv_rows import Cells, day, refuse_empty
from sales_handoff.rules import tables

COLUMNS = ("make", "model", "year_from", "year_to", "most_miles", "pays", "until_date", "note")
MAY_BE_EMPTY = frozenset({"note"})


@dataclass(frozen=True)
class NeedRow:
    """A kind of car wanted in stock: `pays` in dollars is what it may bring, through the last day `until_date`."""

    make: str
    model: str
    year_from: int
    year_to: int
    most_miles: int
    pays: Decimal
    until_date: date
    note: str = ""
    ended_at: None = None
    """A need that is entered again is wanted again."""

    @property
    def key(self) -> tuple[str, str, int, int]:
        return self.make, self.model, self.year_from, self.year_to


def row(cells: Cells) -> NeedRow:
    """The need a line holds.  ValueError says what is wrong with it."""
    refuse_empty(cells, (name for name in COLUMNS if name not in MAY_BE_EMPTY))
    first, last = tables.model_year(cells, "year_from"), tables.model_year(cells, "year_to")
    if last < first:
        raise ValueError(f"year_to {last} is before year_from {first}.")
    pays = tables.dollars(cells, "pays")
    if pays == 0:
        raise ValueError("pays is zero.")
    return NeedRow(
        make=tables.fold(cells["make"]),
        model=tables.fold(cells["model"]),
        year_from=first,
        year_to=last,
        most_miles=tables.count(cells, "most_miles"),
        pays=pays,
        until_date=day(cells, "until_date"),
        note=tables.text(cells, "note"),
    )


def wanted(
    needs: Iterable[NeedRow], *, year: int | None, make: str, model: str, miles: int | None, today: date
) -> list[NeedRow]:
    """The needs this car answers today, the best paid first.  A car whose year or miles nobody knows answers none.

    >>> today = date(2026, 12, 31)
    >>> need = NeedRow("HONDA", "FIT", 2015, 2018, 130_000, Decimal(4500), today)
    >>> [one.pays for one in wanted([need], year=2017, make="Honda", model="fit", miles=120_000, today=today)]
    [Decimal('4500')]
    >>> wanted([need], year=2017, make="Honda", model="fit", miles=None, today=today)
    []
    """
    if year is None or miles is None:
        return []
    found = [
        need
        for need in needs
        if (need.make, need.model) == (tables.fold(make), tables.fold(model))
        and need.year_from <= year <= need.year_to
        and miles <= need.most_miles
        and today <= need.until_date
    ]
    return sorted(found, key=lambda need: (-need.pays, need.until_date, need.key))
