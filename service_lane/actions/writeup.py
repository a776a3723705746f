"""Write-up: from a car at the curb to an open repair order.  Nothing typed is lost; nothing missing is let through."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from customers.models import ContactPoint, Customer, Tie, Vehicle, VinDecode
from customers.rules import decode_vin, national_digits
from customers.search import fold_words
from dealership import audit
from dealership.models import Rooftop, Staff
from service_lane import signals
from service_lane.counter import (
    Asked,
    asked_for,
    contact_on_file,
    customer_name,
    missing_among,
    on_paper,
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
    OrderNumber,
    RepairOrder,
    RequestedService,
    Signature,
    WriteUp,
)
from service_lane.models.orders import NOT_SIGNED
from service_lane.rules import Missing
from service_lane.rules.pricing import ZERO
from service_lane.rules.typed import CHOICES, FIELDS, SEVERAL, Typed, text

__all__ = [
    "AlreadyHere",
    "Finished",
    "NotReady",
    "Saved",
    "choose",
    "drop",
    "held",
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


@dataclass(frozen=True)
class Saved:
    """What a save did: the names of the fields that changed, and of those somebody else had changed meanwhile.

    `theirs` stay as the other person left them; the value is the id of that person.
    """

    changed: tuple[str, ...] = ()
    theirs: Mapping[str, int] = field(default_factory=dict)


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
def save(
    *,
    write_up: WriteUp,
    typed: Fields,
    by: Staff,
    at: datetime,
    step: str = "",
    field: str = "",
    seen_at: datetime | None = None,
) -> Saved:
    """Keep what was typed, right or wrong, and where they are on the page: the `step`, and the `field` in it.

    Fields not in `typed` stay.  With `seen_at`, when the page was loaded that sends a whole form, a field that somebody
    else changed since then stays too, so that an old page never writes over a colleague.  Raises Finished when it is
    open already.
    """
    write_up = held(write_up)
    new = _known(typed)
    theirs = _changed_by_others(write_up, new, by, seen_at) if seen_at else {}
    shown = _as_shown(write_up)
    changed = {
        name: value for name, value in new.items() if name not in theirs and shown.get(name, _empty(name)) != value
    }
    moved = (step in WriteUp.Step.values and step != write_up.step) or (bool(field) and field != write_up.field)
    if not changed and not moved:
        return Saved(theirs=theirs)
    if step in WriteUp.Step.values:
        write_up.step = step
    write_up.field = field or write_up.field
    if changed:
        _remember(write_up, changed, by, at)
        write_up.typed = write_up.typed | changed
        if changed.keys() & {"signed_name", "signed_drawing"}:
            write_up.signed_for = words_to_sign(write_up, at=at)
    write_up.saved_at = at
    write_up.save(update_fields=["typed", "saved_at", "step", "field", "touched", "last_change", "signed_for"])
    if changed:
        audit.record("write_up.saved", about=write_up, by=by, at=at, fields=list(changed))
    return Saved(tuple(changed), theirs)


@transaction.atomic(durable=True)
def undo(*, write_up: WriteUp, by: Staff, at: datetime) -> tuple[str, ...]:
    """Put back what the last change changed: its fields as they were, or the mark taken off.

    Returns the names of the fields, "mark" for a mark, nothing when there is nothing to undo.  Raises Finished.
    """
    write_up = held(write_up)
    last = dict(write_up.last_change)
    if not last:
        return ()
    if mark := last.pop("mark", None):
        write_up.marks.filter(pk=mark).take_off(at=at)
        undone: tuple[str, ...] = ("mark",)
    else:
        kept = {name: value for name, value in write_up.typed.items() if name not in last}
        write_up.typed = kept | {name: value for name, value in last.items() if value is not None}
        undone = tuple(last)
    write_up.last_change = {}
    write_up.saved_at = at
    write_up.save(update_fields=["typed", "last_change", "saved_at"])
    audit.record("write_up.undone", about=write_up, by=by, at=at, fields=list(undone))
    return undone


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
    write_up = held(write_up)
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
def drop(*, write_up: WriteUp, by: Staff, at: datetime) -> None:
    """The customer left without a visit; what was typed stays, out of sight.  Raises Finished when it is open."""
    if not WriteUp.objects.filter(pk=write_up.pk).drop(at=at):
        write_up.refresh_from_db()
        raise Finished(write_up.repair_order)
    audit.record("write_up.dropped", about=write_up, by=by, at=at)


@transaction.atomic(durable=True)
def open_repair_order(*, write_up: WriteUp, words_shown: str, by: Staff, at: datetime) -> RepairOrder:
    """Turn a complete write-up into a numbered, open repair order.

    Signed, it is authorized: `words_shown` are the sentences that stood above the signature (`words_to_sign`, in full
    or for counter view), the order keeps exactly those, and it is refused when a price or a service changed after they
    were shown or signed.  Without a signature it opens with nothing authorized and nothing to start: `signing.sign`.

    A write-up that began on a lane sheet opens at the times on the sheet, and everything recorded says that it was
    entered late, at `at`.

    Raises NotReady (what is missing, by field), AlreadyHere (this car is on an open order) or Finished.
    """
    write_up = held(write_up)
    paper = on_paper(write_up, now=at)
    signed_at = (paper.at if paper else None) or at
    typed = readings(write_up, at=signed_at)
    asked, unpriced = asked_for(typed, write_up.rooftop)
    missing = (*(paper.problems if paper else ()), *missing_among(write_up, typed, unpriced))
    if missing:
        raise NotReady(missing)
    words = _words_signed(write_up, typed, asked, words_shown, signed_at, on_paper=bool(paper))
    vehicle = _vehicle(write_up, typed, by, at)
    if order := RepairOrder.objects.here_now().filter(vehicle=vehicle).select_related("rooftop").first():
        raise AlreadyHere(order)
    customer = _customer(write_up, vehicle, at)
    contact = typed.contact or contact_on_file(write_up)
    assert contact  # `missing_among` said so
    assert typed.promised_at
    came_in = (paper.came_in if paper else None) or signed_at
    number = OrderNumber.objects.take(write_up.rooftop)
    try:
        with transaction.atomic():
            order = RepairOrder.objects.create(
                rooftop=write_up.rooftop,
                number=number,
                customer=customer,
                vehicle=vehicle,
                advisor=write_up.advisor,
                opened_at=came_in,
                entered_at=at if paper else None,
                entered_by=by if paper else None,
                sheet=str(paper.sheet) if paper else "",
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
                signed_name=typed.signed_name or (customer.name if typed.drawing else ""),
                signed_how=RepairOrder.SignedHow.DRAWN if typed.drawing else RepairOrder.SignedHow.TYPED,
                signed_at=signed_at if typed.is_signed else None,
                signed_text=words,
                authorized_total=total_of(asked) if typed.is_signed else ZERO,
                step=SIGNED_STEP if typed.is_signed else NOT_SIGNED,
                step_at=signed_at,
            )
    except IntegrityError as error:
        other = RepairOrder.objects.here_now().filter(vehicle=vehicle).select_related("rooftop").first()
        if other is None:
            raise
        raise AlreadyHere(other) from error
    _write_lines(order, typed, asked)
    if typed.drawing:
        Signature.objects.create(repair_order=order, svg=typed.drawing.svg, drawn_at=signed_at)
    write_up.photos.update(repair_order=order)
    WriteUp.objects.filter(pk=write_up.pk).finish(repair_order=order, at=at)
    if write_up.appointment_id:
        booked = Appointment.objects.filter(pk=write_up.appointment_id)
        booked.update(written_up_at=signed_at, arrived_at=Coalesce("arrived_at", Value(came_in)))
    if paper:
        write_up.marks.update(seen_at=came_in)
    with audit.entering_late(audit.LateEntry(at, by, str(paper.sheet)) if paper else None):
        audit.record(
            "repair_order.opened",
            about=order,
            by=by,
            at=signed_at,
            write_up=write_up.pk,
            authorized_total=str(order.authorized_total),
            signed_name=order.signed_name,
        )
    signals.repair_order_opened.send(RepairOrder, repair_order_id=order.pk)
    return order


def _words_signed(
    write_up: WriteUp, typed: Typed, asked: tuple[Asked, ...], shown: str, at: datetime, *, on_paper: bool
) -> str:
    """The words that stood above the signature; "" without one.  Raises NotReady when they are not those any more."""
    if not typed.is_signed:
        return ""
    name = customer_name(write_up)
    full, private = (
        signed_words(typed, asked, write_up.rooftop, name, at, private=private) for private in (False, True)
    )
    if on_paper:
        return full  # they signed the sheet, which says the same with blanks filled in by hand
    words = " ".join(shown.split())
    if words not in (full, private) or write_up.signed_for not in ("", full):
        raise NotReady((Missing("signed_name", READ_AGAIN),))
    return words


READ_AGAIN = "What they sign has changed since they read it. Ask them to read it once more, and to sign again."
SIGNED_STEP = "Waiting for a technician"


def held(write_up: WriteUp) -> WriteUp:
    """The write-up as it is now, locked until this transaction ends.  Raises Finished when it was opened or dropped."""
    now = (
        WriteUp.objects.select_for_update(of=("self",))
        .select_related("rooftop", "customer", "vehicle", "appointment", "advisor", "repair_order")
        .get(pk=write_up.pk)
    )
    if now.repair_order_id or now.dropped_at:
        raise Finished(now.repair_order)
    return now


def _empty(name: str) -> str | list[str]:
    return [] if name in SEVERAL else ""


def _as_shown(write_up: WriteUp) -> dict[str, Any]:
    """The fields as the page shows them: as typed, and what we know of the car where nothing was."""
    if write_up.vehicle is None:
        return dict(write_up.typed)
    return {"plate": write_up.vehicle.plate, "vin": write_up.vehicle.vin or ""} | write_up.typed


def _changed_by_others(write_up: WriteUp, new: Mapping[str, Any], by: Staff, seen_at: datetime) -> dict[str, int]:
    """Those of `new` that somebody else changed after `seen_at` to something else, by whose id."""
    shown = _as_shown(write_up)
    return {
        name: staff
        for name, (when, staff) in write_up.touched.items()
        if name in new
        and staff != by.pk
        and datetime.fromisoformat(when) > seen_at
        and shown.get(name, _empty(name)) != new[name]
    }


def _remember(write_up: WriteUp, changed: Mapping[str, Any], by: Staff, at: datetime) -> None:
    """Who changed what, and what stood there before.  Going on typing in one field is one change, choosing again is two.

    A whole form sent at once is nobody's last change: taking all of it back would lose what was typed.
    """
    write_up.touched = write_up.touched | {name: [at.isoformat(), by.pk] for name in changed}
    if len(changed) > MOST_AT_ONCE:
        write_up.last_change = {}
    elif write_up.last_change.keys() != changed.keys() or changed.keys() & CHOICES:
        write_up.last_change = {name: write_up.typed.get(name) for name in changed}


MOST_AT_ONCE = 3
"""Fields that one hand changes at a time, like a promise and the day it is for."""


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
