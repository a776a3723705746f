"""A day or a week of figures: which days they are of, and how they are drawn."""

from datetime import date
from decimal import Decimal

import pytest
from django.http import QueryDict

from dealership.figures import Bar, Figure, Period, percent, period, share
from dealership.models import Rooftop
from dealership.templatetags.charts import bar_chart
from tests.cast import AT

NORTH = Rooftop(name="Northgate Honda", time_zone="America/Los_Angeles")


def asked(query: str, **how: bool) -> Period:
    return period(QueryDict(query), NORTH, AT, **how)


def test_a_week_is_monday_to_sunday_in_the_rooftops_own_time() -> None:
    week = asked("on=2026-11-12&by=week")
    assert (week.monday, week.chosen[-1]) == (date(2026, 11, 9), date(2026, 11, 15))
    assert [at.isoformat() for at in week.bounds] == ["2026-11-09T00:00:00-08:00", "2026-11-16T00:00:00-08:00"]
    assert (week.before, week.after) == (date(2026, 11, 5), date(2026, 11, 16))
    assert week.words == "9 to 15 November 2026"


def test_a_day_in_which_the_clock_is_set_back_has_twenty_five_hours() -> None:
    starts, ends = asked("on=2026-11-01").bounds
    assert (ends.timestamp() - starts.timestamp()) / 3600 == 25


@pytest.mark.parametrize("on", ["", "soon", "2031-01-01", "2026-11-31"])
def test_a_day_that_cannot_be_looked_at_is_today(on: str) -> None:
    today = asked(f"on={on}")
    assert (today.on, today.after, today.is_now) == (date(2026, 11, 23), None, True)


def test_n_of_m_is_counted_over_the_chosen_days_and_drawn_for_the_week() -> None:
    rows = {date(2026, 11, 9): (1, 2), date(2026, 11, 10): (3, 4)}
    some, every, drawn = share(asked("on=2026-11-10"), rows)
    assert (some, every) == (3, 4)
    assert [bar.words for bar in drawn[:3]] == ["1 of 2", "3 of 4", "none"]
    assert [bar.is_here for bar in drawn[:3]] == [False, True, False]
    assert share(asked("on=2026-11-10&by=week"), rows)[:2] == (4, 6)


@pytest.mark.parametrize(
    ("some", "every", "words"), [(0, 0, ""), (0, 3, "0"), (2, 3, "67"), (1, 8, "13"), (3, 3, "100")]
)
def test_a_share_of_nothing_is_no_figure(some: int, every: int, words: str) -> None:
    assert percent(some, every) == words


def test_a_chart_says_every_bar_and_needs_no_color() -> None:
    drawn = bar_chart(
        Figure(
            *("promises", "Promises <kept>", "50", "%", "1 of 2", "What it is."),
            (Bar("Mon 9", Decimal(1), "1 of 2", Decimal(2)), Bar("Tue 10", None, "none", is_here=True)),
        )
    )
    assert 'aria-label="Promises &lt;kept&gt; by day. Mon 9: 1 of 2, Tue 10: none"' in drawn
    assert "style=" not in drawn
    assert drawn.count("<rect") == 2  # the whole in outline, its part solid; nothing for a day without a count
    assert "currentColor" in drawn
    assert "#" not in drawn


def test_no_bars_are_no_chart() -> None:
    assert bar_chart(Figure("hours", "Hours", "", "", "None.", "What it is.")) == ""
