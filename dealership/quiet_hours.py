"""Quiet hours: nobody's phone rings or buzzes for our sake before eight or after nine at night, where they are.

Source: 47 CFR 64.1200(c)(1), 8 a.m. to 9 p.m. at the called party's location.  That text is about solicitations; here
it holds for every offer and every follow-up, on every channel.  A message about a car that is here, and an answer
within a conversation the customer began, are no solicitation (47 CFR 64.1200(f)(15)) and may leave at any time.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS = time(8)
CLOSES = time(21)
MOST_STEPS = 8


def next_open(at: datetime, zones: Iterable[str]) -> datetime:
    """The first moment from `at` on that is outside quiet hours in every one of `zones`; `at` itself when it is.

    In UTC when it is later.  ValueError when the zones lie so far apart that there is none.

    >>> night = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)  # half past ten the evening before, in California
    >>> next_open(night, ["America/Los_Angeles"]).isoformat()
    '2026-11-24T16:00:00+00:00'
    """
    wanted = [ZoneInfo(name) for name in zones]
    for _ in range(MOST_STEPS):
        later = max((_opens(at, zone) for zone in wanted), default=at)
        if later == at:
            return at
        at = later
    raise ValueError("There is no hour of the day that is outside quiet hours in all of these zones.")


def _opens(at: datetime, zone: ZoneInfo) -> datetime:
    here = at.astimezone(zone)
    if OPENS <= here.time() < CLOSES:
        return at
    day = here.date() + timedelta(days=here.time() >= CLOSES)
    # A clock is changed in the small hours, so eight o'clock is there once on every day.
    return datetime.combine(day, OPENS, tzinfo=zone).astimezone(UTC)
