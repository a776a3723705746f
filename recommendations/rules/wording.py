"""How hard a text is to read.  Customers decide about money on a phone, in a noisy room: grade 8 is the ceiling."""

import re
from decimal import ROUND_HALF_UP, Decimal

HARDEST_GRADE = Decimal(8)
LONGEST_SENTENCE = Decimal(15)  # words, on average

_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]+(?:'[A-Za-z]+)?|\d[\d,.]*")
_SENTENCE_END = re.compile(r"[.!?:]+(?:\s|$)|\n+")
_VOWELS = re.compile(r"[aeiouyà-öø-ÿ]+")


def reading_grade(text: str) -> Decimal:
    """The US school grade a text asks for, to one decimal place; 0 when there is nothing to read.

    Flesch-Kincaid: 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid et al., US Navy, 1975).

    >>> reading_grade("The pads are thin. They can wait until spring.") < 2
    True
    """
    words = _words(text)
    if not words:
        return Decimal("0.0")
    per_word = Decimal(sum(map(syllables, words))) / len(words)
    grade = Decimal("0.39") * words_per_sentence(text) + Decimal("11.8") * per_word - Decimal("15.59")
    return max(Decimal(0), grade).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def words_per_sentence(text: str) -> Decimal:
    """Words in an average sentence; 0 when there are none.  A colon and a line break end a sentence too.

    >>> words_per_sentence("The pads are thin. They can wait until spring.")
    Decimal('4.5')
    """
    sentences = [part for part in _SENTENCE_END.split(text) if _words(part)]
    return Decimal(len(_words(text))) / len(sentences) if sentences else Decimal(0)


def syllables(word: str) -> int:
    """Syllables in an English word, by its vowel groups; a number counts one.

    >>> [syllables(word) for word in ("brake", "tire", "battery", "needed", "little", "the")]
    [1, 1, 3, 2, 2, 1]
    """
    word = word.lower().removesuffix("'s")
    count = len(_VOWELS.findall(word))
    silent_e = word.endswith("e") and not re.search(r"[^aeiouy]le$", word)
    silent_ed = word.endswith("ed") and not word.endswith(("ted", "ded"))
    silent_es = word.endswith("es") and not re.search(r"(?:[cgsxz]|ch|sh|[^aeiouy]l)es$", word)
    if (silent_e and not re.search(r"[aeiouy]e$", word)) or silent_ed or silent_es:
        count -= 1
    return max(1, count)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


# --- Spanish ---------------------------------------------------------------------------------------------------------

EASY_IN_SPANISH = Decimal(65)
"""From here the INFLESZ scale calls a text quite easy (Barrio-Cantalejo et al., 2008); 55 is still normal."""

_VOWELS_ES = re.compile(r"[aeiouáéíóúü]+(?:y\b)?|y\b")
_NUCLEI_ES = re.compile(r"[aeoáéóíú]")


def reading_ease_es(text: str) -> Decimal:
    """How easy a Spanish text is to read, to one decimal place: the higher the easier, 100 when nothing is there.

    Szigriszt-Pazos: 206.835 - 62.3 syllables a word - words a sentence (1992), read on the INFLESZ scale.

    >>> reading_ease_es("Sus frenos están bien. Puede venir en mayo.")
    Decimal('101.6')
    """
    words = _words(text)
    if not words:
        return Decimal("100.0")
    per_word = Decimal(sum(map(syllables_es, words))) / len(words)
    ease = Decimal("206.835") - Decimal("62.3") * per_word - words_per_sentence(text)
    return ease.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def syllables_es(word: str) -> int:
    """Syllables in a Spanish word: a, e, o and an accented i or u carry one each, i and u beside them none; a number
    counts one.

    >>> [syllables_es(word) for word in ("freno", "llanta", "aceite", "batería", "ruido", "vio")]
    [2, 2, 3, 4, 2, 1]
    """
    return max(1, sum(len(_NUCLEI_ES.findall(group)) or 1 for group in _VOWELS_ES.findall(word.lower())))
