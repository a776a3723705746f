"""One find box: whatever is typed is looked for as everything it may be."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules import find
from customers.rules.find import route_query


def test_the_examples_in_the_docstrings_run():
    results = doctest.testmod(find)
    assert (results.failed, results.attempted > 0) == (0, True)


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("1hgcm826-33a004352", {"vin_part": "1HGCM82633A004352"}),
        ("*1HGCM82633A004352*", {"vin_part": "1HGCM82633A004352"}),
        ("33A004352", {"vin_part": "33A004352"}),
        ("004352", {"ro_number": "004352", "vin_part": "004352", "phone_part": "004352", "plate": "004352"}),
        ("48217", {"ro_number": "48217", "phone_part": "48217", "plate": "48217"}),
        ("0142", {"ro_number": "0142", "phone_part": "0142", "plate": "0142"}),
        ("12", {"ro_number": "12", "plate": "12"}),
        ("RO 48217", {"ro_number": "48217"}),
        ("ro#48217", {"ro_number": "48217"}),
        ("RO48217", {"ro_number": "48217", "plate": "RO48217"}),
        ("4155550142", {"phone": "+14155550142"}),
        ("(415) 555-0142", {"phone": "+14155550142"}),
        ("+1 415-555-0142", {"phone": "+14155550142"}),
        ("555-0142", {"phone_part": "5550142"}),
        ("+44 20 7946 0123", {"phone": "+442079460123"}),
        ("T47", {"tag": "T47", "plate": "T47"}),
        ("7abc 123", {"vin_part": "7ABC123", "plate": "7ABC123"}),
        ("Brandt, Théo", {"name": "brandt theo"}),
        ("théo brandt", {"name": "theo brandt"}),
        ("grnmchn", {"name": "grnmchn", "plate": "GRNMCHN"}),
        ("Ng", {"name": "ng", "plate": "NG"}),
        ("4 Wheels LLC", {"vin_part": "4WHEELSLLC", "name": "4 wheels llc"}),
        ("Ada@Example.com", {"email": "ada@example.com"}),
    ],
)
def test_a_text_is_looked_for_as_everything_it_may_be(text, forms):
    assert {form.kind: form.value for form in route_query(text).forms} == forms


@pytest.mark.parametrize("text", ["", " ", "a", "7", "-", "a@", "@", "!?"])
def test_less_than_two_letters_or_digits_is_not_looked_for(text):
    assert route_query(text).forms == ()


def test_a_form_can_be_asked_for_by_kind():
    query = route_query("T47")
    assert (query.value("tag"), query.value("name")) == ("T47", "")
    assert query.kinds == ("tag", "plate")


@given(st.text(max_size=120))
def test_any_text_is_routed_and_every_form_is_folded_for_its_kind(text):
    query = route_query(text)
    for form in query.forms:
        assert form.value
        if form.kind in ("vin_part", "plate", "tag"):
            assert form.value.isascii()
            assert form.value == form.value.upper()
        if form.kind in ("ro_number", "phone_part"):
            assert form.value.isdigit()
    assert len(set(query.kinds)) == len(query.kinds)
