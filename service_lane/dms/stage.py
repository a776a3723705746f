"""Rows of an export on their way into PostgreSQL: COPY into temporary tables, which belong to the session.

Everything here speaks SQL through a psycopg cursor and knows no Django.  Fill the tables first (slow, no locks held),
then merge them (`into_tables`) in one transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from psycopg import Cursor

from service_lane.dms.export import Export, Line, Order, Rejected

BATCH = 5_000
# A file with more bad rows than this is the wrong file; the first ones say why.
MOST_REJECTS_KEPT = 20_000
LONGEST_TEXT_KEPT = 4_000


@dataclass
class Found:
    """What going through the file found, before anything is written."""

    rows: int = 0
    repeated: int = 0
    rejected_total: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    def reject(self, row: Rejected) -> None:
        self.rejected_total += 1
        if len(self.rejected) < MOST_REJECTS_KEPT:
            self.rejected.append(row._replace(text=row.text[:LONGEST_TEXT_KEPT]))


TEMPORARY = ("dms_said", "dms_line", "dms_incomplete", "dms_order", "dms_person", "dms_car", "dms_mine", "dms_word")

STAGE = """
CREATE TEMPORARY TABLE dms_said (
    seq integer, number text COLLATE "C", status text, opened timestamp, closed date, promised timestamp,
    waits boolean, advisor_name text, customer_number text COLLATE "C",
    first_name text, last_name text, business_name text, street text, city text, region text, postal_code text,
    phone text, email text, do_not_message boolean, vin text COLLATE "C", year smallint, make text, model text,
    plate text, odometer_in integer, odometer_out integer, comeback boolean
);
CREATE TEMPORARY TABLE dms_line (
    row integer, number text COLLATE "C", line_code text COLLATE "C", concern text, cause text, correction text,
    op_code text, op_description text, pay_type text, technician text,
    hours numeric(7, 2), labor numeric(10, 2), parts numeric(10, 2), misc numeric(10, 2), tax numeric(10, 2)
);
CREATE TEMPORARY TABLE dms_incomplete (number text COLLATE "C");
CREATE TEMPORARY TABLE dms_word (customer_id bigint, word text);
"""


def fill(cursor: Cursor[Any], export: Export, progress: Callable[[int], None] = lambda rows: None) -> Found:
    """Copy every row of `export` into fresh temporary tables; `progress` hears how many rows are done.

    Costs two COPYs per BATCH rows.
    """
    drop(cursor)
    cursor.execute(STAGE)
    found = Found()
    seq, last = 0, None
    for rows in batched(export, BATCH):
        orders: list[str] = []
        lines: list[str] = []
        incomplete: list[str] = []
        for row in rows:
            if isinstance(row, Line):
                if row.order is not last:
                    last = row.order
                    seq += 1
                    orders.append(_order_as_copied(seq, last))
                lines.append(_line_as_copied(row))
            elif isinstance(row, Rejected):
                found.reject(row)
                if row.number:
                    incomplete.append(copied((row.number[:40],)))
            else:
                found.repeated += 1
        copy(cursor, "dms_said", orders)
        copy(cursor, "dms_line", lines)
        copy(cursor, "dms_incomplete", incomplete)
        found.rows += len(rows)
        progress(found.rows)
    found.left_out = dict(export.left_out)
    return found


def copy(cursor: Cursor[Any], table: str, rows: Sequence[str]) -> None:
    if rows:
        with cursor.copy(f"COPY {table} FROM STDIN") as stream:
            stream.write("\n".join(rows) + "\n")


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copied(texts: Sequence[str]) -> str:
    """Texts as COPY reads them.  Most hold nothing to escape, and are looked at once, together."""
    joined = "\t".join(texts)
    if joined.count("\t") == len(texts) - 1 and not ("\\" in joined or "\n" in joined or "\r" in joined):
        return joined
    return "\t".join(text.translate(_ESCAPES) for text in texts)


def _line_as_copied(line: Line) -> str:
    texts = copied((line.order.number, *line[2:10]))
    return f"{line.row}\t{texts}\t{line.hours}\t{line.labor}\t{line.parts}\t{line.misc}\t{line.tax}"


def _order_as_copied(seq: int, order: Order) -> str:
    texts = copied(
        (
            order.advisor_name,
            order.customer_number,
            *order.name,
            *order.place,
            order.phone,
            order.email,
            "t" if order.do_not_message else "f",
            order.vin,
        )
    )
    return (
        f"{seq}\t{copied((order.number,))}\t{order.status}\t{order.opened}\t{order.closed or _NULL}"
        f"\t{order.promised or _NULL}\t{'t' if order.waits else 'f'}\t{texts}"
        f"\t{order.year or _NULL}\t{copied((order.make, order.model, order.plate))}"
        f"\t{_NULL if order.odometer_in is None else order.odometer_in}"
        f"\t{_NULL if order.odometer_out is None else order.odometer_out}\t{'t' if order.comeback else 'f'}"
    )


_NULL = "\\N"


def drop(cursor: Cursor[Any]) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{table}' for table in TEMPORARY)}")
