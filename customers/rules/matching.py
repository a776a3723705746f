"""Whose words are these?  By phone, e-mail and RO or deal number; a name alone never says it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

WAYS = ("phone", "e-mail", "RO or deal number")


@dataclass(frozen=True)
class Match:
    """The one customer it must be and by what, or None and why nobody can say."""

    customer: int | None
    words: str


def match(found: Mapping[str, Collection[int] | None]) -> Match:
    """`found` says for each way (WAYS) which customers have what was given; None where nothing was given.

    Everything given that somebody has must point at the same one person.

    >>> match({"phone": {1, 2}, "e-mail": {2}}).customer
    2
    >>> match({"phone": {1}, "RO or deal number": {2}}).words
    'The phone and the RO or deal number are of different people.'
    """
    given = {way: set(found[way] or ()) for way in WAYS if found.get(way) is not None}
    if not given:
        return Match(None, "No phone, e-mail, RO or deal number was given. A name alone does not say who it is.")
    known = {way: people for way, people in given.items() if people}
    if not known:
        return Match(None, f"Nobody here has this {_or(list(given))}.")
    common = set.intersection(*known.values())
    if len(common) == 1:
        return Match(common.pop(), f"By {_and(list(known))}.")
    if not common:
        return Match(None, f"The {' and the '.join(known)} are of different people.")
    return Match(None, f"{len(common)} people here have this {_and(list(known))}.")


def _or(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


def _and(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
