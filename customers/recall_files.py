"""NHTSA's recall file on its way into PostgreSQL: read as it streams, COPY into a temporary table, four statements.

The text or the zip is never unpacked to disk nor held in memory.  The temporary table belongs to the session: `fill` it
first (slow, no locks held), then `merge` in one transaction.  Only rows that differ are written.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import batched
from typing import Any, BinaryIO, cast

from psycopg import Cursor

from customers.rules import recalls as rules

BATCH = 1_000
LONGEST_LINE = 256 * 1024
MOST_ROWS = 5_000_000
MOST_REJECTS_KEPT = 1_000
NOTHING_TAKEN = "Nothing was taken from this file."

type Progress = Callable[[int, int], None]
"""Hears how many rows are read, and percent of the file."""


class NotTheList(ValueError):
    """The file is not NHTSA's recall list, or one that should not be taken.  Says why; nothing is written."""


@dataclass
class Found:
    """What going through the file found, before anything is written."""

    rows: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    rejected: int = 0
    rejects: list[tuple[int, str]] = field(default_factory=list)
    named: list[int] = field(default_factory=list)
    """Records of rejected rows: they are in the file, so they are not withdrawn."""
    newest_on: date | None = None

    def reject(self, row: int, reason: str, record: int | None = None) -> None:
        self.rejected += 1
        if len(self.rejects) < MOST_REJECTS_KEPT:
            self.rejects.append((row, reason))
        if record is not None:
            self.named.append(record)
        if self.rejected > rules.FEW and self.rejected > MOST_REJECTS_KEPT + self.rows * rules.MOST_REJECTED:
            raise self.too_many()  # early: a foreign file of any size is not gone through to its end

    def too_many(self) -> NotTheList:
        row, reason = self.rejects[0]
        return NotTheList(
            f"{self.rejected:,} of {self.rows:,} rows are not right, the first on row {row:,}: {reason} "
            f"Either it is another file or its columns changed places. Expected: {rules.LAYOUT}. {NOTHING_TAKEN}"
        )


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """The text of a list as it streams, its size in bytes, and the name of the text in a zip ("" outside one)."""

    stream: BinaryIO
    size: int
    member: str = ""


@contextmanager
def opened(stream: BinaryIO) -> Iterator[Source]:
    """The list in a seekable file: as text, or in a zip as NHTSA ships it.  Raises NotTheList."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    is_zip = stream.read(2) == b"PK"
    stream.seek(0)
    if not is_zip:
        yield Source(stream, size)
        return
    try:
        with zipfile.ZipFile(stream) as archive:
            texts = [one for one in archive.infolist() if one.filename.lower().endswith(".txt")]
            if len(texts) != 1:
                held = ", ".join(one.filename for one in archive.infolist()[:5]) or "nothing"
                raise NotTheList(f"The zip should hold one .txt file. It holds {held}. {NOTHING_TAKEN}")
            with archive.open(texts[0]) as member, io.BufferedReader(cast(Any, member), 1 << 20) as text:
                yield Source(cast(BinaryIO, text), texts[0].file_size, texts[0].filename)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as problem:
        raise NotTheList(f"The zip cannot be read: {problem}. Download it again. {NOTHING_TAKEN}") from problem


def read(source: Source, found: Found) -> Iterator[tuple[int, rules.Record]]:
    """Records about vehicles with the number of their row, from 1; the rest is counted in `found`.

    Raises rules.OtherLayout and NotTheList.
    """
    while raw := source.stream.readline(LONGEST_LINE + 1):
        found.rows += 1
        if len(raw) > LONGEST_LINE or found.rows > MOST_ROWS:
            raise NotTheList(
                f"Row {found.rows:,} is longer than {LONGEST_LINE:,} bytes, or the file has more than {MOST_ROWS:,} "
                f"rows. Is it NHTSA's recall list? {NOTHING_TAKEN}"
            )
        line = rules.decode(raw).rstrip("\r\n")
        if not line.strip():
            found.rows -= 1
            continue
        try:
            record = rules.read_line(found.rows, line)
        except rules.OtherLayout:
            raise
        except ValueError as problem:
            found.reject(found.rows, str(problem), rules.record_id(line))
            continue
        if isinstance(record, str):
            kind = rules.OTHER_KINDS[record]
            found.left_out[kind] = found.left_out.get(kind, 0) + 1
            continue
        if record.recorded_on and (found.newest_on is None or record.recorded_on > found.newest_on):
            found.newest_on = record.recorded_on
        yield found.rows, record


# --- staging ---------------------------------------------------------------------------------------------------------

COLUMNS = rules.Record._fields
FACTS = COLUMNS[1:]
TYPES = {
    **dict.fromkeys(COLUMNS, "text"),
    "record_id": "bigint",
    **dict.fromkeys(("year", "year_from", "year_until"), "smallint"),
    **dict.fromkeys(("built_from", "built_until", "received_on", "recorded_on"), "date"),
    **dict.fromkeys(("do_not_drive", "park_outside"), "boolean"),
}
DROP = "DROP TABLE IF EXISTS pg_temp.recall_said"
STAGE = f"CREATE TEMPORARY TABLE recall_said (row integer, {', '.join(f'{one} {TYPES[one]}' for one in COLUMNS)})"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def fill(cursor: Cursor[Any], source: Source, progress: Progress) -> Found:
    """Copy the records of a list into a fresh temporary table.  Raises rules.OtherLayout and NotTheList."""
    cursor.execute(DROP)
    cursor.execute(STAGE)
    found = Found()
    for rows in batched(read(source, found), BATCH):
        text = "".join(_copied(row, record) for row, record in rows)
        with cursor.copy("COPY recall_said FROM STDIN") as copy:
            copy.write(text)
        progress(found.rows, min(99, source.stream.tell() * 100 // (source.size or 1)))
    _repeated(cursor, found)
    if not found.rows:
        raise NotTheList(f"The file is empty. {NOTHING_TAKEN}")
    if found.rejected > rules.FEW and found.rejected > found.rows * rules.MOST_REJECTED:
        raise found.too_many()
    if found.rejected + sum(found.left_out.values()) == found.rows:
        first = f" Row {found.rejects[0][0]:,}: {found.rejects[0][1]}" if found.rejects else ""
        raise NotTheList(f"No row about a vehicle could be taken.{first} {NOTHING_TAKEN}")
    return found


def drop(cursor: Cursor[Any]) -> None:
    cursor.execute(DROP)


def _copied(row: int, record: rules.Record) -> str:
    """A record as COPY reads it."""
    cells = "\t".join(_cell(one) for one in record)
    return f"{row}\t{cells}\n"


def _cell(value: object) -> str:
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    text = str(value)
    return text.translate(_ESCAPES) if "\\" in text or "\r" in text or "\n" in text or "\t" in text else text


# The first row of a record counts; the others say which it was.
REPEATED = """
WITH numbered AS (
    SELECT ctid, row, record_id, first_value(row) OVER (PARTITION BY record_id ORDER BY row) AS first
    FROM recall_said
)
DELETE FROM recall_said said USING numbered
WHERE said.ctid = numbered.ctid AND numbered.row > numbered.first
RETURNING numbered.row, numbered.record_id, numbered.first
"""


def _repeated(cursor: Cursor[Any], found: Found) -> None:
    cursor.execute("ANALYZE recall_said")
    cursor.execute(REPEATED)
    for row, record, first in sorted(cursor.fetchall()):
        found.reject(row, f"RECORD_ID {record} is on row {first:,} already.")
    found.rejects.sort()


# --- into the table --------------------------------------------------------------------------------------------------

_SAID = ", ".join(f"said.{one}" for one in FACTS)
_HELD = ", ".join(f"held.{one}" for one in FACTS)
# Which cars a record is about: when that changes, a "not this car" of before says nothing of it.
_WHICH = ("make_key", "model_key", "year_from", "year_until", "built_from", "built_until")
_WHICH_SAID = ", ".join(f"said.{one}" for one in _WHICH)
_WHICH_HELD = ", ".join(f"held.{one}" for one in _WHICH)

WITHDRAWN = """
FROM customers_recall held
WHERE held.part = %(part)s AND held.withdrawn_at IS NULL AND held.record_id <> ALL(%(named)s)
  AND NOT EXISTS (SELECT FROM recall_said said WHERE said.record_id = held.record_id)
"""
MISSING = f"""
SELECT count(*) FILTER (WHERE held.record_id IN (SELECT held.record_id {WITHDRAWN})), count(*)
FROM customers_recall held WHERE held.part = %(part)s AND held.withdrawn_at IS NULL
"""
CHANGE = f"""
UPDATE customers_recall held
SET ({", ".join(FACTS)}, part, file_id, withdrawn_at, added_at)
  = ({_SAID}, %(part)s, %(file)s, NULL,
     CASE WHEN held.withdrawn_at IS NULL AND ({_WHICH_HELD}) IS NOT DISTINCT FROM ({_WHICH_SAID})
          THEN held.added_at ELSE %(at)s END)
FROM recall_said said
WHERE held.record_id = said.record_id
  AND (held.part <> %(part)s OR held.withdrawn_at IS NOT NULL OR ({_HELD}) IS DISTINCT FROM ({_SAID}))
"""
ADD = f"""
INSERT INTO customers_recall (record_id, {", ".join(FACTS)}, part, file_id, added_at)
SELECT said.record_id, {_SAID}, %(part)s, %(file)s, %(at)s
FROM recall_said said
WHERE NOT EXISTS (SELECT FROM customers_recall held WHERE held.record_id = said.record_id)
ORDER BY said.row
"""
WITHDRAW = f"""
UPDATE customers_recall SET withdrawn_at = %(at)s, file_id = %(file)s
WHERE record_id IN (SELECT held.record_id {WITHDRAWN})
"""


@dataclass(frozen=True)
class Merged:
    added: int
    changed: int
    unchanged: int
    withdrawn: int


def missing(cursor: Cursor[Any], found: Found, *, part: str) -> tuple[int, int]:
    """How many records of the part are held and not in the staged file, and how many are held."""
    cursor.execute(MISSING, {"part": part, "named": found.named})
    lacking, held = cast(tuple[int, int], cursor.fetchone())
    return lacking, held


def merge(cursor: Cursor[Any], found: Found, *, part: str, file_id: int, at: datetime) -> Merged:
    """Bring the table to what the staged file says of its part.  Four statements, whatever the size."""
    given = {"part": part, "named": found.named, "file": file_id, "at": at}
    counts = []
    for statement in (WITHDRAW, CHANGE, ADD):
        cursor.execute(statement, given)
        counts.append(cursor.rowcount)
    withdrawn, changed, added = counts
    taken = found.rows - found.rejected - sum(found.left_out.values())
    return Merged(added, changed, taken - added - changed, withdrawn)
