"""The card of one item: rows in, plain values out; the templates only print them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from service_lane.actions.inspection import NO_PHOTO, WALK_AROUND, beside, instead, measures_of, threshold_of
from service_lane.forms.inspection import NO_PHOTO_REASONS, NOT_DONE, reads_in
from service_lane.models import Condition, InspectionItem, Photo
from service_lane.rules import (
    FEWEST_MILES,
    REASON_CODES,
    Past,
    Threshold,
    convert,
    describe,
    outlook,
    reason_code,
    wear_rate,
    wear_sentence,
)
from service_lane.rules.judging import Ruling, judge
from service_lane.views.cards.last import LastItem, LastVisit
from service_lane.views.cards.words import COLOR_WORDS, PLACES, WAYS, WEARS, plain, spoken, unit_of

TREAD_PLACES = ["outer", "middle", "inner"]


@dataclass(frozen=True)
class Cell:
    """One place to read."""

    place: str
    unit: str
    name: str
    value: str
    current: bool = False
    worst: bool = False
    fill: float = 0.0

    @property
    def top(self) -> str:
        """Where its bar begins in the drawing, from above."""
        return f"{47 - self.fill:.1f}"


@dataclass(frozen=True)
class Pad:
    """Where the next reading goes, and what it will say."""

    place: str
    unit: str
    name: str
    label: str
    one: bool
    placeholder: str
    says: tuple[tuple[str, str, str], ...] = ()
    red: str = ""
    green: str = ""
    worse: str = "low"
    strict: bool = False
    lowest: str = ""
    units: tuple[tuple[str, str, str, str], ...] = ()
    """Units a gauge may show for the same reading: what is sent, its name, its label, and its worth in the item's."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Whole numbers for treads, which one tap writes; otherwise digits."""
        return tuple(str(one) for one in range(1, 13)) if self.one else tuple("123456789.0")


@dataclass
class Card:
    """Everything one item shows."""

    item: InspectionItem
    condition: str
    writes: bool
    came_back: bool = False
    read: str = ""
    read_unit: str = ""
    sub: str = ""
    cells: list[Cell] = field(default_factory=list)
    pad: Pad | None = None
    gauge: dict[str, Any] | None = None
    rate: tuple[str, str] = ("", "")
    was: str = ""
    why: str = ""
    asks: str = ""
    """"none", "change", a color that needs its reason, or "" when nothing is asked."""
    says_reading: str = ""
    reading_words: str = ""
    photos: list[Photo] = field(default_factory=list)
    error: str = ""
    typed: Mapping[str, Any] = field(default_factory=dict)
    marked: Sequence[str] = ()
    not_done: Sequence[str] = NOT_DONE
    no_photo: Sequence[str] = NO_PHOTO_REASONS
    needs_evidence: bool = False
    wants_photo: bool = False
    """Nothing can be shown to the customer for it yet: a photo may follow, also after the inspection is complete."""
    walk: str = ""
    is_tire: bool = False

    @property
    def finding(self) -> bool:
        return self.item.condition in (Condition.RED, Condition.YELLOW)

    @property
    def may_measure(self) -> bool:
        """A way to the pad is wanted: it has one place, and the pad is closed."""
        return self.writes and bool(self.item.unit) and not self.cells and self.pad is None

    @property
    def overrules(self) -> bool:
        """A ruling against the reading is being made, and waits for its reason."""
        return self.asks in (Condition.RED, Condition.YELLOW, Condition.GREEN, "change")

    @property
    def is_open(self) -> bool:
        """Whether marks, notes and photos lie open."""
        return self.finding or self.came_back


def card(
    item: InspectionItem,
    last: LastVisit,
    odometer: int | None,
    *,
    writes: bool,
    place: str | None = None,
    unit: str = "",
    opens: bool = False,
    asks: str = "",
    error: str = "",
    typed: Mapping[str, Any] | None = None,
) -> Card:
    """The card of an item as it stands, with what is asked of the technician now.

    The pad lies open for `place`, or with `opens` for the first place without a reading.
    """
    readings = {reading.position: reading.value for reading in item.readings.all()}
    ruling = judge(measures_of(item), readings) if readings else Ruling()
    before = last.items.get(item.key)
    came_back = item.returned_at is not None and item.at is not None and item.returned_at > item.at
    shown = Card(
        item=item,
        condition=item.condition,
        writes=writes,
        came_back=came_back,
        asks=asks,
        error=error,
        typed=typed or {},
        marked=item.marked,
        photos=list(item.photos.all()),
        is_tire=item.positions == TREAD_PLACES,
    )
    if asks in COLOR_WORDS:
        shown.condition = asks
    elif asks == "none":
        shown.condition = Condition.NOT_INSPECTED
    threshold = threshold_of(item)
    subs = []
    if threshold:
        _measured(shown, threshold, readings, ruling, place=place, unit=unit, opens=opens)
        if ruling.note:
            subs.append(ruling.note)
        elif shown.read and len(item.places) > 1 and ruling.ruled_by:
            read = set(readings) & set(item.places) - {threshold.reference}
            subs.append(f"Worst of {len(read)}: {PLACES[ruling.ruled_by].lower()}.")
        if threshold.reference and threshold.reference in readings:
            subs.append(f"{PLACES[threshold.reference]} {plain(readings[threshold.reference])}.")
        subs += _compared(shown, threshold, readings, ruling, before, last, odometer)
    elif before and before.condition in COLOR_WORDS:
        subs.append(f"{COLOR_WORDS[Condition(before.condition)].capitalize()} in {last.when}")
    if (walk := readings.get(WALK_AROUND)) is not None:
        shown.walk = f"{spoken(walk, item.unit)} at the walk-around"
        subs.append(f"{shown.walk}.")
    shown.sub = " ".join(subs)
    shown.why = _why(item, readings)
    if asks in COLOR_WORDS or asks == "change":
        shown.says_reading = ruling.color
        shown.reading_words = describe(threshold) if threshold else ""
    usable = any(photo.status != Photo.Status.REFUSED for photo in shown.photos)
    has_measure = bool(set(readings) - {WALK_AROUND})
    shown.wants_photo = shown.finding and not (usable or has_measure)
    shown.needs_evidence = shown.wants_photo and NO_PHOTO.lower() not in item.note.lower()
    return shown


def _measured(
    shown: Card,
    threshold: Threshold,
    readings: Mapping[str, Decimal],
    ruling: Ruling,
    *,
    place: str | None,
    unit: str,
    opens: bool,
) -> None:
    """The big figure, the places to read and the pad for the next of them."""
    item = shown.item
    ruled = ruling.ruled_by if ruling.ruled_by in readings else ""
    if ruled in readings and item.condition != Condition.NOT_INSPECTED:
        other = beside(item).get(ruled)
        shown.read, shown.read_unit = plain(readings[ruled]), unit_of(other["unit"] if other else item.unit)
    missing = [one for one in item.places if one not in readings]
    ways: list[tuple[str, str]] = [(one, item.unit) for one in item.places]
    ways += [(one, other["unit"]) for one, other in beside(item).items()]
    ways += [(item.places[0], other) for other in instead(item)]
    current: tuple[str, str] | None = None
    if place is not None:
        current = next((way for way in ways if way[0] == place and way[1] == (unit or way[1])), ways[0])
    elif missing and opens:
        current = (missing[0], item.unit)
    differ = len({value for one, value in readings.items() if one in item.places}) > 1
    if len(ways) > 1:
        shown.cells = [
            Cell(
                place=one,
                unit=way,
                name=PLACES.get(one) or WAYS.get(way, way),
                value=plain(readings[one]) if way in (item.unit, _unit_at(item, one)) and one in readings else "",
                current=(one, way) == current,
                worst=one == ruling.ruled_by and way == item.unit and differ,
                fill=_fill(readings.get(one), threshold),
            )
            for one, way in ways
        ]
    if current and shown.writes:
        shown.pad = _pad(item, current, readings)


def _unit_at(item: InspectionItem, place: str) -> str:
    other = beside(item).get(place)
    return other["unit"] if other else item.unit


def _fill(value: Decimal | None, threshold: Threshold) -> float:
    """How full a little bar is: the share of a new part that is left, in 48ths."""
    if value is None or not threshold.new_value or not threshold.lower_is_worse:
        return 0.0
    return float(min(Decimal(1), value / threshold.new_value) * 46)


def _pad(item: InspectionItem, at: tuple[str, str], readings: Mapping[str, Decimal]) -> Pad:
    place, unit = at
    other = beside(item).get(place) or (instead(item).get(unit) if unit != item.unit else None)
    threshold = threshold_of(other or item)
    assert threshold is not None
    judged = not threshold.reference and place != reference_of(item)
    says: tuple[tuple[str, str, str], ...] = ()
    if unit == "V":
        says = (
            (Condition.GREEN, "Fair to test", "Add the percent of CCA to rule."),
            (Condition.UNCHECKED, "Charge, then test again", "Below 12.4 V the test is not fair. Never red by this."),
        )
    elif judged:
        says = tuple(
            (color, f"Reads as: {COLOR_WORDS[color]}", f"{describe(threshold)} Not saved yet.")
            for color in (Condition.RED, Condition.YELLOW, Condition.GREEN)
        )
    rest = [value for one, value in readings.items() if one in item.places and one != place]
    worst = (min if threshold.lower_is_worse else max)(rest) if rest and judged and unit == item.unit else None
    return Pad(
        place=place,
        unit=unit if other and not other.get("position") else "",
        name=PLACES.get(place) or (WAYS.get(unit, "") if item.others else ""),
        label=unit_of(unit),
        one=unit == "32nds",
        placeholder=plain(readings[place]) if place in readings and unit == item.unit else "",
        says=says,
        red=plain(threshold.red_to) if judged and threshold.red_to is not None else "",
        green=plain(threshold.green_from) if judged else "",
        worse="low" if threshold.lower_is_worse else "high",
        strict=threshold.red_is_strict,
        lowest=plain(worst) if worst is not None else "",
        units=_units(item.unit) if unit == item.unit else (),
    )


def _units(unit: str) -> tuple[tuple[str, str, str, str], ...]:
    if not (other := reads_in(unit)):
        return ()
    return (("", unit, unit_of(unit), "1"), (other, other, unit_of(other), str(convert(Decimal(1), other, unit))))


def reference_of(item: InspectionItem) -> str | None:
    threshold = threshold_of(item)
    return (threshold.reference or None) if threshold else None


def _compared(
    shown: Card,
    threshold: Threshold,
    readings: Mapping[str, Decimal],
    ruling: Ruling,
    before: LastItem | None,
    last: LastVisit,
    odometer: int | None,
) -> list[str]:
    """The gauge and the wear since last time; returns what the card's head says of last time."""
    item = shown.item
    unit = "mm" if item.unit == "mm over min" else item.unit
    ruled = ruling.ruled_by if ruling.ruled_by in item.places else (item.places[0] if item.places == [""] else "")
    now = readings.get(ruled) if item.condition != Condition.NOT_INSPECTED else None
    was: Decimal | None = None
    place = ""
    if before:
        place = ruled if now is not None else _worst_place(before, item, threshold)
        value, then_unit = before.readings.get(place, (None, ""))
        was = value if then_unit in (item.unit, unit) else None
    if threshold.new_value and not threshold.reference and (now is not None or was is not None):
        shown.gauge = {
            "value": now,
            "red": threshold.red_to,
            "green": threshold.green_from,
            "max": max(
                value for value in (threshold.new_value, now, was, threshold.red_to, threshold.green_from) if value
            ),
            "unit": unit_of(unit),
            "last": was,
            "last_label": f"in {last.when}" if was is not None else "",
            "label": item.name,
            "max_word": "new" if threshold.lower_is_worse else "",
        }
    if was is None:
        return []
    shown.was = f"{spoken(was, unit)} in {last.when}"
    if item.unit not in WEARS:
        return [f"{shown.was}."]
    if now is None:
        limit = _limit(threshold, was, readings)
        return [
            outlook(Past(last.when, was, last.odometer), _past(last.before, item, place, unit), unit=unit, limit=limit)
        ]
    if odometer and last.odometer and 0 < odometer - last.odometer < FEWEST_MILES:
        return [f"{shown.was}, {odometer - last.odometer:,} mi ago: too few for a rate."]
    if odometer and last.odometer:
        wear = wear_rate(Decimal(plain(was)), last.odometer, Decimal(plain(now)), odometer)
        limit = _limit(threshold, now, readings)
        if wear and limit is not None:
            sentence = wear_sentence(wear, unit=unit, when=last.when, limit=Decimal(plain(limit)))
            lead, _, rest = sentence.partition(":")
            shown.rate = (f"{lead}:", rest)
            return []
    return [f"{shown.was}."]


def _past(visit: LastVisit | None, item: InspectionItem, place: str, unit: str) -> Past | None:
    """The same place at the visit before the last, if it was read there in the same unit."""
    row = visit.items.get(item.key) if visit else None
    if visit is None or row is None or place not in row.readings:
        return None
    value, then_unit = row.readings[place]
    return Past(visit.when, value, visit.odometer) if then_unit in (item.unit, unit) else None


def _worst_place(before: LastItem, item: InspectionItem, threshold: Threshold) -> str:
    read = {place: before.readings[place][0] for place in item.places if place in before.readings}
    read.pop(reference_of(item) or "-", None)
    return (min if threshold.lower_is_worse else max)(read, key=lambda place: read[place]) if read else "-"


def _limit(threshold: Threshold, now: Decimal, readings: Mapping[str, Decimal]) -> Decimal | None:
    """What it wears towards: the red line, and past that the safety limit."""
    if threshold.reference:
        return readings.get(threshold.reference)
    if threshold.red_to is not None and now > threshold.red_to:
        return threshold.red_to
    return threshold.unsafe_to if threshold.unsafe_to is not None else threshold.red_to


def _why(item: InspectionItem, readings: Mapping[str, Decimal]) -> str:
    """Where the color comes from, in a sentence."""
    if item.condition == Condition.NOT_INSPECTED:
        return f"Not inspected: {item.not_inspected_reason}."
    if item.override_reason:
        reading = COLOR_WORDS.get(Condition(item.computed)) if item.computed in COLOR_WORDS else ""
        against = f" The reading alone says: {reading}." if reading and item.computed != Condition.UNCHECKED else ""
        return f"Your ruling: {item.override_reason.rstrip('.')}.{against}"
    if not item.unit or not readings or item.condition == Condition.UNCHECKED:
        return ""
    if item.condition == Condition.GREEN:
        return "Set by the reading."
    code = REASON_CODES[reason_code(item.condition, measured=True)]
    return f"Set by the reading. Code {code.code}: {code.short}."
