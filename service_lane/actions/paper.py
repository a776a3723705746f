"""Paper mode: printing sheets before the network goes, and starting what stands on them once it is back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from customers.models import Vehicle
from dealership import audit
from dealership.models import Rooftop, Staff
from service_lane.actions import inspection as inspecting
from service_lane.actions.writeup import AlreadyHere
from service_lane.models import Appointment, Condition, Inspection, PaperRun, PaperSheet, RepairOrder, WriteUp
from service_lane.rules.judging import CannotRule, NeedsReason
from service_lane.rules.late import Happened, refusal


class NotOut(Exception):
    """The sheet was entered or put aside meanwhile; `sheet` is as it stands."""

    def __init__(self, sheet: PaperSheet) -> None:
        super().__init__(f"{sheet} is not out any more.")
        self.sheet = sheet


@transaction.atomic(durable=True)
def print_run(
    *,
    rooftop: Rooftop,
    day: date,
    appointments: Collection[Appointment],
    blanks: int,
    by: Staff,
    at: datetime,
    with_board: bool = True,
    inspections: int = 0,
    consents: int = 0,
) -> PaperRun:
    """A print job: one numbered lane sheet for each appointment, in the order given, then `blanks` without a name.

    A sheet that is still out for the same appointment is put aside, so that one number stands for one visit.
    """
    run = PaperRun.objects.create(
        rooftop=rooftop,
        day=day,
        with_board=with_board,
        inspections=inspections,
        consents=consents,
        printed_at=at,
        printed_by=by,
    )
    number = PaperSheet.objects.next_number(rooftop)
    wanted: list[Appointment | None] = [*appointments, *(None for _ in range(blanks))]
    sheets = PaperSheet.objects.bulk_create(
        PaperSheet(rooftop=rooftop, number=number + place, run=run, appointment=appointment, made_at=at)
        for place, appointment in enumerate(wanted)
    )
    for sheet in sheets:
        if sheet.appointment_id:
            earlier = PaperSheet.objects.filter(rooftop=rooftop, appointment=sheet.appointment_id)
            earlier.exclude(pk=sheet.pk).put_aside(why=f"Printed again as {sheet}", by=by, at=at)
    audit.record(
        "paper.printed",
        about=run,
        by=by,
        at=at,
        day=day.isoformat(),
        sheets=[str(sheet) for sheet in sheets],
        inspections=inspections,
        consents=consents,
    )
    return run


@transaction.atomic(durable=True)
def enter(*, sheet: PaperSheet, by: Staff, at: datetime) -> WriteUp:
    """Start typing in what stands on a lane sheet, and return its write-up; asked again, the one there is.

    What was begun on the screen for the same appointment, before the network went, goes on.  Raises AlreadyHere when
    the car of its appointment was written up without it.
    """
    held = (
        PaperSheet.objects.select_for_update(of=("self",))
        .select_related("rooftop", "appointment__customer", "appointment__vehicle", "write_up")
        .get(pk=sheet.pk)
    )
    if held.write_up:
        return held.write_up
    appointment = held.appointment if held.appointment and held.appointment.written_up_at is None else None
    vehicle: Vehicle | None = appointment.vehicle if appointment else None
    if vehicle and (order := RepairOrder.objects.here_now().filter(vehicle=vehicle).first()):
        raise AlreadyHere(order)
    begun = WriteUp.objects.unfinished().filter(rooftop=held.rooftop, appointment=appointment, sheet=None)
    write_up = begun.first() if appointment else None
    if write_up is None:
        write_up = WriteUp.objects.create(
            rooftop=held.rooftop,
            advisor=by,
            customer=appointment.customer if appointment else None,
            vehicle=vehicle,
            appointment=appointment,
            typed={"purpose": appointment.purpose, "stay": appointment.stay} if appointment else {},
            started_at=at,
            saved_at=at,
        )
    PaperSheet.objects.filter(pk=held.pk).enter(write_up)
    audit.record("write_up.started", about=write_up, by=by, at=at, sheet=str(held))
    return write_up


@transaction.atomic(durable=True)
def number_other_paper(*, rooftop: Rooftop, by: Staff, at: datetime) -> PaperSheet:
    """A number for a visit that was written on any other paper: write it on that paper, then enter the sheet."""
    sheet = PaperSheet.objects.create(rooftop=rooftop, number=PaperSheet.objects.next_number(rooftop), made_at=at)
    audit.record("paper.numbered", about=sheet, by=by, at=at)
    return sheet


@transaction.atomic(durable=True)
def put_aside(*, sheet: PaperSheet, why: str, by: Staff, at: datetime) -> None:
    """The sheet was not used, or spoiled.  Raises NotOut when it was entered or put aside meanwhile."""
    if not PaperSheet.objects.filter(pk=sheet.pk).put_aside(why=why, by=by, at=at):
        sheet.refresh_from_db()
        raise NotOut(sheet)
    audit.record("paper.put_aside", about=sheet, by=by, at=at, why=why)


class NotThen(ValueError):
    """It cannot have happened then.  `field` is where the time was typed; the message says why."""

    def __init__(self, field: str, why: str) -> None:
        self.field = field
        super().__init__(why)


@dataclass(frozen=True)
class Seen:
    """What a paper inspection says of one item: its readings by position, the box that was ticked ("" for none), and
    the words beside it.  `rule` is red, yellow, green or not_inspected."""

    readings: Mapping[str, Decimal] = field(default_factory=dict)
    rule: str = ""
    words: str = ""


class NotAsWritten(Exception):
    """The inspection is not complete: `problems` says what is wrong with which item, by its key.  The rest is kept."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


def inspection(
    *,
    repair_order: RepairOrder,
    seen: Mapping[str, Seen],
    started_at: datetime,
    finished_at: datetime,
    done_by: Staff,
    by: Staff,
    at: datetime,
) -> Inspection:
    """Enter an inspection that `done_by` made on paper: start it, record each item by its key, and complete it.

    Everything is dated as on the paper, and says that `by` typed it in `at` now.  Item by item: what cannot be recorded
    is named in NotAsWritten, what could is kept, and the same sheet sent again goes on from there.  Raises NotThen, and
    orders.NotOpen, inspection.NoTemplate or inspection.Complete.
    """
    rooftop = repair_order.rooftop
    after = [Happened(repair_order.signed_at or repair_order.opened_at, f"{repair_order} was signed")]
    for name, then in (("started", started_at), ("finished", finished_at)):
        if why := refusal(then, now=at, most_days=rooftop.late_entry_days, zone=rooftop.zone, after=after):
            raise NotThen(name, why)
        after.append(Happened(then, "the inspection started"))
    with audit.entering_late(audit.LateEntry(at, by, repair_order.sheet)):
        made = inspecting.start(repair_order=repair_order, by=done_by, at=started_at)
        problems: dict[str, str] = {}
        for item in inspecting.items_of(made):
            found = seen.get(item.key)
            if item.condition != Condition.UNCHECKED or found is None or found == Seen():
                continue
            try:
                inspecting.record_item(
                    item=item, version=item.version, by=done_by, at=finished_at, **_as_recorded(item.unit, found)
                )
            except (CannotRule, NeedsReason) as refused:
                problems[item.key] = str(refused)
        if problems:
            raise NotAsWritten(problems)
        try:
            return inspecting.complete(inspection=made, by=done_by, at=finished_at)
        except inspecting.NotFinished as lacking:
            raise NotAsWritten({one.item.key: one.why for one in lacking.blockers}) from lacking


def _as_recorded(unit: str, found: Seen) -> dict[str, Any]:
    """The arguments of `record_item` for what was written; a finding by eye says that paper holds no photo."""
    if found.rule == Condition.NOT_INSPECTED:
        return {"not_inspected_reason": found.words or "Not inspected, no reason on the sheet"}
    note = found.words
    if not unit and found.rule in (Condition.RED, Condition.YELLOW):
        note = f"{note}{'' if not note or note.endswith('.') else '.'} {inspecting.NO_PHOTO} Inspected on paper".strip()
    said = {"override": found.rule, "override_reason": found.words} if unit else {"seen": found.rule}
    return {"values": dict(found.readings), "note": note, **(said if found.rule else {})}
