"""Answering a text, or saying that nobody has to; and the texts of numbers we do not know."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import actions
from dealership.http import COUNTER_VIEW_KEY
from dealership.models import Entry, InboundText, OutboxMessage
from tests.cast import AT, Cast, make_customer

PHONE = "+14155550142"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def asked(cast: Cast) -> InboundText:
    """Theo asks something, in answer to North."""
    make_customer()
    return came(cast, "Can I stop by at 5?")


def came(cast: Cast, body: str, key: str = "in-1", number: str = PHONE, **fields: Any) -> InboundText:
    text = actions.receive_text(provider_key=key, number=number, body=body, at=AT)
    InboundText.objects.filter(pk=text.pk).update(**{"rooftop": cast.north, **fields})
    text.refresh_from_db()
    return text


def url(text: InboundText, *more: str) -> str:
    return "/".join(["/texts", str(text.pk), *more, ""])


def test_the_answer_leaves_after_ten_seconds_in_the_name_of_the_store(
    send: Callable[..., Any], cast: Cast, asked: InboundText
) -> None:
    assert send(cast.ada, url(asked), reply=" Yes, we are here until 6. ", do="reply").status_code == 302
    message = OutboxMessage.objects.get(purpose="text_reply")
    assert (message.to, message.body) == (PHONE, "Northgate Honda: Yes, we are here until 6.")
    assert message.not_before == AT + timedelta(seconds=10)
    asked.refresh_from_db()
    assert (asked.settled_by, asked.settled_at, asked.answer) == (cast.ada, AT, message)
    assert Entry.objects.get(event="text.answered").by == cast.ada


def test_the_answer_is_taken_back_and_given_anew(send: Callable[..., Any], cast: Cast, asked: InboundText) -> None:
    send(cast.ada, url(asked), reply="No", do="reply")
    send(cast.ada, url(asked, "undo"))
    asked.refresh_from_db()
    assert (asked.answer, asked.settled_at) == (None, None)
    send(cast.ada, url(asked), reply="Yes", do="reply")
    assert list(OutboxMessage.objects.order_by("pk").values_list("status", "body")) == [
        ("canceled", "Northgate Honda: No"),
        ("waiting", "Northgate Honda: Yes"),
    ]


def test_what_has_left_is_not_taken_back(send: Callable[..., Any], cast: Cast, asked: InboundText) -> None:
    send(cast.ada, url(asked), reply="Yes", do="reply")
    OutboxMessage.objects.update(status="sent", done_at=AT)
    send(cast.ada, url(asked, "undo"))
    asked.refresh_from_db()
    assert asked.answer is not None
    with pytest.raises(actions.texts.TooLate):
        actions.undo_text(text=asked, rooftop=cast.north, by=cast.ada, at=AT + timedelta(seconds=11))


@pytest.mark.parametrize(
    ("typed", "problem"),
    [("  ", "Write an answer."), ("x" * 481, "Keep it under 480 characters. This has 481.")],
)
def test_an_answer_that_cannot_go_is_kept_with_its_problem(
    send: Callable[..., Any], cast: Cast, asked: InboundText, typed: str, problem: str
) -> None:
    answer = send(cast.ada, url(asked), reply=typed, do="reply")
    assert answer.status_code == 422
    assert problem in answer.content.decode()
    assert f">{typed}</textarea>" in answer.content.decode()
    assert not OutboxMessage.objects.exists()


def test_two_answers_at_once_are_one(send: Callable[..., Any], cast: Cast, asked: InboundText) -> None:
    send(cast.ada, url(asked), reply="Yes", do="reply")
    send(cast.max, url(asked), reply="No", do="reply")
    assert OutboxMessage.objects.get().body.endswith("Yes")


def test_somebody_who_wants_no_texts_is_called(
    send: Callable[..., Any], client: Any, cast: Cast, asked: InboundText
) -> None:
    stop = came(cast, "STOP", key="in-2")
    client.force_login(cast.ada)
    page = client.get(url(stop)).content.decode()
    assert "They want no more texts." in page
    assert "Call them, or write an e-mail, also when their car is ready." in page
    assert "<textarea" not in page
    with pytest.raises(actions.texts.CannotReply, match="Call them"):
        actions.reply_to_text(text=asked, body="Yes", rooftop=cast.north, by=cast.ada, at=AT)
    send(cast.ada, url(stop), do="settle")
    stop.refresh_from_db()
    assert stop.settled_by == cast.ada


def test_counter_view_shows_no_words_and_no_number(client: Any, cast: Cast, asked: InboundText) -> None:
    client.force_login(cast.ada)
    session = client.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    page = client.get(url(asked)).content.decode()
    assert "stop by" not in page
    assert not re.search(r"555\W*01", page)


@pytest.mark.parametrize(("who", "status"), [("mallory", 404), ("tess", 403), ("sam", 403)])
def test_only_the_counter_of_that_store_answers(
    send: Callable[..., Any], cast: Cast, asked: InboundText, who: str, status: int
) -> None:
    assert send(getattr(cast, who), url(asked), reply="Yes", do="reply").status_code == status
    assert not OutboxMessage.objects.exists()


def test_texts_of_numbers_we_do_not_know_are_a_list_of_the_office(client: Any, cast: Cast) -> None:
    client.force_login(cast.max)
    assert "No text waits from a number we do not know." in client.get("/texts/").content.decode()
    make_customer()
    came(cast, "Is it ready?", key="known")
    came(cast, "Who is this?", key="in-1", number="+14155550177")
    came(cast, "Hello?", key="in-2", number="+14155550178", rooftop=None)
    came(cast, "Not yours", key="in-3", number="+14155550179", rooftop=cast.river)
    page = client.get("/texts/").content.decode()
    assert [words in page for words in ("Who is this?", "Hello?", "Not yours", "Is it ready?")] == [
        *(True, True, False, False)
    ]
    for staff in (cast.ada, cast.sam):
        client.force_login(staff)
        assert client.get("/texts/").status_code == 403


def test_the_list_asks_as_often_for_50_as_for_1(client: Any, cast: Cast) -> None:
    client.force_login(cast.max)
    counts = []
    for numbers in (range(1), range(1, 50)):
        for number in numbers:
            came(cast, "Who is this?", key=f"in-{number}", number=f"+1415555{number:04}")
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/texts/").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
