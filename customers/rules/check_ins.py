"""Check-ins: when somebody is asked, and the words.  They ask about the car and the visit, and offer nothing for sale.

Sources: product.md, "Afterwards" (three days after a visit; a month, a year and two years after a purchase).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ASKED_AT = time(10, 0)
"""By the rooftop's clock: not at breakfast, and with a day left to put things right."""
TRIES = 3
TRY_AGAIN_AFTER = timedelta(days=2)
LAPSES_AFTER = timedelta(days=30)
"""A question that comes a month late asks about nothing any more."""
TOLD_US_LATELY = timedelta(days=30)
"""Who told us how it is by themselves is not asked again within this."""

VISIT, MONTH, YEAR, TWO_YEARS = "visit", "month", "year", "two_years"
AFTER_PURCHASE = (MONTH, YEAR, TWO_YEARS)


def due_on(kind: str, day: date) -> date:
    """The day somebody is asked who came, or took their car home, on `day`.  A leap day's year ends on 28 February.

    >>> due_on("visit", date(2026, 11, 20)), due_on("year", date(2028, 2, 29))
    (datetime.date(2026, 11, 23), datetime.date(2029, 2, 28))
    """
    if kind == VISIT:
        return day + timedelta(days=3)
    if kind == MONTH:
        return day + timedelta(days=30)
    year = day.year + {YEAR: 1, TWO_YEARS: 2}[kind]
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def due_at(kind: str, day: date, zone: ZoneInfo) -> datetime:
    """The moment of `due_on`, by the rooftop's clock."""
    return datetime.combine(due_on(kind, day), ASKED_AT, zone)


_HELLO = {
    "en": "Hello {called}, this is {store}. I have two questions about your {car}. Is now a good time?",
    "es": "Hola, {called}. Le llamo de {store}. Tengo dos preguntas sobre su {car}. ¿Es buen momento?",
}
_QUESTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {
        VISIT: (
            "How is the car since you picked it up?",
            "Did we do what we said, when we said it?",
        ),
        MONTH: (
            "How are you and the car after a month?",
            "Is there a thing about it that you would like to have shown again?",
        ),
        YEAR: ("How is the car after a year?", "How do we treat you when you come in?"),
        TWO_YEARS: ("How is the car after two years?", "How do we treat you when you come in?"),
    },
    "es": {
        VISIT: ("¿Cómo va el auto desde que lo recogió?", "¿Hicimos lo que dijimos, y a la hora que dijimos?"),
        MONTH: ("¿Cómo va todo con el auto después de un mes?", "¿Hay algo que quiere ver otra vez con calma?"),
        YEAR: ("¿Cómo va el auto después de un año?", "¿Cómo le tratamos cuando viene?"),
        TWO_YEARS: ("¿Cómo va el auto después de dos años?", "¿Cómo le tratamos cuando viene?"),
    },
}
_PROMISED = {
    "en": "When you bought it we said: {promised} Did we keep to that?",
    "es": "Cuando lo compró le dijimos: {promised} ¿Lo cumplimos?",
}
_THANKS = {
    "en": "Thank you. I write down what you said, in your words. If there is a problem, we call you by tomorrow.",
    "es": "Gracias. Anoto lo que dijo, con sus palabras. Si hay un problema, le llamamos mañana a más tardar.",
}
_YOUR_CAR = {"en": "car", "es": "auto"}


@dataclass(frozen=True)
class Script:
    """What is said: a hello, the questions one by one, and a thank-you.  In the customer's language."""

    hello: str
    questions: tuple[str, ...]
    thanks: str

    @property
    def text(self) -> str:
        return "\n".join((self.hello, *self.questions, self.thanks))


def script(kind: str, *, called: str, store: str, car: str = "", promised: str = "", language: str = "en") -> Script:
    """The words for one check-in.  `promised` is what was promised at the sale, "" for nothing.

    KeyError for a kind or a language that we do not have.
    """
    questions = _QUESTIONS[language][kind]
    if promised.strip():
        promise = promised.strip()
        questions += (_PROMISED[language].format(promised=promise if promise[-1] in ".!?" else f"{promise}."),)
    hello = _HELLO[language].format(called=called, store=store, car=car or _YOUR_CAR[language])
    return Script(hello, questions, _THANKS[language])
