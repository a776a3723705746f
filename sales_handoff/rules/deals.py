"""Deals as they come in a CSV file of the sales system: every line a deal, or the reason why it is none."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sales_handoff.rules.tables import Refused

COLUMNS = ("deal_number", "customer_number", "opened", "sold", "lost")
NEEDED = ("deal_number", "customer_number", "opened")


@dataclass(frozen=True)
class DealRow:
    """One deal: the sales system's number, the customer's number there, and its days; open without an end."""

    number: str
    customer_number: str
    opened: date
    sold: date | None
    lost: date | None


def read(lines: Iterable[tuple[int, Mapping[str, str | None]]]) -> Iterator[tuple[int, DealRow] | Refused]:
    """Each numbered line as a deal with its number, or a refusal.  The same deal twice: the second is refused.

    >>> line = {"deal_number": "D7", "customer_number": "C1", "opened": "11/02/2026", "sold": "2026-11-20"}
    >>> [(number, deal.sold.isoformat()) for number, deal in read([(2, line)])]
    [(2, '2026-11-20')]
    """
    seen: dict[str, int] = {}
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
            yield Refused(number, str(problem), typed)
            continue
        if row.number in seen:
            yield Refused(number, f"Deal {row.number} is on line {seen[row.number]} already.", typed)
            continue
        seen[row.number] = number
        yield number, row


def _row(typed: Mapping[str, str]) -> DealRow:
    for name in NEEDED:
        if not typed.get(name):
            raise ValueError(f"{name} is empty.")
    opened = _date("opened", typed["opened"])
    sold, lost = (_date(name, typed[name]) if typed.get(name) else None for name in ("sold", "lost"))
    if sold and lost:
        raise ValueError("A deal is sold or lost, not both.")
    for name, ended in (("sold", sold), ("lost", lost)):
        if ended and ended < opened:
            raise ValueError(f"{name} is before opened.")
    return DealRow(typed["deal_number"], typed["customer_number"], opened, sold, lost)


def _date(name: str, text: str) -> date:
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a date alone has no zone
        except ValueError:
            continue
    raise ValueError(f'{name} "{text}" is not a date like 2026-11-18.')
