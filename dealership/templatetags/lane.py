"""The pieces every page is made of: icons, condition signs, cars, gauges, meters, and how figures are written.

Graphics are server-drawn SVG with presentation attributes only, so that they print, read out and pass a strict
content security policy.  Red, yellow and green appear here and nowhere else: they are the condition of a car.
"""

from decimal import Decimal
from functools import cache
from pathlib import Path

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as word

from dealership.templatetags import written

register = template.Library()

ICONS = Path(__file__).resolve().parents[2] / "static" / "vendor" / "tabler"


@cache
def _drawing(name: str) -> SafeString:
    """The strokes of one icon, read from disk once per process."""
    try:
        svg = (ICONS / f"{name}.svg").read_text()
    except FileNotFoundError:
        raise ValueError(f"There is no icon named {name}. Add it to tools/vendor.py and run that.") from None
    inner = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    strokes = [row.strip() for row in inner.splitlines() if row.strip() and 'stroke="none"' not in row]
    return mark_safe("".join(strokes))  # our own files, held to their hashes


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A line icon.  Decoration unless `label` gives it words of its own."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" '
        'stroke-linejoin="round" {}>{}</svg>',
        spoken,
        _drawing(name),
    )


# Condition: a road-sign shape and a word, so that the meaning survives grey print and color-blindness.

OCTAGON = "M6.4 1.2h7.2l5.2 5.2v7.2l-5.2 5.2H6.4l-5.2-5.2V6.4z"
SIGNS = {
    "red": (
        "red",
        word("needs attention now"),
        f'<path class="f" d="{OCTAGON}"/><path class="g" d="M7 7l6 6M13 7l-6 6"/>',
    ),
    "yellow": (
        "amber",
        word("can wait"),
        '<path class="f" stroke-linejoin="round" d="M10 1.9 19 17.7H1z"/><path class="g" d="M10 7.6v4.2M10 14.7v.05"/>',
    ),
    "green": (
        "green",
        word("good"),
        '<circle class="f" cx="10" cy="10" r="9"/><path class="g" d="M6 10.3l2.8 2.8 5.3-5.6"/>',
    ),
    "not_inspected": ("none", word("not inspected"), '<circle class="f" cx="10" cy="10" r="8.4"/>'),
    "unchecked": ("none", word("not checked yet"), '<circle class="f" cx="10" cy="10" r="8.4"/>'),
}


def _color(value: object) -> str:
    """The sign a stored condition wears; anything that is not a ruling is the dashed ring, and never counts as good."""
    return str(value) if str(value) in SIGNS else "unchecked"


@register.simple_tag
def sign(color: object, words: str = "", count: int | None = None, show: bool = False) -> SafeString:
    """The condition sign.  `words` or `show` put the meaning in sight; otherwise it is there for screen readers.

    `count` shows a number beside the shape.  A caller that prints the word itself passes `words="-"`: shape only.
    """
    name = _color(color)
    css, meaning, shape = SIGNS[name]
    meaning = _(meaning)
    if words == "-":
        text: SafeString | str = ""
    elif count is not None:
        plural = _("need attention now") if name == "red" and count != 1 else meaning
        text = format_html('<span>{}</span><span class="vh"> {}</span>', count, words or plural)
    elif words or show:
        text = format_html("<span>{}</span>", words or meaning.capitalize())
    else:
        text = format_html('<span class="vh">{}</span>', meaning)
    return format_html(
        '<span class="sign {}"><svg viewBox="0 0 20 20" aria-hidden="true">{}</svg>{}</span>',
        css,
        mark_safe(shape),  # from the table above
        text,
    )


@register.simple_tag
def signs(red: int = 0, yellow: int = 0, green: int = 0, unchecked: int = 0) -> SafeString:
    """The counts of one car in a row, worst first; a count of zero is left out, and so is an empty row."""
    counts = {"red": red, "yellow": yellow, "green": green, "unchecked": unchecked}
    shown = format_html_join("", "{}", ((sign(name, count=n),) for name, n in counts.items() if n))
    return format_html('<div class="signs">{}</div>', shown) if shown else shown


@register.filter
def condition(color: object) -> str:
    """The word of a condition: "needs attention now", "can wait", "good", "not inspected", "not checked yet"."""
    return _(SIGNS[_color(color)][1])


@register.filter
def condition_class(color: object) -> str:
    """The CSS class of a condition: red, amber, green or none."""
    return SIGNS[_color(color)][0]


# The car, in its own paint.  Body paths are drawn on a 64 by 26 grid, nose to the right.

_SILL = "a5.9 5.9 0 0 0-11.6 0H20.2a5.9 5.9 0 0 0-11.6 0"
BODIES = {
    "sedan": (
        (
            f"M3 18.4v-2.6q0-2.2 2.4-2.6l8.6-1.5L21.6 6q1.3-.9 3-.9h11.2q1.9 0 3.4 1.1l7.4 5.4 10.6 1.4Q61 13.5 61 16.2"
            f"v2.2q0 2.1-2.1 2.1h-2.7{_SILL}H5.1Q3 20.5 3 18.4Z"
        ),
        "M17.6 11.4l5.4-4q.6-.4 1.3-.4h4.9v4.4ZM31.4 7h4.2q1 0 1.8.6l5.2 3.8H31.4Z",
    ),
    "suv": (
        (
            f"M3 18.4V10.4q0-1 .5-1.9L6.1 4q.8-1.4 2.5-1.4H36.6q1.9 0 3.3 1.3l6.3 5.9 11.2 1.7Q61 12.1 61 15.3v3.2"
            f"q0 2-2 2h-2.8{_SILL}H5Q3 20.5 3 18.4Z"
        ),
        "M6.6 9.6 8.5 5.7q.4-.8 1.3-.8h6.6v4.7ZM18.6 4.9h9.6v4.7h-9.6ZM30.4 4.9h5.6q1 0 1.8.7l4.2 4H30.4Z",
    ),
    "van": (
        f"M3 18.4V6.2Q3 3 6.2 3H40q2 0 3.4 1.4l5.9 6 8.6 1.5Q61 12.5 61 15.3v3.2q0 2-2 2h-2.8{_SILL}H5Q3 20.5 3 18.4Z",
        "M6.8 9.9V6.4q0-1.2 1.2-1.2h8.4v4.7ZM18.6 5.2h10v4.7h-10ZM30.8 5.2h8.4q1.1 0 1.9.8l3.9 3.9H30.8Z",
    ),
    "truck": (
        (
            f"M3 18.6V11.6q0-1 1-1H27V5q0-2 2-2h11.4q1.9 0 3.1 1.5l4.4 5.4 9.9 1.3Q61 11.8 61 15v3.6"
            f"q0 1.9-1.9 1.9h-2.9{_SILL}H4.9Q3 20.5 3 18.6Z"
        ),
        "M29.2 5.2q0-.4.4-.4h9.8q1 0 1.6.7l3.4 4.3H29.2Z",
    ),
    "hatch": (
        (
            f"M3 18.4v-4.6q0-1.2.6-2.1L7.9 6.4q1.1-1.4 2.9-1.4h22.4q1.9 0 3.4 1l8.6 5.6 12.2 1.5Q61 13.6 61 16.2v2.2"
            f"q0 2.1-2.1 2.1h-2.7{_SILL}H5.1Q3 20.5 3 18.4Z"
        ),
        "M8.4 11.4 11 7.8q.6-.8 1.5-.8h6.9v4.4ZM21.6 7h10.9q1 0 1.8.5l6 3.9H21.6Z",
    ),
}
BODY_NAMES = {
    "sedan": word("sedan"),
    "suv": word("SUV"),
    "truck": word("truck"),
    "van": word("van"),
    "hatch": word("hatch"),
}
BODY_WORDS = (
    ("pickup", "truck"),
    ("truck", "truck"),
    ("van", "van"),
    ("suv", "suv"),
    ("crossover", "suv"),
    ("sport utility", "suv"),
    ("multi-purpose", "suv"),
    ("hatch", "hatch"),
    ("wagon", "hatch"),
)
PAINTS = {
    word("black"): "#23262b",
    word("white"): "#f4f4f1",
    word("silver"): "#b6bcc2",
    word("gray"): "#6d747c",
    word("navy"): "#27364f",
    word("blue"): "#2f5d9a",
    word("red"): "#a3242b",
    word("green"): "#3d5a45",
    word("sand"): "#b7a98c",
    word("brown"): "#6b4f3a",
    word("orange"): "#b5632b",
    word("gold"): "#b39a5a",
    word("burgundy"): "#5e2230",
}
PAINT_WORDS = {"grey": "gray", "beige": "sand", "tan": "sand", "maroon": "burgundy", "yellow": "gold", "pearl": "white"}


def _body(text: str) -> str:
    words = text.lower()
    return next((body for word, body in BODY_WORDS if word in words), "sedan")


def _paint(text: str) -> str:
    """The plain color inside a maker's name for it ("Obsidian Blue Pearl" is blue); empty when there is none."""
    words = text.lower()
    plain = next((paint for paint in PAINTS if paint in words), "")
    return plain or next((paint for word, paint in PAINT_WORDS.items() if word in words), "")


@register.filter
def paint(color: str) -> str:
    """The paint of a car as the drawings fill it, from the maker's words for it; gray when they say no color."""
    return PAINTS[_paint(color or "") or "gray"]


@register.simple_tag
def car(body: str = "", color: str = "", label: str = "") -> SafeString:
    """A small car in its paint.  `body` and `color` may be the maker's words; `label` is what is read out."""
    shape, paint = _body(body or ""), _paint(color or "")
    outline, glass = BODIES[shape]
    drawn = _("{paint} {body}").format(paint=_(paint) if paint else "", body=_(BODY_NAMES[shape])).strip()
    return format_html(
        '<svg class="car" viewBox="0 0 64 26" role="img" aria-label="{}"><path class="o" fill="{}" d="{}"/>'
        '<path class="w" d="{}"/><circle class="t" cx="14.4" cy="20.6" r="4.3"/>'
        '<circle class="t" cx="50.4" cy="20.6" r="4.3"/></svg>',
        label or drawn,
        PAINTS[paint or "gray"],
        outline,
        glass,
    )


# Readings against limits.

WIDTH, LEFT = 314.0, 2.0
SCALE_WORDS = (word("replace"), word("new"))


def _plain(value: Decimal) -> str:
    """A reading without idle zeros: 2.50 is "2.5", 12.0 is "12"."""
    return f"{value.normalize():f}"


def _reading(value: Decimal, unit: str) -> str:
    """A reading with its unit, as people say it: "2.5 mm", "4/32 in"."""
    if unit == "32nds":
        return _("{number}/32 in").format(number=_plain(value))
    return f"{_plain(value)} {_(unit) if unit else ''}".strip()


@register.simple_tag
def gauge(
    value: object,
    red: object,
    green: object,
    max: object,
    unit: str = "",
    last: object = None,
    last_label: str = "",
    label: str = "",
    red_word: str = "replace",
    max_word: str = "new",
    min: object = 0,
) -> SafeString:
    """A reading on its scale, with the last visit's beside it: the svg that goes into <div class="gauge">.

    `red` and `green` are the bounds of those zones, in `unit`; what lies between is yellow.  Which way is worse follows
    from them: pads (red 3, green 6) are worse when low, brake-fluid water (red 4, green 3) when high.  A bound of None
    leaves its zone out; with both None the bar is plain.  `value` None draws the scale alone.
    """
    now, before = written.number(value), written.number(last)
    low, high = written.number(min) or Decimal(0), written.number(max) or Decimal(1)
    cut_red, cut_green = written.number(red), written.number(green)

    def x(at: Decimal) -> float:
        share = float((at - low) / (high - low)) if high != low else 0.0
        return LEFT + WIDTH * sorted((0.0, share, 1.0))[1]

    low_is_bad = cut_red is None or cut_green is None or cut_red <= cut_green
    bounds: list[tuple[str, Decimal]] = []  # a zone and where it ends, left to right
    if cut_red is None or cut_green is None or low_is_bad:
        bounds = [("zone-r", cut_red)] if cut_red is not None else []
        bounds += [("zone-a", cut_green)] if cut_green is not None else []
        bounds += [("zone-g" if bounds else "zone", high)]
    else:
        bounds = [("zone-g", cut_green), ("zone-a", cut_red), ("zone-r", high)]
    parts: list[SafeString] = []
    start = LEFT
    for zone, end in bounds:
        gap = 1.5 if end != high else 0
        if x(end) - start - gap > 0:
            parts.append(
                format_html(
                    '<rect class="{}" x="{}" y="20" width="{}" height="10" rx="2"/>',
                    zone,
                    f"{start:.1f}",
                    f"{x(end) - gap - start:.1f}",
                )
            )
        start = x(end) + gap
    right_of_last = now is not None and before is not None and now > before

    def text(at: float, y: int, words: str, bold: bool, anchor: str) -> SafeString:
        return format_html(
            '<text class="lbl{}" x="{}" y="{}" text-anchor="{}">{}</text>',
            " b" if bold else "",
            f"{at:.1f}",
            y,
            anchor,
            words,
        )

    def span(at: float, words: str, left: bool) -> tuple[float, float]:
        """From where to where words lie: beside their pin, away from the other, never past the edge of the drawing."""
        room = 6.2 * len(words)
        if left and at - room < 0:
            left = False
        if not left and at + room > 320:
            left = True
        return (at + 6 - room, at + 6) if left else (at - 6, at - 6 + room)

    def pin_text(at: float, words: str, bold: bool, left: bool) -> SafeString:
        start, end = span(at, words, left)
        is_left = end == at + 6
        return text(end if is_left else start, 5, words, bold, "end" if is_left else "start")

    now_words = _reading(now, unit) if now is not None else ""
    last_words = f"{_plain(before)} {last_label}".strip() if before is not None else ""
    if now is not None and before is not None:
        this, other = span(x(now), now_words, not right_of_last), span(x(before), last_words, right_of_last)
        if this[0] < other[1] and other[0] < this[1]:
            now_words, last_words = f"{now_words}, {last_words}", ""
    if before is not None:
        at = x(before)
        parts.append(format_html('<path class="pin was" d="M{} 17 l-5 -8 h10z"/>', f"{at:.1f}"))
        if last_words:
            parts.append(pin_text(at, last_words, False, right_of_last))
    if now is not None:
        at = x(now)
        parts.append(format_html('<path class="pin" d="M{} 18 l-6 -9 h12z"/>', f"{at:.1f}"))
        parts.append(pin_text(at, now_words, True, before is not None and not right_of_last))
    if cut_red is not None:
        parts.append(
            text(x(cut_red), 45, f"{_plain(cut_red)} {_(red_word) if red_word else ''}".strip(), False, "middle")
        )
    parts.append(text(316, 45, f"{_plain(high)} {_(max_word) if max_word else ''}".strip(), False, "end"))

    said = [_reading(now, unit) if now is not None else _("not measured")]
    if before is not None:
        said.append(f"{_plain(before)} {last_label or _('last time')}")
    sides = (_("red up to"), _("good from")) if low_is_bad else (_("red from"), _("good up to"))
    said += [f"{side} {_plain(cut)}" for side, cut in zip(sides, (cut_red, cut_green), strict=True) if cut is not None]
    said.append(_("the scale ends at {value}").format(value=_plain(high)))
    spoken = ", ".join(said)
    return format_html(
        '<svg viewBox="0 -8 320 56" role="img" aria-label="{}">{}</svg>',
        f"{label}: {spoken}" if label else spoken[0].upper() + spoken[1:],
        format_html_join("", "{}", ((part,) for part in parts)),
    )


@register.simple_tag
def meter(done: int, total: int, words: bool = True) -> SafeString:
    """How far something has come: a bar, and "18 of 27" unless the caller writes that itself (`words=False`)."""
    share = 100 * done / total if total else 0
    bar = format_html(
        '<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bgd" width="100" height="6" rx="3"/><rect class="fg" width="{}" height="6" rx="3"/></svg>',
        f"{share:.1f}",
    )
    return format_html('<div class="prog">{}<span>{} of {}</span></div>', bar, done, total) if words else bar


PAYERS = {"C": "Customer pay", "W": "Warranty", "I": "Internal"}


@register.simple_tag
def pay(kind: str) -> SafeString:
    """Who pays, as one boxed letter: C, W or I."""
    letter = str(kind)[:1].upper()
    return format_html('<abbr class="pay" title="{}">{}</abbr>', PAYERS.get(letter, "Payer not set"), letter or "?")


for filtered in (
    *(written.money, written.dollars, written.miles, written.phone, written.initials, written.short_name),
    *(
        written.clock,
        written.day,
        written.told_time,
        written.told_day,
        written.told_hours,
        written.since,
        written.until,
    ),
):
    register.filter(filtered)
