"""Keeping and replacing over one horizon: the worked vectors, and what must hold for any numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_handoff.rules.costs import (
    GENERAL_CURVE,
    RepairCurve,
    as_is_value,
    break_even_repair,
    economic_life,
    equivalent_annual_costs,
    expected_repair_cost,
    keep_cost,
    monthly_equivalent,
    negative_equity,
    replace_cost,
    value_after,
    year_to_replace,
)
from sales_handoff.rules.finance import loan_balance, loan_payment

D = Decimal
HALF_PERCENT = D("0.06") / 12


# --- the worked example: a 2013 sedan, 142,880 miles, worth 4,200 repaired, needing 3,150 ----------------------------


def keep(repair=3150, upkeep=100):
    return keep_cost(
        as_is=D(2310), repair=D(repair), upkeep=[D(upkeep)] * 24, value_later=D("3066.95"), monthly_rate=HALF_PERCENT
    )


def replace(**changes):
    facts = {
        "as_is": D(2310),
        "price": D(28000),
        "apr": D("6.9"),
        "loan_months": 72,
        "upkeep_monthly": D(225) / 12,
        "insurance_monthly_more": D(45),
        "value_later": D(28000) * D("0.80") * D("0.87"),
        "months": 24,
        "monthly_rate": HALF_PERCENT,
    }
    return replace_cost(**(facts | changes))


def test_the_as_is_value_takes_the_passed_through_share_off():
    assert as_is_value(D(4200), D(3150), D("0.6")) == D("2310.00")
    assert as_is_value(D(1000), D(3150), D("0.6"), scrap_value=D(300)) == D("300.00")


def test_a_hundred_a_month_for_two_years_is_worth_2256_29_today():
    assert keep_cost(as_is=D(0), repair=D(0), upkeep=[D(100)] * 24, value_later=D(0), monthly_rate=HALF_PERCENT) == D(
        "2256.29"
    )


def test_the_worked_example_holds_to_the_cent():
    assert value_after(D(4200), D(2), D(24000)) == D("3066.95")
    assert keep() == D("4995.33")
    assert monthly_equivalent(keep(), HALF_PERCENT, 24) == D("221.40")
    assert loan_payment(D(28000 - 2310), D("6.9"), 72) == D("436.76")
    assert loan_balance(D(28000 - 2310), D("6.9"), 72, 24) == D("18274.42")
    assert replace() == D("12526.19")
    assert monthly_equivalent(replace(), HALF_PERCENT, 24) == D("555.17")
    assert round(break_even_repair(D(3150), keep(), replace())) == 10_681


def test_a_loan_that_ends_before_the_horizon_is_paid_no_longer():
    short = replace(loan_months=12, months=24, upkeep_monthly=D(0), insurance_monthly_more=D(0), monthly_rate=D(0))
    paid = loan_payment(D(28000 - 2310), D("6.9"), 12) * 12
    assert abs(short - (D(2310) + paid - D(19488))) < D("0.10")


def test_a_trade_worth_more_than_the_price_leaves_nothing_to_finance():
    facts = {"upkeep_monthly": D(0), "insurance_monthly_more": D(0), "monthly_rate": D(0)}
    assert replace(as_is=D(30000), **facts) == D(30000) - D(19488)


def test_negative_equity_is_added_to_the_cost_of_replacing():
    assert negative_equity(D(6000), D(2310)) == D(3690)
    assert negative_equity(D(2000), D(2310)) == 0
    assert negative_equity(None, D(2310)) == 0
    assert replace(owed_above_value=D(3690)) == replace() + D(3690)


def test_without_interest_a_month_is_its_share():
    assert monthly_equivalent(D(2400), D(0), 24) == D("100.00")


@given(
    repair=st.decimals(0, 20000, places=2),
    upkeep=st.decimals(0, 500, places=2),
    price=st.integers(3000, 80000).map(Decimal),
)
def test_the_break_even_repair_is_where_the_two_costs_meet(repair, upkeep, price):
    there = break_even_repair(repair, keep(repair, upkeep), replace(price=price))
    if there > 0:
        assert abs(keep(there, upkeep) - replace(price=price)) <= D("0.02")
    else:
        assert keep(D(0), upkeep) >= replace(price=price) - D("0.02")


# --- expected repairs ------------------------------------------------------------------------------------------------


def test_the_survey_curve_has_the_published_shape():
    assert round(GENERAL_CURVE.beta, 4) == D("0.2421")
    assert round(GENERAL_CURVE.alpha, 2) == D("102.70")
    years = [round(expected_repair_cost(age)) for age in (1, 5, 6, 8, 10)]
    assert years == [131, 345, 439, 713, 1156]


def test_the_curve_adds_up_to_the_published_sums():
    assert abs(sum(expected_repair_cost(age) for age in range(1, 6)) - 1125) < D("0.05")
    assert abs(sum(expected_repair_cost(age) for age in range(6, 11)) - 3775) < D("0.05")


@pytest.mark.parametrize(
    ("first", "next_five", "ten_years"),
    [(580, 3455, 4035), (900, 4000, 4900), (1125, 3775, 4900)],
    ids=["Tesla", "Buick", "Toyota"],
)
def test_every_published_pair_of_sums_comes_out_again(first, next_five, ten_years):
    curve = RepairCurve(D(first), D(next_five), "survey")
    years = [expected_repair_cost(age, curve) for age in range(1, 11)]
    assert abs(sum(years[:5]) - first) < D("0.05")
    assert abs(sum(years) - ten_years) < D("0.10")


def test_the_curve_is_capped_at_year_ten_where_the_survey_ends():
    assert expected_repair_cost(15) == expected_repair_cost(10)
    assert round(expected_repair_cost(15, last_year=15), -1) == 3880
    with pytest.raises(ValueError, match="first year"):
        expected_repair_cost(0)


# --- engineering economics -------------------------------------------------------------------------------------------
# 40,000 and 5,000 to install, straight line over 8 years, upkeep 3,000 rising by 1,000 a year, 12 %.


TEXTBOOK = ("18400.00", "15947.17", "15251.59", "14989.71", "14896.89", "14884.95", "14916.17", "14971.77")


def test_the_textbook_machine_is_best_kept_six_years():
    resale = [D(40000 - 5000 * year) for year in range(1, 9)]
    upkeep = [D(2000 + 1000 * year) for year in range(1, 9)]
    yearly = equivalent_annual_costs(D(45000), resale, upkeep, D("0.12"))
    assert yearly == [D(cost) for cost in TEXTBOOK]
    assert economic_life(yearly) == 6


def test_the_textbook_defender_is_kept_twice_and_replaced_in_its_third_year():
    assert year_to_replace([D(13250), D(14600), D(15950)], D(15430)) == 3
    assert year_to_replace([D(13250), D(14600)], D(15430)) is None
