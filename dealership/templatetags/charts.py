"""{% bar_chart figure %}: a small bar chart as server-drawn SVG, in ink.  The table beside it says the same."""

from decimal import Decimal
from html import escape

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dealership.figures import Bar, Figure

register = template.Library()

WIDTH, HEIGHT, FOOT, HEAD = 322, 118, 18, 16
"""Of the drawing, in its own units; FOOT is for the days, HEAD for the figure above a full bar."""


@register.simple_tag
def bar_chart(figure: Figure, by: str = "by day") -> SafeString:
    """The bars of a figure: solid for what it counts, outlined for the whole, the day looked at underlined.

    Its accessible name says every bar, and `by` what they are of.  Empty without bars.
    """
    if not figure.bars:
        return mark_safe("")
    top = max((bar.of or bar.value or Decimal(0) for bar in figure.bars), default=Decimal(0)) or Decimal(1)
    step = WIDTH / len(figure.bars)
    drawn = "".join(_bar(bar, place * step, step, top) for place, bar in enumerate(figure.bars))
    spoken = ", ".join(f"{bar.label}: {bar.words}" for bar in figure.bars if bar.words)
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{} {}. {}">{}</svg>',
        *(WIDTH, HEIGHT, WIDTH, HEIGHT, figure.title, by, spoken),
        mark_safe(drawn),  # numbers, and text escaped below
    )


def _bar(bar: Bar, left: float, step: float, top: Decimal) -> str:
    base, room = HEIGHT - FOOT, HEIGHT - FOOT - HEAD
    x, width, middle = left + 5, step - 10, left + step / 2
    tall = float((bar.of if bar.of is not None else bar.value or Decimal(0)) / top) * room
    solid = float((bar.value or Decimal(0)) / top) * room
    parts = []
    if bar.of is not None:
        parts.append(_rect(x, base - tall, width, tall, 'fill="none" stroke="currentColor" stroke-width="1.5"'))
    if bar.value is not None:
        parts.append(_rect(x, base - solid, width, solid, 'fill="currentColor"'))
        parts.append(_text(middle, base - tall - 5, bar.words, bar.is_here))
    parts.append(_text(middle, HEIGHT - 4, bar.label, bar.is_here))
    if bar.is_here:
        line = f'<path d="M{x:.1f} {base + 2}h{width:.1f}" stroke="currentColor" stroke-width="3"/>'
        parts.append(line)
    else:
        parts.append(f'<path d="M{x:.1f} {base}h{width:.1f}" stroke="currentColor" stroke-width="1"/>')
    return "".join(parts)


def _rect(x: float, y: float, width: float, height: float, paint: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2" {paint}/>'


def _text(x: float, y: float, words: str, is_here: bool) -> str:
    weight = "700" if is_here else "400"
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="11" font-weight="{weight}" '
        f'fill="currentColor">{escape(words)}</text>'
    )
