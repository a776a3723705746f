"""The repair limit: where keeping and switching cost the same, by backward induction, and nothing beats it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_handoff.rules import Outlook, repair_limit
from tests.bench.bench_limit import expected_cost, mean_costs, outlooks, value_of_the_policy

D = Decimal
CENT = D("0.01")


def outlook(months=60, challenger=330, upkeep=60, chance="0.10", value=6000, **changes):
    facts = {
        "value": [D(value) * D("0.985") ** age for age in range(months)],
        "upkeep": [D(upkeep + age) for age in range(months)],
        "repair_chance": [D(chance)] * months,
        "repair_costs": [[(D(400), D("0.6")), (D(1500), D("0.3")), (D(4000), D("0.1"))]] * months,
        "challenger_monthly": D(challenger),
        "monthly_rate": D("0.005"),
        "pass_through": D("0.6"),
        "scrap_value": D(400),
    }
    return Outlook(**(facts | changes))


def two_months(value, pass_through, scrap):
    """30,000 for another car for good; keeping on costs (30,000 - 4,000) / 1.01 = 25,742.57."""
    return Outlook(
        value=[D(value), D(4000)],
        upkeep=[D(0)] * 2,
        repair_chance=[D(0)] * 2,
        repair_costs=[[], []],
        challenger_monthly=D(300),
        monthly_rate=D("0.01"),
        pass_through=D(pass_through),
        scrap_value=D(scrap),
    )


@pytest.mark.parametrize(
    ("value", "pass_through", "scrap", "first"),
    [
        ("4000", "0.5", "500", "514.85"),  # 257.43 over the half that is lost
        ("4000", "0", "500", "257.43"),  # nothing lost by not repairing: the plain difference
        ("4000", "1", "500", "3757.43"),  # all of it lost: repairing down to scrap costs nothing
        ("4000", "0.95", "500", "3757.43"),  # the line at scrap is met first
        ("300", "0.5", "500", "3757.43"),  # a car worth less than its scrap is worth its scrap
        ("4600", "0.5", "500", "0.00"),  # even a free repair does not pay
        ("4600", "1", "500", "0.00"),
    ],
)
def test_the_limit_is_exact_on_either_line(value, pass_through, scrap, first):
    assert repair_limit(two_months(value, pass_through, scrap)) == [D(first), D("0.00")]


def test_a_limit_is_given_for_every_month_and_never_below_zero():
    limits = repair_limit(outlook())
    assert len(limits) == 60
    assert min(limits) == limits[-1] == 0
    assert limits[0] > 0
    assert repair_limit(outlook(1)) == [D("0.00")]


@given(st.integers(50, 800), st.integers(0, 9000), st.decimals(0, 1, places=2), st.decimals(0, 1, places=2))
def test_at_the_limit_keeping_and_switching_cost_the_same(challenger, value, chance, share):
    facts = outlook(13, challenger, chance=chance, value=value, pass_through=share)
    forever = facts.challenger_monthly / facts.monthly_rate

    def switching(age, repair):
        return forever - max(facts.value[age] - share * repair, facts.scrap_value)

    from_here = switching(12, D(0))
    for age, most in reversed(list(enumerate(repair_limit(facts)))[:-1]):
        keeping = from_here / (1 + facts.monthly_rate)
        if most > 0 and share < 1:
            assert abs(most + keeping - switching(age, most)) <= CENT
        assert most + 1 + keeping >= switching(age, most + 1) - CENT
        costs = [min(cost + keeping, switching(age, cost)) * chance for cost, chance in facts.repair_costs[age]]
        calm = min(keeping, switching(age, D(0)))
        from_here = facts.upkeep[age] + (1 - facts.repair_chance[age]) * calm + facts.repair_chance[age] * sum(costs)


@given(
    st.integers(50, 800),
    st.integers(0, 300),
    st.integers(0, 200),
    st.decimals(0, "0.9", places=2),
    st.sampled_from(["0", "0.6", "1"]),
)
def test_a_dearer_challenger_never_lowers_the_limit_and_a_dearer_car_never_raises_it(
    challenger, more, upkeep, chance, share
):
    facts = outlook(24, challenger, upkeep, chance, pass_through=D(share))
    limits = repair_limit(facts)
    dearer_costs = [[(cost + more, odds) for cost, odds in costs] for costs in facts.repair_costs]
    above = repair_limit(replace(facts, challenger_monthly=facts.challenger_monthly + more))
    for below in (
        repair_limit(replace(facts, upkeep=[cost + more for cost in facts.upkeep])),
        repair_limit(replace(facts, repair_chance=[one + D("0.1") for one in facts.repair_chance])),
        repair_limit(replace(facts, repair_costs=dearer_costs)),
    ):
        assert all(less <= before + CENT for before, less in zip(limits, below, strict=True))
    assert all(after >= before - CENT for before, after in zip(limits, above, strict=True))


@given(st.integers(100, 800), st.integers(0, 20), st.decimals(0, "0.5", places=2))
def test_an_older_car_that_is_dearer_to_keep_and_lost_its_value_never_has_a_higher_limit(challenger, step, chance):
    def worn(first):
        """Three years from this age of a car that brings scrap, and costs more and breaks more often each month."""
        ages = range(first, first + 36)
        return replace(
            outlook(36, challenger),
            value=[D(400)] * 36,
            upkeep=[D(40 + step * age) for age in ages],
            repair_chance=[chance + D(age) / 100 for age in ages],
        )

    younger, older = repair_limit(worn(0)), repair_limit(worn(12))
    assert all(late <= early + CENT for early, late in zip(younger, older, strict=True))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"monthly_rate": D(0)}, "rate"),
        ({"pass_through": D("1.01")}, "pass-through"),
        ({"pass_through": D("-0.1")}, "pass-through"),
        ({"value": []}, "same months"),
        ({"upkeep": [D(1)] * 59}, "same months"),
        ({"scrap_value": D(-1)}, "below zero"),
        ({"repair_costs": [[(D(-1), D(1))]] * 60}, "below zero"),
        ({"repair_chance": [D("1.5")] * 60}, "fraction"),
        ({"repair_costs": [[(D(1), D("0.5"))]] * 60}, "add up"),
        ({"repair_costs": [[]] * 60}, "add up"),
    ],
)
def test_an_outlook_that_cannot_be_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        replace(outlook(), **wrong)


@pytest.mark.parametrize("name", ["published curve", "breaks often", "textbook"])
def test_paying_up_to_the_limit_costs_what_the_induction_says(name):
    facts = outlooks()[name]
    assert abs(value_of_the_policy(facts) - expected_cost(facts)) < CENT


def test_no_threshold_nearby_costs_less_over_a_few_thousand_lives():
    """A small one of tests/bench/bench_limit.py."""
    table = mean_costs(outlook(), lives=3_000, seed=11, factors=(0.8, 1.2))
    assert all(row.saved <= 2 * row.standard_error for row in table.rows)
    assert abs(table.mean - table.expected) <= 3 * table.mean_error
