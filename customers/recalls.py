"""Which recalls are possible on cars, by make, model and year, and what was found out by their VIN."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.db import connection
from django.db.models import Max
from psycopg import Cursor

from customers.models import RecallCheck, RecallFile, Vehicle
from customers.rules import recalls as rules


@dataclass(frozen=True)
class PossibleRecall:
    """One campaign that may be about one car.

    `state` is "" until somebody looked the VIN up; `number` counts the answers so far; `since` is when the list first
    said so here.  A "not this car" that is older than a record of the campaign counts no more: `has_grown`.
    """

    campaign: str
    maker_campaign: str
    record_id: int
    component: str
    defect: str
    consequence: str
    remedy: str
    notes: str
    received_on: date | None
    do_not_drive: bool
    park_outside: bool
    since: datetime
    state: str
    number: int
    source: str
    checked_by: str
    checked_at: datetime | None
    has_grown: bool

    @property
    def is_open(self) -> bool:
        return rules.is_open(self.state, has_grown=self.has_grown)

    @property
    def part(self) -> str:
        return rules.readable(self.component)

    @property
    def standing(self) -> str:
        return rules.standing(self.state, has_grown=self.has_grown)

    @property
    def source_label(self) -> str:
        return RecallCheck.Source(self.source).label if self.source else ""

    @property
    def warnings(self) -> tuple[str, ...]:
        return rules.warnings(do_not_drive=self.do_not_drive, park_outside=self.park_outside)


# A car is what most words of it say among the models the make is listed with, in whatever year, or one of its series.
POSSIBLE = """
WITH candidate AS (
    SELECT * FROM unnest(%(vehicles)s::bigint[], %(years)s::int[], %(makes)s::text[], %(models)s::text[],
                         %(words)s::int[], %(of_series)s::bool[])
        AS t (vehicle_id, year, make_key, model_key, words, of_series)
), listed AS (
    SELECT candidate.*, rank() OVER (PARTITION BY vehicle_id ORDER BY words DESC) AS place
    FROM candidate
    WHERE NOT of_series AND EXISTS (SELECT FROM customers_recall r
                  WHERE r.make_key = candidate.make_key AND r.model_key = candidate.model_key)
), fits AS (
    SELECT listed.vehicle_id, r.*
    FROM listed
    JOIN customers_recall r ON r.make_key = listed.make_key AND r.model_key = listed.model_key
     AND listed.year BETWEEN r.year_from AND r.year_until AND r.withdrawn_at IS NULL
    WHERE listed.place = 1
    UNION ALL
    SELECT candidate.vehicle_id, r.*
    FROM candidate
    JOIN customers_recall r ON r.make_key = candidate.make_key AND r.model_key ~ candidate.model_key
     AND candidate.year BETWEEN r.year_from AND r.year_until AND r.withdrawn_at IS NULL
    WHERE candidate.of_series
), campaigns AS (
    SELECT vehicle_id, campaign, min(record_id) AS record_id, min(added_at) AS since, max(added_at) AS grown_at,
           string_agg(DISTINCT component, '; ' ORDER BY component) AS component,
           bool_or(do_not_drive) AS do_not_drive, bool_or(park_outside) AS park_outside
    FROM fits GROUP BY vehicle_id, campaign
)
SELECT c.vehicle_id, c.campaign, r.maker_campaign, c.record_id, c.component, r.defect, r.consequence, r.remedy,
       r.notes, r.received_on, c.do_not_drive, c.park_outside, c.since, coalesce(k.state, ''), coalesce(k.number, 0),
       coalesce(k.source, ''), coalesce(s.name, ''), k.at, coalesce(c.grown_at > k.at, false)
FROM campaigns c
JOIN customers_recall r ON r.record_id = c.record_id
LEFT JOIN customers_recallcheck k ON k.vehicle_id = c.vehicle_id AND k.campaign = c.campaign
LEFT JOIN dealership_staff s ON s.id = k.by_id
ORDER BY c.vehicle_id, c.do_not_drive DESC, c.park_outside DESC, r.received_on DESC NULLS LAST, c.campaign
"""


def possible_recalls(vehicles: Iterable[Vehicle]) -> dict[int, list[PossibleRecall]]:
    """By car, every campaign that may be about it: those not to drive first, then the newest.  One query.

    A car whose make, model or year is not known cannot be looked up and has no key.  Nothing here has a price: what
    a recall repairs is free.
    """
    asked = [
        (vehicle.pk, vehicle.year, one)
        for vehicle in vehicles
        if vehicle.year
        for one in rules.candidates(vehicle.make, vehicle.model, vehicle.trim)
    ]
    found: dict[int, list[PossibleRecall]] = {pk: [] for pk, _, _ in asked}
    if not asked:
        return found
    given: dict[str, list[Any]] = {
        "vehicles": [pk for pk, _, _ in asked],
        "years": [year for _, year, _ in asked],
        "makes": [one.make_key for _, _, one in asked],
        "models": [one.model_key for _, _, one in asked],
        "words": [one.words for _, _, one in asked],
        "of_series": [one.of_series for _, _, one in asked],
    }
    with connection.cursor() as cursor:
        cast("Cursor[Any]", cursor).execute(POSSIBLE, given)
        for vehicle_id, *facts in cursor.fetchall():
            found[vehicle_id].append(PossibleRecall(*facts))
    return found


@dataclass(frozen=True)
class Looked:
    """What was looked at: the newest record held of each of NHTSA's two files, None for one that never came in."""

    pre: date | None
    post: date | None

    @property
    def is_there(self) -> bool:
        return bool(self.pre or self.post)

    @property
    def words(self) -> str:
        return rules.where_looked(self.pre, self.post)


def looked_at() -> Looked:
    """How fresh the list is.  One query."""
    newest = dict(RecallFile.objects.done().order_by().values_list("part").annotate(newest=Max("newest_on")))
    return Looked(newest.get(RecallFile.Part.PRE), newest.get(RecallFile.Part.POST))


def recall_line(found: Iterable[PossibleRecall]) -> rules.Line | None:
    """One line on a car for its card, the write-up and the brief; None when nothing is possible or open."""
    ours = [one for one in found if one.is_open]
    return rules.summary(
        ("" if one.has_grown and one.state == rules.NOT_THIS_CAR else one.state for one in ours),
        do_not_drive=any(one.do_not_drive for one in ours),
        park_outside=any(one.park_outside for one in ours),
    )
