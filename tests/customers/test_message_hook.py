"""What the carriers of our messages tell us: signed, believed once, and never more than it says."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from customers.rules.signed import WINDOW, is_signed, sign
from dealership import outbox
from dealership.models import Entry, InboundText, OutboxMessage
from tests.cast import AT, Cast, make_customer

SECRET, OLD = "the newest secret", "the one before"
HOOK = "/hooks/messages/"
NOW = int(AT.timestamp())


@pytest.fixture(autouse=True)
def _secrets(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HOOK_SECRETS = [SECRET, OLD]
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    cache.clear()


def call(event: Any, *, secret: str = SECRET, at: int = NOW, body: bytes | None = None, **headers: str) -> Any:
    sent = json.dumps(event).encode()
    signature = sign(secret, at, sent)
    return Client(enforce_csrf_checks=True).post(
        HOOK, body or sent, content_type="application/json", headers={"Lane-Signature": signature, **headers}
    )


def put(cast: Cast, **fields: Any) -> OutboxMessage:
    defaults: dict[str, Any] = {"kind": "text", "purpose": "car_ready", "to": "+14155550142", "body": "x", "at": AT}
    return outbox.put(key="car_ready:1", rooftop=cast.north, **{**defaults, **fields})


def test_a_receipt_says_that_it_arrived_and_saying_it_again_changes_nothing(cast: Cast) -> None:
    message = put(cast)
    outbox.send_some(at=AT)
    for _ in range(2):
        assert call({"event": "delivered", "key": message.key}).status_code == 200
    message.refresh_from_db()
    assert (message.status, message.delivered_at) == ("sent", AT)
    assert Entry.objects.filter(event="message.delivered").count() == 1
    assert call({"event": "bounced", "key": message.key, "why": "late"}).status_code == 200
    message.refresh_from_db()
    assert message.came_back_at is None


def test_what_came_back_says_why(cast: Cast, client: Client) -> None:
    message = put(cast)
    outbox.send_some(at=AT)
    call({"event": "bounced", "key": message.key, "why": "550 No such number"})
    message.refresh_from_db()
    assert (message.came_back_at, message.came_back_why) == (AT, "550 No such number")
    client.force_login(cast.ada)
    page = client.get("/outbox/").content.decode()
    assert "<b>came back</b>" in page
    assert "It came back: 550 No such number" in page


def test_what_arrived_is_not_sent_again_even_when_we_heard_nothing_of_the_sending(cast: Cast) -> None:
    message = put(cast, not_before=AT)
    OutboxMessage.objects.update(attempts=1, not_before=AT + timedelta(seconds=15))
    call({"event": "delivered", "key": message.key})
    assert outbox.send_some(at=AT + timedelta(hours=1)) == 0
    message.refresh_from_db()
    assert (message.status, message.done_at) == ("sent", AT)


def test_a_canceled_message_stays_canceled_whatever_is_said(cast: Cast) -> None:
    message = put(cast)
    OutboxMessage.objects.update(status="canceled", done_at=AT)
    assert call({"event": "delivered", "key": message.key}).status_code == 200
    message.refresh_from_db()
    assert (message.status, message.delivered_at) == ("canceled", None)


def test_a_text_is_received_once(cast: Cast) -> None:
    make_customer()
    event = {"event": "received", "id": "SM1", "from": "(415) 555-0142", "body": "STOP"}
    assert [call(event).status_code for _ in range(3)] == [200, 200, 200]
    text = InboundText.objects.get()
    assert (text.number, text.reading, text.is_known) == ("+14155550142", "stop", True)


@pytest.mark.parametrize(
    "made",
    [
        {"secret": "another"},
        {"secret": ""},
        {"at": NOW - WINDOW - 1},
        {"at": NOW + WINDOW + 1},
        {"body": b'{"event": "received", "id": "1", "from": "+14155550142", "body": "START"}'},
        {"Lane-Signature": ""},
        {"Lane-Signature": "t=,v1="},
        {"Lane-Signature": f"t={NOW},v1="},
        {"Lane-Signature": f"t=-{NOW},v1=é"},
    ],
    ids=str,
)
def test_what_we_cannot_trust_is_not_taken(cast: Cast, made: dict[str, Any]) -> None:
    event = {"event": "received", "id": "1", "from": "+14155550142", "body": "STOP"}
    assert call(event, **made).status_code == 401
    assert not InboundText.objects.exists()


def test_the_secret_before_still_signs_so_that_they_can_be_changed(cast: Cast) -> None:
    assert call({"event": "delivered", "key": "none"}, secret=OLD).status_code == 200


def test_without_a_secret_there_is_no_hook(cast: Cast, settings: Any) -> None:
    settings.HOOK_SECRETS = []
    assert call({"event": "delivered", "key": "none"}).status_code == 404


@pytest.mark.parametrize(
    "event",
    [
        [],
        "x",
        {},
        {"event": "opened", "key": "x"},
        {"event": "delivered"},
        {"event": "delivered", "key": 7},
        {"event": "bounced", "key": "\0"},
        {"event": "received", "id": "1", "from": ""},
        {"event": "received", "id": "1", "from": "+14155550142", "body": {}},
        {"event": "received", "id": "x" * 300, "from": "+14155550142", "body": "hi"},
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused_with_a_reason(cast: Cast, event: Any) -> None:
    answer = call(event)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert not InboundText.objects.exists()


def test_a_body_may_be_empty_or_odd_and_large_ones_are_refused(cast: Cast) -> None:
    assert call({"event": "received", "id": "1", "from": "22395", "body": "\0"}).status_code == 200
    assert InboundText.objects.get().body == ""
    assert call({"event": "received", "id": "2", "from": "22395", "body": "x" * 70_000}).status_code == 413


def test_guessing_signatures_ends_and_hinders_nobody_who_signs(cast: Cast) -> None:
    codes = [call({}, secret="guess").status_code for _ in range(40)]
    assert codes == [401] * 30 + [429] * 10
    assert call({}, secret="guess")["Retry-After"] == "600"
    assert call({"event": "delivered", "key": "none"}).status_code == 200


def test_reading_it_changes_nothing_and_is_not_offered(cast: Cast) -> None:
    assert Client().get(HOOK).status_code == 405


def test_a_signature_holds_for_its_body_and_its_minutes_only() -> None:
    good = sign(SECRET, NOW, b"{}")
    assert is_signed(good, [OLD, SECRET], b"{}", now=NOW + WINDOW)
    assert not is_signed(good, [OLD], b"{}", now=NOW)
    assert not is_signed(good, [SECRET], b"{} ", now=NOW)
    assert not is_signed(good, [SECRET], b"{}", now=NOW + WINDOW + 1)
    assert not is_signed(good.replace(f"t={NOW}", f"t={NOW + 1}"), [SECRET], b"{}", now=NOW)
    assert datetime.fromtimestamp(NOW, tz=AT.tzinfo) == AT
