"""Every car against its repair limit, set by set: all of them, or those whose orders have just changed.

First what became of each car's closed orders is kept by month (CarMonth), then the months are added up and compared
(CarScore).  Both statements do the same for all cars and for some, and rewrite no row that stays as it is: they look
before they write, as an upsert that changes nothing still locks its row, which is a write.  They write in the order of
their keys, so that an index grows at its end: that takes a quarter off the first scan.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from sales_handoff.learning import BY_THE_SET, FOLDED, MONTH
from sales_handoff.rules.outlook import KNOWN_FROM

SPENT_OVER = 12
"""Months of spending that are looked at, this one included."""
DECLINED_OVER = 24

# What was declined is open until it is done or declined again at another price: the newest row of a kind of work says.
_KEEP_MONTHS = f"""
WITH visit AS (
  SELECT o.id, o.vehicle_id, o.rooftop_id, o.opened_at,
         {MONTH.format("(o.opened_at AT TIME ZONE r.time_zone)")} AS month
  FROM service_lane_repairorder o JOIN dealership_rooftop r ON r.id = o.rooftop_id
  WHERE o.status = 'closed' AND o.vehicle_id IS NOT NULL {{some}}
), billed AS (
  SELECT l.repair_order_id AS id, sum(l.labor + l.parts + l.misc) AS amount
  FROM service_lane_serviceline l JOIN visit ON visit.id = l.repair_order_id
  WHERE l.pay_type = 'C' GROUP BY l.repair_order_id
), line AS (
  SELECT v.id AS order_id, v.vehicle_id, v.month, v.opened_at, a.work, n.id AS version_id, n.total,
         n.labor + n.parts_total + n.fees_total AS amount,
         coalesce(nullif(a.op_code, ''), 'line ' || n.id) AS name
  FROM visit v
  JOIN recommendations_advisory a ON a.repair_order_id = v.id
  JOIN recommendations_advisoryversion n ON n.advisory_id = a.id AND n.number = a.version
  WHERE a.pay_type = 'C' AND (a.answer IN ('declined', 'deferred') OR a.work = 'done')
), done AS (
  SELECT order_id AS id, sum(amount) AS amount FROM line WHERE work = 'done' GROUP BY order_id
), open AS (
  SELECT vehicle_id, month, sum(total) AS declined
  FROM (
    SELECT DISTINCT ON (vehicle_id, name) vehicle_id, month, work, total
    FROM line ORDER BY vehicle_id, name, opened_at DESC, version_id DESC
  ) newest
  WHERE work <> 'done' GROUP BY vehicle_id, month
), spending AS (
  SELECT v.vehicle_id, v.month, sum(coalesce(b.amount, d.amount, 0)) AS spent,
         (max(ARRAY[extract(epoch FROM v.opened_at)::bigint, v.id, v.rooftop_id]))[3] AS rooftop_id
  FROM visit v LEFT JOIN billed b USING (id) LEFT JOIN done d USING (id)
  GROUP BY v.vehicle_id, v.month
), gone AS (
  DELETE FROM sales_handoff_carmonth m
  WHERE NOT EXISTS (SELECT FROM spending s WHERE (s.vehicle_id, s.month) = (m.vehicle_id, m.month)) {{of_months}}
)
INSERT INTO sales_handoff_carmonth (vehicle_id, month, rooftop_id, spent, declined)
SELECT s.vehicle_id, s.month, s.rooftop_id, s.spent, coalesce(o.declined, 0)
FROM spending s
LEFT JOIN open o USING (vehicle_id, month)
LEFT JOIN sales_handoff_carmonth kept USING (vehicle_id, month)
WHERE (kept.rooftop_id, kept.spent, kept.declined) IS DISTINCT FROM (s.rooftop_id, s.spent, coalesce(o.declined, 0))
ORDER BY s.vehicle_id, s.month
ON CONFLICT (vehicle_id, month) DO UPDATE
SET rooftop_id = excluded.rooftop_id, spent = excluded.spent, declined = excluded.declined
"""

# A month in the upper bits and a rooftop in the lower ones: the greatest tells where a car was last, without a sort.
_SCORE = f"""
WITH kind AS MATERIALIZED (
  SELECT d.*, {FOLDED.format("make")} AS make_as, {FOLDED.format("model")} AS model_as
  FROM (SELECT DISTINCT make, model, body FROM customers_vehicle {{some_cars}}) d
), outlook AS MATERIALIZED (
  SELECT r.id AS rooftop_id, k.make, k.model, k.body, coalesce(own.limits, alike.limits, published.limits) AS limits
  FROM kind k CROSS JOIN dealership_rooftop r
  LEFT JOIN sales_handoff_caroutlook own
    ON (own.rooftop_id, own.make, own.model, own.body) = (r.id, k.make_as, k.model_as, k.body)
  LEFT JOIN sales_handoff_caroutlook alike
    ON (alike.rooftop_id, alike.make, alike.model, alike.body) = (r.id, k.make_as, k.model_as, '')
  LEFT JOIN sales_handoff_caroutlook published
    ON (published.rooftop_id, published.make, published.model, published.body) = (r.id, '', '', '')
), at_age AS MATERIALIZED (
  SELECT o.rooftop_id, o.make, o.model, o.body, %(this_month)s - (age - 1) AS born, amount
  FROM outlook o, unnest(o.limits) WITH ORDINALITY AS l (amount, age)
  WHERE age > %(known_from)s AND (%(this_month)s - (age - 1)) %% 12 = 0
), record AS (
  SELECT vehicle_id, (max(month::bigint << 32 | rooftop_id) & 4294967295) AS rooftop_id,
         coalesce(sum(spent) FILTER (WHERE month > %(this_month)s - %(spent_over)s), 0) AS spent,
         coalesce(sum(declined) FILTER (WHERE month > %(this_month)s - %(declined_over)s), 0) AS declined
  FROM sales_handoff_carmonth {{some_months}} GROUP BY vehicle_id
), scored AS (
  SELECT v.id AS vehicle_id, r.rooftop_id, a.amount AS most, r.declined, r.spent,
         CASE WHEN a.amount IS NULL THEN 'unknown' WHEN r.declined > a.amount THEN 'over'
              WHEN r.declined > 0 AND r.declined + r.spent > a.amount THEN 'near' ELSE 'within' END AS standing
  FROM record r
  JOIN customers_vehicle v ON v.id = r.vehicle_id AND v.gone_date IS NULL
  LEFT JOIN at_age a ON (a.rooftop_id, a.make, a.model, a.body, a.born)
                      = (r.rooftop_id, v.make, v.model, v.body, v.year * 12)
), gone AS (
  DELETE FROM sales_handoff_carscore c
  WHERE NOT EXISTS (SELECT FROM scored s WHERE s.vehicle_id = c.vehicle_id) {{of_scores}}
)
INSERT INTO sales_handoff_carscore (vehicle_id, rooftop_id, "limit", declined, spent, standing, at)
SELECT s.vehicle_id, s.rooftop_id, s.most, s.declined, s.spent, s.standing, %(at)s
FROM scored s LEFT JOIN sales_handoff_carscore kept USING (vehicle_id)
WHERE (kept.rooftop_id, kept."limit", kept.declined, kept.spent, kept.standing)
  IS DISTINCT FROM (s.rooftop_id, s.most, s.declined, s.spent, s.standing)
ORDER BY s.vehicle_id
ON CONFLICT (vehicle_id) DO UPDATE
SET rooftop_id = excluded.rooftop_id, "limit" = excluded."limit", declined = excluded.declined,
    spent = excluded.spent, standing = excluded.standing, at = excluded.at
"""


def keep_months(vehicle_ids: Sequence[int] | None = None) -> int:
    """Keep each month of these cars, or of all; returns how many rows were written.  In the caller's transaction."""
    some = {"some": "AND o.vehicle_id = ANY(%(cars)s)", "of_months": "AND m.vehicle_id = ANY(%(cars)s)"}
    return _run(_KEEP_MONTHS, some, {}, vehicle_ids)


def score(today: date, at: datetime, vehicle_ids: Sequence[int] | None = None) -> int:
    """Score these cars, or all, from their months; returns how many rows were written.  In the caller's transaction.

    A car that was never here, or is gone, has no score.
    """
    some = {
        "some_cars": "WHERE id = ANY(%(cars)s)",
        "some_months": "WHERE vehicle_id = ANY(%(cars)s)",
        "of_scores": "AND c.vehicle_id = ANY(%(cars)s)",
    }
    params = {
        "at": at,
        "this_month": today.year * 12 + today.month - 1,
        "known_from": KNOWN_FROM,
        "spent_over": SPENT_OVER,
        "declined_over": DECLINED_OVER,
    }
    return _run(_SCORE, some, params, vehicle_ids)


def _run(sql: str, some: dict[str, str], params: dict[str, Any], vehicle_ids: Sequence[int] | None) -> int:
    """The statement over all cars, or narrowed to some."""
    with connection.cursor() as cursor:
        if vehicle_ids is None:
            some = dict.fromkeys(some, "")
            cursor.execute(BY_THE_SET)
        cursor.execute(sql.format(**some), {**params, "cars": list(vehicle_ids or ())})
        return cursor.rowcount
