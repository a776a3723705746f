"""The outbox: everything that leaves is sent once, tried again when refused, and never forgotten."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from dealership import outbox
from dealership.models import Entry, OutboxMessage, Rooftop
from dealership.providers import NotTaken
from tests.cast import AT, Cast, make_rooftop


class Refusing:
    """A provider that never takes anything."""

    at_once = 1
    may_repeat = True

    def send(self, messages: Sequence[OutboxMessage]) -> str:
        raise NotTaken("451 come back later")


class Dying:
    """A provider that takes the whole worker with it."""

    at_once = 1
    may_repeat = True

    def send(self, messages: Sequence[OutboxMessage]) -> str:
        raise KeyboardInterrupt


def put(rooftop: Rooftop, key: str = "link:1", **fields: Any) -> OutboxMessage:
    defaults: dict[str, Any] = {
        "kind": "text",
        "purpose": "findings_link",
        "to": "+14155550142",
        "body": "What we found: http://localhost/v/abc",
        "at": AT,
    }
    return outbox.put(key=key, rooftop=rooftop, **{**defaults, **fields})


def test_a_message_is_shown_as_sent_when_no_provider_is_set_up(cast: Cast, run_tasks: Callable[[], list[str]]) -> None:
    message = put(cast.north, at=timezone.now())

    assert run_tasks() == ["dealership.outbox.drain"]
    message.refresh_from_db()
    assert message.status == "sent"
    assert message.attempts == 1
    assert message.provider_answer == "Shown here only. No provider is set up."


def test_the_same_key_is_the_same_message(cast: Cast) -> None:
    first = put(cast.north)

    assert put(cast.north, body="Something else").pk == first.pk
    assert OutboxMessage.objects.get().body == first.body


def test_a_message_waits_for_its_time(cast: Cast) -> None:
    put(cast.north, not_before=AT + timedelta(hours=1))

    assert outbox.send_some(at=AT + timedelta(minutes=59)) == 0
    assert outbox.send_some(at=AT + timedelta(minutes=60)) == 1


def test_a_refused_message_is_tried_eight_times_ever_later_and_then_given_up(cast: Cast, settings: Any) -> None:
    settings.OUTBOX_PROVIDERS = {"text": f"{__name__}.Refusing"}
    message = put(cast.north)
    pauses = []
    at = AT
    for _ in range(8):
        assert outbox.send_some(at=at) == 1
        message.refresh_from_db()
        pauses.append((message.not_before - at).total_seconds())
        at = message.not_before

    assert message.status == "dead"
    assert message.attempts == 8
    assert message.provider_answer == "451 come back later"
    assert pauses[:3] == [15, 30, 60]
    assert outbox.send_some(at=at + timedelta(days=1)) == 0


def test_a_message_whose_sender_dies_comes_back_when_the_lease_ends_and_dies_after_eight(
    cast: Cast, settings: Any
) -> None:
    settings.OUTBOX_PROVIDERS = {"text": f"{__name__}.Dying"}
    message = put(cast.north)
    at = AT
    for _ in range(8):
        with pytest.raises(KeyboardInterrupt):
            outbox.send_some(at=at)
        assert outbox.send_some(at=at + outbox.LEASE - timedelta(seconds=1)) == 0
        at += outbox.LEASE + timedelta(seconds=1)

    assert outbox.send_some(at=at) == 0
    message.refresh_from_db()
    assert message.status == "dead"


def test_a_dead_letter_goes_again_when_the_office_says_so(cast: Cast, client: Client, settings: Any) -> None:
    message = put(cast.north)
    OutboxMessage.objects.update(status="dead", done_at=AT, attempts=8)
    client.force_login(cast.max)
    page = client.get("/outbox/").content.decode()
    key = page.split('name="form_key" value="')[-1].split('"')[0]

    for _ in range(2):
        answer = client.post(f"/outbox/{message.pk}/again/", {"form_key": key})
        assert answer.headers["Location"]

    message.refresh_from_db()
    assert (message.status, message.attempts) == ("waiting", 0)
    assert Entry.objects.get(event="message.sent_again").by == cast.max


@pytest.mark.parametrize(("who", "status"), [("ada", 403), ("sam", 403), ("mallory", 403), ("gus", 302)])
def test_only_the_office_sends_again(cast: Cast, client: Client, who: str, status: int) -> None:
    message = put(cast.north)
    OutboxMessage.objects.update(status="dead", done_at=AT)
    client.force_login(getattr(cast, who))

    answer = client.post(
        f"/outbox/{message.pk}/again/", {"form_key": "7c1bb0a4-0000-4000-8000-00000000000" + str(len(who) % 10)}
    )

    assert answer.status_code == status


def test_another_rooftops_messages_do_not_exist_for_mallory(cast: Cast, client: Client) -> None:
    put(cast.north)
    client.force_login(cast.mallory)

    assert "+14155550142" not in client.get("/outbox/").content.decode()


def test_an_empty_outbox_says_so(cast: Cast, client: Client) -> None:
    client.force_login(cast.ada)

    assert b"Nothing has been sent yet." in client.get("/outbox/").content


def test_dead_letters_come_first_and_the_page_asks_as_often_for_50_as_for_1(
    cast: Cast, client: Client, django_assert_num_queries: Any
) -> None:
    dead = put(cast.north, key="dead", body="A letter nobody took")
    OutboxMessage.objects.filter(pk=dead.pk).update(status="dead", done_at=AT)
    client.force_login(cast.ada)
    with connection.execute_wrapper(counting := Counting()):
        client.get("/outbox/")
    for number in range(50):
        put(cast.north, key=f"later:{number}", at=AT + timedelta(minutes=number))

    with django_assert_num_queries(counting.seen):
        page = client.get("/outbox/").content.decode()
    assert page.index("A letter nobody took") < page.index("What we found")
    assert "1 to 25 of 51" in page


class Counting:
    seen = 0

    def __call__(self, execute: Any, *args: Any) -> Any:
        self.seen += 1
        return execute(*args)


def test_mail_goes_through_the_mail_server_with_an_id_that_stays(cast: Cast, settings: Any) -> None:
    settings.OUTBOX_PROVIDERS = {"email": "dealership.providers.Mail"}
    message = put(cast.north, kind="email", to="theo@example.com", subject="What we found")
    outbox.send_some(at=AT)

    (sent,) = mail.outbox
    assert sent.to == ["theo@example.com"]
    assert sent.extra_headers["Message-ID"].startswith(f"<lane.{message.pk}.")
    message.refresh_from_db()
    assert message.status == "sent"


def test_a_mail_server_that_hangs_up_is_asked_again(cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang_up(*_: Any, **__: Any) -> None:
        raise SMTPServerDisconnected("gone")

    settings.OUTBOX_PROVIDERS = {"email": "dealership.providers.Mail"}
    monkeypatch.setattr("django.core.mail.EmailMessage.send", hang_up)
    message = put(cast.north, kind="email", to="theo@example.com")
    outbox.send_some(at=AT)

    message.refresh_from_db()
    assert (message.status, message.attempts) == ("waiting", 1)
    assert "SMTPServerDisconnected" in message.provider_answer


@pytest.mark.django_db(transaction=True)
def test_four_drains_at_once_send_each_message_once() -> None:
    rooftop = make_rooftop("NORTH", "Northgate Honda")
    for number in range(40):
        put(rooftop, key=f"link:{number}")
    claimed: list[int] = []

    def drain() -> None:
        try:
            claimed.append(outbox.send_some(at=AT))
        finally:
            connection.close()

    drains = [threading.Thread(target=drain) for _ in range(4)]
    for thread in drains:
        thread.start()
    for thread in drains:
        thread.join()

    assert sum(claimed) == 40
    assert set(OutboxMessage.objects.values_list("status", "attempts")) == {("sent", 1)}
