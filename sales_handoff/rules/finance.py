"""Loans and leases, to the cent.

Nothing is rounded on the way: a balance or a sum of interest follows the exact payment, and only the answer is rounded,
half up.  `apr` is in percent a year (6.9), compounded monthly; every other rate is a fraction.

Sources: loans, the level-payment annuity, with the month's rate of Regulation Z (12 CFR 1026, Appendix J); leases, the
payment calculation of Regulation M (12 CFR 1013.4(f)), with the trade's money factor for the rent charge.
"""

from decimal import Decimal

from dealership.money import cents


def loan_payment(principal: Decimal, apr: Decimal, months: int) -> Decimal:
    """Dollars a month for a level loan: P r / (1 - (1 + r)^-n), with r a month's rate; P / n when it is free.

    >>> loan_payment(Decimal(25000), Decimal("7.2"), 60)
    Decimal('497.39')
    >>> loan_payment(Decimal(24000), Decimal(0), 48)
    Decimal('500.00')
    """
    return cents(exact_payment(principal, apr, months))


def loan_balance(principal: Decimal, apr: Decimal, months: int, paid: int) -> Decimal:
    """Dollars still owed after `paid` payments: P (1 + r)^k - A ((1 + r)^k - 1) / r; nothing after the last.

    >>> loan_balance(Decimal(25000), Decimal("7.2"), 60, paid=24)
    Decimal('16061.17')
    """
    return cents(exact_balance(principal, apr, months, paid))


def loan_interest(principal: Decimal, apr: Decimal, months: int) -> Decimal:
    """Dollars of interest over the whole loan: n A - P, with A the exact payment.

    >>> loan_interest(Decimal(25000), Decimal("7.2"), 60)
    Decimal('4843.54')
    """
    return cents(exact_payment(principal, apr, months) * months - principal)


def lease_payment(
    cap_cost: Decimal, residual: Decimal, money_factor: Decimal, months: int, tax_rate: Decimal = Decimal(0)
) -> Decimal:
    """Dollars a month for a lease: depreciation (cap - residual) / n, rent (cap + residual) x money factor, and tax.

    `money_factor` is APR percent / 2400; `tax_rate` a fraction of the payment.

    >>> lease_payment(Decimal(25000), Decimal(14280), Decimal("0.00125"), 36)
    Decimal('346.88')
    >>> lease_payment(Decimal(25000), Decimal(14280), Decimal("0.00125"), 36, tax_rate=Decimal("0.07"))
    Decimal('371.16')
    """
    _refuse_no_months(months)
    depreciation = (cap_cost - residual) / months
    rent = (cap_cost + residual) * money_factor
    return cents((depreciation + rent) * (1 + tax_rate))


def money_factor(apr: Decimal) -> Decimal:
    """A lease's money factor from an APR in percent a year.

    >>> money_factor(Decimal(3))
    Decimal('0.00125')
    """
    return apr / 2400


def exact_payment(principal: Decimal, apr: Decimal, months: int) -> Decimal:
    """loan_payment() before rounding, for sums that follow it."""
    _refuse_no_months(months)
    rate = monthly_rate(apr)
    if rate == 0:
        return principal / months
    return principal * rate / (1 - (1 + rate) ** -months)


def exact_balance(principal: Decimal, apr: Decimal, months: int, paid: int) -> Decimal:
    """loan_balance() before rounding."""
    payment = exact_payment(principal, apr, months)
    if paid >= months:
        return Decimal(0)
    rate = monthly_rate(apr)
    if rate == 0:
        return principal - payment * paid
    growth = (1 + rate) ** paid
    return principal * growth - payment * (growth - 1) / rate


def monthly_rate(apr: Decimal) -> Decimal:
    """A month's rate, a fraction, from an APR in percent a year.  ValueError below zero."""
    if apr < 0:
        raise ValueError("An APR cannot be below zero.")
    return apr / 1200


def _refuse_no_months(months: int) -> None:
    if months < 1:
        raise ValueError("It needs at least one month.")
