"""The customer's own page, by a secret address and without an account.

found      whose link it is, in the rooftop's time and the language they chose
page       what the page shows, line by line
answering  looking, asking, checking the answers and giving them
sending    the advisor's side: send it, take it back, turn it off
"""

from recommendations.views.link.answering import (
    answers,
    ask,
    customer,
    how,
    how_for_staff,
    link_photo,
    link_state,
    opened,
    review,
    thanks,
)
from recommendations.views.link.sending import revoke, send, undo_send

__all__ = [
    "answers",
    "ask",
    "customer",
    "how",
    "how_for_staff",
    "link_photo",
    "link_state",
    "opened",
    "review",
    "revoke",
    "send",
    "thanks",
    "undo_send",
]
