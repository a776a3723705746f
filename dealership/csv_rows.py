"""CSV files as dealers hand them out: every line a row, or the reason why it is none.  Knows no Django."""

import csv
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

type Cells = Mapping[str, str]
"""A line's cells by the column's name in lower case, without blanks around them."""
type Lines = Iterable[tuple[int, Mapping[str, str | None]]]
"""Lines of a `csv.DictReader`, each with its number in the file; the header is line 1."""


class Row(Protocol):
    @property
    def key(self) -> Hashable:
        """What makes it the same row in a later file."""


@dataclass(frozen=True)
class Refused:
    """A line that was not taken: its number in the file, why, and its cells as typed."""

    line: int
    reason: str
    cells: Cells = field(default_factory=dict)


class NotAList(ValueError):
    """The file lacks a column or holds nothing that could be taken, and nothing of it was.  Its message says so."""


def numbered(lines: Iterable[str], needed: Iterable[str]) -> Lines:
    """The lines after the header, each with its number.  Raises NotAList where a `needed` column is missing."""
    reader = csv.DictReader(lines)
    held = {name.strip().lower() for name in reader.fieldnames or ()}
    if missing := [name for name in needed if name not in held]:
        raise NotAList(f"The file has no column {', '.join(missing)}.")
    return ((reader.line_num, cells) for cells in reader)


def read[R: Row](lines: Lines, row: Callable[[Cells], R], twice: str) -> Iterator[tuple[int, R] | Refused]:
    """Each line as its number and its row, or as a refusal; blank lines are passed over.

    `row` raises ValueError, which says what is wrong.  The same row twice: the second is refused, saying `twice`.
    """
    seen: dict[Hashable, int] = {}
    for number, raw in lines:
        cells = {
            (name or "").strip().lower(): (cell or "").replace("\x00", "").strip()
            for name, cell in raw.items()
            if isinstance(cell, str | None)
        }
        if not any(cells.values()):
            continue
        try:
            found = row(cells)
        except ValueError as problem:
            yield Refused(number, str(problem), cells)
            continue
        if found.key in seen:
            yield Refused(number, f"{twice} is on line {seen[found.key]}.", cells)
            continue
        seen[found.key] = number
        yield number, found


def refuse_empty(cells: Cells, names: Iterable[str]) -> None:
    """ValueError naming the first of `names` that is empty."""
    for name in names:
        if not cells.get(name):
            raise ValueError(f"{name} is empty.")


def day(cells: Cells, name: str) -> date:
    """A date like 2026-11-18 or 11/18/2026.  Raises ValueError."""
    text = cells.get(name, "")
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a date alone has no zone
        except ValueError:
            continue
    raise ValueError(f'{name} "{text[:40]}" is not a date like 2026-11-18.')
