"""Write-up: from a car at the curb to an open repair order.  Nothing typed is lost; nothing missing is let through."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from customers.models import ContactPoint, Customer, Tie, Vehicle, VinDecode
from customers.rules import decode_vin, national_digits, normalize_phone
from customers.search import fold_words
from dealership import audit
from dealership.models import Rooftop, Staff
from service_lane import signals
from service_lane.models import (
    Appointment,
    Concern,
    DamageMark,
    OpCode,
    OrderNumber,
    RepairOrder,
    RequestedService,
    WriteUp,
)
from service_lane.rules import Designee, Missing, WriteUpFacts, missing_to_open
from service_lane.rules.pricing import ZERO, LinePrice, Part, dollars, price_line
from service_lane.rules.typed import CHANNELS, FIELDS, SEVERAL, Typed, as_read, read, text

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


# --- prices ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Quote:
    """What an op code costs at its rooftop today.  `price.total` is None while a part has no price."""

    op_code: OpCode
    parts: tuple[Part, ...]
    price: LinePrice

    @property
    def total(self) -> Decimal | None:
        return self.price.total


def quote(op_code: OpCode, rooftop: Rooftop) -> Quote:
    """The op code with its parts kit, priced with the rooftop's rates and taxes, all in."""
    parts = tuple(
        Part(
            description=row["description"],
            number=row.get("number", ""),
            quantity=Decimal(str(row.get("quantity", 1))),
            unit_price=None if row.get("unit_price") is None else Decimal(str(row["unit_price"])),
            state=row.get("state", "new_oem"),
        )
        for row in op_code.parts_kit
    )
    price = price_line(
        labor_hours=op_code.labor_hours,
        labor_rate=rooftop.labor_rate,
        flat_price=op_code.flat_price,
        parts=parts,
        parts_tax_rate=rooftop.parts_tax_rate,
        labor_tax_rate=rooftop.labor_tax_rate,
    )
    return Quote(op_code, parts, price)


@dataclass(frozen=True)
class Asked:
    """One service that was asked for, or the diagnosis of a concern; `concern` is its place, None for a service."""

    quote: Quote
    concern: int | None = None
    about: str = ""


def asked_for(typed: Typed, rooftop: Rooftop) -> tuple[tuple[Asked, ...], tuple[Missing, ...]]:
    """What the customer asked for with its prices, and a sentence for each that cannot be quoted.  One query."""
    wanted = [("services", code, None, "") for code in typed.services]
    wanted += [
        (f"diagnosis_{words.place}", words.diagnosis, words.place, words.words)
        for words in typed.concerns
        if words.diagnosis
    ]
    codes = {code for _, code, _, _ in wanted}
    menu = {op.code: op for op in OpCode.objects.offered_at(rooftop).filter(code__in=codes)} if codes else {}
    asked: list[Asked] = []
    problems: list[Missing] = []
    for field, code, concern, about in wanted:
        op_code = menu.get(code)
        if op_code is None:
            problems.append(Missing(field, f"{code} is not on the menu any more. Take it off."))
            continue
        if any(one.quote.op_code.pk == op_code.pk for one in asked):
            continue  # one diagnosis may serve two concerns: it is signed for, and paid, once
        priced = quote(op_code, rooftop)
        if priced.total is None:
            problems.append(
                Missing(field, f"{op_code.name} waits for a part's price. Take it off, or ask the parts desk first.")
            )
        else:
            asked.append(Asked(priced, concern, about))
    return tuple(asked), tuple(problems)


def total_of(asked: tuple[Asked, ...]) -> Decimal:
    """What is signed for, in dollars, all in."""
    return sum((one.quote.total or ZERO for one in asked), ZERO)


# --- reading what was typed ------------------------------------------------------------------------------------------


def readings(write_up: WriteUp, *, at: datetime) -> Typed:
    """The write-up's fields as values.  The plate and VIN we know stand in for fields that were never touched."""
    typed: dict[str, Any] = dict(write_up.typed)
    if write_up.vehicle:
        typed.setdefault("plate", write_up.vehicle.plate)
        typed.setdefault("vin", write_up.vehicle.vin or "")
    return read(typed, zone=write_up.rooftop.zone, customer_name=customer_name(write_up), now=at)


def customer_name(write_up: WriteUp) -> str:
    """Whom we are writing up, from our records or as typed; "" when nobody yet."""
    if write_up.customer:
        return write_up.customer.name
    person = f"{text(write_up.typed, 'first_name')} {text(write_up.typed, 'last_name')}".strip()
    return person or text(write_up.typed, "business_name")


def tread_readings(write_up: WriteUp) -> dict[str, Decimal]:
    """The treads read at the walk-around, by wheel (LF, RF, LR, RR), in 32nds of an inch."""
    typed = read(write_up.typed, zone=write_up.rooftop.zone, now=write_up.saved_at)
    return dict(typed.treads)


def words_to_sign(write_up: WriteUp, *, at: datetime) -> str:
    """The exact sentences the customer reads and signs, from what is saved now."""
    typed = readings(write_up, at=at)
    asked, _ = asked_for(typed, write_up.rooftop)
    return _words(typed, asked, write_up.rooftop, customer_name(write_up), at)


def _words(typed: Typed, asked: tuple[Asked, ...], rooftop: Rooftop, name: str, at: datetime) -> str:
    sentences = []
    for one in asked:
        price = dollars(one.quote.total or ZERO)
        if one.concern is None:
            sentences.append(f"{one.quote.op_code.name}, {price} all in.")
        else:
            sentences.append(
                f"Find the cause of \N{LEFT DOUBLE QUOTATION MARK}{one.about.rstrip('.')}"
                f"\N{RIGHT DOUBLE QUOTATION MARK}, {price} all in."
            )
    if not asked:
        sentences.append("No work is agreed yet.")
    ask = "Ask me before anything else."
    if contact := typed.contact:
        whom = "me" if contact.name in ("", name) else contact.name
        ask = f"Ask {whom} by {CHANNELS[contact.channel]} at {as_read(contact.value)} before anything else."
    sentences.append(ask)
    if typed.designee_name and typed.designee_limit:
        sentences.append(f"{typed.designee_name} may also say yes, up to {dollars(typed.designee_limit)}.")
    sentences.append(f"Authorized total {dollars(total_of(asked))}.")
    if typed.promised_at:
        promised = typed.promised_at.astimezone(rooftop.zone)
        day = (
            ""
            if promised.date() == at.astimezone(rooftop.zone).date()
            else f" on {promised:%A} {promised.day} {promised:%B}"
        )
        sentences.append(f"Ready by {promised:%H:%M}{day}.")
    return " ".join(sentences)


FIELD_OF = {
    "customer": "first_name",
    "callback_contact": "phone",
    "odometer_in": "odometer",
    "concern": "purpose",
    "authorized_contact": "contact",
    "signed": "signed_name",
    "designees": "designee_limit",
}
"""Where on the page a missing fact is filled in."""


def missing_in(write_up: WriteUp, *, at: datetime) -> tuple[Missing, ...]:
    """Everything that keeps this write-up from becoming a repair order, by its field on the page."""
    typed = readings(write_up, at=at)
    _, unpriced = asked_for(typed, write_up.rooftop)
    return _missing(write_up, typed, unpriced)


def _missing(write_up: WriteUp, typed: Typed, unpriced: tuple[Missing, ...]) -> tuple[Missing, ...]:
    reach = ""
    if write_up.customer:
        reach = write_up.customer.contact_points.values_list("value", flat=True).first() or ""
    arrived_at = (write_up.appointment.arrived_at if write_up.appointment else None) or write_up.started_at
    facts = WriteUpFacts(
        customer=customer_name(write_up),
        callback_contact=reach or text(write_up.typed, "phone") or text(write_up.typed, "email"),
        vin=typed.vin,
        plate=typed.plate,
        odometer_in=typed.odometer,
        concern=typed.purpose,
        arrived_at=arrived_at,
        authorized_contact=typed.contact.value if typed.contact else "",
        signed=bool(typed.signed_name),
        designees=(Designee(typed.designee_name, typed.designee_limit),)
        if typed.designee_name or typed.designee_limit is not None
        else (),
    )
    cannot_be_read = {one.field for one in typed.problems}
    missing = [
        replace(one, field=FIELD_OF.get(one.field, one.field), message=SAID_HERE.get(one.field, one.message))
        for one in missing_to_open(facts)
    ]
    found = [*typed.problems, *(one for one in missing if one.field not in cannot_be_read), *unpriced]
    if facts.designees and not typed.designee_name:
        found = [replace(one, field="designee_name") if one.field == "designee_limit" else one for one in found]
    if typed.vin and (other := _other_car(write_up, typed.vin)):
        found.append(
            Missing(
                "vin", f"This is the VIN of another car of ours, {other.title}. Start from that car, or check the VIN."
            )
        )
    if typed.promised_at is None and not cannot_be_read & {"promised", "promised_other"}:
        found.append(Missing("promised", "Pick the time you promise."))
    return tuple(sorted(found, key=lambda one: ORDER.index(one.field) if one.field in ORDER else len(ORDER)))


SAID_HERE = {"signed": "Ask them to type their full name. Nothing may start on the car before that."}
ORDER = (
    *("first_name", "phone", "plate", "odometer", "vin", "year", "purpose", "plan_years", "services"),
    *(f"diagnosis_{n}" for n in range(1, 10)),
    *("tread_LF", "tread_RF", "tread_LR", "tread_RR", "promised", "promised_other", "contact", "contact_other"),
    *("designee_name", "designee_limit", "signed_name"),
)


def _other_car(write_up: WriteUp, vin: str) -> Vehicle | None:
    """Another car of ours that bears this VIN, when the write-up already names a car."""
    if write_up.vehicle_id is None:
        return None
    return Vehicle.objects.filter(vin=vin).exclude(pk=write_up.vehicle_id).first()


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
    missing = _missing(write_up, typed, unpriced)
    if missing:
        raise NotReady(missing)
    words = _words(typed, asked, write_up.rooftop, customer_name(write_up), at)
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
            labor=one.quote.price.labor,
            parts=one.quote.op_code.parts_kit,
            parts_total=one.quote.price.parts,
            tax=one.quote.price.tax,
            total=one.quote.total,
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


def reach_of(write_up: WriteUp) -> list[tuple[str, str]]:
    """The phone and the e-mail typed at the counter, as (kind, value) the way they are kept."""
    fields = write_up.typed
    found = []
    if phone := text(fields, "phone"):
        found.append((ContactPoint.Kind.PHONE, normalize_phone(phone) or phone))
    if email := text(fields, "email"):
        found.append((ContactPoint.Kind.EMAIL, email.lower()))
    return found
