"""The fields of an export, one at a time."""

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_lane.dms import Name, Place, Unreadable
from service_lane.dms import fields as read


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        ("139.20", "139.20"),
        ("$36.54", "36.54"),
        ("1,635.60", "1635.60"),
        ("$2,001.00", "2001.00"),
        (" 174.00 ", "174.00"),
        ("(13.00)", "-13.00"),
        ("($1,013.00)", "-1013.00"),
        ("-17.00", "-17.00"),
        ("-$17", "-17.00"),
        ("$-17", "-17.00"),
        ("17.00-", "-17.00"),
        ("12 CR", "-12.00"),
        ("\u221212.5", "-12.50"),
        (".5", "0.50"),
        ("12.500", "12.50"),
        ("", "0.00"),
        ("   ", "0.00"),
        (" $ - ", "0.00"),
        ("(0.00)", "0.00"),
    ],
)
def test_money_is_read_in_every_way_it_is_written(text: str, dollars: str) -> None:
    assert str(read.money(text)) == dollars


@pytest.mark.parametrize(
    "text",
    ["N/A", "12..5", "1O4.50", "1,23.00", "12,34", "1.635,60", "12.345", "(12.00", "12.00)", "--5", "(-5)", "$", "1e3",
     "٣", "NaN", "Infinity", "()", "CR", "5 5", "99999999.99"],
)  # fmt: skip
def test_what_is_no_amount_is_refused_and_never_guessed(text: str) -> None:
    if text == "$":
        assert read.money(text) == 0
        return
    with pytest.raises(Unreadable):
        read.money(text)


@given(st.decimals(min_value=-9_999_999, max_value=9_999_999, places=2))
def test_money_survives_every_spelling_of_the_same_amount(amount: Decimal) -> None:
    plain = f"{abs(amount):.2f}"
    grouped = f"{abs(amount):,.2f}"
    for spelling in (plain, grouped, f"${grouped}", f"  {plain} "):
        assert read.money(spelling) == abs(amount)
        for credit in (f"-{spelling.strip()}", f"({spelling.strip()})", f"{spelling.strip()}-"):
            assert read.money(credit) == -abs(amount)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("05/15/2021", date(2021, 5, 15)),
        ("5/1/21", date(2021, 5, 1)),
        ("12/31/98", date(1998, 12, 31)),
        ("2022-05-07", date(2022, 5, 7)),
        ("02/29/2024", date(2024, 2, 29)),
        ("  ", None),
    ],
)
def test_both_date_forms_are_read(text: str, when: date | None) -> None:
    assert read.day(text) == when


@pytest.mark.parametrize(
    "text", ["soon", "13/45/2024", "02/29/2023", "1/1/0001", "2021-13-01", "9999-12-31", "05-15-2021"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Unreadable, match="not a date"):
        read.day(text)


@pytest.mark.parametrize(
    ("text", "when"),
    [("07:05", time(7, 5)), ("7:05 pm", time(19, 5)), ("12:00 AM", time(0, 0)), ("25:00", None), ("noon", None)],
)
def test_times_of_day_are_read_or_left_out(text: str, when: time | None) -> None:
    assert read.clock(text) == when


def test_hours_below_zero_are_refused() -> None:
    assert read.hours("0.5") == Decimal("0.50")
    assert str(read.hours("-0.0")) == "0.00"
    with pytest.raises(Unreadable, match="negative hours"):
        read.hours("-1.5")


@pytest.mark.parametrize(
    ("text", "vin"),
    [
        (" 1H9FGCSF1 PC814541 ", "1H9FGCSF1PC814541"),
        ("5nms44dl6nh446914", "5NMS44DL6NH446914"),
        ("", ""),
        ("00000000000000000", ""),
        ("UNKNOWN", ""),
        ("12345678901234567890", ""),
        ("1HGCM8263é3A00435", ""),
    ],
)
def test_vins_are_folded_and_placeholders_are_none(text: str, vin: str) -> None:
    assert read.vin(text) == vin


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("(969) 296-3648", "+19692963648"),
        ("722.421.2392", "+17224212392"),
        ("+17868232365", "+17868232365"),
        ("5642871909 x17", "+15642871909"),
        ("564-287-1909 ext. 4", "+15642871909"),
        ("0000000000", ""),
        ("555-000-0000", ""),
        ("123-456-7890", ""),
        ("call wife", ""),
        ("287-1909", ""),
    ],
)
def test_phones_are_folded_and_placeholders_are_none(text: str, phone: str) -> None:
    assert read.phone(text) == phone


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("JONES,CHRISTOPHER D", Name("Christopher", "Jones", "")),
        ("Smith, Michael", Name("Michael", "Smith", "")),
        ("Figueroa, JESUS", Name("Jesus", "Figueroa", "")),
        ("VAN DER BERG,THOMAS H", Name("Thomas", "van der Berg", "")),
        ("O\u2019BRIEN,JOSEPH A", Name("Joseph", "O\u2019Brien", "")),
        ("MÜLLER,TIFFANY", Name("Tiffany", "Müller", "")),
        ("MCKINNEY,REGINALD", Name("Reginald", "McKinney", "")),
        ("ZIMMERMAN INC", Name("", "", "Zimmerman Inc")),
        ("MURPHY-BAKER", Name("", "", "Murphy-Baker")),
        ("DAVIS, DURAN AND EDWARDS", Name("", "", "Davis, Duran and Edwards")),
        ("WARREN LLC", Name("", "", "Warren LLC")),
        ("JOE'S TOWING", Name("", "", "Joe's Towing")),
        (" , ", Name("", "", "")),
    ],
)
def test_names_come_surname_first_and_companies_are_companies(text: str, name: Name) -> None:
    assert read.name(text) == name


def test_an_address_is_told_apart_when_it_is_written_the_usual_way() -> None:
    assert read.place("5900 BEAN HARBOR", "LAKE CRYSTAL, NM 21501") == Place(
        "5900 Bean Harbor", "Lake Crystal", "NM", "21501"
    )
    assert read.place("1 Rue X", "Montréal H2X 1Y4") == Place("1 Rue X", "Montréal H2X 1Y4", "", "")


def test_years_and_miles_of_words_are_left_out() -> None:
    assert [read.model_year(text) for text in ("06", "2024", "98", "NEW", "0012")] == [2006, 2024, 1998, None, None]
    assert [read.miles(text) for text in ("3,962", "133969", "TMU", "-5", "9999999")] == [
        3962,
        133969,
        None,
        None,
        None,
    ]


READERS = (
    read.money, read.hours, read.day, read.clock, read.vin, read.phone, read.email, read.name, read.cased, read.advisor,
    read.make, read.model_year, read.miles, read.plate, read.flag, read.prose,
)  # fmt: skip


@given(st.sampled_from(READERS), st.text() | st.from_regex(r"[-($]*[0-9.,/:]*[)CRx -]*", fullmatch=True))
def test_no_text_makes_a_reader_fail_otherwise_than_by_saying_so(reader, text: str) -> None:
    reason = "read"
    try:
        answer = reader(text)
    except Unreadable as why:
        reason = str(why)
    else:
        assert reader(text) == answer
    assert reason
