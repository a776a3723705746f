"""What one more repair is worth on a car: its repair limit, and what that rests on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from customers.models import Vehicle
from dealership.models import Rooftop
from sales_handoff.models import CarOutlook
from sales_handoff.rules.outlook import (
    KNOWN_FROM,
    about_limit,
    age_in_months,
    cost_of_its_like,
    price_of_its_like,
)
from sales_handoff.rules.reading import rounded
from sales_handoff.rules.tables import fold


@dataclass(frozen=True)
class RepairLimit:
    """The most one repair is worth today, in dollars; `cars` of its class seen here, `values` guide rows for what they
    bring, and `as_of` since when the figures hold.

    It is where a newer car starts to cost less (`against_newer`) or, below that, where another one like it does; that
    costs `like` to buy, where the car's own value is known.
    """

    amount: Decimal
    cars: int
    values: int
    as_of: date
    against_newer: Decimal | None = None
    like: Decimal | None = None

    def valued(self, value: Decimal, pass_through: Decimal) -> "RepairLimit":
        """The limit of this very car, worth `value` dollars once fixed: what its like costs goes by that."""
        against_newer = self.amount if self.against_newer is None else self.against_newer
        amount = min(against_newer, cost_of_its_like(value, pass_through))
        return replace(self, amount=amount, like=price_of_its_like(value))

    @property
    def about(self) -> Decimal:
        """The amount as it is said: nobody knows it to the dollar."""
        return rounded(self.amount)

    @property
    def basis(self) -> str:
        """What it rests on, to follow "It rests on"."""
        return self.rests_on()

    @property
    def words(self) -> str:
        """Two sentences for the advisor and the customer alike."""
        return self.told()

    def rests_on(self, say: Callable[[str], str] = str) -> str:
        """`basis` in the language of `say`."""
        if not self.cars:
            if self.values:
                return say("a value guide and a published curve, as we have seen no car like it")
            return say("a published curve, as we have seen no car like it")
        if self.values:
            return say("1 car like it") if self.cars == 1 else say("{n} cars like it").format(n=f"{self.cars:,}")
        if self.cars == 1:
            return say("1 car like it, and on a published curve for what they bring")
        return say("{n} cars like it, and on a published curve for what they bring").format(n=f"{self.cars:,}")

    def _why(self, say: Callable[[str], str]) -> str:
        """What the customer could do for less above the limit; "" where that is not known."""
        if self.against_newer is None or not self.about:
            return ""
        if self.amount >= self.against_newer:
            return say("Above that, a newer car costs less in the long run.")
        if self.like is None:
            return say("Above that, another one like it costs less.")
        price = rounded(self.like)
        pattern = say(
            "Above that, changing to another one like it costs less: about {price} with tax and fees, and about "
            "{brings} back for this one unfixed."
        )
        return pattern.format(price=f"${price:,}", brings=f"${price - self.about:,}")

    def told(
        self, say: Callable[[str], str] = str, *, repair: Decimal = Decimal(0), is_for_what_comes: bool = False
    ) -> str:
        """`words` in the language of `say`, and on which side of the limit `repair` is, unless that is nothing.

        The two columns set the car against one car for sale, the limit against a newer one and its like: hence the
        reason.  And they hold the work still to come: where that is why replacing reads cheaper (`is_for_what_comes`),
        it is said.
        """
        rests = say("It rests on {basis}.").format(basis=self.rests_on(say))
        told = " ".join(filter(None, (about_limit(self.amount, say), self._why(say), rests)))
        if not repair:
            return told
        if repair > self.about:
            return f"{told} {say('The work found today is above that.')}"
        within = say("The work found today is within that.")
        if is_for_what_comes:
            return f"{told} {within} {say('It is the work still to come that makes replacing cheaper.')}"
        return f"{told} {within}"


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
        ).defer("learned")
    }
    found: dict[int, RepairLimit] = {}
    for pk, year, make, model, body in cars:
        kinds = ((fold(make), fold(model), body), (fold(make), fold(model), ""), ("", "", ""))
        outlook = next((known[kind] for kind in kinds if kind in known), None)
        age = age_in_months(year, today) if year else 0
        if outlook and KNOWN_FROM <= age < len(outlook.limits):
            against_newer = outlook.against_newer[age] if outlook.against_newer else None
            found[pk] = RepairLimit(
                outlook.limits[age], outlook.cars, outlook.values, outlook.as_of_date, against_newer
            )
    return found
