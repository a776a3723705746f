"""Wear between visits, and miles a year."""

import doctest
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_lane.rules import wear
from service_lane.rules.wear import Past, Wear, miles_per_year, outlook, wear_rate, wear_sentence


def test_the_examples_in_the_docstrings_run():
    results = doctest.testmod(wear)
    assert (results.failed, results.attempted > 0) == (0, True)


def test_two_millimeters_in_6200_miles_is_one_per_3100():
    worn = wear_rate(Decimal(4), 82_110, Decimal(2), 88_310)
    assert worn is not None
    assert worn.miles_per_unit == 3100
    assert worn.miles_to(Decimal("1.5")) == 1550


def test_no_rate_is_drawn_when_the_part_grew_or_the_odometer_stood_still():
    assert wear_rate(Decimal(4), 80_000, Decimal(10), 90_000) is None
    assert wear_rate(Decimal(4), 80_000, Decimal(4), 90_000) is None
    assert wear_rate(Decimal(4), 80_000, Decimal(3), 80_000) is None
    assert wear_rate(Decimal(4), 80_000, Decimal(3), 79_000) is None


def test_thirty_seconds_are_spoken_as_thirty_seconds():
    sentence = wear_sentence(Wear(Decimal(4), Decimal(2), 6200), unit="32nds", when="March", limit=Decimal(2))
    assert sentence == "6/32 in March, now 4/32: about 1/32 per 3,100 miles. At that rate, 2/32 in about 6,200 miles."


def test_a_part_past_its_limit_says_so_instead_of_a_forecast():
    sentence = wear_sentence(Wear(Decimal("1.4"), Decimal("2.6"), 6200), unit="mm", when="March", limit=Decimal("1.5"))
    assert sentence.endswith("It is at 1.5 mm or less already.")


@given(
    last=st.decimals(min_value=1, max_value=12, places=1, allow_nan=False),
    lost=st.decimals(min_value="0.1", max_value=12, places=1, allow_nan=False),
    miles=st.integers(1, 60_000),
    limit=st.decimals(min_value=0, max_value=12, places=1, allow_nan=False),
)
def test_the_miles_left_are_never_negative_and_reach_the_limit(last, lost, miles, limit):
    worn = wear_rate(last, 10_000, last - lost, 10_000 + miles)
    assert worn is not None
    left = worn.miles_to(limit)
    assert left >= 0
    if left:
        assert worn.value - Decimal(left) / worn.miles_per_unit >= limit - Decimal("0.000001")


def test_miles_a_year_come_from_the_first_and_last_good_reading():
    assert miles_per_year([(date(2024, 1, 1), 30_000), (date(2026, 1, 1), 54_000)]) == 11_992
    assert miles_per_year([(date(2026, 1, 1), 54_000), (date(2024, 1, 1), 30_000), (date(2025, 1, 1), 4_200)]) == 11_992


def test_miles_a_year_need_two_months_and_some_driving():
    assert miles_per_year([]) is None
    assert miles_per_year([(date(2026, 1, 1), 54_000)]) is None
    assert miles_per_year([(date(2026, 1, 1), 54_000), (date(2026, 2, 1), 57_000)]) is None
    assert miles_per_year([(date(2025, 1, 1), 54_000), (date(2026, 2, 1), 54_000)]) is None


def test_the_outlook_names_the_rate_and_the_odometer_where_the_limit_is_met():
    said = outlook(
        Past("March", Decimal("4.00"), 68_800), Past("June 2025", Decimal(5), 63_600), unit="mm", limit=Decimal("3.00")
    )
    assert said == "4 mm in March, about 1 mm per 5,200 mi; reaches 3 mm near 74,000 mi."


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (None, "One earlier reading, so no rate yet."),
        (Past("June", Decimal(5), None), "The miles between are not known, so no rate."),
        (Past("June", Decimal(5), 68_500), "Only 300 mi between the last two readings, too few for a rate."),
        (Past("June", Decimal(3), 60_000), "It was 3 mm in June, so no wear to go by."),
    ],
)
def test_an_outlook_from_thin_readings_says_why_it_has_no_rate(before, says):
    assert outlook(Past("March", Decimal(4), 68_800), before, unit="mm", limit=Decimal(3)) == f"4 mm in March. {says}"


def test_a_part_at_its_limit_already_gets_no_forecast():
    said = outlook(Past("March", Decimal(3), 68_800), Past("June", Decimal(5), 60_000), unit="mm", limit=Decimal(3))
    assert said == "3 mm in March, about 1 mm per 4,400 mi."
