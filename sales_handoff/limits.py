"""What one more repair is worth on a car: its repair limit, and what that rests on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from customers.models import Vehicle
from dealership.models import Rooftop
from sales_handoff.models import CarOutlook
from sales_handoff.rules.guide import fold
from sales_handoff.rules.outlook import KNOWN_FROM, about_limit, age_in_months, rounded


@dataclass(frozen=True)
class RepairLimit:
    """The most one repair is worth today, in dollars; `cars` of its class seen here, `basis` the same in words, and
    `as_of` since when the figures hold."""

    amount: Decimal
    cars: int
    basis: str
    as_of: date

    @property
    def about(self) -> Decimal:
        """The amount as it is said: nobody knows it to the dollar."""
        return rounded(self.amount)

    @property
    def words(self) -> str:
        """Two sentences for the advisor and the customer alike."""
        return f"{about_limit(self.amount)} It rests on {self.basis}."

    def against(self, repair: Decimal) -> str:
        """On which side of it a repair is, to follow `words`; "" for none.

        The two columns set the car against one newer car, the limit also against its like: hence the hint.
        """
        if not repair:
            return ""
        if repair > self.about:
            return "Today's work is above that: look at what another one like it costs, too."
        return "Today's work is within that."


def limits_of(vehicle_ids: Iterable[int], *, rooftop: Rooftop, at: datetime) -> dict[int, RepairLimit]:
    """The repair limits of these cars by id, in two queries however many they are.

    A car is left out when its year is not known, while it is so new that the maker pays, when it is older than any
    figures are good for, and as long as this rooftop has learned nothing yet.
    """
    today = at.astimezone(rooftop.zone).date()
    cars = list(
        Vehicle.objects.filter(pk__in=list(vehicle_ids), year__isnull=False).values_list(
            "pk", "year", "make", "model", "body"
        )
    )
    known = {
        (row.make, row.model, row.body): row
        for row in CarOutlook.objects.filter(
            rooftop=rooftop,
            make__in={fold(make) for _, _, make, _, _ in cars} | {""},
            model__in={fold(model) for _, _, _, model, _ in cars} | {""},
        )
    }
    found: dict[int, RepairLimit] = {}
    for pk, year, make, model, body in cars:
        kinds = ((fold(make), fold(model), body), (fold(make), fold(model), ""), ("", "", ""))
        outlook = next((known[kind] for kind in kinds if kind in known), None)
        age = age_in_months(year, today)
        if outlook and KNOWN_FROM <= age < len(outlook.limits):
            found[pk] = RepairLimit(
                outlook.limits[age], outlook.cars, basis(outlook.cars, outlook.values), outlook.as_of_date
            )
    return found


def basis(cars: int, values: int) -> str:
    """What a limit rests on, to follow "It rests on": cars seen here, and guide rows for what they bring."""
    if not cars:
        published = "a value guide and a published curve" if values else "a published curve"
        return f"{published}, as we have seen no car like it"
    seen = "1 car like it" if cars == 1 else f"{cars:,} cars like it"
    return seen if values else f"{seen}, and on a published curve for what they bring"
