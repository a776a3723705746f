"""What is due on a car, for the pages of cars and households below, which ask for it by address."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from customers.models import Household, ToldOfCar, Vehicle
from dealership.http import Request, fetch, role_required
from dealership.models import SERVICE
from service_lane.due import due_of

MOST_TOLD = 2


def rows_of_due(request: Request, cars: Iterable[Vehicle], now: datetime) -> dict[int, dict[str, Any]]:
    """By car: `due`, each with when in words, and `told`, the newest of what we were told of it."""
    cars = list(cars)
    today = timezone.localdate(now)
    told: dict[int, list[ToldOfCar]] = defaultdict(list)
    for one in () if request.counter_view else ToldOfCar.objects.kept().filter(vehicle__in=cars):
        if len(told[one.vehicle_id]) < MOST_TOLD:
            told[one.vehicle_id].append(one)
    found = due_of(cars, zone=request.rooftop.zone, today=today)
    return {
        pk: {
            "due": [
                {
                    "service": one.service,
                    "when": one.when(today),
                    "why": "" if request.counter_view else one.why,
                    "schedule": one.schedule,
                }
                for one in rows
            ],
            "told": told[pk],
        }
        for pk, rows in found.items()
    }


@require_GET
@role_required(*SERVICE)
def car_due(request: Request, pk: int) -> HttpResponse:
    """What the schedules ask for on one car, for its page; a page of its own without htmx."""
    vehicle = fetch(Vehicle.objects.all(), request.user, SERVICE, pk=pk)
    context = {"vehicle": vehicle, **rows_of_due(request, [vehicle], timezone.now())[pk]}
    return render(request, f"service_lane/car_due.html{'#part' if request.htmx else ''}", context)


@require_GET
@role_required(*SERVICE)
def household_due(request: Request, pk: int) -> HttpResponse:
    """The same for every car of a household: fills the slots of its page; a page of its own without htmx."""
    household = fetch(Household.objects.all(), request.user, SERVICE, pk=pk)
    cars = list(Vehicle.objects.of_household(household)[: Vehicle.MOST_ON_A_PAGE])
    found = rows_of_due(request, cars, timezone.now())
    context = {"household": household, "cars": [{"pk": car.pk, "title": car.title, **found[car.pk]} for car in cars]}
    return render(request, f"service_lane/household_due.html{'#slots' if request.htmx else ''}", context)
