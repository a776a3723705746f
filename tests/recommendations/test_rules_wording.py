"""Texts are graded: short words and short sentences pass, brochure prose does not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.rules.wording import HARDEST_GRADE, reading_grade, syllables, words_per_sentence

PLAIN = "The joint moves 3 mm. The limit is 0.5 mm. It holds the wheel to the car. A loose joint can let go."
HARD = (
    "Continued utilization of deteriorated suspension componentry substantially compromises directional stability "
    "and necessitates immediate remediation."
)


def test_plain_words_pass_and_brochure_prose_does_not():
    assert reading_grade(PLAIN) <= 2
    assert reading_grade(HARD) > HARDEST_GRADE


def test_the_grade_follows_the_formula():
    # one sentence, 6 words, 6 syllables: 0.39 x 6 + 11.8 x 1 - 15.59 = -1.45, shown as 0
    assert reading_grade("The cat sat on the mat.") == Decimal("0.0")
    # one sentence, 3 words, 8 syllables: 0.39 x 3 + 11.8 x 8/3 - 15.59 = 17.05
    assert reading_grade("Batteries deteriorate gradually.") > 15


def test_decimals_do_not_end_a_sentence_and_line_breaks_do():
    assert words_per_sentence("The limit is 0.5 mm.") == 5
    assert words_per_sentence("Two words\nAnd three more") == Decimal("2.5")


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("brake", 1),
        ("tires", 1),
        ("changed", 1),
        ("needed", 2),
        ("hoses", 2),
        ("little", 2),
        ("engine", 2),
        ("battery", 3),
        ("technician", 3),
        ("12", 1),
        ("I", 1),
    ],
)
def test_syllables_are_counted_by_vowel_groups(word, count):
    assert syllables(word) == count


def test_nothing_to_read_is_grade_zero():
    assert reading_grade(" ... ") == 0
    assert words_per_sentence("") == 0


@given(st.text(max_size=300))
def test_any_text_has_a_grade(text):
    assert reading_grade(text) >= 0
