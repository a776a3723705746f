"""Quiet hours: eight to nine, where the customer is, also on the nights when clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules.zones import ZONES, zones_of
from dealership.quiet_hours import CLOSES, OPENS, next_open

PACIFIC, EASTERN, CENTRAL = "America/Los_Angeles", "America/New_York", "America/Chicago"


def there(zone: str, *when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("hour", "minute", "waits_until"),
    [(8, 0, None), (20, 59, None), (21, 0, (25, 8)), (23, 30, (25, 8)), (0, 0, (24, 8)), (7, 59, (24, 8))],
)
def test_the_day_opens_at_eight_and_closes_at_nine(hour: int, minute: int, waits_until: tuple[int, int] | None) -> None:
    at = there(PACIFIC, 2026, 11, 24, hour, minute)
    expected = there(PACIFIC, 2026, 11, *waits_until) if waits_until else at
    assert next_open(at, [PACIFIC]) == expected


@pytest.mark.parametrize(
    ("evening", "hours_away"),
    [
        ((2026, 3, 7, 22), 9),  # clocks go forward at two on the 8th: the night is an hour short
        ((2026, 10, 31, 22), 11),  # back on 1 November: an hour longer
        ((2026, 11, 24, 22), 10),
    ],
)
def test_eight_is_eight_on_the_clock_on_the_wall_when_clocks_change(evening: tuple[int, ...], hours_away: int) -> None:
    at = there(EASTERN, *evening).astimezone(UTC)
    opens = next_open(at, [EASTERN])
    assert opens - at == timedelta(hours=hours_away)
    assert opens.astimezone(ZoneInfo(EASTERN)).time() == time(8)


def test_the_hour_that_comes_twice_is_night_both_times() -> None:
    first = there(EASTERN, 2026, 11, 1, 1, 30).astimezone(UTC)
    assert next_open(first, [EASTERN]) == next_open(first + timedelta(hours=1), [EASTERN])


def test_a_state_in_two_zones_waits_for_the_later_morning_and_stops_at_the_earlier_night() -> None:
    florida = zones_of("FL")
    assert next_open(there(EASTERN, 2026, 11, 24, 8, 30), florida) == there(CENTRAL, 2026, 11, 24, 8)
    assert next_open(there(CENTRAL, 2026, 11, 24, 20, 30), florida) == there(CENTRAL, 2026, 11, 25, 8)


def test_no_hour_fits_zones_all_around_the_world() -> None:
    with pytest.raises(ValueError, match="no hour"):
        next_open(there(PACIFIC, 2026, 11, 24, 12), [PACIFIC, "Asia/Kolkata", "Europe/Berlin", "Asia/Tokyo"])


@given(
    at=st.integers(0, 2 * 365 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    state=st.sampled_from(sorted(ZONES)),
)
def test_a_message_never_leaves_in_the_night_and_never_waits_a_day(at: datetime, state: str) -> None:
    opens = next_open(at, zones_of(state))
    assert timedelta(0) <= opens - at < timedelta(hours=16)
    assert all(OPENS <= opens.astimezone(ZoneInfo(zone)).time() < CLOSES for zone in zones_of(state))
    assert next_open(opens, zones_of(state)) == opens


def test_all_fifty_states_have_a_clock() -> None:
    assert len(ZONES) == 52  # with the District of Columbia and Puerto Rico
    assert zones_of(" ca ") == (PACIFIC,)
    assert zones_of("") == zones_of("ON") == ()
