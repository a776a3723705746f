"""A VIN is checked character by character, decoded as a proposal, and never blocks anybody."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from customers.rules import vin as vin_rules
from customers.rules.vin import check_digit, check_vin, decode_vin, normalize_vin, read_decode, vin_candidates

ALPHABET = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
characters = st.text(ALPHABET, min_size=17, max_size=17)


def right(vin):
    """The same VIN with the check digit it asks for."""
    return f"{vin[:8]}{check_digit(vin)}{vin[9:]}"


def test_the_examples_in_the_docstrings_run():
    results = doctest.testmod(vin_rules)
    assert (results.failed, results.attempted > 0) == (0, True)


@pytest.mark.parametrize("vin", ["1HGCM82633A004352", "1M8GDM9AXKP042788", "11111111111111111", "JTDBBRBE6LJ007243"])
def test_a_vin_with_its_check_digit_is_fine(vin):
    assert check_vin(vin).ok


def test_spaces_dashes_and_lower_case_are_put_right():
    assert check_vin(" 1hgcm826-33a0 04352 ").vin == "1HGCM82633A004352"
    assert normalize_vin("*1HGCM82633A004352*") == "1HGCM82633A004352"


def test_a_wrong_check_digit_says_what_it_should_be():
    (problem,) = check_vin("1HGCM82633A004353").problems
    assert (problem.position, problem.character) == (9, "3")
    assert problem.message.startswith("The check digit, character 9, is 3 and should be 5.")


@pytest.mark.parametrize(
    ("typed", "position", "seen", "meant"),
    [("1HGCM82633A0043S2", 16, "S", "5"), ("1HGCMB2633A004352", 6, "B", "8"), ("1HGCM8Z633A004352", 7, "Z", "2")],
)
def test_one_misread_character_is_named_with_what_it_should_be(typed, position, seen, meant):
    (problem,) = check_vin(typed).problems
    assert (problem.position, problem.character) == (position, seen)
    assert problem.message == (
        f"Character {position} looks wrong: {seen}. The check digit only fits if it is a {meant}."
    )


def test_two_possible_misreadings_blame_neither():
    # positions 1 and 11 weigh the same, so either 5 could be the S
    doubtful = "5" + right("S1111111115111111")[1:]
    (problem,) = check_vin(doubtful).problems
    assert problem.position == 9
    assert "should be" in problem.message


@pytest.mark.parametrize(("letter", "meant"), [("I", "1"), ("O", "0"), ("Q", "0")])
def test_letters_a_vin_never_has_are_named_where_they_stand(letter, meant):
    (problem,) = check_vin(f"1HGCM82633A0{letter}4352").problems
    assert (problem.position, problem.character) == (13, letter)
    assert problem.message == f"Character 13 is the letter {letter}, and a VIN never has one. Is it a {meant}?"


@pytest.mark.parametrize(
    ("vin", "count"), [("1HGCM82633A00435", "16 characters"), ("1", "1 character"), ("1" * 18, "18 ch")]
)
def test_a_vin_of_another_length_says_how_many_it_has(vin, count):
    assert f"has {count}" in check_vin(vin).problems[0].message


def test_no_vin_at_all_asks_for_one():
    assert check_vin(" - ").problems[0].message == "Enter the VIN."


def test_a_european_vin_warns_and_says_it_may_be_right():
    (problem,) = check_vin("WVWZZZ1KZAW000001").problems
    assert "may be right as it is" in problem.message


@given(characters)
def test_every_vin_has_exactly_one_check_digit_that_fits(vin):
    fitting = [digit for digit in "0123456789X" if check_vin(f"{vin[:8]}{digit}{vin[9:]}").ok]
    assert fitting == [check_digit(vin)]


@given(characters, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_what_looks_wrong_can_always_be_put_right_as_it_says(vin, index, character):
    vin = right(vin)
    slipped = f"{vin[:index]}{character}{vin[index + 1 :]}"
    assume(not check_vin(slipped).ok)
    (problem,) = check_vin(slipped).problems
    assert problem.position is not None
    assert slipped[problem.position - 1] == problem.character
    better = problem.message.removesuffix(".").split("only fits if it is a ")[-1]
    if len(better) == 1:
        assert check_vin(f"{slipped[: problem.position - 1]}{better}{slipped[problem.position :]}").ok


@given(st.from_regex(f"[{ALPHABET}]{{13}}[0-9]{{4}}", fullmatch=True), st.integers(0, 15))
def test_two_neighbors_exchanged_are_among_the_candidates(vin, index):
    vin = right(vin)
    slipped = f"{vin[:index]}{vin[index + 1]}{vin[index]}{vin[index + 2 :]}"
    assume(not check_vin(slipped).ok)
    candidates = vin_candidates(slipped)
    assert vin in [one.vin for one in candidates]
    assert all(check_vin(one.vin).ok for one in candidates)


@pytest.mark.parametrize("vin", ["", "1HGCM82633A004352", "1HGCM82633A00435", "1HGCM82633A0043S2X"])
def test_what_is_right_or_of_another_length_has_no_candidates(vin):
    assert vin_candidates(vin) == ()


@given(st.text(max_size=30))
def test_any_text_may_be_checked(text):
    assert all(check_vin(one.vin).ok for one in vin_candidates(text))
    assert check_vin(text).ok == (check_vin(text).problems == ())


def test_the_check_digit_of_half_a_vin_is_refused():
    with pytest.raises(ValueError, match="17"):
        check_digit("1HGCM8263")


# --- decoding ---------------------------------------------------------------------------------------------------------


def test_a_clean_vin_proposes_the_car_with_where_it_comes_from():
    found = decode_vin("1hgcm826 33a004352")
    assert (found.year, found.make, found.model, found.trim) == (2003, "Honda", "Accord", "EX-V6")
    assert (found.engine, found.fuel, found.doors, found.body_class) == ("3.0 L V6", "Gasoline", 2, "Coupe")
    assert (found.fills_silently, found.warnings, found.error_codes) == (True, (), (0,))
    assert len(found.data_month) == len("2026_10")


def test_a_vin_the_decoder_had_to_correct_fills_nothing_silently():
    found = decode_vin("KM8JDDD23SU377666")
    assert found.error_codes == (3, 14)
    assert found.fills_silently is False
    assert found.warnings == ("The decoder had to guess at a character, so check every line against the car.",)
    assert found.body == "suv"


def test_a_good_vin_may_not_know_its_model():
    found = decode_vin("JTDBBRBE6LJ007243")
    assert (found.year, found.make, found.model) == (2020, "Toyota", "")
    assert found.fills_silently is True
    assert found.warnings == ("The VIN does not say which model it is. Enter it from the car.",)


def test_an_unknown_maker_is_named_by_its_code():
    found = decode_vin("11111111111111111")
    assert found.warnings == ("The maker code '111' is not registered in the United States.",)
    assert (found.make, found.fills_silently) == ("", False)


def test_a_car_built_for_elsewhere_is_still_a_car():
    qashqai = decode_vin("JN1BJ1AW5PW109661")
    assert qashqai.year == 2023
    assert "may not have been built for the United States" in qashqai.warnings[0]
    golf = decode_vin("WVWZZZ1KZAW000001")
    assert (golf.make, golf.fills_silently) == ("Volkswagen", False)


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 400])
def test_each_doubtful_code_keeps_the_form_from_being_filled_silently(code):
    decoded = {
        "vin": "1HGCM82633A004352",
        "model_year": 2003,
        "error_codes": [code, 14],
        "attributes": {"Make": "HONDA", "Model": "Accord"},
    }
    assert read_decode(decoded, "2026_10").fills_silently is False
    assert read_decode(decoded | {"error_codes": [0, 14]}, "2026_10").fills_silently is True


@pytest.mark.parametrize(
    ("body_class", "body"),
    [
        ("Sedan/Saloon", "sedan"),
        ("Sport Utility Vehicle (SUV)/Multi-Purpose Vehicle (MPV)", "suv"),
        ("Crossover Utility Vehicle (CUV)", "suv"),
        ("Minivan", "van"),
        ("Cargo Van", "van"),
        ("Pickup", "truck"),
        ("Sport Utility Truck (SUT)", "truck"),
        ("Hatchback/Liftback/Notchback", "hatch"),
        ("Wagon", "hatch"),
        ("Coupe", "other"),
        ("", ""),
    ],
)
def test_a_body_is_one_of_the_shapes_we_draw(body_class, body):
    decoded = {"vin": "1", "model_year": None, "error_codes": [0], "attributes": {"Body Class": body_class}}
    assert read_decode(decoded, "2026_10").body == body


def test_lists_blanks_and_engines_read_plainly():
    attributes = {
        "Make": "MERCEDES-BENZ",
        "Trim": ["LE", "SE"],
        "Series": "Not Applicable",
        "Displacement (L)": "1.8",
        "Engine Number of Cylinders": "4",
        "Engine Configuration": "In-Line",
        "Doors": "4",
    }
    found = read_decode({"vin": "1", "model_year": None, "error_codes": [0], "attributes": attributes}, "2026_10")
    assert (found.make, found.trim, found.series) == ("Mercedes-Benz", "LE, SE", "")
    assert (found.engine, found.doors, found.year) == ("1.8 L 4 cyl", 4, None)
    assert Decimal(found.engine.split()[0]) == Decimal("1.8")
    assert (
        read_decode({"vin": "1", "model_year": None, "error_codes": [0], "attributes": {"Make": "BMW"}}, "2026_10").make
        == "BMW"
    )
