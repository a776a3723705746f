"""How a car stands on the lane board: late, at risk or on time, and what the counter should do next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

LATE = "late"
AT_RISK = "risk"
ON_TIME = ""

ANSWER_NEEDS = timedelta(minutes=45)  # an answer this close to the promise leaves no time to do the work
LAST_STRETCH = timedelta(minutes=20)

READY = "ready"
NEEDS_ANSWER = "needs_answer"


def standing(*, promised_at: datetime | None, now: datetime, stage: str, parts_due_at: datetime | None = None) -> str:
    """LATE, AT_RISK or ON_TIME.  A car that is ready, or was promised for no time, is on time.

    At risk is a promise that cannot be kept as things stand: its part lands after it, nobody answered and the work
    still has to be done, or the last stretch has begun and the car is not ready.
    """
    if promised_at is None or stage == READY:
        return ON_TIME
    if promised_at <= now:
        return LATE
    left = promised_at - now
    if parts_due_at and parts_due_at > promised_at:
        return AT_RISK
    if left <= LAST_STRETCH or (stage == NEEDS_ANSWER and left <= ANSWER_NEEDS):
        return AT_RISK
    return ON_TIME


def span(length: timedelta) -> str:
    """A length of time as the board writes it.

    >>> span(timedelta(minutes=82))
    '1 h 22'
    """
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest:02d}" if rest else f"{hours} h"
    days = minutes // (24 * 60)
    return "1 day" if days == 1 else f"{days} days"


def relative(
    *, promised_at: datetime | None, now: datetime, stage: str, mark: str, told_at: datetime | None, zone: ZoneInfo
) -> str:
    """The few words at the right of a card's time."""
    if stage == READY:
        if told_at:
            return f"told {told_at.astimezone(zone):%H:%M}"
        return "early" if promised_at and promised_at > now else "not told"
    if promised_at is None:
        return "no promise"
    if mark == LATE:
        return f"{span(now - promised_at)} late"
    if mark == AT_RISK:
        return "at risk"
    here, then = now.astimezone(zone).date(), promised_at.astimezone(zone).date()
    if then != here:
        return f"{then:%a} {then.day} {then:%b}"
    left = promised_at - now
    return f"in {span(left)}" if left < timedelta(hours=1) else f"{span(left)} left"


@dataclass(frozen=True)
class Todo:
    """One of the five things to do next: a lower `rank` comes first, then the earlier `since`."""

    rank: int
    since: datetime
    title: str
    short_title: str
    text: str
    private: str
    href: str
    order: int | None = None
    resume_step: int = 0


def next_five(todos: list[Todo]) -> list[Todo]:
    """The five that come first; at most one of them is a write-up to resume."""
    ordered = sorted(todos, key=lambda todo: (todo.rank, todo.since))
    resumes = [todo for todo in ordered if todo.resume_step]
    return [todo for todo in ordered if not todo.resume_step or todo is resumes[0]][:5]
