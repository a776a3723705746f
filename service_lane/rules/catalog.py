"""What a menu and a template may say.  An admin types them; what cannot be used later is refused here, in words."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from service_lane.rules.pricing import PART_STATES

PART_FIELDS = ("description", "number", "quantity", "unit_price", "state", "description_es")
MEASURE_FIELDS = (
    *("unit", "lower_is_worse", "green_from", "red_to", "red_is_strict"),
    *("unsafe_to", "new_value", "threshold_source", "instrument"),
)
"""What each of the other ways to measure an item carries."""


def kit_refusals(kit: object) -> list[str]:
    """Why this parts kit cannot be used, one sentence for each part and field; empty when it can.

    >>> kit_refusals([{"description": "Pads", "quantity": 1, "unit_price": None, "state": "new_oem"}])
    []
    >>> kit_refusals([{"description": "Pad set", "quantity": "two", "unit_price": 94, "state": "new_oem"}])
    ['Part 1 (Pad set): quantity is a number above zero, not "two".']
    """
    if not isinstance(kit, list):
        return ["A parts kit is a list: put the parts between [ and ]."]
    return [f"{_name(place, part)}: {why}" for place, part in enumerate(kit, start=1) for why in _part_refusals(part)]


def measure_refusals(
    *,
    unit: str,
    lower_is_worse: bool,
    green_from: Decimal | None,
    red_to: Decimal | None,
    unsafe_to: Decimal | None,
    threshold_source: str,
    marks: Sequence[str] = (),
    unsafe_marks: Sequence[str] = (),
    others: object = (),
) -> dict[str, str]:
    """Why an item cannot be judged as it stands: the field and the sentence; empty when it can.

    >>> measure_refusals(unit="mm", lower_is_worse=True, green_from=Decimal(3), red_to=Decimal(6), unsafe_to=None,
    ...     threshold_source="our default")
    {'red_to': 'Less is worse here, so red ends at or below 3, where green begins.'}
    """
    why: dict[str, str] = {}
    if unit and green_from is None:
        why["green_from"] = "Say where green begins; without it no reading is judged."
    if not unit and any(bound is not None for bound in (green_from, red_to, unsafe_to)):
        why["unit"] = "Say what the bounds are counted in, like mm."
    if not threshold_source and any(bound is not None for bound in (green_from, red_to, unsafe_to)):
        why["threshold_source"] = "Say where the threshold comes from: a statute, a maker, or: our default."
    worse, side = ("Less is worse", "below") if lower_is_worse else ("More is worse", "above")
    if green_from is not None and red_to is not None and _beyond(red_to, green_from, lower_is_worse):
        why["red_to"] = f"{worse} here, so red ends at or {side} {_plain(green_from)}, where green begins."
    if red_to is not None and unsafe_to is not None and _beyond(unsafe_to, red_to, lower_is_worse):
        why["unsafe_to"] = f"{worse} here, so unsafe ends at or {side} {_plain(red_to)}, where red ends."
    if unsafe_to is not None and red_to is None:
        why["unsafe_to"] = "What is unsafe is red first: say where red ends."
    if strangers := [mark for mark in unsafe_marks if mark not in marks]:
        why["unsafe_marks"] = f"{', '.join(strangers)}: not among the marks above."
    if wrong := _others_refusal(others):
        why["others"] = wrong
    return why


def _part_refusals(part: object) -> list[str]:
    if not isinstance(part, Mapping):
        return ["put its fields between { and }."]
    why = [
        f'"{field}" is not a field of a part; these are: {", ".join(PART_FIELDS)}.'
        for field in part
        if field not in PART_FIELDS
    ]
    why += [f"{field} is missing." for field in ("description", "quantity", "unit_price", "state") if field not in part]
    if "description" in part and not (isinstance(part["description"], str) and part["description"].strip()):
        why.append("description is the words a customer reads, and is empty.")
    if not isinstance(part.get("description_es", ""), str):
        why.append('description_es is the same in Spanish, between quotation marks, like "Juego de pastillas".')
    if not isinstance(part.get("number", ""), str):
        why.append('number is written between quotation marks, like "45022".')
    quantity, price = _number(part.get("quantity")), _number(part.get("unit_price"))
    if "quantity" in part and (quantity is None or quantity <= 0):
        why.append(f"quantity is a number above zero, not {_quoted(part['quantity'])}.")
    if part.get("unit_price") is not None and (price is None or price < 0 or price != round(price, 2)):
        why.append(
            f"unit_price is in dollars and cents, or null while nobody knows it, not {_quoted(part['unit_price'])}."
        )
    if "state" in part and part["state"] not in PART_STATES:
        why.append(f"state is one of {', '.join(PART_STATES)}, not {_quoted(part['state'])}.")
    return why


def _others_refusal(others: object) -> str:
    """The first thing wrong with the other ways to measure, or ""."""
    if not isinstance(others, Sequence) or isinstance(others, str):
        return "Other ways to measure are a list: put them between [ and ]."
    for place, other in enumerate(others, start=1):
        if not isinstance(other, Mapping):
            return f"Way {place}: put its fields between {{ and }}."
        if missing := [field for field in MEASURE_FIELDS if field not in other]:
            return f"Way {place}: {', '.join(missing)} missing."
        bounds = {name: _number(other[name]) for name in ("green_from", "red_to", "unsafe_to")}
        if words := [name for name, number in bounds.items() if other[name] is not None and number is None]:
            return f"Way {place}: {words[0]} is a number or null, not {_quoted(other[words[0]])}."
        if not isinstance(other["lower_is_worse"], bool):
            return f"Way {place}: lower_is_worse is true or false."
        refused = measure_refusals(
            unit=str(other["unit"]),
            lower_is_worse=other["lower_is_worse"],
            green_from=bounds["green_from"],
            red_to=bounds["red_to"],
            unsafe_to=bounds["unsafe_to"],
            threshold_source=str(other["threshold_source"]),
        )
        if refused:
            field, why = next(iter(refused.items()))
            return f"Way {place}, {field}: {why}"
    return ""


def _beyond(bound: Decimal, limit: Decimal, lower_is_worse: bool) -> bool:
    """Whether `bound` is on the good side of `limit`, where it makes no sense."""
    return bound > limit if lower_is_worse else bound < limit


def _number(typed: Any) -> Decimal | None:
    """What JSON holds as a number or as text, if it is a finite number."""
    if isinstance(typed, bool) or not isinstance(typed, str | int | float | Decimal):
        return None
    try:
        number = Decimal(str(typed))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _quoted(typed: object) -> str:
    return "nothing" if typed in (None, "") else f'"{typed}"'


def _name(place: int, part: object) -> str:
    called = part.get("description") if isinstance(part, Mapping) else ""
    return f"Part {place} ({called})" if isinstance(called, str) and called.strip() else f"Part {place}"
