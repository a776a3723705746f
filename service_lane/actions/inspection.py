"""Inspection: what the technician measured and saw.  The reading decides; what departs from it keeps its reason."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from dealership import audit
from dealership.models import Staff
from service_lane import signals
from service_lane.actions.orders import NotOpen
from service_lane.actions.writeup import tread_readings
from service_lane.models import (
    Condition,
    Inspection,
    InspectionItem,
    InspectionTemplate,
    Measure,
    Photo,
    Reading,
    RepairOrder,
    WriteUp,
)
from service_lane.rules import Threshold
from service_lane.rules.judging import CannotRule, Measures, Result, judge, settle

WALK_AROUND = "walk"
"""The position of the tread the advisor read with the customer: shown beside the technician's own, never judged."""
NO_PHOTO = "No photo:"
COLORS = frozenset({Condition.RED, Condition.YELLOW, Condition.GREEN})
FROZEN = (
    *("section", "position", "key", "name", "op_code", "unit", "positions", "lower_is_worse", "green_from", "red_to"),
    *("red_is_strict", "unsafe_to", "new_value", "threshold_source", "instrument", "others", "marks", "unsafe_marks"),
)
MEASURE = (
    *("unit", "lower_is_worse", "green_from", "red_to", "red_is_strict", "unsafe_to", "new_value"),
    *("threshold_source", "instrument"),
)


class NoTemplate(Exception):
    """The rooftop has no active inspection template."""


class Complete(Exception):
    """The inspection is complete; what it says stays."""


class Changed(Exception):
    """Somebody saved this item since the page was loaded; `item` is what it says now."""

    def __init__(self, item: InspectionItem) -> None:
        super().__init__(f"{item} was changed")
        self.item = item


class NotSigned(Exception):
    """Nobody has agreed to anything on this order yet: nothing may start on the car."""


class NothingTouched(Exception):
    """Nobody looked at anything in this section yet, so there is no rest of it."""


class NothingLeft(Exception):
    """Nothing in this section waits to be judged by eye."""


@dataclass(frozen=True)
class Blocker:
    """An item that keeps the inspection from being complete, and what it lacks."""

    item: InspectionItem
    why: str


class NotFinished(Exception):
    """Some items have no result, or nothing to show for it: `blockers`."""

    def __init__(self, blockers: Sequence[Blocker]) -> None:
        super().__init__(", ".join(f"{one.item}: {one.why}" for one in blockers))
        self.blockers = blockers


# --- judging ---------------------------------------------------------------------------------------------------------


def threshold_of(measure: Measure | Mapping[str, Any]) -> Threshold | None:
    """The threshold of an item or of one of its other measures; None when it is judged by eye."""
    row = measure if isinstance(measure, Mapping) else {name: getattr(measure, name) for name in MEASURE}
    green, red, unsafe, new = (
        None if row[name] is None else Decimal(str(row[name]))
        for name in ("green_from", "red_to", "unsafe_to", "new_value")
    )
    if not row["unit"] or green is None:
        return None
    return Threshold(
        unit=row["unit"],
        lower_is_worse=row["lower_is_worse"],
        green_from=green,
        red_to=red,
        unsafe_to=unsafe,
        red_is_strict=row["red_is_strict"],
        source=row["threshold_source"],
        new_value=new,
    )


def beside(item: InspectionItem) -> dict[str, Mapping[str, Any]]:
    """Measures taken beside the first one, like a battery's volts, by the position of their reading."""
    return {other["position"]: other for other in item.others if other.get("position")}


def instead(item: InspectionItem) -> dict[str, Mapping[str, Any]]:
    """Measures that may be taken in place of the first one, by unit."""
    return {other["unit"]: other for other in item.others if not other.get("position")}


def measures_of(item: InspectionItem) -> Measures:
    """How this item is judged, by what was frozen when the inspection started."""
    limits = {position: threshold_of(other) for position, other in beside(item).items()}
    return Measures(
        threshold=threshold_of(item),
        places=tuple(item.places),
        beside={position: limit for position, limit in limits.items() if limit},
    )


def readings_of(item: InspectionItem) -> dict[str, Decimal]:
    return {reading.position: reading.value for reading in item.readings.all()}


# --- verbs -----------------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def start(*, repair_order: RepairOrder, by: Staff, at: datetime) -> Inspection:
    """The order's one inspection: every item of the active template, with its threshold as it is today.

    Treads read at the walk-around come along.  Asked again, it is the one already started.  Raises NotOpen, NotSigned,
    NoTemplate.
    """
    order = RepairOrder.objects.here_now().select_for_update().filter(pk=repair_order.pk).first()
    if already := Inspection.objects.filter(repair_order=repair_order.pk).first():
        return already
    if order is None:
        raise NotOpen
    if order.waits_for_signature:
        raise NotSigned
    template = InspectionTemplate.objects.filter(rooftop=order.rooftop_id, active=True).first()
    if template is None:
        raise NoTemplate
    inspection = Inspection.objects.create(
        repair_order=order, template_name=template.name, technician=by, started_at=at
    )
    items = InspectionItem.objects.bulk_create(
        InspectionItem(inspection=inspection, **{name: getattr(row, name) for name in FROZEN})
        for row in template.items.order_by("position", "pk")
    )
    treads = _treads(order)
    Reading.objects.bulk_create(
        Reading(
            item=item,
            position=WALK_AROUND,
            value=treads[wheel],
            unit="32nds",
            instrument="At the walk-around",
            by=order.advisor or by,
            at=order.opened_at,
        )
        for item in items
        if (wheel := item.key.removeprefix("tire-").upper()) in treads and item.key.startswith("tire-")
    )
    _step(order, f"Inspection started by {by.get_short_name()}", at)
    audit.record("inspection.started", about=inspection, by=by, at=at, template=template.name, items=len(items))
    return inspection


def _treads(order: RepairOrder) -> dict[str, Decimal]:
    write_up = WriteUp.objects.select_related("rooftop").filter(repair_order=order).first()
    return tread_readings(write_up) if write_up else {}


def _step(order: RepairOrder, step: str, at: datetime) -> None:
    """The board's next step, unless the car waits for an answer or is ready: those come first."""
    stage = RepairOrder.Stage.IN_SHOP
    RepairOrder.objects.filter(pk=order.pk, stage=stage).show_step(stage=stage, step=step, at=at)


@transaction.atomic(durable=True)
def record_item(
    *,
    item: InspectionItem,
    version: int,
    by: Staff,
    at: datetime,
    values: Mapping[str, Decimal | None] | None = None,
    unit: str = "",
    seen: str = "",
    override: str = "",
    override_reason: str = "",
    use_reading: bool = False,
    not_inspected_reason: str = "",
    marked: Sequence[str] | None = None,
    note: str | None = None,
    worth_telling: str | None = None,
) -> InspectionItem:
    """Save what was measured and seen on one item, on top of `version`, and return it as it stands.

    `values` by position, in the item's unit, or in `unit` when that is another way to measure it; None takes a reading
    away, and positions left out stay.  `seen` is the ruling on an item that is only looked at; `override` the ruling
    against the readings, which needs `override_reason` or a mark.  What is left out stays as it was; `use_reading`
    drops an override.  Raises Changed, Complete, CannotRule and NeedsReason.
    """
    inspection = Inspection.objects.select_for_update().get(pk=item.inspection_id)
    row = (
        InspectionItem.objects.select_related("inspection__repair_order")
        .prefetch_related("readings__by")
        .get(pk=item.pk)
    )
    came_back = row.returned_at is not None and row.at is not None and row.returned_at > row.at
    if inspection.completed_at and not came_back:
        raise Complete
    if row.version != version:
        raise Changed(row)
    _measure(row, values or {}, unit, by, at)
    readings = {reading.position: reading.value for reading in Reading.objects.filter(item=row)}
    marks = [mark for mark in row.marks if mark in (row.marked if marked is None else marked)]
    try:
        ruling = judge(measures_of(row), readings)
    except ValueError as problem:
        raise CannotRule("value", str(problem)) from problem
    said = seen or override
    result = settle(
        ruling,
        Result(**{field.name: getattr(row, field.name) for field in dataclasses.fields(Result)}),
        by_eye=not row.unit,
        measured=bool(set(readings) - {WALK_AROUND}),
        said=said if said in COLORS else "",
        reason=override_reason.strip(),
        marks=marks,
        unsafe_marks=row.unsafe_marks,
        not_inspected_reason=not_inspected_reason.strip(),
        use_reading=use_reading,
    )
    if inspection.completed_at and result.condition == Condition.UNCHECKED:
        raise CannotRule("rule", "This finding was sent back to you. Give it a result again.")
    fields = dataclasses.asdict(result) | {
        "marked": marks,
        "note": row.note if note is None else note.strip(),
        "worth_telling": row.worth_telling if worth_telling is None else worth_telling.strip(),
        "by": by,
        "at": at,
    }
    before = row.condition
    if not InspectionItem.objects.filter(pk=row.pk).save_result(version=version, **fields):
        raise Changed(row)
    audit.record(
        "inspection_item.recorded",
        about=row,
        by=by,
        at=at,
        before=before,
        condition=fields["condition"],
        computed=fields["computed"],
        unsafe=fields["is_unsafe"],
        reason=fields["override_reason"] or fields["not_inspected_reason"],
        readings={position: str(value) for position, value in sorted(readings.items())},
        marked=marks,
    )
    if inspection.completed_at:
        # The line that was sent back waits for this, as it waited for the whole inspection the first time.
        signals.inspection_completed.send(sender=Inspection, inspection_id=inspection.pk)
    row.refresh_from_db()
    return row


def _measure(row: InspectionItem, values: Mapping[str, Decimal | None], unit: str, by: Staff, at: datetime) -> None:
    """Write the readings.  Another unit changes the frozen threshold over, and what was read in the first one goes."""
    places = {*row.places, *beside(row)} if row.unit else set()
    if unknown := set(values) - places:
        raise CannotRule("value", f"{row} is not measured at {', '.join(sorted(unknown))}.")
    if unit and unit != row.unit and unit not in {other["unit"] for other in beside(row).values()}:
        other = instead(row).get(unit)
        if other is None:
            raise CannotRule("value", f"{row} is not measured in {unit}.")
        first = {name: str(value) if isinstance(value := getattr(row, name), Decimal) else value for name in MEASURE}
        row.others = [first | {"position": ""}, *(one for one in row.others if one != other)]
        for name in MEASURE:
            setattr(row, name, other[name])
        row.save(update_fields=[*MEASURE, "others"])
        Reading.objects.filter(item=row, position__in=row.places).delete()
    for position, value in values.items():
        measure = beside(row).get(position)
        if value is None:
            Reading.objects.filter(item=row, position=position).delete()
            continue
        Reading.objects.update_or_create(
            item=row,
            position=position,
            defaults={
                "value": value,
                "unit": read_in(measure["unit"] if measure else row.unit),
                "instrument": measure["instrument"] if measure else row.instrument,
                "by": by,
                "at": at,
            },
        )


def read_in(unit: str) -> str:
    """The unit on the instrument: a disc is read in mm, though judged by its margin over the minimum."""
    return unit.removesuffix(" over min")


@transaction.atomic(durable=True)
def mark_rest_good(*, inspection: Inspection, section: str, by: Staff, at: datetime) -> list[InspectionItem]:
    """Whatever is only looked at and still untouched in a section becomes good; returns those items.

    Measured items stay unchecked: without a reading nothing is good.  Raises NothingTouched, NothingLeft, Complete.
    """
    if Inspection.objects.select_for_update().get(pk=inspection.pk).completed_at:
        raise Complete
    items = list(InspectionItem.objects.filter(inspection=inspection, section=section).order_by("position", "pk"))
    if not any(item.version for item in items):
        raise NothingTouched
    rest = rest_of(items)
    if not rest:
        raise NothingLeft
    InspectionItem.objects.filter(pk__in=[item.pk for item in rest]).mark_good(by=by, at=at)
    audit.record(
        "inspection.rest_marked_good",
        about=inspection,
        by=by,
        at=at,
        section=section,
        items=[item.name for item in rest],
    )
    return rest


def rest_of(items: Iterable[InspectionItem]) -> list[InspectionItem]:
    """The untouched items of a section that an eye can judge."""
    return [item for item in items if item.condition == Condition.UNCHECKED and not item.unit]


@transaction.atomic(durable=True)
def complete(*, inspection: Inspection, by: Staff, at: datetime) -> Inspection:
    """Every item has a result: the findings go to the estimate.  Raises NotFinished with what is lacking, Complete."""
    row = Inspection.objects.select_for_update(of=("self",)).select_related("repair_order").get(pk=inspection.pk)
    if row.completed_at:
        raise Complete
    items = list(items_of(row))
    if lacking := blockers(items):
        raise NotFinished(lacking)
    if not Inspection.objects.filter(pk=row.pk).complete(by=by, at=at):
        raise Complete
    found = sum(item.condition in (Condition.RED, Condition.YELLOW) for item in items)
    _step(row.repair_order, "Inspection done, estimate to write" if found else "Inspection done, nothing found", at)
    audit.record("inspection.completed", about=row, by=by, at=at, findings=found, items=len(items))
    signals.inspection_completed.send(sender=Inspection, inspection_id=row.pk)
    row.refresh_from_db()
    return row


def items_of(inspection: Inspection) -> Any:
    """The items in walking order, with their readings and photos.  Three queries."""
    return (
        InspectionItem.objects.filter(inspection=inspection)
        .select_related("by")
        .prefetch_related("readings", "photos")
        .order_by("position", "pk")
    )


def blockers(items: Iterable[InspectionItem]) -> list[Blocker]:
    """What keeps the inspection open: items without a result, and findings without a measure, a photo, or why not."""
    return [Blocker(item, why) for item in items if (why := _lacks(item))]


PLACE_WORDS = {
    "LF": "left front",
    "RF": "right front",
    "LR": "left rear",
    "RR": "right rear",
    "volts": "volts",
    "placard": "placard pressure",
    "minimum": "stamped minimum",
}


def _lacks(item: InspectionItem) -> str:
    readings = readings_of(item)
    if item.condition == Condition.UNCHECKED:
        if not item.unit:
            return "not checked yet"
        ruling = judge(measures_of(item), readings)
        if ruling.note:
            return ruling.note.rstrip(".").lower()
        missing = [PLACE_WORDS.get(place, place) for place in ruling.missing if place]
        if 0 < len(missing) < len(item.places):
            return f"{' and '.join(missing)} {'reading' if len(missing) == 1 else 'readings'} missing"
        return "reading not saved"
    if item.condition in (Condition.RED, Condition.YELLOW) and not (set(readings) - {WALK_AROUND}):
        shown = any(photo.status != Photo.Status.REFUSED for photo in item.photos.all())
        if not shown and NO_PHOTO.lower() not in item.note.lower():
            return "needs a photo, or a note why there is none"
    return ""
