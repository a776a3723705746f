"""What happened to a hand-off, as the queue and the advisor's panel tell it."""

from typing import Any

from dealership.models import Entry
from sales_handoff.models import Handoff

WORDS = {
    "handoff.queued": "Put on the queue",
    "minefield.read": "Read what is open",
    "handoff.claimed": "Claimed it",
    "handoff.walking": "Set out to them",
    "handoff.met": "Met them",
    "handoff.appraised": "Valued the car with them",
    "handoff.stepped_back": "Took the last step back",
    "handoff.escalated": "Overdue: the sales manager was told",
    "handoff.reassigned": "Gave it to somebody else",
    "handoff.reassign_undone": "Took that back",
    "handoff.passed_on": "Passed on to the sales system",
    "handoff.released": "Gave it back",
    "handoff.finished": "Wrote down what came of it",
    "handoff.withdrawn": "Took it back",
}
SHOWN = 20


def happened(handoff: Handoff | None) -> list[dict[str, Any]]:
    """The newest steps of a hand-off, newest first: at, words, by_name.  Nothing without one.  One query."""
    if handoff is None:
        return []
    entries = Entry.objects.about(handoff).filter(event__in=WORDS).newest_first().values("event", "at", "by_name")
    return [{**entry, "words": WORDS[entry["event"]]} for entry in entries[:SHOWN]]
