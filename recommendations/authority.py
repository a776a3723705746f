"""The one question of promise 5, asked before work is added, changed, begun and billed.

Is this within what the customer authorized, under the law in force at this rooftop that day?
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet, Sum

from recommendations import prices
from recommendations.models import Advisory, AuthorizationPolicy, Decision, EstimateWaiver, Presentation
from recommendations.rules import AuthorizationPolicy as ToleranceRule
from recommendations.rules import EstimateRule, Told, authority, estimate_refusal
from service_lane.models import OpCode, RepairOrder
from service_lane.rules.pricing import dollars


@dataclass(frozen=True)
class Ruling:
    """Whether it may be, the most that may be charged in dollars, why in one sentence, and the law it rests on."""

    allowed: bool
    limit: Decimal
    reason: str
    policy: AuthorizationPolicy


def in_force(repair_order: RepairOrder, at: datetime) -> AuthorizationPolicy:
    """The policy of the rooftop's jurisdiction on its own date at that moment."""
    rooftop = repair_order.rooftop
    return AuthorizationPolicy.objects.in_force(rooftop.jurisdiction, prices.local_date(rooftop, at))


def ruling(repair_order: RepairOrder, total: Decimal, *, at: datetime) -> Ruling:
    """May work for `total` dollars be begun or billed, on the yeses that count and the law in force?"""
    policy = in_force(repair_order, at)
    rule = ToleranceRule(policy.tolerance_amount, policy.tolerance_percent, policy.tolerance_cap, policy.source)
    answers = Advisory.objects.filter(repair_order=repair_order).approved().values("last_decision_id")
    agreed = Decision.objects.filter(pk__in=answers).aggregate(sum=Sum("additional_cost"))["sum"]
    found = authority(rule, agreed or prices.ZERO, total)
    if found.allowed and (refusal := _unless_in_writing(repair_order, policy, total)):
        return Ruling(False, found.limit, refusal, policy)
    return Ruling(found.allowed, found.limit, found.reason, policy)


def ruling_on_extra_work(repair_order: RepairOrder, total: Decimal, *, at: datetime) -> Ruling:
    """May the customer's yes make the order `total` dollars in all, told as they were told?"""
    policy = in_force(repair_order, at)
    refusal = _unless_in_writing(repair_order, policy, total)
    return Ruling(not refusal, total, refusal, policy)


def ruling_on_change(advisory: Advisory, *, at: datetime) -> Ruling | None:
    """May the price, the parts or the method of a line the customer said yes to be changed?  None without a yes.

    Until work starts they may, and then that yes does not cover the line any more; after that they may not, however
    little the change adds: it is the customer who authorizes another method (16 CCR 3354(b)), and a tolerance is room
    in the total, not in what is done.  The limit is what they agreed to for this line.
    """
    if advisory.answer != Advisory.Answer.APPROVED or advisory.last_decision_id is None:
        return None
    yes = Decision.objects.get(pk=advisory.last_decision_id)
    policy = in_force(advisory.repair_order, at)
    began = "" if (is_open := advisory.work == Advisory.Work.NOT_STARTED) else "Work on this line has started. "
    reason = (
        f"{began}{yes.who_name} said yes to it as shown, at {dollars(yes.additional_cost)}. That yes covers no other "
        f"price, part or method: a change needs a new yes before the work ({policy.source.rstrip('.')})."
    )
    return Ruling(is_open, yes.additional_cost, reason, policy)


def may_be_waived(repair_order: RepairOrder, at: datetime) -> bool:
    """Whether the customer may still sign that they want no written estimate."""
    return in_force(repair_order, at).waiver_allowed and not _waivers(repair_order).exists()


def kept_until(repair_order: RepairOrder, at: datetime) -> date:
    """Until when the papers of this order are kept: the law's years from the day it ended, or from today."""
    policy = in_force(repair_order, at)
    day = prices.local_date(repair_order.rooftop, repair_order.closed_at or repair_order.voided_at or at)
    years = day.year + policy.retention_years
    return day.replace(year=years) if (day.month, day.day) != (2, 29) else date(years, 3, 1)


def _waivers(order: RepairOrder) -> QuerySet[EstimateWaiver]:
    return EstimateWaiver.objects.filter(repair_order=order)


WRITTEN = (Presentation.Channel.COUNTER, Presentation.Channel.LINK)
"""Showings the customer can read.  A call is none; what they signed at write-up is looked at by how they signed."""


def _unless_in_writing(order: RepairOrder, policy: AuthorizationPolicy, total: Decimal) -> str:
    """Why a written estimate must come first, or "".  What a signature settles is asked of nobody else."""
    if order.signed_at and order.signed_how != RepairOrder.SignedHow.PHONE:
        return ""
    rule = EstimateRule(
        policy.estimate_above, policy.maintenance_excepted, policy.waiver_allowed, policy.estimate_source
    )
    others = Advisory.objects.filter(repair_order=order).approved().exclude(nature=OpCode.Nature.MAINTENANCE)
    told = Told(
        in_writing=Presentation.objects.filter(repair_order=order, channel__in=WRITTEN).exists(),
        was_left=order.stay == RepairOrder.Stay.DROPS,
        only_maintenance=not others.exists(),
        waived_up_to=_waivers(order).values_list("most", flat=True).first(),
    )
    return estimate_refusal(rule, told, total)
