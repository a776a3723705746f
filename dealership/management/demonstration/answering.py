"""What the demonstration's customers are shown and say; the work, the end of it, and the question about sales."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from dealership.management.demonstration.lane import (
    NEEDS_ANSWER,
    Visit,
)
from dealership.management.demonstration.stage import Stage
from dealership.models import Staff
from recommendations import estimate
from recommendations.actions import (
    deciding,
    handing_over,
    invoicing,
    links,
    presenting,
    pricing,
    working,
)
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, CustomerLink, Presentation
from sales_handoff import minefield
from sales_handoff.actions import asking, meeting, owning, wanting, weighing
from sales_handoff.models import Ask, Handoff
from service_lane.actions import orders
from service_lane.models import RepairOrder


def show(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    """Price what waits for a price, and show every line the way this visit says."""
    if not visit.shown_by:
        return
    by, at = stage.staff[visit.advisor], stage.ago(max(visit.opened - 60, 6))
    _complete_prices(order, by, at)
    _write_unusual(visit, order, by, at)
    lines = [line.advisory for line in estimate.load(order, at=at).showable]
    if not lines:
        return
    if visit.shown_by == "link":
        links.send(
            repair_order=order,
            advisories=lines,
            address=lambda token: f"{stage.address}/v/{token}/",
            by=by,
            at=at,
        )
        if visit.opened_link:
            link = CustomerLink.objects.select_related("repair_order__rooftop").filter(repair_order=order).latest("pk")
            links.mark_opened(link=link, at=at + timedelta(minutes=3))
        return
    presenting.present(
        repair_order=order,
        advisories=lines,
        channel=visit.shown_by,
        to_name=order.contact_name,
        to_contact=order.contact_value if visit.shown_by == "phone" else "",
        by=by,
        at=at,
    )


def _complete_prices(order: RepairOrder, by: Staff, at: datetime) -> None:
    """Lines that lack a word or a price are written again with what the catalog says of their operation."""
    for line in estimate.load(order, at=at).held:
        content = pricing.content_of(line.version, line.advisory.pay_type)
        pricing.write_version(advisory=line.advisory, content=content, by=by, at=at)


def _write_unusual(visit: Visit, order: RepairOrder, by: Staff, at: datetime) -> None:
    """Lines that are sent out, have parts that are not new, or are under warranty; and old parts that are asked for."""
    if not visit.unusual:
        return
    for line in estimate.load(order, at=at).lines:
        told = visit.unusual.get(line.advisory.op_code)
        if told is None:
            continue
        content = pricing.content_of(line.version, line.advisory.pay_type)
        content = replace(
            content,
            sublet_to=told.get("sublet_to", ""),
            parts=tuple(replace(part, state=told.get("state", part.state)) for part in content.parts),
            zero_reason=told.get("zero_reason", ""),
            pay_type="W" if "zero_reason" in told else content.pay_type,
        )
        pricing.write_version(advisory=line.advisory, content=content, by=by, at=at)
    handing_over.choose_parts(repair_order=order, wants_back=True, by=by, at=at)


def answer(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    if not visit.answers:
        return
    shown = Presentation.objects.filter(repair_order=order).exclude(channel=Presentation.Channel.WRITE_UP).latest("pk")
    chosen = {
        line.advisory_id: visit.answers[line.advisory.op_code]
        for line in shown.lines.select_related("advisory")
        if line.advisory.op_code in visit.answers
    }
    decide(stage, visit, order, shown, chosen)


def decide(stage: Stage, visit: Visit, order: RepairOrder, shown: Presentation, chosen: Mapping[int, str]) -> None:
    by_link = shown.channel == Presentation.Channel.LINK
    deciding.decide(
        presentation=shown,
        answers=[
            Answered(
                line.pk,
                chosen[line.advisory_id],
                until_miles=(order.odometer_in or 0) + 3_000 if chosen[line.advisory_id] == "deferred" else None,
                question=visit.question if chosen[line.advisory_id] == Advisory.Answer.NEEDS_INFO else "",
            )
            for line in shown.lines.all()
            if line.advisory_id in chosen
        ],
        who_name=order.contact_name,
        channel=shown.channel,
        contact_used=order.contact_value if shown.channel != Presentation.Channel.COUNTER else "",
        reason="Found at the inspection." if shown.channel == Presentation.Channel.PHONE else "",
        by=None if by_link else stage.staff[visit.advisor],
        at=shown.at + timedelta(minutes=min(3 + 2 * len(visit.last_name), 18)),  # before work on it starts
    )


def _approved(order: RepairOrder) -> Iterable[Advisory]:
    return Advisory.objects.filter(repair_order=order).approved().select_related("repair_order__rooftop")


def work(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    if not visit.work:
        return
    by = stage.staff[visit.technician]
    for line in _approved(order):
        working.start(advisory=line, by=by, at=stage.ago(max(visit.opened - 80, visit.done + 1)))
        if visit.work == "done":
            working.finish(advisory=line, by=by, at=stage.ago(visit.done))


def get_ready(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    by, at = stage.staff[visit.advisor], stage.ago(visit.done - 1)
    if list(_approved(order)):
        invoicing.invoice(repair_order=order, odometer_out=(order.odometer_in or 0) + 3, by=by, at=at)
    order.refresh_from_db()
    if order.stage != RepairOrder.Stage.READY:
        orders.make_ready(repair_order=order, by=by, at=at)
    if visit.told:
        orders.tell_ready(repair_order=order, by=by, at=stage.ago(visit.done - 2))


def ask_about_sales(stage: Stage, visit: Visit, order: RepairOrder) -> None:
    """Weigh the repair against the car, and record what the customer said when they were asked."""
    if visit.stage != NEEDS_ANSWER:
        return
    weighing.evaluate(repair_order=order, at=stage.ago(20))
    if visit.payment:
        wanting.wish(
            repair_order=order, payment=Decimal(visit.payment), by=stage.staff[visit.advisor], at=stage.ago(18)
        )
    if not visit.says_yes:
        return
    said = asking.ask(
        repair_order=order,
        answer=Ask.Answer.YES,
        words=visit.says_yes,
        where=visit.where,
        by=stage.staff[visit.advisor],
        at=stage.ago(visit.asked),
    )
    handoff = asking.queue(ask=said, at=stage.ago(visit.asked))
    owning.escalate(handoff=handoff, at=stage.now)
    if visit.reassigned:
        _reassign(stage, handoff, visit.reassigned)


def _reassign(stage: Stage, handoff: Handoff, reason: str) -> None:
    """Jean claims it; then Paul, who is told nobody can come, takes it himself."""
    jean, paul, at = stage.staff["jean"], stage.staff["paul"], stage.ago(4)
    facts = minefield.sha256(minefield.facts(handoff.customer, at))
    meeting.read_minefield(handoff=handoff, facts_sha256=facts, by=jean, at=at)
    meeting.claim(handoff=handoff, by=jean, at=at)
    owning.reassign(handoff=handoff, to=paul, reason=reason, by=paul, at=stage.ago(1))
