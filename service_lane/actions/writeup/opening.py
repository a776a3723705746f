"""From a complete draft to a numbered repair order, signed or waiting to be."""

from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from customers.models import ContactPoint, Customer, Tie, Vehicle, VinDecode
from customers.rules import decode_vin, national_digits
from customers.search import fold_words
from dealership import audit
from dealership.models import Staff
from service_lane import signals
from service_lane.actions.writeup.drafting import AlreadyHere, NotReady, held
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
from service_lane.rules.typed import Typed, text


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
    Customer.objects.filter(pk=customer.pk).changed()
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
