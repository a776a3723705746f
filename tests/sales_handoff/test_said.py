"""What a customer says on the sales floor is written down there, and what was told in confidence does not reach it."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from customers import actions
from customers.models import Complaint, Feedback, FollowThrough
from sales_handoff import minefield
from sales_handoff.actions import withdraw
from sales_handoff.models import Handoff
from tests.cast import AT, Cast
from tests.sales_handoff.visits import make_handoff

pytestmark = pytest.mark.django_db

SECRET = "I am getting divorced."


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def handoff(cast: Cast) -> Handoff:
    return make_handoff(cast)


def post(client: Client, url: str, **fields: Any) -> Any:
    return client.post(url, {"form_key": str(uuid4()), **fields})


def test_the_floor_writes_down_what_they_said_from_the_handoff(client: Client, cast: Cast, handoff: Handoff) -> None:
    url = reverse("sales_handoff:said", args=[handoff.pk])
    client.force_login(cast.sam)
    assert url in client.get(reverse("sales_handoff:handoff", args=[handoff.pk])).content.decode()
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert handoff.repair_order.number in part
    answer = post(client, url, kind="remark", words="She wants a hybrid.", side="sales", visit="1")
    assert answer.url == reverse("sales_handoff:handoff", args=[handoff.pk])
    said = Feedback.objects.get()
    assert (said.customer, said.side, said.by) == (handoff.customer, "sales", cast.sam)
    post(client, url, kind="complaint", words="The shop was slow.", side="service")
    assert Complaint.objects.get().owner == cast.max


def test_the_floor_takes_a_question_that_is_services_to_answer(client: Client, cast: Cast, handoff: Handoff) -> None:
    client.force_login(cast.sam)
    url = reverse("sales_handoff:question", args=[handoff.pk])
    answer = post(client, url, words="When is it ready?", owner=cast.ada.pk, due_at="2026-11-23T15:00")
    question = FollowThrough.objects.get()
    assert answer.url == question.get_absolute_url()
    assert client.get(answer.url).status_code == 200


def test_only_the_floor_of_that_rooftop_and_not_after_they_took_it_back(
    client: Client, cast: Cast, handoff: Handoff
) -> None:
    url = reverse("sales_handoff:said", args=[handoff.pk])
    for staff, status in ((cast.ada, 403), (cast.mallory, 404), (cast.sue, 200)):
        client.force_login(staff)
        assert client.get(url).status_code == status
    withdraw(handoff=handoff, reason="They said stop.", by=cast.ada, at=AT)
    assert client.get(url).status_code == 404


def test_a_complaint_told_in_confidence_is_a_gate_without_its_words(
    client: Client, cast: Cast, handoff: Handoff
) -> None:
    actions.open_complaint(
        customer=handoff.customer,
        rooftop=cast.north,
        words=SECRET,
        side="service",
        due_at=AT,
        by=cast.ada,
        at=AT,
        is_confidential=True,
    )
    fact = next(one for one in minefield.facts(handoff.customer, AT) if one["kind"] == minefield.COMPLAINT)
    assert (fact["title"], fact["words"], fact["owner"]) == ("A complaint is open", "", "Max Ruiz")
    client.force_login(cast.sam)
    page = client.get(reverse("sales_handoff:handoff", args=[handoff.pk])).content.decode()
    assert "A complaint is open" in page
    assert SECRET not in page


def test_what_was_said_stands_in_the_timeline_of_service(client: Client, cast: Cast, handoff: Handoff) -> None:
    actions.record_feedback(
        customer=handoff.customer,
        rooftop=cast.north,
        kind="praise",
        words=SECRET,
        side="service",
        is_confidential=True,
        by=cast.ada,
        at=AT,
    )
    url = reverse("sales_handoff:customer-timeline", args=[handoff.customer_id])
    client.force_login(cast.ada)
    assert SECRET in client.get(url, {"show": "said"}).content.decode()
    client.force_login(cast.sam)
    assert client.get(url, {"show": "said"}).status_code == 403
