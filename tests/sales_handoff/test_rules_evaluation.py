"""Tiers with their reasons, both columns honest, and care where care is due."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sales_handoff.rules.evaluation import (
    CONVERSATION,
    MENTION,
    NONE,
    UNECONOMIC,
    EvaluationInputs,
    EvaluationPolicy,
    Replacement,
    ValueRange,
    WorkLine,
    evaluate,
    monthly_range,
    replace_monthly,
    weighed_work,
)
from sales_handoff.rules.reading import is_same, what_it_hangs_on

D = Decimal
NEW_CAR = Replacement(
    name="A new sedan, as an example",
    price=D(28000),
    apr=D("6.9"),
    months=72,
    upkeep_yearly=D(225),
    value_kept=D("0.696"),
    insurance_monthly_more=D(45),
)
CHEAP_CAR = Replacement("A used sedan", D(9000), D("5.9"), 48, D(400), D("0.85"), D(0))
POLICY = EvaluationPolicy(NEW_CAR)
TIERS = [NONE, MENTION, CONVERSATION, UNECONOMIC]


def work(amount):
    return (WorkLine(D(amount), "safety"),)


def worth(low, high=None):
    return ValueRange(D(low), D(high or low), "auction data", date(2026, 3, 1))


SEDAN = EvaluationInputs(work=work(3150), value=worth(4200), age_years=12, miles_a_year=12000, yearly_repairs=D(1200))


def test_the_worked_example_reads_as_it_should():
    found = evaluate(SEDAN, POLICY)
    assert (found.keep_cost, found.replace_cost) == (D("4995.33"), D("12526.19"))
    assert (found.keep_monthly, found.replace_monthly) == (D("221.40"), D("555.17"))
    assert (found.ratio, found.as_is, found.payment) == (D("0.7500"), D("2310.00"), D("436.76"))
    assert found.plain_reading == "Over the next two years keeping it is cheaper by about $334 a month."
    assert found.tier == CONVERSATION
    assert found.reasons == ("Today's work, $3,150, is 75% of what the car is worth, about $4,200.",)
    assert found.break_even == D("10680.86")
    assert found.left_out == ("fuel",)


@pytest.mark.parametrize(
    ("amount", "value", "tier"),
    [
        ("999.99", "4000", NONE),  # enough of the value, too little money
        ("1000", "4000.01", NONE),  # enough money, too little of the value
        ("1000", "4000", MENTION),
        ("1499.99", "2999", MENTION),
        ("1500", "3000", CONVERSATION),
        ("2999.99", "3000", CONVERSATION),
        ("3000", "3000", UNECONOMIC),
        ("5712.35", "40000", NONE),  # a year of payments is 5,712.36
        ("5712.36", "40000", CONVERSATION),
    ],
)
def test_each_tier_begins_where_the_policy_says(amount, value, tier):
    found = evaluate(replace(SEDAN, work=work(amount), value=worth(value)), POLICY)
    assert found.tier == tier
    assert bool(found.reasons) == (tier != NONE)


def test_the_nine_year_old_car_with_the_1200_dollar_bill_is_worth_a_mention():
    found = evaluate(EvaluationInputs(work=work(1200), value=worth(3900, 4700), age_years=9), POLICY)
    assert found.tier == MENTION
    assert "keeping it is cheaper by about" in found.plain_reading
    assert found.spread_monthly is not None
    assert found.spread_monthly > 0


def test_when_keeping_costs_more_than_replacing_it_says_so():
    found = evaluate(replace(SEDAN, work=work(3900), yearly_repairs=D(4000)), EvaluationPolicy(CHEAP_CAR))
    assert found.tier == UNECONOMIC
    assert "Keeping it costs as much as replacing it, or more." in found.reasons
    assert "replacing it is cheaper by about" in found.plain_reading


def test_an_unknown_value_speaks_only_of_a_large_repair_and_claims_no_comparison():
    small = evaluate(replace(SEDAN, value=None, work=work("2499.99")), POLICY)
    large = evaluate(replace(SEDAN, value=None, work=work(2500)), POLICY)
    assert (small.tier, large.tier) == (NONE, CONVERSATION)
    assert (large.ratio, large.keep_monthly, large.replace_monthly, large.break_even) == (None, None, None, None)
    assert large.plain_reading.startswith("We cannot compare")


def test_an_unknown_age_still_has_a_ratio_but_no_columns():
    found = evaluate(replace(SEDAN, age_years=None, yearly_repairs=None), POLICY)
    assert (found.tier, found.ratio, found.keep_monthly) == (CONVERSATION, D("0.7500"), None)


def test_negative_equity_says_so_and_says_keep():
    found = evaluate(replace(SEDAN, payoff=D(6000)), POLICY)
    assert found.owed_above_value == D("3690.00")
    assert found.cautions == (
        "About $3,690 more is owed on the car than it brings as it sits. Keeping it is usually right.",
    )
    assert found.tier == MENTION
    assert found.replace_cost == D("16216.19")


def test_a_loan_smaller_than_the_value_changes_nothing():
    assert evaluate(replace(SEDAN, payoff=D(1000)), POLICY) == evaluate(SEDAN, POLICY)


def test_a_young_car_is_checked_for_coverage_first():
    young = replace(SEDAN, age_years=2, value=worth(5000), yearly_repairs=None)
    assert evaluate(young, POLICY).tier == MENTION
    assert "warranty" in evaluate(young, POLICY).cautions[0]
    out_of_warranty = replace(young, under_powertrain_warranty=False)
    assert evaluate(out_of_warranty, POLICY).tier == CONVERSATION
    assert evaluate(replace(young, age_years=3), POLICY).cautions == ()


def test_only_safety_and_drivability_work_the_customer_would_pay_is_weighed():
    lines = (
        WorkLine(D("100.00"), "safety"),
        WorkLine(D("20.00"), "drivability"),
        WorkLine(D("3.00"), "maintenance"),
        WorkLine(D("4.00"), "diagnosis"),
        WorkLine(D("5.00"), "safety", pay_type="W"),
        WorkLine(D("6.00"), "safety", pay_type="I"),
        WorkLine(D("7.00"), "safety", is_campaign=True),
        WorkLine(D("8.00"), "drivability", is_paid_already=True),
    )
    assert weighed_work(lines) == D("120.00")
    assert weighed_work(()) == 0


def test_no_work_is_nothing_to_say_even_when_the_car_is_dear_to_keep():
    found = evaluate(replace(SEDAN, work=(), yearly_repairs=D(20000)), POLICY)
    assert (found.tier, found.reasons) == (NONE, ())


def test_a_value_of_zero_is_no_value_to_compare_with():
    found = evaluate(replace(SEDAN, value=worth(0)), POLICY)
    assert (found.tier, found.ratio, found.keep_monthly) == (UNECONOMIC, None, None)


def test_the_customers_own_plan_sets_the_horizon():
    found = evaluate(replace(SEDAN, horizon_months=36), POLICY)
    assert found.horizon_months == 36
    assert found.plain_reading.startswith("Over the next three years ")
    assert evaluate(replace(SEDAN, horizon_months=18), POLICY).plain_reading.startswith("Over the next 18 months ")


def test_a_real_stock_unit_replaces_the_policys_example():
    found = evaluate(replace(SEDAN, replacement=CHEAP_CAR), POLICY)
    assert found.replacement == "A used sedan"
    assert found.payment == CHEAP_CAR.payment(trade=D(2310)) < CHEAP_CAR.payment()


def test_what_is_not_counted_is_named():
    unknown = replace(NEW_CAR, insurance_monthly_more=None)
    assert evaluate(replace(SEDAN, replacement=unknown), POLICY).left_out == ("fuel", "insurance")


def test_when_it_is_about_the_same_it_says_that():
    found = evaluate(SEDAN, POLICY)
    even = replace(SEDAN, work=work(found.break_even), value=worth(30000))
    assert evaluate(even, POLICY).plain_reading
    level = evaluate(replace(SEDAN, replacement=CHEAP_CAR), POLICY)
    gap = level.replace_cost - level.keep_cost
    nearly = replace(SEDAN, work=work(D(3150)), yearly_repairs=D(1200) + gap / 2, replacement=CHEAP_CAR)
    assert abs(evaluate(nearly, POLICY).replace_monthly - evaluate(nearly, POLICY).keep_monthly) < 10
    assert evaluate(nearly, POLICY).plain_reading == (
        "Over the next two years keeping it and replacing it cost about the same."
    )


def test_closer_than_a_tenth_is_about_the_same_and_not_a_word_stronger():
    assert is_same(D(303), D(316))
    assert is_same(D(300), D("329.99"))
    assert not is_same(D(300), D(330))
    assert not is_same(D(330), D(300))
    assert is_same(D(50), D("59.99"))
    assert not is_same(D(50), D(60))


@pytest.mark.parametrize(
    ("keep", "other", "meets", "said"),
    [
        (221, 555, 10410, "That holds while its repairs and upkeep in that time stay below about $10,400."),
        (316, 303, 5610, "It hangs on the repairs to come. If they and its upkeep stay below about $5,600"),
        (416, 303, 3210, "If its repairs and upkeep in that time stay below about $3,200, keeping it is cheaper"),
        (416, 303, -40, "That holds even if it needs no repair in that time."),
        (303, 303, -40, ""),
        (221, 555, None, ""),
        (None, None, None, ""),
    ],
)
def test_the_reading_says_at_which_repairs_to_come_it_turns(keep, other, meets, said):
    told = what_it_hangs_on(*(None if one is None else D(one) for one in (keep, other, meets)))
    assert told.startswith(said)
    assert bool(told) == bool(said)


@given(
    value=st.integers(500, 30000), repair=st.integers(0, 9000), yearly=st.integers(1, 9000), months=st.integers(12, 60)
)
def test_at_the_break_even_of_upkeep_both_columns_cost_the_same(value, repair, yearly, months):
    inputs = replace(
        SEDAN,
        value=worth(value),
        work=work(repair),
        yearly_repairs=D(yearly),
        horizon_months=months,
        replacement=CHEAP_CAR,
    )
    meets = evaluate(inputs, POLICY).break_even_upkeep
    assume(meets >= 0)
    found = evaluate(replace(inputs, yearly_repairs=meets * 12 / months), POLICY)
    assert abs(found.keep_cost - found.replace_cost) <= D("0.02")


@given(amount=st.integers(0, 20000), more=st.integers(0, 5000), value=st.integers(500, 40000), age=st.integers(3, 25))
def test_a_larger_repair_never_lowers_the_tier(amount, more, value, age):
    inputs = EvaluationInputs(work=work(amount), value=worth(value), age_years=age)
    larger = replace(inputs, work=work(amount + more))
    assert TIERS.index(evaluate(larger, POLICY).tier) >= TIERS.index(evaluate(inputs, POLICY).tier)


@given(known=st.integers(0, 20000), more=st.integers(0, 5000), age=st.integers(1, 20))
def test_known_work_never_makes_keeping_cheaper_and_never_counts_twice(known, more, age):
    inputs = replace(SEDAN, yearly_repairs=None, age_years=age)
    usual = evaluate(inputs, POLICY)
    found = evaluate(replace(inputs, known_work=D(known)), POLICY)
    assert found.expected_repairs == max(usual.expected_repairs, D(known))
    assert evaluate(replace(inputs, known_work=D(known + more)), POLICY).keep_cost >= found.keep_cost


def test_the_range_of_a_month_holds_its_middle_and_the_replacements_month_is_the_evaluations():
    inputs = replace(SEDAN, value=worth(3600, 4800))
    found = evaluate(inputs, POLICY)
    (low, high), (other_low, other_high) = monthly_range(inputs, POLICY)
    assert low <= found.keep_monthly <= high
    assert other_low <= found.replace_monthly <= other_high
    assert replace_monthly(inputs, POLICY) == found.replace_monthly
    assert monthly_range(replace(SEDAN, value=None), POLICY) is None
