"""The walk-around: the places of a car seen from above, and the kinds of damage that are marked there.

The drawing is 320 by 150 units, the front to the right and the car's left side at the top.  A place has a name, so that
nobody needs a pointer to mark it, and a point, so that a mark without one still stands on the drawing.
"""

from collections.abc import Collection
from dataclasses import dataclass

WIDTH, HEIGHT = 320, 150
PIN = 18  # across, with room around it
KINDS = {"scratch": "Scratch", "dent": "Dent", "chip": "Chip", "crack": "Crack", "missing": "Missing part"}


@dataclass(frozen=True)
class Place:
    """One named place of the car; `x` and `y` are its middle on the drawing."""

    key: str
    name: str
    x: int
    y: int


PLACES = (
    Place("front", "Front bumper", 300, 75),
    Place("hood", "Hood", 256, 75),
    Place("windshield", "Windshield", 211, 75),
    Place("roof", "Roof", 162, 75),
    Place("rear-window", "Rear window", 122, 75),
    Place("trunk", "Trunk or bed", 66, 75),
    Place("rear", "Rear bumper", 18, 75),
    Place("left-front-fender", "Left front fender", 250, 30),
    Place("left-front-door", "Left front door", 182, 26),
    Place("left-rear-door", "Left rear door", 142, 26),
    Place("left-rear-quarter", "Left rear quarter", 72, 28),
    Place("right-front-fender", "Right front fender", 250, 120),
    Place("right-front-door", "Right front door", 182, 124),
    Place("right-rear-door", "Right rear door", 142, 124),
    Place("right-rear-quarter", "Right rear quarter", 72, 122),
)
BY_KEY = {place.key: place for place in PLACES}


def place_at(x: float, y: float) -> Place:
    """The place a point of the drawing belongs to: the one whose middle is nearest.

    >>> place_at(140, 20).name
    'Left rear door'
    """
    return min(PLACES, key=lambda place: (place.x - x) ** 2 + (place.y - y) ** 2)


def beside(x: int, y: int, taken: Collection[tuple[int | None, int | None]]) -> tuple[int, int]:
    """`x` and `y`, or the next free point behind them where another mark stands already: two pins never hide one."""
    while (x, y) in taken and x + PIN <= WIDTH:
        x += PIN
    return x, y


def point(typed_x: str, typed_y: str) -> tuple[int, int] | None:
    """A point of the drawing as a form sends it, or None when there is none on it."""
    try:
        x, y = round(float(typed_x)), round(float(typed_y))
    except (ValueError, OverflowError):
        return None
    return (x, y) if 0 <= x <= WIDTH and 0 <= y <= HEIGHT else None
