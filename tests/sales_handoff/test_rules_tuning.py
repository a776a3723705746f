"""What another threshold would have done: sorted anew by the same rules, and nothing put in its place."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from sales_handoff import rules
from sales_handoff.rules.tuning import TIERS, Thresholds, Weighed, retier, what_if

USUAL = Thresholds(Decimal("0.25"), Decimal(1000), Decimal("0.50"), Decimal(1500), Decimal(2500))
NEXT = rules.Replacement("An example", Decimal(24000), Decimal("6.9"), 72, Decimal(400), Decimal("0.72"), Decimal(45))
dollars = st.integers(0, 9000).map(Decimal)
thresholds = st.builds(
    lambda a, b, c, d, e: Thresholds(a / 100, min(c, d), max(a, b) / 100, max(c, d), e),
    *(st.integers(1, 150).map(Decimal),) * 2,
    *(dollars,) * 3,
)


def policy(at: Thresholds) -> rules.EvaluationPolicy:
    return rules.EvaluationPolicy(replacement=NEXT, **vars(at))


@settings(max_examples=60)
@given(
    repair=dollars,
    value=st.none() | st.integers(1, 9000).map(Decimal),
    age=st.none() | st.integers(0, 15),
    payoff=st.none() | dollars,
    then=thresholds,
    now=thresholds,
)
def test_it_gives_what_a_whole_weighing_under_those_thresholds_would(
    repair: Decimal, value: Decimal | None, age: int | None, payoff: Decimal | None, then: Thresholds, now: Thresholds
) -> None:
    known = rules.EvaluationInputs(
        work=(rules.WorkLine(repair, "safety"),),
        value=rules.ValueRange(value, value, "guide", date(2026, 1, 1)) if value is not None else None,
        age_years=age,
        payoff=payoff,
    )
    was = rules.evaluate(known, policy(then))
    stored = Weighed(
        was.tier,
        was.repair,
        value,
        was.keep_monthly,
        was.replace_monthly,
        12 * NEXT.payment(),
        is_held=bool(was.cautions),
    )

    assert retier(stored, then) == was.tier
    assert retier(stored, now) == rules.evaluate(known, policy(now)).tier


@given(st.lists(st.tuples(st.sampled_from(TIERS), dollars, dollars), max_size=20), thresholds)
def test_every_order_is_counted_once_before_and_once_after(
    rows: list[tuple[str, Decimal, Decimal]], at: Thresholds
) -> None:
    stored = [Weighed(tier, repair, value or None, None, None, Decimal(5000)) for tier, repair, value in rows]

    moved = what_if(stored, at)

    assert [one.tier for one in moved] == list(TIERS)
    assert sum(one.before for one in moved) == sum(one.after for one in moved) == len(rows)


@given(dollars, st.integers(1, 9000).map(Decimal), thresholds)
def test_a_higher_threshold_never_raises_a_tier(repair: Decimal, value: Decimal, at: Thresholds) -> None:
    one = Weighed("none", repair, value, None, None, Decimal(10**6))
    higher = replace(at, conversation_ratio=at.conversation_ratio * 2, mention_amount=at.mention_amount + 500)

    assert TIERS.index(retier(one, higher)) <= TIERS.index(retier(one, at))
