"""Cars that exist: the rows of a stock file, and which of them fit a household."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from dealership.csv_rows import Cells, refuse_empty
from sales_handoff.rules import tables

COLUMNS = ("stock_number", "condition", "year", "make", "model", "trim", "body", "seats", "drive", "miles", "price")
MAY_BE_EMPTY = frozenset({"trim", "miles"})
CONDITIONS = ("new", "certified", "used")
BODIES = ("sedan", "suv", "truck", "van", "hatch")
DRIVES = ("fwd", "rwd", "awd", "4wd")
ALL_WHEELS = ("awd", "4wd")
LONGEST_NUMBER = 20
MOST_SHOWN = 3


@dataclass(frozen=True)
class StockRow:
    """One car for sale; `price` in dollars before tax and fees."""

    stock_number: str
    condition: str
    year: int
    make: str
    model: str
    trim: str
    body: str
    seats: int
    drive: str
    miles: int
    price: Decimal
    gone_at: None = None
    """A car that is listed is here."""

    @property
    def key(self) -> str:
        return self.stock_number


def row(cells: Cells) -> StockRow:
    """The car a line holds.  ValueError says what is wrong with it."""
    refuse_empty(cells, (name for name in COLUMNS if name not in MAY_BE_EMPTY))
    number = number_of(cells)
    if len(number) > LONGEST_NUMBER:
        raise ValueError(f"stock_number has more than {LONGEST_NUMBER} characters.")
    seats, price = tables.count(cells, "seats"), tables.dollars(cells, "price")
    if not 1 <= seats <= 15:
        raise ValueError(f"seats {seats} is no number of seats.")
    if price == 0:
        raise ValueError("price is zero.")
    condition = tables.one_of(cells, "condition", CONDITIONS)
    if condition != "new" and not cells.get("miles"):
        raise ValueError("miles is empty, and the car is not new.")
    return StockRow(
        stock_number=number,
        condition=condition,
        year=tables.model_year(cells),
        make=tables.text(cells, "make"),
        model=tables.text(cells, "model"),
        trim=tables.text(cells, "trim"),
        body=tables.one_of(cells, "body", BODIES),
        seats=seats,
        drive=tables.one_of(cells, "drive", DRIVES),
        miles=tables.count(cells, "miles"),
        price=price,
    )


def number_of(cells: Cells) -> str:
    """The stock number as it is kept, also of a line that is refused.

    >>> number_of({"stock_number": " n4417 "})
    'N4417'
    """
    return tables.fold(cells.get("stock_number", ""))


# --- what fits -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Household:
    """What they need: bodies that would do, and seats, drive and dollars a month where somebody said so.

    `budget` is compared with what a car costs a month: the payment when they named one (`budget_is_payment`), else the
    whole cost a month beside that of keeping theirs.
    """

    body: str = ""
    seats: int | None = None
    all_wheels: bool = False
    budget: Decimal | None = None
    budget_is_payment: bool = True


@dataclass(frozen=True)
class Offered:
    """A car for sale with what it costs a month: its payment, and the whole of it over the horizon (None: unknown)."""

    car: StockRow
    payment: Decimal
    monthly: Decimal | None


@dataclass(frozen=True)
class Fit:
    """A car that fits, with why, in words."""

    offered: Offered
    reasons: tuple[str, ...]


def fitting(household: Household, offers: Sequence[Offered]) -> list[Fit]:
    """The cars that fit, at most three, the closest first: then the cheapest a month, then by stock number.

    Closest means the least beyond what they need: no more seats than asked for, the same body rather than its cousin,
    no all-wheel drive nobody asked for.
    """
    found = []
    for offered in offers:
        reasons = _why(household, offered)
        if reasons is not None:
            found.append(Fit(offered, reasons))
    found.sort(key=lambda fit: (_distance(household, fit.offered.car), fit.offered.payment, fit.offered.car.key))
    return found[:MOST_SHOWN]


def dollars_a_month(offered: Offered, household: Household) -> Decimal | None:
    """What of this car is held against the budget."""
    return offered.payment if household.budget_is_payment else offered.monthly


def _why(household: Household, offered: Offered) -> tuple[str, ...] | None:
    """Why it fits, or None where it does not."""
    car, reasons = offered.car, []
    if household.body:
        if car.body not in LIKE.get(household.body, (household.body,)):
            return None
        same = car.body == household.body
        reasons.append(f"{_A_BODY[car.body]}, like theirs." if same else f"{_A_BODY[car.body]}, close to theirs.")
    if household.seats:
        if car.seats < household.seats:
            return None
        reasons.append(f"{car.seats} seats; they need {household.seats}.")
    if household.all_wheels:
        if car.drive not in ALL_WHEELS:
            return None
        reasons.append("It drives all four wheels, as they need.")
    if household.budget is not None:
        cost = dollars_a_month(offered, household)
        if cost is None or cost > household.budget:
            return None
        dollars = f"${household.budget:,.0f} a month"
        named = f"Within the {dollars} they named."
        reasons.append(named if household.budget_is_payment else f"No dearer than keeping theirs, about {dollars}.")
    return tuple(reasons)


def _distance(household: Household, car: StockRow) -> tuple[int, int, int]:
    body = 0 if not household.body or car.body == household.body else 1
    seats = car.seats - household.seats if household.seats else 0
    drive = int(car.drive in ALL_WHEELS and not household.all_wheels)
    return body, seats, drive


LIKE = {"sedan": ("sedan", "hatch"), "hatch": ("hatch", "sedan"), "suv": ("suv",), "van": ("van",), "truck": ("truck",)}
"""Bodies that do for one another: a hatchback carries what a sedan does; a van or a truck has no stand-in."""
_A_BODY = {"sedan": "A sedan", "suv": "An SUV", "truck": "A truck", "van": "A van", "hatch": "A hatchback"}
