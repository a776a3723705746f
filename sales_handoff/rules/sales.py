"""What cars brought, and the guide that can be fitted to it: ln(price) on age and miles, for one model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dealership.csv_rows import Cells, day, refuse_empty
from dealership.money import cents
from sales_handoff.rules import tables

COLUMNS = ("year", "make", "model", "trim", "miles", "price", "date")
MAY_BE_EMPTY = frozenset({"trim"})
FEWEST_SALES = 12
WIDEST_SPREAD = Decimal("0.30")
"""Where sales of one model lie further apart than this (a standard deviation of ln price), they say little."""
YEARS_BEYOND = Decimal(2)
MILES_BEYOND = Decimal(20_000)
"""How far past the sales a fit may be asked: further out it would be a guess."""
DAYS_A_YEAR = Decimal("365.25")


@dataclass(frozen=True)
class SaleRow:
    """One car sold: `price` in dollars is what it brought in trade or at auction."""

    year: int
    make: str
    model: str
    trim: str
    miles: int
    price: Decimal
    sold_on: date

    @property
    def key(self) -> tuple[object, ...]:
        return self.year, self.make, self.model, self.trim, self.miles, self.price, self.sold_on

    @property
    def age(self) -> Decimal:
        return age_in_years(self.year, self.sold_on)


def row(cells: Cells) -> SaleRow:
    """The sale a line holds.  ValueError says what is wrong with it."""
    refuse_empty(cells, (name for name in COLUMNS if name not in MAY_BE_EMPTY))
    price = tables.dollars(cells, "price")
    if price < 100:
        raise ValueError(f"price {price} is no price of a car.")
    return SaleRow(
        year=tables.model_year(cells),
        make=tables.fold(cells["make"]),
        model=tables.fold(cells["model"]),
        trim=tables.fold(cells.get("trim", "")),
        miles=tables.count(cells, "miles"),
        price=price,
        sold_on=day(cells, "date"),
    )


def age_in_years(model_year: int, on: date) -> Decimal:
    """Years since the January of its model year, never below 0.

    >>> age_in_years(2017, date(2020, 1, 1))
    Decimal('3.00')
    """
    days = Decimal((on - date(model_year, 1, 1)).days)
    return max(Decimal(0), (days / DAYS_A_YEAR).quantize(Decimal("0.01")))


@dataclass(frozen=True)
class FittedGuide:
    """ln(price) = level + by_year x age + by_10k x miles / 10,000, with how far the sales lie from it.

    `spread` is the residual standard deviation of ln(price), `newest` the last sale it rests on.
    """

    level: Decimal
    by_year: Decimal
    by_10k: Decimal
    spread: Decimal
    count: int
    newest: date
    ages: tuple[Decimal, Decimal]
    miles: tuple[int, int]

    def range_of(self, age: Decimal, miles: int) -> tuple[Decimal, Decimal] | None:
        """Dollars within which about two of three such cars sold; None too far from the sales it rests on."""
        within = self.ages[0] - YEARS_BEYOND <= age <= self.ages[1] + YEARS_BEYOND
        if not within or not self.miles[0] - MILES_BEYOND <= miles <= self.miles[1] + MILES_BEYOND:
            return None
        middle = self.level + self.by_year * age + self.by_10k * Decimal(miles) / 10_000
        return cents((middle - self.spread).exp()), cents((middle + self.spread).exp())


def fit(sales: Sequence[SaleRow]) -> FittedGuide | None:
    """The guide these sales of one model allow, by least squares; None where they are too thin to speak.

    Too thin: fewer than a dozen, all of one age or mileage, prices too far apart, or prices that do not fall with age
    and miles (then something else than the car decided them).
    """
    if len(sales) < FEWEST_SALES:
        return None
    ages = [sale.age for sale in sales]
    tens = [Decimal(sale.miles) / 10_000 for sale in sales]
    logs = [sale.price.ln() for sale in sales]
    solved = _least_squares(ages, tens, logs)
    if solved is None:
        return None
    level, by_year, by_10k = solved
    off = [log - (level + by_year * age + by_10k * ten) for log, age, ten in zip(logs, ages, tens, strict=True)]
    spread = (sum((one * one for one in off), Decimal(0)) / (len(sales) - 3)).sqrt()
    if spread > WIDEST_SPREAD or by_year > 0 or by_10k > 0:
        return None
    places = Decimal("0.000001")
    return FittedGuide(
        level=level.quantize(places),
        by_year=by_year.quantize(places),
        by_10k=by_10k.quantize(places),
        spread=spread.quantize(places),
        count=len(sales),
        newest=max(sale.sold_on for sale in sales),
        ages=(min(ages), max(ages)),
        miles=(min(sale.miles for sale in sales), max(sale.miles for sale in sales)),
    )


def _least_squares(
    xs: Sequence[Decimal], ys: Sequence[Decimal], zs: Sequence[Decimal]
) -> tuple[Decimal, Decimal, Decimal] | None:
    """a, b, c of z = a + b x + c y, by the normal equations around the means; None where x and y move as one."""
    n = len(zs)
    mx, my, mz = (sum(values, Decimal(0)) / n for values in (xs, ys, zs))
    dx, dy, dz = [x - mx for x in xs], [y - my for y in ys], [z - mz for z in zs]
    xx, yy, xy = _dot(dx, dx), _dot(dy, dy), _dot(dx, dy)
    xz, yz = _dot(dx, dz), _dot(dy, dz)
    determinant = xx * yy - xy * xy
    if determinant <= Decimal("0.01") * xx * yy:  # they are correlated above 0.995, or one does not move
        return None
    b = (xz * yy - yz * xy) / determinant
    c = (yz * xx - xz * xy) / determinant
    return mz - b * mx - c * my, b, c


def _dot(left: Sequence[Decimal], right: Sequence[Decimal]) -> Decimal:
    return sum((one * other for one, other in zip(left, right, strict=True)), Decimal(0))
