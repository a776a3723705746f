"""The brief: at most five lines that somebody reads in five seconds before they say hello to a customer.

Each line is one short sentence with where it comes from.  What is not known is not said, and nothing fills a gap.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sales_handoff.rules.tomorrow import as_thing

MOST = 5
LONGEST_QUOTE = 90
"""Characters of somebody's words that are read at a glance."""

MIND, PROMISED, SAID_NO, DUE, DRIVES, REACH, HOUSEHOLD, WORDS, CHECKED = (
    *("mind", "promised", "said_no", "due", "drives"),
    *("reach", "household", "words", "checked"),
)
WHY = {
    MIND: "Mind this first",
    PROMISED: "Promised last",
    SAID_NO: "Left undone",
    DUE: "Due now",
    DRIVES: "How it is used",
    REACH: "Reach them",
    HOUSEHOLD: "Household",
    WORDS: "Their words",
    CHECKED: "Asked after",
}
"""What a line is about, in the order of importance: why it is shown at all."""


@dataclass(frozen=True)
class Line:
    """One line that could be said: the sentence, where it comes from, and where to read more.

    `about` names the thing it speaks of, so that two lines never say the same; "" when nothing else can speak of it.
    """

    kind: str
    text: str
    source: str
    url: str = ""
    about: str = ""

    @property
    def why(self) -> str:
        return WHY[self.kind]


def brief(lines: Iterable[Line]) -> list[Line]:
    """The lines to say: by importance, one of each kind (the first given), nothing twice, never more than MOST.

    How the car is used is said only when nothing is due on it.

    >>> [line.text for line in brief([Line(WORDS, "“Thanks.”", "Praise"), Line(MIND, "A complaint is open.", "12")])]
    ['A complaint is open.', '“Thanks.”']
    """
    order = list(WHY)
    said: list[Line] = []
    for line in sorted(lines, key=lambda line: order.index(line.kind)):
        kinds = {one.kind for one in said}
        things = {one.about for one in said if one.about}
        if line.kind in kinds or line.about in things or (line.kind == DRIVES and DUE in kinds):
            continue
        said.append(line)
    return said[:MOST]


# --- the sentences ---------------------------------------------------------------------------------------------------


def mind(title: str, owner: str, *, is_theirs: bool = True, more: int = 0) -> str:
    """
    >>> mind("A complaint is open", "Max Ruiz", more=2)
    'A complaint is open; Max Ruiz owns it. 2 more to mind.'
    >>> mind("A complaint is open", "Max Ruiz", is_theirs=False)
    'In the household: a complaint is open; Max Ruiz owns it.'
    """
    first = title if is_theirs else f"In the household: {title[:1].lower()}{title[1:]}"
    return f"{first}; {owner} owns it.{f' {more} more to mind.' if more else ''}"


def promised(at: datetime, ready_at: datetime | None, now: datetime, *, is_over: bool) -> str:
    """Whether the car was ready by the time that was promised first.

    Times are the rooftop's own; `is_over` when the car has left.
    A car that left without being called ready says nothing of whether the promise was kept.

    >>> at = datetime(2026, 11, 20, 15, 0)
    >>> promised(at, datetime(2026, 11, 20, 14, 40), at, is_over=True)
    'Ready by 15:00 on 20 Nov, as promised: kept.'
    >>> promised(at, datetime(2026, 11, 20, 16, 10), at, is_over=True)
    'Promised for 15:00 on 20 Nov, and ready 1 h 10 min late.'
    >>> promised(at, None, at - timedelta(hours=2), is_over=False)
    'Promised for 15:00 on 20 Nov; not ready yet.'
    >>> promised(at, None, at + timedelta(hours=2), is_over=False)
    'Promised for 15:00 on 20 Nov, and not ready: 2 h late.'
    """
    when = f"{at:%H:%M} on {at.day} {at:%b}"
    if ready_at is not None and ready_at <= at:
        return f"Ready by {when}, as promised: kept."
    if ready_at is not None:
        return f"Promised for {when}, and ready {_late(ready_at - at)} late."
    if is_over:
        return f"Promised for {when}; nobody wrote down when it was ready."
    if now > at:
        return f"Promised for {when}, and not ready: {_late(now - at)} late."
    return f"Promised for {when}; not ready yet."


def _late(by: timedelta) -> str:
    """Like 40 min, 1 h 10 min, 2 days."""
    if by >= timedelta(days=1):
        return f"{by.days} day{'s' if by.days != 1 else ''}"
    hours, minutes = divmod(max(1, round(by.total_seconds() / 60)), 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)


def said_no(title: str, measurement: str, on: datetime, now: datetime, *, put_off: bool = False, more: int = 0) -> str:
    """What they said no (or later) to, with the reading they were shown.

    >>> said_no("Replace the front brake pads", "4 mm, left front", datetime(2026, 5, 14), datetime(2026, 11, 23))
    'Said no to front brake pads at 4 mm, left front, in May.'
    >>> said_no("Front brake pads", "", datetime(2025, 5, 14), datetime(2026, 11, 23), put_off=True, more=1)
    'Put off front brake pads in May 2025, and 1 more.'
    """
    month = f"{on:%B}" if on.year == now.year else f"{on:%B %Y}"
    at = f" at {measurement}{',' if ',' in measurement else ''}" if measurement else ""
    verb = "Put off" if put_off else "Said no to"
    return f"{verb} {as_thing(title)}{at} in {month}{f', and {more} more' if more else ''}."


def due(titles: list[str]) -> str:
    """
    >>> due(["Replace the cabin filter", "Brake fluid flush"])
    'Cabin filter, and 1 more.'
    """
    first = as_thing(titles[0])
    more = f", and {len(titles) - 1} more" if titles[1:] else ""
    return f"{first[:1].upper()}{first[1:]}{more}."


def drives(miles_a_year: int | None, car: str, plan: str) -> str:
    """How the car is used and how long they mean to keep it; "" when neither is known.

    >>> drives(11_480, "Ridgeline", "about 3 more years")
    'About 11,500 miles a year in the Ridgeline; plan: about 3 more years.'
    >>> drives(None, "Ridgeline", "thinking of replacing")
    'Plan for the Ridgeline: thinking of replacing.'
    """
    if miles_a_year:
        return f"About {round(miles_a_year, -2):,} miles a year in the {car}{f'; plan: {plan}' if plan else ''}."
    return f"Plan for the {car}: {plan}." if plan else ""


def reach(way: str, language: str) -> str:
    """
    >>> reach("by text", "Spanish")
    'By text first, in Spanish.'
    >>> reach("", "Spanish")
    'Prefers Spanish.'
    """
    if way:
        return f"{way[:1].upper()}{way[1:]} first{f', in {language}' if language else ''}."
    return f"Prefers {language}." if language else ""


def quoted(words: str) -> str:
    """Their own words, cut at a word when they are long.

    >>> quoted("Ada kept her word.")
    '“Ada kept her word.”'
    """
    text = " ".join(words.split())
    if len(text) > LONGEST_QUOTE:
        text = f"{text[:LONGEST_QUOTE].rsplit(' ', 1)[0]}…"
    return f"“{text}”"
