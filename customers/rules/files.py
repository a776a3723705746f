"""Files of surveys and mentions, and of purchases: every line a row, or the reason why it is none."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from customers.rules.phones import normalize_phone
from customers.rules.vin import LENGTH, normalize_vin
from dealership.csv_rows import Cells, Lines, Refused, day, read, refuse_empty

LONGEST_WORDS = 4000
LONGEST = 200
FEEDBACK_COLUMNS = (
    *("kind", "said_on", "words", "score", "score_of", "where", "link"),
    *("phone", "email", "ro_number", "name", "about", "id"),
)
FEEDBACK_NEEDS = ("kind", "said_on", "words")
KINDS = {"survey": "survey", "survey answer": "survey", "mention": "mention", "social mention": "mention"}
PURCHASE_COLUMNS = ("deal_number", "sold_on", "phone", "email", "vin", "car", "promised", "salesperson_email")
TWICE = "The same row"
PURCHASE_NEEDS = ("deal_number", "sold_on", "car")


@dataclass(frozen=True)
class FeedbackRow:
    """What somebody said elsewhere.  `key` names the row: the same row of any file has the same one."""

    kind: str
    said_on: date
    words: str
    score: int | None
    score_of: int | None
    place: str
    link: str
    phone: str
    email: str
    visit: str
    name: str
    side: str
    key: str

    @property
    def contact(self) -> str:
        return " ".join(part for part in (self.phone, self.email) if part)


@dataclass(frozen=True)
class PurchaseRow:
    deal_number: str
    sold_on: date
    phone: str
    email: str
    vin: str
    car: str
    promised: str
    salesperson: str

    @property
    def key(self) -> str:
        return self.deal_number


def read_feedback(lines: Lines, *, today: date) -> Iterator[tuple[int, FeedbackRow] | Refused]:
    """Each line as a row with its number, or a refusal."""
    return read(lines, lambda cells: _feedback(cells, today), TWICE)


def read_purchases(lines: Lines, *, today: date) -> Iterator[tuple[int, PurchaseRow] | Refused]:
    """As `read_feedback`."""
    return read(lines, lambda cells: _purchase(cells, today), TWICE)


def _feedback(cells: Cells, today: date) -> FeedbackRow:
    kind = KINDS.get(cells.get("kind", "").lower())
    if kind is None:
        raise ValueError(f'kind "{cells.get("kind", "")}" is neither survey nor mention.')
    words = cells.get("words", "")
    if not words:
        raise ValueError("words is empty. A score alone says nothing that somebody could act on.")
    if len(words) > LONGEST_WORDS:
        raise ValueError(f"words has {len(words):,} characters; {LONGEST_WORDS:,} can be kept.")
    score, score_of = _score(cells)
    link = cells.get("link", "")
    if link and (urlsplit(link).scheme not in ("http", "https") or len(link) > 500):
        raise ValueError(f'link "{link[:60]}" is not a web address.')
    side = cells.get("about", "").lower() or "service"
    if side not in ("service", "sales"):
        raise ValueError(f'about "{cells["about"]}" is neither service nor sales.')
    place = _short(cells, "where")
    named = cells.get("id", "")
    facts = [cells.get(name, "") for name in FEEDBACK_COLUMNS if name != "id"]
    return FeedbackRow(
        kind=kind,
        said_on=_date(cells, "said_on", today),
        words=words,
        score=score,
        score_of=score_of,
        place=place,
        link=link,
        phone=_phone(cells),
        email=_email(cells),
        visit=_short(cells, "ro_number"),
        name=_short(cells, "name"),
        side=side,
        key=f"{kind}:{place.casefold()}:{named}" if named else hashlib.sha256(repr(facts).encode()).hexdigest(),
    )


def _score(cells: Cells) -> tuple[int | None, int | None]:
    score, of = cells.get("score", ""), cells.get("score_of", "")
    if not score:
        return None, None
    if not (score.isascii() and score.isdigit() and len(score) <= 3):
        raise ValueError(f'score "{score}" is not a whole number.')
    if not (of.isascii() and of.isdigit() and len(of) <= 3 and int(of) > 0):
        raise ValueError("score needs score_of, the most it can be.")
    if int(score) > int(of):
        raise ValueError(f"score {score} is above {of}.")
    return int(score), int(of)


def _purchase(cells: Cells, today: date) -> PurchaseRow:
    refuse_empty(cells, PURCHASE_NEEDS)
    vin = normalize_vin(cells.get("vin", ""))
    if len(vin) > LENGTH:
        raise ValueError(f"vin has {len(vin)} characters; a VIN has {LENGTH}.")
    if len(cells.get("promised", "")) > LONGEST_WORDS:
        raise ValueError(f"promised is longer than {LONGEST_WORDS:,} characters.")
    return PurchaseRow(
        deal_number=_short(cells, "deal_number"),
        sold_on=_date(cells, "sold_on", today),
        phone=_phone(cells),
        email=_email(cells),
        vin=vin,
        car=_short(cells, "car"),
        promised=cells.get("promised", ""),
        salesperson=cells.get("salesperson_email", "").lower(),
    )


def _short(cells: Cells, name: str) -> str:
    text = " ".join(cells.get(name, "").split())
    if len(text) > LONGEST:
        raise ValueError(f"{name} is longer than {LONGEST} characters.")
    return text


def _phone(cells: Cells) -> str:
    text = cells.get("phone", "")
    phone = normalize_phone(text) if text else ""
    if phone is None:
        raise ValueError(f'phone "{text[:40]}" is not a phone number.')
    return phone


def _email(cells: Cells) -> str:
    text = cells.get("email", "").lower()
    if text and (text.count("@") != 1 or len(text) > 254 or " " in text):
        raise ValueError(f'email "{text[:60]}" is not an e-mail address.')
    return text


def _date(cells: Cells, name: str, today: date) -> date:
    found = day(cells, name)
    if found > today:
        raise ValueError(f"{name} {found} is still to come.")
    if found.year < 1990:
        raise ValueError(f"{name} {found} is too long ago.")
    return found
