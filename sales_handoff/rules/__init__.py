"""The pure rules of repair or replace: values in, values out; no database, no clock.

finance      loans and leases, to the cent
costs        what keeping and what replacing cost over one horizon
limit        the most one repair is worth, by age
outlook      what a class of cars has ahead of it, learned from a rooftop's history
evaluation   this visit weighed against the car: a tier, its reasons, and both columns
reading      the comparison in plain sentences, and how far they can be relied on
tables       files as dealers hand them out, line by line; guide, sales, stock, programs and needs are such files
sales        a guide fitted to what cars brought        ahead      what a car will need, by its readings and schedule
stock        cars for sale, and which fit a household   programs   how a car may be paid, with every term
needs        what the used-car manager looks for

Units, everywhere: money in dollars; `apr` in percent a year (6.9); every other rate, share and chance a fraction.
"""

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
from sales_handoff.rules.evaluation import (
    CONVERSATION,
    MENTION,
    NONE,
    UNECONOMIC,
    USUAL_MILES_A_YEAR,
    Evaluation,
    EvaluationInputs,
    EvaluationPolicy,
    Replacement,
    ValueRange,
    WorkLine,
    cautions,
    evaluate,
    monthly_range,
    replace_monthly,
    weighed_work,
)
from sales_handoff.rules.finance import lease_payment, loan_balance, loan_interest, loan_payment, money_factor
from sales_handoff.rules.limit import Outlook, repair_limit
from sales_handoff.rules.reading import is_same, plain_reading, what_it_hangs_on

__all__ = [
    "CONVERSATION",
    "GENERAL_CURVE",
    "MENTION",
    "NONE",
    "UNECONOMIC",
    "USUAL_MILES_A_YEAR",
    "Evaluation",
    "EvaluationInputs",
    "EvaluationPolicy",
    "Outlook",
    "RepairCurve",
    "Replacement",
    "ValueRange",
    "WorkLine",
    "as_is_value",
    "break_even_repair",
    "cautions",
    "economic_life",
    "equivalent_annual_costs",
    "evaluate",
    "expected_repair_cost",
    "is_same",
    "keep_cost",
    "lease_payment",
    "loan_balance",
    "loan_interest",
    "loan_payment",
    "money_factor",
    "monthly_equivalent",
    "monthly_range",
    "negative_equity",
    "plain_reading",
    "repair_limit",
    "replace_cost",
    "replace_monthly",
    "value_after",
    "weighed_work",
    "what_it_hangs_on",
    "year_to_replace",
]
