"""What else there is: cars of our stock that fit these people, how they may be paid, and who wants to buy theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from dealership.money import cents
from sales_handoff import rules
from sales_handoff.models import HandoffPolicy, Program, StockNeed, StockUnit, Wish
from sales_handoff.rules import needs, programs, stock
from sales_handoff.rules.outlook import ASKED_OVER_TRADE, brings_in_trade
from sales_handoff.rules.tables import fold
from sales_handoff.words import ZERO, Figure, day, exact, text_of, times, whole
from service_lane.models import RepairOrder

MOST_COMPARED = 60
"""Cars whose whole cost is worked out, the cheapest first; a stock has a few dozen of a body."""


@dataclass(frozen=True)
class Alternatives:
    """The closest car as the replacement to weigh (None: nothing fits), its example payment and every term of it, all
    cars that fit with why, what was looked for, the figures that show it, and all of it to keep."""

    replacement: rules.Replacement | None
    loan: programs.Loan
    figures: tuple[Figure, ...]
    kept: dict[str, Any]


def alternatives(
    repair_order: RepairOrder,
    inputs: rules.EvaluationInputs,
    policy: rules.EvaluationPolicy,
    settings: HandoffPolicy,
    today: date,
) -> Alternatives:
    """The cars for sale at this rooftop that fit, at most three, in a fixed number of queries.

    The budget is what they would spend a month, or else what keeping theirs costs a month.
    """
    wish = Wish.objects.filter(repair_order=repair_order).order_by("-at", "-pk").first()
    alone = rules.evaluate(inputs, policy)
    household = _household(repair_order, wish, alone)
    trade = alone.as_is or ZERO
    owed = inputs.payoff or ZERO
    held = {
        program.row: program.pk
        for program in Program.objects.filter(
            rooftop=repair_order.rooftop_id, from_date__lte=today, until_date__gte=today
        )
    }
    units, loans, offers = {}, {}, []
    for unit in _units(repair_order, household):
        program = programs.program_for(held, unit.row, programs.APR, today)
        loan = _loan(unit.price, trade, owed, program, settings)
        other = replace(inputs, replacement=_replacement(unit, loan, inputs, policy))
        offers.append(stock.Offered(unit.row, loan.payment, rules.replace_monthly(other, policy)))
        units[unit.stock_number], loans[unit.stock_number] = unit, (loan, program)
    fits = stock.fitting(household, offers)
    looked = _looked_for(household, wish)
    if not fits:
        example = programs.Loan(
            settings.replacement_price, ZERO, trade, owed, settings.replacement_apr, settings.replacement_months
        )
        has_stock = StockUnit.objects.filter(rooftop=repair_order.rooftop_id).here().exists()
        kept = {"looked_for": looked, "cars": [], "has_stock": has_stock}
        return Alternatives(None, example, (_none_fits(looked, has_stock),), kept)
    cards = [_card(fit, units[fit.offered.car.key], *loans[fit.offered.car.key], held, settings, today) for fit in fits]
    first = units[fits[0].offered.car.key]
    loan, program = loans[first.stock_number]
    return Alternatives(
        replacement=_replacement(first, loan, inputs, policy),
        loan=loan,
        figures=_figures(first, loan, program, cards, looked, settings),
        kept={"looked_for": looked, "cars": cards, "has_stock": True},
    )


def _household(repair_order: RepairOrder, wish: Wish | None, alone: rules.Evaluation) -> stock.Household:
    body = (wish and wish.body) or (repair_order.vehicle.body if repair_order.vehicle else "")
    named = wish.payment if wish else None
    return stock.Household(
        body=body,
        seats=wish.seats if wish else None,
        all_wheels=bool(wish and wish.all_wheels),
        budget=alone.keep_monthly if named is None else named,
        budget_is_payment=named is not None,
    )


def _units(repair_order: RepairOrder, household: stock.Household) -> Sequence[StockUnit]:
    bodies = stock.LIKE.get(household.body, stock.BODIES)
    rows = StockUnit.objects.filter(rooftop=repair_order.rooftop_id, body__in=bodies).here()
    if household.seats:
        rows = rows.filter(seats__gte=household.seats)
    if household.all_wheels:
        rows = rows.filter(drive__in=stock.ALL_WHEELS)
    return list(rows.order_by("price", "pk")[:MOST_COMPARED])


def _loan(
    price: Decimal, trade: Decimal, owed: Decimal, program: programs.ProgramRow | None, settings: HandoffPolicy
) -> programs.Loan:
    return programs.Loan(
        price=price,
        tax_and_fees=programs.tax_and_fees(price, settings.vehicle_tax_rate, settings.vehicle_fees),
        trade=trade,
        owed=owed,
        apr=program.apr if program else settings.replacement_apr,
        months=program.months if program else settings.replacement_months,
    )


def _replacement(
    unit: StockUnit, loan: programs.Loan, inputs: rules.EvaluationInputs, policy: rules.EvaluationPolicy
) -> rules.Replacement:
    """The car as the rules weigh it: upkeep by its own age, and its value at the end by its own years and miles.

    Both columns end with what the car brings in trade, and that is less than what is asked for it today.
    """
    months = inputs.horizon_months or policy.horizon_months
    years = Decimal(months) / 12
    age = max(0, inputs.today_year - unit.year) if inputs.today_year else 0
    upkeep = sum(
        (rules.expected_repair_cost(age + month // 12 + 1, policy.repair_curve) / 12 for month in range(months)), ZERO
    )
    price = loan.price + loan.tax_and_fees
    later = rules.value_after(
        brings_in_trade(unit.price), years, (inputs.miles_a_year or rules.USUAL_MILES_A_YEAR) * years
    )
    return rules.Replacement(
        name=f"{unit.title}, stock {unit.stock_number}",
        price=price,
        apr=loan.apr,
        months=loan.months,
        upkeep_yearly=cents(upkeep / years),
        value_kept=(later / price).quantize(Decimal("0.0001")),
        insurance_monthly_more=policy.replacement.insurance_monthly_more,
    )


# --- as shown, and as kept -------------------------------------------------------------------------------------------


def terms(loan: programs.Loan) -> dict[str, Any]:
    """Every term of an example loan, as plain data: a payment is never said without them."""
    return {
        "price": str(loan.price),
        "tax_and_fees": str(loan.tax_and_fees),
        "trade": str(loan.trade),
        "owed": str(loan.owed),
        "financed": str(loan.financed),
        "apr": f"{loan.apr.normalize():f}",
        "months": loan.months,
        "payment": str(loan.payment),
        "total": str(loan.total),
    }


def _card(
    fit: stock.Fit,
    unit: StockUnit,
    loan: programs.Loan,
    program: programs.ProgramRow | None,
    held: Mapping[programs.ProgramRow, int],
    settings: HandoffPolicy,
    today: date,
) -> dict[str, Any]:
    leasing = programs.program_for(held, unit.row, programs.LEASE, today)
    return {
        "unit": unit.pk,
        "stock_number": unit.stock_number,
        "title": unit.title,
        "condition": unit.get_condition_display(),
        "body": unit.get_body_display(),
        "seats": unit.seats,
        "drive": unit.get_drive_display(),
        "miles": unit.miles,
        "price": str(unit.price),
        "monthly": text_of(fit.offered.monthly),
        "reasons": list(fit.reasons),
        "program": held[program] if program else None,
        "program_name": program.name if program else "",
        "program_until": program.until_date.isoformat() if program else "",
        "rate": f"{program.name}, until {day(program.until_date)}" if program else "",
        "loan": terms(loan),
        "lease": _lease(unit, leasing, held[leasing], settings) if leasing else None,
    }


def _lease(unit: StockUnit, program: programs.ProgramRow, pk: int, settings: HandoffPolicy) -> dict[str, Any]:
    lease = programs.Lease(unit.price, settings.vehicle_fees, program, settings.vehicle_tax_rate)
    return {
        "program": pk,
        "name": program.name,
        "until": program.until_date.isoformat(),
        "payment": str(lease.payment),
        "months": program.months,
        "due_at_signing": str(lease.due_at_signing),
        "total": str(lease.total),
        "residual": str(lease.residual),
        "miles_a_year": program.miles_a_year,
        "cents_a_mile_over": program.cents_a_mile_over,
    }


def _looked_for(household: stock.Household, wish: Wish | None) -> str:
    """What was looked for, in words, and who said so."""
    asked = [f"body like {'they asked for' if wish and wish.body else 'theirs'}"] if household.body else []
    if household.seats:
        asked.append(times(household.seats, "seat", "seats"))
    if household.all_wheels:
        asked.append("all-wheel drive")
    if household.budget is not None:
        said = "a payment up to" if household.budget_is_payment else "in all not above keeping theirs,"
        asked.append(f"{said} {whole(household.budget)} a month")
    return ", ".join(asked) or "any car"


def _none_fits(looked: str, has_stock: bool) -> Figure:
    if not has_stock:
        return Figure(
            "From our stock", "Not known", "No stock file was taken in. The replacement is an example", "stock"
        )
    return Figure("From our stock", "Nothing fits", f"Looked for: {looked}. The replacement is an example", "stock")


def _figures(
    unit: StockUnit,
    loan: programs.Loan,
    program: programs.ProgramRow | None,
    cards: Sequence[dict[str, Any]],
    looked: str,
    settings: HandoffPolicy,
) -> tuple[Figure, ...]:
    setting = f"Setting of this rooftop, version {settings.version}"
    rate = f"{program.name}, until {day(program.until_date)}" if program else f"No program holds for it. {setting}"
    return (
        Figure("From our stock", f"{unit.title}, stock {unit.stock_number}", f"Looked for: {looked}", "stock"),
        Figure("Its price", exact(unit.price), f"Our stock, {times(len(cards), 'car fits', 'cars fit')}", "stock"),
        Figure(
            "It brings in trade",
            f"about {whole(brings_in_trade(unit.price))} today",
            f"A dealer asks {ASKED_OVER_TRADE - 1:.0%} more than a car brings in trade: an assumption of ours",
            "stock",
        ),
        Figure("Its tax and fees", exact(loan.tax_and_fees), setting, "settings"),
        Figure("Its loan", f"{loan.months} months at {loan.apr.normalize():f}% APR", rate, "stock"),
    )


# --- who wants to buy theirs -----------------------------------------------------------------------------------------


def buyers(repair_order: RepairOrder, today: date) -> list[dict[str, Any]]:
    """What the used-car manager looks for that this car is, the best paid first, as plain data."""
    car = repair_order.vehicle
    if car is None:
        return []
    held = {
        need.row: need
        for need in StockNeed.objects.filter(rooftop=repair_order.rooftop_id, make=fold(car.make))
        .open(today)
        .select_related("by")
    }
    found = needs.wanted(
        held, year=car.year, make=car.make, model=car.model, miles=repair_order.odometer_in, today=today
    )
    return [_buyer(need, held[need]) for need in found]


def _buyer(need: needs.NeedRow, kept: StockNeed) -> dict[str, Any]:
    return {
        "need": kept.pk,
        "pays": str(need.pays),
        "until": day(need.until_date),
        "most_miles": need.most_miles,
        "years": str(need.year_from) if need.year_from == need.year_to else f"{need.year_from} to {need.year_to}",
        "note": need.note,
        "by": kept.by.name if kept.by else "The used-car desk",
    }
