"""The figures of a day or a week that follow from advice: answer time, hours and labor, declined work raised again and
recovered.

Each is one statement over the week around the day.  Totals of the period and of each of its days come from the same
statement, so that a median is a median and not an average of medians.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from dealership.figures import Bar, Figure, Period, bars, percent, share
from dealership.models import Rooftop
from dealership.money import cents
from recommendations.models import FollowUpStep
from service_lane.models import ServiceLine
from service_lane.rules.board import span

# A line counts by its first showing, whoever asked again later; what was signed at write-up was never asked.
_ANSWER_TIME = """
WITH asked AS (
  SELECT first.at, min(d.at) AS answered_at
  FROM recommendations_presentation first
  JOIN recommendations_presentedline line ON line.presentation_id = first.id
  JOIN service_lane_repairorder o ON o.id = first.repair_order_id
  LEFT JOIN recommendations_decision d ON d.advisory_id = line.advisory_id AND d.at >= first.at
  WHERE o.rooftop_id = %(rooftop)s AND first.at >= %(starts)s AND first.at < %(ends)s AND first.channel <> 'write_up'
    AND NOT EXISTS (
      SELECT FROM recommendations_presentedline other JOIN recommendations_presentation earlier
        ON earlier.id = other.presentation_id
      WHERE other.advisory_id = line.advisory_id AND earlier.id < first.id AND earlier.channel <> 'write_up')
  GROUP BY line.advisory_id, first.id, first.at)
SELECT (at AT TIME ZONE %(zone)s)::date AS day, at >= %(from)s AND at < %(until)s AS chosen, count(*) AS asked,
       count(answered_at) AS answered,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM answered_at - at)) AS median
FROM asked GROUP BY GROUPING SETS ((1), (2))
"""

# Work that was done on orders closed in the week: lines of ours, and lines as an import brought them.
_WORK = """
WITH closed AS (
  SELECT id, (closed_at AT TIME ZONE %(zone)s)::date AS day, closed_at >= %(from)s AND closed_at < %(until)s AS chosen
  FROM service_lane_repairorder
  WHERE rooftop_id = %(rooftop)s AND status = 'closed' AND closed_at >= %(starts)s AND closed_at < %(ends)s),
work AS (
  SELECT c.id, c.day, c.chosen, a.pay_type, v.labor_hours AS hours,
         CASE a.pay_type WHEN 'C' THEN v.labor END AS labor
  FROM closed c JOIN recommendations_advisory a ON a.repair_order_id = c.id AND a.work = 'done'
  JOIN recommendations_advisoryversion v ON v.advisory_id = a.id AND v.number = a.version
  UNION ALL
  SELECT c.id, c.day, c.chosen, l.pay_type, l.hours, l.labor
  FROM closed c JOIN service_lane_serviceline l ON l.repair_order_id = c.id)
SELECT day, chosen, pay_type, count(DISTINCT id), sum(hours), sum(labor), sum(hours) FILTER (WHERE labor IS NOT NULL)
FROM work GROUP BY GROUPING SETS ((day, pay_type), (chosen, pay_type))
"""

# What was declined or put off on an earlier visit of a car that came again, by operation.
_RAISED = """
WITH visit AS (
  SELECT id, vehicle_id, opened_at, (opened_at AT TIME ZONE %(zone)s)::date AS day
  FROM service_lane_repairorder
  WHERE rooftop_id = %(rooftop)s AND source = 'lane' AND status <> 'void'
    AND opened_at >= %(starts)s AND opened_at < %(ends)s),
open AS (
  SELECT DISTINCT visit.id, visit.day, said_no.op_code
  FROM visit JOIN service_lane_repairorder before ON before.vehicle_id = visit.vehicle_id
    AND before.opened_at < visit.opened_at AND before.status <> 'void'
  JOIN recommendations_advisory said_no ON said_no.repair_order_id = before.id
    AND said_no.answer IN ('declined', 'deferred') AND said_no.removed_at IS NULL AND said_no.op_code <> ''
  WHERE NOT EXISTS (
    SELECT FROM recommendations_advisory done JOIN service_lane_repairorder at ON at.id = done.repair_order_id
    WHERE at.vehicle_id = visit.vehicle_id AND at.opened_at < visit.opened_at AND at.opened_at > before.opened_at
      AND done.op_code = said_no.op_code AND done.work = 'done'))
SELECT day, count(*), count(*) FILTER (WHERE again.shown), count(*) FILTER (WHERE again.yes)
FROM open LEFT JOIN LATERAL (
  SELECT bool_or(a.presented_version IS NOT NULL) AS shown, bool_or(a.answer = 'approved') AS yes
  FROM recommendations_advisory a WHERE a.repair_order_id = open.id AND a.op_code = open.op_code) again ON true
GROUP BY day ORDER BY day
"""

# What happened to follow-ups: a line was left with a no or a later, somebody was reached for, they booked or came, and
# they said yes on a later visit.  A yes counts once, however many earlier no's it answers; what was taken back is out.
_CAME_BACK = """
WITH line AS (
  SELECT f.id, f.kind, f.created_at, f.recovered_at, f.recovered_by_id, v.total
  FROM recommendations_followup f JOIN recommendations_presentedline shown ON shown.id = f.line_id
  JOIN recommendations_advisoryversion v ON v.id = shown.version_id
  WHERE f.rooftop_id = %(rooftop)s),
event AS (
  SELECT 'left' AS what, id, created_at AS at, total FROM line WHERE kind <> 'silent'
  UNION ALL
  SELECT kinds.what, line.id, s.at, line.total
  FROM line JOIN recommendations_followupstep s ON s.follow_up_id = line.id
  JOIN LATERAL (
    SELECT 'reached' AS what WHERE s.kind = ANY(%(contacts)s) UNION ALL
    SELECT 'booked' WHERE s.kind = 'books' OR s.reason IN ('booked', 'here')) kinds ON true
  WHERE s.at >= %(starts)s AND s.at < %(ends)s
    AND NOT EXISTS (SELECT FROM recommendations_followupstep back WHERE back.takes_back_id = s.id)
  UNION ALL
  SELECT 'recovered', a.id, line.recovered_at, v.total
  FROM line JOIN recommendations_advisory a ON a.id = line.recovered_by_id
    AND a.answer = 'approved' AND a.answered_version = a.version AND a.removed_at IS NULL
  JOIN recommendations_advisoryversion v ON v.advisory_id = a.id AND v.number = a.version)
SELECT DISTINCT what, id, (at AT TIME ZONE %(zone)s)::date AS day, total
FROM event WHERE at >= %(starts)s AND at < %(ends)s
"""
_CAME_BACK_IN_ALL = f"""
SELECT what, count(*), sum(total) FROM (SELECT DISTINCT what, id, total FROM ({_CAME_BACK}) AS e) AS once GROUP BY what
"""


def figures(period: Period) -> list[Figure]:
    """Answer time, hours and labor by pay type, declined work raised again and recovered, in four statements."""
    return [answer_time(period), work_done(period), raised_again(period), came_back(period)]


def _ask(sql: str, period: Period) -> list[tuple[Any, ...]]:
    starts, ends = period.week_bounds
    since, until = period.bounds
    params: Mapping[str, Any] = {
        "rooftop": period.rooftop.pk,
        "zone": period.rooftop.time_zone,
        "starts": starts,
        "ends": ends,
        "from": since,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def answer_time(period: Period) -> Figure:
    """How long customers took, from being shown a line to their first answer to it."""
    by_day: dict[date, tuple[int, int, Decimal | None]] = {}
    asked, answered, median = 0, 0, None
    for day, chosen, shown, with_answer, middle in _ask(_ANSWER_TIME, period):
        if day:
            by_day[day] = (shown, with_answer, middle)
        elif chosen:
            asked, answered, median = shown, with_answer, middle

    def bar(row: tuple[int, int, Any]) -> tuple[Decimal | None, str, None]:
        if row[2] is None:
            return None, "no answer", None
        return Decimal(row[2]), span(timedelta(seconds=float(row[2]))), None

    return Figure(
        "answers",
        "Answer time",
        "" if median is None else span(timedelta(seconds=float(median))),
        "median",
        f"{answered} of {asked} lines shown were answered" if asked else "No line was shown.",
        "From the first time a line was shown, at the counter, by phone or by link, to the customer's first answer to "
        "it: half were quicker. Lines nobody answered have no time. What was signed at write-up is left out.",
        bars(period, by_day, bar),
    )


def work_done(period: Period) -> Figure:
    """Hours per repair order and effective labor rate, by who pays."""
    hours_by_day: dict[date, tuple[int, Decimal]] = {}
    rows: dict[str, tuple[int, Decimal, Decimal | None, Decimal | None]] = {}
    for day, chosen, pay_type, orders, hours, labor, paid_hours in _ask(_WORK, period):
        if day and pay_type == ServiceLine.PayType.CUSTOMER:
            hours_by_day[day] = (orders, hours)
        elif day is None and chosen:
            rows[pay_type] = (orders, hours, labor, paid_hours)
    customer = rows.get(ServiceLine.PayType.CUSTOMER)
    orders = customer[0] if customer else 0
    return Figure(
        "hours",
        "Hours per repair order",
        f"{customer[1] / orders:.1f}" if customer and orders else "",
        "customer pay",
        f"over {orders} closed order{'' if orders == 1 else 's'}" if orders else "No customer-pay order was closed.",
        "Labor hours of the work done on orders closed in these days, over the orders that have work of that pay type. "
        "Labor an hour, the effective rate: labor billed over those hours. Where no labor amount is known, as on our "
        "own warranty work, there is no rate.",
        bars(period, hours_by_day, lambda row: (row[1] / row[0], f"{row[1] / row[0]:.1f}", None)),
        ("Pays", "Orders", "Hours each", "Labor an hour"),
        tuple(_by_payer(label, rows[kind]) for kind, label in ServiceLine.PayType.choices if kind in rows),
    )


def _by_payer(label: str, row: tuple[int, Decimal, Decimal | None, Decimal | None]) -> tuple[str, ...]:
    orders, hours, labor, paid_hours = row
    rate = f"${cents(labor / paid_hours):,}" if labor is not None and paid_hours else "not known"
    return str(label), str(orders), f"{hours / orders:.1f}", rate


def raised_again(period: Period) -> Figure:
    """Of what a car's people said no or later to on earlier visits, what was shown again on this one."""
    found = _ask(_RAISED, period)
    raised, every, drawn = share(period, {day: (shown, count) for day, count, shown, _ in found})
    agreed = sum(yes for day, _, _, yes in found if day in period.chosen)
    return Figure(
        "follow-up",
        "Declined work followed up",
        percent(raised, every),
        "%",
        f"{raised} of {every} shown again, {agreed} now a yes" if every else "No car came with declined work.",
        "Cars written up in these days whose people said no, or later, to an operation on an earlier visit and have "
        "not had it done here since: how many of those operations were shown to them again on this visit.",
        drawn,
    )


CAME_BACK = {
    "left": "Declined or put off",
    "reached": "Followed up",
    "booked": "Booked or came",
    "recovered": "Recovered",
}
"""What happens to work that was not agreed to, in order."""
LATELY = timedelta(days=90)
_MEANS = (
    "Declined or put off: lines of visits that closed in these days, at the price then; silence is neither. Followed "
    "up: called, or sent a reminder. Booked or came: an appointment, or the car was here. Recovered: a yes on a later "
    "visit to the same check or operation, at its price, once. Each row counts what happened in these days, and is "
    "no part of the row above."
)


def came_back(period: Period) -> Figure:
    """Declined work that was followed up, booked and recovered, in lines and dollars."""
    starts, ends = period.week_bounds
    by_day: dict[date, tuple[int, Decimal]] = {}
    once: dict[str, dict[int, Decimal]] = {what: {} for what in CAME_BACK}
    for what, pk, day, total in _happened(_CAME_BACK, period.rooftop, starts, ends):
        if what == "recovered":
            count, dollars = by_day.get(day, (0, Decimal(0)))
            by_day[day] = (count + 1, dollars + total)
        if day in period.chosen:
            once[what][pk] = total
    sums = {what: (len(lines), sum(lines.values(), Decimal(0))) for what, lines in once.items()}
    return _came_back(
        sums, bars(period, by_day, lambda row: (row[1], f"${row[1]:,.0f}", None)), "No declined work was recovered."
    )


def came_back_lately(rooftop: Rooftop, at: datetime) -> Figure:
    """The same over the last 90 days, without bars."""
    found = _happened(_CAME_BACK_IN_ALL, rooftop, at - LATELY, at + timedelta(seconds=1))
    sums = {what: (count, total) for what, count, total in found}
    return _came_back(sums, (), "No declined work was recovered in the last 90 days.", " in the last 90 days")


def _happened(sql: str, rooftop: Rooftop, starts: datetime, ends: datetime) -> list[tuple[Any, ...]]:
    contacts = [str(kind) for kind in FollowUpStep.CONTACTS]
    params: Mapping[str, Any] = {
        "rooftop": rooftop.pk,
        "zone": rooftop.time_zone,
        "starts": starts,
        "ends": ends,
        "contacts": contacts,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _came_back(sums: Mapping[str, tuple[int, Decimal]], drawn: tuple[Bar, ...], nothing: str, when: str = "") -> Figure:
    count, dollars = sums.get("recovered", (0, Decimal(0)))
    lines = f"{count} line{'' if count == 1 else 's'} they had said no or later to{when}"
    return Figure(
        "recovered",
        "Declined work recovered",
        f"${cents(dollars):,}" if count else "",
        "all in",
        lines if count else nothing,
        _MEANS,
        drawn,
        ("Step", "Lines", "Dollars"),
        tuple(
            (words, str(sums.get(what, (0, 0))[0]), f"${cents(Decimal(sums.get(what, (0, 0))[1])):,}")
            for what, words in CAME_BACK.items()
        ),
    )
