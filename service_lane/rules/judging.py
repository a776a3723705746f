"""What one item of an inspection comes to: from its readings, from what was seen, and from what the technician says.

The reading decides.  A technician may say otherwise, with a reason that is kept; nobody may call a car safe that was
read past a safety limit, and nothing is good that was not measured or looked at.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from service_lane.rules.conditions import GREEN, NOT_INSPECTED, RED, Threshold, condition, wheels_condition, worst

UNCHECKED = "unchecked"


class CannotRule(ValueError):
    """This ruling cannot stand; the message says why, `field` where to mend it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NeedsReason(CannotRule):
    """The ruling is not what the readings say, and nobody said why.  `computed` is what they say, "" for no reading."""

    def __init__(self, message: str, computed: str) -> None:
        super().__init__("reason", message)
        self.computed = computed


@dataclass(frozen=True)
class Measures:
    """How an item is judged: by `threshold` at `places` (by eye when None), and by what is read `beside` it."""

    threshold: Threshold | None
    places: tuple[str, ...] = ("",)
    beside: Mapping[str, Threshold] = field(default_factory=dict)


@dataclass(frozen=True)
class Ruling:
    """What readings say: `color` "" when they do not say yet, and then `missing` or `note` says why."""

    color: str = ""
    unsafe: bool = False
    ruled_by: str = ""
    missing: tuple[str, ...] = ()
    note: str = ""


def judge(measures: Measures, readings: Mapping[str, Decimal]) -> Ruling:
    """What these readings, by position, make of an item.  The worst of them rules.

    A second test that would not be fair (a battery below 12.4 V) leaves the item open, with what to do in `note`.
    ValueError for a reading that cannot be, like a placard of zero.
    """
    if measures.threshold is None:
        return Ruling()
    said = []
    for position, limit in measures.beside.items():
        if position in readings:
            one = condition(limit, readings[position])
            if one.note:
                return Ruling(note=one.note, ruled_by=position)
            said.append((one, position))
    first = {position: value for position, value in readings.items() if position in measures.places}
    if first or not said:
        ruling = wheels_condition(measures.threshold, first, measures.places)
        if ruling.condition is None:
            return Ruling(missing=ruling.missing)
        said.append((ruling.condition, ruling.ruled_by))
    rules = worst(one for one, _ in said)
    return Ruling(rules.color, rules.unsafe, next(place for one, place in reversed(said) if one == rules))


@dataclass(frozen=True)
class Result:
    """What is kept of an item: its condition, what the readings alone say, and the reason where they differ."""

    condition: str = UNCHECKED
    computed: str = ""
    is_unsafe: bool = False
    override_reason: str = ""
    not_inspected_reason: str = ""


def settle(
    ruling: Ruling,
    before: Result,
    *,
    by_eye: bool,
    measured: bool,
    said: str = "",
    reason: str = "",
    marks: Sequence[str] = (),
    unsafe_marks: Collection[str] = (),
    not_inspected_reason: str = "",
    use_reading: bool = False,
) -> Result:
    """The item's result from its `ruling` and what the technician `said` (a color, or "" for nothing new).

    A mark in `unsafe_marks` means do not drive, whatever was read.  A ruling of the technician's own in `before`
    stands until `use_reading`.  CannotRule says what may not be, NeedsReason that a ruling came without one.
    """
    computed = ruling.color or (UNCHECKED if measured and not by_eye else "")
    if not_inspected_reason:
        if ruling.color:
            raise CannotRule("rule", "It was measured, so it cannot count as not inspected.")
        return Result(NOT_INSPECTED, computed, not_inspected_reason=not_inspected_reason)
    if not said and not use_reading:
        if before.condition == NOT_INSPECTED and computed in ("", before.computed):
            return Result(NOT_INSPECTED, computed, not_inspected_reason=before.not_inspected_reason)
        if before.override_reason or (by_eye and before.condition != NOT_INSPECTED):
            said = "" if before.condition == UNCHECKED else before.condition
            reason = reason or before.override_reason
    own = [reason] if reason and reason not in marks else []
    why = reason if reason and reason == before.override_reason else "; ".join([*marks, *own])
    do_not_drive = next((mark for mark in marks if mark in unsafe_marks), "")
    if said not in ("", RED) and (ruling.unsafe or do_not_drive):
        what = f"{do_not_drive} means:" if do_not_drive else "The reading is past the safety limit:"
        raise CannotRule("rule", f"{what} do not drive. It cannot be ruled better than needs attention now.")
    if do_not_drive:
        return Result(RED, computed, True, override_reason="" if by_eye or ruling.color == RED else why)
    if said in ("", ruling.color):
        return Result(ruling.color or UNCHECKED, computed, ruling.unsafe)
    if by_eye:
        return Result(said, computed)
    if said == GREEN and not measured:
        raise CannotRule("rule", "It is good by its reading only. Measure it, or say why it was not inspected.")
    if not (reason or marks):
        raise NeedsReason("Say why the reading does not decide." if measured else "Say what is wrong.", computed)
    if ruling.note and said == RED and not marks:
        raise CannotRule("rule", "Voltage alone never makes it red. Charge it, then test again.")
    return Result(said, computed, override_reason=why)
