"""Payment programs, and the example payment they allow, with every term the law wants said beside a payment.

12 CFR 1026.24(d) (loans): what is down, how many payments of how much, the annual percentage rate.  12 CFR 213.7(d)
(leases): that it is a lease, what is due at signing, the payments, whether a deposit is required, extra charges at its
end.  Both: an example, not an offer of credit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dealership.csv_rows import Cells, day, refuse_empty
from dealership.money import cents
from sales_handoff.rules import tables
from sales_handoff.rules.finance import lease_payment, loan_payment
from sales_handoff.rules.stock import CONDITIONS, StockRow

COLUMNS = (
    *("name", "kind", "condition", "make", "model", "months", "apr", "money_factor", "residual_percent"),
    *("due_at_signing", "miles_a_year", "cents_a_mile_over", "from_date", "until_date"),
)
ALWAYS = ("name", "kind", "condition", "months", "from_date", "until_date")
MAY_BE_EMPTY = frozenset(COLUMNS) - frozenset(ALWAYS)
APR, LEASE = "apr", "lease"
LONGEST_MONTHS = 96
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class ProgramRow:
    """One program: an empty make or model is any.  `apr` and `residual_percent` in percent; `money_factor` a fraction;
    `due_at_signing` in dollars, the first payment and tax not included."""

    name: str
    kind: str
    condition: str
    make: str
    model: str
    months: int
    apr: Decimal
    money_factor: Decimal
    residual_percent: Decimal
    due_at_signing: Decimal
    miles_a_year: int
    cents_a_mile_over: int
    from_date: date
    until_date: date

    @property
    def key(self) -> tuple[object, ...]:
        return self.name, self.kind, self.condition, self.make, self.model, self.months


def row(cells: Cells) -> ProgramRow:
    """The program a line holds.  ValueError says what is wrong with it."""
    refuse_empty(cells, ALWAYS)
    kind = tables.one_of(cells, "kind", (APR, LEASE))
    refuse_empty(
        cells, ("apr",) if kind == APR else ("money_factor", "residual_percent", "miles_a_year", "cents_a_mile_over")
    )
    months = tables.count(cells, "months")
    if not 1 <= months <= LONGEST_MONTHS:
        raise ValueError(f"months {months} is no term of 1 to {LONGEST_MONTHS}.")
    first, last = day(cells, "from_date"), day(cells, "until_date")
    if last < first:
        raise ValueError(f"until_date {last} is before from_date {first}.")
    return ProgramRow(
        name=tables.text(cells, "name"),
        kind=kind,
        condition=tables.one_of(cells, "condition", CONDITIONS),
        make=tables.fold(cells.get("make", "")),
        model=tables.fold(cells.get("model", "")),
        months=months,
        apr=tables.percent(cells, "apr"),
        money_factor=tables.fraction(cells, "money_factor", "0.000001"),
        residual_percent=tables.percent(cells, "residual_percent"),
        due_at_signing=tables.dollars(cells, "due_at_signing"),
        miles_a_year=tables.count(cells, "miles_a_year"),
        cents_a_mile_over=tables.count(cells, "cents_a_mile_over", 999),
        from_date=first,
        until_date=last,
    )


def program_for(programs: Iterable[ProgramRow], car: StockRow, kind: str, today: date) -> ProgramRow | None:
    """The program of `kind` that holds for this car today: the lowest rate, then the longest term; None without one."""
    make, model = tables.fold(car.make), tables.fold(car.model)
    held = [
        program
        for program in programs
        if program.kind == kind
        and program.condition == car.condition
        and program.make in ("", make)
        and program.model in ("", model)
        and program.from_date <= today <= program.until_date
    ]
    return min(held, key=lambda one: (one.apr, one.money_factor, -one.months, one.name), default=None)


@dataclass(frozen=True)
class Loan:
    """An example loan: dollars, `apr` in percent.  `trade` is what their car brings as it sits, `owed` what is still
    owed on it; what is owed above the trade is financed too."""

    price: Decimal
    tax_and_fees: Decimal
    trade: Decimal
    owed: Decimal
    apr: Decimal
    months: int

    @property
    def financed(self) -> Decimal:
        return max(ZERO, self.price + self.tax_and_fees - self.trade + self.owed)

    @property
    def payment(self) -> Decimal:
        return loan_payment(self.financed, self.apr, self.months)

    @property
    def total(self) -> Decimal:
        """All payments together."""
        return cents(self.payment * self.months)


@dataclass(frozen=True)
class Lease:
    """An example lease: dollars a month with tax, from the program and the car's price."""

    price: Decimal
    fees: Decimal
    program: ProgramRow
    tax_rate: Decimal

    @property
    def residual(self) -> Decimal:
        return cents(self.price * self.program.residual_percent / 100)

    @property
    def payment(self) -> Decimal:
        cap = max(self.residual, self.price + self.fees - self.program.due_at_signing)
        return lease_payment(cap, self.residual, self.program.money_factor, self.program.months, self.tax_rate)

    @property
    def due_at_signing(self) -> Decimal:
        """What the program asks for, with its tax, and the first payment."""
        return cents(self.program.due_at_signing * (1 + self.tax_rate)) + self.payment

    @property
    def total(self) -> Decimal:
        """Every payment, and what else is due at signing."""
        return cents(self.payment * (self.program.months - 1)) + self.due_at_signing


def tax_and_fees(price: Decimal, tax_rate: Decimal, fees: Decimal) -> Decimal:
    """Dollars on top of a car's price: sales tax at a fraction, and title, registration and document fees.

    >>> tax_and_fees(Decimal(20000), Decimal("0.0825"), Decimal(600))
    Decimal('2250.00')
    """
    return cents(price * tax_rate) + cents(fees)
