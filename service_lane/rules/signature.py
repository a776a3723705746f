"""A signature drawn by hand: what a browser sent, taken apart and written again from its lines alone.

Nothing of the SVG that came in is kept as it came: only the numbers of its strokes are, each of them read strictly.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree

LONGEST = 100_000
"""Characters of SVG that are taken: about a minute of writing."""
MOST_STROKES = 3000
WIDEST = 4000
SVG = "{http://www.w3.org/2000/svg}"
NUMBER = r"-?\d{1,4}(?:\.\d{1,6})?"
PAIR = rf"{NUMBER},{NUMBER}"
CURVE = re.compile(rf"M\s?{PAIR} C\s?{PAIR} {PAIR} {PAIR}")


class Unreadable(Exception):
    """What came is no drawing of lines; the message is a sentence for the person who drew it."""

    def __init__(self) -> None:
        super().__init__("That drawing cannot be read. Clear it and sign again, or type your full name.")


@dataclass(frozen=True)
class Stroke:
    """One piece of a line: its path data and its width, in units of the drawing."""

    d: str
    width: str


@dataclass(frozen=True)
class Drawing:
    """A signature as it is kept and drawn again."""

    width: int
    height: int
    strokes: tuple[Stroke, ...]

    @property
    def svg(self) -> str:
        """The same drawing as a file of its own, in black."""
        lines = "".join(f'<path d="{one.d}" stroke-width="{one.width}"/>' for one in self.strokes)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" fill="none" '
            f'stroke="#000" stroke-linecap="round">{lines}</svg>'
        )


def read(sent: str) -> Drawing | None:
    """The drawing in `sent`: what signature_pad writes, or what `Drawing.svg` wrote.  None when nothing was drawn.

    Raises Unreadable for anything else.
    """
    sent = sent.strip()
    if not sent:
        return None
    if len(sent) > LONGEST or "<!" in sent or "<?" in sent or "&" in sent:
        raise Unreadable
    try:
        root = ElementTree.fromstring(sent)
    except ElementTree.ParseError:
        raise Unreadable from None
    box = root.get("viewBox", "").split()
    if root.tag != f"{SVG}svg" or len(box) != 4 or box[:2] != ["0", "0"] or len(root) > MOST_STROKES:
        raise Unreadable
    width, height = (_within(_number(side)) for side in box[2:])
    strokes = tuple(_stroke(one) for one in root)
    return Drawing(width, height, strokes) if strokes else None


def _stroke(element: ElementTree.Element) -> Stroke:
    if len(element) or (element.text or "").strip():
        raise Unreadable
    if element.tag == f"{SVG}path":
        d = element.get("d", "")
        return Stroke(_curve(d), _short(_number(element.get("stroke-width", ""))))
    if element.tag == f"{SVG}circle":
        x, y, r = (_number(element.get(name, "")) for name in ("cx", "cy", "r"))
        return Stroke(f"M{_short(x)},{_short(y)}h0", _short(2 * r))
    raise Unreadable


def _curve(d: str) -> str:
    if re.fullmatch(rf"M{PAIR}h0", d):
        return d  # a dot, as written here before
    if not CURVE.fullmatch(d):
        raise Unreadable
    start, one, two, end = (_pair(pair) for pair in re.findall(PAIR, d))
    return f"M{start} C{one} {two} {end}"


def _pair(pair: str) -> str:
    return ",".join(_short(_number(side)) for side in pair.split(","))


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Unreadable from None
    if not number.is_finite() or abs(number) > WIDEST:
        raise Unreadable
    return number


def _within(side: Decimal) -> int:
    if not 20 <= side <= WIDEST:
        raise Unreadable
    return round(side)


def _short(number: Decimal) -> str:
    """To a tenth of a unit: finer than a pen."""
    return f"{round(number, 1).normalize():f}"
