"""Setting the demonstration group up: rooftops, people, menu, values, history.  Repeating it changes nothing."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from dealership.management.demonstration import cars, catalog, group, spanish
from dealership.models import Role, Rooftop, Staff
from sales_handoff.actions import import_list, limits
from sales_handoff.actions.imports import Kind
from sales_handoff.models import HandoffPolicy
from sales_handoff.rules.guide import COLUMNS
from service_lane.actions import dms_import, templates
from service_lane.models import OpCode, ScheduleRow

HISTORY = Path(__file__).resolve().parents[3] / "service_lane" / "demo" / "ro_export.csv"


def rooftops() -> dict[str, Rooftop]:
    return {
        fields["code"]: Rooftop.objects.get_or_create(code=fields["code"], defaults=fields)[0]
        for fields in group.ROOFTOPS
    }


def staff(rooftops: dict[str, Rooftop], at: datetime) -> dict[str, Staff]:
    """Everybody of the cast by log-in, with their roles."""
    found = {}
    for member in group.STAFF:
        person = Staff.objects.filter(email=member.email).first()
        if person is None:
            person = Staff.objects.create_user(
                member.email,
                member.name,
                group.PASSWORD,
                is_staff=member.may_open_admin,
                is_superuser=member.may_open_admin,
                joined_at=at,
            )
        for code, kind in member.roles:
            Role.objects.get_or_create(staff=person, rooftop=rooftops[code], kind=kind)
        found[member.login] = person
    return found


def menu(rooftop: Rooftop) -> None:
    for operation in catalog.OPERATIONS:
        OpCode.objects.get_or_create(
            rooftop=rooftop,
            code=operation.code,
            defaults={
                "name": operation.name,
                "nature": operation.nature,
                "labor_hours": operation.hours,
                "flat_price": operation.flat_price,
                "parts_kit": [
                    kit.as_row() | {"description_es": spanish.PARTS[kit.description]} for kit in operation.kit
                ],
                "what_it_is": operation.what_it_is,
                "why_it_matters": operation.why_it_matters,
                "if_you_wait": operation.if_you_wait,
                "horizon": operation.horizon,
                **{f"{text}_es": words for text, words in vars(spanish.OPERATIONS[operation.code]).items()},
            },
        )


def schedule() -> None:
    for row in catalog.SCHEDULE:
        ScheduleRow.objects.get_or_create(
            op_code=row.op_code,
            service=row.service,
            make=row.make,
            model=row.model,
            defaults={"miles": row.miles, "months": row.months, "source": row.source, "is_makers": row.is_makers},
        )


def guide(rooftop: Rooftop, at: datetime) -> None:
    """The invented value guide, through the same import as a real one."""
    rows = [
        (
            *(row.make, row.model, row.year, "", row.miles, row.low, row.high, row.per_1000_miles),
            *(catalog.VALUE_SOURCE, at.date().isoformat()),
        )
        for row in catalog.VALUES
    ]
    _take(Kind.VALUES, [COLUMNS, *rows], rooftop, at)


def lists(rooftop: Rooftop, at: datetime) -> None:
    """The invented stock, programs, needs and sales, through the same import as real ones."""
    today = at.astimezone(rooftop.zone).date()
    _take(Kind.STOCK, [cars.STOCK_COLUMNS, *cars.STOCK], rooftop, at)
    _take(Kind.PROGRAMS, [cars.PROGRAM_COLUMNS, *cars.programs(today)], rooftop, at)
    _take(Kind.NEEDS, [cars.NEED_COLUMNS, *cars.needs(today)], rooftop, at)
    _take(Kind.SALES, [cars.SALE_COLUMNS, *cars.sales(today)], rooftop, at)


def _take(kind: Kind, rows: Iterable[cars.Row], rooftop: Rooftop, at: datetime) -> None:
    sheet = io.StringIO()
    csv.writer(sheet).writerows(rows)
    import_list(
        kind,
        lines=sheet.getvalue().splitlines(),
        rooftop=rooftop,
        at=at,
        by=None,
        by_name="Demonstration",
        filename=f"demonstration-{kind}.csv",
    )


def history(rooftop: Rooftop, at: datetime) -> int:
    """Past visits from the demonstration export.  Returns how many repair orders it holds."""
    with HISTORY.open("rb") as stream:
        figures = dms_import.import_file(stream=stream, filename=HISTORY.name, rooftop=rooftop, by=None, at=at)
    return int(figures["repair_orders"])


def learn(rooftop: Rooftop, at: datetime) -> None:
    """What the cars of those visits have ahead of them, as each night learns it."""
    limits.learn(rooftop=rooftop, at=at)
    limits.score_cars(rooftop=rooftop, at=at)


def install(rooftop: Rooftop, at: datetime) -> None:
    menu(rooftop)
    templates.install_default(rooftop=rooftop, by=None, at=at)
    HandoffPolicy.objects.get_or_create(rooftop=rooftop)
