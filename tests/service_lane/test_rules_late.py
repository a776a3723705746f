"""When something that stood on paper may have happened."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from service_lane.rules.late import Happened, moment, read_day, read_time, refusal

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 24, 1, 40, tzinfo=UTC)  # 17:40 on Monday the 23rd at the counter


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("8:12", time(8, 12)),
        ("08:12", time(8, 12)),
        ("0812", time(8, 12)),
        ("812", time(8, 12)),
        ("8", time(8, 0)),
        ("2:15 pm", time(14, 15)),
        ("2.15pm", time(14, 15)),
        ("12:05 am", time(0, 5)),
        ("12:05 PM", time(12, 5)),
        ("08:12:00", time(8, 12)),
    ],
)
def test_a_time_is_read_as_people_write_it(typed: str, means: time) -> None:
    assert read_time(typed) == means


@pytest.mark.parametrize("typed", ["", "noon", "25:00", "8:7", "13:15 pm", "0 am", "-1:30", "8:61", "8:12x"])
def test_what_is_no_time_is_none(typed: str) -> None:
    assert read_time(typed) is None


@pytest.mark.parametrize(("typed", "means"), [("2026-11-23", date(2026, 11, 23)), ("23/11/2026", None), ("", None)])
def test_a_day_is_read_as_a_date_field_sends_it(typed: str, means: date | None) -> None:
    assert read_day(typed) == means


def test_the_clock_on_paper_is_the_rooftops() -> None:
    assert moment(date(2026, 11, 23), time(8, 12), ZONE) == datetime(2026, 11, 23, 16, 12, tzinfo=UTC)


def refused(at: datetime, *after: Happened, days: int = 7) -> str:
    return refusal(at, now=NOW, most_days=days, zone=ZONE, after=after)


def test_a_time_this_morning_is_fine() -> None:
    assert refused(NOW - timedelta(hours=9)) == ""


def test_a_time_still_to_come_is_refused() -> None:
    assert refused(NOW + timedelta(minutes=1)) == "That time is still to come. Enter when it happened."


def test_a_week_back_is_the_last_day_that_counts() -> None:
    first = moment(date(2026, 11, 16), time(0, 0), ZONE)
    assert refused(first) == ""
    sentence = "Paper is entered within 7 days: not before 16 Nov. Ask the service manager."
    assert refused(first - timedelta(minutes=1)) == sentence
    assert refused(first, days=1).startswith("Paper is entered within 1 day: not before 22 Nov.")


def test_nothing_comes_before_what_it_follows_and_the_latest_is_named() -> None:
    came = Happened(moment(date(2026, 11, 23), time(8, 12), ZONE), "the car came in")
    signed = Happened(moment(date(2026, 11, 23), time(8, 20), ZONE), "RO 48000 was signed")
    at = moment(date(2026, 11, 23), time(8, 10), ZONE)
    assert refused(at, came, signed) == "RO 48000 was signed at 08:20. This cannot be before that."
    assert refused(signed.at, came, signed) == ""
    yesterday = at - timedelta(days=1)
    assert refused(yesterday, came) == "The car came in at 08:12 on 23 Nov. This cannot be before that."
