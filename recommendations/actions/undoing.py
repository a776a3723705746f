"""Taking back what staff did a moment ago: answers they wrote down, work begun or finished, an order closed.

Within ten seconds, and only while nobody built on it.  What was done stays in the history; that it was taken back is
added to it.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from dealership import audit
from dealership.models import Staff
from dealership.undo import UNDO_FOR
from recommendations.actions import record
from recommendations.actions.deciding import show_next_step
from recommendations.actions.presenting import lock
from recommendations.models import Advisory, Decision, Invoice, Presentation, RecordEntry, TakenBack
from recommendations.signals import decision_recorded, estimate_changed
from service_lane.models import RepairOrder


class TooLate(ValueError):
    """It stays as it is.  The message says why, and what to do instead."""


@transaction.atomic(durable=True)
def take_back_answers(*, decision: Decision, by: Staff, at: datetime) -> list[Decision]:
    """Take back every answer that was written down together with this one, and return them.

    Each line is as it was before: open, or with the earlier answer that counted.  All of them or none.  Raises TooLate
    after ten seconds, for an answer the customer gave on their own page, once work has started, and once another answer
    came in; presenting.CannotPresent when the order is closed.
    """
    if decision.by_id is None:
        raise TooLate("The customer answered this on their own page. They can change it there until work starts.")
    presentation = decision.line.presentation
    order = presentation.repair_order
    lock(order)
    if at - decision.at > UNDO_FOR:
        raise TooLate("The ten seconds are over. To change an answer, record a new one.")
    together = list(
        Decision.objects.filter(line__presentation=presentation, by=decision.by_id, at=decision.at)
        .select_related("advisory", "line__version")
        .order_by("pk")
    )
    taken: list[tuple[TakenBack, int | None]] = []
    for one in together:
        earlier, answer, version = _before(one)
        if not Advisory.objects.filter(pk=one.advisory_id).take_back_answer(
            decision=one.pk, earlier=earlier, answer=answer, version=version
        ):
            title = one.line.snapshot["title"]
            raise TooLate(f"{title}: work has started or another answer counts by now. Record a new answer.")
        taken.append((TakenBack.objects.create(decision=one, by=by, at=at), earlier))
    show_next_step(order, at=at)
    for row, earlier in taken:
        record.append(
            rooftop=order.rooftop,
            kind=RecordEntry.Kind.TAKEN_BACK,
            repair_order=order,
            row_id=row.pk,
            payload=record.taken_back_payload(row) | {"counts_again": earlier},
            at=at,
        )
    audit.record(
        "lines.answers_taken_back",
        about=presentation,
        by=by,
        at=at,
        answers={str(one.advisory_id): str(one.answer) for one in together},
    )
    decision_recorded.send(sender=Presentation, repair_order_id=order.pk)
    return together


def _before(decision: Decision) -> tuple[int | None, str, int | None]:
    """What counted before this answer: the decision, and its answer and version where it was given to this version."""
    earlier = (
        Decision.objects.filter(advisory=decision.advisory_id, pk__lt=decision.pk, taken_back=None)
        .select_related("line__version")
        .order_by("-pk")
        .first()
    )
    if earlier is None:
        return None, "", None
    if earlier.line.version.number != decision.line.version.number:
        return earlier.pk, "", None
    return earlier.pk, earlier.answer, earlier.line.version.number


@transaction.atomic(durable=True)
def undo_start(*, advisory: Advisory, by: Staff, at: datetime) -> Advisory:
    """Started → not started, and return the line; the chain keeps that it was started, and that this was undone.

    Raises TooLate after ten seconds and when it is not being worked on, presenting.CannotPresent when the order is
    closed.
    """
    order = advisory.repair_order
    lock(order)
    if not Advisory.objects.filter(pk=advisory.pk).undo_start(since=at - UNDO_FOR):
        raise TooLate("The ten seconds are over. Work on this line has started.")
    advisory.refresh_from_db()
    show_next_step(order, at=at)
    record.append(
        rooftop=order.rooftop,
        kind=RecordEntry.Kind.START_UNDONE,
        repair_order=order,
        row_id=advisory.pk,
        payload={"version": advisory.version, "by": by.pk},
        at=at,
    )
    audit.record("work.start_undone", about=advisory, by=by, at=at, version=advisory.version)
    estimate_changed.send(sender=Advisory, repair_order_id=order.pk)
    return advisory


@transaction.atomic(durable=True)
def undo_finish(*, advisory: Advisory, by: Staff, at: datetime) -> Advisory:
    """Done → started, and return the line.

    Raises TooLate after ten seconds, once the bill is made or the customer was told that the car is ready;
    presenting.CannotPresent when the order is closed.
    """
    order = advisory.repair_order
    lock(order)
    if Invoice.objects.filter(repair_order=order).exists():
        raise TooLate("The bill is made already, so this stays done.")
    if RepairOrder.objects.filter(pk=order.pk, told_at__gte=advisory.work_done_at or at).exists():
        raise TooLate("The customer was told that the car is ready, so this stays done.")
    if not Advisory.objects.filter(pk=advisory.pk).undo_finish(since=at - UNDO_FOR):
        raise TooLate("The ten seconds are over. This line stays done.")
    advisory.refresh_from_db()
    show_next_step(order, at=at)
    audit.record("work.finish_undone", about=advisory, by=by, at=at)
    estimate_changed.send(sender=Advisory, repair_order_id=order.pk)
    return advisory


@transaction.atomic(durable=True)
def reopen(*, repair_order: RepairOrder, by: Staff, at: datetime) -> None:
    """Closed → open, as if it had not been closed; the chain keeps when it was closed and that this was undone.

    Raises TooLate after ten seconds, when it is not closed, and when the car is here on another order by now.
    """
    order = RepairOrder.objects.select_for_update(no_key=True).get(pk=repair_order.pk)
    closed_at = order.closed_at
    try:
        with transaction.atomic():
            is_open = RepairOrder.objects.filter(pk=order.pk).reopen(since=at - UNDO_FOR)
    except IntegrityError as twice:
        raise TooLate("This car is here on another repair order by now, so this one stays closed.") from twice
    if not is_open:
        raise TooLate("The ten seconds are over. A closed repair order stays closed: open a new one.")
    record.append(
        rooftop=order.rooftop,
        kind=RecordEntry.Kind.REOPENED,
        repair_order=order,
        row_id=order.pk,
        payload={"closed_at": closed_at, "by": by.pk},
        at=at,
    )
    audit.record("repair_order.reopened", about=order, by=by, at=at, odometer_out=order.odometer_out)
    estimate_changed.send(sender=RepairOrder, repair_order_id=order.pk)
