"""A promise comes from the work that is ahead, and says so."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from service_lane.rules.slots import Ahead, slots

HERE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 23, 17, 10, tzinfo=UTC)  # 09:10 at the counter


def offered(**more: Any) -> list[tuple[str, str]]:
    asked: dict[str, Any] = {
        "now": NOW,
        "zone": HERE,
        "opens": time(7),
        "closes": time(18),
        "bays": 6,
        "promised": [],
        "hours": Decimal("1.0"),
    }
    return [(f"{slot.at.astimezone(HERE):%a %H:%M}", slot.reason) for slot in slots(**asked | more)]


def test_with_nobody_ahead_it_begins_at_once():
    assert offered() == [
        ("Mon 11:00", "No car is ahead of this one. No other car is promised in that hour."),
        ("Mon 13:00", "Leaves 2 h more for what we find. No other car is promised in that hour."),
        ("Tue 09:30", "First in tomorrow. No other car is promised in that hour."),
    ]


def test_jobs_ahead_are_shared_among_those_who_are_there():
    ahead = Ahead(jobs=(Decimal("2.0"), Decimal("1.1")), technicians=1)
    assert offered(ahead=ahead)[0] == (
        "Mon 14:00",
        "2 jobs ahead, 3.1 h for 1 technician: one is free about 12:16. No other car is promised in that hour.",
    )
    two = Ahead(jobs=(Decimal("2.0"), Decimal("1.1")), technicians=2)
    assert offered(ahead=two)[0][0] == "Mon 12:00"
    three = Ahead(jobs=(Decimal("2.0"), Decimal("1.1")), technicians=3)
    assert "one is free now" in offered(ahead=three)[0][1]


def test_no_more_technicians_work_than_there_are_bays():
    ahead = Ahead(jobs=(Decimal(2), Decimal(2)), technicians=9)
    assert offered(ahead=ahead, bays=1)[0][0] == "Mon 15:00"


def test_a_car_without_work_asked_for_still_takes_a_look():
    assert Ahead(jobs=(Decimal(0), Decimal(0))).hours == Decimal("1.0")


def test_when_the_day_is_full_it_is_tomorrow():
    ahead = Ahead(jobs=(Decimal(9),), technicians=1)
    assert [at for at, _ in offered(ahead=ahead)] == ["Tue 09:30"]


def test_promises_to_others_take_their_bays():
    taken = [datetime(2026, 11, 23, 19, 0, tzinfo=UTC)]  # 11:00
    assert offered(promised=taken, bays=1)[0][0] == "Mon 12:00"
    assert "1 other car is promised in that hour, for 6 bays." in offered(promised=taken)[0][1]
