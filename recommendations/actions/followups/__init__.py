"""Work that was declined, put off or never answered: when to come back to it, and everything that ends that.

starting   one follow-up for each such line of a closed visit
steps      what an advisor does: calls, snoozing, going on, taking back
settling   what the facts of the house end, pause or bring back
sending    reminders, with the right consent, checked again as they leave
quoting    the same work as a new line, at today's price
"""

from recommendations.actions.followups.quoting import CannotQuote, draft_wanted, orders_with_wanted, quote, want_quote
from recommendations.actions.followups.sending import CannotRemind, last_look, no_reminder, remind, to_remind
from recommendations.actions.followups.settling import settle, to_settle
from recommendations.actions.followups.starting import closed_without_follow_up, start
from recommendations.actions.followups.steps import CannotStep, Overtaken, TooLate, call, go_on, snooze, take_back

__all__ = [
    "CannotQuote",
    "CannotRemind",
    "CannotStep",
    "Overtaken",
    "TooLate",
    "call",
    "closed_without_follow_up",
    "draft_wanted",
    "go_on",
    "last_look",
    "no_reminder",
    "orders_with_wanted",
    "quote",
    "remind",
    "settle",
    "snooze",
    "start",
    "take_back",
    "to_remind",
    "to_settle",
    "want_quote",
]
