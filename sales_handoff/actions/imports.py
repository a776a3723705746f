"""Guides, stock, programs, needs, sales and deals from files: one way in for all, and what came of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import models, transaction

from customers.models import CustomerNumber
from dealership import audit, csv_rows
from dealership.csv_rows import NotAList, Refused
from dealership.models import Rooftop, Staff
from sales_handoff.models import Deal, ImportedFile, Program, Sale, StockNeed, StockUnit, ValueGuideRow
from sales_handoff.rules import deals, guide, needs, programs, sales, stock

AT_ONCE = 1_000


@dataclass(frozen=True)
class List:
    """How one kind of file becomes rows: its columns, a line's row, and where rows are kept.

    `key` are the columns of the table that make a row the same in a later file, `facts` those that may change;
    `narrow` are the keys by which rows already held are looked up.
    """

    model: type[models.Model]
    row: Callable[[csv_rows.Cells], Any]
    columns: tuple[str, ...]
    may_be_missing: frozenset[str]
    key: tuple[str, ...]
    facts: tuple[str, ...]
    narrow: tuple[str, ...]
    twice: str
    of_rooftop: bool = True
    """Rows belong to the rooftop; those of a value guide to the whole group."""
    of_customer: bool = False
    """Each line names a customer by their number at the rooftop, and is refused where nobody has it."""


Kind = ImportedFile.Kind
LISTS: Mapping[str, List] = {
    Kind.VALUES: List(
        model=ValueGuideRow,
        row=guide.row,
        columns=guide.COLUMNS,
        may_be_missing=guide.MAY_BE_EMPTY,
        key=("make", "model", "year", "trim", "source"),
        facts=("miles", "low", "high", "dollars_per_1000_miles", "as_of_date"),
        narrow=("make", "source"),
        twice="The same car from the same source",
        of_rooftop=False,
    ),
    Kind.SALES: List(
        model=Sale,
        row=sales.row,
        columns=sales.COLUMNS,
        may_be_missing=sales.MAY_BE_EMPTY,
        key=("year", "make", "model", "trim", "miles", "price", "sold_on"),
        facts=(),
        narrow=("make", "model"),
        twice="The same sale",
    ),
    Kind.STOCK: List(
        model=StockUnit,
        row=stock.row,
        columns=stock.COLUMNS,
        may_be_missing=stock.MAY_BE_EMPTY,
        key=("stock_number",),
        facts=(
            *("condition", "year", "make", "model", "trim", "body", "seats", "drive", "miles", "price"),
            "gone_at",
        ),
        narrow=("stock_number",),
        twice="The same stock number",
    ),
    Kind.PROGRAMS: List(
        model=Program,
        row=programs.row,
        columns=programs.COLUMNS,
        may_be_missing=programs.MAY_BE_EMPTY,
        key=("name", "kind", "condition", "make", "model", "months"),
        facts=(
            *("apr", "money_factor", "residual_percent", "due_at_signing", "miles_a_year", "cents_a_mile_over"),
            *("from_date", "until_date"),
        ),
        narrow=("name",),
        twice="The same program for the same cars",
    ),
    Kind.NEEDS: List(
        model=StockNeed,
        row=needs.row,
        columns=needs.COLUMNS,
        may_be_missing=needs.MAY_BE_EMPTY,
        key=("make", "model", "year_from", "year_to"),
        facts=("most_miles", "pays", "until_date", "note", "ended_at"),
        narrow=("make",),
        twice="The same need",
    ),
    Kind.DEALS: List(
        model=Deal,
        row=deals.row,
        columns=deals.COLUMNS,
        may_be_missing=deals.MAY_BE_MISSING,
        key=("number",),
        facts=("customer_id", "opened_date", "sold_date", "lost_date"),
        narrow=("number",),
        twice="The same deal",
        of_customer=True,
    ),
}


@dataclass
class Report:
    """What came of a file; `gone` are cars for sale that a full file no longer holds."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    refused: list[Refused] = field(default_factory=list)

    @property
    def taken(self) -> int:
        return self.added + self.changed + self.unchanged


@transaction.atomic(durable=True)
def import_list(
    kind: str,
    *,
    lines: Iterable[str],
    rooftop: Rooftop,
    at: datetime,
    by: Staff | None,
    by_name: str = "",
    filename: str = "",
    dry_run: bool = False,
    is_full: bool = False,
) -> Report:
    """Take a file of `kind` (a key of LISTS) from the lines of a CSV file with a header; return what came of it.

    One bad line never stops the rest.  The same row of a later file is changed, not added; the same file twice changes
    nothing, and with `dry_run` nothing is written.  With `is_full` a car for sale that the file does not hold, not even
    in a refused line, is marked gone.  Raises NotAList.
    """
    here = LISTS[kind]
    numbered = csv_rows.numbered(lines, (name for name in here.columns if name not in here.may_be_missing))
    report = Report()
    rows = []
    for one in csv_rows.read(numbered, here.row, here.twice):
        if isinstance(one, Refused):
            report.refused.append(one)
        else:
            rows.append(one)
    if is_full and not rows:
        raise NotAList("No line could be taken, so no car was marked gone.")
    file = None
    if not dry_run:
        file = ImportedFile.objects.create(
            rooftop=rooftop, kind=kind, name=filename, by=by, by_name=by_name or (by.name if by else ""), at=at
        )
    for batch in batched(rows, AT_ONCE):
        _take(here, _of_customers(batch, rooftop, report) if here.of_customer else batch, rooftop, report, file)
    report.refused.sort(key=lambda one: one.line)
    if is_full and kind == Kind.STOCK:
        _mark_gone((row for _, row in rows), rooftop, report, at, dry_run)
    if file:
        audit.record(
            f"{kind}.imported",
            about=file,
            rooftop=rooftop,
            by=by,
            by_name=by_name,
            at=at,
            file=filename,
            added=report.added,
            changed=report.changed,
            unchanged=report.unchanged,
            gone=report.gone,
            refused=len(report.refused),
        )
    return report


def _of_customers(
    batch: Iterable[tuple[int, deals.DealRow]], rooftop: Rooftop, report: Report
) -> list[tuple[int, deals.DealRow]]:
    """The lines whose customer is known here, each with who that is; the others are refused."""
    lines = list(batch)
    numbers = CustomerNumber.objects.filter(rooftop=rooftop, number__in={row.customer_number for _, row in lines})
    people = dict(numbers.values_list("number", "customer_id"))
    known = []
    for line, row in lines:
        if customer_id := people.get(row.customer_number):
            known.append((line, replace(row, customer_id=customer_id)))
        else:
            reason = f"Customer {row.customer_number} is not known at this rooftop."
            report.refused.append(Refused(line, reason, {"deal_number": row.number}))
    return known


def _take(
    here: List, batch: Iterable[tuple[int, Any]], rooftop: Rooftop, report: Report, file: ImportedFile | None
) -> None:
    """Count every row of the batch, and write those that are new or say something else, unless there is no `file`."""
    rows = [row for _, row in batch]
    found = here.model._default_manager.filter(
        **({"rooftop": rooftop} if here.of_rooftop else {}),
        **{f"{name}__in": {getattr(row, name) for row in rows} for name in here.narrow},
    ).values_list(*here.key, *here.facts)
    held = {tuple(values[: len(here.key)]): tuple(values[len(here.key) :]) for values in found}
    owner = {"rooftop": rooftop} if here.of_rooftop else {}
    write = []
    for row in rows:
        key = tuple(getattr(row, name) for name in here.key)
        facts = tuple(getattr(row, name) for name in here.facts)
        if held.get(key) == facts:
            report.unchanged += 1
            continue
        if key in held:
            report.changed += 1
        else:
            report.added += 1
        write.append(here.model(**owner, file=file, **dict(zip((*here.key, *here.facts), (*key, *facts), strict=True))))
    if write and file:
        here.model._default_manager.bulk_create(
            write,
            update_conflicts=True,
            unique_fields=[*owner, *here.key],
            update_fields=[*here.facts, "file"],
        )


def _mark_gone(rows: Iterable[stock.StockRow], rooftop: Rooftop, report: Report, at: datetime, dry_run: bool) -> None:
    named = {row.stock_number for row in rows} | {stock.number_of(one.cells) for one in report.refused}
    gone = StockUnit.objects.filter(rooftop=rooftop).here().exclude(stock_number__in=named)
    report.gone = gone.count() if dry_run else gone.mark_gone(at=at)
