"""Tomorrow's lane: what would cross a car's limit, and what is due, in sentences somebody can say."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_handoff.rules.tomorrow import KnownWork, deferred_is_due, what_crosses

BELT = KnownWork("Timing belt", Decimal("1450.00"), "declined")
PADS = KnownWork("Front brake pads", Decimal("390.50"), "deferred")
ABS = KnownWork("ABS module", Decimal("890.00"), "declined")


@pytest.mark.parametrize(
    ("limit", "known", "crosses", "words"),
    [
        (None, [BELT], False, ""),
        ("1900", [], False, "A repair above about $1,900 crosses the limit. Nothing is left over from before."),
        ("1900", [BELT], False, "A repair above about $1,900 crosses the limit. The declined timing belt is $1,450."),
        (
            "1400",
            [BELT],
            True,
            "A repair above about $1,400 crosses the limit, and the declined timing belt is $1,450.",
        ),
        (
            "1700",
            [PADS, BELT],
            True,
            "A repair above about $1,700 crosses the limit. The declined timing belt is $1,450, "
            "and all 2 together are $1,840.",
        ),
        ("900", [ABS], False, "A repair above about $900 crosses the limit. The declined ABS module is $890."),
        (
            "1900",
            [KnownWork("Replace the head gasket", Decimal("2256.75"), "declined")],
            True,
            "A repair above about $1,900 crosses the limit, and the declined head gasket is $2,257.",
        ),
        (
            "1900",
            [KnownWork("Align the wheels", Decimal("120.00"), "deferred")],
            False,
            "A repair above about $1,900 crosses the limit. The deferred “Align the wheels” is $120.",
        ),
        ("0", [], False, "Replacing it costs less than keeping it even with no repair at all."),
        ("0", [PADS], True, "Replacing it costs less than keeping it even with no repair at all."),
        ("20", [], False, "Almost any repair crosses the limit. Nothing is left over from before."),
    ],
)
def test_what_would_cross_it_in_one_reading(
    limit: str | None, known: list[KnownWork], crosses: bool, words: str
) -> None:
    found = what_crosses(Decimal(limit) if limit is not None else None, known)

    assert (found.crosses, found.words) == (crosses, words)


@given(
    st.integers(1, 9000).map(Decimal),
    st.lists(st.integers(1, 4000).map(Decimal), max_size=6),
)
def test_it_crosses_exactly_when_all_of_it_together_is_above_the_limit(limit: Decimal, amounts: list[Decimal]) -> None:
    known = [KnownWork(f"Job {place}", amount, "declined") for place, amount in enumerate(amounts)]

    assert what_crosses(limit, known).crosses == (sum(amounts) > limit)


@pytest.mark.parametrize(
    ("on", "miles", "odometer", "is_due"),
    [
        (date(2026, 12, 24), None, None, True),
        (date(2026, 12, 25), None, None, False),
        (None, 80_000, 79_500, True),
        (None, 80_000, 79_499, False),
        (None, 80_000, None, False),
        (None, None, 90_000, False),
    ],
)
def test_what_was_put_off_is_due_by_its_date_or_its_miles(
    on: date | None, miles: int | None, odometer: int | None, is_due: bool
) -> None:
    assert deferred_is_due(on, miles, date(2026, 11, 24), odometer) is is_due
