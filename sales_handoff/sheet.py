"""The two columns as they are shown, told once in each language and stored with the evaluation.

Staff and customer read the same: what is told here is told of the car and of "you", and names nobody.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as word
from django.utils.translation import pgettext

from sales_handoff import rules
from sales_handoff.alternatives import terms
from sales_handoff.rules.tomorrow import as_thing
from sales_handoff.weighing import Known
from sales_handoff.words import ZERO, exact, text_of, whole
from service_lane.models import RepairOrder

IN_RULES = (
    word("About {dollars} more is owed on the car than it brings as it sits. Keeping it is usually right."),
    word("The car is less than three years old. Check its warranty first."),
    word("We cannot compare keeping it with replacing it. What the car is worth, or its age, is not known."),
    word("Over the next {span} keeping it and replacing it cost about the same."),
    word("Over the next {span} keeping it is cheaper by about {dollars} a month."),
    word("Over the next {span} replacing it is cheaper by about {dollars} a month."),
    word(
        "It hangs on the repairs to come. If they and its upkeep stay below about {dollars} in that time, keeping it "
        "is cheaper. Above that, replacing it is."
    ),
    word("That holds while its repairs and upkeep in that time stay below about {dollars}."),
    word("If its repairs and upkeep in that time stay below about {dollars}, keeping it is cheaper after all."),
    word("That holds even if it needs no repair in that time."),
    word("year"),
    word("two years"),
    word("three years"),
    word("four years"),
    word("five years"),
    word("{n} months"),
    word("For this car, replacing costs less than even a small repair."),
    word("For this car, repairs above about {dollars} are where replacing starts to cost less."),
    word("Above that, a newer car costs less in the long run."),
    word("Above that, another one like it costs less."),
    word(
        "Above that, changing to another one like it costs less: about {price} with tax and fees, and about {brings} "
        "back for this one unfixed."
    ),
    word("It rests on {basis}."),
    word("a published curve, as we have seen no car like it"),
    word("a value guide and a published curve, as we have seen no car like it"),
    word("1 car like it"),
    word("{n} cars like it"),
    word("1 car like it, and on a published curve for what they bring"),
    word("{n} cars like it, and on a published curve for what they bring"),
    word("The work found today is above that."),
    word("The work found today is within that."),
    word("It is the work still to come that makes replacing cheaper."),
)
"""Sentences of the rules, named here so that locale/ holds them."""

LANGUAGES = ("en", "es")
MOST_NAMED = 3
"""Jobs to come that are named on the sheet; staff find them all behind the figure."""


def sheet(known: Known, result: rules.Evaluation) -> dict[str, Any]:
    """Both columns and every figure as shown to staff and customer, in words, with what is left out."""
    value = known.inputs.value
    told = {}
    for language in LANGUAGES:
        with translation.override(language):
            told[language] = _told(known, result)
    return {
        **told["en"],
        "es": told["es"],
        "figures": [
            {"name": one.name, "value": one.value, "source": one.source, "link": one.link} for one in known.figures
        ],
        "limit": known.limit
        and {
            "amount": text_of(known.limit.amount),
            "about": text_of(known.limit.about),
            "cars": known.limit.cars,
            "basis": known.limit.basis,
            "as_of": known.limit.as_of.isoformat(),
        },
        "left_out": list(result.left_out),
        "share": text_of(result.ratio),
        "break_even": text_of(result.break_even),
        "value_middle": text_of(value.middle if value else None),
        "spread_monthly": text_of(result.spread_monthly),
        "horizon_months": result.horizon_months,
        "replacement": result.replacement,
        "loan": _owed(known.inputs.payoff),
        "terms": terms(known.loan),
        "looked_for": known.kept["alternatives"]["looked_for"],
        "cars": known.kept["alternatives"]["cars"],
        "buyers": known.kept["buyers"],
    }


def in_language(stored: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """A stored sheet as it was told in `language`; in English where it was stored before there was another."""
    return {**stored, **(stored.get(language) or {})}


def _told(known: Known, result: rules.Evaluation) -> dict[str, Any]:
    """Rows, plain reading, cautions and example payments in the language that is active."""
    cars = known.kept["alternatives"]["cars"]
    span = _("{n} months").format(n=result.horizon_months)
    ranges = rules.monthly_range(known.inputs, known.policy)
    return {
        "heads": [_("Keep and repair"), _("Replace")],
        "span_words": _span_words(known, span),
        "rows": [
            _pay_today(known, result),
            _upkeep(known, result, span),
            _what_you_have(known),
            _at_the_end(known, result),
            _fuel_and_insurance(known),
            _per_month(known, result, span, ranges),
        ],
        "reading_word": _("Plain reading:"),
        "reading": rules.plain_reading(result.keep_monthly, result.replace_monthly, result.horizon_months, _),
        "hangs_on": rules.what_it_hangs_on(result.keep_monthly, result.replace_monthly, result.break_even_upkeep, _),
        "limit_words": known.limit.told(_, repair=result.repair, is_for_what_comes=_is_for_what_comes(known, result))
        if known.limit
        else "",
        "cautions": list(rules.cautions(known.inputs, result.owed_above_value, _)),
        "examples": [_loan_example(known), *([_lease_example(cars[0])] if cars and cars[0]["lease"] else [])],
    }


def _span_words(known: Known, span: str) -> str:
    """How far ahead both columns look, and who said so."""
    plan, years, on = known.kept["plan"]
    if plan == RepairOrder.Plan.KEEP:
        pattern = _("Over {span}. On {day} you said you mean to keep it as long as it runs.")
    elif plan == RepairOrder.Plan.YEARS and years:
        pattern = _("Over {span}. On {day} you said you mean to keep it about that long.")
    elif plan == RepairOrder.Plan.REPLACING:
        pattern = _("Over {span}, as we usually look ahead. On {day} you said you think of replacing it.")
    else:
        pattern = _("Over {span}, as we usually look ahead. Tell us if you plan otherwise.")
    return pattern.format(span=span, day=_day(date.fromisoformat(on)))


def _is_for_what_comes(known: Known, result: rules.Evaluation) -> bool:
    """Whether replacing reads cheaper, and the work we know is coming is more than cars of this age need."""
    if result.keep_monthly is None or result.replace_monthly is None:
        return False
    is_dearer = result.keep_monthly > result.replace_monthly
    is_clear = is_dearer and not rules.is_same(result.keep_monthly, result.replace_monthly)
    return is_clear and _counts_known_work(known, result)


def _counts_known_work(known: Known, result: rules.Evaluation) -> bool:
    return bool(known.inputs.known_work) and result.expected_repairs == known.inputs.known_work


type _Cell = tuple[str, str, str]
"""What is said, where it comes from in words, and the part of the inputs' page that holds it."""


def _row(name: str, keep: _Cell, replace: _Cell) -> dict[str, str]:
    return {
        "name": name,
        **dict(zip(("keep", "keep_note", "keep_link"), keep, strict=True)),
        **dict(zip(("replace", "replace_note", "replace_link"), replace, strict=True)),
    }


def _from(known: Known) -> str:
    """Which part of the inputs' page tells of the replacement."""
    return "stock" if known.inputs.replacement else "settings"


def _pay_today(known: Known, result: rules.Evaluation) -> dict[str, str]:
    value = known.inputs.value
    if value:
        as_is = [rules.as_is_value(one, result.repair, known.policy.pass_through) for one in (value.low, value.high)]
        sits = _("Worth {low} to {high} as it sits. {used} used here.").format(
            low=whole(as_is[0]), high=whole(as_is[1]), used=whole(result.as_is or ZERO)
        )
    else:
        sits = _("What it brings as it sits is not known.")
    return _row(
        _("Pay today"),
        (exact(result.repair), _("What we found for safety and driving, tax included."), "work"),
        (_("$0 cash, plus your car"), sits, "value"),
    )


def _upkeep(known: Known, result: rules.Evaluation, span: str) -> dict[str, str]:
    years = Decimal(result.horizon_months) / 12
    source = known.policy.repair_curve.source.split(" (")[0]
    expected = result.expected_repairs
    if expected is None:
        keep = (_("Not known"), _("The car's age is not known."), "car")
    elif _counts_known_work(known, result):
        told = _("What was put off before, and what wears out or is due: {work}.").format(work=_most_of_it(known))
        keep = (_about(expected), told, "ahead")
    else:
        keep = (_about(expected), _("By the car's age. {source}.").format(source=_(source)), "car")
    replacement = known.inputs.replacement or known.policy.replacement
    note = _("By that car's age.") if known.inputs.replacement else _("As this dealership has set it.")
    return _row(
        _("Repairs and upkeep, {span}").format(span=span),
        keep,
        (_about(replacement.upkeep_yearly * years), note, "car" if known.inputs.replacement else "settings"),
    )


def _most_of_it(known: Known) -> str:
    """The dearest of the work we know is coming, each with its dollars, and how many more there are."""
    in_spanish = translation.get_language() == "es"
    rows = [*known.kept["ahead"]["declined"], *known.kept["ahead"]["coming"]]
    rows.sort(key=lambda row: (-Decimal(row["amount"]), row["name"]))
    told = [
        f"{_lowered(row['name_es']) if in_spanish else as_thing(row['name'])} {whole(Decimal(row['amount']))}"
        for row in rows[:MOST_NAMED]
    ]
    if len(rows) > MOST_NAMED:
        told.append(_("{n} more").format(n=len(rows) - MOST_NAMED))
    return ", ".join(told)


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:]


def _about(amount: Decimal) -> str:
    return _("{dollars} to expect").format(dollars=whole(amount))


def _what_you_have(known: Known) -> dict[str, str]:
    value, owed = known.inputs.value, _(_owed(known.inputs.payoff, pattern=True))
    if known.inputs.payoff:
        owed = owed.format(dollars=whole(known.inputs.payoff))
    if value:
        told = _("Once fixed. Source: {source}, {day}.").format(source=_said(value.source), day=_day(value.as_of))
        keep = (_("Worth {low} to {high}").format(low=whole(value.low), high=whole(value.high)), f"{told} {owed}")
    else:
        keep = (_("Value not known"), f"{_('No guide row and nobody valued it yet.')} {owed}")
    replacement = known.inputs.replacement
    if replacement:
        price = _("{price}, and {more} tax and fees.").format(
            price=whole(known.loan.price), more=whole(known.loan.tax_and_fees)
        )
        other = (replacement.name, price, "stock")
    else:
        example = known.policy.replacement
        price = _("{price} with tax and fees, as an example.").format(price=whole(example.price))
        if known.kept["alternatives"]["has_stock"]:
            price = f"{price} {_('No car on our lot fits what you need.')}"
        other = (_(example.name), price, "settings")
    return _row(_("What you would have"), (*keep, "value"), other)


def _at_the_end(known: Known, result: rules.Evaluation) -> dict[str, str]:
    """What each would bring at the end of the horizon; of the new one, less what is still owed then."""
    years = Decimal(result.horizon_months) / 12
    miles = (known.inputs.miles_a_year or rules.USUAL_MILES_A_YEAR) * years
    value, replacement = known.inputs.value, known.inputs.replacement or known.policy.replacement
    note = _("As a trade-in, after {miles} miles more.").format(miles=f"{miles:,.0f}")
    if value:
        low, high = (rules.value_after(one, years, miles) for one in (value.low, value.high))
        keep = (_("{low} to {high}").format(low=whole(low), high=whole(high)), note, "value")
    else:
        keep = (_("Not known"), _("What the car is worth is not known."), "value")
    later = replacement.price * replacement.value_kept
    owed = rules.loan_balance(
        max(ZERO, replacement.price - (result.as_is or ZERO)),
        replacement.apr,
        replacement.months,
        result.horizon_months,
    )
    left = _("As a trade-in. {dollars} of the loan is still owed then.").format(dollars=whole(owed))
    return _row(_("Worth at the end"), keep, (_("about {dollars}").format(dollars=whole(later)), left, _from(known)))


def _fuel_and_insurance(known: Known) -> dict[str, str]:
    more = (known.inputs.replacement or known.policy.replacement).insurance_monthly_more
    if more is None:
        insurance = (_("Not counted"), _("Neither fuel nor insurance is known."), "settings")
    else:
        told = _("{dollars} a month more for insurance").format(dollars=whole(more))
        insurance = (told, _("As this dealership has set it. Fuel is not counted."), "settings")
    return _row(_("Fuel and insurance"), (_("As now"), _("Fuel is not counted."), "settings"), insurance)


def _per_month(
    known: Known,
    result: rules.Evaluation,
    span: str,
    ranges: tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]] | None,
) -> dict[str, str]:
    def cell(monthly: Decimal | None, ends: tuple[Decimal, Decimal] | None, note: str, link: str) -> _Cell:
        if monthly is None:
            return _("Not known"), note, link
        if ends and whole(ends[0]) != whole(ends[1]):
            between = _("{low} to {high}, as the value may be.").format(low=whole(ends[0]), high=whole(ends[1]))
            note = f"{between} {note}"
        return whole(monthly), note, link

    return _row(
        _("Per month, {span}").format(span=span),
        cell(
            result.keep_monthly, ranges and ranges[0], _("The repair, upkeep and lost value, spread out."), "settings"
        ),
        cell(
            result.replace_monthly,
            ranges and ranges[1],
            _("Payments, upkeep, insurance and lost value, spread out. Not a payment."),
            _from(known),
        ),
    )


# --- payments, with every term that must stand beside them -----------------------------------------------------------


def _loan_example(known: Known) -> str:
    """12 CFR 1026.24(d): what is down, the number and amount of payments, the APR; and that it is an example."""
    loan, replacement = known.loan, known.inputs.replacement or known.policy.replacement
    price = _("price {price}, tax and fees {more}") if loan.tax_and_fees else _("price with tax and fees {price}")
    parts = [price.format(price=exact(loan.price), more=exact(loan.tax_and_fees))]
    if loan.trade:
        parts.append(_("your car {dollars} off").format(dollars=exact(loan.trade)))
    if loan.owed:
        parts.append(_("{dollars} still owed on it added").format(dollars=exact(loan.owed)))
    cars = known.kept["alternatives"]["cars"]
    told = _(
        "Example payment. {car}: {parts}. Amount financed {financed}. {n} monthly payments of {payment}, "
        "{apr}% APR, total of payments {total}. $0 due at signing. Example only, not an offer of credit."
    ).format(
        car=_(replacement.name),
        parts=", ".join(parts),
        financed=exact(loan.financed),
        n=loan.months,
        payment=exact(loan.payment),
        apr=f"{loan.apr.normalize():f}",
        total=exact(loan.total),
    )
    if cars and cars[0]["program"]:
        until = _("Rate: {program}, until {day}.").format(
            program=cars[0]["program_name"], day=_day(date.fromisoformat(cars[0]["program_until"]))
        )
        return f"{told} {until}"
    return told


def _lease_example(car: Mapping[str, Any]) -> str:
    """12 CFR 213.7(d): that it is a lease, what is due at signing, the payments, no deposit, charges at its end."""
    lease = car["lease"]
    return _(
        "Example lease for {car}, stock {stock}: this is a lease. {due} due at signing, the first payment included, "
        "no security deposit. {n} monthly payments of {payment} with tax, {total} in all. You may buy it at the end "
        "for {residual}. {cents} cents a mile above {miles} miles a year. Your trade-in is not counted. The table "
        "counts buying the car, not this lease. Example only, not an offer of credit. Terms: {program}, until {day}."
    ).format(
        car=car["title"],
        stock=car["stock_number"],
        due=exact(Decimal(lease["due_at_signing"])),
        n=lease["months"],
        payment=exact(Decimal(lease["payment"])),
        total=exact(Decimal(lease["total"])),
        residual=exact(Decimal(lease["residual"])),
        cents=lease["cents_a_mile_over"],
        miles=f"{lease['miles_a_year']:,}",
        program=lease["name"],
        day=_day(date.fromisoformat(lease["until"])),
    )


# --- words -----------------------------------------------------------------------------------------------------------

SOURCES = (
    word("A newer used car, as an example"),
    word("A published survey of Toyota owners, used for every make"),
)
"""Names of settings and sources that our own code writes; a dealer's own are shown as they wrote them."""


def _owed(payoff: Decimal | None, *, pattern: bool = False) -> str:
    if payoff is None:
        return word("Loan not known.")
    if not payoff:
        return word("No loan.")
    return word("{dollars} still owed.") if pattern else f"{whole(payoff)} still owed."


def _said(source: str) -> str:
    return _(source) if source in SOURCES else source[:1].upper() + source[1:]


def _day(on: date) -> str:
    """As customers write it, with its year: a sheet may be read again years later."""
    return date_format(on, pgettext("day and year", "M j, Y"))
