"""Cars: what they are, whose they are, and what the decoder proposes for their VIN."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from customers.actions.people import ChangedMeanwhile
from customers.models import Customer, Tie, ToldOfCar, Vehicle, VinDecode
from customers.rules import decode_vin, normalize_vin
from customers.signals import customer_changed
from dealership import audit
from dealership.models import Rooftop, Staff

TAKEN = ("year", "make", "model", "trim", "body")
"""What a car takes from a decoded VIN."""


class VinTaken(Exception):
    """The VIN is on a car we know: `vehicle`."""

    def __init__(self, vehicle: Vehicle) -> None:
        super().__init__(f"This VIN is on a {vehicle} here already.")
        self.vehicle = vehicle


class TakenBackAlready(Exception):
    """Somebody took that back before."""


class AlreadyTaken(Exception):
    """Somebody took the proposal meanwhile, or the car has another VIN now."""


@dataclass(frozen=True)
class Car:
    """What somebody typed about a car, folded: a VIN of letters and digits or None, a plate without spaces."""

    vin: str | None = None
    plate: str = ""
    plate_region: str = ""
    year: int | None = None
    make: str = ""
    model: str = ""
    trim: str = ""
    body: str = Vehicle.Body.SEDAN
    color: str = ""
    policy_number: str = ""


@transaction.atomic(durable=True)
def add_vehicle(
    *,
    car: Car,
    customer: Customer | None = None,
    tie: str = Tie.Kind.OWNS,
    take_proposal: bool = False,
    by: Staff,
    at: datetime,
    rooftop: Rooftop,
) -> Vehicle:
    """A car, tied to `customer` if one is named, with what its VIN proposes kept beside it.  Raises VinTaken.

    `take_proposal` says that somebody read the proposal and takes it; what they typed themselves goes first.
    """
    _refuse_known(car.vin)
    vehicle = Vehicle.objects.create(**asdict(car), created_at=at, edited_at=at)
    if customer:
        Tie.objects.create(customer=customer, vehicle=vehicle, kind=tie, since_date=at.date(), by=by)
    decode = _propose(vehicle, at)
    if decode and take_proposal:
        VinDecode.objects.filter(pk=decode.pk).accept(by=by, at=at)
        typed = {name for name in TAKEN if name != "body" and getattr(car, name)}
        _take(vehicle, decode, at, but=typed)
    audit.record(
        "vehicle.added", about=vehicle, by=by, at=at, rooftop=rooftop, customer=customer.pk if customer else None
    )
    if customer:
        customer_changed.send(sender=Customer, customer_id=customer.pk)
    return vehicle


@transaction.atomic(durable=True)
def edit_vehicle(*, vehicle: Vehicle, car: Car, seen_at: datetime | None, by: Staff, at: datetime) -> None:
    """Correct a car.  `seen_at` is `edited_at` as the page showed it.  Raises ChangedMeanwhile, VinTaken."""
    _refuse_known(car.vin, but=vehicle)
    before = {name: getattr(vehicle, name) for name in asdict(car)}
    if not Vehicle.objects.filter(pk=vehicle.pk).correct(seen_at=seen_at, at=at, **asdict(car)):
        raise ChangedMeanwhile(vehicle)
    vehicle.refresh_from_db()
    if car.vin != before["vin"]:
        _propose(vehicle, at)
    changed = {name: value for name, value in before.items() if value != getattr(vehicle, name)}
    audit.record("vehicle.edited", about=vehicle, by=by, at=at, was=changed)


def _refuse_known(vin: str | None, but: Vehicle | None = None) -> None:
    others = Vehicle.objects.exclude(pk=but.pk) if but else Vehicle.objects.all()
    if vin and (known := others.filter(vin=vin).first()):
        raise VinTaken(known)


def _propose(vehicle: Vehicle, at: datetime) -> VinDecode | None:
    if not vehicle.vin:
        return None
    proposal = decode_vin(vehicle.vin)
    return VinDecode.objects.create(
        vehicle=vehicle,
        vin=normalize_vin(vehicle.vin),
        proposal=asdict(proposal),
        error_codes=list(proposal.error_codes),
        warnings=list(proposal.warnings),
        source=f"ultravin, data of {proposal.data_month.replace('_', '-')}",
        at=at,
    )


@transaction.atomic(durable=True)
def accept_decode(*, decode: VinDecode, by: Staff, at: datetime) -> Vehicle:
    """The car becomes what its VIN proposes, where that says anything.  Raises AlreadyTaken."""
    vehicle = Vehicle.objects.select_for_update().get(pk=decode.vehicle_id)
    if vehicle.vin != decode.vin or not VinDecode.objects.filter(pk=decode.pk).accept(by=by, at=at):
        raise AlreadyTaken(decode)
    before = {name: getattr(vehicle, name) for name in TAKEN}
    _take(vehicle, decode, at)
    audit.record("vehicle.decode_taken", about=vehicle, by=by, at=at, source=decode.source, was=before)
    return vehicle


def _take(vehicle: Vehicle, decode: VinDecode, at: datetime, but: Iterable[str] = ()) -> None:
    proposed = {name: decode.proposal.get(name) for name in TAKEN if name not in set(but)}
    if proposed.get("body") not in Vehicle.Body.values:
        proposed["body"] = None
    Vehicle.objects.filter(pk=vehicle.pk).update(
        edited_at=at, **{name: value for name, value in proposed.items() if value}
    )
    vehicle.refresh_from_db()


@transaction.atomic(durable=True)
def tell_of_car(
    *,
    vehicle: Vehicle,
    customer: Customer | None,
    miles: int | None,
    words: str,
    said_date: date,
    by: Staff,
    at: datetime,
) -> ToldOfCar:
    """Keep what somebody told us of a car: miles, what it needs, or both; `customer` is who said it, if one of ours."""
    told = ToldOfCar.objects.create(
        vehicle=vehicle, customer=customer, miles=miles, words=words, said_date=said_date, by=by, at=at
    )
    audit.record("vehicle.told", about=vehicle, by=by, at=at, miles=miles, customer=customer.pk if customer else None)
    return told


@transaction.atomic(durable=True)
def take_back_told(*, told: ToldOfCar, by: Staff, at: datetime) -> None:
    """It was not so, or was written on the wrong car.  Raises TakenBackAlready."""
    if not ToldOfCar.objects.filter(pk=told.pk).take_back(at=at):
        raise TakenBackAlready(told)
    audit.record("vehicle.told_taken_back", about=told.vehicle, by=by, at=at, told=told.pk)
