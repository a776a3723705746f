"""Places, units and conditions as a technician says them."""

from decimal import Decimal

from service_lane.models import Condition

PLACES = {
    "LF": "Left front",
    "RF": "Right front",
    "LR": "Left rear",
    "RR": "Right rear",
    "outer": "Outer",
    "middle": "Mid",
    "inner": "Inner",
    "minimum": "Stamped minimum",
    "placard": "Placard",
    "volts": "Volts at rest",
}
UNITS = {"32nds": "/32 in", "mm over min": "mm", "% water": "% water", "years": "years"}
WAYS = {"%": "% of CCA", "ppm": "Copper", "% water": "Water"}
"""What a reading is called when an item may be measured in more than one way."""
WEARS = frozenset({"mm", "32nds", "mm over min"})
COLOR_WORDS = {
    Condition.RED: "needs attention now",
    Condition.YELLOW: "can wait",
    Condition.GREEN: "good",
    Condition.NOT_INSPECTED: "not inspected",
    Condition.UNCHECKED: "not checked yet",
}


def plain(value: Decimal) -> str:
    """A reading without idle zeros."""
    return f"{value.normalize():f}"


def unit_of(unit: str) -> str:
    return UNITS.get(unit, unit)


def spoken(value: Decimal, unit: str) -> str:
    """A reading as people say it: "2 mm", "3/32", "65 %"."""
    return f"{plain(value)}/32" if unit == "32nds" else f"{plain(value)} {unit_of(unit)}"
