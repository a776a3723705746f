"""Cars that fit, what they cost with every term, who wants to buy, what sales tell, and what is coming: pure rules."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sales_handoff.rules import ahead, needs, programs, sales, stock
from sales_handoff.rules.stock import Household, Offered, StockRow, fitting

TODAY = date(2026, 11, 23)
CRV = StockRow("N1074", "certified", 2021, "Honda", "CR-V", "EX", "suv", 5, "awd", 41_700, D("24600.00"))
FIT = StockRow("N1042", "used", 2017, "Honda", "Fit", "LX", "hatch", 5, "fwd", 84_300, D("6490.00"))
CIVIC = StockRow("N1061", "used", 2018, "Honda", "Civic", "LX", "sedan", 5, "fwd", 72_400, D("12400.00"))
PILOT = StockRow("N1077", "used", 2019, "Honda", "Pilot", "EX", "suv", 8, "awd", 79_100, D("20800.00"))


def offer(car: StockRow, payment: str = "300", monthly: str = "400") -> Offered:
    return Offered(car, D(payment), D(monthly))


def numbers(household: Household, *offers: Offered) -> list[str]:
    return [fit.offered.car.stock_number for fit in fitting(household, offers)]


# --- which cars fit --------------------------------------------------------------------------------------------------


def test_a_body_has_its_like_and_the_same_one_comes_first() -> None:
    everything = [offer(CRV), offer(FIT), offer(CIVIC, "100"), offer(PILOT)]

    assert numbers(Household(body="hatch"), *everything) == ["N1042", "N1061"]
    assert numbers(Household(body="suv"), *everything) == ["N1074", "N1077"]
    assert numbers(Household(body="truck"), *everything) == []


def test_seats_and_all_wheels_are_needs_and_nobody_pays_for_more_than_they_need() -> None:
    assert numbers(Household(seats=7), offer(CRV), offer(PILOT)) == ["N1077"]
    assert numbers(Household(seats=5), offer(PILOT, "100"), offer(CRV)) == ["N1074", "N1077"]
    assert numbers(Household(all_wheels=True), offer(CIVIC), offer(CRV)) == ["N1074"]


def test_a_named_budget_is_held_against_the_payment_and_keeping_against_the_whole_cost() -> None:
    car = offer(CIVIC, payment="290", monthly="395")

    assert numbers(Household(budget=D(290)), car) == ["N1061"]
    assert numbers(Household(budget=D("289.99")), car) == []
    assert numbers(Household(budget=D(300), budget_is_payment=False), car) == []
    assert numbers(Household(budget=D(395), budget_is_payment=False), car) == ["N1061"]
    assert numbers(Household(budget=D(395), budget_is_payment=False), Offered(CIVIC, D(290), None)) == []


def test_why_it_fits_is_said_in_words() -> None:
    household = Household(body="suv", seats=5, all_wheels=True, budget=D(350))

    assert fitting(household, [offer(CRV)])[0].reasons == (
        "An SUV, like theirs.",
        "5 seats; they need 5.",
        "It drives all four wheels, as they need.",
        "Within the $350 a month they named.",
    )


cars = st.builds(
    StockRow,
    stock_number=st.text("ABC123", min_size=1, max_size=5),
    condition=st.sampled_from(stock.CONDITIONS),
    year=st.integers(2010, 2027),
    make=st.just("Honda"),
    model=st.just("X"),
    trim=st.just(""),
    body=st.sampled_from(stock.BODIES),
    seats=st.integers(2, 8),
    drive=st.sampled_from(stock.DRIVES),
    miles=st.integers(0, 200_000),
    price=st.integers(1, 90_000).map(D),
)
offered = st.builds(Offered, car=cars, payment=st.integers(1, 2000).map(D), monthly=st.integers(1, 2000).map(D))
households = st.builds(
    Household,
    body=st.sampled_from(("", *stock.BODIES)),
    seats=st.none() | st.integers(1, 8),
    all_wheels=st.booleans(),
    budget=st.none() | st.integers(1, 2000).map(D),
    budget_is_payment=st.booleans(),
)


@given(
    household=households, offers=st.lists(offered, max_size=12, unique_by=lambda one: one.car.key), seed=st.randoms()
)
def test_what_fits_is_within_every_need_at_most_three_and_in_one_order(household, offers, seed) -> None:
    found = fitting(household, offers)
    shuffled = list(offers)
    seed.shuffle(shuffled)

    assert fitting(household, shuffled) == found
    assert len(found) <= 3
    for fit in found:
        assert household.seats is None or fit.offered.car.seats >= household.seats
        assert not household.all_wheels or fit.offered.car.drive in stock.ALL_WHEELS
        assert household.budget is None or stock.dollars_a_month(fit.offered, household) <= household.budget
        assert not household.body or fit.offered.car.body in stock.LIKE[household.body]


# --- programs and their payments -------------------------------------------------------------------------------------

USED = programs.ProgramRow(
    *("Used rate", "apr", "used", "", "", 60, D("7.90"), D(0), D(0), D(0), 0, 0),
    *(date(2026, 11, 1), date(2026, 12, 31)),
)
LEASE = programs.ProgramRow(
    *("Lease", "lease", "new", "HONDA", "CIVIC", 36, D(0), D("0.00125"), D(51), D(0), 12_000, 15),
    *(date(2026, 11, 1), date(2026, 12, 31)),
)


def test_the_lowest_rate_that_holds_today_for_this_car_is_used() -> None:
    lower = replace(USED, name="Honda rate", make="HONDA", apr=D("6.90"))
    other = replace(USED, name="Fit rate", make="HONDA", model="FIT", apr=D("1.90"))

    assert programs.program_for([USED, lower, other], CIVIC, "apr", TODAY) == lower
    assert programs.program_for([USED], CRV, "apr", TODAY) is None  # it is certified
    assert programs.program_for([USED], CIVIC, "lease", TODAY) is None
    assert programs.program_for([USED], CIVIC, "apr", USED.until_date) == USED
    assert programs.program_for([USED], CIVIC, "apr", USED.until_date + timedelta(days=1)) is None
    assert programs.program_for([USED], CIVIC, "apr", USED.from_date - timedelta(days=1)) is None


def test_an_example_loan_adds_up_and_what_is_owed_above_the_trade_is_financed() -> None:
    loan = programs.Loan(D(25_000), D(0), D(0), D(0), D("7.2"), 60)
    assert (loan.financed, loan.payment, loan.total) == (D(25_000), D("497.39"), D("29843.40"))

    under = programs.Loan(D(12_400), D("1673.00"), D(2_000), D(5_000), D("7.9"), 60)
    assert under.financed == D("17073.00")
    assert programs.Loan(D(1_000), D(0), D(4_000), D(0), D("7.9"), 60).financed == 0


def test_an_example_lease_is_the_one_of_the_textbook_with_what_is_due_at_signing() -> None:
    lease = programs.Lease(D(28_000), D(0), replace(LEASE, due_at_signing=D(3_000)), D("0.07"))

    assert lease.residual == D("14280.00")
    assert lease.payment == D("371.16")
    assert lease.due_at_signing == D("3581.16")
    assert lease.total == D("371.16") * 35 + lease.due_at_signing


# --- who wants to buy it ---------------------------------------------------------------------------------------------

NEED = needs.NeedRow("HONDA", "CR-V", 2015, 2018, 120_000, D(11_000), date(2026, 12, 1))
CAR = {"year": 2017, "make": "Honda", "model": "cr-v", "miles": 119_000, "today": TODAY}


@pytest.mark.parametrize(
    "car",
    [
        *({"year": 2014}, {"year": 2019}, {"year": None}, {"miles": 120_001}, {"miles": None}),
        *({"model": "Pilot"}, {"make": "Toyota"}, {"today": date(2026, 12, 2)}),
    ],
)
def test_a_car_outside_what_is_wanted_is_not_matched(car: dict[str, object]) -> None:
    assert needs.wanted([NEED], **CAR) == [NEED]
    assert needs.wanted([NEED], **{**CAR, **car}) == []


def test_the_edges_are_wanted_and_the_best_paid_comes_first() -> None:
    better = replace(NEED, year_from=2016, pays=D(12_500))

    assert needs.wanted([NEED, better], **{**CAR, "miles": 120_000, "today": NEED.until_date}) == [better, NEED]


# --- what sales tell -------------------------------------------------------------------------------------------------


def sold(age: int, miles: int, off: str = "0") -> sales.SaleRow:
    """A sale that lies on ln(price) = 10 - 0.11 years - 0.04 per 10,000 miles, or `off` from it."""
    on = date(2026, 1, 1)
    row = sales.SaleRow(2026 - age, "HONDA", "CR-V", "", miles, D(1), on)
    log = D(10) - D("0.11") * row.age - D("0.04") * D(miles) / 10_000 + D(off)
    return replace(row, price=log.exp())


MANY = [sold(age, age * 11_000 + (age % 3) * 9_000) for age in range(2, 16)]


def test_the_fit_finds_the_line_sales_lie_on() -> None:
    fit = sales.fit(MANY)

    assert fit is not None
    assert (fit.count, fit.newest) == (14, date(2026, 1, 1))
    assert abs(fit.level - 10) < D("0.001")
    assert abs(fit.by_year + D("0.11")) < D("0.001")
    assert abs(fit.by_10k + D("0.04")) < D("0.001")
    assert fit.spread < D("0.001")


def test_a_fit_says_how_far_sales_lie_from_it() -> None:
    fit = sales.fit([sold(age, age * 11_000 + (age % 3) * 9_000, "0.1" if age % 2 else "-0.1") for age in range(2, 16)])

    assert fit is not None
    assert D("0.08") < fit.spread < D("0.13")
    low, high = fit.range_of(D(8), 90_000)
    assert (high / low).ln().quantize(D("0.0001")) == (2 * fit.spread).quantize(D("0.0001"))


@pytest.mark.parametrize(
    "thin",
    [
        MANY[:11],
        [sold(8, 90_000)] * 20,
        [sold(age, 90_000) for age in range(2, 16)],
        [replace(one, price=one.price * (3 if number % 2 else 1)) for number, one in enumerate(MANY)],
        [replace(one, price=D(1) / one.price * 10**8) for one in MANY],
    ],
    ids=["eleven", "all the same", "one mileage", "too far apart", "older is dearer"],
)
def test_where_sales_are_thin_the_fit_does_not_speak(thin: list[sales.SaleRow]) -> None:
    assert sales.fit(thin) is None


def test_a_fit_does_not_speak_far_from_its_sales() -> None:
    fit = sales.fit(MANY)

    assert fit.range_of(D(17), 150_000) is not None
    assert fit.range_of(D(19), 150_000) is None
    assert fit.range_of(D(8), 250_000) is None


@settings(max_examples=50)
@given(
    years=st.decimals("-0.25", "-0.03", places=3),
    tens=st.decimals("-0.08", "-0.01", places=3),
    level=st.decimals("9", "11", places=2),
)
def test_any_line_is_found_again(years: D, tens: D, level: D) -> None:
    rows = [replace(one, price=(level + years * one.age + tens * D(one.miles) / 10_000).exp()) for one in MANY]
    fit = sales.fit(rows)

    assert fit is not None
    assert abs(fit.by_year - years) < D("0.001")
    assert abs(fit.by_10k - tens) < D("0.001")


# --- what is coming --------------------------------------------------------------------------------------------------

PADS = ahead.Measured("41BRKF", "Front pads", "mm", D(3), D(7), 60_000, D(5), 68_000)


def test_what_wears_to_its_limit_within_the_miles_is_coming_and_the_worst_place_counts() -> None:
    worse = replace(PADS, name="Front pads, right", now=D(4))

    assert [one.op_code for one in ahead.wearing([PADS], odometer=68_000, miles=8_000)] == ["41BRKF"]
    assert ahead.wearing([PADS], odometer=68_000, miles=7_999) == []
    found = ahead.wearing([PADS, worse], odometer=68_000, miles=8_000)
    assert [one.name for one in found] == ["Front pads, right"]


@pytest.mark.parametrize("place", [{"now": D(7)}, {"now": D(8)}, {"before_odometer": 67_500}])
def test_no_wear_or_too_few_miles_tell_nothing(place: dict[str, object]) -> None:
    assert ahead.wearing([replace(PADS, **place)], odometer=68_000, miles=200_000) == []


def test_a_schedule_comes_round_as_often_as_its_miles_do() -> None:
    oil = ahead.Interval("01HNLOF", "Oil", 7_500, "Owner's manual")
    rows = [oil, replace(oil, miles=10_000, source="Generic")]

    assert [(one.times, one.why) for one in ahead.scheduled(rows, odometer=74_000, miles=24_000)] == [
        (4, "Oil, every 7,500 miles: Owner's manual")
    ]
    assert ahead.scheduled(rows, odometer=75_001, miles=7_000) == []
