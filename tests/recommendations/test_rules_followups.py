"""When declined work comes back: their own day first, then the wear, then the policy; and what a message needs."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.rules.followups import Driven, Timing, WornTo, consent_asked, driven, due, worn_to

CLOSED = date(2026, 11, 23)
TIMING = Timing(red_days=30, yellow_days=90, soonest_days=7, latest_days=365, source="Ours.")
USUAL = Driven(13_476, 0, "FHWA")
days = st.dates(date(2020, 1, 1), date(2035, 1, 1))


@given(
    closed=days,
    until_date=st.none() | days,
    until_miles=st.none() | st.integers(0, 999_999),
    odometer=st.none() | st.integers(0, 999_999),
    miles=st.none() | st.integers(0, 200_000),
    a_year=st.integers(100, 100_000),
    is_red=st.booleans(),
)
def test_it_is_always_a_day_to_come_with_a_reason(closed, until_date, until_miles, odometer, miles, a_year, is_red):
    found = due(
        closed,
        timing=TIMING,
        driven=Driven(a_year, 3),
        is_red=is_red,
        until_date=until_date,
        until_miles=until_miles,
        odometer=odometer,
        worn_to=None if miles is None else WornTo(miles, "It wore."),
    )
    assert found.on > closed
    assert found.why
    assert (found.basis in ("asked_date", "asked_miles")) == bool(until_date or until_miles)
    if found.basis == "wear":
        assert closed + timedelta(days=7) <= found.on <= closed + timedelta(days=365)


def test_whichever_comes_first_of_their_day_and_their_miles() -> None:
    asked = {"timing": TIMING, "driven": Driven(12_000, 4), "is_red": True, "odometer": 71_902}
    miles_first = due(CLOSED, until_date=date(2027, 11, 1), until_miles=74_902, **asked)
    assert (miles_first.basis, miles_first.miles, miles_first.on) == ("asked_miles", 74_902, date(2027, 2, 23))
    assert due(CLOSED, until_date=date(2027, 1, 1), until_miles=74_902, **asked).why == "They asked for 1 Jan 2027."


def test_miles_no_car_will_drive_still_name_a_day() -> None:
    far = due(CLOSED, timing=TIMING, driven=Driven(100, 3), is_red=True, until_miles=999_999, odometer=0)
    assert (far.on - CLOSED).days == 36_500


def test_a_day_that_has_passed_is_tomorrow() -> None:
    late = due(CLOSED, timing=TIMING, driven=USUAL, is_red=False, until_date=date(2026, 1, 1))
    assert late.on == CLOSED + timedelta(days=1)


@given(st.lists(st.tuples(days, st.integers(0, 400_000)), max_size=8))
def test_how_far_a_car_goes_says_on_what_it_rests(readings: list[tuple[date, int]]) -> None:
    found = driven(readings, usual=13_476, source="FHWA")
    assert found.miles_a_year > 0
    assert ("a published mean" in found.words) == (found.readings == 0)
    assert found.readings <= len(set(readings))


def test_a_slip_of_the_pen_is_not_counted_among_the_readings() -> None:
    taken = [(date(2024, 1, 1), 30_000), (date(2025, 1, 1), 4_200), (date(2026, 1, 1), 54_000)]
    assert driven(taken, usual=1, source="x") == Driven(11_992, 2)


@pytest.mark.parametrize(
    ("last", "now", "limit", "miles"),
    [
        (("6", 60_000), ("4", 70_000), "3", 5_000),
        (("6", 60_000), ("2", 70_000), "3", None),  # past its limit already
        (("4", 60_000), ("4", 70_000), "3", None),  # no wear to go by
        (("6", 60_000), ("4", 60_900), "3", None),  # too few miles between
    ],
)
def test_wear_gives_the_miles_to_the_limit_or_nothing(
    last: tuple[str, int], now: tuple[str, int], limit: str, miles: int | None
) -> None:
    found = worn_to((Decimal(last[0]), last[1]), (Decimal(now[0]), now[1]), Decimal(limit), unit="mm")
    assert (found and found.miles) == miles


@pytest.mark.parametrize(
    ("kind", "is_safety", "asks"),
    [
        ("silent", True, None),
        ("silent", False, None),
        ("deferred", True, "repair_messages"),
        ("deferred", False, "marketing"),
        ("declined", True, "marketing"),
        ("declined", False, "marketing"),
    ],
)
def test_the_consent_a_message_needs(kind: str, is_safety: bool, asks: str | None) -> None:
    assert consent_asked(kind, is_safety=is_safety) == asks
