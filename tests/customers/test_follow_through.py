"""A question that is somebody else's job reaches them, and whoever took it sees that the customer hears."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from customers.actions import follow_throughs
from customers.actions.follow_throughs import AlreadyDone, NotHere, NotTheirs, TooLate
from customers.models import FollowThrough
from customers.open_items import open_items
from dealership.models import Entry
from tests.cast import AT, Cast, make_customer
from tests.customers.voices import agree, ask, buy, complain, plan

MINE = reverse("customers:mine")
WORDS = "Is my loan paid off?"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def test_it_goes_from_the_counter_to_sales_and_back_to_the_customer(
    client: Any, send: Callable[..., Any], cast: Cast
) -> None:
    theo = make_customer()
    new = reverse("customers:question-new", args=[theo.pk])
    typed = {"words": WORDS, "owner": cast.sam.pk, "due_at": "2026-11-23T15:00", "visit": "48213"}
    answer = send(cast.ada, new, **typed)
    question = FollowThrough.objects.get()
    assert answer.url == question.get_absolute_url()
    assert (question.owner, question.taken_by, question.visit) == (cast.sam, cast.ada, "48213")
    client.force_login(cast.sam)
    assert "Answer a question" in client.get(MINE).content.decode()
    send(cast.sam, question.get_absolute_url(), do="answer", answer="Since May.")
    client.force_login(cast.sam)
    assert WORDS not in client.get(MINE).content.decode()
    client.force_login(cast.ada)
    assert "Tell the customer the answer" in client.get(MINE).content.decode()
    send(cast.ada, question.get_absolute_url(), do="tell", how="call")
    question.refresh_from_db()
    assert (question.answer, question.done_by, question.told_by, question.told_how) == (
        "Since May.",
        cast.sam,
        cast.ada,
        "call",
    )
    assert "You owe nobody anything." in client.get(MINE).content.decode()
    trail = Entry.objects.about(question).order_by("pk").values_list("event", flat=True)
    assert list(trail) == ["question.taken", "question.answered", "question.told"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"words": ""}, "Write down what they want to know."),
        ({"owner": ""}, "Choose who can answer it."),
        ({"due_at": "2026-11-23T09:00"}, "That time has passed."),
    ],
)
def test_what_is_missing_is_said(send: Callable[..., Any], cast: Cast, typed: dict[str, str], sentence: str) -> None:
    given = {"words": WORDS, "owner": cast.sam.pk, "due_at": "2026-11-23T15:00"} | typed
    answer = send(cast.ada, reverse("customers:question-new", args=[make_customer().pk]), **given)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_nobody_answers_out_of_turn(cast: Cast) -> None:
    question = ask(cast, make_customer())
    with pytest.raises(NotTheirs):
        follow_throughs.answer(question=question, words="x", by=cast.max, at=AT)
    with pytest.raises(AlreadyDone):
        follow_throughs.tell(question=question, how="call", by=cast.ada, at=AT)
    follow_throughs.answer(question=question, words="Yes.", by=cast.sam, at=AT)
    with pytest.raises(AlreadyDone):
        follow_throughs.answer(question=question, words="No.", by=cast.ada, at=AT)
    with pytest.raises(AlreadyDone):
        follow_throughs.give(question=question, owner=cast.sue, by=cast.ada, at=AT)
    with pytest.raises(IntegrityError, match="follow_through_told_what_was_done"), transaction.atomic():
        FollowThrough.objects.update(
            answer="", done_at=None, done_by=None, told_at=AT, told_by=cast.ada, told_how="call"
        )


def test_it_can_be_given_to_somebody_who_works_here(cast: Cast) -> None:
    question = ask(cast, make_customer())
    for gone in (cast.mallory, cast.dora):
        with pytest.raises(NotHere):
            follow_throughs.give(question=question, owner=gone, by=cast.ada, at=AT)
    with pytest.raises(NotHere):
        ask(cast, question.customer, owner=cast.mallory)
    follow_throughs.give(question=question, owner=cast.sue, by=cast.sam, at=AT)
    question.refresh_from_db()
    assert question.owner == cast.sue


def test_each_step_can_be_taken_back_for_ten_seconds_by_whoever_made_it(cast: Cast) -> None:
    question = ask(cast, make_customer())
    follow_throughs.answer(question=question, words="Yes.", by=cast.sam, at=AT)
    follow_throughs.tell(question=question, how="call", by=cast.ada, at=AT)
    with pytest.raises(TooLate):
        follow_throughs.undo(question=question, by=cast.sam, at=AT)
    with pytest.raises(TooLate):
        follow_throughs.undo(question=question, by=cast.ada, at=AT + timedelta(seconds=11))
    follow_throughs.undo(question=question, by=cast.ada, at=AT + timedelta(seconds=5))
    follow_throughs.undo(question=question, by=cast.sam, at=AT + timedelta(seconds=6))
    question.refresh_from_db()
    assert (question.told_at, question.done_at, question.answer) == (None, None, "")


def test_sales_sees_only_what_is_theirs_and_strangers_nothing(client: Any, cast: Cast) -> None:
    question = ask(cast, make_customer())
    url = question.get_absolute_url()
    for staff, status in ((cast.sam, 200), (cast.tess, 200), (cast.sue, 404), (cast.mallory, 404)):
        client.force_login(staff)
        assert client.get(url).status_code == status, staff


# --- my open items ---------------------------------------------------------------------------------------------------


def test_my_list_holds_everything_i_owe_the_most_overdue_first(client: Any, cast: Cast) -> None:
    theo = make_customer()
    agree(cast, theo)
    plan(cast, theo, owner=cast.max)
    julie = make_customer("Julie", phone="")
    complain(cast, julie, due_at=AT - timedelta(hours=1), at=AT - timedelta(days=1))
    settled = complain(cast, julie)
    actions.close_complaint(complaint=settled, what_was_done="Called.", by=cast.max, at=AT - timedelta(days=15))
    late = complain(cast, julie, owner=cast.ada, due_at=AT - timedelta(hours=2), at=AT - timedelta(days=1))
    actions.escalate_complaint(complaint=late, at=AT)
    ask(cast, theo, owner=cast.max)
    ask(cast, theo, by=cast.max, due_at=AT - timedelta(minutes=5))
    found = [row["what"] for row in open_items(cast.max, AT)]
    assert found == ["check_in", "settled", "escalated", "complaint", "chase", "answer"]
    client.force_login(cast.max)
    page = client.get(MINE).content.decode()
    assert "5 overdue" in page
    assert "Ada Kim owns it" in page
    assert [row["what"] for row in open_items(cast.ada, AT)] == ["complaint"]


def test_a_salesperson_is_reminded_to_introduce_new_owners(cast: Cast) -> None:
    buy(cast, make_customer())
    assert [(row["what"], row["said"]) for row in open_items(cast.sam, AT)] == [("introduce", "2026 Honda CR-V")]


def test_who_leaves_a_rooftop_leaves_its_items(cast: Cast) -> None:
    complain(cast, make_customer())
    cast.max.roles.all().delete()
    assert not open_items(type(cast.max).objects.get(pk=cast.max.pk), AT)


def test_my_list_asks_as_often_for_fifty_as_for_one_and_counts_all_that_is_late(client: Any, cast: Cast) -> None:
    theo = make_customer()
    complain(cast, theo, due_at=AT - timedelta(hours=1), at=AT - timedelta(days=1))
    client.force_login(cast.max)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(MINE).status_code == 200
        return len(queries)

    cost()
    one = cost()
    for _ in range(50):
        complain(cast, theo, due_at=AT - timedelta(hours=1), at=AT - timedelta(days=1))
    assert cost() == one
    assert "51 overdue" in client.get(MINE).content.decode()
