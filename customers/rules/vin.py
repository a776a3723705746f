"""VINs: is it typed right, and what does it say about the car.

Everything here warns and nothing blocks: a European car has no US check digit, and a slip of the pen can have a right
one.  What the decoder says is a proposal; a person takes it.

Sources: ISO 3779 and 49 CFR 565.15 (length, alphabet, check digit); vPIC, NHTSA's public-domain data, through ultravin.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LENGTH = 17
CHECK_POSITION = 9
FORBIDDEN = "IOQ"

_VALUES = {
    **{digit: int(digit) for digit in "0123456789"},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    **{"P": 7, "R": 9},
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_MISREAD = dict(zip("S5B8Z2G6OQI", "5S8B2Z6G001", strict=True))  # what was typed, what is often meant


# --- is it typed right ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VinProblem:
    """One thing that looks wrong: at a position counted from 1, or None for the whole, and a sentence saying it.

    `better` is the character that would be right there, "" when none can be named.
    """

    position: int | None
    character: str
    message: str
    better: str = ""


@dataclass(frozen=True)
class VinCheck:
    """A VIN as it will be kept, and what looks wrong with it.  `ok` means nothing does."""

    vin: str
    problems: tuple[VinProblem, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems


def normalize_vin(text: str) -> str:
    """Letters and digits only, in capitals: what was typed with spaces, dashes or a scanner's stars.

    >>> normalize_vin(" 1hgcm826-33a0 04352 ")
    '1HGCM82633A004352'
    """
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def check_vin(text: str) -> VinCheck:
    """What looks wrong with a VIN, naming the character where one can be named.  Warn with it; never block.

    >>> check_vin("1HGCM82633A004352").ok
    True
    >>> check_vin("1HGCM82633A0043S2").problems[0].message
    'Character 16 looks wrong: S. The check digit only fits if it is a 5.'
    """
    vin = normalize_vin(text)
    if not vin:
        return VinCheck(vin, (VinProblem(None, "", "Enter the VIN."),))
    problems = [_forbidden(position, character) for position, character in _forbidden_in(vin)]
    if len(vin) != LENGTH:
        characters = "character" if len(vin) == 1 else "characters"
        message = f"A VIN has {LENGTH} characters. This one has {len(vin)} {characters}."
        problems.insert(0, VinProblem(None, "", message))
    elif not problems and (problem := _check_digit_problem(vin)):
        problems.append(problem)
    return VinCheck(vin, tuple(problems))


def check_digit(vin: str) -> str:
    """The ninth character that 17 others ask for: the weighted sum modulo 11, with X for ten.

    ValueError unless `vin` has 17 characters of the VIN alphabet; its own ninth character does not count.

    >>> check_digit("1M8GDM9AXKP042788")
    'X'
    """
    if len(vin) != LENGTH or any(character not in _VALUES for character in vin):
        raise ValueError("It needs 17 characters without I, O or Q.")
    remainder = sum(_VALUES[character] * weight for character, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if remainder == 10 else str(remainder)


def _forbidden_in(vin: str) -> list[tuple[int, str]]:
    return [(position, character) for position, character in enumerate(vin, start=1) if character in FORBIDDEN]


def _forbidden(position: int, character: str) -> VinProblem:
    meant = _MISREAD[character]
    message = f"Character {position} is the letter {character}, and a VIN never has one. Is it a {meant}?"
    return VinProblem(position, character, message, meant)


def _check_digit_problem(vin: str) -> VinProblem | None:
    wanted, found = check_digit(vin), vin[CHECK_POSITION - 1]
    if wanted == found:
        return None
    suspects = _suspects(vin)
    if len(suspects) == 1:
        position, better = suspects[0]
        character = vin[position - 1]
        message = f"Character {position} looks wrong: {character}. The check digit only fits if it is a {better}."
        return VinProblem(position, character, message, better)
    message = (
        f"The check digit, character {CHECK_POSITION}, is {found} and should be {wanted}. "
        "Read it again; a car not built for North America may be right as it is."
    )
    return VinProblem(CHECK_POSITION, found, message)


def _suspects(vin: str) -> list[tuple[int, str]]:
    """Positions where one common misreading, put right, makes the check digit fit.

    The last four count the cars of a series and are digits on every car (49 CFR 565.15(d)).
    """
    suspects = []
    for index, character in enumerate(vin):
        better = _MISREAD.get(character)
        if better is None:
            continue
        mended = f"{vin[:index]}{better}{vin[index + 1 :]}"
        if check_digit(mended) == mended[CHECK_POSITION - 1] and mended[-4:].isdigit():
            suspects.append((index + 1, better))
    return suspects


@dataclass(frozen=True)
class VinCandidate:
    """A VIN one slip away from what was typed, whose check digit fits; `position` of the slip counts from 1."""

    vin: str
    position: int
    question: str


def vin_candidates(text: str) -> tuple[VinCandidate, ...]:
    """What a VIN with a wrong check digit may have been: one character misread, or two neighbors exchanged.

    In the order of the characters.  Empty for a VIN that is right or has another length, and when no single slip
    explains it; one more slip, and the true VIN is not among them.

    >>> [one.question for one in vin_candidates("1HGCM82633A00435Z")]
    ['Character 17: is the Z a 2?']
    >>> [one.vin for one in vin_candidates("1HGCM82633A004532")]
    ['1HGCM8263A3004532', '1HGCM82633A004352']
    """
    vin = normalize_vin(text)
    if len(vin) != LENGTH or check_vin(vin).ok:
        return ()
    if any(character in FORBIDDEN for character in vin):
        mended = "".join(_MISREAD[one] if one in FORBIDDEN else one for one in vin)
        place, letter = _forbidden_in(vin)[0]
        right = check_digit(mended) == mended[CHECK_POSITION - 1]
        return (
            (VinCandidate(mended, place, f"Character {place}: is the {letter} a {_MISREAD[letter]}?"),) if right else ()
        )
    found = [
        VinCandidate(
            f"{vin[: position - 1]}{better}{vin[position:]}",
            position,
            f"Character {position}: is the {vin[position - 1]} a {better}?",
        )
        for position, better in _suspects(vin)
    ]
    for index in range(LENGTH - 1):
        pair = vin[index : index + 2]
        turned = f"{vin[:index]}{pair[::-1]}{vin[index + 2 :]}"
        if pair[0] != pair[1] and check_digit(turned) == turned[CHECK_POSITION - 1]:
            question = f"Characters {index + 1} and {index + 2}: is {pair} really {pair[::-1]}?"
            found.append(VinCandidate(turned, index + 1, question))
    return tuple(sorted((one for one in found if one.vin[-4:].isdigit()), key=lambda one: one.position))


# --- what it says about the car ---------------------------------------------------------------------------------------

# vPIC error codes after which what was decoded may be another car's: a failed check digit, characters the decoder
# "corrected" or could not place, an incomplete VIN, an unknown maker, no detailed data, a bad or contradicted year,
# forbidden characters.  14 (some positions unknown) leaves blanks but states nothing wrong.
_DOUBTFUL = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 400})

_BODIES = (
    ("pickup", "truck"),
    ("truck", "truck"),
    ("minivan", "van"),
    ("van", "van"),
    ("sport utility", "suv"),
    ("crossover", "suv"),
    ("hatchback", "hatch"),
    ("wagon", "hatch"),
    ("sedan", "sedan"),
    ("saloon", "sedan"),
)


@dataclass(frozen=True)
class VinProposal:
    """What the decoder proposes for a VIN; "" and None where it does not know.  Never a fact until a person takes it.

    `fills_silently` says whether the form may be filled without asking.  `warnings` are sentences.  `data_month` is the
    month of the data it rests on, like 2026_10: store it with the proposal.
    """

    vin: str
    year: int | None
    make: str
    model: str
    trim: str
    series: str
    body: str
    body_class: str
    engine: str
    fuel: str
    drive: str
    doors: int | None
    error_codes: tuple[int, ...]
    fills_silently: bool
    warnings: tuple[str, ...]
    data_month: str


def decode_vin(vin: str) -> VinProposal:
    """What ultravin, offline, makes of a VIN.  Takes well under a millisecond once its data is in memory."""
    import ultravin  # 95 MB of data: only processes that decode load it

    vin = normalize_vin(vin)
    return read_decode(ultravin.decode(vin), data_month=ultravin.provenance()["data_month"])


def read_decode(decoded: Mapping[str, Any], data_month: str) -> VinProposal:
    """A proposal from the decoder's own answer, in our words."""
    vin, attributes = decoded["vin"], decoded["attributes"]
    codes = tuple(int(code) for code in decoded["error_codes"])
    make = _maker_name(_text(attributes, "Make"))
    body_class = _text(attributes, "Body Class")
    return VinProposal(
        vin=vin,
        year=decoded["model_year"],
        make=make,
        model=_text(attributes, "Model"),
        trim=_text(attributes, "Trim"),
        series=_text(attributes, "Series"),
        body=_body(body_class),
        body_class=body_class,
        engine=_engine(attributes),
        fuel=_text(attributes, "Fuel Type - Primary"),
        drive=_text(attributes, "Drive Type"),
        doors=_number(_text(attributes, "Doors")),
        error_codes=codes,
        fills_silently=bool(make) and not _DOUBTFUL.intersection(codes),
        warnings=_warnings(vin, codes, bool(_text(attributes, "Model"))),
        data_month=data_month,
    )


def _warnings(vin: str, codes: tuple[int, ...], knows_the_model: bool) -> tuple[str, ...]:
    check = check_vin(vin)
    warnings = [problem.message for problem in check.problems]
    if 7 in codes:
        warnings.append(f"The maker code '{vin[:3]}' is not registered in the United States.")
    if check.ok and {2, 3, 4, 5}.intersection(codes):
        warnings.append("The decoder had to guess at a character, so check every line against the car.")
    if 8 in codes:
        warnings.append("Nothing more is known about this VIN. It may not have been built for the United States.")
    if 11 in codes or 12 in codes:
        warnings.append("The model year does not follow from this VIN. Enter it from the car.")
    if not knows_the_model and not {7, 8}.intersection(codes):
        warnings.append("The VIN does not say which model it is. Enter it from the car.")
    return tuple(warnings)


def _text(attributes: Mapping[str, Any], name: str) -> str:
    """One attribute as text; several values joined as the decoder lists them."""
    value = attributes.get(name)
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    return "" if value in (None, "Not Applicable") else str(value).strip()


def _maker_name(make: str) -> str:
    """HONDA as Honda, MERCEDES-BENZ as Mercedes-Benz; short ones are abbreviations and stay: BMW, GMC, RAM."""
    return make if len(make) <= 3 else "-".join(word.title() for word in make.split("-"))


def _body(body_class: str) -> str:
    lowered = body_class.lower()
    return next((body for word, body in _BODIES if word in lowered), "other") if body_class else ""


def _engine(attributes: Mapping[str, Any]) -> str:
    """Like "3.0 L V6": what is stamped on the tailgate, not what is in the brochure."""
    liters, cylinders = _text(attributes, "Displacement (L)"), _text(attributes, "Engine Number of Cylinders")
    layout = _text(attributes, "Engine Configuration")
    parts = [f"{float(liters):.1f} L"] if liters else []
    if cylinders:
        parts.append(f"V{cylinders}" if layout.startswith("V") else f"{cylinders} cyl")
    return " ".join(parts)


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None
