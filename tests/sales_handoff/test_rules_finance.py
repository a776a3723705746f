"""Loans and leases hold to the cent."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_handoff.rules.finance import lease_payment, loan_balance, loan_interest, loan_payment, money_factor

D = Decimal
principals = st.integers(500, 120_000).map(Decimal)
aprs = st.decimals(0, 30, places=2)
terms = st.integers(1, 96)


def test_a_loan_of_25000_at_7_2_over_60_months():
    assert loan_payment(D(25000), D("7.2"), 60) == D("497.39")
    assert loan_balance(D(25000), D("7.2"), 60, 24) == D("16061.17")
    assert loan_interest(D(25000), D("7.2"), 60) == D("4843.54")


def test_a_free_loan_is_divided_evenly():
    assert loan_payment(D(24000), D(0), 48) == D("500.00")
    assert loan_balance(D(24000), D(0), 48, 12) == D("18000.00")
    assert loan_interest(D(24000), D(0), 48) == 0


def test_a_lease_is_depreciation_and_rent_and_tax():
    assert money_factor(D(3)) == D("0.00125")
    assert lease_payment(D(25000), D(28000) * D("0.51"), D("0.00125"), 36, D(0)) == D("346.88")
    assert lease_payment(D(25000), D(14280), D("0.00125"), 36, D("0.07")) == D("371.16")


@given(principals, aprs, terms)
def test_a_balance_starts_at_the_principal_falls_every_month_and_ends_at_zero(principal, apr, months):
    balances = [loan_balance(principal, apr, months, paid) for paid in range(months + 1)]
    assert balances[0] == principal
    assert balances[-1] == 0
    assert all(after < before for before, after in pairwise(balances))


@given(principals, aprs, terms)
def test_the_last_payment_clears_the_balance_before_it(principal, apr, months):
    last = loan_balance(principal, apr, months, months - 1) * (1 + apr / 1200)
    assert abs(last - loan_payment(principal, apr, months)) <= D("0.02")


@given(principals, aprs, terms)
def test_interest_is_never_negative_and_a_dearer_loan_never_cheaper(principal, apr, months):
    assert loan_interest(principal, apr, months) >= 0
    assert loan_payment(principal, apr + 1, months) >= loan_payment(principal, apr, months)


def test_what_cannot_be_a_loan_is_refused():
    with pytest.raises(ValueError, match="month"):
        loan_payment(D(1000), D(5), 0)
    with pytest.raises(ValueError, match="APR"):
        loan_payment(D(1000), D(-1), 12)
    with pytest.raises(ValueError, match="month"):
        lease_payment(D(1000), D(500), D(0), 0)
