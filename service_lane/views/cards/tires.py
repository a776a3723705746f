"""The four tires as they stand on the ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from service_lane.models import Condition, InspectionItem
from service_lane.views.cards.card import Card, Cell
from service_lane.views.cards.words import plain

EDGE = Decimal(2)
"""A tire this much lower at one edge, in its unit, wears there."""


@dataclass(frozen=True)
class Tire:
    """One tire on the plan of the car."""

    item: InspectionItem
    css: str
    name: str
    cells: list[Cell]
    word: str
    was: str
    selected: bool
    edge: tuple[str, str] | None


def tires(cards: Sequence[Card], selected: int | None) -> list[Tire]:
    """The four tires as they stand on the ground: left before right, front before rear."""
    order = {"tire-lf": 0, "tire-rf": 1, "tire-lr": 2, "tire-rr": 3}
    found = sorted((one for one in cards if one.item.key in order), key=lambda one: order[one.item.key])
    return [_tire(one, one.item.pk == selected) for one in found] if len(found) == 4 else []


def _tire(shown: Card, selected: bool) -> Tire:
    item = shown.item
    css = item.key.removeprefix("tire-")
    cells = shown.cells if css.startswith("l") else shown.cells[::-1]
    left = sum(not cell.value for cell in cells)
    ruled = next((cell.name.lower() for cell in cells if cell.worst), "")
    if item.condition == Condition.NOT_INSPECTED:
        word = "Not inspected"
    elif item.condition == Condition.UNCHECKED:
        word = f"{left} reading{'s' if left != 1 else ''} to go"
    elif shown.read:
        place = f" {ruled}" if item.condition != Condition.GREEN else ""
        word = f"{shown.read}{'/32' if item.unit == '32nds' else ' mm'}{place}, {_short(item.condition)}"
    else:
        word = _short(item.condition)
    read = {cell.place: Decimal(cell.value) for cell in cells if cell.value}
    edge: tuple[str, str] | None = None
    for worn, other in (("inner", "outer"), ("outer", "inner")):
        if worn in read and other in read and read[other] - read[worn] >= EDGE:
            edge = (
                f"{item.name.removesuffix(' tire')} wears on the {worn} edge.",
                f"{plain(read[other])} at the {other}, {plain(read[worn])} at the {worn}. Look at the alignment.",
            )
    return Tire(item, css, item.name.removesuffix(" tire"), cells, word, shown.was or shown.walk, selected, edge)


def _short(condition: str) -> str:
    return {"red": "now", "yellow": "can wait", "green": "good"}.get(condition, "")
