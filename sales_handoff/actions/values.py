"""What cars are worth: a person's word on one car, or a guide from a file."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from dealership import audit
from dealership.models import Rooftop, Staff
from sales_handoff.actions.weighing import weigh
from sales_handoff.models import Appraisal, Evaluation, ValueGuideRow
from sales_handoff.rules import guide
from service_lane.models import RepairOrder

MOST_DOLLARS = Decimal("9999999.99")
KEY = ("make", "model", "year", "trim", "source")
FACTS = ("miles", "low", "high", "dollars_per_1000_miles", "as_of_date")
AT_ONCE = 1_000


class CannotValue(ValueError):
    """The value was not taken.  Its message says why."""


class NotAGuide(ValueError):
    """The file lacks a column a guide needs, and nothing of it was taken."""


@transaction.atomic(durable=True)
def appraise(
    *,
    repair_order: RepairOrder,
    low: Decimal,
    high: Decimal,
    source: str,
    by: Staff,
    at: datetime,
    payoff: Decimal | None = None,
) -> Evaluation | None:
    """Keep what the order's car is worth, in dollars, and weigh the order with it; return that evaluation.

    Raises CannotValue without a source or for a range that is none.
    """
    appraisal, evaluation = value_car(
        repair_order, low=low, high=high, payoff=payoff, source=source.strip(), by=by, at=at
    )
    audit.record(
        "vehicle.appraised",
        about=evaluation or repair_order,
        by=by,
        at=at,
        appraisal=appraisal.pk,
        low=str(low),
        high=str(high),
        source=appraisal.source,
    )
    return evaluation


def value_car(
    repair_order: RepairOrder,
    *,
    low: Decimal,
    high: Decimal,
    payoff: Decimal | None,
    source: str,
    by: Staff,
    at: datetime,
) -> tuple[Appraisal, Evaluation | None]:
    """Inside the caller's transaction: the appraisal, kept, and the order weighed with it.  Raises CannotValue."""
    if repair_order.vehicle is None:
        raise CannotValue("The car is not known.")
    if not source:
        raise CannotValue("Say where the value comes from.")
    if not Decimal(0) <= low <= high <= MOST_DOLLARS:
        raise CannotValue("The high value must be at least the low one.")
    if payoff is not None and not Decimal(0) <= payoff <= MOST_DOLLARS:
        raise CannotValue("The payoff cannot be below zero.")
    appraisal = Appraisal.objects.create(
        vehicle=repair_order.vehicle,
        rooftop=repair_order.rooftop,
        low=low,
        high=high,
        payoff=payoff,
        source=source,
        by=by,
        at=at,
    )
    return appraisal, weigh(repair_order, at)[0]


@dataclass
class Report:
    """What came of a guide file."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[guide.Refused] = field(default_factory=list)

    @property
    def taken(self) -> int:
        return self.added + self.changed + self.unchanged


@transaction.atomic(durable=True)
def import_values(
    *,
    lines: Iterable[str],
    rooftop: Rooftop,
    at: datetime,
    by: Staff | None,
    by_name: str = "",
    filename: str = "",
    dry_run: bool = False,
) -> Report:
    """Take a value guide from the lines of a CSV file with a header, and return what came of it.

    One bad line never stops the rest.  The same car of the same source is changed, not added; the same file twice
    changes nothing, and with `dry_run` nothing is written.  The guide serves the whole group; `rooftop` is where it was
    brought in.  Raises NotAGuide.
    """
    reader = csv.DictReader(lines)
    if missing := guide.missing_columns(reader.fieldnames or ()):
        raise NotAGuide(f"The file has no column {', '.join(missing)}.")
    report = Report()
    batch: list[guide.GuideRow] = []
    for one in guide.read((reader.line_num, cells) for cells in reader):
        if isinstance(one, guide.Refused):
            report.refused.append(one)
            continue
        batch.append(one)
        if len(batch) == AT_ONCE:
            _take(batch, report, dry_run)
            batch = []
    _take(batch, report, dry_run)
    if not dry_run:
        audit.record(
            "values.imported",
            about=rooftop,
            rooftop=rooftop,
            by=by,
            by_name=by_name,
            at=at,
            file=filename,
            added=report.added,
            changed=report.changed,
            unchanged=report.unchanged,
            refused=len(report.refused),
        )
    return report


def _take(batch: list[guide.GuideRow], report: Report, dry_run: bool) -> None:
    found = ValueGuideRow.objects.filter(
        make__in={row.make for row in batch}, source__in={row.source for row in batch}
    ).values_list(*KEY, *FACTS)
    held = {tuple(values[: len(KEY)]): tuple(values[len(KEY) :]) for values in found}
    write = []
    for row in batch:
        facts = (row.miles, row.low, row.high, row.per_1000_miles, row.as_of)
        if held.get(row.key) == facts:
            report.unchanged += 1
            continue
        if row.key in held:
            report.changed += 1
        else:
            report.added += 1
        write.append(ValueGuideRow(**dict(zip((*KEY, *FACTS), (*row.key, *facts), strict=True))))
    if write and not dry_run:
        ValueGuideRow.objects.bulk_create(
            write, update_conflicts=True, unique_fields=list(KEY), update_fields=list(FACTS)
        )
