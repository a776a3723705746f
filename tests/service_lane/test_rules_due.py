"""When a schedule asks for work, by what is known of the car."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service_lane.rules.due import LOOKS_AHEAD, CarFacts, Interval, due_on_car

TODAY = date(2026, 11, 30)
OIL = Interval("OIL", "Oil and filter change", 7_500, 12, "Generic, not the maker's schedule")
FLUID = Interval("FLUID", "Brake fluid", None, 36, "Generic, not the maker's schedule")


def read(*pairs: tuple[date, int], **facts: object) -> CarFacts:
    return CarFacts(readings=pairs, **facts)


def test_what_we_did_is_due_by_miles_or_by_months_whichever_comes_first() -> None:
    done = {"OIL": (71_000, date(2026, 8, 1))}
    by_miles = due_on_car([OIL], read((date(2026, 11, 1), 78_000), done=done, miles_a_year=12_000), TODAY)
    assert [(one.on, one.key) for one in by_miles] == [(date(2026, 11, 16), "OIL at 78500 or in 2027-08")]
    assert by_miles[0].why == "Due at 78,500 mi; last done at 71,000, 1 Aug 2026."
    by_months = due_on_car([OIL], read((date(2026, 1, 15), 71_000), done={"OIL": (71_000, date(2026, 1, 15))}), TODAY)
    assert by_months[0].when(TODAY) == "now"  # 7,500 miles at 1,000 a month are over before the twelve months
    slow = read((date(2026, 1, 15), 71_000), done={"OIL": (71_000, date(2026, 1, 15))}, miles_a_year=2_000)
    [due] = due_on_car([OIL], slow, TODAY)
    assert (due.on, due.when(TODAY), due.why) == (
        *(date(2027, 1, 15), "in January", "Every 12 months; last done 15 Jan 2026."),
    )


def test_a_car_never_seen_here_goes_by_what_was_told_and_says_so() -> None:
    told = (date(2026, 11, 20), 97_000)
    [due] = due_on_car([OIL], CarFacts(year=2017, readings=(told,), told=frozenset({told})), TODAY)
    assert due.when(TODAY) == "in December"
    assert due.why == "Asked for at 97,500 mi; 97,000 told 20 Nov 2026. We have no record of it being done."
    assert due.schedule == "Every 7,500 miles or 12 months. Generic, not the maker's schedule."
    assert not due.is_makers


def test_by_its_model_year_alone_it_is_due_in_some_years_and_on_no_day() -> None:
    [due] = due_on_car([FLUID], CarFacts(year=2017), TODAY)
    assert (due.on, due.when(TODAY), due.key) == (None, "this year", "FLUID by age in 2026")
    assert due_on_car([FLUID], CarFacts(year=2018), TODAY) == []
    assert due_on_car([FLUID, OIL], CarFacts(), TODAY) == []
    assert due_on_car([FLUID], CarFacts(year=2026), TODAY) == []


def test_the_makers_own_schedule_goes_before_a_general_one_and_only_it_is_called_that() -> None:
    makers = Interval("OIL", "Engine oil", 10_000, None, "Owner's manual 2018, schedule 6", is_makers=True)
    car = read((TODAY, 79_900))
    [due] = due_on_car([OIL, makers], car, TODAY)
    assert (due.service, due.schedule) == (
        *("Engine oil", "Every 10,000 miles. The maker's schedule: Owner's manual 2018, schedule 6."),
    )
    assert due.key == "OIL at 80000"


def test_a_month_later_than_there_are_days_is_its_last() -> None:
    monthly = Interval("OIL", "Oil", None, 13, "generic")
    [due] = due_on_car([monthly], read(done={"OIL": (1, date(2026, 1, 31))}), date(2027, 2, 1))
    assert due.on == date(2027, 2, 28)


@given(
    st.integers(1, 400_000),
    st.dates(date(2020, 1, 1), TODAY),
    st.integers(1, 120_000) | st.none(),
    st.integers(1, 60_000) | st.none(),
    st.integers(1, 200) | st.none(),
)
def test_only_what_is_near_is_due_and_its_name_stays_while_nothing_changed(
    miles: int, on: date, every: int | None, rate: int | None, months: int | None
) -> None:
    row = Interval("OIL", "Oil", every, months, "generic")
    car = read((on, miles), miles_a_year=rate, year=2015)
    for due in due_on_car([row], car, TODAY):
        assert due.on is None or due.on <= TODAY + LOOKS_AHEAD
        again = due_on_car([row], car, TODAY + timedelta(days=1))
        assert due.on is None or due.key in [one.key for one in again]
