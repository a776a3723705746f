"""Lines drafted from what a technician found: one for each yellow or red finding, once."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as word

from dealership import audit
from recommendations.actions.deciding import show_next_step
from recommendations.actions.drafting.catalog import columns_from_catalog, next_position
from recommendations.actions.presenting import CannotPresent, lock
from recommendations.actions.pricing import Written
from recommendations.models import Advisory, AdvisoryVersion, FollowUp
from recommendations.signals import estimate_changed
from service_lane.models import Condition, Inspection, InspectionItem, OpCode, RepairOrder
from service_lane.rules import Threshold, describe, reason_code, wheels_condition


def findings_without_line() -> QuerySet[InspectionItem]:
    """Yellow and red findings of completed inspections on open orders that no line speaks of, or that came back."""
    lines = Advisory.objects.filter(finding=OuterRef("pk"))
    looked_again = lines.filter(returned_at__lt=OuterRef("at"))
    return (
        InspectionItem.objects.findings()
        .filter(
            inspection__completed_at__isnull=False,
            inspection__repair_order__status=RepairOrder.Status.OPEN,
        )
        .filter(~Exists(lines) | Exists(looked_again))
    )


@transaction.atomic(durable=True)
def draft_from_inspection(*, inspection: Inspection, at: datetime) -> list[Advisory]:
    """One line for each yellow or red finding, once, and return the new ones; red first, then in the car's order.

    A finding that was given back and looked at again comes back on its line.  An inspection that is not complete, or
    whose order is closed, yields nothing.  Safe to repeat: a finding has one line.
    """
    order = inspection.repair_order
    try:
        lock(order)
    except CannotPresent:
        return []
    found = list(
        findings_without_line()
        .filter(inspection=inspection)
        .select_related("by")
        .prefetch_related("readings")
        .order_by("position", "pk")
    )
    found.sort(key=lambda item: item.condition != Condition.RED)
    if not found:
        return []
    catalog = {op.code: op for op in OpCode.objects.offered_at(order.rooftop)}
    _looked_at_again(order, found, at)
    given_back = {line.finding_id: line for line in Advisory.objects.filter(finding__in=found)}
    place = next_position(order)
    drafted = []
    for item in found:
        seen = see(item)
        op = catalog.get(item.op_code)
        fields = {
            "ground": seen.ground,
            "ground_text": seen.ground_text,
            "reason_code": seen.reason_code,
            "urgency": seen.urgency,
            "found_by": item.by,
        }
        columns = columns_from_catalog(op, seen.written, order, at)
        if line := given_back.get(item.pk):
            Advisory.objects.filter(pk=line.pk).take_back()
            Advisory.objects.filter(pk=line.pk).update(**fields)
            told = ("finding_text", "measurement", "threshold", "valid_until", "spanish")
            line.versions.filter(number=line.version, presented_at=None).update(**{n: columns[n] for n in told})
        else:
            line = Advisory.objects.create(
                repair_order=order,
                position=place,
                finding=item,
                op_code=item.op_code,
                nature=op.nature if op else OpCode.Nature.SAFETY,
                created_at=at,
                **fields,
            )
            AdvisoryVersion.objects.create(advisory=line, number=1, written_at=at, **columns)
            place += 1
        drafted.append(line)
    show_next_step(order, at=at)
    audit.record(
        "estimate.drafted", about=order, by=None, at=at, inspection=inspection.pk, lines=[line.pk for line in drafted]
    )
    estimate_changed.send(sender=Advisory, repair_order_id=order.pk)
    return drafted


def _looked_at_again(order: RepairOrder, found: list[InspectionItem], at: datetime) -> None:
    """A line that quotes an earlier finding gives way to today's, while nobody has seen it."""
    keys = [item.key for item in found if item.key]
    for pk in FollowUp.objects.filter(quote__repair_order=order, item_key__in=keys).values_list("quote", flat=True):
        Advisory.objects.filter(pk=pk).take_off(at=at)


# --- what was seen, in words -----------------------------------------------------------------------------------------

PLACES = {
    "LF": word("left front"),
    "RF": word("right front"),
    "LR": word("left rear"),
    "RR": word("right rear"),
    "inner": word("inner edge"),
    "outer": word("outer edge"),
    "middle": word("middle"),
}
REFERENCES = {"minimum": word("minimum"), "placard": word("placard")}


@dataclass(frozen=True)
class Seen:
    """What a finding says for itself: its ground, its rank, and the words it starts with."""

    ground: str
    ground_text: str
    reason_code: str
    urgency: str
    written: Written


def see(item: InspectionItem) -> Seen:
    """A yellow or red finding as the start of a line.  A color the reading does not give is a failed check."""
    readings = {one.position: one.value for one in item.readings.all() if one.position in item.places}
    is_red = item.condition == Condition.RED
    by_reading = bool(readings) and item.computed == item.condition
    measurement, threshold = measured(item, readings)
    note = item.note.strip()
    said = note if note.endswith((".", "!", "?")) or not note else f"{note}."
    finding = " ".join(text for text in (_told(item, measurement), said) if text)
    failed = said or item.override_reason or "failed the check"
    rests_on = f"{measurement}. {threshold}" if by_reading else failed
    kind = "missing" if re.search(r"\bmissing\b", note, re.IGNORECASE) and is_red else ""
    return Seen(
        ground=Advisory.Ground.READING if by_reading else Advisory.Ground.FAILED_CHECK,
        ground_text=f"{item.name}: {rests_on}".strip(),
        reason_code=reason_code("red" if is_red else "yellow", measured=by_reading, kind=kind),
        urgency=Advisory.Urgency.NOW if is_red else Advisory.Urgency.CAN_WAIT,
        written=Written(
            title=item.name,
            finding_text=finding,
            measurement=measurement,
            threshold=threshold,
            spanish=_in_spanish(item, readings, said),
        ),
    )


def _told(item: InspectionItem, measurement: str) -> str:
    """What was measured, and the limit it passed, in the language that is active; "" when nothing was."""
    if not measurement:
        return ""
    told = _("We measured {reading}.").format(reading=measurement)
    return " ".join(text for text in (told, _limit(item)) if text)


def _in_spanish(item: InspectionItem, readings: dict[str, Decimal], said: str) -> dict[str, Any]:
    """The same in Spanish, from the same facts; what the technician wrote stays as they wrote it."""
    with translation.override("es"):
        measurement, threshold = measured(item, readings)
        name = _(item.name)
        told = _told(item, measurement)
    texts = {
        "title": name if name != item.name else "",
        "finding": told,
        "note": said if told else "",
        "measurement": measurement,
        "threshold": threshold,
    }
    return {key: text for key, text in texts.items() if text}


def measured(item: InspectionItem, readings: dict[str, Decimal]) -> tuple[str, str]:
    """The ruling reading and its threshold in words: "2 mm, left front" and "Green is 6 mm or more, …"."""
    if not readings or item.green_from is None:
        return "", ""
    threshold = Threshold(
        unit=item.unit,
        lower_is_worse=item.lower_is_worse,
        green_from=item.green_from,
        red_to=item.red_to,
        unsafe_to=item.unsafe_to,
        red_is_strict=item.red_is_strict,
        source=item.threshold_source,
    )
    ruling = wheels_condition(threshold, readings, tuple(item.positions))
    at = ruling.ruled_by if ruling.ruled_by in readings else next(iter(readings))
    where = _(PLACES[at]) if at in PLACES else at
    reference = readings.get(threshold.reference) if threshold.reference else None
    words = spoken(readings[at], item.unit)
    if reference is not None:
        words = _("{reading} where {limit} is the {what}").format(
            reading=words,
            limit=spoken(reference, item.unit),
            what=_(REFERENCES.get(threshold.reference, threshold.reference)),
        )
    return f"{words}, {where}" if where else words, describe(threshold, _)


def spoken(value: Decimal, unit: str) -> str:
    """A reading as people say it: "2 mm", "3/32 in", "65 %"."""
    number = f"{value.normalize():f}"
    if unit == "32nds":
        return _("{number}/32 in").format(number=number)
    unit = unit.removesuffix(" over min")
    return f"{number} {_(UNITS.get(unit, unit)) if unit else ''}".strip()


UNITS = {"% water": word("% water"), "years": word("years")}


def _limit(item: InspectionItem) -> str:
    """The bound the reading passed, in one short sentence for the customer."""
    if item.unit in ("mm over min", "psi"):
        return ""
    if item.condition == Condition.RED and item.red_to is not None:
        return _("The limit is {reading}.").format(reading=spoken(item.red_to, item.unit))
    if item.condition == Condition.YELLOW and item.green_from is not None:
        good = _("Good is {reading} or more.") if item.lower_is_worse else _("Good is {reading} or less.")
        return good.format(reading=spoken(item.green_from, item.unit))
    return ""
