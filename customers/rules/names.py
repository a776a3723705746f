"""Names: folded for finding, shortened for a screen others can see."""

import re
import unicodedata

# Letters that Unicode does not take apart into a letter and an accent.
_UNACCENTED = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "\u0131": "i"})


def search_key(text: str) -> tuple[str, ...]:
    """The words of a name as they are found by: lower case, no accents, no punctuation; a word held together by an
    apostrophe stays one, a hyphen parts two.

    >>> search_key("Núñez-O'Brien, José M.")
    ('nunez', 'obrien', 'jose', 'm')
    """
    lowered = unicodedata.normalize("NFKD", text).casefold()
    decomposed = unicodedata.normalize("NFKD", lowered)
    folded = "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_UNACCENTED)
    return tuple(re.findall(r"[^\W_]+", re.sub(r"['\u2019`\u00b4]", "", folded)))


def initial_of_last_name(name: str) -> str:
    """A name for a screen other customers can see: the last name is only its letter.

    >>> initial_of_last_name("Theo Brandt")
    'Theo B.'
    >>> initial_of_last_name("Cher")
    'Cher'
    """
    words = name.split()
    if len(words) < 2:
        return name.strip()
    return f"{' '.join(words[:-1])} {words[-1][0]}."


def initials(name: str) -> str:
    """The first letters of the first and the last word, in capitals.

    >>> initials("Theo van der Brandt")
    'TB'
    """
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
