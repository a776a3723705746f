"""What was written on paper and is typed in afterwards: when it may have happened.

The time on the paper counts, within four limits: it can be read, it has come, it is not older than the rooftop allows,
and nothing that came before it on the same car comes after it now.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NOT_A_DAY = "Enter the day on the sheet, like 2026-11-23."
NOT_A_TIME = "Enter the time on the sheet, like 08:12 or 2:15 pm."


@dataclass(frozen=True)
class Happened:
    """Something that stands before: its time, and a sentence part that goes on with it, like "the car came in"."""

    at: datetime
    what: str


def read_day(typed: str) -> date | None:
    """A day as a date field sends it; None when it is not one."""
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


def read_time(typed: str) -> time | None:
    """A time of the day as people write it; None when it is not one.

    >>> read_time("2:15 pm")
    datetime.time(14, 15)
    >>> read_time("0812")
    datetime.time(8, 12)
    """
    found = re.fullmatch(
        r"(\d{1,2}?)(?::?([0-5]\d)(?::[0-5]\d)?)?\s*([ap]m)?", typed.strip().lower().replace(".", ":"), re.ASCII
    )
    if found is None:
        return None
    hours, minutes, half = int(found[1]), int(found[2] or 0), found[3]
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half == "pm" else 0)
    return time(hours, minutes) if hours < 24 else None


def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """That wall-clock time at the rooftop."""
    return datetime.combine(day, clock, tzinfo=zone)


def refusal(at: datetime, *, now: datetime, most_days: int, zone: ZoneInfo, after: Iterable[Happened] = ()) -> str:
    """Why something cannot have happened at `at`, in a sentence for whoever typed it; "" when it can.

    `after` is what stands on the record before it: the latest of them is named.
    """
    if at > now:
        return "That time is still to come. Enter when it happened."
    oldest = now.astimezone(zone).date() - timedelta(days=most_days)
    if at.astimezone(zone).date() < oldest:
        days = "1 day" if most_days == 1 else f"{most_days} days"
        return f"Paper is entered within {days}: not before {oldest.day} {oldest:%b}. Ask the service manager."
    last = max((one for one in after if one.at > at), key=lambda one: one.at, default=None)
    if last is None:
        return ""
    local = last.at.astimezone(zone)
    day = "" if local.date() == at.astimezone(zone).date() else f" on {local.day} {local:%b}"
    return f"{last.what[0].upper()}{last.what[1:]} at {local:%H:%M}{day}. This cannot be before that."
