"""Lines come from findings and from what was signed for, once, by task or by sweep."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from dealership.models import Entry
from recommendations import tasks
from recommendations.actions import drafting, record, returning
from recommendations.models import Advisory, Decision, Presentation
from service_lane.models import RepairOrder
from service_lane.signals import inspection_completed, repair_order_opened
from tests.cast import AT, make_cast, make_order
from tests.recommendations.lines import (
    drafted,
    make_inspection,
    make_item,
    make_op_code,
    make_request,
)

pytestmark = pytest.mark.django_db


def test_each_finding_becomes_one_priced_line_and_leaves_a_trace():
    cast = make_cast()
    order = make_order(cast)
    pads, boot = drafted(cast, order)
    version = pads.versions.get()
    assert (pads.ground, pads.reason_code, pads.urgency, pads.found_by) == ("reading", "B", "now", cast.tess)
    assert (
        pads.ground_text
        == "Front pads: 2 mm, left front. Green is 6 mm or more, yellow 3.1 to 5.9 mm, red 3 mm or less."
    )
    assert (version.title, version.measurement) == ("Replace the front brake pads", "2 mm, left front")
    assert version.finding_text == "We measured 2 mm, left front. The limit is 3 mm."
    # 1.4 h × $168.00; $118.40 + $22.10 of parts, taxed at 8.25 %.
    assert (version.labor, version.parts_total, version.tax) == (Decimal("235.20"), Decimal("140.50"), Decimal("11.59"))
    assert version.total == Decimal("387.29")
    assert (boot.ground, boot.reason_code, boot.urgency) == ("failed_check", "4", "can_wait")
    assert Entry.objects.get(event="estimate.drafted").detail["lines"] == [pads.pk, boot.pk]
    order.refresh_from_db()
    assert order.step == "2 findings to show"


def test_drafting_twice_yields_each_line_once():
    cast = make_cast()
    order = make_order(cast)
    drafted(cast, order)
    assert drafting.draft_from_inspection(inspection=order.inspection, at=AT) == []
    assert Advisory.objects.count() == 2


def test_green_and_not_inspected_items_and_unfinished_inspections_yield_nothing():
    cast = make_cast()
    order = make_order(cast)
    inspection = make_inspection(cast, order, complete=False)
    make_item(cast, inspection)
    make_item(cast, inspection, "wipers", condition="green", computed="green")
    make_item(cast, inspection, "horn", condition="not_inspected", not_inspected_reason="No key", readings={})
    assert drafting.draft_from_inspection(inspection=inspection, at=AT) == []
    inspection.completed_at, inspection.completed_by = AT, cast.tess
    inspection.save()
    make_op_code(cast)
    assert len(drafting.draft_from_inspection(inspection=inspection, at=AT)) == 1


def test_an_unknown_operation_still_makes_a_line_that_names_what_is_missing():
    from recommendations import estimate

    cast = make_cast()
    order = make_order(cast)
    make_item(cast, make_inspection(cast, order), op_code="NOSUCH")
    drafting.draft_from_inspection(inspection=order.inspection, at=AT)
    (line,) = estimate.load(order).lines
    assert {one.field for one in line.missing} == {"if_you_wait", "horizon", "parts", "labor", "fees"}
    assert line.version.title == "Front pads"
    assert line.total is None


def test_a_color_the_reading_does_not_give_is_a_failed_check():
    cast = make_cast()
    order = make_order(cast)
    inspection = make_inspection(cast, order)
    make_item(
        cast, inspection, condition="red", computed="green", readings={"LF": "9", "RF": "9"}, override_reason="Cracked"
    )
    (line,) = drafting.draft_from_inspection(inspection=inspection, at=AT)
    assert (line.ground, line.reason_code, line.ground_text) == ("failed_check", "A", "Front pads: Cracked")


def test_completing_an_inspection_enqueues_its_lines(run_tasks: Callable[[], list[str]]):
    cast = make_cast()
    order = make_order(cast)
    make_op_code(cast)
    inspection = make_inspection(cast, order)
    make_item(cast, inspection)
    inspection_completed.send(sender=None, inspection_id=inspection.pk)
    assert "recommendations.tasks.draft_from_inspection" in run_tasks()
    assert Advisory.objects.count() == 1


def test_the_sweep_finds_what_lost_tasks_left_behind_and_one_bad_row_stops_nothing(monkeypatch: pytest.MonkeyPatch):
    cast = make_cast()
    orders = [make_order(cast, vehicle=None), make_order(cast, vehicle=None)]
    make_op_code(cast)
    for order in orders:
        make_item(cast, make_inspection(cast, order))
        make_request(cast, order)
    genuine = drafting.draft_from_inspection

    def fails_for_the_first(*, inspection, at):
        if inspection.repair_order == orders[0]:
            raise RuntimeError("a bad row")
        return genuine(inspection=inspection, at=at)

    monkeypatch.setattr(drafting, "draft_from_inspection", fails_for_the_first)
    tasks.sweep()
    assert Advisory.objects.filter(finding__isnull=False).count() == 1
    monkeypatch.undo()
    tasks.sweep()
    tasks.sweep()
    assert Advisory.objects.filter(finding__isnull=False).count() == 2
    assert Advisory.objects.filter(request__isnull=False).count() == 2


def test_what_was_signed_at_write_up_is_an_approved_line_bound_to_what_was_signed(run_tasks: Callable[[], list[str]]):
    cast = make_cast()
    order = make_order(cast)
    make_request(cast, order)
    repair_order_opened.send(sender=None, repair_order_id=order.pk)
    run_tasks()
    line = Advisory.objects.get()
    assert (line.ground, line.reason_code, line.answer, line.answered_version) == ("request", "2", "approved", 1)
    assert line.ground_text == "It shudders when I slow down from freeway speed."
    presentation = Presentation.objects.get()
    assert (presentation.channel, presentation.at, presentation.by) == ("write_up", order.signed_at, cast.ada)
    decision = Decision.objects.get()
    assert (decision.answer, decision.who_name, decision.line.version.number) == ("approved", "Theo Brandt", 1)
    assert decision.line.snapshot["total"] == "99.11"
    assert decision.revised_total == presentation.revised_total == Decimal("99.11")
    assert drafting.draft_requested(repair_order=order, at=AT) == []
    assert record.verify(cast.north) == record.Verified(2)


def test_a_returned_finding_comes_back_once_its_technician_has_looked_again():
    cast = make_cast()
    order = make_order(cast)
    pads, _ = drafted(cast, order)
    returning.give_back(advisory=pads, reason="Photo not clear", by=cast.ada, at=AT)
    assert not drafting.draft_from_inspection(inspection=order.inspection, at=AT)
    item = pads.finding
    item.readings.filter(position="LF").update(value="1")
    type(item).objects.filter(pk=item.pk).update(at=AT + timedelta(minutes=4), returned_at=None, returned_reason="")
    (back,) = drafting.draft_from_inspection(inspection=order.inspection, at=AT + timedelta(minutes=5))
    pads.refresh_from_db()
    assert back == pads
    assert (pads.returned_at, pads.returned_reason) == (None, "")
    assert pads.versions.get().measurement == "1 mm, left front"


def test_a_closed_order_gets_no_lines():
    cast = make_cast()
    order = make_order(cast)
    make_item(cast, make_inspection(cast, order))
    make_request(cast, order)
    RepairOrder.objects.filter(pk=order.pk).close(by=cast.ada, at=AT, odometer_out=71903)
    assert drafting.draft_from_inspection(inspection=order.inspection, at=AT) == []
    assert drafting.draft_requested(repair_order=order, at=AT) == []
    assert not drafting.findings_without_line().exists()
    assert not drafting.requests_without_line().exists()


# --- at the database


def test_the_database_refuses_red_without_a_required_reason():
    cast = make_cast()
    pads, _ = drafted(cast, make_order(cast))
    with pytest.raises(IntegrityError, match="advisory_red_is_required"), transaction.atomic():
        Advisory.objects.filter(pk=pads.pk).update(reason_code="1")


def test_the_database_refuses_a_line_without_a_ground():
    cast = make_cast()
    pads, _ = drafted(cast, make_order(cast))
    with pytest.raises(IntegrityError, match="advisory_is_grounded"), transaction.atomic():
        Advisory.objects.filter(pk=pads.pk).update(ground_text="")


def test_the_database_keeps_one_line_a_finding():
    cast = make_cast()
    pads, _ = drafted(cast, make_order(cast))
    pads.pk = None
    with pytest.raises(IntegrityError, match="finding_id"), transaction.atomic():
        pads.save(force_insert=True)
    assert connection.is_usable()
