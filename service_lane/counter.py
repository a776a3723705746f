"""What a write-up amounts to: its fields as values, its prices, the words to sign, and what is still missing.

Reads only; the actions of the write-up and its page ask here, so that what is shown is what will be signed.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from customers.models import ContactPoint, Vehicle
from customers.rules import normalize_phone
from dealership.models import Rooftop
from service_lane.models import OpCode, WriteUp
from service_lane.rules import Designee, Missing, WriteUpFacts, missing_to_open
from service_lane.rules.pricing import ZERO, LinePrice, Part, dollars, price_line
from service_lane.rules.typed import CHANNELS, Typed, as_read, read, text

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
    wanted: list[tuple[str, str, int | None, str]] = [("services", code, None, "") for code in typed.services]
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
    return signed_words(typed, asked, write_up.rooftop, customer_name(write_up), at)


def signed_words(typed: Typed, asked: tuple[Asked, ...], rooftop: Rooftop, name: str, at: datetime) -> str:
    """The sentences above the signature; `name` is the customer's, `at` decides which day needs no name."""
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
    return missing_among(write_up, typed, unpriced)


def missing_among(write_up: WriteUp, typed: Typed, unpriced: tuple[Missing, ...]) -> tuple[Missing, ...]:
    """As `missing_in`, from values that were read and priced already."""
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


def reach_of(write_up: WriteUp) -> list[tuple[str, str]]:
    """The phone and the e-mail typed at the counter, as (kind, value) the way they are kept."""
    fields = write_up.typed
    found: list[tuple[str, str]] = []
    if phone := text(fields, "phone"):
        found.append((ContactPoint.Kind.PHONE, normalize_phone(phone) or phone))
    if email := text(fields, "email"):
        found.append((ContactPoint.Kind.EMAIL, email.lower()))
    return found
