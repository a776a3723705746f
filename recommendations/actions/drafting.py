"""Where lines come from: findings, what the customer asked for, and lines added by hand, each with its ground."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from dealership import audit
from dealership.models import Staff
from dealership.money import cents
from recommendations import estimate
from recommendations.actions import record
from recommendations.actions.deciding import keep, show_next_step
from recommendations.actions.presenting import CannotPresent, lock, write_showing
from recommendations.actions.pricing import Written, columns_of
from recommendations.models import Advisory, AdvisoryVersion, Decision, Presentation, PresentedLine, RecordEntry
from recommendations.rules import Ground, Saving, missing_ground
from recommendations.signals import estimate_changed
from service_lane.models import (
    Condition,
    Inspection,
    InspectionItem,
    OpCode,
    RepairOrder,
    RequestedService,
    ScheduleRow,
    ServiceLine,
)
from service_lane.rules import Threshold, describe, reason_code, wheels_condition


class Ungrounded(ValueError):
    """A line without a ground is not written.  Its message says what is missing."""


# --- findings --------------------------------------------------------------------------------------------------------


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
            told = ("finding_text", "measurement", "threshold", "valid_until")
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


def next_position(order: RepairOrder) -> int:
    return (Advisory.objects.filter(repair_order=order).aggregate(last=Max("position"))["last"] or 0) + 1


def columns_from_catalog(op: OpCode | None, written: Written, order: RepairOrder, at: datetime) -> dict[str, Any]:
    """A first version: the catalog's hours, kit and words around what was seen.

    When the operation is unknown, or asks the parts desk, the facts stay missing and are named on the page.
    """
    if op is None:
        columns = columns_of(written, order.rooftop, at)
        nothing = {"labor": Decimal(0), "parts_total": Decimal(0), "tax": Decimal(0), "total": Decimal(0)}
        return columns | nothing | {"labor_rate": Decimal(0)}
    return columns_of(
        Written(
            title=written.title if not op.name else op.name,
            finding_text=written.finding_text,
            measurement=written.measurement,
            threshold=written.threshold,
            why_it_matters=" ".join(text for text in (op.what_it_is, op.why_it_matters) if text),
            if_you_wait=op.if_you_wait,
            horizon=op.horizon,
            labor_hours=op.labor_hours,
            flat_price=op.flat_price,
            parts=estimate.parts_of(op.parts_kit),
            zero_reason=written.zero_reason,
            pay_type=written.pay_type,
        ),
        order.rooftop,
        at,
    )


# --- what was seen, in words -----------------------------------------------------------------------------------------

PLACES = {
    "LF": "left front",
    "RF": "right front",
    "LR": "left rear",
    "RR": "right rear",
    "inner": "inner edge",
    "outer": "outer edge",
    "middle": "middle",
}


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
    told = [f"We measured {measurement}."] if measurement else []
    if limit := _limit(item):
        told += [limit] if measurement else []
    finding = " ".join([*told, *([said] if said else [])])
    failed = said or item.override_reason or "failed the check"
    rests_on = f"{measurement}. {threshold}" if by_reading else failed
    kind = "missing" if re.search(r"\bmissing\b", note, re.IGNORECASE) and is_red else ""
    return Seen(
        ground=Advisory.Ground.READING if by_reading else Advisory.Ground.FAILED_CHECK,
        ground_text=f"{item.name}: {rests_on}".strip(),
        reason_code=reason_code("red" if is_red else "yellow", measured=by_reading, kind=kind),
        urgency=Advisory.Urgency.NOW if is_red else Advisory.Urgency.CAN_WAIT,
        written=Written(title=item.name, finding_text=finding, measurement=measurement, threshold=threshold),
    )


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
    where = PLACES.get(at, at)
    reference = readings.get(threshold.reference) if threshold.reference else None
    words = spoken(readings[at], item.unit)
    if reference is not None:
        words += f" where {spoken(reference, item.unit)} is the {threshold.reference}"
    return f"{words}, {where}" if where else words, describe(threshold)


def spoken(value: Decimal, unit: str) -> str:
    """A reading as people say it: "2 mm", "3/32 in", "65 %"."""
    number = f"{value.normalize():f}"
    return f"{number}/32 in" if unit == "32nds" else f"{number} {unit.removesuffix(' over min')}".strip()


def _limit(item: InspectionItem) -> str:
    """The bound the reading passed, in one short sentence for the customer."""
    if item.unit in ("mm over min", "psi"):
        return ""
    if item.condition == Condition.RED and item.red_to is not None:
        return f"The limit is {spoken(item.red_to, item.unit)}."
    if item.condition == Condition.YELLOW and item.green_from is not None:
        return f"Good is {spoken(item.green_from, item.unit)} or {'more' if item.lower_is_worse else 'less'}."
    return ""


# --- what the customer asked for -------------------------------------------------------------------------------------


def requests_without_line() -> QuerySet[RequestedService]:
    """What was signed for at write-up on open orders and has no line yet."""
    return RequestedService.objects.filter(
        ~Exists(Advisory.objects.filter(request=OuterRef("pk"))),
        repair_order__status=RepairOrder.Status.OPEN,
        repair_order__source=RepairOrder.Source.LANE,
    )


@transaction.atomic(durable=True)
def draft_requested(*, repair_order: RepairOrder, at: datetime) -> list[Advisory]:
    """A line for each service the customer signed for, as they signed, already approved; return the new ones.

    The signature is the showing and the yes: one Presentation of channel write_up, and one Decision a line, dated when
    they signed.  Safe to repeat: a request has one line.
    """
    order = repair_order
    try:
        lock(order)
    except CannotPresent:
        return []
    asked = list(requests_without_line().filter(repair_order=order).select_related("concern").order_by("pk"))
    if not asked or order.advisor is None or order.signed_at is None:
        return []
    catalog = {op.code: op for op in OpCode.objects.offered_at(order.rooftop)}
    place = next_position(order)
    lines = [
        _signed_line(order, service, catalog.get(service.op_code), place + index, at)
        for index, service in enumerate(asked)
    ]
    total = sum((line.version.total for line in lines), Decimal("0.00"))
    before = estimate.authorized_total(order)
    for line in lines:
        line.revised_total = before + total
    presentation = Presentation(
        repair_order=order,
        channel=Presentation.Channel.WRITE_UP,
        authorized_before=before,
        revised_total=before + total,
        to_name=order.signed_name,
        to_contact=order.contact_value,
        by=order.advisor,
        at=order.signed_at,
    )
    shown = write_showing(presentation, lines)
    decisions = _agree(presentation, shown, before)
    _record_signed(order, presentation, shown, decisions, at)
    audit.record(
        "requests.drafted",
        about=order,
        by=None,
        at=at,
        signed_by=order.signed_name,
        lines=[line.advisory.pk for line in lines],
    )
    estimate_changed.send(sender=Advisory, repair_order_id=order.pk)
    return [line.advisory for line in lines]


def _signed_line(
    order: RepairOrder, service: RequestedService, op: OpCode | None, position: int, at: datetime
) -> estimate.Line:
    advisory = Advisory.objects.create(
        repair_order=order,
        position=position,
        request=service,
        op_code=service.op_code,
        nature=service.nature,
        ground=Advisory.Ground.REQUEST,
        ground_text=service.concern.words if service.concern else f"Asked for at write-up: {service.name}",
        reason_code=Advisory.ReasonCode.REQUEST,
        urgency=Advisory.Urgency.AS_ASKED,
        found_by=order.advisor,
        created_at=at,
    )
    assert order.signed_at is not None
    rate = order.rooftop.labor_rate
    by_the_hour = cents(service.labor_hours * rate) == service.labor
    version = AdvisoryVersion.objects.create(
        advisory=advisory,
        number=1,
        title=service.name,
        finding_text="You asked for this.",
        why_it_matters=" ".join(text for text in (op.what_it_is, op.why_it_matters) if text) if op else "",
        if_you_wait=(op.if_you_wait if op else "") or "Waiting is up to you.",
        horizon=(op.horizon if op else "") or "No deadline",
        labor_hours=service.labor_hours if by_the_hour else Decimal(0),
        labor_rate=rate,
        flat_price=None if by_the_hour else service.labor,
        parts=estimate.stored_parts(estimate.parts_of(service.parts)),
        labor=service.labor,
        parts_total=service.parts_total,
        tax=service.tax,
        total=service.total,
        zero_reason="" if service.total else "No charge, as signed at write-up.",
        valid_until=estimate.valid_until(order.rooftop, order.signed_at),
        written_by=order.advisor,
        written_at=at,
    )
    return estimate.Line(advisory, version, order.rooftop, order.customer.name)


def _agree(presentation: Presentation, shown: Sequence[PresentedLine], before: Decimal) -> list[Decision]:
    decisions = []
    for line in shown:
        total = line.version.total
        before += total
        decision = Decision(
            line=line,
            advisory=line.advisory,
            answer=Advisory.Answer.APPROVED,
            who_name=presentation.to_name,
            channel=Presentation.Channel.WRITE_UP,
            contact_used=presentation.to_contact,
            additional_cost=total,
            revised_total=before,
            by=presentation.by,
            at=presentation.at,
        )
        keep(decision)
        decisions.append(decision)
    return decisions


def _record_signed(
    order: RepairOrder,
    presentation: Presentation,
    shown: list[PresentedLine],
    decisions: Sequence[Decision],
    at: datetime,
) -> None:
    record.append(
        rooftop=order.rooftop,
        kind=RecordEntry.Kind.PRESENTED,
        repair_order=order,
        row_id=presentation.pk,
        payload=record.presentation_payload(presentation, shown),
        at=at,
    )
    for decision in decisions:
        record.append(
            rooftop=order.rooftop,
            kind=RecordEntry.Kind.DECIDED,
            repair_order=order,
            row_id=decision.pk,
            payload=record.decision_payload(decision),
            at=at,
        )


# --- by hand ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ByHand:
    """A line somebody adds at the counter.

    Its ground is one of: `schedule_row`, a cited row of a schedule; `saving`, with its arithmetic; `request`, the
    customer's words; `campaign`, its number.  `worth_telling` is the technician's note it comes from, if one.
    """

    op_code: OpCode | None = None
    title: str = ""
    schedule_row: ScheduleRow | None = None
    saving: Saving | None = None
    saving_inputs: dict[str, Any] | None = None
    request: str = ""
    campaign: str = ""
    worth_telling: InspectionItem | None = None


@transaction.atomic(durable=True)
def add_line(*, repair_order: RepairOrder, line: ByHand, by: Staff, at: datetime) -> Advisory:
    """Add one line with its ground and return it.  A technician's note becomes a line only with a ground of its own.

    Raises Ungrounded, with a sentence, without exactly one ground, without a name for the line, for a schedule row of
    another operation, or for a note that has its line already; presenting.CannotPresent when the order is closed.
    """
    lock(repair_order)
    ground, code, urgency = _ground_of(line)
    if lacking := missing_ground(ground):
        raise Ungrounded(lacking.message)
    if line.op_code is None and not line.title.strip():
        raise Ungrounded("Choose an operation, or give the line a name.")
    row = line.schedule_row
    if row and line.op_code and row.op_code != line.op_code.code:
        raise Ungrounded(f"That row of the schedule is for {row.service}. Choose the row of this operation.")
    note = line.worth_telling
    if note and Advisory.objects.filter(finding=note).exists():
        raise Ungrounded(f"{note.name} has its line already.")
    assert ground is not None
    is_campaign = ground.kind == Advisory.Ground.CAMPAIGN
    cites = ground.cites if ground.saving is None else ground.saving.sentence
    advisory = Advisory.objects.create(
        repair_order=repair_order,
        position=next_position(repair_order),
        finding=note,
        op_code=line.op_code.code if line.op_code else "",
        nature=line.op_code.nature if line.op_code else OpCode.Nature.MAINTENANCE,
        pay_type=ServiceLine.PayType.WARRANTY if is_campaign else ServiceLine.PayType.CUSTOMER,
        ground=ground.kind,
        ground_text=cites,
        reason_code=code,
        urgency=urgency,
        saving=_stored_saving(ground.saving, line.saving_inputs),
        found_by=note.by if note else by,
        created_at=at,
    )
    written = Written(
        title=line.title.strip() or (line.op_code.name if line.op_code else ""),
        finding_text=" ".join(text for text in ((note.worth_telling.strip() if note else ""), _told(ground)) if text),
        zero_reason=f"The maker pays: campaign {line.campaign.strip()}." if is_campaign else "",
        pay_type=advisory.pay_type,
    )
    columns = columns_from_catalog(line.op_code, written, repair_order, at)
    if line.title.strip():
        columns["title"] = line.title.strip()
    AdvisoryVersion.objects.create(advisory=advisory, number=1, written_by=by, written_at=at, **columns)
    audit.record("line.added", about=advisory, by=by, at=at, ground=str(ground.kind), ground_text=cites)
    estimate_changed.send(sender=Advisory, repair_order_id=repair_order.pk)
    return advisory


def _ground_of(line: ByHand) -> tuple[Ground | None, str, str]:
    """The one ground named, its reason code, and how soon."""
    code, urgency = Advisory.ReasonCode, Advisory.Urgency
    named: list[tuple[Ground, str, str]] = []
    if row := line.schedule_row:
        whose = "The maker's schedule" if row.is_makers else "A general schedule, not the maker's"
        cites = f"{whose}: {row.service}, {_interval(row)}. {row.source}"
        # Only the maker's own schedule may carry the maker's reason.
        reason = code.MAINTENANCE if row.is_makers else code.EXPERIENCE
        named.append((Ground(Advisory.Ground.INTERVAL, cites), reason, urgency.CAN_WAIT))
    if line.saving:
        named.append((Ground(Advisory.Ground.SAVING, saving=line.saving), code.REQUEST, urgency.CAN_WAIT))
    if line.request.strip():
        named.append((Ground(Advisory.Ground.REQUEST, line.request.strip()), code.REQUEST, urgency.AS_ASKED))
    if line.campaign.strip():
        cites = f"Open campaign {line.campaign.strip()}"
        named.append((Ground(Advisory.Ground.CAMPAIGN, cites), code.MAINTENANCE, urgency.CAN_WAIT))
    if len(named) > 1:
        raise Ungrounded("Choose one ground. A line rests on one.")
    return named[0] if named else (None, "", "")


def _interval(row: ScheduleRow) -> str:
    parts = [f"every {row.miles:,} miles"] if row.miles else []
    parts += [f"every {row.months} months"] if row.months else []
    return " or ".join(parts) or "once"


def _told(ground: Ground) -> str:
    """The ground as the customer reads it."""
    if ground.saving:
        return ground.saving.sentence
    if ground.kind == Advisory.Ground.REQUEST:
        return f"You asked: {ground.cites}"
    return f"{ground.cites}."


def _stored_saving(saving: Saving | None, inputs: dict[str, Any] | None) -> dict[str, Any] | None:
    if saving is None:
        return None
    return record.plain(
        {
            "inputs": inputs or {},
            "amount_a_year": saving.amount_a_year,
            "unit": saving.unit,
            "dollars_a_year": saving.dollars_a_year,
            "months_to_pay_back": saving.months_to_pay_back,
            "sentence": saving.sentence,
        }
    )
