"""Two records of one person become one: whose word on their data counts then, and how long it can be undone."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

UNDO_FOR = timedelta(days=30)

ANY = "any"
CHANNELS = (ANY, "text", "call", "email", "person")
"""In the order in which they are written: what is said of one channel later than of any counts for that one."""
REACHED_BY = {"text": ("phone",), "call": ("phone",), "email": ("email",), "person": (), ANY: ("phone", "email")}
"""What each channel needs of somebody."""

type Words = Mapping[tuple[str, str], bool]
"""Yes or no by (purpose, channel)."""


def in_force(said: Iterable[tuple[str, str, bool | None]]) -> dict[tuple[str, str], bool]:
    """What counts of (purpose, channel, granted), the oldest first: a word on any channel is one on each.

    None takes back what a merge wrote, so nothing is said.

    >>> in_force([("marketing", "text", True), ("marketing", "any", False)])[("marketing", "text")]
    False
    """
    found: dict[tuple[str, str], bool | None] = {}
    for purpose, channel, granted in said:
        reached = CHANNELS if channel == ANY else (channel,)
        found |= {(purpose, one): granted for one in reached}
    return {pair: granted for pair, granted in found.items() if granted is not None}


def combined(
    kept: Words, gone: Words, *, kept_has: Iterable[str], gone_has: Iterable[str]
) -> dict[tuple[str, str], bool]:
    """What is to be written on the kept record, by (purpose, channel), so that a no of either is a no.

    A yes counts only where it was given for the phone and e-mail that are kept: `kept_has` and `gone_has` say of which
    of them ("phone", "email") the one to be tried first is the record's own.  What does not change is not written.

    >>> combined({("marketing", "text"): True}, {("marketing", "text"): False}, kept_has=["phone"], gone_has=["phone"])
    {('marketing', 'text'): False}
    """
    written: dict[tuple[str, str], bool] = {}
    for purpose in sorted({purpose for purpose, _ in (*kept, *gone)}):
        now = {channel: kept.get((purpose, channel)) for channel in CHANNELS}
        for channel in CHANNELS:
            words = [
                (said, set(REACHED_BY[channel]) <= set(has))
                for said, has in ((kept.get((purpose, channel)), kept_has), (gone.get((purpose, channel)), gone_has))
                if said is not None
            ]
            if not words:
                continue
            result = all(said for said, _ in words) and any(reaches for _, reaches in words)
            if result is now[channel] or (
                now[channel] is None and not any(said is False for said, _ in words) and not result
            ):
                continue
            written[purpose, channel] = result
            if channel == ANY:
                now = dict.fromkeys(CHANNELS, result)
    return written


def taken_back(before: Words, now: Words, since: Words, purposes: Iterable[str]) -> dict[tuple[str, str], bool | None]:
    """What is to be written, by (purpose, channel), so that what counted `before` counts again of `purposes`.

    What they said `since` stays as it is now.  None is for who was never asked: no yes, and no no either.

    >>> taken_back({}, {("marketing", "text"): False}, {}, ["marketing"])
    {('marketing', 'text'): None}
    """
    written: dict[tuple[str, str], bool | None] = {}
    for purpose in sorted(purposes):
        stands = {channel: now.get((purpose, channel)) for channel in CHANNELS}
        wanted = {
            channel: stands[channel] if (purpose, channel) in since else before.get((purpose, channel))
            for channel in CHANNELS
        }
        for channel in CHANNELS:
            granted = wanted[channel]
            if granted is stands[channel]:
                continue
            written[purpose, channel] = granted
            if channel == ANY:
                stands = dict.fromkeys(CHANNELS, granted)
    return written
