"""The customer's plan for their car, told at the sheet: whose word it is, since when, and weighed at once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from dealership.models import Entry, Staff
from sales_handoff.actions import tell_plan
from sales_handoff.actions.wanting import CannotWant
from sales_handoff.actions.weighing import orders_to_weigh
from sales_handoff.models import Evaluation
from service_lane.models import RepairOrder
from tests.cast import AT, Cast
from tests.recommendations.pages import logged_in
from tests.sales_handoff.test_pages import HTMX, url
from tests.sales_handoff.test_weigh_a_visit import figure
from tests.sales_handoff.visits import weighed_order

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=20)


@pytest.fixture(autouse=True)
def _it_is_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)


def tell(staff: Staff, order: RepairOrder, htmx: bool = False, **typed: str) -> Any:
    headers = HTMX if htmx else {}
    return logged_in(staff).post(url("plan", order.pk), {"form_key": str(uuid4()), **typed}, **headers)


def test_a_plan_told_at_the_sheet_sets_the_horizon_at_once_and_says_whose_word_it_is(cast: Cast) -> None:
    order, before = weighed_order(cast, plan="years", plan_years=2)
    assert before.sheet["span_words"].startswith("Over 24 months. On Nov 23, 2026 you said ")

    after = tell_plan(repair_order=order, plan="years", plan_years=4, by=cast.ada, at=LATER)

    assert after is not None
    assert (before.sheet["horizon_months"], after.sheet["horizon_months"]) == (24, 48)
    assert after.keep_monthly != before.keep_monthly
    assert figure(after, "Compared over")["source"] == "They mean to keep it 4 years, said to Ada Kim, 23 Nov 2026"
    assert after.sheet["span_words"].startswith("Over 48 months. On ")
    assert after.sheet["es"]["span_words"].startswith("En 48 meses. El ")
    trace = Entry.objects.get(event="customer.told_plan")
    assert (trace.by_name, trace.detail) == ("Ada Kim", {"before": "About 2 years", "plan": "About 4 years"})
    assert Evaluation.objects.filter(repair_order=order).count() == 2
    assert not orders_to_weigh().exists()


@pytest.mark.parametrize(
    ("plan", "months", "said"),
    [
        ("keep", 60, "you mean to keep it as long as it runs."),
        ("replacing", 24, "you said you think of replacing it."),
        ("not_said", 24, "Tell us if you plan otherwise."),
    ],
)
def test_each_plan_is_said_to_the_customer_as_they_told_it(cast: Cast, plan: str, months: int, said: str) -> None:
    order, _ = weighed_order(cast, plan="years", plan_years=3)

    after = tell_plan(repair_order=order, plan=plan, plan_years=9, by=cast.ada, at=LATER)

    assert after is not None
    assert after.sheet["horizon_months"] == months
    assert after.sheet["span_words"].endswith(said)
    assert RepairOrder.objects.get(pk=order.pk).plan_years is None


def test_the_advisor_corrects_it_on_the_panel_and_nobody_else_does(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    html = logged_in(cast.ada).get(url("ro-panel", order.pk)).content.decode()
    assert "Their plan for it: not said" in html

    assert tell(cast.mallory, order, plan="keep").status_code == 404
    assert tell(cast.sam, order, plan="keep").status_code == 403
    bad = tell(cast.ada, order, plan="years", plan_years="some")
    assert bad.status_code == 422
    assert "Type the years as digits, like 3." in bad.content.decode()
    assert 'value="some"' in bad.content.decode()
    assert "Type how many years they mean to keep it." in tell(cast.ada, order, plan="years").content.decode()
    assert not Entry.objects.filter(event="customer.told_plan").exists()

    assert tell(cast.ada, order, plan="years", plan_years="3").status_code == 302
    fragment = tell(cast.ada, order, htmx=True, plan="keep")
    assert fragment.status_code == 200
    assert "<html" not in fragment.content.decode()
    assert "Their plan for it: as long as it runs" in fragment.content.decode()
    assert "Keep and repair, next 60 months" in fragment.content.decode()


def test_a_closed_order_keeps_the_plan_it_was_weighed_with(cast: Cast) -> None:
    order, _ = weighed_order(cast, plan="years", plan_years=2)
    RepairOrder.objects.filter(pk=order.pk).update(status="closed", closed_at=AT)

    with pytest.raises(CannotWant, match="closed"):
        tell_plan(repair_order=order, plan="keep", by=cast.ada, at=LATER)
    assert tell(cast.ada, order, plan="keep").status_code == 422
    assert RepairOrder.objects.get(pk=order.pk).plan == "years"
