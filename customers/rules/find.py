"""What somebody typing into the one find box may mean.

Nothing is guessed away: a short number may be the end of a phone, a repair order, a tag or a plate, so it is looked for
as each.  Each form is folded the way its column is stored, so the database compares without touching either side.
"""

import re
from dataclasses import dataclass

from customers.rules.names import search_key
from customers.rules.phones import normalize_phone

VIN_PART = "vin_part"
PLATE = "plate"
PHONE = "phone"
PHONE_PART = "phone_part"
EMAIL = "email"
NAME = "name"
RO_NUMBER = "ro_number"
TAG = "tag"

SHORTEST = 2
SHORTEST_VIN_PART = 6
SHORTEST_POLICY = 6
LONGEST_PLATE = 8
LONGEST = 80


@dataclass(frozen=True)
class Form:
    """One thing the text may be: a kind, and the text folded for that kind.

    vin_part    6 to 17 capitals and digits, anywhere in a VIN (its end first)
    plate       2 to 8 capitals and digits, from its beginning
    phone       a whole number in E.164
    phone_part  3 to 9 digits, from the beginning or to the end of a national number
    email       lower case, from its beginning
    name        words in any order, each from its beginning, parted by one space
    ro_number   2 to 10 digits, from its beginning
    tag         the letter and digits on the key tag, whole
    """

    kind: str
    value: str


@dataclass(frozen=True)
class FindQuery:
    """What was typed, trimmed, and everything it may be; no forms means it is too short to look for."""

    text: str
    forms: tuple[Form, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(form.kind for form in self.forms)

    def value(self, kind: str) -> str:
        """The text folded for `kind`, or "" when it cannot be that."""
        return next((form.value for form in self.forms if form.kind == kind), "")

    @property
    def customer_number(self) -> str:
        """What a rooftop's dealer management system may call a customer: one word with a digit in it, whole; or ""."""
        is_number = re.fullmatch(r"[A-Za-z0-9-]{2,20}", self.text) and re.search(r"[0-9]", self.text)
        return self.text if is_number else ""

    @property
    def street(self) -> str:
        """The beginning of an address, its number first, in lower case; or "".

        >>> route_query("77 Vermillion").street
        '77 vermillion'
        """
        return self.text.lower() if re.match(r"\d+[A-Za-z]? \S", self.text) else ""

    @property
    def policy(self) -> str:
        """An insurance policy number, whole, its letters and digits as they are kept; or "".

        >>> route_query("pol-447 100").policy
        'POL447100'
        """
        packed = re.sub(r"[^A-Z0-9]", "", self.text.upper())
        return packed if len(packed) >= SHORTEST_POLICY and re.search(r"[0-9]", packed) else ""


def route_query(text: str) -> FindQuery:
    """Everything a typed or scanned text may be, likeliest first.  At least two letters or digits, or nothing.

    >>> route_query("4352").kinds
    ('ro_number', 'phone_part', 'plate')
    >>> route_query("33A004352").kinds
    ('vin_part',)
    >>> route_query("(415) 555-0142").forms[0].value
    '+14155550142'
    >>> route_query("brandt, théo").forms[0].value
    'brandt theo'
    """
    text = " ".join(text.split())[:LONGEST]
    packed = re.sub(r"[^A-Z0-9]", "", text.upper())
    if "@" in text:
        return FindQuery(text, (Form(EMAIL, text.lower().replace(" ", "")),) if len(text) > SHORTEST else ())
    words = search_key(text)
    if sum(map(len, words)) < SHORTEST:
        return FindQuery(text, ())
    if ro_number := re.fullmatch(r"(?:RO|R\.O\.)\s*[#:]?\s*(\d{2,10})", text.upper()):
        forms = [Form(RO_NUMBER, ro_number[1])]
        if packed == text.upper() and len(packed) <= LONGEST_PLATE:
            forms.append(Form(PLATE, packed))
        return FindQuery(text, tuple(forms))
    if packed.isdigit():
        return FindQuery(text, tuple(_forms_of_digits(text, packed)))
    if any(character.isdigit() for character in packed):
        return FindQuery(text, tuple(_forms_of_mixed(packed, words)))
    forms = [Form(NAME, " ".join(words))]
    if SHORTEST <= len(packed) <= LONGEST_PLATE and " " not in text:
        forms.append(Form(PLATE, packed))
    return FindQuery(text, tuple(forms))


def _forms_of_digits(text: str, number: str) -> list[Form]:
    """Digits alone: routed by how many there are."""
    forms = []
    if whole := normalize_phone(text):
        forms.append(Form(PHONE, whole))
    is_written_as_phone = not text.isdigit()
    if len(number) <= 10 and not is_written_as_phone and not whole:
        forms.append(Form(RO_NUMBER, number))
    if not is_written_as_phone and (SHORTEST_VIN_PART <= len(number) <= 8 or 12 <= len(number) <= 17):
        forms.append(Form(VIN_PART, number))
    if 3 <= len(number) <= 9:
        forms.append(Form(PHONE_PART, number))
    if len(number) <= LONGEST_PLATE and not is_written_as_phone:
        forms.append(Form(PLATE, number))
    return forms


def _forms_of_mixed(packed: str, words: tuple[str, ...]) -> list[Form]:
    """Letters and digits: a VIN, a plate, a key tag, or a company like 4 Wheels."""
    forms = []
    if re.fullmatch(r"[A-Z]\d{1,3}", packed):
        forms.append(Form(TAG, packed))
    if SHORTEST_VIN_PART <= len(packed) <= 17:
        forms.append(Form(VIN_PART, packed))
    if len(packed) <= LONGEST_PLATE:
        forms.append(Form(PLATE, packed))
    if any(len(word) > 1 and word.isalpha() for word in words):
        forms.append(Form(NAME, " ".join(words)))
    return forms
