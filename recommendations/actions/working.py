"""Work on a line: it starts on the customer's yes to exactly this version, and not before."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from dealership import audit
from dealership.models import Staff
from recommendations import authority, prices
from recommendations.actions import record
from recommendations.actions.deciding import show_next_step
from recommendations.actions.presenting import lock
from recommendations.models import Advisory, AdvisoryVersion, Invoice, RecordEntry
from recommendations.signals import estimate_changed
from service_lane.models import RepairOrder
from service_lane.rules import charge_refusal


class CannotWork(ValueError):
    """The work may not start, or is not there to finish.  Its message says why."""


class NotApproved(CannotWork):
    """There is no unexpired yes of the customer to this version."""


class BeyondAuthorization(CannotWork):
    """The total would pass what the customer authorized and the law allows above it."""


@transaction.atomic(durable=True)
def start(*, advisory: Advisory, by: Staff, at: datetime) -> Advisory:
    """Not started → started, and return the line.

    Raises NotApproved without an approved, unexpired answer to the current version, BeyondAuthorization when the work
    begun and this would pass the authorized total by more than the policy in force allows, CannotWork when somebody has
    started it or it carries a general fee the law in force refuses, and presenting.CannotPresent when the order is
    closed.
    """
    order = advisory.repair_order
    lock(order)
    if Invoice.objects.filter(repair_order=order).exists():
        raise CannotWork("The bill is made already. Open a new repair order for more work.")
    today = prices.local_date(order.rooftop, at)
    if not Advisory.objects.filter(pk=advisory.pk).start_work(by=by, at=at, today=today):
        raise _why_not(Advisory.objects.get(pk=advisory.pk))
    ruling = _refuse_beyond_authority(order, at)
    advisory.refresh_from_db()
    _refuse_general_fee(advisory, order, at)
    show_next_step(order, at=at)
    record.append(
        rooftop=order.rooftop,
        kind=RecordEntry.Kind.WORK_STARTED,
        repair_order=order,
        row_id=advisory.pk,
        payload={"version": advisory.version, "decision": advisory.last_decision_id, "by": by.pk}
        | record.policy_payload(ruling.policy),
        at=at,
    )
    audit.record("work.started", about=advisory, by=by, at=at, version=advisory.version)
    estimate_changed.send(sender=Advisory, repair_order_id=order.pk)
    return advisory


@transaction.atomic(durable=True)
def finish(*, advisory: Advisory, by: Staff, at: datetime) -> Advisory:
    """Started → done, and return the line.  The last agreed job done makes the order ready on the board.

    Raises CannotWork when it is not being worked on.
    """
    order = advisory.repair_order
    lock(order)
    if not Advisory.objects.filter(pk=advisory.pk).finish_work(at=at):
        raise CannotWork("Nobody is working on this line. Start it first.")
    advisory.refresh_from_db()
    show_next_step(order, at=at)
    audit.record("work.finished", about=advisory, by=by, at=at)
    estimate_changed.send(sender=Advisory, repair_order_id=order.pk)
    return advisory


def _refuse_beyond_authority(order: RepairOrder, at: datetime) -> authority.Ruling:
    """Promise 5: what is begun stays within what was authorized."""
    current = AdvisoryVersion.objects.filter(advisory__repair_order=order, number=F("advisory__version"))
    begun = current.exclude(advisory__work=Advisory.Work.NOT_STARTED)
    ruling = authority.ruling(order, begun.aggregate(sum=Sum("total"))["sum"] or prices.ZERO, at=at)
    if not ruling.allowed:
        raise BeyondAuthorization(ruling.reason)
    return ruling


def _refuse_general_fee(advisory: Advisory, order: RepairOrder, at: datetime) -> None:
    """What was signed at write-up comes from the catalog and passed no sheet: its charges are read here."""
    rule = prices.fee_rule(order.rooftop, at)
    for charge in prices.charges_of(advisory.versions.get(number=advisory.version)):
        if refusal := charge_refusal(charge, rule):
            raise CannotWork(f"{refusal} Write the line anew, and ask the customer again.")


def _why_not(advisory: Advisory) -> CannotWork:
    if advisory.work != Advisory.Work.NOT_STARTED:
        return CannotWork("Somebody has started this already.")
    if advisory.answer == Advisory.Answer.APPROVED and advisory.valid_until:
        day = f"{advisory.valid_until.day} {advisory.valid_until:%b}"
        return NotApproved(f"The customer's yes held until {day}. Show the line again with today's price.")
    if advisory.answer:
        return NotApproved(f"The customer answered: {advisory.get_answer_display().lower()}. Work cannot start.")
    if advisory.presented_version and advisory.presented_version != advisory.version:
        return NotApproved("The line changed after the customer saw it. They must answer again before work starts.")
    return NotApproved("The customer has not said yes to this line. Work cannot start.")
