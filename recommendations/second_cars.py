"""What may be offered of the other car in the drive, and whether now: an advisory on its own terms, spoken once.

It says of the car when it is due and by which schedule, and nothing else: not whose it is, what was done to it, or what
anybody said.  It reads the present order and changes nothing about it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import sha256

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from customers.models import Complaint, Customer, Vehicle
from customers.rules.cars import not_sold_here
from dealership.models import Rooftop
from recommendations import prices
from recommendations.models import Advisory, Language, SecondCarItem, SecondCarOffer
from recommendations.models.second_cars import NOT_AGAIN_FOR
from service_lane import counter
from service_lane.due import due_of
from service_lane.models import Appointment, OpCode, RepairOrder
from service_lane.rules import PART_STATES, REASON_CODES, Part
from service_lane.rules.due import Due
from service_lane.rules.pricing import ZERO, dollars

MOST_ITEMS = 3


@dataclass(frozen=True)
class Item:
    """One thing due on the car, as it is disclosed: why, whose schedule, what happens if it waits, and its price."""

    due: Due
    is_now: bool
    when: str
    op_code: OpCode
    parts: tuple[Part, ...]
    labor: Decimal
    tax: Decimal
    price: Decimal

    @property
    def parts_words(self) -> list[str]:
        """Each part with its quantity, what it is, its state and its price."""
        return [
            f"{part.quantity.normalize():f} × {part.description}, {PART_STATES[part.state]}, "
            f"{dollars(part.amount or ZERO)}"
            for part in self.parts
        ]

    @property
    def reason_code(self) -> str:
        """Only the maker's own schedule may carry the maker's reason."""
        return Advisory.ReasonCode.MAINTENANCE if self.due.is_makers else Advisory.ReasonCode.EXPERIENCE

    @property
    def reason(self) -> str:
        return REASON_CODES[self.reason_code].short if self.due.is_makers else "a general schedule, not the maker's"


@dataclass(frozen=True)
class Offer:
    """The car, what is due on it, and the one sentence to say, also in Spanish to whom we speak Spanish with."""

    vehicle: Vehicle
    items: tuple[Item, ...]
    valid_until: date
    other_make: str
    """Like "Not a Honda"; empty for a make that is sold here."""
    in_spanish: bool

    @property
    def total(self) -> Decimal:
        return sum((item.price for item in self.items), ZERO)

    @property
    def words(self) -> str:
        with override(Language.ENGLISH):
            return self._said([item.due.service for item in self.items], self.items[0].when)

    @property
    def spanish(self) -> str:
        """The same sentence in Spanish; empty for a customer we speak English with."""
        if not self.in_spanish:
            return ""
        first = self.items[0]
        with override(Language.SPANISH):
            month = str(MONTHS[first.due.on.month]) if first.due.on else ""
            when = pgettext("due", "now") if first.is_now else pgettext("due", "in {month}").format(month=month)
            return self._said([item.op_code.name_es or _(item.due.service) for item in self.items], when)

    def _said(self, services: list[str], when: str) -> str:
        """In the language that is active.  Our menu is made for what we sell, so another make's parts are looked up."""
        sentence = (
            _(
                "The other car in your drive, the {car}, is due {when}: {work}. By our menu that is {price} all in. "
                "For a {make} we look up the parts before you decide. While you are here, shall we book it?"
            )
            if self.other_make
            else _(
                "The other car in your drive, the {car}, is due {when}: {work}. That is {price} all in. "
                "While you are here, shall we book it?"
            )
        )
        return sentence.format(
            car=self.vehicle.short_title,
            make=self.vehicle.make_name,
            when=when,
            work="; ".join(one[:1].lower() + one[1:] for one in services),
            price=dollars(self.total),
        )

    @property
    def all_words(self) -> str:
        """All that stood on the screen to be said."""
        return "\n".join(filter(None, (self.words, self.spanish)))

    @property
    def seen(self) -> str:
        """Names exactly this offer, so that an answer belongs to what was on the screen."""
        told = [self.all_words, str(self.vehicle.pk), *(f"{item.due.key} {item.price}" for item in self.items)]
        return sha256("\n".join(told).encode()).hexdigest()


def offer_for(customer: Customer, *, here: int | None, rooftop: Rooftop, at: datetime) -> Offer | None:
    """The one car to speak of to this customer, whose car `here` is in; None when there is none, or it is no time.

    Not while a complaint is open in the household, not twice on one day, and never again for the same thing due within
    a year.  A car that is in the building or is expected needs no offer.
    """
    today = prices.local_date(rooftop, at)
    people = _people(customer)
    if Complaint.objects.open().filter(customer__in=people).exists() or _was_asked_today(people, rooftop, today):
        return None
    cars = {car.pk: car for car in _other_cars(customer, here, rooftop, today)}
    asked = _asked(cars, at)
    due = {
        pk: [one for one in rows if one.on is not None and (pk, one.key) not in asked]
        for pk, rows in due_of(cars.values(), zone=rooftop.zone, today=today).items()
    }
    codes = {one.op_code for rows in due.values() for one in rows}
    offered = {op.code: op for op in OpCode.objects.offered_at(rooftop).filter(code__in=codes)}
    found = {pk: _items(rows, offered, rooftop, today) for pk, rows in due.items()}
    ready = sorted((items[0].due.on or today, pk) for pk, items in found.items() if items)
    if not ready:
        return None
    _, pk = ready[0]
    return Offer(
        cars[pk],
        tuple(found[pk][:MOST_ITEMS]),
        prices.valid_until(rooftop, at),
        other_make=not_sold_here(cars[pk].make, rooftop.makes_sold),
        in_spanish=customer.language == Customer.Language.SPANISH,
    )


def _people(customer: Customer) -> list[int]:
    if not customer.household_id:
        return [customer.pk]
    return list(Customer.objects.filter(household=customer.household_id).values_list("pk", flat=True))


def _was_asked_today(people: list[int], rooftop: Rooftop, today: date) -> bool:
    begins = datetime.combine(today, time.min, rooftop.zone)
    return SecondCarOffer.objects.kept().filter(customer__in=people, at__gte=begins).exists()


def _other_cars(customer: Customer, here: int | None, rooftop: Rooftop, today: date) -> list[Vehicle]:
    """Cars of theirs and their household, not this one, not gone, not in the building and not expected."""
    others = list(Vehicle.objects.of(customer).filter(gone_date=None).exclude(pk=here or 0)[: Vehicle.MOST_ON_A_PAGE])
    begins = datetime.combine(today, time.min, rooftop.zone)
    expected = Appointment.objects.arriving().filter(vehicle__in=others, due_at__gte=begins)
    busy = {
        *RepairOrder.objects.here_now().filter(vehicle__in=others).values_list("vehicle", flat=True),
        *expected.values_list("vehicle", flat=True),
    }
    return [car for car in others if car.pk not in busy]


def _asked(cars: Iterable[int], at: datetime) -> set[tuple[int, str]]:
    """What was answered of these cars within the year: car and key of what was due."""
    rows = SecondCarItem.objects.filter(
        offer__vehicle__in=list(cars), offer__taken_back_at=None, offer__at__gt=at - NOT_AGAIN_FOR
    )
    return set(rows.values_list("offer__vehicle", "key"))


def _items(rows: list[Due], offered: dict[str, OpCode], rooftop: Rooftop, today: date) -> list[Item]:
    """What is due and has a whole price on this rooftop's menu; without a price nothing is offered."""
    found = []
    for due in rows:
        op = offered.get(due.op_code)
        quote = counter.quote(op, rooftop) if op else None
        if op is None or quote is None or quote.total is None:
            continue
        price = quote.price
        is_now, when = due.on is not None and due.on <= today, due.when(today)
        labor, tax = price.labor or ZERO, price.tax or ZERO
        found.append(Item(due, is_now, when, op, quote.parts, labor, tax, quote.total))
    return found
