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
from service_lane.models import OpCode, PaperSheet, RepairOrder, WriteUp
from service_lane.rules import Designee, Missing, WriteUpFacts, late, missing_to_open
from service_lane.rules.pricing import ZERO, LinePrice, Part, price_line
from service_lane.rules.typed import PAPER_FIELDS, Contact, Typed, read, text
from service_lane.signing import Agreed, sentences

# --- when it was written on paper ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OnPaper:
    """A write-up that began on a lane sheet: when the car came in and when it was signed, as the sheet says.

    None for a time that cannot be read or cannot be true; `problems` says why, by field.
    """

    sheet: PaperSheet
    came_in: datetime | None = None
    signed: datetime | None = None
    problems: tuple[Missing, ...] = ()

    @property
    def at(self) -> datetime | None:
        """When the order opened: as it was signed, or as the car came in when nobody signed."""
        return self.signed or self.came_in


def on_paper(write_up: WriteUp, *, now: datetime) -> OnPaper | None:
    """What the sheet of this write-up says of time, or None when it began on the screen.  One query, two on paper."""
    sheet = PaperSheet.objects.filter(write_up=write_up).first()
    if sheet is None:
        return None
    zone, typed = write_up.rooftop.zone, write_up.typed
    day = late.read_day(text(typed, "paper_day"))
    if day is None:
        return OnPaper(sheet, problems=(Missing("paper_day", late.NOT_A_DAY),))
    times: dict[str, datetime] = {}
    problems: list[Missing] = []
    before = _last_visit(write_up)
    is_signed = any(text(typed, name) for name in ("signed_name", "signed_drawing", "paper_signed"))
    for field in ("paper_came_in", "paper_signed") if is_signed else ("paper_came_in",):
        clock = late.read_time(text(typed, field))
        if clock is None:
            problems.append(Missing(field, late.NOT_A_TIME))
            continue
        at = late.moment(day, clock, zone)
        if why := late.refusal(at, now=now, most_days=write_up.rooftop.late_entry_days, zone=zone, after=before):
            problems.append(Missing(field, why))
            continue
        times[field] = at
        before = [*before, late.Happened(at, "the car came in")]
    return OnPaper(sheet, times.get("paper_came_in"), times.get("paper_signed"), tuple(problems))


def _last_visit(write_up: WriteUp) -> list[late.Happened]:
    """The end of this car's last visit, before which it cannot have come in again."""
    if write_up.vehicle_id is None:
        return []
    last = RepairOrder.objects.filter(vehicle=write_up.vehicle_id, source=RepairOrder.Source.LANE)
    order = last.exclude(closed_at=None).order_by("-closed_at").first()
    return [late.Happened(order.closed_at, f"{order} was closed")] if order and order.closed_at else []


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
    typed["contact"] = _in_full(write_up, text(typed, "contact"))
    return read(typed, zone=write_up.rooftop.zone, customer_name=customer_name(write_up), now=at)


def _in_full(write_up: WriteUp, chosen: str) -> str:
    """A choice of whom we ask with the number itself, where the page names it by its id or as just typed."""
    channel, _, named = chosen.partition(":")
    if named == TYPED:
        kind = "email" if channel == "email" else "phone"
        return f"{channel}:{next((value for one, value in reach_of(write_up) if one == kind), '')}"
    if named.startswith("#") and named[1:].isdigit() and write_up.customer_id:
        point = ContactPoint.objects.filter(pk=int(named[1:]), customer=write_up.customer_id).first()
        return f"{channel}:{point.value if point else ''}"
    return chosen


TYPED = "typed"
"""How a choice of whom we ask names the phone or e-mail that was typed into this write-up."""


def contact_on_file(write_up: WriteUp) -> Contact | None:
    """How we reach them while they have not said whom to ask: as at the last visit, or by their first phone or e-mail.

    Enough to open a repair order, which then waits for a signature; not enough to sign.
    """
    name = customer_name(write_up)
    points = list(write_up.customer.contact_points.values_list("kind", "value")) if write_up.customer else []
    if write_up.customer and points:
        last = RepairOrder.objects.filter(customer=write_up.customer, contact_value__in=[value for _, value in points])
        if before := last.order_by("-opened_at", "-pk").values_list("contact_channel", "contact_value").first():
            return Contact(name, *before)
    for kind, value in [*reach_of(write_up), *points]:
        return Contact(name, "phone" if kind == ContactPoint.Kind.PHONE else "email", value)
    return None


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


def words_to_sign(write_up: WriteUp, *, at: datetime, private: bool = False) -> str:
    """The exact sentences the customer reads and signs, from what is saved now."""
    typed = readings(write_up, at=at)
    asked, _ = asked_for(typed, write_up.rooftop)
    return signed_words(typed, asked, write_up.rooftop, customer_name(write_up), at, private=private)


def signed_words(
    typed: Typed, asked: tuple[Asked, ...], rooftop: Rooftop, name: str, at: datetime, *, private: bool = False
) -> str:
    """The sentences above the signature; `name` is the customer's, `at` decides which day needs no name."""
    return sentences(
        [Agreed(one.quote.op_code.name, one.quote.total or ZERO, one.about) for one in asked],
        customer=name,
        contact=typed.contact,
        designee=typed.designee_name,
        limit=typed.designee_limit,
        promised_at=typed.promised_at,
        zone=rooftop.zone,
        at=at,
        private=private,
    )


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
    on_file = contact_on_file(write_up)
    arrived_at = (write_up.appointment.arrived_at if write_up.appointment else None) or write_up.started_at
    facts = WriteUpFacts(
        customer=customer_name(write_up),
        callback_contact=on_file.value if on_file else "",
        vin=typed.vin,
        plate=typed.plate,
        odometer_in=typed.odometer,
        concern=typed.purpose,
        arrived_at=arrived_at,
        authorized_contact=typed.contact.value if typed.contact else "",
        signed=typed.is_signed,
        designees=(Designee(typed.designee_name, typed.designee_limit),)
        if typed.designee_name or typed.designee_limit is not None
        else (),
    )
    cannot_be_read = {one.field for one in typed.problems}
    missing = [replace(one, field=FIELD_OF.get(one.field, one.field)) for one in missing_to_open(facts)]
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


ORDER = (
    *PAPER_FIELDS,
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
