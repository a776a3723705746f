"""The approvals inbox: who is waited for, the most pressing first."""

from datetime import timedelta

import pytest
from django.urls import reverse

from recommendations.models import CustomerLink
from recommendations.views.approvals import waiting
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle
from tests.recommendations.lines import make_inspection, make_item, make_op_code, shown
from tests.recommendations.pages import logged_in, plain, read, send_link

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def one_waiting(cast: Cast, hours: str, **fields):
    """An order with one red line of so many hours, shown at the counter."""
    from recommendations.actions import drafting

    number = 70_000 + waiting(cast.north).count()
    customer = make_customer(phone="")
    order = make_order(
        cast, number=str(number), customer=customer, vehicle=make_vehicle(customer, plate=f"P{number}"), **fields
    )
    code = make_op_code(cast, f"OP{number}", labor_hours=hours)
    make_item(cast, make_inspection(cast, order), op_code=code.code)
    shown(cast, order, drafting.draft_from_inspection(inspection=order.inspection, at=AT))
    return order


def test_the_one_whose_work_must_start_soonest_comes_first(cast: Cast) -> None:
    early = one_waiting(cast, "0.50", promised_at=AT + timedelta(hours=2))
    long_job = one_waiting(cast, "4.00", promised_at=AT + timedelta(hours=5))
    assert [row["pk"] for row in waiting(cast.north)] == [long_job.pk, early.pk]
    assert waiting(cast.north)[0]["start_by"] == AT + timedelta(hours=1)


def test_a_row_says_when_it_was_sent_opened_answered_and_what_was_asked(cast: Cast) -> None:
    sent = send_link(cast)
    assert "Not yet" in read(cast.ada, "approvals")
    question = {f"answer-{sent.boot.pk}": "needs_info", f"question-{sent.boot.pk}": "Is it safe until May?"}
    CustomerLink.objects.update(opened_at=AT)
    sent.answer(**question)
    text = read(cast.ada, "approvals")
    assert "“Is it safe until May?”" in text
    assert "1 of 2" in text
    assert (
        reverse("recommendations:call", args=[sent.order.pk])
        in logged_in(cast.ada).get(reverse("recommendations:approvals")).content.decode()
    )


def test_an_order_leaves_when_all_is_answered_and_other_rooftops_never_show(cast: Cast) -> None:
    sent = send_link(cast)
    assert not waiting(cast.river)
    sent.answer(**{f"answer-{sent.boot.pk}": "declined"})
    assert not waiting(cast.north)
    assert "Nobody has a question" in read(cast.ada, "approvals")


def test_the_query_count_is_the_same_for_one_row_and_for_many(cast: Cast, django_assert_num_queries) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ada = logged_in(cast.ada)
    one_waiting(cast, "1.00")
    with CaptureQueriesContext(connection) as one:
        ada.get(reverse("recommendations:approvals"))
    for _ in range(29):
        one_waiting(cast, "1.00")
    with django_assert_num_queries(len(one)):
        answer = ada.get(reverse("recommendations:approvals"))
    assert "1 to 25 of 30" in plain(answer)


def test_the_inbox_is_for_the_counter(cast: Cast) -> None:
    url = reverse("recommendations:approvals")
    assert logged_in(cast.sam).get(url).status_code == 403
    assert logged_in(cast.tess).get(url).status_code == 403
    assert logged_in(cast.mallory).get(url).status_code == 200
