"""Deals as they come in a CSV file of the sales system: when not to ask."""

from dataclasses import dataclass
from datetime import date

from dealership.csv_rows import Cells, day, refuse_empty

COLUMNS = ("deal_number", "customer_number", "opened", "sold", "lost")
MAY_BE_MISSING: frozenset[str] = frozenset()
"""A file without a column of ends would make every deal one in hand."""
NEEDED = ("deal_number", "customer_number", "opened")


@dataclass(frozen=True)
class DealRow:
    """One deal: the sales system's number, the customer's number there, and its days; open without an end.

    `customer_id` is None until somebody has looked up whose number it is.
    """

    number: str
    customer_number: str
    opened_date: date
    sold_date: date | None
    lost_date: date | None
    customer_id: int | None = None

    @property
    def key(self) -> str:
        return self.number


def row(cells: Cells) -> DealRow:
    """The deal a line holds.  ValueError says what is wrong with it.

    >>> line = {"deal_number": "D7", "customer_number": "C1", "opened": "11/02/2026", "sold": "2026-11-20"}
    >>> row(line).sold_date.isoformat()
    '2026-11-20'
    """
    refuse_empty(cells, NEEDED)
    opened = day(cells, "opened")
    sold, lost = (day(cells, name) if cells.get(name) else None for name in ("sold", "lost"))
    if sold and lost:
        raise ValueError("A deal is sold or lost, not both.")
    for name, ended in (("sold", sold), ("lost", lost)):
        if ended and ended < opened:
            raise ValueError(f"{name} is before opened.")
    return DealRow(cells["deal_number"], cells["customer_number"], opened, sold, lost)
