"""Reading a text: whoever asks for no more texts gets none, and a car that will not stop is no such wish."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules.optout import ALONE, Meaning, read_text
from tests.customers.optout_corpus import CORPUS

KEYWORDS = ["stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe"]
"""Reasonable by themselves, says 47 CFR 64.1200(a)(10)."""


def test_the_corpus_is_large_and_says_nothing_twice() -> None:
    assert len(CORPUS) >= 500
    assert len({text for text, *_ in CORPUS}) == len(CORPUS)


def test_every_text_of_the_corpus_is_read_as_a_person_would_read_it() -> None:
    wrong = []
    for text, meaning, is_sales_only in CORPUS:
        reading = read_text(text)
        if (reading.meaning, reading.is_sales_only) != (meaning, is_sales_only):
            wrong.append(f"{text!r}: {reading.meaning}, not {meaning}")
    assert wrong == []


@given(
    keyword=st.sampled_from(KEYWORDS),
    case=st.sampled_from([str.lower, str.upper, str.title, str.swapcase]),
    before=st.sampled_from(["", " ", "\n", "Please ", "ok, ", "hi "]),
    after=st.sampled_from(["", ".", "!!!", " please", " thanks 🙏", "\n\n", " now", "…"]),
)
def test_the_words_the_law_names_are_understood_however_they_are_written(
    keyword: str, case: object, before: str, after: str
) -> None:
    assert read_text(before + case(keyword) + after).meaning is Meaning.STOP  # type: ignore[operator]


@given(st.text(max_size=200))
def test_nothing_anybody_writes_breaks_it(text: str) -> None:
    assert read_text(text).meaning in Meaning


CAR_TALK = ("brakes", "tires", "oil", "noise", "left wheel", "Monday", "price", "engine", "squeals")


@given(st.lists(st.sampled_from(CAR_TALK), min_size=1))
def test_talk_of_a_car_alone_never_ends_the_conversation(words: list[str]) -> None:
    assert read_text(" ".join(words)).meaning in (Meaning.QUESTION, Meaning.UNCLEAR)


@pytest.mark.parametrize("word", ["dont ", "stop a ", "no me ", "dont want to be ", "please ", "aaaa", "🛑"])
def test_a_text_made_to_be_slow_is_not(word: str) -> None:
    began = time.process_time()
    read_text(word * (1600 // len(word)))
    assert time.process_time() - began < 1


def test_spanish_is_noticed_so_that_the_answer_is_in_spanish() -> None:
    assert read_text("no me manden más mensajes").is_spanish
    assert read_text("ALTO").is_spanish
    assert not read_text("stop").is_spanish
    assert "alto" in ALONE
