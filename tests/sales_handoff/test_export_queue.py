"""The queue as a file: for managers, kept each time, and nothing in it that a spreadsheet would compute."""

import csv
import io
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealership.models import Entry
from sales_handoff.actions import queue
from sales_handoff.rules.sheets import safe_cell
from tests.cast import AT, Cast, make_customer
from tests.sales_handoff.test_pages import as_, url
from tests.sales_handoff.visits import make_handoff, said_yes, weighed_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def taken(staff: Any, key: str = "") -> Any:
    return as_(staff).post(url("export"), {"form_key": key or str(uuid4())})


@pytest.mark.parametrize(("who", "status"), [("sue", 200), ("gus", 200), ("sam", 403), ("ada", 403), ("mallory", 403)])
def test_only_managers_take_it_and_each_taking_is_kept(cast: Cast, who: str, status: int) -> None:
    make_handoff(cast)

    assert taken(getattr(cast, who)).status_code == status
    assert Entry.objects.filter(event="handoffs.exported").count() == (status == 200)


def test_it_holds_the_queue_and_no_cell_begins_a_formula(cast: Cast) -> None:
    order, _ = weighed_order(cast, customer=make_customer("=cmd|'/C calc'!A0", "+Raman", phone=""))
    make_handoff(cast)
    queue(ask=said_yes(cast, order, words="@SUM(A1)", where="\tlounge"), at=AT)

    answer = taken(cast.sue)

    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="hand-offs-NORTH-2026-11-23.csv"'
    assert head[:3] == ["RO", "Customer", "Car"]
    assert [row[1] for row in rows] == ["Priya Raman", "'=cmd|'/C calc'!A0 +Raman"]
    assert rows[1][8] == "'@SUM(A1)"
    assert rows[0][5:7] == ["2026-11-23 11:38", "2026-11-23 14:38"]


def test_the_same_press_twice_is_one_file_and_leads_back_to_the_queue(cast: Cast) -> None:
    make_handoff(cast)
    key = str(uuid4())

    taken(cast.sue, key)
    again = taken(cast.sue, key)

    assert again.status_code == 302
    assert as_(cast.sue).get(again.url).url == url("queue")
    assert Entry.objects.filter(event="handoffs.exported").count() == 1


@given(st.text(max_size=30))
def test_no_text_begins_a_formula_and_none_is_lost(text: str) -> None:
    cell = safe_cell(text)

    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert cell in (text, f"'{text}")
