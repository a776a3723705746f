"""Consent: the exact words a customer is read or shown before each yes or no, and whether we may write to them now.

A change of words is a new version.

Sources: 47 CFR 64.1200(f)(9) (a yes to marketing is not a condition of buying anything); 15 USC 7001(c) (records may
stay on paper); product promise 12 (each purpose and channel stands on its own).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dealership.quiet_hours import next_open

VERSION = "2026-12"
ENGLISH, SPANISH = "en", "es"

_HOW = {
    ENGLISH: {
        "text": "text me",
        "call": "call me",
        "email": "e-mail me",
        "any": "reach me by text, call or e-mail",
    },
    SPANISH: {
        "text": "mandarme mensajes de texto",
        "call": "llamarme",
        "email": "mandarme un e-mail",
        "any": "llamarme o mandarme mensajes de texto o un e-mail",
    },
}
_RECORDS = {
    ENGLISH: {"text": "by a link in a text", "email": "by e-mail", "any": "by e-mail or a link"},
    SPANISH: {
        "text": "con un enlace en un mensaje de texto",
        "email": "por e-mail",
        "any": "por e-mail o con un enlace",
    },
}
_WORDS = {
    ENGLISH: {
        "repair_messages": "{store} may {how} about a car of mine that is in the shop: what was found, what it costs, "
        "when it is ready.",
        "marketing": "{store} may {how} with offers and with reminders of work I put off. I can buy here without "
        "saying yes to this, and I can say stop at any time.",
        "sales_use": "The sales floor of {store} may use what the service department knows about my car, and may {how} "
        "about it. A no changes nothing about my service.",
        "electronic_records": "{store} may give me estimates and invoices {record} instead of on paper, on this visit "
        "and later ones. I can have paper at any time, free. I can take this back at any time by telling anybody "
        "here, and nothing else changes. I need a phone or computer that opens web pages. I will say when my number "
        "or address changes.",
        "satisfaction": "{store} may {how} after a visit to ask how it went. Nothing is sold on that occasion.",
    },
    SPANISH: {
        "repair_messages": "{store} puede {how} sobre un auto mío que está en el taller: qué se encontró, cuánto "
        "cuesta y cuándo está listo.",
        "marketing": "{store} puede {how} con ofertas y para recordarme trabajos que dejé para después. Puedo comprar "
        "aquí sin decir que sí a esto, y puedo decir que paren en cualquier momento.",
        "sales_use": "El departamento de ventas de {store} puede usar lo que el taller sabe de mi auto, y puede {how} "
        "sobre eso. Si digo que no, mi servicio no cambia en nada.",
        "electronic_records": "{store} puede darme presupuestos y facturas {record} en lugar de en papel, en esta "
        "visita y en las siguientes. Puedo pedir papel en cualquier momento, sin costo. Puedo retirar este permiso "
        "en cualquier momento con decírselo a cualquiera aquí, y nada más cambia. Necesito un teléfono o una "
        "computadora que abra páginas web. Avisaré si cambia mi número o mi dirección.",
        "satisfaction": "{store} puede {how} después de una visita para preguntar cómo me fue. Ahí no se vende nada.",
    },
}
"""Of one version in both languages: a change in one is a new version of both."""
_TEXT_ADDS = {
    ENGLISH: " Message and data rates may apply. STOP ends it.",
    SPANISH: " Pueden aplicarse cargos por mensajes y datos. STOP lo termina.",
}


@dataclass(frozen=True)
class ConsentWords:
    """The exact words for one use on one channel, the version they belong to, and the language they are in."""

    words: str
    edition: str = VERSION
    language: str = ENGLISH

    @property
    def version(self) -> str:
        """What a consent keeps: in another language the same edition reads otherwise.

        >>> ConsentWords("{store} puede llamarme.", "2027-02", SPANISH).version
        '2027-02 es'
        """
        return self.edition if self.language == ENGLISH else f"{self.edition} {self.language}"


def offers(purpose: str, channel: str) -> bool:
    """Whether this use can be made on this channel at all: nobody is given an invoice by a call.

    >>> offers("electronic_records", "call"), offers("marketing", "call")
    (False, True)
    """
    kinds = _RECORDS if purpose == "electronic_records" else _HOW
    return purpose in _WORDS[ENGLISH] and channel in kinds[ENGLISH]


def needs_writing(purpose: str, channel: str) -> bool:
    """Whether a yes counts only when it is signed: offers by text (47 CFR 64.1200(f)(9))."""
    return purpose == "marketing" and channel == "text"


def consent_words(
    purpose: str, channel: str, store: str, own: ConsentWords | None = None, language: str = ENGLISH
) -> ConsentWords:
    """What the customer is asked, in the first person so that a yes is their own sentence.

    The words of `own`, with {store} in them, where the group has written its own, in the language they are in; else
    ours in `language`.  KeyError for a use or a channel that is not offered.
    """
    if own is not None:
        return ConsentWords(own.words.replace("{store}", store), own.edition, own.language)
    record = _RECORDS[language][channel] if purpose == "electronic_records" else ""
    words = _WORDS[language][purpose].format(store=store, how=_HOW[language][channel], record=record)
    return ConsentWords(words + (_TEXT_ADDS[language] if channel == "text" else ""), language=language)


# --- may we, now? -----------------------------------------------------------------------------------------------------

ABOUT_A_CAR_HERE = "repair_messages"
AT_ANY_HOUR = frozenset({ABOUT_A_CAR_HERE, "electronic_records"})
"""Uses that answer to what the customer began.  All others keep quiet hours: see dealership.quiet_hours."""
_BY = {"text": "texts", "call": "calls", "email": "e-mails"}
_FOR = {
    "repair_messages": "about a car that is here",
    "marketing": "with offers or reminders",
    "sales_use": "from the sales floor",
    "electronic_records": "with records in place of paper",
    "satisfaction": "to ask how it went",
}


@dataclass(frozen=True)
class Said:
    """Somebody's latest word on one use and channel."""

    granted: bool
    source: str
    on: str
    """The day as it is read out, like "23 Nov 2026"."""


@dataclass(frozen=True)
class Refusal:
    """Why a message may not leave now.  `until` is when it may, None when only another word of theirs changes it."""

    why: str
    until: datetime | None = None


def refusal(purpose: str, channel: str, said: Said | None, *, name: str) -> Refusal | None:
    """Whether `name`'s own word stands against a message for `purpose` on `channel`: None when it does not.

    Each use needs a recorded yes (47 CFR 64.1200(a)(2) and (f)(9); product promise 12), but one: about a car that is
    here, the number or address given at the write-up for that is the consent (prior express consent, FCC 92-443), so
    only a no stands against it.
    """
    if said is not None and not said.granted:
        return Refusal(f"{name} asked for no {_BY[channel]} {_FOR[purpose]} ({said.source}, {said.on}).")
    if said is None and purpose != ABOUT_A_CAR_HERE:
        return Refusal(f"{name} never said yes to {_BY[channel]} {_FOR[purpose]}. Ask them first.")
    return None


def may_send(
    purpose: str, channel: str, said: Said | None, *, at: datetime, zones: Iterable[str], name: str
) -> Refusal | None:
    """Whether a message for `purpose` may go to `name` on `channel` at `at`: None when it may.

    Their own word comes first.  Then offers and follow-ups keep the quiet hours of `zones`.
    """
    if refused := refusal(purpose, channel, said, name=name):
        return refused
    if purpose in AT_ANY_HOUR:
        return None
    opens = next_open(at, zones)
    return (
        Refusal("It is between nine at night and eight in the morning where they are.", opens) if opens > at else None
    )
