"""Phones are stored one way, and what is only typed to get past a field is not a phone."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules import phones
from customers.rules.phones import digits, format_phone, is_placeholder_phone, national_digits, normalize_phone


def test_the_examples_in_the_docstrings_run():
    results = doctest.testmod(phones)
    assert (results.failed, results.attempted > 0) == (0, True)


@pytest.mark.parametrize(
    "text",
    [
        "4155550142",
        "(415) 555-0142",
        "415.555.0142",
        "+1 415 555 0142",
        "1-415-555-0142",
        "415 555 0142 x3",
    ],
)
def test_a_number_written_any_way_is_stored_one_way(text):
    assert normalize_phone(text) == "+14155550142"


def test_a_foreign_number_keeps_its_country():
    assert normalize_phone("+44 20 7946 0123") == "+442079460123"
    assert normalize_phone("020 7946 0123", region="GB") == "+442079460123"


@pytest.mark.parametrize("text", ["", "none", "555-0142", "12", "9999999999", "123-456-7890", "000-000-0000", "1" * 30])
def test_what_is_no_number_is_none(text):
    assert normalize_phone(text) is None


@pytest.mark.parametrize("text", ["9999999999", "+1 999 999 9999", "1234567890", "415-555-5555"])
def test_a_placeholder_is_told_from_a_number(text):
    assert is_placeholder_phone(text)


def test_a_real_number_or_a_short_one_is_no_placeholder():
    assert not is_placeholder_phone("4155550142")
    assert not is_placeholder_phone("")
    assert not is_placeholder_phone("111")


def test_digits_are_ascii_digits_only():
    assert digits("+1 (415) 555-0142") == "14155550142"
    assert digits("\u0661\u0662 x") == ""


def test_a_stored_number_is_shown_as_people_here_write_it():
    assert format_phone("+14155550142") == "(415) 555-0142"
    assert format_phone("+442079460123") == "+44 20 7946 0123"
    assert national_digits("+442079460123") == "2079460123"
    with pytest.raises(ValueError, match="not a stored"):
        format_phone("hello")


@given(st.integers(2_010_000_000, 9_899_999_999))
def test_what_is_stored_can_be_typed_again_and_is_the_same(number):
    stored = normalize_phone(str(number))
    if stored is not None:
        assert normalize_phone(stored) == stored
        assert normalize_phone(format_phone(stored)) == stored
        assert national_digits(stored) == str(number)


@given(st.text(max_size=25))
def test_any_text_may_be_tried(text):
    stored = normalize_phone(text)
    assert stored is None or stored.startswith("+")
