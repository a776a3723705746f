"""What a rooftop has seen of each class of cars, from its own closed orders, set by set.

A class is a make and model, whatever the body, and again each body of which enough was seen to stand alone.  Four
statements, whatever the history: each answers with a few rows for a class, and the rules make the outlook of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from dealership.models import Rooftop
from sales_handoff.rules.costs import LAST_YEAR_KNOWN as LAST_YEAR
from sales_handoff.rules.outlook import ClassHistory, YearOfAge, usual_repair

Kind = tuple[str, str, str]
"""Make and model as the value guide folds them, and body; "" for whatever body."""

YEARS_BACK = 6
STAYS_FOR = 12
"""Months after its last visit for which a car still counts as ours, had it needed a repair."""
OF_ONE_BODY = 10
"""Cars from which a body of a model is a class of its own: exports often do not say it."""
LARGE = Decimal(200)
"""Dollars from which a billed line of an operation the catalog does not know counts as a repair."""
SHARES = (Decimal("0.5"), Decimal("0.8"))
"""Where the cheaper half of a class's repairs ends, and where its dearest two tenths begin."""

FOLDED = r"upper(btrim(regexp_replace({}, '\s+', ' ', 'g')))"
"""rules.guide.fold(), in SQL."""
MONTH = "(extract(year FROM {0}) * 12 + extract(month FROM {0}) - 1)::int"
"""A date or local time as a number of months: twelve times the year, and the months before it."""

_VISITS = f"""
WITH kind AS (
  SELECT d.*, {FOLDED.format("make")} AS make_as, {FOLDED.format("model")} AS model_as
  FROM (SELECT DISTINCT make, model, body FROM customers_vehicle WHERE make <> '' AND model <> '') d
), visit AS (
  SELECT o.id, o.vehicle_id, k.make_as AS make, k.model_as AS model, v.body, v.gone_date, v.year * 12 AS born,
         {MONTH.format("(o.opened_at AT TIME ZONE %(zone)s)")} AS month
  FROM service_lane_repairorder o
  JOIN customers_vehicle v ON v.id = o.vehicle_id
  JOIN kind k ON (k.make, k.model, k.body) = (v.make, v.model, v.body)
  WHERE o.rooftop_id = %(rooftop)s AND o.status = 'closed' AND v.year IS NOT NULL
    AND o.opened_at >= (%(first)s::timestamp AT TIME ZONE %(zone)s)
    AND o.opened_at < (%(today)s::date + 1)::timestamp AT TIME ZONE %(zone)s
), billed AS (
  SELECT l.repair_order_id AS id, l.labor + l.parts + l.misc AS amount,
         coalesce(c.nature <> 'maintenance', l.labor + l.parts + l.misc >= %(large)s) AS is_repair
  FROM service_lane_serviceline l
  JOIN visit ON visit.id = l.repair_order_id
  LEFT JOIN service_lane_opcode c ON c.rooftop_id = %(rooftop)s AND c.code = l.op_code AND l.op_code <> ''
  WHERE l.pay_type = 'C'
), done AS (
  SELECT a.repair_order_id AS id, n.labor + n.parts_total + n.fees_total AS amount,
         a.nature <> 'maintenance' AS is_repair
  FROM recommendations_advisory a
  JOIN visit ON visit.id = a.repair_order_id
  JOIN recommendations_advisoryversion n ON n.advisory_id = a.id AND n.number = a.version
  WHERE a.work = 'done' AND a.pay_type = 'C' AND NOT EXISTS (SELECT FROM billed WHERE billed.id = a.repair_order_id)
), paid AS (
  SELECT v.id, v.make, v.model, v.body, greatest(0, v.month - v.born) / 12 + 1 AS year_of_age,
         coalesce(sum(p.amount) FILTER (WHERE p.is_repair), 0) AS repair,
         coalesce(sum(p.amount) FILTER (WHERE NOT p.is_repair), 0) AS upkeep
  FROM visit v
  JOIN (SELECT * FROM billed UNION ALL SELECT * FROM done) p ON p.id = v.id
  GROUP BY v.id, v.make, v.model, v.body, v.month, v.born
)
"""

_SEEN = (
    _VISITS
    + """
SELECT make, model, c.body, count(DISTINCT vehicle_id), count(*)
FROM visit CROSS JOIN LATERAL (VALUES (visit.body), ('')) AS c (body)
GROUP BY make, model, c.body HAVING c.body = '' OR count(DISTINCT vehicle_id) >= %(of_one_body)s
"""
)

# A car counts from its first visit until a year after its last one, today, or the day it was gone.
_MONTHS = (
    _VISITS
    + f"""
, stay AS (
  SELECT make, model, body, greatest(0, min(month) - born) AS since,
         greatest(0, least(max(month) + %(stays)s, %(this_month)s, {MONTH.format("min(gone_date)")}) - born) AS until
  FROM visit GROUP BY vehicle_id, make, model, body, born
), seen AS (
  SELECT make, model, c.body, y + 1 AS year_of_age, sum(least(until, y * 12 + 12) - greatest(since, y * 12)) AS months
  FROM stay CROSS JOIN LATERAL (VALUES (stay.body), ('')) AS c (body), generate_series(since / 12, (until - 1) / 12) y
  WHERE until > since GROUP BY make, model, c.body, y
), spent AS (
  SELECT make, model, c.body, year_of_age, count(*) FILTER (WHERE repair > 0) AS repairs, sum(upkeep) AS upkeep
  FROM paid CROSS JOIN LATERAL (VALUES (paid.body), ('')) AS c (body)
  GROUP BY make, model, c.body, year_of_age
)
SELECT make, model, body, year_of_age, coalesce(months, 0), coalesce(repairs, 0), coalesce(greatest(upkeep, 0), 0)
FROM seen FULL JOIN spent USING (make, model, body, year_of_age)
"""
)

_SIZES = (
    _VISITS
    + """
, usual AS (SELECT * FROM unnest(%(years)s::int[], %(usual)s::numeric[]) AS u (year_of_age, dollars)
), sized AS (
  SELECT make, model, c.body, repair / dollars AS size,
         percent_rank() OVER (PARTITION BY make, model, c.body ORDER BY repair / dollars, id) AS rank
  FROM paid CROSS JOIN LATERAL (VALUES (paid.body), ('')) AS c (body)
  JOIN usual ON usual.year_of_age = least(paid.year_of_age, %(last_year)s)
  WHERE repair > 0
)
SELECT make, model, body, width_bucket(rank::numeric, %(shares)s::numeric[]), count(*), avg(size)
FROM sized GROUP BY 1, 2, 3, 4
"""
)

# Of each model year, make and model the newest rows; a guide knows no body.
_GUIDE = """
WITH newest AS (
  SELECT DISTINCT ON (make, model, year, trim) make, model, ln((low + high) / 2) AS value,
         greatest(0, extract(year FROM as_of_date) - year) AS age
  FROM sales_handoff_valueguiderow WHERE low + high > 0
  ORDER BY make, model, year, trim, as_of_date DESC, id
)
SELECT make, model, count(*), avg(age), avg(value), count(*) * var_pop(age), count(*) * covar_pop(age, value)
FROM newest GROUP BY make, model
"""


def histories(rooftop: Rooftop, today: date) -> dict[Kind, ClassHistory]:
    """What `rooftop` has seen of each class in the last YEARS_BACK years.

    A model that only the value guide knows is a class of no cars, and ("", "", "") one that nothing knows.
    """
    years = range(1, LAST_YEAR + 1)
    this_month = today.year * 12 + today.month - 1
    params: Mapping[str, Any] = {
        "rooftop": rooftop.pk,
        "zone": rooftop.time_zone,
        "today": today,
        "first": date(today.year - YEARS_BACK, today.month, 1),
        "this_month": this_month,
        "stays": STAYS_FOR,
        "of_one_body": OF_ONE_BODY,
        "large": LARGE,
        "years": list(years),
        "usual": [usual_repair(year) for year in years],
        "last_year": LAST_YEAR,
        "shares": list(SHARES),
    }
    by_year: dict[Kind, dict[int, YearOfAge]] = defaultdict(dict)
    for make, model, body, year, months, repairs, upkeep in _ask(_MONTHS, params):
        by_year[make, model, body][year] = YearOfAge(int(months), repairs, upkeep)
    sizes: dict[Kind, list[tuple[int, Decimal]]] = defaultdict(lambda: [(0, Decimal(0))] * 3)
    for make, model, body, place, count, mean in _ask(_SIZES, params):
        sizes[make, model, body][place] = (count, mean)
    guide = {
        (make, model): (count, *(Decimal(str(figure)) for figure in figures))
        for make, model, count, *figures in _ask(_GUIDE, params)
    }
    found = {("", "", ""): ClassHistory()}
    found |= {(make, model, ""): ClassHistory(guide=rows) for (make, model), rows in guide.items()}
    for make, model, body, cars, orders in _ask(_SEEN, params):
        kind = (make, model, body)
        history = ClassHistory(cars=cars, orders=orders, years=by_year[kind], sizes=tuple(sizes[kind]))
        found[kind] = replace(history, guide=guide[make, model]) if (make, model) in guide else history
    return found


def _ask(sql: str, params: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
