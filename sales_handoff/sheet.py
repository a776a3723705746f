"""The two-sided sheet of repair or replace, in the words and figures that staff and customer both read."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from dealership.money import cents
from sales_handoff import rules
from sales_handoff.weighing import ZERO, Known, day, exact, text_of, whole


def sheet(known: Known, result: rules.Evaluation) -> dict[str, Any]:
    """Both columns and every figure as shown to staff and customer, in words, with what is left out."""
    inputs, policy = known.inputs, known.policy
    value, replacement = inputs.value, policy.replacement
    span = f"{result.horizon_months} months"
    loan = "Loan not known." if inputs.payoff is None else "No loan."
    if inputs.payoff:
        loan = f"{whole(inputs.payoff)} still owed."
    if value:
        as_is = [rules.as_is_value(one, result.repair, policy.pass_through) for one in (value.low, value.high)]
        sits = f"Worth {whole(as_is[0])} to {whole(as_is[1])} as it sits. {whole(result.as_is or ZERO)} used here."
        worth = f"Worth {whole(value.low)} to {whole(value.high)}"
        worth_source = f"Once fixed. {value.source[:1].upper()}{value.source[1:]}, {day(value.as_of)}. {loan}"
    else:
        sits = "What it brings as it sits is not known."
        worth, worth_source = "Value not known", f"No guide row and nobody valued it yet. {loan}"
    expected = result.expected_repairs
    years = Decimal(result.horizon_months) / 12
    trade = min(result.as_is or ZERO, replacement.price)
    total_paid = cents(result.payment * replacement.months)
    example = (
        f"{replacement.months} payments of {exact(result.payment)} at {replacement.apr.normalize():f}% APR, "
        f"{whole(total_paid)} in all{' plus your car' if trade else ''}. Example."
    )
    rows = [
        _row(
            "Pay today",
            exact(result.repair),
            known.figures[0].source.split(",")[0] + ", tax included.",
            "$0 cash, plus your car",
            sits,
        ),
        _row(
            f"Repairs and upkeep, {span}",
            f"{whole(expected)} to expect" if expected is not None else "Not known",
            f"By the car's age. {policy.repair_curve.source.split(' (')[0]}." if expected is not None else "",
            f"{whole(replacement.upkeep_yearly * years)} to expect",
            "This rooftop's setting.",
        ),
        _row(
            "What you would have",
            worth,
            worth_source,
            replacement.name,
            f"{whole(replacement.price)} with tax and fees, as an example.",
        ),
        _row(
            f"Per month, {span}",
            whole(result.keep_monthly) if result.keep_monthly is not None else "Not known",
            f"The repair, upkeep and lost value, spread out. No {_and(result.left_out)}.",
            whole(result.replace_monthly) if result.replace_monthly is not None else "Not known",
            example,
        ),
    ]
    return {
        "rows": rows,
        "figures": [{"name": one.name, "value": one.value, "source": one.source} for one in known.figures],
        "limit": known.limit
        and {
            "amount": text_of(known.limit.amount),
            "about": text_of(known.limit.about),
            "cars": known.limit.cars,
            "basis": known.limit.basis,
            "as_of": known.limit.as_of.isoformat(),
            "words": f"{known.limit.words} {known.limit.against(result.repair)}".strip(),
        },
        "cautions": list(result.cautions),
        "left_out": list(result.left_out),
        "share": text_of(result.ratio),
        "break_even": text_of(result.break_even),
        "value_middle": text_of(value.middle if value else None),
        "spread_monthly": text_of(result.spread_monthly),
        "horizon_months": result.horizon_months,
        "replacement": result.replacement,
        "loan": loan,
    }


def _row(name: str, keep: str, keep_note: str, replace: str, replace_note: str) -> dict[str, str]:
    return {"name": name, "keep": keep, "keep_note": keep_note, "replace": replace, "replace_note": replace_note}


def _and(words: Sequence[str]) -> str:
    return " or ".join(words)
