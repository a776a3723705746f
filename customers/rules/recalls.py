"""NHTSA's recall list: a line as a record, which cars a record may be about, and how that is said.

Source: NHTSA's flat file FLAT_RCL in its layout of May 2025: tab-delimited, no header, 29 columns, quotes are ordinary
characters, dates YYYYMMDD.  A record names make, model and year, never a VIN: whatever follows from it is *possible*.
"""

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

COLUMNS = (
    *("RECORD_ID", "CAMPNO", "MAKETXT", "MODELTXT", "YEARTXT", "MFGCAMPNO", "COMPNAME", "MFGNAME", "BGMAN", "ENDMAN"),
    *("RCLTYPECD", "POTAFF", "ODATE", "INFLUENCED_BY", "MFGTXT", "RCDATE", "DATEA", "RPNO", "FMVSS", "DESC_DEFECT"),
    *("CONEQUENCE_DEFECT", "CORRECTIVE_ACTION", "NOTES", "RCL_CMPT_ID", "MFR_COMP_NAME", "MFR_COMP_DESC"),
    *("MFR_COMP_PTNO", "DO_NOT_DRIVE", "PARK_OUTSIDE"),
)
"""As NHTSA spells them, CONEQUENCE_DEFECT too."""
LAYOUT = f"29 columns, tabs between them, {COLUMNS[0]} to {COLUMNS[-1]}, as NHTSA has them since May 2025"
VEHICLE = "V"
OTHER_KINDS = {"E": "equipment", "T": "tires", "C": "child seats"}
UNKNOWN_YEAR = 9999
YEARS = range(1900, 2101)
MOST_RECORD_ID = 2**63 - 1
MOST_REJECTED = 0.05
"""A file with more bad rows than this share of it (and than `FEW`) is another file, or its columns changed places."""
MOST_WITHDRAWN = 0.10
"""A file that lacks more than this share of the records held (and more than `FEW`) looks cut short."""
FEW = 20


class OtherLayout(ValueError):
    """A row has other columns than NHTSA's list, so nothing of the file can be trusted."""


class Record(NamedTuple):
    """One record about vehicles.

    `year` is None when NHTSA does not know it; the years it fits may still follow from the days the cars were built.
    """

    record_id: int
    campaign: str
    make: str
    model: str
    year: int | None
    make_key: str
    model_key: str
    year_from: int | None
    year_until: int | None
    maker_campaign: str
    component: str
    manufacturer: str
    built_from: date | None
    built_until: date | None
    received_on: date | None
    recorded_on: date | None
    defect: str
    consequence: str
    remedy: str
    notes: str
    do_not_drive: bool
    park_outside: bool


def decode(raw: bytes) -> str:
    """A line of the file: UTF-8 where it is, otherwise Windows-1252, otherwise Latin-1, which reads anything."""
    raw = raw.replace(b"\x00", b"")
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def read_line(row: int, line: str) -> Record | str:
    """The record of a line, or the letter of its kind when it is not about vehicles.

    Raises OtherLayout, and ValueError with the reason for a row that is not right.
    """
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise OtherLayout(_other_layout(row, len(cells)))
    cells = [cell.strip() for cell in cells]
    number, campaign, make, model, year, maker_campaign, component, manufacturer, built_from, built_until = cells[:10]
    kind, notified, received, recorded = cells[10].upper(), cells[12], cells[15], cells[16]
    defect, consequence, remedy, notes = cells[19:23]
    record = _record_id(number)
    if not campaign:
        raise ValueError("CAMPNO is empty.")
    if len(campaign) > 20:
        raise ValueError(f'CAMPNO "{campaign[:40]}" is longer than 20 characters.')
    if kind != VEHICLE:
        if kind not in OTHER_KINDS:
            raise ValueError(f'RCLTYPECD "{kind[:40]}" is none of V, E, T, C.')
        return kind
    if not make:
        raise ValueError("MAKETXT is empty.")
    if not model:
        raise ValueError("MODELTXT is empty.")
    built = _date("BGMAN", built_from), _date("ENDMAN", built_until)
    known = _year(year)
    first, last = (known, known) if known else _years_of(*built)
    _date("ODATE", notified)
    make_key, model_key = keys(make, model)
    return Record(
        record,
        campaign,
        make,
        model,
        known,
        make_key,
        model_key,
        first,
        last,
        maker_campaign,
        component,
        manufacturer,
        *built,
        _date("RCDATE", received),
        _date("DATEA", recorded),
        _plain(defect),
        _plain(consequence),
        _plain(remedy),
        _plain(notes),
        _flag("DO_NOT_DRIVE", cells[27]),
        _flag("PARK_OUTSIDE", cells[28]),
    )


def record_id(line: str) -> int | None:
    """The number of a row that could not be read otherwise: a record that is held is not withdrawn for it."""
    text = line.split("\t", 1)[0].strip()
    return int(text) if _is_number(text) and int(text) <= MOST_RECORD_ID else None


def part_of(name: str) -> str:
    """Which of NHTSA's two files it is by its name: "pre", "post", or "" when the name does not say.

    >>> part_of("FLAT_RCL_POST_2010.zip")
    'post'
    """
    said = re.search(r"(pre|post)[_ -]?2010", name.lower())
    return said[1] if said else ""


def _other_layout(row: int, count: int) -> str:
    if count == 1:
        hint = "Is it NHTSA's recall list?"
    elif count < len(COLUMNS):
        hint = "An older list had fewer; take today's from NHTSA."
    else:
        hint = "NHTSA may have added a column, and Lane has to learn it first."
    columns = "1 column" if count == 1 else f"{count} columns"
    return f"Row {row:,} has {columns}. Expected: {LAYOUT}. {hint} Nothing was taken from this file."


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19


def _record_id(text: str) -> int:
    if not text:
        raise ValueError("RECORD_ID is empty.")
    if not _is_number(text) or int(text) > MOST_RECORD_ID:
        raise ValueError(f'RECORD_ID "{text[:40]}" is not a number.')
    return int(text)


@lru_cache(512)
def _year(text: str) -> int | None:
    if not (_is_number(text) and (int(text) in YEARS or int(text) == UNKNOWN_YEAR)):
        raise ValueError(f'YEARTXT "{text[:40]}" is not a model year.')
    return None if int(text) == UNKNOWN_YEAR else int(text)


def _years_of(built_from: date | None, built_until: date | None) -> tuple[int | None, int | None]:
    """The model years that cars built in a time may be of: a model year begins in the year before it."""
    return (built_from.year, built_until.year + 1) if built_from and built_until else (None, None)


@lru_cache(16_384)
def _date_of(text: str) -> date | None:
    if not text or text == "19010101":  # how NHTSA writes a day it does not know
        return None
    if len(text) != 8 or not _is_number(text):
        raise ValueError
    return date.fromisoformat(text)


def _date(name: str, text: str) -> date | None:
    try:
        return _date_of(text)
    except ValueError:
        raise ValueError(f'{name} "{text[:40]}" is not a date like 20261118.') from None


def _flag(name: str, text: str) -> bool:
    """A warning that cannot be read is no No, so it raises ValueError."""
    word = text.upper()
    if word not in ("YES", "Y", "NO", "N", ""):
        raise ValueError(f'{name} "{text[:40]}" is neither Yes nor No.')
    return word.startswith("Y")


def _plain(text: str) -> str:
    """Without the links NHTSA writes into its texts, whose words stay."""
    return re.sub(r"</?a\b[^<>]*>", "", text, flags=re.IGNORECASE) if "<" in text else text


# --- which cars ------------------------------------------------------------------------------------------------------

ALIASES = {
    "CHEV": "CHEVROLET",
    "CHEVY": "CHEVROLET",
    "MB": "MERCEDESBENZ",
    "MERCEDES": "MERCEDESBENZ",
    "VW": "VOLKSWAGEN",
}
RAM = "RAM"
CLASSES = ("1500", "2500", "3500")
"""Trucks that NHTSA lists by their class, which a DMS or a VIN often leaves out."""
BY_CLASS = frozenset({"CHEVROLET", "GMC", RAM})


class Series(NamedTuple):
    """How a make names the cars of a series, as regular expressions, in which {} is the series.

    `named` finds the series at the head of what a car is called and `engine` what tells its cars apart; the list has
    them as `before`, the series, and `any_engine`, and the series itself is followed by `itself`.
    """

    named: str
    engine: str
    before: str
    any_engine: str
    itself: str


SERIES = {
    "BMW": (
        Series(r"M?([1-8])(?= ?SERIES|\d\d)", r"M?{}(\d\d[A-Z]*)", "M?", "[0-9][0-9]", "SERIES"),
        Series(r"([XZ]\d)(?!\d| ?M\b)", r"(?:{} ?)?([SX]DRIVE\d\d[A-Z]*)", "", "[SX]DRIVE", ""),
    ),
    "FORD": (Series(r"(F[2-6]50)(?!\d)", r"(?!)({})", "", "(SD|SUPERDUTY)", ""),),
    "LEXUS": (Series(r"([A-Z]{2})(?= ?\d{3}| |$)(?! ?F$)", r"(?:{} ?)?(\d{3}[A-Z]*)", "", "[0-9]{3}", ""),),
    "MERCEDESBENZ": (
        Series(
            r"(?:AMG ?)?([A-Z]{1,3}?)(?= ?CLASS| ?\d\d| |$)", r"(?:{} ?)?(\d{2,3})", "(AMG)?", "[0-9]{2}", "(CLASS)?"
        ),
    ),
}
"""Makes that NHTSA lists by what a car of a series is called, as 320I, RX350 or F-250 SD, where a DMS or a VIN often
knows the series alone.  Source: the list; campaign 13V454000 names the BMW 320I and 328I XDRIVE and no 3 Series."""
LISTED_AS = {("MERCEDESBENZ", "M"): "ML"}
"""A series whose cars are called otherwise: the M-Class is ML350."""


class Candidate(NamedTuple):
    """A make and model under which a car may stand in the list.  Of those that do, the ones with most `words` count.

    One `of_series` has a regular expression in place of the model, and always counts.
    """

    make_key: str
    model_key: str
    words: int
    of_series: bool = False


def _folded(text: str) -> str:
    return "".join(one for one in text.upper() if one.isalnum())


def _words(make: str, model: str) -> tuple[str, list[str]]:
    """Make and words of the model, as letters and digits only, without the make at the head of the model."""
    maker = _folded(make)
    maker = ALIASES.get(maker, maker)
    words = [folded for word in model.split() if (folded := _folded(word))]
    if maker == "DODGE" and words and (words[0].startswith(RAM) or words[0] in CLASSES):
        maker = RAM  # a make of its own since 2010; the same trucks under both names
    if words and words[0] == maker and len(words) > 1:
        del words[0]
    elif words and words[0].startswith(maker) and words[0] != maker:
        words[0] = words[0].removeprefix(maker)
    return maker, words


@lru_cache(8_192)
def keys(make: str, model: str) -> tuple[str, str]:
    """A record's make and model as they are compared.

    >>> keys("Honda", "CR-V"), keys("DODGE", "RAM 1500"), keys("MAZDA", "MAZDA3")
    (('HONDA', 'CRV'), ('RAM', '1500'), ('MAZDA', '3'))
    """
    maker, words = _words(make, model)
    return maker, "".join(words)


def candidates(make: str, model: str, trim: str = "") -> tuple[Candidate, ...]:
    """Everything a car may be listed as: its model, less or more of the words after it, its trim among them.

    A car is what the most words say: a Transit Connect is no Transit where the list has both, and a CR-V EX is a CR-V
    where it does not have CR-V EX.  A truck whose class is not known may be of each, and a car of a series whose engine
    is not known may be any of it.

    >>> [one.model_key for one in candidates("HONDA", "CR-V", "EX-L")]
    ['CRV', 'CRVEXL']
    """
    maker, words = _words(make, f"{model} {trim}")
    if not maker or not _folded(model):
        return ()
    found = [Candidate(maker, "".join(words[:count]), count) for count in range(1, len(words) + 1)]
    if maker in BY_CLASS and not any(word.startswith(CLASSES) for word in words):
        stem = "" if words[0] == maker else words[0]
        found += [Candidate(maker, stem + one, 1) for one in CLASSES]
    found += [Candidate(maker, one, 1, of_series=True) for one in _of_series(maker, " ".join(words))]
    return tuple(found)


def _of_series(maker: str, called: str) -> list[str]:
    """How the list may name a car of a series: itself, and with its engine, or with any when that is not said."""
    found = []
    for series in SERIES.get(maker, ()):
        if named := re.match(series.named, called):
            name = named[1]
            engine = re.search(r"\b" + series.engine.replace("{}", name), called)
            listed = LISTED_AS.get((maker, name), name)
            one = f"{engine[1]}([^0-9]|$)" if engine else series.any_engine
            found.append(f"^({series.before}{listed}{one}|{name}{series.itself}$)")
    return found


# --- how it is said --------------------------------------------------------------------------------------------------

LOOK_UP = "https://www.nhtsa.gov/recalls"
"""Where anybody can look a VIN up.  The VIN is typed there: an address that held it would stay in logs on the way."""
UNCHECKED, NOT_THIS_CAR, OPEN, ORDERED, DONE = "", "not_this_car", "open", "ordered", "done"
STANDINGS = {
    UNCHECKED: "Possible, by model: check the VIN with the maker",
    NOT_THIS_CAR: "Not this car, by its VIN",
    OPEN: "Open, by its VIN",
    ORDERED: "Open, by its VIN: parts are ordered",
    DONE: "Done, by its VIN",
}
CLOSED = frozenset({NOT_THIS_CAR, DONE})
AGAIN = "Possible again, by model: NHTSA added to this campaign after the VIN was checked"


def is_open(state: str, *, has_grown: bool) -> bool:
    """Whether somebody still has to look, or to repair.  A "not this car" counts for the campaign as it was then."""
    return state not in CLOSED or (state == NOT_THIS_CAR and has_grown)


def is_known_open(state: str) -> bool:
    """Whether the maker said by the VIN that this car is to be repaired."""
    return state in (OPEN, ORDERED)


def is_campaign(campaign: str, typed: str) -> bool:
    """Whether somebody typed this campaign of the list, whose last three zeros are mostly left out.

    >>> is_campaign("24V640000", "24V-640"), is_campaign("24V640000", "24v640000"), is_campaign("24V640000", "24V-64")
    (True, True, False)
    """
    folded = _folded(typed)
    return folded in (_folded(campaign), _folded(campaign).removesuffix("000"))


def standing(state: str, *, has_grown: bool) -> str:
    return AGAIN if state == NOT_THIS_CAR and has_grown else STANDINGS[state]


def warnings(*, do_not_drive: bool, park_outside: bool) -> tuple[str, ...]:
    """What NHTSA says of all cars of a campaign until they are repaired, in words."""
    found = []
    if do_not_drive:
        found.append("Do not drive: NHTSA says cars of this recall must not be driven until they are repaired.")
    if park_outside:
        found.append("Park outside: NHTSA says cars of this recall must stand outside, away from buildings.")
    return tuple(found)


def where_looked(pre: date | None, post: date | None) -> str:
    """What was looked at and how fresh it is, by the newest record of each of NHTSA's files; None: not taken in."""
    if not pre and not post:
        return "No recall list has been taken in here, so nothing was looked up."
    newest = post or pre
    assert newest
    said = f"Looked up by make, model and year in NHTSA's list up to {newest:%B} {newest.day}, {newest.year}."
    if not post:
        said += " Its file of campaigns since 2010 is not here."
    if not pre:
        said += " Its file of campaigns before 2010 is not here."
    return said


def readable(component: str) -> str:
    """A component as people write it.

    >>> readable("STEERING:LINKAGES:TIE ROD ASSEMBLY")
    'Steering: linkages: tie rod assembly'
    """
    spaced = re.sub(r":\s*", ": ", component)
    return spaced.capitalize() if spaced.isupper() else spaced


class Line(NamedTuple):
    """One line on a car's recalls: what must be said first, "" for nothing, and the rest."""

    first: str
    rest: str

    def __str__(self) -> str:
        return " ".join(part for part in self if part)


def summary(open_states: Iterable[str], *, do_not_drive: bool = False, park_outside: bool = False) -> Line | None:
    """The recalls that are possible or open on a car in one line; None when there are none.

    >>> str(summary(["", "open"]))
    '1 recall is open on this car by its VIN. 1 more is possible, by model: check the VIN with the maker.'
    """
    states = list(open_states)
    if not states:
        return None
    known = sum(1 for state in states if is_known_open(state))
    possible = len(states) - known
    said = []
    if known:
        said.append(f"{known} recall{'s are' if known > 1 else ' is'} open on this car by its VIN.")
    if possible:
        more = " more" if known else ""
        noun = "" if known else " recalls" if possible > 1 else " recall"
        verb = "are" if possible > 1 else "is"
        said.append(f"{possible}{noun}{more} {verb} possible, by model: check the VIN with the maker.")
    grave = ["Do not drive"] * do_not_drive + ["Park outside"] * park_outside
    first = f"{' and '.join(grave).capitalize()} until it is repaired, says NHTSA of such cars." if grave else ""
    return Line(first, " ".join(said))
