"""What must be there before a line is shown to a customer, and what changed since they saw it."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from recommendations.rules.grounds import FAILED_CHECK, READING, Ground, missing_ground
from recommendations.rules.papers import missing_of_teardown
from service_lane.rules import REASON_CODES, Missing
from service_lane.rules.pricing import PART_STATES, Fee, FeeRule, Part, charge_refusal, dollars, fee_refusal

NOW = "now"
CAN_WAIT = "can_wait"
AS_ASKED = "as_asked"


@dataclass(frozen=True)
class LineFacts:
    """One line as it stands.  Texts are "" and values None while not known; money in dollars.

    `parts` and `fees` are None until somebody said what they are, and () when there are none.  `measurable` says that a
    number can be read; then the measurement and the threshold it is held against must be shown.  `urgency` is NOW for a
    red finding, CAN_WAIT for a yellow one, AS_ASKED for the customer's own request.  `teardown` is empty unless
    something is taken apart to look.  `fee_rule` is the law that allows no general fee, where there is one.
    """

    title: str = ""
    ground: Ground | None = None
    finding: str = ""
    measurable: bool = False
    measurement: str = ""
    threshold: str = ""
    reason_code: str = ""
    urgency: str = ""
    if_you_wait: str = ""
    horizon: str = ""
    parts: tuple[Part, ...] | None = None
    labor_hours: Decimal | None = None
    labor_rate: Decimal | None = None
    flat_price: Decimal | None = None
    fees: tuple[Fee, ...] | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    zero_reason: str = ""
    revised_total: Decimal | None = None
    valid_until: date | None = None
    teardown: Mapping[str, Any] = field(default_factory=dict)
    found_by: str = ""
    photos: int = 0
    fee_rule: FeeRule | None = None


def missing_to_present(line: LineFacts) -> tuple[Missing, ...]:
    """Everything that keeps a line from being shown, in the order it is read; empty means it may be.

    >>> key = Part("Second key", "35118", Decimal(1), None, "new_oem")
    >>> [one.message for one in missing_to_present(LineFacts(parts=(key,))) if one.field == "parts"]
    ['Second key has no parts price.']
    """
    return (*_missing_in_the_finding(line), *_missing_in_the_price(line), *_missing_around_it(line))


def _missing_in_the_finding(line: LineFacts) -> Iterator[Missing]:
    if lacking := missing_ground(line.ground):
        yield lacking
    if not line.title.strip():
        yield Missing("title", "Give the line a title the customer understands.")
    if refusal := charge_refusal(line.title, line.fee_rule):
        yield Missing("title", refusal)
    if not line.finding.strip():
        yield Missing("finding", "Say what was found.")
    if line.measurable and not line.measurement.strip():
        yield Missing("measurement", "This can be measured. Enter the reading.")
    if line.measurable and not line.threshold.strip():
        yield Missing("threshold", "Show the limit the reading is held against.")
    if lacking := _missing_reason(line):
        yield lacking
    if line.urgency not in (NOW, CAN_WAIT, AS_ASKED):
        yield Missing("urgency", "Say whether it needs attention now, can wait, or was asked for.")
    if not line.if_you_wait.strip():
        yield Missing("if_you_wait", "Say what happens if they wait.")
    if not line.horizon.strip():
        yield Missing("horizon", "Say how long waiting takes to matter, like 2 to 6 months.")


def _missing_reason(line: LineFacts) -> Missing | None:
    """Red needs Required A, B or C; yellow a suggested reason (AMRA/MAP)."""
    reason = REASON_CODES.get(line.reason_code)
    if reason is None:
        return Missing("reason_code", "Choose the reason code.")
    if line.urgency == NOW and not reason.required:
        return Missing("reason_code", "Red needs reason A, B or C. If none fits, it is not red.")
    if line.urgency == CAN_WAIT and reason.required:
        message = f"Reason {reason.code} means it needs attention now. What can wait goes with 1 to 4."
        return Missing("reason_code", message)
    return None


def _missing_in_the_price(line: LineFacts) -> Iterator[Missing]:
    if line.parts is None:
        yield Missing("parts", "Say which parts it needs, or that it needs none.")
    for part in line.parts or ():
        if part.unit_price is None:
            yield Missing("parts", f"{part.description} has no parts price.")
        if part.quantity <= 0:
            yield Missing("parts", f"{part.description} has no quantity.")
        if part.state not in PART_STATES:
            yield Missing("parts", f"{part.description}: say whether it is new, used, rebuilt or reconditioned.")
        if refusal := charge_refusal(part.description, line.fee_rule):
            yield Missing("parts", refusal)
    if not _has_labor(line):
        yield Missing("labor", "Enter labor: hours and a rate, or one flat price.")
    if line.fees is None:
        yield Missing("fees", "Say which fees it carries, or that there are none.")
    for fee in line.fees or ():
        if refusal := fee_refusal(fee, line.fee_rule):
            yield Missing("fees", refusal)
    if line.teardown:
        yield from missing_of_teardown(line.teardown)
    if line.tax is None:
        yield Missing("tax", "The tax is not worked out yet.")
    if line.total is None:
        yield Missing("total", "The line has no total yet.")
    elif line.total == 0 and not line.zero_reason.strip():
        yield Missing("zero_reason", "Say why it costs nothing: warranty, recall or goodwill.")
    if line.revised_total is None:
        yield Missing("revised_total", "The new total of the repair order is not worked out yet.")


def _has_labor(line: LineFacts) -> bool:
    """A flat price, or hours at a rate; no hours need no rate."""
    if line.flat_price is not None:
        return True
    return line.labor_hours is not None and (line.labor_hours == 0 or bool(line.labor_rate))


def _missing_around_it(line: LineFacts) -> Iterator[Missing]:
    if line.valid_until is None:
        yield Missing("valid_until", "Say until when the price holds.")
    if not line.found_by.strip():
        yield Missing("found_by", "Say who found it.")
    was_seen = line.ground is not None and line.ground.kind in (READING, FAILED_CHECK)
    if was_seen and not line.photos and not line.measurement.strip():
        yield Missing("evidence", "Add a photo or a reading: what was seen must be shown.")


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was: what, and how it read before and now; `sentence` is the same as it is spoken.

    The sentence of the price says who changed it and when, where that is known: then it `names_who`.
    """

    field: str
    before: str
    after: str
    sentence: str = dataclasses.field(default="", compare=False)
    names_who: bool = dataclasses.field(default=False, compare=False)


_TEXTS = {
    "title": "Line",
    "method": "Method",
    "finding": "What we found",
    "if_you_wait": "If you wait",
    "horizon": "How soon",
    "sublet_to": "Done by",
    "teardown": "Taken apart",
    "valid_until": "Price holds until",
}
_MONEY = {"labor": "Labor", "fees": "Fees", "tax": "Tax"}
_SPOKEN = {
    "total": "The price of {before} is now {after}.",
    "labor": "Labor of {before} is now {after}.",
    "fees": "Fees of {before} are now {after}.",
    "tax": "Tax of {before} is now {after}.",
    "sublet_to": "This is now done by {after}; it was {before}.",
    "valid_until": "The price now holds until {after}; it was {before}.",
    "part": "The part {part} is now {after}; it was {before}.",
    "exchanged": "We now use {after} in place of {before}.",
    "added": "We added {after}.",
    "taken_off": "We took off {before}.",
}
"""A change of one thing as it is spoken.  What has no sentence of its own is read out after its name."""
_CHANGED_PRICE = "{name} changed the price at {at}: {before} is now {after}."
_READ_OUT = "{what}: {after}. Before, it said: {before}."
_READ_OUT_NEW = "{what}, new here: {after}."


def _short_day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"


@dataclass(frozen=True)
class ChangedBy:
    """Who changed a line and at what time, as the reader reads it; "" while not known."""

    name: str = ""
    at: str = ""


@dataclass(frozen=True)
class _Reader:
    """Who reads the changes: their language, how they write a day, and who changed it when."""

    say: Callable[[str], str]
    day: Callable[[date], str]
    by: ChangedBy = ChangedBy()

    def speak(self, pattern: str, **facts: str) -> str:
        return self.say(pattern).format(**facts)


def difference(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    say: Callable[[str], str] = str,
    day: Callable[[date], str] = _short_day,
    by: ChangedBy = ChangedBy(),
) -> list[Change]:
    """What changed on a line between two versions of it, in words for whoever saw the old one, the price first.

    Each version is a mapping with these keys, each of which may be absent: the texts title, method, finding,
    if_you_wait, horizon, sublet_to, valid_until; teardown, as a version keeps it; the dollar amounts labor, tax, total
    (Decimal or their text); fees, one amount or a list of {description, amount}; and parts, a list of {description,
    quantity, unit_price, state}.  Keys it does not know are not compared.  `say` gives an English word or pattern in
    the reader's language, `day` a date as they write it, and `by` says who changed it and when.

    >>> [price] = difference({"total": "480"}, {"total": "520"}, by=ChangedBy("Dana", "11:40"))
    >>> price.sentence
    'Dana changed the price at 11:40: $480.00 is now $520.00, $40.00 more.'
    """
    reader = _Reader(say, day, by)
    changes = list(_money_changes(old, new, {"total": "Price"}, reader))
    changes += [
        _text_change(key, label, old.get(key), new.get(key), reader)
        for key, label in _TEXTS.items()
        if (old.get(key) or "") != (new.get(key) or "")
    ]
    changes += _part_changes(old.get("parts") or (), new.get("parts") or (), reader)
    changes += _money_changes(old, new, _MONEY, reader)
    return changes


def _money_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], labels: Mapping[str, str], reader: _Reader
) -> Iterator[Change]:
    for key, label in labels.items():
        before, after = _amount(old.get(key)), _amount(new.get(key))
        if before == after:
            continue
        what, told = reader.say(label), (_priced(before, reader.say), _now_priced(before, after, reader.say))
        if before is None or after is None:
            yield _change(what, *told, _READ_OUT, reader)
        elif key == "total" and reader.by.name and reader.by.at:
            yield replace(_change(what, *told, _CHANGED_PRICE, reader), names_who=True)
        else:
            yield _change(what, *told, _SPOKEN[key], reader)


def _text_change(key: str, label: str, old: Any, new: Any, reader: _Reader) -> Change:
    before, after = _told(key, old, reader), _told(key, new, reader)
    pattern = _SPOKEN.get(key) or (_READ_OUT if old else _READ_OUT_NEW)
    return _change(reader.say(label), before, after, pattern, reader)


def _change(what: str, before: str, after: str, pattern: str, reader: _Reader) -> Change:
    facts = {"before": before.rstrip("."), "after": after.rstrip("."), "name": reader.by.name, "at": reader.by.at}
    return Change(what, before, after, reader.speak(pattern, what=what, **facts))


def _told(key: str, value: Any, reader: _Reader) -> str:
    """A text as a person reads it; the day a price holds until is stored as 2026-12-05 and read as 5 Dec 2026."""
    if key == "valid_until" and value:
        return reader.day(date.fromisoformat(str(value)))
    if key == "sublet_to":
        return str(value or reader.say("our own shop"))
    if key == "teardown":
        return _taken_apart(value, reader)
    return str(value or reader.say("not said"))


def _taken_apart(teardown: Mapping[str, Any] | None, reader: _Reader) -> str:
    if not teardown:
        return reader.say("not taken apart")
    said = reader.say("{cost} and {days} days to put back, breaks {parts}").format(
        cost=dollars(Decimal(teardown["reassembly"])), days=teardown["days"], parts=teardown["parts_destroyed"]
    )
    return f"{said}, {reader.say('may not go back')}" if teardown.get("may_not_restore") else said


def _part_changes(old: Any, new: Any, reader: _Reader) -> list[Change]:
    """Parts of one name are compared; of the others, what went is paired with what came in its place."""
    say = reader.say
    gone, come, changes = [], list(new), []
    for part in old:
        same = next((one for one in come if one["description"] == part["description"]), None)
        if same is None:
            gone.append(part)
            continue
        come.remove(same)
        before, after = _part_words(part, say), _part_words(same, say)
        if before != after:
            spoken = _part_spoken(part, same, reader)
            changes.append(Change(part["description"], before, after, spoken))
    for went, came in zip_longest(gone, come):
        before = f"{went['description']}, {_part_words(went, say)}" if went else ""
        after = f"{came['description']}, {_part_words(came, say)}" if came else ""
        pattern = _SPOKEN["exchanged" if went and came else "added" if came else "taken_off"]
        spoken = reader.speak(pattern, before=before, after=after)
        changes.append(Change(say("Part"), before or say("not there"), after or say("taken off"), spoken))
    return changes


def _part_spoken(old: Mapping[str, Any], new: Mapping[str, Any], reader: _Reader) -> str:
    """The same part, by what is different about it: its state, its price, or how many."""

    def told(part: Mapping[str, Any]) -> str:
        words = _part_words(part, reader.say)
        state, price = _state(part, reader.say), _priced(_amount(part.get("unit_price")), reader.say)
        if _quantity(old) == _quantity(new):
            is_other = _state(old, reader.say) != _state(new, reader.say)
            costs_other = _amount(old.get("unit_price")) != _amount(new.get("unit_price"))
            words = ", ".join([state] * is_other + [price] * costs_other)
        return words[:1].lower() + words[1:]

    return reader.speak(_SPOKEN["part"], part=old["description"], before=told(old), after=told(new))


def _state(part: Mapping[str, Any], say: Callable[[str], str]) -> str:
    return say(PART_STATES.get(part.get("state", ""), "State not said"))


def _quantity(part: Mapping[str, Any]) -> str:
    return f"{Decimal(str(part.get('quantity', 1))).normalize():f}"


def _part_words(part: Mapping[str, Any], say: Callable[[str], str]) -> str:
    """A part as the line shows it: "New OEM, 2 × $232.00"."""
    return f"{_state(part, say)}, {_quantity(part)} × {_priced(_amount(part.get('unit_price')), say)}"


def _amount(value: Any) -> Decimal | None:
    """One amount, or what a list of {amount} adds up to."""
    if isinstance(value, list | tuple):
        return sum((Decimal(str(one["amount"])) for one in value), Decimal(0))
    return None if value in (None, "") else Decimal(str(value))


def _priced(amount: Decimal | None, say: Callable[[str], str]) -> str:
    return say("no price") if amount is None else dollars(amount)


def _now_priced(before: Decimal | None, after: Decimal | None, say: Callable[[str], str]) -> str:
    if before is None or after is None:
        return _priced(after, say)
    pattern = say("{amount}, {change} less") if after < before else say("{amount}, {change} more")
    return pattern.format(amount=dollars(after), change=dollars(abs(after - before)))
