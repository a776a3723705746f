"""What is drawn on a photo: arrows, circles and freehand lines, kept as numbers and drawn on top wherever it is shown.

Coordinates are whole thousandths of the picture's width and height, from its upper left corner; a circle's radius is in
thousandths of the width.  The picture itself is never changed.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

MOST_MARKS = 12
MOST_POINTS = 160  # of one freehand line
LARGEST_TEXT = 60_000  # characters of JSON
FULL = 1000
RADII = (20, 400)
SHORTEST_ARROW = 20
KINDS = {"circle": "Circle", "arrow": "Arrow", "line": "Line"}
PLACES = {
    "upper left": (200, 200),
    "upper middle": (500, 200),
    "upper right": (800, 200),
    "middle left": (200, 500),
    "middle": (500, 500),
    "middle right": (800, 500),
    "lower left": (200, 800),
    "lower middle": (500, 800),
    "lower right": (800, 800),
}
"""Nine places of a picture, for whoever cannot or would not draw."""

type Mark = dict[str, Any]


class BadMarks(ValueError):
    """These are no marks that can be kept; the message says why."""


@dataclass(frozen=True)
class Drawing:
    """Marks as SVG paths on a `width` by `height` canvas; each is drawn `wide` in white, then `narrow` in ink."""

    width: int
    height: int
    wide: float
    narrow: float
    paths: tuple[str, ...]
    words: str


def read_marks(text: str) -> list[Mark]:
    """The marks a page sent as JSON, cleaned.  Raises BadMarks.

    >>> read_marks('[{"kind": "circle", "at": [500, 400], "r": 80}]')
    [{'kind': 'circle', 'at': [500, 400], 'r': 80}]
    """
    if len(text) > LARGEST_TEXT:
        raise BadMarks("That is too much to keep. Take some marks away.")
    try:
        sent = json.loads(text or "[]")
    except (ValueError, RecursionError):
        raise BadMarks("The marks did not arrive whole. Draw them again.") from None
    if not isinstance(sent, list):
        raise BadMarks("The marks did not arrive whole. Draw them again.")
    if len(sent) > MOST_MARKS:
        raise BadMarks(f"A photo may have {MOST_MARKS} marks. Take some away.")
    return [_clean(one) for one in sent]


def mark_at(kind: str, place: str) -> Mark:
    """A circle around one of the nine PLACES, or an arrow that points at it.  Raises BadMarks."""
    if place not in PLACES:
        raise BadMarks("Choose where the mark goes.")
    x, y = PLACES[place]
    if kind == "circle":
        return {"kind": "circle", "at": [x, y], "r": 110}
    if kind == "arrow":
        return {"kind": "arrow", "from": [x - 150 if x > FULL // 2 else x + 150, max(y - 150, 20)], "to": [x, y]}
    raise BadMarks("Choose a circle or an arrow.")


def drawing(marks: Sequence[Mapping[str, Any]], width: int, height: int) -> Drawing | None:
    """The marks as paths for a picture of that size in pixels; None when nothing is drawn on it."""
    if not marks or not width or not height:
        return None
    side = max(width, height)
    counts = {kind: sum(one["kind"] == kind for one in marks) for kind in KINDS}
    said = [f"{n} {KINDS[kind].lower()}{'s' if n > 1 else ''}" for kind, n in counts.items() if n]
    return Drawing(
        width=width,
        height=height,
        wide=round(side * 0.014, 1),
        narrow=round(side * 0.007, 1),
        paths=tuple(_path(one, width, height) for one in marks),
        words=f"Marked with {' and '.join(said)}",
    )


def _clean(one: Any) -> Mark:
    if not isinstance(one, dict):
        raise BadMarks("The marks did not arrive whole. Draw them again.")
    match one.get("kind"):
        case "circle":
            r = one.get("r")
            if not _is_number(r):
                raise BadMarks("A circle needs its size. Draw it again.")
            return {"kind": "circle", "at": _point(one.get("at")), "r": min(max(round(r), RADII[0]), RADII[1])}
        case "arrow":
            start, end = _point(one.get("from")), _point(one.get("to"))
            if math.dist(start, end) < SHORTEST_ARROW:
                raise BadMarks("That arrow is too short to see. Draw it again.")
            return {"kind": "arrow", "from": start, "to": end}
        case "line":
            points = one.get("points")
            if not isinstance(points, list) or not 2 <= len(points) <= MOST_POINTS:
                raise BadMarks("That line is too short or too long to keep. Draw it again.")
            return {"kind": "line", "points": [_point(point) for point in points]}
    raise BadMarks("A mark is an arrow, a circle or a line.")


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _point(value: Any) -> list[int]:
    if not isinstance(value, list) or len(value) != 2 or not all(_is_number(one) for one in value):
        raise BadMarks("The marks did not arrive whole. Draw them again.")
    if not all(0 <= one <= FULL for one in value):
        raise BadMarks("A mark lies outside the photo. Draw it again.")
    return [round(one) for one in value]


def _path(mark: Mapping[str, Any], width: int, height: int) -> str:
    def at(point: Sequence[int]) -> tuple[float, float]:
        return point[0] * width / FULL, point[1] * height / FULL

    if mark["kind"] == "circle":
        (x, y), r = at(mark["at"]), mark["r"] * width / FULL
        return f"M{x - r:.0f} {y:.0f}a{r:.0f} {r:.0f} 0 1 0 {2 * r:.0f} 0a{r:.0f} {r:.0f} 0 1 0 {-2 * r:.0f} 0Z"
    if mark["kind"] == "line":
        return "M" + "L".join("{:.0f} {:.0f}".format(*at(point)) for point in mark["points"])
    (x1, y1), (x2, y2) = at(mark["from"]), at(mark["to"])
    angle, head = math.atan2(y2 - y1, x2 - x1), max(width, height) * 0.045
    wings = [(x2 - head * math.cos(angle + side), y2 - head * math.sin(angle + side)) for side in (0.5, -0.5)]
    (ax, ay), (bx, by) = wings
    return f"M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}M{ax:.0f} {ay:.0f}L{x2:.0f} {y2:.0f}L{bx:.0f} {by:.0f}"
