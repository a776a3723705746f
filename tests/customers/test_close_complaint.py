"""Complaints: one owner, a due time, and closed only by the side whose problem it is."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from customers.actions.complaints import AlreadyClosed, OtherSide, OwnerOfAnotherSide
from customers.models import Complaint, Household, Look
from dealership.models import Entry
from tests.cast import AT, Cast, make_customer

WORDS = "Nobody called me back about the Outback tires."


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    return AT


def complain(cast: Cast, **fields: Any) -> Complaint:
    defaults: dict[str, Any] = {
        "rooftop": cast.north,
        "words": WORDS,
        "side": "service",
        "owner": cast.max,
        "due_at": AT + timedelta(hours=5),
        "by": cast.ada,
        "at": AT,
    }
    if "customer" not in fields:
        fields["customer"] = make_customer()
    return actions.open_complaint(**{**defaults, **fields})


def test_a_complaint_has_words_an_owner_a_due_time_and_a_trace(cast: Cast) -> None:
    complaint = complain(cast)
    assert (complaint.words, complaint.owner, complaint.side) == (WORDS, cast.max, "service")
    assert Entry.objects.about(complaint).get().event == "complaint.opened"
    assert list(Complaint.objects.overdue(AT + timedelta(hours=6))) == [complaint]


def test_the_owner_works_on_the_side_whose_problem_it_is(cast: Cast) -> None:
    with pytest.raises(OwnerOfAnotherSide):
        complain(cast, owner=cast.sam)
    with pytest.raises(OwnerOfAnotherSide):
        complain(cast, owner=cast.mallory)
    assert complain(cast, owner=cast.sam, side="sales", customer=make_customer("Julie", phone="")).owner == cast.sam
    assert Complaint.objects.count() == 1


def test_only_its_side_closes_it_and_says_what_was_done(cast: Cast) -> None:
    complaint = complain(cast)
    for stranger in (cast.sam, cast.sue, cast.mallory, cast.dora):
        with pytest.raises(OtherSide):
            actions.close_complaint(complaint=complaint, what_was_done="Called.", by=stranger, at=AT)
    actions.close_complaint(complaint=complaint, what_was_done="Called her with the price.", by=cast.ada, at=AT)
    complaint.refresh_from_db()
    assert (complaint.closed_by, complaint.what_was_done) == (cast.ada, "Called her with the price.")
    assert complaint.recheck_at == AT + timedelta(days=14)
    with pytest.raises(AlreadyClosed):
        actions.close_complaint(complaint=complaint, what_was_done="Again.", by=cast.max, at=AT)


def test_the_database_keeps_a_complaint_from_closing_without_words(cast: Cast) -> None:
    complaint = complain(cast)
    with pytest.raises(IntegrityError, match="complaint_closed_says_what_was_done"), transaction.atomic():
        Complaint.objects.filter(pk=complaint.pk).close(by=cast.ada, at=AT, what_was_done="")
    assert Complaint.objects.open().exists()


def test_the_counter_writes_one_down(send: Callable[..., Any], cast: Cast, now: datetime) -> None:
    theo = make_customer()
    url = reverse("customers:complaint-new", args=[theo.pk])
    typed = {"words": WORDS, "side": "sales", "owner": cast.max.pk, "due_at": "2026-11-24T17:00"}
    refused = send(cast.ada, url, **typed)
    assert refused.status_code == 422
    assert "Max Ruiz does not work in sales" in refused.content.decode()
    assert WORDS in refused.content.decode()
    response = send(cast.ada, url, **typed | {"side": "service"})
    complaint = Complaint.objects.get()
    assert response.url == complaint.get_absolute_url()
    assert complaint.due_at.isoformat() == "2026-11-25T01:00:00+00:00"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("words", "", "Write down what they said."),
        ("side", "", "Say whose problem it is"),
        ("owner", "99999999", "Choose somebody who works here."),
        ("due_at", "2026-11-20T10:00", "That time has passed."),
        ("due_at", "tomorrow", "Enter a day and a time."),
    ],
)
def test_what_is_missing_is_said(
    send: Callable[..., Any], cast: Cast, now: datetime, field: str, value: str, sentence: str
) -> None:
    typed = {"words": WORDS, "side": "service", "owner": cast.max.pk, "due_at": "2026-11-24T17:00", field: value}
    response = send(cast.ada, reverse("customers:complaint-new", args=[make_customer().pk]), **typed)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Complaint.objects.exists()


def test_without_a_name_whoever_runs_the_side_owns_it(send: Callable[..., Any], cast: Cast, now: datetime) -> None:
    typed = {"words": WORDS, "side": "sales", "owner": "", "due_at": "2026-11-24T17:00"}
    send(cast.ada, reverse("customers:complaint-new", args=[make_customer().pk]), **typed)
    assert Complaint.objects.get().owner == cast.sue


def test_nobody_of_another_rooftop_can_own_it(send: Callable[..., Any], cast: Cast, now: datetime) -> None:
    typed = {"words": WORDS, "side": "service", "owner": cast.mallory.pk, "due_at": "2026-11-24T17:00"}
    url = reverse("customers:complaint-new", args=[make_customer().pk])
    assert send(cast.ada, url, **typed).status_code == 422
    assert not Complaint.objects.exists()


def test_closing_on_its_page(send: Callable[..., Any], cast: Cast) -> None:
    complaint = complain(cast)
    url = complaint.get_absolute_url()
    assert send(cast.sam, url, what_was_done="Nothing").status_code == 403
    assert send(cast.mallory, url, what_was_done="Nothing").status_code == 404
    assert send(cast.ada, url, what_was_done=" ").status_code == 422
    assert send(cast.ada, url, what_was_done="Called her.").status_code == 302
    complaint.refresh_from_db()
    assert complaint.what_was_done == "Called her."
    late = send(cast.max, url, what_was_done="Me too")
    assert late.status_code == 302
    complaint.refresh_from_db()
    assert complaint.closed_by == cast.ada


def test_sales_reads_a_complaint_but_only_its_own_is_theirs_to_close(client: Any, cast: Cast) -> None:
    ours = complain(cast)
    theirs = complain(cast, side="sales", owner=cast.sam, customer=make_customer("Julie", phone=""))
    client.force_login(cast.sam)
    page = client.get(ours.get_absolute_url()).content.decode()
    assert "Only service can close this." in page
    assert "what_was_done" not in page
    assert "what_was_done" in client.get(theirs.get_absolute_url()).content.decode()
    assert Look.objects.filter(by=cast.sam).count() == 2


def test_the_list_shows_the_most_overdue_first_and_only_here(client: Any, cast: Cast) -> None:
    complain(cast, due_at=AT + timedelta(days=900))
    late = complain(cast, due_at=AT - timedelta(days=2), customer=make_customer("Julie", phone=""))
    complain(cast, rooftop=cast.river, owner=cast.mallory, customer=make_customer("Ann", phone=""))
    client.force_login(cast.sam)
    rows = client.get(reverse("customers:complaints")).context["page"].object_list
    assert rows[0]["pk"] == late.pk
    assert len(rows) == 2
    client.force_login(cast.ada)
    actions.close_complaint(complaint=late, what_was_done="Called.", by=cast.ada, at=AT)
    assert [row["pk"] for row in client.get(reverse("customers:complaints"), {"closed": ""}).context["page"]] == [
        late.pk
    ]


def test_the_list_asks_as_often_for_fifty_as_for_one(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("customers:complaints")).status_code == 200
        return len(queries)

    theo = make_customer()
    complain(cast, customer=theo)
    cost()
    one = cost()
    for _ in range(50):
        complain(cast, customer=theo)
    assert cost() == one


def test_a_complaint_of_the_household_stands_before_the_customer_until_it_is_read(
    client: Any, send: Callable[..., Any], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Household.objects.create(name="Brandt")
    theo, julie = make_customer(household=home), make_customer("Julie", phone="", household=home)
    complain(cast, customer=julie)
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT + timedelta(hours=1))
    client.force_login(cast.ada)
    page = client.get(theo.get_absolute_url()).content.decode()
    assert "Read this before you talk to anyone here" in page
    assert WORDS in page
    assert "I have read it" in page
    send(cast.ada, reverse("customers:read-complaints", args=[theo.pk]))
    assert "You read it 23 Nov 12:38" in client.get(theo.get_absolute_url()).content.decode()
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT + timedelta(hours=3))
    complain(cast, customer=theo, words="And now this.", at=AT + timedelta(hours=2))
    assert "I have read it" in client.get(theo.get_absolute_url()).content.decode()
