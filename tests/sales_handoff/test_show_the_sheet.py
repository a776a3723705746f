"""The customer sees exactly the sheet their advisor reads, when the advisor shows it and in their language."""

import ast
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from dealership.http import COUNTER_VIEW_KEY
from dealership.models import Entry, Staff
from recommendations.actions import links
from recommendations.models import Advisory
from sales_handoff import sheet
from sales_handoff.actions import appraise, show_sheet, take_sheet_off, withdraw
from sales_handoff.actions.showing import CannotShow
from sales_handoff.models import Evaluation, SheetShown
from sales_handoff.rules import evaluation as rules
from sales_handoff.rules import reading
from service_lane.models import RepairOrder
from tests.cast import AT, Cast
from tests.conftest import PROJECT
from tests.recommendations.pages import OnLink, logged_in, plain, send_link
from tests.recommendations.test_customer_languages import entries
from tests.sales_handoff.visits import make_guide_row, make_handoff, weighed_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def sent(cast: Cast) -> OnLink:
    """A customer with their link in hand, whose car has been weighed with a typed value."""
    sent = send_link(cast)
    appraise(repair_order=sent.order, low=Decimal(4000), high=Decimal(5000), source="Auction", by=cast.ada, at=AT)
    return sent


def latest(sent: OnLink) -> Evaluation:
    evaluation = Evaluation.objects.latest_of(sent.order)
    assert evaluation is not None
    return evaluation


def sheet_of(sent: OnLink, query: str = "") -> Any:
    return sent.browser.get(reverse("sales_handoff:link-sheet", args=[sent.token]) + query)


def press(staff: Staff, name: str, order: RepairOrder, **typed: Any) -> Any:
    address = reverse(f"sales_handoff:{name}", args=[order.pk])
    return logged_in(staff).post(address, {"form_key": str(uuid4()), **typed})


def table(html: str) -> str:
    """The one table of the sheet, without the words around it and without links."""
    body = re.search(r"<tbody>.*</tfoot>", html, re.DOTALL)
    assert body
    return re.sub(r"</?a[^>]*>", "", body[0])


def test_the_customer_sees_nothing_until_it_is_shown_and_then_exactly_the_advisors_sheet(
    cast: Cast, sent: OnLink
) -> None:
    assert sheet_of(sent).status_code == 404
    assert "Keep it, or replace it?" not in plain(sent.look())

    assert press(cast.ada, "show-sheet", sent.order, evaluation=latest(sent).pk).status_code == 302

    assert reverse("sales_handoff:link-sheet", args=[sent.token]) in sent.look().content.decode()
    theirs = sheet_of(sent)
    panel = logged_in(cast.ada).get(reverse("sales_handoff:ro-panel", args=[sent.order.pk])).content.decode()
    counter = logged_in(cast.ada).get(reverse("sales_handoff:sheet", args=[sent.order.pk])).content.decode()
    assert table(theirs.content.decode()) == table(panel) == table(counter)
    assert latest(sent).plain_reading in plain(theirs)
    assert "data-print" in theirs.content.decode()
    assert [entry.by for entry in Entry.objects.filter(event="sheet.shown")] == [cast.ada]


def test_it_is_taken_off_again_and_a_link_from_before_no_longer_works(cast: Cast, sent: OnLink) -> None:
    show_sheet(evaluation=latest(sent), by=cast.ada, at=AT)
    before = sent.look().content.decode()

    assert press(cast.ada, "take-sheet-off", sent.order).status_code == 302

    assert sheet_of(sent).status_code == 404
    assert "Keep it, or replace it?" not in plain(sent.look())
    assert sent.look().content.decode() != before
    assert press(cast.ada, "take-sheet-off", sent.order).status_code == 409
    assert [row.is_shown for row in SheetShown.objects.order_by("pk")] == [True, False]


def test_what_was_shown_stays_as_shown_when_the_car_is_weighed_again(cast: Cast, sent: OnLink) -> None:
    first = latest(sent)
    show_sheet(evaluation=first, by=cast.ada, at=AT)
    shown = table(sheet_of(sent).content.decode())
    appraise(
        repair_order=sent.order,
        **{"low": Decimal(9000), "high": Decimal(9900), "source": "Manager", "by": cast.sue},
        at=AT + timedelta(minutes=1),
    )

    assert table(sheet_of(sent).content.decode()) == shown
    with pytest.raises(CannotShow, match="weighed again"):
        show_sheet(evaluation=first, by=cast.ada, at=AT)
    stale = press(cast.ada, "show-sheet", sent.order, evaluation=first.pk)
    assert stale.status_code == 409
    assert "an earlier sheet" in plain(stale)
    show_sheet(evaluation=latest(sent), by=cast.ada, at=AT + timedelta(minutes=2))
    with pytest.raises(CannotShow, match="already"):
        show_sheet(evaluation=latest(sent), by=cast.ada, at=AT + timedelta(minutes=3))
    assert table(sheet_of(sent).content.decode()) != shown


def test_the_sheet_is_in_spanish_for_who_reads_spanish_as_it_was_stored(cast: Cast, sent: OnLink) -> None:
    show_sheet(evaluation=latest(sent), by=cast.ada, at=AT)

    text = plain(sheet_of(sent, "?lang=es"))

    for said in ("¿Conservarlo o cambiarlo?", "Conservar y reparar", "Por mes, 24 meses", "En pocas palabras:"):
        assert said in text
    assert latest(sent).sheet["es"]["reading"] in text
    for english in ("Plain reading", "Pay today", "Worth ", "Example payment", "a month"):
        assert english not in text


@pytest.mark.parametrize(("who", "status"), [("sam", 403), ("tess", 403), ("mallory", 404)])
def test_only_the_counter_of_that_rooftop_shows_it(cast: Cast, sent: OnLink, who: str, status: int) -> None:
    staff = getattr(cast, who)

    assert press(staff, "show-sheet", sent.order, evaluation=latest(sent).pk).status_code == status
    assert press(staff, "take-sheet-off", sent.order).status_code == status
    assert logged_in(staff).get(reverse("sales_handoff:sheet", args=[sent.order.pk])).status_code == status
    assert not SheetShown.objects.exists()


def test_an_evaluation_of_another_order_cannot_be_shown_on_this_one(cast: Cast, sent: OnLink) -> None:
    make_guide_row()
    _, other = weighed_order(cast)

    assert press(cast.ada, "show-sheet", sent.order, evaluation=other.pk).status_code == 404
    assert press(cast.ada, "show-sheet", sent.order, evaluation="x").status_code == 404
    assert not SheetShown.objects.exists()


def test_when_the_car_has_left_nothing_new_is_shown_and_no_row_of_it_is_rewritten(cast: Cast, sent: OnLink) -> None:
    shown = show_sheet(evaluation=latest(sent), by=cast.ada, at=AT)
    RepairOrder.objects.filter(pk=sent.order.pk).update(status="closed", closed_at=AT)

    with pytest.raises(CannotShow, match="closed"):
        take_sheet_off(repair_order=sent.order, by=cast.ada, at=AT)
    with pytest.raises(DatabaseError, match="append"), transaction.atomic():
        SheetShown.objects.filter(pk=shown.pk).update(is_shown=False)


def test_counter_view_shows_only_what_was_chosen(cast: Cast, sent: OnLink) -> None:
    client = logged_in(cast.ada)
    session = client.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    address = reverse("sales_handoff:sheet", args=[sent.order.pk])

    assert client.get(address).status_code == 404
    inputs = client.get(reverse("sales_handoff:inputs", args=[latest(sent).pk])).content.decode()
    assert "$4,000" not in inputs
    show_sheet(evaluation=latest(sent), by=cast.ada, at=AT)
    assert client.get(address).status_code == 200


# --- where each number comes from ------------------------------------------------------------------------------------


def test_every_number_leads_to_where_it_is_from(cast: Cast) -> None:
    make_guide_row()
    order, evaluation = weighed_order(cast)
    page = logged_in(cast.ada).get(reverse("sales_handoff:inputs", args=[evaluation.pk])).content.decode()
    places = set(re.findall(r'<section class="blk" id="(\w+)"', page))

    assert {one["link"] for one in evaluation.sheet["figures"]} <= places
    assert {row[f"{side}_link"] for row in evaluation.sheet["rows"] for side in ("keep", "replace")} <= places
    line = Advisory.objects.get(repair_order=order)
    assert f"{reverse('recommendations:estimate', args=[order.pk])}#line-{line.pk}" in page
    assert "Guide row: 2017 HONDA FIT" in page
    panel = logged_in(cast.ada).get(reverse("sales_handoff:ro-panel", args=[order.pk])).content.decode()
    assert f"{reverse('sales_handoff:inputs', args=[evaluation.pk])}#value" in panel


def test_sales_reads_the_numbers_only_of_somebody_who_said_yes(cast: Cast) -> None:
    _, hidden = weighed_order(cast)
    address = reverse("sales_handoff:inputs", args=[hidden.pk])
    assert logged_in(cast.sam).get(address).status_code == 404
    assert logged_in(cast.mallory).get(address).status_code == 404
    assert logged_in(cast.tess).get(address).status_code == 403

    handoff = make_handoff(cast)
    said_yes = reverse("sales_handoff:inputs", args=[handoff.ask.evaluation_id])
    page = logged_in(cast.sam).get(said_yes).content.decode()
    assert "Where the numbers come from" in page
    assert reverse("recommendations:estimate", args=[handoff.repair_order_id]) not in page
    withdraw(handoff=handoff, reason="Changed their mind", by=cast.ada, at=AT)
    assert logged_in(cast.sam).get(said_yes).status_code == 404


def test_a_link_that_was_turned_off_shows_no_sheet_either(cast: Cast, sent: OnLink) -> None:
    show_sheet(evaluation=latest(sent), by=cast.ada, at=AT)
    links.revoke(repair_order=sent.order, by=cast.ada, at=AT)

    assert sheet_of(sent).status_code == 410


# --- the words -------------------------------------------------------------------------------------------------------


def test_every_word_of_the_sheet_is_in_the_translation() -> None:
    known = {msgid for _context, msgid, _told in entries()}
    calls = [
        node
        for node in ast.walk(ast.parse((PROJECT / "sales_handoff" / "sheet.py").read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "word")
    ]
    said = {
        leaf.value
        for call in calls
        for leaf in ast.walk(call)
        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
    }

    assert len(said) > 50
    assert said - known == set()


def test_the_sentences_of_the_rules_are_named_for_translation() -> None:
    theirs = {
        leaf.value
        for module in ("limits", "rules/evaluation", "rules/outlook", "rules/reading")
        for node in ast.walk(ast.parse((PROJECT / "sales_handoff" / f"{module}.py").read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"
        for leaf in node.args
        if isinstance(leaf, ast.Constant)
    }

    assert {rules.OWES, reading.MONTHS, *reading.SPANS.values()} <= theirs
    assert theirs == set(sheet.IN_RULES)
