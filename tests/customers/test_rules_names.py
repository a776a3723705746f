"""Names are found without accents, in any case, and shortened where others can see."""

import doctest
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules import names
from customers.rules.names import initial_of_last_name, initials, search_key


def test_the_examples_in_the_docstrings_run():
    results = doctest.testmod(names)
    assert (results.failed, results.attempted > 0) == (0, True)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Núñez", ("nunez",)),
        ("O'Brien", ("obrien",)),
        ("O\u2019Brien", ("obrien",)),
        ("SMITH-JONES, Ann", ("smith", "jones", "ann")),
        ("Müller & Söhne GmbH", ("muller", "sohne", "gmbh")),
        ("Straße", ("strasse",)),
        ("Łukasz Ørsted", ("lukasz", "orsted")),
        ("4 Wheels LLC", ("4", "wheels", "llc")),
        ("  ", ()),
    ],
)
def test_a_name_is_folded_to_the_words_it_is_found_by(name, words):
    assert search_key(name) == words


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_and_case_never_matters(text):
    once = search_key(text)
    assert search_key(" ".join(once)) == once
    assert all(word == word.casefold() for word in once)


@given(st.text("abcdefghijklmnñéü", min_size=1, max_size=12))
def test_composed_and_decomposed_accents_are_the_same_name(word):
    assert search_key(unicodedata.normalize("NFD", word)) == search_key(unicodedata.normalize("NFC", word))


def test_a_last_name_is_only_its_letter_where_others_can_see():
    assert initial_of_last_name("Theo Brandt") == "Theo B."
    assert initial_of_last_name("Ana María Núñez") == "Ana María N."
    assert initial_of_last_name(" Cher ") == "Cher"
    assert initial_of_last_name("") == ""


def test_initials_are_of_the_first_and_last_word():
    assert tuple(initials(name) for name in ("Theo Brandt", "Ana María Núñez", "Cher", "")) == (
        "TB",
        "AN",
        "C",
        "",
    )
