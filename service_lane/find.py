"""The find box: one question to the database, answered in three groups.

A car in the building, or one expected today, must be found even if five hundred others share its name: those few are
looked at one by one.  Everything else comes from one SELECT per thing the text may be.  The middle of a VIN, a street,
an insurance policy and other spellings are tried only when nothing was found as typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from django.db import connection

from customers import search
from customers.rules import check_vin, normalize_vin, route_query
from customers.rules.find import NAME, PHONE, PLATE, RO_NUMBER, TAG, VIN_PART, FindQuery
from customers.rules.vin import LENGTH, VinCandidate, vin_candidates
from dealership.models import Rooftop

HERE, DUE, PAST = "here", "due", "past"
MOST = 10
"""Lines of one group that are shown; whoever wants more types more."""
GROUPS = {HERE: "Here now", DUE: "Due today", PAST: "Past"}


@dataclass(frozen=True)
class Found:
    """One line of the answer, as `service_lane_find` gives it.  Ids are None where there is no such row.

    The household is that of the customer, or else of anybody who has a role for the car.  `exact` says the text names
    only this.
    """

    group: str
    order_id: int | None
    write_up_id: int | None
    appointment_id: int | None
    customer_id: int | None
    vehicle_id: int | None
    name: str
    phone: str
    plate: str
    vin: str
    year: int | None
    make: str
    model: str
    body: str
    color: str
    number: str
    tag: str
    step: str
    status: str
    at: datetime | None
    cars: str
    last_seen: datetime | None
    household_id: int | None
    household: str
    members: Sequence[str]
    household_cars: Sequence[str]
    exact: bool = False

    @property
    def car(self) -> str:
        """Like "2018 Ridgeline"; for a person found without a car, those they have."""
        words = (str(self.year or ""), self.model or self.make)
        return " ".join(word for word in words if word) or self.cars


@dataclass(frozen=True)
class Group:
    key: str
    title: str
    rows: tuple[Found, ...]


@dataclass(frozen=True)
class Answer:
    """What was found, and what to say when it is nothing.

    `candidates` are what a VIN that looks wrong may have been; `mended` says that a car was found by one of those.
    """

    query: FindQuery
    groups: tuple[Group, ...]
    spelled: tuple[str, ...]
    vin_problem: str
    candidates: tuple[VinCandidate, ...]
    mended: bool
    new: Mapping[str, str]

    @property
    def rows(self) -> tuple[Found, ...]:
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def first(self) -> Found | None:
        return next(iter(self.rows), None)

    @property
    def only(self) -> Found | None:
        """The one row somebody who pressed Enter surely meant; None when there is a choice to make."""
        if self.mended:
            return None
        rows = self.rows
        if len(rows) == 1:
            return rows[0]
        exact = [row for row in rows if row.exact]
        return exact[0] if len(exact) == 1 else None


def find(text: str, rooftop: Rooftop, at: datetime) -> Answer:
    """Everything at `rooftop`, and everybody of the group, that the text may mean: at most MOST lines a group.

    One statement; only when nothing was found, one more for the middle of a VIN, a street or a policy, and two for
    other spellings.
    """
    query = route_query(text.replace("\x00", ""))
    rows: list[Found] = []
    candidates = vin_candidates(query.value(VIN_PART))
    mended = False
    spelled: tuple[str, ...] = ()
    if query.forms:
        rows = _ask(query, rooftop, at, search.asked(query))
        if not rows and (asked := search.asked_further(query, [one.vin for one in candidates])):
            rows = _ask(query, rooftop, at, asked)
            mended = bool(rows and candidates)
        if not rows and (asked := search.asked_as_spelled(query, shortest=3)):
            rows = _ask(query, rooftop, at, asked)
            spelled = tuple(query.value(NAME).split()) if rows else ()
    new = _new(query) if not rows or mended else {}
    return Answer(query, _grouped(rows), spelled, _vin_problem(query), candidates, mended, new)


def _vin_problem(query: FindQuery) -> str:
    vin = normalize_vin(query.text)
    if len(vin) != LENGTH or not query.value(VIN_PART):
        return ""
    problems = check_vin(vin).problems
    return problems[0].message if problems else ""


def _new(query: FindQuery) -> dict[str, str]:
    """What a new write-up starts with when the text found nobody, by field of its form."""
    if phone := query.value(PHONE):
        return {"phone": phone}
    if len(vin := query.value(VIN_PART)) == LENGTH:
        return {"vin": vin}
    if "@" in query.text:
        return {"email": query.text}
    plate = query.value(PLATE)
    if plate and any(character.isdigit() for character in plate):
        return {"plate": plate}
    if query.value(NAME):
        first, _, last = query.text.rpartition(" ")
        return {"first_name": first, "last_name": last} if first else {"last_name": last}
    return {"plate": plate} if plate else {}


# --- the question ----------------------------------------------------------------------------------------------------


def _ask(query: FindQuery, rooftop: Rooftop, at: datetime, asked: str) -> list[Found]:
    """Lines from the function `service_lane_find` (migration 0013_find_planned_once), best first."""
    today = at.astimezone(rooftop.zone).date()
    starts, ends = (datetime.combine(today + timedelta(days), time.min, rooftop.zone) for days in (0, 1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM service_lane_find(%s, %s, %s, %s)", [asked, rooftop.pk, starts, ends])
        return [_found(query, Found(*row)) for row in cursor.fetchall()]


# --- the answer ------------------------------------------------------------------------------------------------------


def _found(query: FindQuery, row: Found) -> Found:
    exact = (
        (bool(row.vin) and query.value(VIN_PART) == row.vin)
        or (bool(row.plate) and query.value(PLATE) == row.plate)
        or (bool(row.number) and query.value(RO_NUMBER) == row.number)
        or (bool(row.tag) and query.value(TAG) == row.tag.upper())
    )
    return replace(row, exact=exact)


def _grouped(rows: list[Found]) -> tuple[Group, ...]:
    """Rows by group, each car or person once, where it matters most: here before due before past."""
    shown: dict[str, list[Found]] = {key: [] for key in GROUPS}
    cars: set[int] = set()
    people: set[int] = set()
    orders: set[int] = set()
    for row in rows:
        if row.group == PAST:
            if row.order_id:
                if row.order_id in orders:
                    continue
                orders.add(row.order_id)
            elif row.vehicle_id in cars or (row.vehicle_id is None and row.customer_id in people):
                continue
        if len(shown[row.group]) < MOST:
            shown[row.group].append(row)
            if row.vehicle_id:
                cars.add(row.vehicle_id)
            if row.customer_id:
                people.add(row.customer_id)
    return tuple(Group(key, GROUPS[key], tuple(rows)) for key, rows in shown.items() if rows)
