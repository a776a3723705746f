"""What an evaluation says, put on the customer's own page by their advisor, and taken off again."""

from datetime import datetime

from django.db import transaction

from dealership import audit
from dealership.models import Staff
from sales_handoff.models import Evaluation, SheetShown
from service_lane.models import RepairOrder


class CannotShow(ValueError):
    """Nothing changed on the customer's page.  Its message says why."""


@transaction.atomic(durable=True)
def show_sheet(*, evaluation: Evaluation, by: Staff, at: datetime) -> SheetShown:
    """The customer's page leads to this evaluation's sheet from now on, exactly as stored; return that it was shown.

    Raises CannotShow when the car has left, when the order was weighed again since, and when this one is shown already.
    """
    order = _locked(evaluation.repair_order_id)
    if Evaluation.objects.latest_of(order) != evaluation:
        raise CannotShow("It was weighed again since. Read the new one first.")
    if (shown := shown_on(order)) and shown.evaluation_id == evaluation.pk:
        raise CannotShow("They can see it already.")
    return _write(order, evaluation, is_shown=True, by=by, at=at)


@transaction.atomic(durable=True)
def take_sheet_off(*, repair_order: RepairOrder, by: Staff, at: datetime) -> SheetShown:
    """The customer's page no longer leads to a sheet; return that.  Raises CannotShow when none was on it."""
    order = _locked(repair_order.pk)
    shown = shown_on(order)
    if shown is None:
        raise CannotShow("Their page shows no sheet.")
    return _write(order, shown.evaluation, is_shown=False, by=by, at=at)


def shown_on(repair_order: RepairOrder) -> SheetShown | None:
    """What the customer's page leads to now: the newest row, unless it took the sheet off."""
    newest = (
        SheetShown.objects.filter(repair_order=repair_order)
        .select_related("evaluation", "by")
        .order_by("-at", "-pk")
        .first()
    )
    return newest if newest and newest.is_shown else None


def _locked(pk: int) -> RepairOrder:
    order = RepairOrder.objects.select_for_update(no_key=True).get(pk=pk)
    if order.status != RepairOrder.Status.OPEN:
        raise CannotShow("The repair order is closed. The car has left.")
    return order


def _write(order: RepairOrder, evaluation: Evaluation, *, is_shown: bool, by: Staff, at: datetime) -> SheetShown:
    row = SheetShown.objects.create(repair_order=order, evaluation=evaluation, is_shown=is_shown, by=by, at=at)
    RepairOrder.objects.filter(pk=order.pk).show_worth(at=at if is_shown else None)
    audit.record("sheet.shown" if is_shown else "sheet.taken_off", about=evaluation, by=by, at=at)
    return row
