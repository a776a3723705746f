"""Who may live together: what two people share, said in words.

A last name alone never says it, and a person confirms it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from customers.rules.names import search_key

ADDRESS, PHONE, PAYER, POLICY, SURNAME = "address", "phone", "payer", "policy", "surname"
ENOUGH = frozenset({ADDRESS, PHONE, PAYER, POLICY})
"""Any one of these is reason to ask; a shared last name only adds to them."""

# Abbreviations of the post: USPS Publication 28, appendices B, C1 and C2; the commonest of each.
_SHORT = {
    **{"street": "st", "avenue": "ave", "av": "ave", "road": "rd", "drive": "dr", "lane": "ln", "court": "ct"},
    **{"boulevard": "blvd", "place": "pl", "terrace": "ter", "circle": "cir", "highway": "hwy", "parkway": "pkwy"},
    **{"square": "sq", "trail": "trl", "alley": "aly", "crescent": "cres"},
    **{"north": "n", "south": "s", "east": "e", "west": "w"},
    **{"northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw"},
    **{"apartment": "#", "apt": "#", "unit": "#", "suite": "#", "ste": "#", "no": "#", "number": "#"},
}


@dataclass(frozen=True)
class Resident:
    """What is known of one person.  `places` and `policies` are keys with the words to show for them."""

    called: str
    last_name: str = ""
    places: frozenset[tuple[str, str]] = frozenset()
    phones: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()
    pays_for: frozenset[tuple[int, str]] = frozenset()
    has: frozenset[tuple[int, str]] = frozenset()


@dataclass(frozen=True)
class Reason:
    """One thing two people share: its kind, and one phrase that says it."""

    kind: str
    words: str


def place_key(street: str, postal_code: str) -> str:
    """A street and postal code as one text, the same however they were written; "" without a number or a code.

    >>> place_key("18 Alder Court, Apt. 4", "94941-1200")
    '18 alder ct # 4 94941'
    >>> place_key("18 alder ct #4", "94941") == place_key("18 Alder Court, Apt. 4", "94941-1200")
    True
    >>> place_key("Alder Court", "94941")
    ''
    """
    words = re.findall(r"[^\W_]+|#", street.lower())
    code = re.sub(r"[^A-Z0-9]", "", postal_code.upper())
    code = code[:5] if code[:5].isdigit() else code
    if not code or not any(word[0].isdigit() for word in words):
        return ""
    short = [_SHORT.get(word, word) for word in words]
    once = [word for before, word in zip(["", *short], short, strict=False) if (before, word) != ("#", "#")]
    return " ".join((*once, code))


def why_together(one: Resident, other: Resident) -> tuple[Reason, ...]:
    """What speaks for one household of these two, the strongest first; nothing where it is not enough to ask.

    >>> theo = Resident("Theo", "Brandt", phones=frozenset({"+14155550142"}))
    >>> [reason.words for reason in why_together(theo, Resident("Julie", "Brandt", phones=theo.phones))]
    ['same phone', 'same last name']
    >>> why_together(theo, Resident("Max", "Brandt"))
    ()
    """
    found = []
    if shared := {key for key, _ in one.places} & {key for key, _ in other.places}:
        shown = min(words for key, words in one.places if key in shared)
        found.append(Reason(ADDRESS, f"same address, {shown}"))
    if one.phones & other.phones:
        found.append(Reason(PHONE, "same phone"))
    for payer, driver in ((one, other), (other, one)):
        if cars := payer.pays_for & driver.has:
            car = min(cars)[1]
            found.append(Reason(PAYER, f"{payer.called} pays for the {car} of {driver.called}"))
    if one.policies & other.policies:
        found.append(Reason(POLICY, "one insurance policy for both their cars"))
    if not any(reason.kind in ENOUGH for reason in found) or _is_one_person_twice(one, other):
        return ()
    if (name := search_key(one.last_name)) and name == search_key(other.last_name):
        found.append(Reason(SURNAME, "same last name"))
    return tuple(found)


def _is_one_person_twice(one: Resident, other: Resident) -> bool:
    """One name and one phone: two records of somebody, which is another question.  Father and son have two phones."""
    names = [search_key(f"{who.called} {who.last_name}") for who in (one, other)]
    return names[0] == names[1] and bool(one.phones & other.phones)


def because(reasons: Iterable[str]) -> str:
    """Reasons as the end of a sentence.

    >>> because(["same phone", "same last name"])
    'same phone and same last name'
    """
    words = list(reasons)
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
