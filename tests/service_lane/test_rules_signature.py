"""A drawn signature is read strictly: lines come through, and nothing else does."""

import pytest

from service_lane.rules.signature import LONGEST, Unreadable, read
from tests.service_lane.test_sign_order import DRAWN

CURVE = '<path d="M 1,2 C 3,4 5,6 7,8" stroke-width="2"/>'


def svg(inside: str, box: str = "0 0 300 170") -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{inside}</svg>'


def test_what_a_pad_draws_comes_through_as_short_lines_and_reads_the_same_again():
    drawing = read(DRAWN)
    assert drawing is not None
    assert (drawing.width, drawing.height, len(drawing.strokes)) == (300, 170, 2)
    assert read(drawing.svg) == drawing


def test_nothing_drawn_is_no_drawing():
    assert read("  ") is None
    assert read(svg("")) is None


@pytest.mark.parametrize(
    "sent",
    [
        "Theo Brandt",
        "<html></html>",
        svg("<script>alert(1)</script>"),
        svg(f"<g>{CURVE}</g>"),
        svg('<image href="https://example.com/x.png"/>'),
        svg('<path d="M 1,2 C 3,4 5,6 7,8 url(#x)" stroke-width="2"/>'),
        svg('<path d="M 1,2 L 3,4" stroke-width="2"/>'),
        svg('<path d="M 1,2 C 3,4 5,6 7,8" stroke-width="wide"/>'),
        svg('<path d="M 1,2 C 3,4 5,6 7,8" stroke-width="NaN"/>'),
        svg('<path d="M 1,2 C 3,4 5,6 9999.5,8" stroke-width="2"/>'),
        svg('<path d="M 1,2 C 3,4 5,6 7,8" stroke-width="2"><title>x</title></path>'),
        svg(CURVE, box="0 0 1e9 170"),
        svg(CURVE, box="5 0 300 170"),
        svg(CURVE, box=""),
        '<!DOCTYPE svg [<!ENTITY a "b">]>' + svg(CURVE),
        svg(CURVE * 3001),
        svg(CURVE + " " * LONGEST),
    ],
)
def test_anything_else_is_refused(sent: str):
    with pytest.raises(Unreadable):
        read(sent)
