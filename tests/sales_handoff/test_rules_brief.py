"""Which lines are said before hello: five at most, the most important first, nothing twice, nothing to fill a gap."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_handoff.rules import brief as rules
from sales_handoff.rules.brief import WHY, Line, brief

AT = datetime(2026, 11, 23, 11, 38, tzinfo=UTC)
ABOUT = ("", "a", "b", "c")
lines = st.builds(Line, st.sampled_from(list(WHY)), st.text(min_size=1), st.text(), st.just(""), st.sampled_from(ABOUT))


@given(st.lists(lines, max_size=30))
def test_five_at_most_by_importance_and_never_twice(given: list[Line]) -> None:
    said = brief(given)
    kinds, things = [line.kind for line in said], [line.about for line in said if line.about]
    assert len(said) <= 5
    assert kinds == sorted(set(kinds), key=list(WHY).index)
    assert len(things) == len(set(things))
    assert set(said) <= set(given)
    assert not {rules.DUE, rules.DRIVES} <= set(kinds)


@given(st.lists(lines, max_size=30))
def test_what_is_most_important_is_always_said(given: list[Line]) -> None:
    said = brief(given)
    if given:
        first = min(given, key=lambda line: list(WHY).index(line.kind))
        assert said[0] == first
    else:
        assert said == []


def test_of_two_that_could_be_said_of_one_thing_the_second_gives_way_to_what_else_is_known() -> None:
    said = brief(
        [
            Line(rules.MIND, "The promised time has passed.", "RO 1", about="promise-1"),
            Line(rules.PROMISED, "Promised for 9:00.", "RO 1", about="promise-1"),
            Line(rules.PROMISED, "With the CR-V: a second key.", "Deal 7"),
        ]
    )
    assert [line.text for line in said] == ["The promised time has passed.", "With the CR-V: a second key."]


@pytest.mark.parametrize(
    ("ready", "is_over", "said"),
    [
        (timedelta(0), True, "Ready by 11:38 on 23 Nov, as promised: kept."),
        (timedelta(minutes=1), True, "Promised for 11:38 on 23 Nov, and ready 1 min late."),
        (timedelta(hours=2), True, "Promised for 11:38 on 23 Nov, and ready 2 h late."),
        (timedelta(days=1), True, "Promised for 11:38 on 23 Nov, and ready 1 day late."),
        (None, True, "Promised for 11:38 on 23 Nov; nobody wrote down when it was ready."),
    ],
)
def test_whether_a_promise_was_kept(ready: timedelta | None, is_over: bool, said: str) -> None:
    ready_at = None if ready is None else AT + ready
    assert rules.promised(AT, ready_at, AT + timedelta(days=3), is_over=is_over) == said


@given(st.text(min_size=1, max_size=400))
def test_their_words_are_cut_and_never_changed(words: str) -> None:
    text = rules.quoted(words)
    assert len(text) <= rules.LONGEST_QUOTE + 3
    assert " ".join(words.split()).startswith(text[1:-1].removesuffix("…"))


def test_what_is_not_known_is_not_said() -> None:
    assert rules.drives(None, "Fit", "") == ""
    assert rules.reach("", "") == ""
