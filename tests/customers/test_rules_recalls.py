"""Reading NHTSA's recall list, and how makes and models are compared."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules import recalls
from tests.customers.recall_list import ROW, line


def test_a_line_becomes_a_record() -> None:
    record = recalls.read_line(1, line(DO_NOT_DRIVE="Yes"))
    assert isinstance(record, recalls.Record)
    assert (record.record_id, record.campaign, record.make_key, record.model_key) == (
        900001,
        "26V000001",
        "HONDA",
        "RIDGELINE",
    )
    assert (record.year_from, record.year_until) == (2018, 2018)
    assert (record.built_from, record.recorded_on) == (date(2017, 3, 1), date(2026, 1, 5))
    assert (record.do_not_drive, record.park_outside) == (True, False)


def test_a_year_nobody_knows_follows_from_the_days_of_building() -> None:
    known = recalls.read_line(1, line(YEARTXT="9999"))
    unknown = recalls.read_line(1, line(YEARTXT="9999", BGMAN="", ENDMAN="19010101"))
    assert isinstance(known, recalls.Record)
    assert isinstance(unknown, recalls.Record)
    assert (known.year, known.year_from, known.year_until) == (None, 2017, 2019)
    assert (unknown.built_until, unknown.year_from, unknown.year_until) == (None, None, None)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"RECORD_ID": ""}, "RECORD_ID is empty."),
        ({"RECORD_ID": "R2D2"}, 'RECORD_ID "R2D2" is not a number.'),
        ({"RECORD_ID": "9" * 19}, f'RECORD_ID "{"9" * 19}" is not a number.'),
        ({"RECORD_ID": "²"}, 'RECORD_ID "²" is not a number.'),
        ({"CAMPNO": " "}, "CAMPNO is empty."),
        ({"CAMPNO": "2" * 21}, f'CAMPNO "{"2" * 21}" is longer than 20 characters.'),
        ({"RCLTYPECD": "Z"}, 'RCLTYPECD "Z" is none of V, E, T, C.'),
        ({"MAKETXT": ""}, "MAKETXT is empty."),
        ({"MODELTXT": ""}, "MODELTXT is empty."),
        ({"YEARTXT": "18"}, 'YEARTXT "18" is not a model year.'),
        ({"BGMAN": "20171301"}, 'BGMAN "20171301" is not a date like 20261118.'),
        ({"ENDMAN": "2017-W01"}, 'ENDMAN "2017-W01" is not a date like 20261118.'),
        ({"ODATE": "1/2/2026"}, 'ODATE "1/2/2026" is not a date like 20261118.'),
        ({"RCDATE": "2026"}, 'RCDATE "2026" is not a date like 20261118.'),
        ({"DATEA": "20260230"}, 'DATEA "20260230" is not a date like 20261118.'),
        ({"DO_NOT_DRIVE": "perhaps"}, 'DO_NOT_DRIVE "perhaps" is neither Yes nor No.'),
        ({"PARK_OUTSIDE": "1"}, 'PARK_OUTSIDE "1" is neither Yes nor No.'),
    ],
)
def test_a_row_that_is_not_right_says_why(cells: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match="^" + reason.replace("(", r"\(") + "$"):
        recalls.read_line(7, line(**cells))


@pytest.mark.parametrize("kind", ["E", "T", "C"])
def test_rows_about_other_things_than_cars_are_told_apart(kind: str) -> None:
    assert recalls.read_line(1, line(RCLTYPECD=kind.lower(), MAKETXT="ACME", YEARTXT="9999")) == kind


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (line() + "\tEXTRA", "Row 12,000 has 30 columns. Expected: 29 columns"),
        ("\t".join(line().split("\t")[:24]), "Row 12,000 has 24 columns. Expected: 29 columns"),
        ('"a,b,c"', "Row 12,000 has 1 column. Expected: 29 columns"),
    ],
)
def test_other_columns_are_refused_and_named(row: str, said: str) -> None:
    with pytest.raises(recalls.OtherLayout, match=said) as refusal:
        recalls.read_line(12_000, row)
    assert "Nothing was taken from this file." in str(refusal.value)


def test_quotes_are_ordinary_and_links_lose_their_marks() -> None:
    defect = 'The "LATCH" may open. <A HREF=HTTP://WWW.SAFERCAR.GOV>SAFERCAR.GOV</A> says <5 N. "'
    record = recalls.read_line(1, line(DESC_DEFECT=defect))
    assert isinstance(record, recalls.Record)
    assert record.defect == 'The "LATCH" may open. SAFERCAR.GOV says <5 N. "'


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Citroën".encode(), "Citroën"),
        ("Citroën".encode("latin-1"), "Citroën"),
        (b"driver\x92s seat", "driver\u2019s seat"),
        (b"\x81\xff", "\x81ÿ"),
        (b"a\x00b", "ab"),
    ],
)
def test_any_line_can_be_decoded(raw: bytes, text: str) -> None:
    assert recalls.decode(raw) == text


@given(st.binary(max_size=200), st.integers(0, 28))
def test_whatever_stands_in_a_cell_is_a_record_or_a_reason(noise: bytes, place: int) -> None:
    cells = list(ROW.values())
    cells[place] = recalls.decode(noise).replace("\t", " ")
    found: object
    try:
        found = recalls.read_line(1, "\t".join(cells))
    except recalls.OtherLayout:
        raise
    except ValueError as reason:
        found = str(reason)
    assert isinstance(found, recalls.Record) or found in recalls.OTHER_KINDS or str(found).endswith(".")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("HONDA", "CR-V"), ("Honda", "CRV")),
        (("HONDA", "CR V"), ("Honda", "CR-V")),
        (("FORD", "F-150"), ("Ford", "F150")),
        (("DODGE", "RAM 1500"), ("RAM", "1500")),
        (("DODGE", "1500"), ("Ram", "Ram 1500")),
        (("MAZDA", "MAZDA3"), ("Mazda", "3")),
        (("MINI", "MINI COOPER"), ("Mini", "Cooper")),
        (("CHEVY", "SILVERADO 1500"), ("CHEVROLET", "Silverado 1500")),
        (("VW", "JETTA"), ("VOLKSWAGEN", "Jetta")),
        (("MERCEDES-BENZ", "E-Class"), ("MERCEDES BENZ", "E CLASS")),
        (("GMC", "GMC SIERRA 1500"), ("Gmc", "Sierra 1500")),
    ],
)
def test_the_same_model_written_otherwise_is_the_same(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert recalls.keys(*one) == recalls.keys(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("FORD", "F-150"), ("FORD", "F-250")),
        (("RAM", "1500"), ("RAM", "2500")),
        (("DODGE", "DAKOTA"), ("RAM", "DAKOTA")),
        (("TOYOTA", "COROLLA"), ("TOYOTA", "COROLLA CROSS")),
        (("FORD", "RANGER"), ("MERCURY", "RANGER")),
    ],
)
def test_other_models_stay_other(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert recalls.keys(*one) != recalls.keys(*other)


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_car_written_as_the_list_writes_it_is_always_a_candidate(make: str, model: str) -> None:
    maker, key = recalls.keys(make, model)
    if maker and key:
        assert (maker, key) in {one[:2] for one in recalls.candidates(make, model)}


def test_a_car_without_a_model_is_nothing() -> None:
    assert recalls.candidates("HONDA", "", "EX") == recalls.candidates("", "Civic") == ()


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("FLAT_RCL_POST_2010.zip", "post"),
        ("flat_rcl_pre_2010.txt", "pre"),
        ("FLAT_RCL.txt", ""),
    ],
)
def test_the_name_says_which_file_it_is(name: str, part: str) -> None:
    assert recalls.part_of(name) == part


@pytest.mark.parametrize(
    ("states", "marks", "said"),
    [
        ([], {}, "None"),
        ([""], {}, "1 recall is possible, by model: check the VIN with the maker."),
        (["", ""], {}, "2 recalls are possible, by model: check the VIN with the maker."),
        (["open", "ordered"], {}, "2 recalls are open on this car by its VIN."),
        (
            [""],
            {"do_not_drive": True, "park_outside": True},
            "Do not drive and park outside until it is repaired, says NHTSA of such cars. "
            "1 recall is possible, by model: check the VIN with the maker.",
        ),
    ],
)
def test_one_line_says_what_is_known_and_what_is_only_possible(
    states: list[str], marks: dict[str, bool], said: str
) -> None:
    assert str(recalls.summary(states, **marks)) == said


def test_a_no_counts_for_the_campaign_as_it_was() -> None:
    assert not recalls.is_open(recalls.NOT_THIS_CAR, has_grown=False)
    assert recalls.is_open(recalls.NOT_THIS_CAR, has_grown=True)
    assert not recalls.is_open(recalls.DONE, has_grown=True)
    assert recalls.standing("", has_grown=False) == "Possible, by model: check the VIN with the maker"
    assert recalls.standing(recalls.NOT_THIS_CAR, has_grown=True).startswith("Possible again, by model")
