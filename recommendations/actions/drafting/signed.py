"""Lines for what the customer asked for and signed at write-up: already approved, as they signed."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as word

from dealership import audit
from dealership.money import cents
from recommendations import estimate, prices
from recommendations.actions import record
from recommendations.actions.deciding import keep
from recommendations.actions.drafting.catalog import next_position, spanish_of
from recommendations.actions.naming import late_opening
from recommendations.actions.presenting import CannotPresent, lock, write_showing
from recommendations.models import Advisory, AdvisoryVersion, Decision, Presentation, PresentedLine, RecordEntry
from recommendations.signals import estimate_changed
from service_lane.models import OpCode, RepairOrder, RequestedService


def requests_without_line() -> QuerySet[RequestedService]:
    """What was signed for at write-up on open orders and has no line yet."""
    return RequestedService.objects.filter(
        ~Exists(Advisory.objects.filter(request=OuterRef("pk"))),
        repair_order__status=RepairOrder.Status.OPEN,
        repair_order__source=RepairOrder.Source.LANE,
        repair_order__signed_at__isnull=False,
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
    with audit.entering_late(late_opening(order)):
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
        finding_text=ASKED,
        why_it_matters=" ".join(text for text in (op.what_it_is, op.why_it_matters) if text) if op else "",
        if_you_wait=(op.if_you_wait if op else "") or UP_TO_YOU,
        horizon=(op.horizon if op else "") or NO_DEADLINE,
        labor_hours=service.labor_hours if by_the_hour else Decimal(0),
        labor_rate=rate,
        flat_price=None if by_the_hour else service.labor,
        parts=prices.stored_parts(prices.parts_of(service.parts)),
        labor=service.labor,
        parts_total=service.parts_total,
        tax=service.tax,
        total=service.total,
        zero_reason="" if service.total else NO_CHARGE,
        valid_until=prices.valid_until(order.rooftop, order.signed_at),
        written_by=order.advisor,
        written_at=at,
        spanish=_in_spanish(service, op),
    )
    return estimate.Line(advisory, version, order.rooftop, order.customer.name)


ASKED = word("You asked for this.")
UP_TO_YOU = word("Waiting is up to you.")
NO_DEADLINE = word("No deadline")
NO_CHARGE = word("No charge, as signed at write-up.")


def _in_spanish(service: RequestedService, op: OpCode | None) -> dict[str, Any]:
    """The same line in Spanish, as far as the catalog has it."""
    spanish = spanish_of(op) if op else {}
    if op is None or service.name != op.name:
        spanish.pop("title", None)
    with translation.override("es"):
        spanish["finding"] = _(ASKED)
        if op is None or not op.if_you_wait:
            spanish["if_you_wait"] = _(UP_TO_YOU)
        if op is None or not op.horizon:
            spanish["horizon"] = _(NO_DEADLINE)
        if not service.total:
            spanish["zero_reason"] = _(NO_CHARGE)
    return spanish


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
