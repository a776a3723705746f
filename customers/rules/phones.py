"""Phone numbers: one form to store (E.164, +14155550142), digits to find by, and what is no number at all."""

import re

import phonenumbers


def normalize_phone(text: str, region: str = "US") -> str | None:
    """A number in E.164, or None when it cannot be one.  `region` is where a number without a country code is from.

    >>> normalize_phone("(415) 555-0142 ext 3")
    '+14155550142'
    >>> normalize_phone("555-0142") is None
    True
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    # Possible, not valid: numbers kept for films and examples, and ranges newer than our data, must be storable.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    number.extension = None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None if is_placeholder_phone(e164) else e164


def is_placeholder_phone(text: str) -> bool:
    """Whether a number was typed only to get past a required field: one digit repeated, or a run like 1234567890.

    >>> [is_placeholder_phone(number) for number in ("999-999-9999", "(123) 456-7890", "555-555-5555", "4155550142")]
    [True, True, True, False]
    """
    number = digits(text)
    if len(number) == 11 and number.startswith("1"):
        number = number[1:]
    subscriber = number[-7:]
    return len(number) >= 7 and (len(set(subscriber)) == 1 or number in ("1234567890", "0123456789", "1234567"))


def digits(text: str) -> str:
    """The digits 0 to 9 of a text and nothing else.

    >>> digits("+1 (415) 555-0142")
    '14155550142'
    """
    return re.sub(r"[^0-9]", "", text)


def national_digits(e164: str) -> str:
    """A stored number's digits without its country code: what people type to find it.

    >>> national_digits("+14155550142")
    '4155550142'
    """
    return str(phonenumbers.national_significant_number(phonenumbers.parse(e164)))


def format_phone(e164: str, region: str = "US") -> str:
    """A stored number as people of `region` write it; a foreign one with its country code.  ValueError if it is none.

    >>> format_phone("+14155550142"), format_phone("+442079460123")
    ('(415) 555-0142', '+44 20 7946 0123')
    """
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"{e164} is not a stored phone number.") from error
    if number.country_code == phonenumbers.country_code_for_region(region):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
