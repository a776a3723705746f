"""Write-up: from a car at the curb to an open repair order.  Nothing typed is lost; nothing missing is let through."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from customers.models import ContactPoint, Customer, Tie, Vehicle, VinDecode
from customers.rules import decode_vin, national_digits
from customers.search import fold_words
from dealership import audit
from dealership.models import Rooftop, Staff
from service_lane import signals
from service_lane.counter import (
    Asked,
    asked_for,
    customer_name,
    missing_among,
    reach_of,
    readings,
    signed_words,
    total_of,
    tread_readings,
    words_to_sign,
)
from service_lane.models import (
    Appointment,
    Concern,
    DamageMark,
    OrderNumber,
    RepairOrder,
    RequestedService,
    WriteUp,
)
from service_lane.rules import Missing
from service_lane.rules.pricing import ZERO
from service_lane.rules.typed import FIELDS, SEVERAL, Typed, text

__all__ = [
    "AlreadyHere",
    "Finished",
    "NotReady",
    "choose",
    "drop",
    "mark_damage",
    "open_repair_order",
    "save",
    "start",
    "tread_readings",
    "words_to_sign",
]

type Fields = Mapping[str, str | list[str]]


class NotReady(Exception):
    """The write-up lacks something, or something in it cannot be read; `missing` names each field with a sentence."""

    def __init__(self, missing: tuple[Missing, ...]) -> None:
        super().__init__("; ".join(one.message for one in missing))
        self.missing = missing


class AlreadyHere(Exception):
    """The car is on an open repair order already: `order`."""

    def __init__(self, order: RepairOrder) -> None:
        super().__init__(f"This car is already here on {order}.")
        self.order = order


class Finished(Exception):
    """The write-up became `order` meanwhile, or was dropped (`order` is None)."""

    def __init__(self, order: RepairOrder | None) -> None:
        super().__init__(f"This write-up is {order} already." if order else "This write-up was dropped.")
        self.order = order


# --- verbs -----------------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def start(
    *,
    rooftop: Rooftop,
    by: Staff,
    at: datetime,
    customer: Customer | None = None,
    vehicle: Vehicle | None = None,
    appointment: Appointment | None = None,
    typed: Fields | None = None,
) -> WriteUp:
    """A write-up in progress.  The same car or appointment twice is the one that was already started."""
    if appointment:
        customer, vehicle = appointment.customer, appointment.vehicle or vehicle
    begun = WriteUp.objects.unfinished().filter(rooftop=rooftop)
    if appointment:
        begun = begun.filter(appointment=appointment)
    elif vehicle:
        begun = begun.filter(vehicle=vehicle)
    else:
        begun = begun.none()
    if already := begun.select_for_update().first():
        return already
    if vehicle and (order := RepairOrder.objects.here_now().filter(vehicle=vehicle).first()):
        raise AlreadyHere(order)
    first = _known(typed or {})
    if appointment:
        first = {"purpose": appointment.purpose, "stay": appointment.stay} | first
    write_up = WriteUp.objects.create(
        rooftop=rooftop,
        advisor=by,
        customer=customer,
        vehicle=vehicle,
        appointment=appointment,
        typed=first,
        started_at=at,
        saved_at=at,
    )
    if appointment:
        Appointment.objects.filter(pk=appointment.pk).arrive(at=at)
    audit.record("write_up.started", about=write_up, by=by, at=at)
    return write_up


@transaction.atomic(durable=True)
def save(*, write_up: WriteUp, typed: Fields, by: Staff, at: datetime, step: str = "") -> tuple[str, ...]:
    """Keep what was typed, right or wrong, and where they are on the page.

    Returns the names of the fields that changed; fields not in `typed` stay.  Raises Finished when it is open already.
    """
    write_up = _held(write_up)
    typed_before = dict(write_up.typed)
    write_up.typed = typed_before | _known(typed)
    changed = tuple(name for name, value in write_up.typed.items() if typed_before.get(name, "") != value)
    moved = step in WriteUp.Step.values and step != write_up.step
    if not changed and not moved:
        return ()
    if moved:
        write_up.step = step
    write_up.saved_at = at
    write_up.save(update_fields=["typed", "saved_at", "step"])
    if changed:
        audit.record("write_up.saved", about=write_up, by=by, at=at, fields=list(changed))
    return changed


@transaction.atomic(durable=True)
def choose(
    *,
    write_up: WriteUp,
    by: Staff,
    at: datetime,
    customer: Customer | None = None,
    vehicle: Vehicle | None = None,
    somebody_new: bool = False,
) -> None:
    """Say who this is and which of our cars, or that it is `somebody_new`.  Raises AlreadyHere."""
    write_up = _held(write_up)
    if vehicle and (order := RepairOrder.objects.here_now().filter(vehicle=vehicle).first()):
        raise AlreadyHere(order)
    if customer or somebody_new:
        write_up.customer = customer
    if vehicle:
        write_up.vehicle = vehicle
        write_up.typed = {name: value for name, value in write_up.typed.items() if name not in ("vin", "plate")}
    write_up.saved_at = at
    write_up.save(update_fields=["customer", "vehicle", "typed", "saved_at"])
    audit.record(
        "write_up.matched", about=write_up, by=by, at=at, customer=write_up.customer_id, vehicle=write_up.vehicle_id
    )


@transaction.atomic(durable=True)
def mark_damage(*, write_up: WriteUp, where: str, what: str, by: Staff, at: datetime) -> DamageMark:
    """Damage seen with the customer before the car goes in, as the next numbered mark."""
    write_up = _held(write_up)
    number = write_up.marks.count() + 1
    mark = DamageMark.objects.create(write_up=write_up, number=number, where=where, what=what, seen_at=at)
    write_up.saved_at = at
    write_up.save(update_fields=["saved_at"])
    audit.record("write_up.damage_marked", about=write_up, by=by, at=at, number=number, where=where, what=what)
    return mark


@transaction.atomic(durable=True)
def drop(*, write_up: WriteUp, by: Staff, at: datetime) -> None:
    """The customer left without a visit; what was typed stays, out of sight.  Raises Finished when it is open."""
    if not WriteUp.objects.filter(pk=write_up.pk).drop(at=at):
        write_up.refresh_from_db()
        raise Finished(write_up.repair_order)
    audit.record("write_up.dropped", about=write_up, by=by, at=at)


@transaction.atomic(durable=True)
def open_repair_order(*, write_up: WriteUp, words_shown: str, by: Staff, at: datetime) -> RepairOrder:
    """Turn a complete write-up into a numbered, signed, open repair order.

    `words_shown` are the sentences that stood above the signature (`words_to_sign`): the order keeps exactly those, and
    is refused when a price or a service changed after they were shown.

    Raises NotReady (what is missing, by field), AlreadyHere (this car is on an open order) or Finished.
    """
    write_up = _held(write_up)
    typed = readings(write_up, at=at)
    asked, unpriced = asked_for(typed, write_up.rooftop)
    missing = missing_among(write_up, typed, unpriced)
    if missing:
        raise NotReady(missing)
    words = signed_words(typed, asked, write_up.rooftop, customer_name(write_up), at)
    if " ".join(words_shown.split()) != words:
        raise NotReady(
            (Missing("signed_name", "What they sign has changed since it was shown. Ask them to read it once more."),)
        )
    vehicle = _vehicle(write_up, typed, by, at)
    if order := RepairOrder.objects.here_now().filter(vehicle=vehicle).select_related("rooftop").first():
        raise AlreadyHere(order)
    customer = _customer(write_up, vehicle, at)
    contact = typed.contact
    assert contact  # `_missing` said so
    assert typed.promised_at
    number = OrderNumber.objects.take(write_up.rooftop)
    try:
        with transaction.atomic():
            order = RepairOrder.objects.create(
                rooftop=write_up.rooftop,
                number=number,
                customer=customer,
                vehicle=vehicle,
                advisor=write_up.advisor,
                opened_at=at,
                purpose=typed.purpose,
                plan=typed.plan,
                plan_years=typed.plan_years if typed.plan == RepairOrder.Plan.YEARS else None,
                odometer_in=typed.odometer,
                tag=text(write_up.typed, "tag")[:12],
                stay=typed.stay,
                promised_at=typed.promised_at,
                first_promised_at=typed.promised_at,
                pay_types=write_up.appointment.pay_type if write_up.appointment else "C",
                contact_name=contact.name or customer.name,
                contact_channel=contact.channel,
                contact_value=contact.value,
                designee_name=typed.designee_name,
                designee_limit=typed.designee_limit if typed.designee_name else None,
                signed_name=typed.signed_name,
                signed_at=at,
                signed_text=words,
                authorized_total=total_of(asked),
                step="Waiting for a technician",
                step_at=at,
            )
    except IntegrityError as error:
        other = RepairOrder.objects.here_now().filter(vehicle=vehicle).select_related("rooftop").first()
        if other is None:
            raise
        raise AlreadyHere(other) from error
    _write_lines(order, typed, asked)
    write_up.photos.update(repair_order=order)
    WriteUp.objects.filter(pk=write_up.pk).finish(repair_order=order, at=at)
    if write_up.appointment_id:
        Appointment.objects.filter(pk=write_up.appointment_id).update(written_up_at=at)
    audit.record(
        "repair_order.opened",
        about=order,
        by=by,
        at=at,
        write_up=write_up.pk,
        authorized_total=str(order.authorized_total),
        signed_name=order.signed_name,
    )
    signals.repair_order_opened.send(RepairOrder, repair_order_id=order.pk)
    return order


def _held(write_up: WriteUp) -> WriteUp:
    """The write-up as it is now, locked until this transaction ends."""
    held = (
        WriteUp.objects.select_for_update(of=("self",))
        .select_related("rooftop", "customer", "vehicle", "appointment", "advisor", "repair_order")
        .get(pk=write_up.pk)
    )
    if held.repair_order_id or held.dropped_at:
        raise Finished(held.repair_order)
    return held


def _known(typed: Fields) -> dict[str, Any]:
    """The fields of a write-up among `typed`, lists as lists and the rest as typed."""
    kept: dict[str, Any] = {}
    for name, value in typed.items():
        if name in SEVERAL:
            kept[name] = [value] if isinstance(value, str) else [str(one) for one in value]
        elif name in FIELDS:
            kept[name] = value if isinstance(value, str) else str(value)
    return kept


def _write_lines(order: RepairOrder, typed: Typed, asked: tuple[Asked, ...]) -> None:
    concerns = {
        words.place: Concern(repair_order=order, letter="ABCDEFGHI"[index], words=words.words)
        for index, words in enumerate(typed.concerns)
    }
    Concern.objects.bulk_create(concerns.values())
    RequestedService.objects.bulk_create(
        RequestedService(
            repair_order=order,
            concern=concerns.get(one.concern) if one.concern else None,
            op_code=one.quote.op_code.code,
            name=one.quote.op_code.name,
            nature=one.quote.op_code.nature,
            labor_hours=one.quote.op_code.labor_hours,
            labor=one.quote.price.labor or ZERO,
            parts=one.quote.op_code.parts_kit,
            parts_total=one.quote.price.parts or ZERO,
            tax=one.quote.price.tax or ZERO,
            total=one.quote.total or ZERO,
        )
        for one in asked
    )


def _vehicle(write_up: WriteUp, typed: Typed, by: Staff, at: datetime) -> Vehicle:
    """The car: the one chosen, the one that bears the VIN typed, or a new one.  A corrected plate or VIN is kept."""
    fields = write_up.typed
    vehicle = write_up.vehicle
    if vehicle is None and typed.vin:
        vehicle = Vehicle.objects.filter(vin=typed.vin).first()
    if vehicle is None:
        vehicle = Vehicle(plate_region=write_up.rooftop.region, created_at=at)
    as_typed = {
        "vin": typed.vin,
        "plate": typed.plate,
        "plate_region": text(fields, "plate_region").upper()[:3],
        "year": typed.year,
        "make": text(fields, "make").upper(),
        "model": text(fields, "model"),
        "trim": text(fields, "trim"),
        "color": text(fields, "color").lower(),
        "body": text(fields, "body") if text(fields, "body") in Vehicle.Body.values else "",
    }
    changed = {name: value for name, value in as_typed.items() if value and value != getattr(vehicle, name)}
    if changed or vehicle.pk is None:
        for name, value in changed.items():
            setattr(vehicle, name, value)
        vehicle.edited_at = at
        vehicle.save()
    if text(fields, "decoded") and typed.vin:
        proposal = decode_vin(typed.vin)
        VinDecode.objects.create(
            vehicle=vehicle,
            vin=typed.vin,
            proposal=asdict(proposal),
            error_codes=list(proposal.error_codes),
            warnings=list(proposal.warnings),
            source=f"ultravin, data of {proposal.data_month}",
            at=at,
            accepted_by=by,
            accepted_at=at,
        )
    return vehicle


def _customer(write_up: WriteUp, vehicle: Vehicle, at: datetime) -> Customer:
    """Whose visit this is, with whatever we learned at the counter: a phone, an address, a tie to the car."""
    customer = write_up.customer or _new_customer(write_up, at)
    for kind, value in reach_of(write_up):
        ContactPoint.objects.get_or_create(
            customer=customer,
            kind=kind,
            value=value,
            defaults={"digits": national_digits(value) if kind == ContactPoint.Kind.PHONE else "", "checked_at": at},
        )
    tied = vehicle.ties.filter(until_date=None)
    if not tied.filter(customer=customer).exists():
        kind = Tie.Kind.DRIVES if tied.exists() else Tie.Kind.OWNS
        Tie.objects.create(customer=customer, vehicle=vehicle, kind=kind, since_date=at.date())
    return customer


def _new_customer(write_up: WriteUp, at: datetime) -> Customer:
    fields = write_up.typed
    business = text(fields, "business_name")
    person = bool(text(fields, "first_name") or text(fields, "last_name"))
    customer = Customer.objects.create(
        kind=Customer.Kind.PERSON if person else Customer.Kind.BUSINESS,
        first_name=text(fields, "first_name"),
        last_name=text(fields, "last_name"),
        business_name=business,
        since_date=at.date(),
        created_at=at,
        edited_at=at,
    )
    fold_words(customer)
    return customer
