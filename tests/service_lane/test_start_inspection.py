"""Starting an inspection: one for each order, its thresholds frozen, the walk-around's treads brought along."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from dealership.models import Entry
from service_lane.actions.inspection import NoTemplate, start
from service_lane.actions.orders import NotOpen
from service_lane.actions.templates import install_default
from service_lane.models import Inspection, InspectionTemplate, Reading, RepairOrder, TemplateItem, WriteUp
from service_lane.rules import DEFAULT_TEMPLATE, THRESHOLDS
from tests.cast import AT, Cast, make_cast, make_order, make_rooftop
from tests.service_lane.inspected import item, started


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


def test_the_default_template_has_every_check_with_the_source_of_its_threshold(cast: Cast) -> None:
    template = install_default(rooftop=cast.north, by=cast.gus, at=AT)
    expected = [row for section in DEFAULT_TEMPLATE for row in section.items]
    assert list(template.items.values_list("key", flat=True)) == [row.key for row in expected]
    measured = template.items.exclude(unit="")
    assert measured.count() == sum(row.is_measured for row in expected)
    assert not measured.filter(threshold_source="").exists()
    pads = template.items.get(key="front-pads")
    assert (pads.green_from, pads.red_to, pads.unsafe_to) == (Decimal(6), Decimal(3), Decimal("1.5"))
    assert Entry.objects.filter(event="inspection_template.installed").count() == 1


def test_installing_the_template_twice_is_installing_it_once(cast: Cast) -> None:
    first = install_default(rooftop=cast.north, by=cast.gus, at=AT)
    assert install_default(rooftop=cast.north, by=cast.gus, at=AT) == first
    assert InspectionTemplate.objects.count() == 1


def test_treads_are_read_in_32nds_in_the_us_and_in_millimeters_in_ontario(cast: Cast) -> None:
    north = install_default(rooftop=cast.north, by=cast.gus, at=AT)
    maple = make_rooftop("MAPLE", "Maple Honda", jurisdiction="CA-ON", region="ON")
    ontario = install_default(rooftop=maple, by=cast.gus, at=AT)
    assert north.items.get(key="tire-lf").unit == "32nds"
    assert ontario.items.get(key="tire-lf").unit == "mm"
    assert ontario.items.get(key="tire-lf").red_to == THRESHOLDS["tread-mm"].red_to


def test_a_threshold_without_a_source_cannot_be_written(cast: Cast) -> None:
    template = install_default(rooftop=cast.north, by=cast.gus, at=AT)
    with pytest.raises(IntegrityError, match="template_item_threshold_has_source"), transaction.atomic():
        template.items.filter(key="front-pads").update(threshold_source="")


def test_starting_copies_the_template_and_leaves_a_trace(cast: Cast) -> None:
    order = make_order(cast)
    inspection = started(cast, order)
    assert inspection.items.count() == 27
    assert set(inspection.items.values_list("condition", flat=True)) == {"unchecked"}
    assert inspection.technician == cast.tess
    assert Entry.objects.about(inspection).get().event == "inspection.started"
    order.refresh_from_db()
    assert order.step == "Inspection started by Tess"


def test_the_thresholds_are_those_of_the_day_it_started(cast: Cast) -> None:
    inspection = started(cast)
    TemplateItem.objects.filter(key="front-pads").update(red_to=Decimal(5))
    assert item(inspection, "front-pads").red_to == Decimal(3)


def test_an_order_is_inspected_once(cast: Cast) -> None:
    order = make_order(cast)
    first = started(cast, order)
    assert start(repair_order=order, by=cast.max, at=AT) == first
    assert Inspection.objects.count() == 1
    assert Entry.objects.filter(event="inspection.started").count() == 1


def test_treads_of_the_walk_around_come_along_and_are_not_a_result(cast: Cast) -> None:
    order = make_order(cast)
    WriteUp.objects.create(
        rooftop=cast.north,
        advisor=cast.ada,
        typed={"tread_LF": "3", "tread_RR": "6"},
        started_at=AT,
        saved_at=AT,
        repair_order=order,
    )
    inspection = started(cast, order)
    read = Reading.objects.filter(item__inspection=inspection).order_by("item__key")
    assert [(r.item.key, r.position, r.value, r.unit, r.by) for r in read] == [
        ("tire-lf", "walk", Decimal(3), "32nds", cast.ada),
        ("tire-rr", "walk", Decimal(6), "32nds", cast.ada),
    ]
    assert item(inspection, "tire-lf").condition == "unchecked"


def test_nothing_starts_without_a_template(cast: Cast) -> None:
    with pytest.raises(NoTemplate):
        start(repair_order=make_order(cast), by=cast.tess, at=AT)
    assert not Inspection.objects.exists()


def test_a_closed_order_is_not_inspected(cast: Cast) -> None:
    install_default(rooftop=cast.north, by=cast.gus, at=AT)
    order = make_order(cast)
    RepairOrder.objects.filter(pk=order.pk).close(by=cast.ada, at=AT, odometer_out=71910)
    with pytest.raises(NotOpen):
        start(repair_order=order, by=cast.tess, at=AT)


def test_an_order_that_waits_for_an_answer_keeps_its_place_on_the_board(cast: Cast) -> None:
    order = make_order(cast)
    RepairOrder.objects.filter(pk=order.pk).show_waiting_for_answer(step="Sent 11:02", at=AT)
    started(cast, order)
    order.refresh_from_db()
    assert (order.stage, order.step) == ("needs_answer", "Sent 11:02")
