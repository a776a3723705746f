"""Files of surveys and mentions, and of purchases: every line a row, or the reason why it is none."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from urllib.parse import urlsplit

from customers.rules.phones import normalize_phone
from customers.rules.vin import LENGTH, normalize_vin

LONGEST_WORDS = 4000
LONGEST = 200
FEEDBACK_COLUMNS = (
    *("kind", "said_on", "words", "score", "score_of", "where", "link"),
    *("phone", "email", "ro_number", "name", "about", "id"),
)
FEEDBACK_NEEDS = ("kind", "said_on", "words")
KINDS = {"survey": "survey", "survey answer": "survey", "mention": "mention", "social mention": "mention"}
PURCHASE_COLUMNS = ("deal_number", "sold_on", "phone", "email", "vin", "car", "promised", "salesperson_email")
PURCHASE_NEEDS = ("deal_number", "sold_on", "car")


@dataclass(frozen=True)
class Refused:
    """A line that was not taken: its number in the file, its first being the header, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class FeedbackRow:
    """What somebody said elsewhere.  `key` names the row: the same row of any file has the same one."""

    line: int
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
    line: int
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


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


type Cells = Mapping[str, str]
type Lines = Iterable[tuple[int, Mapping[str, str | None]]]


def missing(header: Iterable[str], needed: Iterable[str]) -> tuple[str, ...]:
    """The needed columns a file lacks; extra ones do not matter."""
    held = {name.strip().lower() for name in header}
    return tuple(name for name in needed if name not in held)


def read_feedback(lines: Lines, *, today: date) -> Iterator[FeedbackRow | Refused]:
    """Each numbered line as a row or a refusal; empty lines are passed over, a row twice is refused once."""
    return _read(lines, lambda number, cells: _feedback(number, cells, today))


def read_purchases(lines: Lines, *, today: date) -> Iterator[PurchaseRow | Refused]:
    """As `read_feedback`."""
    return _read(lines, lambda number, cells: _purchase(number, cells, today))


def _read[R: _Keyed](lines: Lines, row_of: Callable[[int, Cells], R]) -> Iterator[R | Refused]:
    seen: dict[str, int] = {}
    for number, raw in lines:
        cells = {
            (name or "").strip().lower(): _clean(cell) for name, cell in raw.items() if isinstance(cell, str | None)
        }
        if not any(cells.values()):
            continue
        try:
            row = row_of(number, cells)
        except ValueError as problem:
            yield Refused(number, str(problem))
            continue
        if row.key in seen:
            yield Refused(number, f"The same as line {seen[row.key]}.")
            continue
        seen[row.key] = number
        yield row


def _clean(cell: str | None) -> str:
    return (cell or "").replace("\x00", "").strip()


def _feedback(line: int, cells: Cells, today: date) -> FeedbackRow:
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
        line=line,
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


def _purchase(line: int, cells: Cells, today: date) -> PurchaseRow:
    for name in PURCHASE_NEEDS:
        if not cells.get(name):
            raise ValueError(f"{name} is empty.")
    vin = normalize_vin(cells.get("vin", ""))
    if len(vin) > LENGTH:
        raise ValueError(f"vin has {len(vin)} characters; a VIN has {LENGTH}.")
    if len(cells.get("promised", "")) > LONGEST_WORDS:
        raise ValueError(f"promised is longer than {LONGEST_WORDS:,} characters.")
    return PurchaseRow(
        line=line,
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
    text = cells.get(name, "")
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007  a date alone has no zone
        except ValueError:
            continue
        if found > today:
            raise ValueError(f"{name} {text} is still to come.")
        if found.year < 1990:
            raise ValueError(f"{name} {text} is too long ago.")
        return found
    raise ValueError(f'{name} "{text[:40]}" is not a date like 2026-11-18.')
