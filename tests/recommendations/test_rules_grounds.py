"""No ground, no line; and a saving is arithmetic, not a promise."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.rules import authorization, disclosure, grounds, record, wording
from recommendations.rules.grounds import (
    GROUND_KINDS,
    INTERVAL,
    READING,
    SAVING,
    Ground,
    SavingRefused,
    life_saving,
    missing_ground,
    saving,
)

D = Decimal


@pytest.mark.parametrize("module", [authorization, disclosure, grounds, record, wording])
def test_the_examples_in_the_docstrings_run(module):
    results = doctest.testmod(module)
    assert (results.failed, results.attempted > 0) == (0, True)


def test_a_line_without_a_ground_is_told_so():
    for ground in (None, Ground("because"), Ground("")):
        lacking = missing_ground(ground)
        assert lacking is not None
        assert lacking.field == "ground"


@pytest.mark.parametrize("kind", GROUND_KINDS)
def test_every_kind_of_ground_must_cite_its_fact(kind):
    assert missing_ground(Ground(kind, cites="  ")) is not None


def test_an_interval_without_a_schedule_row_is_not_the_makers():
    lacking = missing_ground(Ground(INTERVAL))
    assert lacking is not None
    assert "schedule" in lacking.message
    assert missing_ground(Ground(INTERVAL, cites="Honda maintenance minder, 3: every 3 years")) is None


def test_a_cited_reading_stands_and_a_saving_stands_on_its_arithmetic():
    assert missing_ground(Ground(READING, cites="2 mm, red is 3 mm or less")) is None
    found = saving(D(12000), D(24), D(26), D(4), D(180))
    assert missing_ground(Ground(SAVING, saving=found)) is None


def test_a_fuel_saving_shows_its_arithmetic():
    found = saving(D(12000), D(24), D(26), D("4.00"), D(180))
    assert found.sentence == (
        "At 12,000 miles a year, 24 to 26 mpg saves about 38.5 gallons, $153.85 a year at $4.00 a gallon. "
        "The $180.00 is paid back in about 15 months."
    )


def test_a_longer_life_is_a_saving_too():
    found = life_saving(D(12000), D(20000), D(40000), D(900), D(140))
    assert (found.dollars_a_year, found.months_to_pay_back, found.unit) == (D("270.00"), 7, "sets")
    assert "$900.00 set that lasts 40,000 miles instead of 20,000" in found.sentence


def test_free_work_is_paid_back_at_once():
    found = saving(D(12000), D(24), D(26), D(4), D(0))
    assert found.months_to_pay_back == 0
    assert found.sentence.endswith("It costs nothing.")


@pytest.mark.parametrize(
    "numbers",
    [
        (12000, 24, 24, 4, 100),  # no gain
        (12000, 26, 24, 4, 100),  # a loss
        (0, 24, 26, 4, 100),
        (12000, 0, 26, 4, 100),
        (12000, 24, 26, 0, 100),
        (12000, 24, 26, 4, -1),
        (12000, 20, 29, 4, 100),  # more than the worst fault costs
        (1, 24, "24.01", "0.01", 100),  # less than a cent
    ],
)
def test_a_saving_that_is_nonsense_is_refused_with_a_sentence(numbers):
    with pytest.raises(SavingRefused, match=r"\.$"):
        saving(*(D(str(number)) for number in numbers))


@pytest.mark.parametrize(
    "numbers", [(12000, 40000, 40000, 900, 1), (12000, 10000, 40000, 900, 1), (12000, 1, 2, 0, 1), (12000, 1, 2, 9, -1)]
)
def test_a_longer_life_that_is_nonsense_is_refused(numbers):
    with pytest.raises(SavingRefused):
        life_saving(*(D(number) for number in numbers))


@given(
    miles=st.integers(1000, 40000),
    before=st.decimals(8, 60, places=1),
    gain=st.decimals("0.02", "0.40", places=2),
    price=st.integers(1, 2000),
)
def test_paying_back_takes_as_long_as_it_says(miles, before, gain, price):
    found = saving(D(miles), before, before * (1 + gain), D(4), D(price))
    assert found.dollars_a_year * found.months_to_pay_back >= price * 12
    assert found.dollars_a_year * (found.months_to_pay_back - 1) < price * 12
