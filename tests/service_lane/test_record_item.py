"""One item of an inspection: the reading decides, and what departs from it keeps its reason."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dealership.models import Entry
from service_lane.actions.inspection import (
    CannotRule,
    Changed,
    Complete,
    NothingLeft,
    NothingTouched,
    complete,
    mark_rest_good,
    record_item,
)
from service_lane.models import InspectionItem, Reading
from service_lane.rules.judging import NeedsReason
from service_lane.signals import inspection_completed
from tests.cast import AT, Cast, make_cast
from tests.service_lane.inspected import fill, item, record, started


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


def pads(cast: Cast, left: str, right: str = "9") -> InspectionItem:
    return record(started(cast), "front-pads", cast.tess, values={"LF": left, "RF": right})


@pytest.mark.parametrize(
    ("thinnest", "color", "unsafe"),
    [
        ("1.4", "red", True),
        ("1.5", "red", True),
        ("1.6", "red", False),
        ("3.0", "red", False),
        ("3.1", "yellow", False),
        ("5.9", "yellow", False),
        ("5.95", "green", False),  # rounded to the gauge's tenth, in the customer's favor
        ("6", "green", False),
    ],
)
def test_the_thinnest_pad_sets_the_color(cast: Cast, thinnest: str, color: str, unsafe: bool) -> None:
    row = pads(cast, thinnest)
    assert (row.condition, row.computed, row.is_unsafe) == (color, color, unsafe)


@pytest.mark.parametrize(
    ("lowest", "color", "unsafe"),
    [("2", "red", True), ("3", "red", False), ("3.2", "yellow", False), ("4", "yellow", False), ("6", "green", False)],
)
def test_the_lowest_groove_rules_the_tire(cast: Cast, lowest: str, color: str, unsafe: bool) -> None:
    row = record(started(cast), "tire-lf", cast.tess, values={"outer": "8", "middle": "8", "inner": lowest})
    assert (row.condition, row.is_unsafe) == (color, unsafe)


def test_a_reading_keeps_what_was_read_with_its_unit_instrument_and_reader(cast: Cast) -> None:
    row = pads(cast, "5.95")
    read = row.readings.get(position="LF")
    assert (read.value, read.unit, read.instrument, read.by, read.at) == (
        Decimal("5.95"),
        "mm",
        "Pad gauge",
        cast.tess,
        AT,
    )
    entry = Entry.objects.about(row).get()
    assert (entry.event, entry.by, entry.detail["condition"]) == ("inspection_item.recorded", cast.tess, "green")


def test_nothing_is_good_while_a_wheel_is_unread_and_red_is_red_at_once(cast: Cast) -> None:
    inspection = started(cast)
    assert record(inspection, "front-pads", cast.tess, values={"LF": "9"}).condition == "unchecked"
    assert record(inspection, "rear-pads", cast.tess, values={"LR": "2"}).condition == "red"


def test_a_disc_is_judged_by_its_stamped_minimum_and_kept_in_millimeters(cast: Cast) -> None:
    row = record(started(cast), "discs", cast.tess, values={"LF": "24.6", "RF": "26", "minimum": "24"})
    assert row.condition == "yellow"
    assert row.readings.get(position="LF").unit == "mm"


def test_a_reading_taken_away_leaves_the_item_unchecked(cast: Cast) -> None:
    inspection = started(cast)
    record(inspection, "front-pads", cast.tess, values={"LF": "9", "RF": "9"})
    row = record(inspection, "front-pads", cast.tess, values={"RF": None})
    assert (row.condition, row.computed) == ("unchecked", "unchecked")


def test_a_place_that_is_not_measured_is_refused(cast: Cast) -> None:
    with pytest.raises(CannotRule, match="not measured at XX"):
        record(started(cast), "front-pads", cast.tess, values={"XX": "9"})
    with pytest.raises(CannotRule, match="not measured at"):
        record(started(cast), "wipers", cast.tess, values={"": "9"})
    assert not Reading.objects.exists()


def test_a_placard_of_zero_is_refused_in_words(cast: Cast) -> None:
    everywhere = {"LF": "33", "RF": "33", "LR": "33", "RR": "33", "placard": "0"}
    with pytest.raises(CannotRule, match="above zero"):
        record(started(cast), "tire-pressure", cast.tess, values=everywhere)


# --- the battery -----------------------------------------------------------------------------------------------------


def test_below_12_4_volts_means_charge_and_test_again_whatever_the_percent(cast: Cast) -> None:
    row = record(started(cast), "battery", cast.tess, values={"": "40", "volts": "12.3"})
    assert row.condition == "unchecked"
    assert row.readings.count() == 2


def test_after_charging_the_percent_decides(cast: Cast) -> None:
    inspection = started(cast)
    record(inspection, "battery", cast.tess, values={"": "40", "volts": "12.3"})
    assert record(inspection, "battery", cast.tess, values={"": "66", "volts": "12.6"}).condition == "red"
    assert record(inspection, "battery", cast.tess, values={"": "70"}).condition == "yellow"
    assert record(inspection, "battery", cast.tess, values={"": "80"}).condition == "green"


def test_voltage_alone_is_never_red_not_even_with_words(cast: Cast) -> None:
    inspection = started(cast)
    record(inspection, "battery", cast.tess, values={"volts": "11.2"})
    with pytest.raises(CannotRule, match="Voltage alone"):
        record(inspection, "battery", cast.tess, override="red", override_reason="It is flat")
    bad_cell = record(inspection, "battery", cast.tess, override="red", marked=["Tester says bad cell"])
    assert (bad_cell.condition, bad_cell.override_reason) == ("red", "Tester says bad cell")


def test_brake_fluid_may_be_tested_for_water_in_place_of_copper(cast: Cast) -> None:
    inspection = started(cast)
    record(inspection, "brake-fluid", cast.tess, values={"": "50"})
    row = record(inspection, "brake-fluid", cast.tess, values={"": "3"}, unit="% water")
    assert (row.unit, row.condition, row.red_to) == ("% water", "red", Decimal(3))
    assert [(r.value, r.unit, r.instrument) for r in row.readings.all()] == [(Decimal(3), "% water", "Moisture tester")]
    back = record(inspection, "brake-fluid", cast.tess, values={"": "50"}, unit="ppm")
    assert (back.unit, back.condition, back.green_from) == ("ppm", "green", Decimal(100))


# --- the technician's own ruling -------------------------------------------------------------------------------------


def test_a_ruling_against_the_reading_needs_a_reason_and_keeps_it(cast: Cast) -> None:
    inspection = started(cast)
    record(inspection, "front-pads", cast.tess, values={"LF": "5", "RF": "5"})
    with pytest.raises(NeedsReason) as refused:
        record(inspection, "front-pads", cast.tess, override="red")
    assert refused.value.computed == "yellow"
    row = record(
        inspection, "front-pads", cast.tess, override="red", marked=["Uneven"], override_reason="Worn to a wedge"
    )
    assert (row.condition, row.computed, row.override_reason) == ("red", "yellow", "Uneven; Worn to a wedge")


def test_the_database_holds_no_override_without_a_reason(cast: Cast) -> None:
    row = pads(cast, "5")
    with pytest.raises(IntegrityError, match="item_override_has_reason"), transaction.atomic():
        InspectionItem.objects.filter(pk=row.pk).update(condition="green")


def test_a_ruling_stands_when_it_is_measured_again_until_the_reading_is_taken(cast: Cast) -> None:
    inspection = started(cast)
    record(inspection, "front-pads", cast.tess, values={"LF": "5", "RF": "5"})
    record(inspection, "front-pads", cast.tess, override="red", override_reason="Oil on the lining")
    again = record(inspection, "front-pads", cast.tess, values={"LF": "5.5"})
    assert (again.condition, again.override_reason) == ("red", "Oil on the lining")
    dropped = record(inspection, "front-pads", cast.tess, use_reading=True)
    assert (dropped.condition, dropped.override_reason) == ("yellow", "")


def test_what_was_read_past_the_safety_limit_cannot_be_ruled_better(cast: Cast) -> None:
    inspection = started(cast)
    record(inspection, "front-pads", cast.tess, values={"LF": "1.2", "RF": "5"})
    with pytest.raises(CannotRule, match="safety limit"):
        record(inspection, "front-pads", cast.tess, override="yellow", override_reason="Customer is a friend")
    with pytest.raises(CannotRule, match="measured"):
        record(inspection, "front-pads", cast.tess, not_inspected_reason="Could not reach it")


def test_only_a_defined_mark_makes_a_part_unsafe_by_eye(cast: Cast) -> None:
    inspection = started(cast)
    assert record(inspection, "brake-lines", cast.tess, seen="red", marked=["Rusted"]).is_unsafe is False
    assert record(inspection, "brake-lines", cast.tess, seen="red", marked=["Leaking"]).is_unsafe is True
    with pytest.raises(CannotRule, match="do not drive"):
        record(inspection, "brake-lines", cast.tess, seen="green")
    cracked = record(
        inspection, "discs", cast.tess, values={"LF": "26", "RF": "26", "minimum": "24"}, marked=["Cracked"]
    )
    assert (cracked.condition, cracked.computed, cracked.is_unsafe) == ("red", "green", True)
    assert cracked.override_reason == "Cracked"


def test_a_measured_part_is_never_good_without_its_reading(cast: Cast) -> None:
    with pytest.raises(CannotRule, match="Measure it"):
        record(started(cast), "front-pads", cast.tess, override="green", override_reason="Looks fine")


def test_a_part_that_is_looked_at_takes_one_word(cast: Cast) -> None:
    inspection = started(cast)
    assert record(inspection, "wipers", cast.tess, seen="green").condition == "green"
    row = record(
        inspection, "wipers", cast.tess, seen="yellow", note=" Left blade streaks ", worth_telling="Rain on Friday"
    )
    assert (row.condition, row.note, row.worth_telling) == ("yellow", "Left blade streaks", "Rain on Friday")


def test_a_note_alone_changes_no_ruling(cast: Cast) -> None:
    inspection = started(cast)
    record(inspection, "wipers", cast.tess, seen="yellow")
    assert record(inspection, "wipers", cast.tess, note="Left blade").condition == "yellow"
    assert record(inspection, "headlights", cast.tess, note="Have a look at the left one").condition == "unchecked"


def test_not_inspected_is_a_state_of_its_own_with_its_reason(cast: Cast) -> None:
    inspection = started(cast)
    row = record(inspection, "parking-brake", cast.tess, not_inspected_reason="Needs a road test")
    assert (row.condition, row.not_inspected_reason) == ("not_inspected", "Needs a road test")
    kept = record(inspection, "parking-brake", cast.tess, note="Ask for a road test")
    assert (kept.condition, kept.not_inspected_reason) == ("not_inspected", "Needs a road test")
    done = record(inspection, "parking-brake", cast.tess, seen="green")
    assert (done.condition, done.not_inspected_reason) == ("green", "")


def test_the_database_holds_no_not_inspected_without_a_reason(cast: Cast) -> None:
    row = item(started(cast), "parking-brake")
    with pytest.raises(IntegrityError, match="item_not_inspected_has_reason"), transaction.atomic():
        InspectionItem.objects.filter(pk=row.pk).update(condition="not_inspected", by=cast.tess, at=AT)


def test_the_database_holds_no_result_without_its_finder(cast: Cast) -> None:
    row = item(started(cast), "wipers")
    with pytest.raises(IntegrityError, match="item_result_has_finder"), transaction.atomic():
        InspectionItem.objects.filter(pk=row.pk).update(condition="green")


# --- two people, and afterwards --------------------------------------------------------------------------------------


def test_a_stale_page_is_told_what_the_item_says_now_and_changes_nothing(cast: Cast) -> None:
    inspection = started(cast)
    record(inspection, "wipers", cast.max, seen="yellow")
    with pytest.raises(Changed) as refused:
        record(inspection, "wipers", cast.tess, version=0, seen="green")
    assert (refused.value.item.condition, refused.value.item.by) == ("yellow", cast.max)
    assert item(inspection, "wipers").condition == "yellow"


def test_a_complete_inspection_stays_as_it_is(cast: Cast) -> None:
    inspection = started(cast)
    fill(inspection, cast.tess)
    complete(inspection=inspection, by=cast.tess, at=AT)
    with pytest.raises(Complete):
        record(inspection, "wipers", cast.tess, seen="red")
    with pytest.raises(Complete):
        mark_rest_good(inspection=inspection, section="Brakes", by=cast.tess, at=AT)


def test_a_finding_that_came_back_is_looked_at_again_once_and_announced(cast: Cast) -> None:
    inspection = started(cast)
    record(inspection, "wipers", cast.tess, seen="yellow", note="No photo: lens dirty")
    fill(inspection, cast.tess)
    complete(inspection=inspection, by=cast.tess, at=AT)
    row = item(inspection, "wipers")
    InspectionItem.objects.filter(pk=row.pk).update(
        returned_at=AT + timedelta(minutes=2), returned_reason="Which blade?"
    )
    heard: list[Any] = []

    def hear(inspection_id: int, **_: Any) -> None:
        heard.append(inspection_id)

    inspection_completed.connect(hear)
    try:
        later = AT + timedelta(minutes=5)
        again = record_item(item=row, version=row.version, by=cast.tess, at=later, note="Left blade. No photo: dark")
    finally:
        inspection_completed.disconnect(hear)
    assert (again.condition, again.note, heard) == ("yellow", "Left blade. No photo: dark", [inspection.pk])
    with pytest.raises(Complete):
        record_item(item=again, version=again.version, by=cast.tess, at=later, seen="green")


# --- the rest of a section -------------------------------------------------------------------------------------------


def test_the_rest_is_good_only_after_something_was_touched(cast: Cast) -> None:
    inspection = started(cast)
    with pytest.raises(NothingTouched):
        mark_rest_good(inspection=inspection, section="Brakes", by=cast.tess, at=AT)


def test_the_rest_is_what_an_eye_can_judge_and_the_trail_names_it(cast: Cast) -> None:
    inspection = started(cast)
    record(inspection, "front-pads", cast.tess, values={"LF": "9", "RF": "9"})
    rest = mark_rest_good(inspection=inspection, section="Brakes", by=cast.tess, at=AT)
    assert [row.key for row in rest] == ["parking-brake", "brake-lines"]
    assert item(inspection, "rear-pads").condition == "unchecked"
    assert item(inspection, "brake-lines").condition == "green"
    assert item(inspection, "wipers").condition == "unchecked"
    entry = Entry.objects.about(inspection).get(event="inspection.rest_marked_good")
    assert entry.detail == {"section": "Brakes", "items": ["Parking brake", "Lines and hoses"]}
    with pytest.raises(NothingLeft):
        mark_rest_good(inspection=inspection, section="Brakes", by=cast.tess, at=AT)
