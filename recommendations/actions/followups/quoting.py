"""The same work again, as a new line at today's price.  It takes over what was seen, never an answer or a price."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from dealership import audit
from dealership.models import Staff
from recommendations import prices
from recommendations.actions.deciding import show_next_step
from recommendations.actions.drafting.catalog import columns_from_catalog, next_position
from recommendations.actions.followups.steps import LAST_SEEN, CannotStep, step
from recommendations.actions.presenting import CannotPresent, lock
from recommendations.actions.pricing import Written
from recommendations.languages import told_date
from recommendations.models import Advisory, AdvisoryVersion, FollowUp, FollowUpStep
from recommendations.signals import estimate_changed
from service_lane.models import OpCode, RepairOrder


class CannotQuote(CannotStep):
    """No line was drafted.  Its message says why."""


def orders_with_wanted() -> QuerySet[RepairOrder]:
    """Cars that are here and have work asked for at today's price that is not on their estimate."""
    wanted = _wanted().filter(vehicle=OuterRef("vehicle"))
    wanted = wanted.filter(advisory__repair_order__opened_at__lt=OuterRef("opened_at"))
    return RepairOrder.objects.here_now().filter(Exists(wanted))


def _wanted() -> QuerySet[FollowUp]:
    goes_on = Q(stopped_at=None) | Q(stop_reason__in=FollowUp.PAUSES)
    return FollowUp.objects.filter(goes_on, quote_asked_at__isnull=False, quote=None)


@transaction.atomic(durable=True)
def want_quote(*, follow_up: FollowUp, seen: int | None = LAST_SEEN, by: Staff, at: datetime) -> Advisory | None:
    """Quote it at today's price: at once when the car is here, and return the line; else on the next visit, and None.

    Raises CannotQuote when it has ended or was asked for already, and when the order has this line.
    """
    held = FollowUp.objects.select_related("vehicle").get(pk=follow_up.pk)
    if held.stopped_at and held.stop_reason not in FollowUp.PAUSES:
        raise CannotQuote(f"It has ended: {held.get_stop_reason_display()}.")
    if held.quote_asked_at:
        raise CannotQuote("It is to be quoted on the next visit already.")
    written = step(held, FollowUpStep.Kind.QUOTED, by=by, at=at, seen=seen, changes={"quote_asked_at": at})
    order = RepairOrder.objects.here_now().filter(vehicle=held.vehicle, rooftop=held.rooftop_id).first()
    line = _draft(held, order, by, at) if order else None
    audit.record("follow_up.quote_wanted", about=held, by=by, at=at, step=written.pk, line=line.pk if line else None)
    return line


@transaction.atomic(durable=True)
def quote(*, follow_up: FollowUp, repair_order: RepairOrder, by: Staff, at: datetime) -> Advisory:
    """Draft it on this order at today's price, and return the new line.

    Raises CannotQuote when the order is of another car or has this line already, presenting.CannotPresent when the
    order is closed.
    """
    if repair_order.vehicle_id != follow_up.vehicle_id:
        raise CannotQuote("That is another car.")
    step(follow_up, FollowUpStep.Kind.QUOTED, by=by, at=at, changes={"quote_asked_at": follow_up.quote_asked_at or at})
    line = _draft(follow_up, repair_order, by, at)
    audit.record("line.quoted_again", about=line, by=by, at=at, follow_up=follow_up.pk)
    return line


@transaction.atomic(durable=True)
def draft_wanted(*, repair_order: RepairOrder, at: datetime) -> list[Advisory]:
    """What was asked for at today's price on this car's next visit, as lines of it, and return them; safe to repeat."""
    try:
        lock(repair_order)
    except CannotPresent:
        return []
    drafted: list[Advisory] = []
    wanted = _wanted().filter(
        vehicle=repair_order.vehicle_id, advisory__repair_order__opened_at__lt=repair_order.opened_at
    )
    for follow_up in wanted.order_by("pk"):
        try:
            drafted.append(_draft(follow_up, repair_order, None, at))
        except CannotQuote:
            same = _same_on(repair_order, follow_up).first()
            FollowUp.objects.filter(pk=follow_up.pk).update(quote=same)
    if drafted:
        lines = [line.pk for line in drafted]
        audit.record("estimate.quoted_again", about=repair_order, by=None, at=at, lines=lines)
    return drafted


def _same_on(order: RepairOrder, follow_up: FollowUp) -> QuerySet[Advisory]:
    """Lines of this order about the same thing."""
    again = Q(pk__in=FollowUp.objects.filter(pk=follow_up.pk).values("quote"))
    return Advisory.objects.filter(follow_up.is_about | again, repair_order=order).live().order_by("pk")


def _draft(follow_up: FollowUp, order: RepairOrder, by: Staff | None, at: datetime) -> Advisory:
    """Inside the caller's transaction."""
    lock(order)
    if same := _same_on(order, follow_up).first():
        title = same.versions.get(number=same.version).title
        raise CannotQuote(f"{title} is on {order} already.")
    old = Advisory.objects.select_related("repair_order__rooftop").get(pk=follow_up.advisory_id)
    op = OpCode.objects.offered_at(order.rooftop).filter(code=old.op_code).exclude(code="").first()
    version = follow_up.line.version
    seen_on = prices.local_date(old.repair_order.rooftop, old.created_at)
    line = Advisory.objects.create(
        repair_order=order,
        position=next_position(order),
        op_code=old.op_code,
        nature=old.nature,
        pay_type=old.pay_type,
        ground=old.ground,
        ground_text=f"{old.ground_text.rstrip('.')}. Seen on {seen_on.day} {seen_on:%b %Y}, {old.repair_order}.",
        reason_code=old.reason_code,
        urgency=old.urgency,
        saving=old.saving,
        found_by=old.found_by,
        created_at=at,
    )
    columns = columns_from_catalog(op, _written(version, line, seen_on), order, at)
    AdvisoryVersion.objects.create(advisory=line, number=1, written_by=by, written_at=at, **columns)
    FollowUp.objects.filter(pk=follow_up.pk).update(quote=line)
    show_next_step(order, at=at)
    estimate_changed.send(sender=Advisory, repair_order_id=order.pk)
    return line


def _written(old: AdvisoryVersion, line: Advisory, seen_on: date) -> Written:
    """What was seen then, with its day; the catalog adds today's words and price."""
    spanish = dict(old.spanish)
    with translation.override("es"):
        for name, with_day in (("finding", _seen), ("measurement", _read_on)):
            if spanish.get(name):
                spanish[name] = with_day(spanish[name], seen_on)
    with translation.override("en"):
        return Written(
            title=old.title,
            finding_text=_seen(old.finding_text, seen_on),
            measurement=_read_on(old.measurement, seen_on) if old.measurement else "",
            threshold=old.threshold,
            why_it_matters=old.why_it_matters,
            if_you_wait=old.if_you_wait,
            horizon=old.horizon,
            zero_reason=old.zero_reason,
            pay_type=line.pay_type,
            spanish=spanish,
        )


def _seen(finding: str, on: date) -> str:
    return " ".join((_("Seen on {day}.").format(day=told_date(on)), finding)).strip()


def _read_on(reading: str, on: date) -> str:
    return _("{reading} on {day}").format(reading=reading, day=told_date(on))
