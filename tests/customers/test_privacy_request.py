"""Somebody asks about their own data: written down, answered in time by who answers for data, or refused with why."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from customers.actions.privacy import AskedAlready, NotIdentified, NotOpen, NotTheirJob
from customers.models import Customer, PrivacyRequest, RetentionPolicy
from dealership.models import Entry
from tests.cast import AT, Cast, make_customer

pytestmark = pytest.mark.django_db
LIST = reverse("customers:privacy")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def asked(cast: Cast, customer: Customer, **fields: Any) -> PrivacyRequest:
    given = {"kind": "access", "asked_how": "call", "asked_at": AT, "by": cast.max, "at": AT} | fields
    return actions.record_privacy_request(customer=customer, rooftop=cast.north, **given)


def test_it_is_written_down_known_answered_and_leaves_a_trace(
    client: Any, send: Callable[..., Any], cast: Cast
) -> None:
    theo = make_customer()
    page = reverse("customers:customer-privacy", args=[theo.pk])
    answer = send(cast.max, page, kind="correction", asked_how="letter", asked_on="2026-11-20", words="It is Theodor.")
    request = PrivacyRequest.objects.get()
    assert answer.url == request.get_absolute_url()
    assert (request.owner, request.due_date) == (cast.max, date(2027, 1, 4))
    client.force_login(cast.max)
    shown = client.get(answer.url).content.decode()
    assert "Nobody wrote down yet how we know that it is them." in shown
    assert "What was done" not in shown

    send(cast.max, answer.url, do="identify", verified_how="Knew the last bill")
    shown = client.get(answer.url).content.decode()
    assert "stays as it was: write the correction in the note" in shown
    send(cast.max, answer.url, do="done", note="He is Theodor on his record; the order says Theo.")

    request.refresh_from_db()
    assert (request.status, request.settled_by, request.settled_at) == ("done", cast.max, AT)
    assert "He is Theodor on his record" in client.get(answer.url).content.decode()
    trail = Entry.objects.about(request).order_by("pk").values_list("event", flat=True)
    assert list(trail) == ["privacy.asked", "privacy.identified", "privacy.done"]
    assert list(theo.looks.values_list("why", flat=True)) == [str(request)] * 3


def test_a_refusal_says_why_and_the_law_says_until_when(client: Any, send: Callable[..., Any], cast: Cast) -> None:
    cast.north.jurisdiction = "CA-ON"
    cast.north.save()
    request = asked(cast, make_customer(), verified_how="")
    assert request.due_date == date(2026, 12, 23)

    assert send(cast.max, request.get_absolute_url(), do="refuse", why="").status_code == 422
    send(cast.max, request.get_absolute_url(), do="refuse", why="Somebody else called for them.")

    client.force_login(cast.max)
    assert "Somebody else called for them." in client.get(request.get_absolute_url()).content.decode()
    send(cast.max, request.get_absolute_url(), do="identify", verified_how="Late")
    request.refresh_from_db()
    assert (request.status, request.verified_how) == ("refused", "")


def test_what_was_typed_wrong_is_kept_and_said(send: Callable[..., Any], cast: Cast) -> None:
    page = reverse("customers:customer-privacy", args=[make_customer().pk])
    answer = send(cast.max, page, kind="", asked_how="call", asked_on="2026-12-24", words="All of it.")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose what they want." in text
    assert "That day is still to come." in text
    assert "All of it." in text


@pytest.mark.parametrize(("who", "code"), [("max", 200), ("gus", 200), ("ada", 403), ("sam", 403), ("tess", 403)])
def test_the_office_answers_for_data_and_nobody_else(client: Any, cast: Cast, who: str, code: int) -> None:
    request = asked(cast, make_customer())
    client.force_login(getattr(cast, who))
    for url in (LIST, reverse("customers:customer-privacy", args=[request.customer_id]), request.get_absolute_url()):
        assert client.get(url).status_code == code, url
    assert ("Their data" in client.get(request.customer.get_absolute_url()).content.decode()) == (code == 200)


def test_another_rooftop_finds_nothing(client: Any, cast: Cast) -> None:
    request = asked(cast, make_customer())
    cast.mallory.roles.create(rooftop=cast.river, kind="service_manager")
    client.force_login(cast.mallory)
    assert client.get(request.get_absolute_url()).status_code == 404
    assert client.get(LIST).context["rows"] == []


def test_each_step_happens_once_and_in_order(cast: Cast) -> None:
    theo = make_customer()
    request = asked(cast, theo)
    with pytest.raises(AskedAlready):
        asked(cast, theo)
    with pytest.raises(NotIdentified):
        actions.finish_privacy_request(request=request, note="Sent.", by=cast.max, at=AT)
    with pytest.raises(NotTheirJob):
        actions.give_privacy_request(request=request, owner=cast.ada, by=cast.max, at=AT)
    actions.give_privacy_request(request=request, owner=cast.gus, by=cast.max, at=AT)
    actions.identify_privacy_request(request=request, how="Knew it", by=cast.gus, at=AT)
    actions.finish_privacy_request(request=request, note="Sent.", by=cast.gus, at=AT)
    for again in (
        lambda: actions.finish_privacy_request(request=request, note="Sent.", by=cast.max, at=AT),
        lambda: actions.refuse_privacy_request(request=request, why="No.", by=cast.max, at=AT),
        lambda: actions.identify_privacy_request(request=request, how="x", by=cast.max, at=AT),
        lambda: actions.give_privacy_request(request=request, owner=cast.max, by=cast.max, at=AT),
    ):
        with pytest.raises(NotOpen):
            again()
    assert asked(cast, theo).pk != request.pk


@pytest.mark.parametrize(
    "broken",
    [
        {"status": "done"},
        {"status": "done", "verified_how": ""},
        {"status": "refused", "refused_why": ""},
        {"refused_why": "No."},
        {"settled_at": AT},
    ],
)
def test_the_database_ties_a_status_to_its_facts(cast: Cast, broken: dict[str, Any]) -> None:
    request = asked(cast, make_customer(), verified_how="Knew it")
    settled = {"settled_by": cast.max, "settled_at": AT} if len(broken) == 2 else {}
    with pytest.raises(IntegrityError), transaction.atomic():
        PrivacyRequest.objects.filter(pk=request.pk).update(**settled, **broken)


def test_the_list_says_whose_and_when_and_asks_the_same_for_one_and_for_fifty(client: Any, cast: Cast) -> None:
    client.force_login(cast.max)
    assert "Nobody waits for an answer" in client.get(LIST).content.decode()
    late = asked(cast, make_customer("Nora"), asked_at=AT - timedelta(days=60))
    text = client.get(LIST).content.decode()
    assert "overdue" in text
    assert "not known yet that it is them" in text
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(LIST)
    for place in range(50):
        asked(cast, make_customer(f"Theo{place}", phone=""))
    with CaptureQueriesContext(connection) as many:
        page = client.get(LIST)
    assert len(many) == len(one)
    assert page.context["rows"][0]["request"] == late
    assert "51" in page.content.decode()


def test_policies_of_keeping_are_dated_and_each_says_its_source() -> None:
    now = RetentionPolicy.objects.in_force(AT.date())
    assert set(now) == set(RetentionPolicy.What.values)
    assert all(policy.source for policy in now.values())
    RetentionPolicy.objects.create(what="texts", months=12, source="Ours.", effective_date=AT.date())
    assert RetentionPolicy.objects.in_force(AT.date())["texts"].months == 12
    assert RetentionPolicy.objects.in_force(AT.date() - timedelta(days=1))["texts"].months == 48
