"""The find box: one question to the database, answered in three groups.

A car in the building, or one expected today, must be found even if five hundred others share its name: those few are
looked at one by one.  Everything else comes from one SELECT per thing the text may be (customers.search).  Other
spellings, and the middle of a VIN, are tried only when nothing was found as typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from customers import search
from customers.rules import check_vin, normalize_vin, route_query
from customers.rules.find import NAME, PHONE, PLATE, RO_NUMBER, TAG, VIN_PART, FindQuery
from customers.rules.vin import LENGTH, VinCandidate, vin_candidates
from customers.search import MOST, Select
from dealership.models import Rooftop

HERE, DUE, PAST = "here", "due", "past"
GROUPS = {HERE: "Here now", DUE: "Due today", PAST: "Past"}


@dataclass(frozen=True)
class Found:
    """One line of the answer.  Ids are None where there is no such row; `exact` says the text names only this.

    The household is that of the customer, or else of anybody who has a role for the car.
    """

    group: str
    exact: bool
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
    household: str = ""
    members: tuple[str, ...] = ()
    household_cars: tuple[str, ...] = ()

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

    One statement; one more for the middle of a VIN and four more for other spellings, only when nothing was found; and
    one where somebody found has a household.
    """
    query = route_query(text.replace("\x00", ""))
    rows: list[Found] = []
    candidates = vin_candidates(query.value(VIN_PART))
    mended = False
    spelled: tuple[str, ...] = ()
    if query.forms:
        rows = _ask(query, rooftop, at, cars=search.cars(query), people=search.people(query))
        if not rows and query.value(VIN_PART):
            maybe = [Select(_BY_VIN, ([one.vin for one in candidates],))] if candidates else []
            rows = _ask(query, rooftop, at, cars=[*search.cars_by_middle(query), *maybe], people=[])
            mended = bool(rows and candidates)
        if not rows and (name := query.value(NAME)):
            like = search.words_like(word for word in name.split() if len(word) > 2)
            if any(like.values()):
                rows = _ask(query, rooftop, at, cars=[], people=search.people(query, like), like=like)
                spelled = tuple(name.split()) if rows else ()
    new = _new(query) if not rows or mended else {}
    return Answer(query, _grouped(_with_homes(rows)), spelled, _vin_problem(query), candidates, mended, new)


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

_CARS = "NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, found.id"
_PEOPLE = "NULL::bigint, NULL::bigint, NULL::bigint, found.customer_id, NULL::bigint"

_BY_VIN = "SELECT id FROM customers_vehicle WHERE vin = ANY(%s)"

_HERE = """
SELECT 'here' AS place, 0 AS rank, o.id AS order_id, NULL::bigint AS write_up_id, NULL::bigint AS appointment_id,
       o.customer_id, o.vehicle_id
FROM service_lane_repairorder o LEFT JOIN customers_vehicle v ON v.id = o.vehicle_id
WHERE o.rooftop_id = %s AND o.status = 'open' AND o.source = 'lane' AND ({matches})
ORDER BY o.promised_at NULLS LAST, o.id LIMIT {most}
"""
_WRITING = """
SELECT 'here', 1, NULL::bigint, u.id, NULL::bigint, u.customer_id, u.vehicle_id
FROM service_lane_writeup u LEFT JOIN customers_vehicle v ON v.id = u.vehicle_id
WHERE u.rooftop_id = %s AND u.repair_order_id IS NULL AND u.dropped_at IS NULL AND ({matches})
ORDER BY u.started_at, u.id LIMIT {most}
"""
_DUE = """
SELECT 'due', 2, NULL::bigint, NULL::bigint, a.id, a.customer_id, a.vehicle_id
FROM service_lane_appointment a LEFT JOIN customers_vehicle v ON v.id = a.vehicle_id
WHERE a.rooftop_id = %s AND a.written_up_at IS NULL AND a.canceled_at IS NULL AND a.due_at >= %s AND a.due_at < %s
  AND ({matches})
ORDER BY a.due_at, a.id LIMIT {most}
"""
_BY_NUMBER = """
SELECT 'past', 3, o.id, NULL::bigint, NULL::bigint, o.customer_id, o.vehicle_id
FROM service_lane_repairorder o
WHERE o.number LIKE %s AND o.rooftop_id = %s AND NOT (o.status = 'open' AND o.source = 'lane')
ORDER BY o.number USING ~<~, o.id LIMIT {most}
"""
_DRESSED = """
SELECT hit.place, hit.rank, hit.order_id, hit.write_up_id, hit.appointment_id, c.id, v.id,
       coalesce(c.name, trim(concat_ws(' ', u.typed->>'first_name', u.typed->>'last_name', u.typed->>'business_name'))),
       coalesce(reach.value, ''), coalesce(v.plate, u.typed->>'plate', ''), coalesce(v.vin, ''), v.year,
       coalesce(v.make, ''), coalesce(v.model, ''), coalesce(v.body, ''), coalesce(v.color, ''),
       coalesce(o.number, ''), coalesce(o.tag, ''), coalesce(o.step, a.purpose, ''), coalesce(o.status, ''),
       CASE WHEN hit.place = 'past' THEN o.opened_at ELSE coalesce(o.promised_at, a.due_at, u.started_at) END,
       coalesce(owned.cars, ''), seen.opened_at,
       coalesce(c.household_id, (
         SELECT m.household_id FROM customers_tie t JOIN customers_customer m ON m.id = t.customer_id
         WHERE t.vehicle_id = hit.vehicle_id AND t.until_date IS NULL AND m.household_id IS NOT NULL
         ORDER BY t.id LIMIT 1))
FROM hit
LEFT JOIN LATERAL (
  SELECT t.customer_id FROM customers_tie t
  WHERE hit.customer_id IS NULL AND t.vehicle_id = hit.vehicle_id AND t.until_date IS NULL
  ORDER BY t.kind <> 'owns', t.id LIMIT 1) tied ON true
LEFT JOIN customers_customer c ON c.id = coalesce(hit.customer_id, tied.customer_id)
LEFT JOIN customers_vehicle v ON v.id = hit.vehicle_id
LEFT JOIN service_lane_repairorder o ON o.id = hit.order_id
LEFT JOIN service_lane_appointment a ON a.id = hit.appointment_id
LEFT JOIN service_lane_writeup u ON u.id = hit.write_up_id
LEFT JOIN LATERAL (
  SELECT p.value FROM customers_contactpoint p WHERE p.customer_id = c.id AND p.kind = 'phone'
  ORDER BY p.preferred DESC, p.id LIMIT 1) reach ON true
LEFT JOIN LATERAL (
  SELECT string_agg(car.words, ', ' ORDER BY car.newest DESC) AS cars FROM (
    SELECT concat_ws(' ', w.year, coalesce(nullif(w.model, ''), w.make)) AS words, max(t.id) AS newest
    FROM customers_tie t JOIN customers_vehicle w ON w.id = t.vehicle_id
    WHERE hit.vehicle_id IS NULL AND t.customer_id = c.id AND t.until_date IS NULL
    GROUP BY w.id ORDER BY newest DESC LIMIT 3) car
  ) owned ON true
LEFT JOIN LATERAL (
  SELECT past.opened_at FROM service_lane_repairorder past
  WHERE hit.place = 'past' AND hit.order_id IS NULL AND past.customer_id = c.id AND past.rooftop_id = %s
    AND past.status <> 'void'
  ORDER BY past.opened_at DESC, past.id DESC LIMIT 1) seen ON true
WHERE c.merged_into_id IS NULL
ORDER BY hit.rank, hit.nth
"""
_HOMES = """
SELECT h.id, h.name,
       ARRAY(SELECT m.name FROM customers_customer m WHERE m.household_id = h.id ORDER BY m.name, m.id),
       ARRAY(SELECT concat_ws(' ', w.year, coalesce(nullif(w.model, ''), w.make)) FROM customers_vehicle w
             WHERE w.gone_date IS NULL AND w.id IN (
               SELECT t.vehicle_id FROM customers_customer m JOIN customers_tie t ON t.customer_id = m.id
               WHERE m.household_id = h.id AND t.until_date IS NULL)
             ORDER BY w.id)
FROM customers_household h WHERE h.id = ANY(%s)
"""


def _ask(
    query: FindQuery,
    rooftop: Rooftop,
    at: datetime,
    *,
    cars: list[Select],
    people: list[Select],
    like: Mapping[str, list[str]] | None = None,
) -> list[Found]:
    sql, params = question(query, rooftop, at, cars=cars, people=people, like=like)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [_found(query, row) for row in cursor.fetchall()]


def question(
    query: FindQuery,
    rooftop: Rooftop,
    at: datetime,
    *,
    cars: list[Select],
    people: list[Select],
    like: Mapping[str, list[str]] | None = None,
) -> tuple[str, list[Any]]:
    """The one statement: what the text may be, each by its own index, then the few rows found, dressed to be shown."""
    starts = datetime.combine(at.astimezone(rooftop.zone).date(), time.min, rooftop.zone)
    parts: list[str] = []
    params: list[Any] = []

    def few(template: str, alias: str, *before: Any, tests: tuple[Select, ...] = ()) -> None:
        fits = search.matches(query, customer=f"{alias}.customer_id", vehicle="v", like=like)
        parts.append(template.format(matches=" OR ".join(f"({one.sql})" for one in (fits, *tests)), most=MOST))
        params.extend((*before, *fits.params, *(value for one in tests for value in one.params)))

    few(_HERE, "o", rooftop.pk, tests=_on_the_paper(query))
    few(_WRITING, "u", rooftop.pk, tests=_as_typed(query))
    few(_DUE, "a", rooftop.pk, starts, _next_day(starts))
    if number := query.value(RO_NUMBER):
        parts.append(_BY_NUMBER.format(most=MOST))
        params.extend((f"{number}%", rooftop.pk))
    for rank, (columns, select) in enumerate([(_CARS, s) for s in cars] + [(_PEOPLE, s) for s in people], start=4):
        parts.append(f"SELECT 'past', {rank}, {columns} FROM ({select.sql}) found")
        params.extend(select.params)
    union = " UNION ALL ".join(f"({part})" for part in parts)
    hits = f"WITH hit AS MATERIALIZED (SELECT h.*, row_number() OVER () AS nth FROM ({union}) h)"
    return f"{hits} {_DRESSED}", [*params, rooftop.pk]


def _next_day(starts: datetime) -> datetime:
    tomorrow: date = starts.date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, starts.tzinfo)


def _on_the_paper(query: FindQuery) -> tuple[Select, ...]:
    """By what hangs in the car: the number of its order and the key tag."""
    number, tag = query.value(RO_NUMBER), query.value(TAG) or query.value(RO_NUMBER)
    tests = [Select("o.number LIKE %s", (f"{number}%",))] if number else []
    return (*tests, Select("upper(replace(o.tag, ' ', '')) = %s", (tag,))) if tag else tuple(tests)


def _as_typed(query: FindQuery) -> tuple[Select, ...]:
    """By what stands in a write-up whose car or customer is not known yet."""
    tests = []
    if plate := query.value(PLATE):
        tests.append(Select("upper(u.typed->>'plate') LIKE %s", (f"{plate}%",)))
    if words := query.value(NAME).split():
        written = "lower(concat_ws(' ', u.typed->>'first_name', u.typed->>'last_name', u.typed->>'business_name'))"
        tests.append(Select(" AND ".join([f"{written} LIKE %s"] * len(words)), tuple(f"%{word}%" for word in words)))
    return tuple(tests)


# --- the answer ------------------------------------------------------------------------------------------------------


def _found(query: FindQuery, row: tuple[Any, ...]) -> Found:
    (place, _, order, write_up, appointment, customer, vehicle, name, phone, plate, vin, *rest) = row
    year, make, model, body, color, number, tag, step, status, at, cars, last_seen, household_id = rest
    exact = (
        (bool(vin) and query.value(VIN_PART) == vin)
        or (bool(plate) and query.value(PLATE) == plate)
        or (bool(number) and query.value(RO_NUMBER) == number)
        or (bool(tag) and query.value(TAG) == tag.upper())
    )
    return Found(
        group=place,
        exact=exact,
        order_id=order,
        write_up_id=write_up,
        appointment_id=appointment,
        customer_id=customer,
        vehicle_id=vehicle,
        name=name or "",
        phone=phone,
        plate=plate,
        vin=vin,
        year=year,
        make=make,
        model=model,
        body=body,
        color=color,
        number=number,
        tag=tag,
        step=step,
        status=status,
        at=at,
        cars=cars,
        last_seen=last_seen,
        household_id=household_id,
    )


def _with_homes(rows: list[Found]) -> list[Found]:
    """The rows with who is in the household of each and its cars; nothing is asked where nobody has one."""
    ids = {row.household_id for row in rows if row.household_id}
    if not ids:
        return rows
    with connection.cursor() as cursor:
        cursor.execute(_HOMES, [list(ids)])
        homes = {
            pk: {"household": name, "members": tuple(members), "household_cars": tuple(cars)}
            for pk, name, members, cars in cursor.fetchall()
        }
    return [replace(row, **homes.get(row.household_id or 0, {})) for row in rows]


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
