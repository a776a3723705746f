"""Readings become colors: at every boundary, in the customer's favor, worst reading first."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_lane.rules import conditions
from service_lane.rules.conditions import (
    DEFAULT_THRESHOLDS,
    GREEN,
    REASON_CODES,
    RED,
    THRESHOLDS,
    YELLOW,
    Condition,
    battery_condition,
    condition,
    convert,
    describe,
    reason_code,
    wheels_condition,
    worst,
)

SEVERITY = {GREEN: 0, YELLOW: 1, RED: 2}
values = st.decimals(min_value=0, max_value=400, places=2, allow_nan=False)


def d(number):
    return Decimal(str(number))


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(conditions).failed == 0
    assert doctest.testmod(conditions).attempted > 0


@pytest.mark.parametrize(
    ("key", "value", "color", "unsafe"),
    [
        ("tread-32nds", 6, GREEN, False),
        ("tread-32nds", 5, YELLOW, False),
        ("tread-32nds", 4, YELLOW, False),
        ("tread-32nds", "3.1", YELLOW, False),  # reads to whole 32nds, in the customer's favor
        ("tread-32nds", 3, RED, False),
        ("tread-32nds", 2, RED, True),
        ("tread-mm", "3.0", GREEN, False),
        ("tread-mm", "2.9", YELLOW, False),
        ("tread-mm", "1.6", YELLOW, False),
        ("tread-mm", "1.5", RED, True),
        ("brake-pad", 6, GREEN, False),
        ("brake-pad", "5.9", YELLOW, False),
        ("brake-pad", "3.1", YELLOW, False),
        ("brake-pad", "3.0", RED, False),
        ("brake-pad", "1.6", RED, False),
        ("brake-pad", "1.5", RED, True),
        ("battery-cca", 80, GREEN, False),
        ("battery-cca", 79, YELLOW, False),
        ("battery-cca", 70, YELLOW, False),
        ("battery-cca", 69, RED, False),
        ("brake-fluid-copper", 99, GREEN, False),
        ("brake-fluid-copper", 100, YELLOW, False),
        ("brake-fluid-copper", 200, YELLOW, False),
        ("brake-fluid-copper", 201, RED, False),
        ("brake-fluid-moisture", "0.9", GREEN, False),
        ("brake-fluid-moisture", 1, YELLOW, False),
        ("brake-fluid-moisture", "2.9", YELLOW, False),
        ("brake-fluid-moisture", 3, RED, False),
        ("oil-life", 16, GREEN, False),
        ("oil-life", 15, YELLOW, False),
        ("oil-life", 6, YELLOW, False),
        ("oil-life", 5, RED, False),
        ("tire-age", "5.9", GREEN, False),
        ("tire-age", 6, YELLOW, False),
        ("tire-age", "9.9", YELLOW, False),
        ("tire-age", 10, RED, False),
    ],
)
def test_a_reading_has_the_color_of_its_band(key, value, color, unsafe):
    ruling = condition(THRESHOLDS[key], d(value))
    assert (ruling.color, ruling.unsafe) == (color, unsafe)


@pytest.mark.parametrize(
    ("thickness", "minimum", "color"),
    [("25.1", "24.0", GREEN), ("25.0", "24.0", YELLOW), ("24.0", "24.0", YELLOW), ("23.9", "24.0", RED)],
)
def test_a_disc_is_judged_by_its_margin_over_the_stamped_minimum(thickness, minimum, color):
    assert condition(THRESHOLDS["rotor"], d(thickness), reference=d(minimum)).color == color


@pytest.mark.parametrize(
    ("psi", "color"), [(32, GREEN), (35, GREEN), (29, GREEN), ("28.9", YELLOW), (36, YELLOW), (45, YELLOW), (24, RED)]
)
def test_a_tire_pressure_is_yellow_by_psi_and_red_by_percent_under_the_placard(psi, color):
    assert condition(THRESHOLDS["tire-pressure"], d(psi), reference=d(32)).color == color


def test_a_disc_without_its_stamped_minimum_is_refused():
    with pytest.raises(ValueError, match="minimum"):
        condition(THRESHOLDS["rotor"], d(24))


def test_a_placard_of_zero_is_refused():
    with pytest.raises(ValueError, match="placard"):
        condition(THRESHOLDS["tire-pressure"], d(24), reference=d(0))


@given(volts=st.decimals(min_value=0, max_value=15, places=1, allow_nan=False))
def test_voltage_alone_never_makes_a_battery_red(volts):
    ruling = battery_condition(volts=volts)
    assert ruling.color == (GREEN if volts >= d("12.4") else YELLOW)
    assert ruling.note == ("" if volts >= d("12.4") else "Charge, then test again.")


def test_a_low_battery_is_charged_and_tested_again_before_its_percent_counts():
    assert battery_condition(d(40), d("12.1")).note == "Charge, then test again."
    assert battery_condition(d(40), d("12.6")).color == RED
    assert battery_condition(d(85), d("12.6")).color == GREEN


def test_a_bad_cell_is_red_whatever_the_volts():
    assert battery_condition(volts=d("12.1"), bad_cell=True).color == RED


def test_a_battery_that_was_not_measured_has_no_color():
    with pytest.raises(ValueError, match="volts"):
        battery_condition()


def test_the_worst_of_several_readings_rules_and_unsafe_beats_red():
    assert worst([Condition(GREEN), Condition(RED), Condition(YELLOW)]) == Condition(RED)
    assert worst([Condition(RED), Condition(RED, unsafe=True)]) == Condition(RED, unsafe=True)


def test_a_wheel_that_was_not_read_leaves_the_axle_without_a_color():
    ruling = wheels_condition(THRESHOLDS["brake-pad"], {"LF": d(8)}, ("LF", "RF"))
    assert ruling.condition is None
    assert ruling.missing == ("RF",)


def test_one_red_wheel_is_red_before_the_others_are_read():
    ruling = wheels_condition(THRESHOLDS["tread-32nds"], {"outer": d(6), "inner": d(3)}, ("outer", "middle", "inner"))
    assert ruling.condition == Condition(RED)
    assert ruling.ruled_by == "inner"


def test_the_lowest_reading_names_the_wheel_that_rules():
    ruling = wheels_condition(THRESHOLDS["brake-pad"], {"LF": d("3.4"), "RF": d("5.2")}, ("LF", "RF"))
    assert (ruling.condition, ruling.ruled_by, ruling.missing) == (Condition(YELLOW), "LF", ())


def test_an_axle_of_discs_waits_for_the_stamped_minimum():
    readings = {"LF": d("24.6"), "RF": d("24.9")}
    positions = ("LF", "RF", "minimum")
    assert wheels_condition(THRESHOLDS["rotor"], readings, positions).missing == ("minimum",)
    assert wheels_condition(THRESHOLDS["rotor"], readings, ("LF", "RF")).missing == ("minimum",)
    ruling = wheels_condition(THRESHOLDS["rotor"], {**readings, "minimum": d(24)}, positions)
    assert (ruling.condition, ruling.ruled_by) == (Condition(YELLOW), "LF")


def test_nothing_read_is_nothing_ruled():
    assert wheels_condition(THRESHOLDS["brake-pad"], {}, ("LF", "RF")).condition is None


@given(low=values, high=values, index=st.integers(0, len(DEFAULT_THRESHOLDS) - 1))
def test_a_better_reading_is_never_a_worse_color(low, high, index):
    threshold = DEFAULT_THRESHOLDS[index]
    if threshold.reference == "placard":
        return  # wrong both ways
    reference = d(24) if threshold.reference else None
    low, high = sorted((low, high))
    worse, better = (low, high) if threshold.lower_is_worse else (high, low)
    assert (
        SEVERITY[condition(threshold, better, reference).color]
        <= SEVERITY[condition(threshold, worse, reference).color]
    )


@given(value=values, index=st.integers(0, len(DEFAULT_THRESHOLDS) - 1))
def test_only_a_red_reading_is_unsafe(value, index):
    threshold = DEFAULT_THRESHOLDS[index]
    ruling = condition(threshold, value, d(24) if threshold.reference else None)
    assert ruling.color == RED or not ruling.unsafe


def test_every_default_threshold_names_its_source_and_its_key_once():
    assert all(threshold.source and threshold.name and threshold.unit for threshold in DEFAULT_THRESHOLDS)
    assert len(THRESHOLDS) == len(DEFAULT_THRESHOLDS)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("tread-32nds", "Green is 6/32 in or more, yellow 4 to 5/32 in, red 3/32 in or less."),
        ("tread-mm", "Green is 3 mm or more, yellow 1.6 to 2.9 mm, red below 1.6 mm."),
        ("battery-volts", "Green is 12.4 V or more, yellow below that. Never red by this alone."),
        ("brake-fluid-copper", "Green is below 100 ppm, yellow 100 to 200 ppm, red above 200 ppm."),
        ("tire-age", "Green is below 6 years, yellow 6 to 9 years, red 10 years or more."),
        ("rotor", "Green is more than 1 mm over the stamped minimum, yellow within 1 mm of it, red below it."),
        (
            "tire-pressure",
            "Green is within 3 psi of the placard, yellow more than 3 psi off, red 25 % or more under it.",
        ),
    ],
)
def test_a_threshold_reads_as_one_sentence(key, sentence):
    assert describe(THRESHOLDS[key]) == sentence


@given(value=values)
def test_millimeters_survive_the_trip_to_32nds_and_back(value):
    assert abs(convert(convert(value, "mm", "32nds"), "32nds", "mm") - value) < d("0.000001")


def test_units_that_have_nothing_to_do_with_each_other_are_refused():
    assert convert(d(3), "mm", "mm") == d(3)
    with pytest.raises(ValueError, match="psi"):
        convert(d(3), "psi", "mm")


@pytest.mark.parametrize(
    ("color", "measured", "kind", "code"),
    [
        (RED, True, "", "B"),
        (RED, False, "", "A"),
        (RED, True, "failed", "A"),
        (RED, False, "missing", "C"),
        (YELLOW, True, "", "1"),
        (YELLOW, False, "request", "2"),
        (YELLOW, False, "interval", "3"),
        (YELLOW, False, "", "4"),
    ],
)
def test_red_gets_a_required_reason_and_yellow_a_suggested_one(color, measured, kind, code):
    assert reason_code(color, measured=measured, kind=kind) == code
    assert REASON_CODES[code].required == (color == RED)


def test_a_good_part_has_no_reason_code():
    with pytest.raises(ValueError, match="yellow or red"):
        reason_code(GREEN, measured=True)
