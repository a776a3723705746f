"""A line's price: each part rounded once, the total their sum, nothing known before it is."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealership.money import cents
from service_lane.rules import pricing
from service_lane.rules.pricing import Fee, FeeRule, Part, dollars, fee_refusal, price_line

D = Decimal
money = st.decimals(min_value=0, max_value=5000, places=2, allow_nan=False)


def part(unit_price, quantity=1, description="Front pads, set"):
    return Part(description, "45022", D(quantity), None if unit_price is None else D(unit_price), "new_oem")


def test_the_examples_in_the_docstrings_run():
    results = doctest.testmod(pricing)
    assert (results.failed, results.attempted > 0) == (0, True)


def test_a_brake_job_adds_up_as_on_the_estimate():
    line = price_line(
        labor_hours=D("2.9"),
        labor_rate=D(168),
        parts=[part("96.80", 2), part("84.90"), part("148.00", 2), part("18.50")],
        fees=[Fee("Brake cleaner, 2 cans", D(14), taxable=True)],
        parts_tax_rate=D("0.0725"),
        labor_tax_rate=D(0),
    )
    assert (line.labor, line.parts, line.fees, line.tax) == (D("487.20"), D("593.00"), D("14.00"), D("44.01"))
    assert line.total == D("1138.21")


def test_labor_is_taxed_where_the_law_taxes_it_and_a_fee_only_when_taxable():
    line = price_line(
        flat_price=D(100),
        fees=[Fee("Tire recycling", D(5), taxable=False)],
        parts_tax_rate=D("0.10"),
        labor_tax_rate=D("0.13"),
    )
    assert (line.tax, line.total) == (D("13.00"), D("118.00"))


def test_a_flat_price_replaces_hours_and_rate():
    line = price_line(
        flat_price=D("79.95"), labor_hours=D(2), labor_rate=D(168), parts_tax_rate=D(0), labor_tax_rate=D(0)
    )
    assert line.labor == D("79.95")


def test_a_part_without_a_price_leaves_tax_and_total_unknown():
    line = price_line(
        labor_hours=D("0.5"), labor_rate=D(168), parts=[part(None)], parts_tax_rate=D("0.0725"), labor_tax_rate=D(0)
    )
    assert (line.labor, line.parts, line.tax, line.total) == (D("84.00"), None, None, None)


def test_labor_nobody_entered_leaves_the_total_unknown():
    line = price_line(labor_hours=D(1), parts_tax_rate=D(0), labor_tax_rate=D(0))
    assert (line.labor, line.total) == (None, None)


@given(
    hours=st.decimals(0, 40, places=1),
    rate=money,
    prices=st.lists(st.tuples(money, st.integers(1, 8)), max_size=6),
    fee=money,
    tax_rate=st.decimals(0, "0.2", places=5),
)
def test_the_total_is_always_the_sum_of_its_shown_parts_in_whole_cents(hours, rate, prices, fee, tax_rate):
    line = price_line(
        labor_hours=hours,
        labor_rate=rate,
        parts=[part(price, quantity) for price, quantity in prices],
        fees=[Fee("Disposal", fee, taxable=True)],
        parts_tax_rate=tax_rate,
        labor_tax_rate=D(0),
    )
    assert None not in (line.labor, line.parts, line.tax, line.total)
    assert line.total == line.labor + line.parts + line.fees + line.tax
    assert all(amount == cents(amount) for amount in (line.labor, line.parts, line.fees, line.tax, line.total))


CALIFORNIA = FeeRule("California", "A notice.")


@pytest.mark.parametrize(
    "name", ["Shop supplies", "SHOP SUPPLY FEE", "supplies", "Misc. charges", "Miscellaneous materials"]
)
def test_california_refuses_a_general_supplies_fee_with_the_reason(name):
    refusal = fee_refusal(Fee(name, D(14), taxable=True), CALIFORNIA)
    assert refusal is not None
    assert "name each item" in refusal
    assert fee_refusal(Fee(name, D(14), taxable=True), None) is None


@pytest.mark.parametrize("name", ["Brake cleaner, 2 cans", "Tire recycling", "Oil disposal", "General Motors freight"])
def test_a_named_fee_is_allowed_in_california(name):
    assert fee_refusal(Fee(name, D(14), taxable=True), CALIFORNIA) is None


def test_dollars_read_as_customers_read_them():
    assert (dollars(D("1131.45")), dollars(D("-5")), dollars(D("0.005"))) == ("$1,131.45", "-$5.00", "$0.01")
