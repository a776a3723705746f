"""The words of consent: what a customer is read or shown before each yes or no.  A change of words is a new version.

Sources: 47 CFR 64.1200(f)(9) (a yes to marketing is not a condition of buying anything); 15 USC 7001(c) (records may
stay on paper); product promise 12 (each purpose and channel stands on its own).
"""

from dataclasses import dataclass

VERSION = "2026-11"

_HOW = {
    "text": "text me",
    "call": "call me",
    "email": "e-mail me",
    "any": "reach me by text, call or e-mail",
}
_RECORDS = {"text": "by a link in a text", "email": "by e-mail", "any": "by e-mail or a link"}
_WORDS = {
    "repair_messages": (
        "{store} may {how} about a car of mine that is in the shop: what was found, what it costs, when it is ready."
    ),
    "marketing": (
        "{store} may {how} with offers and with reminders of work I put off. I can buy here without saying yes to "
        "this, and I can say stop at any time."
    ),
    "sales_use": (
        "The sales floor of {store} may use what the service department knows about my car, and may {how} about it. "
        "A no changes nothing about my service."
    ),
    "electronic_records": (
        "{store} may give me estimates and invoices {record} instead of on paper. I can have paper at any time."
    ),
    "satisfaction": "{store} may {how} after a visit to ask how it went. Nothing is sold on that occasion.",
}
_TEXT_ADDS = " Message and data rates may apply. STOP ends it."


@dataclass(frozen=True)
class ConsentWords:
    """The exact words for one use on one channel, and the version they belong to."""

    words: str
    version: str = VERSION


def offers(purpose: str, channel: str) -> bool:
    """Whether this use can be made on this channel at all: nobody is given an invoice by a call.

    >>> offers("electronic_records", "call"), offers("marketing", "call")
    (False, True)
    """
    return purpose in _WORDS and channel in (_RECORDS if purpose == "electronic_records" else _HOW)


def consent_words(purpose: str, channel: str, store: str) -> ConsentWords:
    """What the customer is asked, in the first person so that a yes is their own sentence.

    KeyError for a use or a channel that is not offered.
    """
    words = _WORDS[purpose].format(
        store=store, how=_HOW[channel], record=_RECORDS[channel] if purpose == "electronic_records" else ""
    )
    return ConsentWords(words + (_TEXT_ADDS if channel == "text" else ""))
