"""What is due on cars, seen here or not: from our visits, from what we were told, and from the schedules."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from customers.models import ToldOfCar, Vehicle
from service_lane.facts import last_done
from service_lane.models import RepairOrder, ScheduleRow
from service_lane.rules import miles_per_year
from service_lane.rules.due import CarFacts, Due, Interval, due_on_car


def due_of(vehicles: Iterable[Vehicle], *, zone: ZoneInfo, today: date) -> dict[int, list[Due]]:
    """By car, what is due on it by `today` and soon after.  Five queries, however many cars."""
    cars = {car.pk: car for car in vehicles}
    schedule = list(ScheduleRow.objects.order_by("miles", "pk")) if cars else []
    facts = _facts(cars, zone)
    return {pk: due_on_car(_fitting(schedule, car), facts[pk], today) for pk, car in cars.items()}


def _facts(cars: dict[int, Vehicle], zone: ZoneInfo) -> dict[int, CarFacts]:
    if not cars:
        return {}
    readings: dict[int, list[tuple[date, int]]] = defaultdict(list)
    told: dict[int, set[tuple[date, int]]] = defaultdict(set)
    rows = RepairOrder.objects.filter(vehicle__in=cars, odometer_in__gt=0).exclude(status=RepairOrder.Status.VOID)
    for pk, at, miles in rows.values_list("vehicle_id", "opened_at", "odometer_in"):
        readings[pk or 0].append((at.astimezone(zone).date(), miles or 0))
    said = ToldOfCar.objects.kept().filter(vehicle__in=cars, miles__isnull=False)
    for pk, on, miles in said.values_list("vehicle_id", "said_date", "miles"):
        told[pk].add((on, miles or 0))
    done = last_done(cars, zone)
    return {
        pk: CarFacts(
            year=car.year,
            readings=(*readings[pk], *told[pk]),
            told=frozenset(told[pk] - set(readings[pk])),
            miles_a_year=miles_per_year([*readings[pk], *told[pk]]),
            done=done.get(pk, {}),
        )
        for pk, car in cars.items()
    }


def _fitting(schedule: Iterable[ScheduleRow], car: Vehicle) -> list[Interval]:
    """The rows of the schedules that are for this make and model, or for any."""
    make, model = car.make.upper(), car.model.lower()
    return [
        Interval(row.op_code, row.service, row.miles, row.months, row.source, row.is_makers, bool(row.model))
        for row in schedule
        if row.make in ("", make) and row.model.lower() in ("", model)
    ]
