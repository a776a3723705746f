"""What is known of the cars that are booked, before they arrive: gathered in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q

from customers.models import Complaint, Tie
from dealership.models import Rooftop
from recommendations.models import Advisory, AdvisoryVersion, Decision
from sales_handoff.limits import limits_of
from sales_handoff.rules import tomorrow
from service_lane.facts import last_done
from service_lane.models import Appointment, RepairOrder, ScheduleRow

LOOKS_BACK = timedelta(days=730)
type Until = tuple[date | None, int | None]
ANSWERS = {Advisory.Answer.DECLINED: "declined", Advisory.Answer.DEFERRED: "deferred"}


def known_ahead(
    appointments: Sequence[Appointment], *, rooftop: Rooftop, at: datetime
) -> dict[int, tuple[dict[str, Any], bool]]:
    """By appointment: the facts as plain data, in words the counter reads, and whether known work crosses the limit."""
    cars = {one.vehicle_id for one in appointments if one.vehicle_id}
    days = {one.pk: one.due_at.astimezone(rooftop.zone).date() for one in appointments}
    odometers = _odometers(cars, rooftop)
    left = _left_over(cars, rooftop, at)
    done = last_done(cars, rooftop.zone)
    schedule = list(ScheduleRow.objects.order_by("miles", "pk"))
    complaints = _complaints(appointments, rooftop)
    households = _household_cars(appointments)
    limits = limits_of(cars, rooftop=rooftop, at=at)
    found = {}
    for one in appointments:
        car, day = one.vehicle_id or 0, days[one.pk]
        seen = odometers.get(car)
        odometer = tomorrow.expected_odometer(*seen, day) if seen else None
        work = left.get(car, [])
        limit = limits.get(car)
        known = [tomorrow.KnownWork(line["title"], Decimal(line["total"]), line["answer"]) for line, _ in work]
        crossing = tomorrow.what_crosses(limit.amount if limit else None, known)
        facts = {
            "left": [
                line | {"is_due": line["answer"] == "deferred" and tomorrow.deferred_is_due(*until, day, odometer)}
                for line, until in work
            ],
            "due": _due(one, schedule, done.get(car, {}), odometer, day),
            "odometer": odometer,
            "complaints": complaints.get(one.pk, []),
            "household": households.get(one.pk, []),
            "limit": {"amount": str(limit.amount), "cars": limit.cars, "basis": limit.basis} if limit else None,
            "limit_words": crossing.words,
        }
        found[one.pk] = (facts, crossing.crosses)
    return found


def _odometers(cars: Iterable[int], rooftop: Rooftop) -> dict[int, tuple[int, date]]:
    """The last odometer reading of each car, with its day."""
    rows = (
        RepairOrder.objects.filter(vehicle__in=cars, odometer_in__isnull=False)
        .exclude(status=RepairOrder.Status.VOID)
        .order_by("vehicle", "-opened_at", "-pk")
        .distinct("vehicle")
        .values_list("vehicle", "odometer_in", "opened_at")
    )
    return {car: (miles or 0, at.astimezone(rooftop.zone).date()) for car, miles, at in rows}


def _left_over(cars: Iterable[int], rooftop: Rooftop, at: datetime) -> dict[int, list[tuple[dict[str, Any], Until]]]:
    """By car: lines of the last two years they said no or later to, that nobody has done or advised again since.

    Each with the date and the miles it was put off until.
    """
    rows = (
        AdvisoryVersion.objects.filter(
            advisory__repair_order__vehicle__in=cars,
            advisory__repair_order__rooftop__in=Rooftop.objects.telling_at(rooftop.pk),
            advisory__repair_order__opened_at__gt=at - LOOKS_BACK,
            advisory__removed_at=None,
            number=F("advisory__version"),
        )
        .exclude(advisory__repair_order__status=RepairOrder.Status.VOID)
        .order_by("advisory__repair_order__opened_at", "advisory_id")
        .values(
            *("pk", "title", "measurement", "total", "advisory__op_code", "advisory__answer", "advisory__work"),
            *("advisory__last_decision_id", "advisory__repair_order__vehicle_id", "advisory__pay_type"),
            *("advisory__repair_order__number", "advisory__repair_order__opened_at"),
        )
    )
    by_car: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in rows:
        lines = by_car[row["advisory__repair_order__vehicle_id"]]
        name = row["advisory__op_code"] or f"line {row['pk']}"
        lines.pop(name, None)
        if row["advisory__answer"] in ANSWERS and row["advisory__work"] != Advisory.Work.DONE:
            lines[name] = row
    decisions = {row["advisory__last_decision_id"] for lines in by_car.values() for row in lines.values()}
    until = {
        pk: (on, miles)
        for pk, on, miles in Decision.objects.filter(pk__in=decisions).values_list("pk", "until_date", "until_miles")
    }
    return {
        car: [_left(row, until.get(row["advisory__last_decision_id"], (None, None))) for row in lines.values()]
        for car, lines in by_car.items()
    }


def _left(row: dict[str, Any], until: Until) -> tuple[dict[str, Any], Until]:
    on, miles = until
    line = {
        "title": row["title"],
        "measurement": row["measurement"],
        "total": str(row["total"]),
        "answer": ANSWERS[row["advisory__answer"]],
        "until": f"until {on.day} {on:%b %Y}" if on else f"until {miles:,} mi" if miles else "",
        "order": row["advisory__repair_order__number"],
        "on": row["advisory__repair_order__opened_at"].date().isoformat(),
    }
    return line, until


def _due(
    one: Appointment,
    schedule: Iterable[ScheduleRow],
    done: dict[str, tuple[int, date]],
    odometer: int | None,
    day: date,
) -> list[str]:
    """Scheduled services due by then, of those we have done before: of the others nobody here can know."""
    if one.vehicle is None:
        return []
    make, model = one.vehicle.make.upper(), one.vehicle.model.lower()
    due: dict[str, str] = {}
    for row in schedule:
        last = done.get(row.op_code)
        if last is None or row.make not in ("", make) or row.model.lower() not in ("", model):
            continue
        source = f"The maker's schedule: {row.source}" if row.is_makers else row.source
        interval = tomorrow.Interval(row.service, row.miles, row.months, source)
        if words := tomorrow.due_words(interval, *last, odometer, day):
            due[row.op_code] = words
    return list(due.values())


def _people(appointments: Sequence[Appointment]) -> Q:
    return Q(customer__in={one.customer_id for one in appointments}) | Q(
        customer__household__in={one.customer.household_id for one in appointments if one.customer.household_id}
    )


def _is_of(one: Appointment, customer: int, household: int | None) -> bool:
    return customer == one.customer_id or (household is not None and household == one.customer.household_id)


def _complaints(appointments: Sequence[Appointment], rooftop: Rooftop) -> dict[int, list[dict[str, Any]]]:
    """What is open with the customer and their household; of the household it is said that it is theirs, no more.

    This is printed and lies about, so that what was told in confidence has no words here.
    """
    told = set(Rooftop.objects.telling_at(rooftop.pk).values_list("pk", flat=True))
    rows = (
        Complaint.objects.open()
        .filter(_people(appointments))
        .order_by("opened_at", "pk")
        .values(
            *("words", "owner__name", "opened_at", "customer_id", "customer__household_id"),
            *("rooftop_id", "is_confidential"),
        )
    )
    found = defaultdict(list)
    for one in appointments:
        for row in rows:
            if _is_of(one, row["customer_id"], row["customer__household_id"]):
                theirs = row["customer_id"] == one.customer_id
                is_told = theirs and row["rooftop_id"] in told and not row["is_confidential"]
                found[one.pk].append(
                    {
                        "words": row["words"] if is_told else "",
                        "is_theirs": theirs,
                        "owner": row["owner__name"],
                        "since": row["opened_at"].date().isoformat(),
                    }
                )
    return found


def _household_cars(appointments: Sequence[Appointment]) -> dict[int, list[dict[str, Any]]]:
    """The other cars of the customer and their household."""
    rows = (
        Tie.objects.filter(_people(appointments), until_date=None, vehicle__gone_date=None)
        .order_by("vehicle_id", "pk")
        .values(
            *("vehicle_id", "customer_id", "customer__household_id"),
            *("vehicle__year", "vehicle__make", "vehicle__model"),
        )
    )
    found: dict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
    for one in appointments:
        for row in rows:
            if row["vehicle_id"] == one.vehicle_id:
                continue
            if _is_of(one, row["customer_id"], row["customer__household_id"]):
                words = (str(row["vehicle__year"] or ""), row["vehicle__model"] or row["vehicle__make"].title())
                car = found[one.pk].setdefault(
                    row["vehicle_id"], {"car": " ".join(filter(None, words)) or "Another car", "is_theirs": False}
                )
                car["is_theirs"] |= row["customer_id"] == one.customer_id
    return {pk: list(cars.values()) for pk, cars in found.items()}
