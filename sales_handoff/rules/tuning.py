"""What another threshold would have done: evaluations as they were stored, sorted anew, and nothing rewritten.

Only the thresholds move.  What the car was worth, what today's work cost and what both columns came to stay as they
were weighed then, so no formula of today is put in place of one of last quarter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sales_handoff.rules.evaluation import CONVERSATION, MENTION, NONE, UNECONOMIC

TIERS = (NONE, MENTION, CONVERSATION, UNECONOMIC)


@dataclass(frozen=True)
class Thresholds:
    """When a repair is worth a word.  Ratios are repair over value, amounts are dollars."""

    mention_ratio: Decimal
    mention_amount: Decimal
    conversation_ratio: Decimal
    conversation_amount: Decimal
    unknown_value_amount: Decimal


@dataclass(frozen=True)
class Weighed:
    """One stored evaluation: its tier, and what the tier followed from, in dollars.

    `value` is the middle of the range, None where it was not known; `year_of_payments` is twelve payments on the
    replacement of then; `is_held` that it was never to be more than a mention (negative equity, or under warranty).
    """

    tier: str
    repair: Decimal
    value: Decimal | None
    keep_monthly: Decimal | None
    replace_monthly: Decimal | None
    year_of_payments: Decimal
    is_held: bool = False


def retier(one: Weighed, at: Thresholds) -> str:
    """The tier this evaluation would have had under other thresholds, by the same rules as `evaluate`.

    >>> camry = Weighed(CONVERSATION, Decimal(3150), Decimal(4200), Decimal(221), Decimal(555), Decimal(5241))
    >>> usual = Thresholds(Decimal("0.25"), Decimal(1000), Decimal("0.50"), Decimal(1500), Decimal(2500))
    >>> higher = Thresholds(Decimal("0.25"), Decimal(1000), Decimal("0.80"), Decimal(1500), Decimal(2500))
    >>> retier(camry, usual), retier(camry, higher)
    ('conversation', 'mention')
    """
    if one.repair <= 0:
        return NONE
    reached = [NONE]
    if one.value is None:
        if one.repair >= at.unknown_value_amount:
            reached.append(CONVERSATION)
    elif one.repair >= one.value:
        reached.append(UNECONOMIC)
    elif one.repair >= at.conversation_amount and one.repair >= at.conversation_ratio * one.value:
        reached.append(CONVERSATION)
    elif one.repair >= at.mention_amount and one.repair >= at.mention_ratio * one.value:
        reached.append(MENTION)
    if one.repair >= one.year_of_payments:
        reached.append(CONVERSATION)
    if one.keep_monthly is not None and one.replace_monthly is not None and one.keep_monthly >= one.replace_monthly:
        reached.append(UNECONOMIC)
    highest = max(reached, key=TIERS.index)
    return min(highest, MENTION, key=TIERS.index) if one.is_held else highest


@dataclass(frozen=True)
class Moved:
    """How many evaluations were of a tier, and how many would have been."""

    tier: str
    before: int
    after: int


def what_if(evaluations: Iterable[Weighed], at: Thresholds) -> tuple[Moved, ...]:
    """Counts by tier as they were and as they would have been, every tier named, the lowest first."""
    before, after = dict.fromkeys(TIERS, 0), dict.fromkeys(TIERS, 0)
    for one in evaluations:
        before[one.tier] += 1
        after[retier(one, at)] += 1
    return tuple(Moved(tier, before[tier], after[tier]) for tier in TIERS)
