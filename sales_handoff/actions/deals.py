"""Deals of the sales system, from a file: so that nobody who is buying, or has just bought, is asked."""

import csv
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from customers.models import CustomerNumber
from dealership import audit
from dealership.models import Rooftop, Staff
from sales_handoff.actions.imports import NotAList, Report
from sales_handoff.models import Deal
from sales_handoff.rules import deals
from sales_handoff.rules.tables import Refused, missing_columns

AT_ONCE = 1_000
FACTS = ("customer_id", "opened_date", "sold_date", "lost_date")


@transaction.atomic(durable=True)
def import_deals(
    *, lines: Iterable[str], rooftop: Rooftop, by: Staff | None, at: datetime, filename: str = "", dry_run: bool = False
) -> Report:
    """Take deals of `rooftop` from the lines of a CSV file with a header, and return what came of it.

    One bad line never stops the rest; a customer is known by their number at this rooftop.  The same deal is changed,
    not added; the same file twice changes nothing, and with `dry_run` nothing is written.  Raises NotAList.
    """
    reader = csv.DictReader(lines)
    if missing := missing_columns(reader.fieldnames or (), deals.COLUMNS, ()):
        raise NotAList(f"The file has no column {', '.join(missing)}.")
    report = Report()
    batch: list[tuple[int, deals.DealRow]] = []
    for one in deals.read((reader.line_num, cells) for cells in reader):
        if isinstance(one, Refused):
            report.refused.append(one)
            continue
        batch.append(one)
        if len(batch) == AT_ONCE:
            _take(batch, rooftop, report, filename, dry_run)
            batch = []
    _take(batch, rooftop, report, filename, dry_run)
    report.refused.sort(key=lambda one: one.line)
    if not dry_run:
        audit.record(
            "deals.imported",
            about=rooftop,
            rooftop=rooftop,
            by=by,
            at=at,
            file=filename,
            added=report.added,
            changed=report.changed,
            unchanged=report.unchanged,
            refused=len(report.refused),
        )
    return report


def _take(
    batch: list[tuple[int, deals.DealRow]], rooftop: Rooftop, report: Report, filename: str, dry_run: bool
) -> None:
    people = dict(
        CustomerNumber.objects.filter(
            rooftop=rooftop, number__in={row.customer_number for _, row in batch}
        ).values_list("number", "customer_id")
    )
    numbers = {row.number for _, row in batch}
    held = {
        number: facts
        for number, *facts in Deal.objects.filter(rooftop=rooftop, number__in=numbers).values_list("number", *FACTS)
    }
    write = []
    for line, row in batch:
        customer = people.get(row.customer_number)
        if customer is None:
            reason = f"Customer {row.customer_number} is not known at this rooftop."
            report.refused.append(Refused(line, reason, {"deal_number": row.number}))
            continue
        facts = [customer, row.opened, row.sold, row.lost]
        if held.get(row.number) == facts:
            report.unchanged += 1
            continue
        if row.number in held:
            report.changed += 1
        else:
            report.added += 1
        write.append(Deal(rooftop=rooftop, number=row.number, source=filename, **dict(zip(FACTS, facts, strict=True))))
    if write and not dry_run:
        Deal.objects.bulk_create(
            write,
            update_conflicts=True,
            unique_fields=["rooftop", "number"],
            update_fields=["customer", "opened_date", "sold_date", "lost_date", "source"],
        )
