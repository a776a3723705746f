"""The comparison in plain sentences, whichever way it falls, and how far they can be relied on."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

SAME_WITHIN = Decimal(10)
"""Dollars a month: closer than this, neither is cheaper."""
SAME_SHARE = Decimal("0.10")
"""Nor closer than this share of the cheaper one: nobody knows the repairs to come to a tenth."""


def _marked(pattern: str) -> str:
    """The pattern itself: a `say` that only marks it for translation."""
    return pattern


say = _marked
UNKNOWN = say("We cannot compare keeping it with replacing it. What the car is worth, or its age, is not known.")
SAME = say("Over the next {span} keeping it and replacing it cost about the same.")
KEEPING = say("Over the next {span} keeping it is cheaper by about {dollars} a month.")
REPLACING = say("Over the next {span} replacing it is cheaper by about {dollars} a month.")
HANGS_ON = say(
    "It hangs on the repairs to come. If they and its upkeep stay below about {dollars} in that time, keeping it is "
    "cheaper. Above that, replacing it is."
)
HOLDS_BELOW = say("That holds while its repairs and upkeep in that time stay below about {dollars}.")
HOLDS_ABOVE = say("If its repairs and upkeep in that time stay below about {dollars}, keeping it is cheaper after all.")
HOLDS_ANYWAY = say("That holds even if it needs no repair in that time.")
SPANS = {
    12: say("year"),
    24: say("two years"),
    36: say("three years"),
    48: say("four years"),
    60: say("five years"),
}
MONTHS = say("{n} months")


def plain_reading(
    keep_monthly: Decimal | None, replace_monthly: Decimal | None, months: int, say: Callable[[str], str] = str
) -> str:
    """The comparison in one sentence, whichever way it falls; `say` puts a pattern into the reader's language.

    >>> plain_reading(Decimal("221.40"), Decimal("555.17"), 24)
    'Over the next two years keeping it is cheaper by about $334 a month.'
    """
    if keep_monthly is None or replace_monthly is None:
        return say(UNKNOWN)
    less = replace_monthly - keep_monthly
    pattern = SAME if is_same(keep_monthly, replace_monthly) else KEEPING if less > 0 else REPLACING
    span = say(SPANS[months]) if months in SPANS else say(MONTHS).format(n=months)
    return say(pattern).format(span=span, dollars=whole(abs(less)))


def is_same(keep_monthly: Decimal, replace_monthly: Decimal) -> bool:
    """Whether the two are too close to call one of them cheaper.

    >>> is_same(Decimal(316), Decimal(303)), is_same(Decimal(221), Decimal(555))
    (True, False)
    """
    closer_than = max(SAME_WITHIN, SAME_SHARE * min(keep_monthly, replace_monthly))
    return abs(replace_monthly - keep_monthly) < closer_than


def what_it_hangs_on(
    keep_monthly: Decimal | None,
    replace_monthly: Decimal | None,
    break_even_upkeep: Decimal | None,
    say: Callable[[str], str] = str,
) -> str:
    """How far the reading can be relied on, in one sentence: the repairs to come at which it turns.  "" unknown.

    What a car will need is the figure nobody knows; the value range moves the reading far less.
    """
    if keep_monthly is None or replace_monthly is None or break_even_upkeep is None:
        return ""
    about = rounded(break_even_upkeep)
    if is_same(keep_monthly, replace_monthly):
        return say(HANGS_ON).format(dollars=whole(about)) if about > 0 else ""
    if replace_monthly > keep_monthly:
        return say(HOLDS_BELOW).format(dollars=whole(about))
    return say(HOLDS_ABOVE).format(dollars=whole(about)) if about > 0 else say(HOLDS_ANYWAY)


def whole(amount: Decimal) -> str:
    return f"${amount.quantize(Decimal(1), rounding=ROUND_HALF_UP):,}"


def rounded(amount: Decimal) -> Decimal:
    """To the hundred dollars, below a thousand to the fifty: closer would claim what nobody knows.

    >>> rounded(Decimal("1934.20")), rounded(Decimal("640"))
    (Decimal('1900'), Decimal('650'))
    """
    step = Decimal(100) if amount >= 1000 else Decimal(50)
    return (amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step
