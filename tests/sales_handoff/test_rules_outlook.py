"""What lies ahead of a class of cars: published where nothing was seen, its own where much was."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_handoff.rules import repair_limit
from sales_handoff.rules.costs import expected_repair_cost
from sales_handoff.rules.outlook import (
    KNOWN_FROM,
    OLDEST_KNOWN,
    SIZES,
    ClassHistory,
    Settings,
    YearOfAge,
    cost_of_its_like,
    drawn,
    limits_against_newer,
    limits_to_say,
    outlook_of,
)
from sales_handoff.rules.reading import rounded

D = Decimal
SETTINGS = Settings(monthly_rate=D("0.005"), pass_through=D("0.6"), example_monthly=D(460))
PUBLISHED = outlook_of(ClassHistory(), SETTINGS)


def seen(repairs: int = 20, upkeep: int = 20_000, months: int = 600) -> ClassHistory:
    years = {year: YearOfAge(months, repairs, D(upkeep)) for year in range(4, 16)}
    return ClassHistory(cars=50, orders=500, years=years)


def test_the_sizes_of_repairs_average_the_usual_one():
    assert sum(share for share, _ in SIZES) == 1
    assert sum(share * size for share, size in SIZES) == 1


def test_with_nothing_seen_a_year_costs_what_is_published():
    for year in (1, 5, 10, 15):
        months = range((year - 1) * 12, year * 12)
        costs = sum(
            PUBLISHED.upkeep[month]
            + PUBLISHED.repair_chance[month] * sum(cost * share for cost, share in PUBLISHED.repair_costs[month])
            for month in months
        )
        assert abs(costs - expected_repair_cost(year)) < D("0.01")


def test_with_nothing_in_the_guide_value_follows_the_published_fit():
    assert round(PUBLISHED.value[0]) == 21851
    assert abs(PUBLISHED.value[12] / PUBLISHED.value[0] - D("-0.1572").exp()) < D("0.0001")


def test_the_guide_sets_the_level_and_little_of_the_fall():
    guide = (2, D(9), D(5000).ln(), D(2), D("-0.8"))
    value = outlook_of(ClassHistory(guide=guide), SETTINGS).value
    assert round(value[108]) == 5000
    fall = -(value[120] / value[108]).ln()
    assert D("0.1572") < fall < D("0.25")  # two rows a year apart each say 0.4 a year


@given(st.integers(0, 2000), st.integers(0, 2000), st.decimals(0, 1, places=3))
def test_a_rate_is_drawn_between_what_was_seen_and_what_is_published(count, of, published):
    rate = drawn(D(count), D(of), published, D(120))
    ends = (published, D(count) / of if of else published + count)
    assert min(ends) - D("1e-9") <= rate <= max(ends) + D("1e-9")


def test_a_class_that_breaks_more_often_has_a_lower_limit_by_induction():
    calm, often = (
        repair_limit(outlook_of(seen(repairs), replace(SETTINGS, example_monthly=D(180)))) for repairs in (5, 60)
    )
    assert all(more <= less for less, more in zip(calm[60:180], often[60:180], strict=True))


def test_years_never_seen_follow_the_class_they_belong_to():
    often, published = outlook_of(seen(60), SETTINGS), PUBLISHED
    assert often.repair_chance[18 * 12] > 2 * published.repair_chance[18 * 12]


def test_sizes_seen_move_what_repairs_cost():
    dear = outlook_of(replace(seen(), sizes=((100, D("0.5")), (60, D(1)), (40, D(9)))), SETTINGS)
    assert dear.repair_costs[100][2][0] > 3 * PUBLISHED.repair_costs[100][2][0]
    assert dear.repair_costs[100][0] == PUBLISHED.repair_costs[100][0]


def test_a_limit_is_never_above_what_its_like_costs_and_falls_as_the_car_grows_old():
    limits = limits_to_say(PUBLISHED, limits_against_newer(PUBLISHED))
    assert len(limits) == OLDEST_KNOWN + 1
    for age in range(KNOWN_FROM, OLDEST_KNOWN + 1):
        assert 0 < limits[age] <= cost_of_its_like(PUBLISHED.value[age], D("0.6"), PUBLISHED.scrap_value)
    assert all(older <= younger for younger, older in pairwise(limits[72:]))


@given(st.integers(500, 40_000).map(D), st.decimals(0, "0.95", places=2))
def test_at_the_price_of_its_like_repairing_and_buying_it_cost_the_same(value, share):
    most = cost_of_its_like(value, share, D(500))
    bought = value * D("1.25") + 600 - max(value - share * most, D(500))
    assert abs(most - bought) <= D("0.01")


@pytest.mark.parametrize(("amount", "said"), [("24.99", "0"), ("974", "950"), ("999", "1000"), ("4850", "4900")])
def test_dollars_are_said_as_nobody_takes_for_exact(amount, said):
    assert rounded(D(amount)) == D(said)
