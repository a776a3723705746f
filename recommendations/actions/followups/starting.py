"""One follow-up for each line that was declined, put off or never answered, once its visit has closed."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from dealership import audit
from recommendations import prices
from recommendations.models import Advisory, Decision, FollowUp, FollowUpPolicy, PresentedLine
from recommendations.rules import followups as rules
from service_lane.facts import driven_so_far, worn
from service_lane.models import OpCode, RepairOrder

LOOK_BACK = timedelta(days=30)
"""How far back the sweep looks for closed visits; a visit has its follow-ups within a minute."""


def said_no_or_nothing() -> QuerySet[Advisory]:
    """Lines that were shown as they stand and are not agreed to: a no, a later, or silence.  A question is none."""
    return (
        Advisory.objects.live()
        .filter(presented_version=F("version"), repair_order__vehicle__isnull=False)
        .filter(Q(answer="") | Q(answer__in=(Advisory.Answer.DECLINED, Advisory.Answer.DEFERRED)))
    )


def closed_without_follow_up(at: datetime) -> QuerySet[RepairOrder]:
    """Orders written here that closed lately and have a line that should be followed up and is not."""
    left = said_no_or_nothing().filter(repair_order=OuterRef("pk"), follow_up=None)
    closed = RepairOrder.objects.filter(status=RepairOrder.Status.CLOSED, source=RepairOrder.Source.LANE)
    return closed.filter(Exists(left), closed_at__gte=at - LOOK_BACK)


@transaction.atomic(durable=True)
def start(*, repair_order: RepairOrder, at: datetime) -> list[FollowUp]:
    """A follow-up for each line of this closed order that wants one, and return them; safe to repeat.

    Closed again after it was opened again: a follow-up nobody has touched is worked out anew.  An order that is not
    closed yields nothing.
    """
    order = RepairOrder.objects.select_for_update(no_key=True).select_related("rooftop").get(pk=repair_order.pk)
    if order.status != RepairOrder.Status.CLOSED or order.closed_at is None or order.advisor_id is None:
        return []
    lines = list(said_no_or_nothing().filter(repair_order=order).select_related("finding").order_by("position", "pk"))
    if not lines:
        return []
    last_shown = PresentedLine.objects.filter(advisory__in=lines, version__number=F("advisory__version")).order_by("pk")
    shown = {line.advisory_id: line for line in last_shown}
    decisions = Decision.objects.in_bulk([line.last_decision_id for line in lines if line.last_decision_id])
    policy = FollowUpPolicy.objects.of(order.rooftop)
    started: list[FollowUp] = []
    driven = rules.driven(
        driven_so_far(order.vehicle_id, order.rooftop.zone), usual=policy.miles_a_year, source=policy.miles_source
    )
    for line in lines:
        decision = decisions.get(line.last_decision_id) if line.answer else None
        fields = _fields(order, line, shown[line.pk], decision, policy, driven)
        follow_up, is_new = FollowUp.objects.get_or_create(advisory=line, defaults=fields | {"created_at": at})
        if not is_new:
            FollowUp.objects.filter(pk=follow_up.pk).exclude(steps__by__isnull=False).update(**fields)
        else:
            started.append(follow_up)
    if started:
        audit.record("order.followed_up", about=order, by=None, at=at, lines=[one.advisory_id for one in started])
    return started


def _fields(
    order: RepairOrder,
    line: Advisory,
    shown: PresentedLine,
    decision: Decision | None,
    policy: FollowUpPolicy,
    driven: rules.Driven,
) -> dict[str, Any]:
    assert order.closed_at is not None
    due = rules.due(
        prices.local_date(order.rooftop, order.closed_at),
        timing=policy.timing,
        driven=driven,
        is_red=line.urgency == Advisory.Urgency.NOW,
        until_date=decision.until_date if decision else None,
        until_miles=decision.until_miles if decision else None,
        odometer=order.odometer_out or order.odometer_in,
        worn_to=worn_to(line),
    )
    return {
        "line": shown,
        "decision": decision,
        "rooftop": order.rooftop,
        "customer_id": order.customer_id,
        "vehicle_id": order.vehicle_id,
        "owner_id": order.advisor_id,
        "kind": line.answer or FollowUp.Kind.SILENT,
        "is_safety": line.nature == OpCode.Nature.SAFETY,
        "op_code": line.op_code,
        "item_key": line.finding.key if line.finding else "",
        "due_date": due.on,
        "due_miles": due.miles,
        "due_basis": due.basis,
        "due_why": due.why,
        "next_date": due.on,
    }


def worn_to(line: Advisory) -> rules.WornTo | None:
    """How far the part of this line has to go by its own readings; None when it has fewer than two visits of them."""
    item = line.finding
    if item is None or item.red_to is None or not item.lower_is_worse:
        return None
    pair = worn(item)
    return rules.worn_to(*pair, item.red_to, unit=item.unit) if pair else None
