"""E-mail over real SMTP and texts over real HTTP: each message goes out once, or is reported as not sent."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from dealership import outbox, providers
from dealership.models import OutboxMessage
from tests.cast import AT, Cast

LATER = timedelta(hours=2)


def put(cast: Cast, kind: str, key: str = "car_ready:1", **fields: Any) -> OutboxMessage:
    to = "theo@example.com" if kind == "email" else "+14155550142"
    defaults: dict[str, Any] = {
        "purpose": "car_ready",
        "to": to,
        "subject": "Your car",
        "body": "It is ready.",
        "at": AT,
    }
    return outbox.put(kind=kind, key=key, rooftop=cast.north, **{**defaults, **fields})


def send_until_done(message: OutboxMessage, at: datetime = AT) -> OutboxMessage:
    """Drain, again and again as the sweep does, until the message is no longer waiting."""
    for _ in range(10):
        outbox.send_some(at=at)
        message.refresh_from_db()
        if message.status != "waiting":
            break
        at = max(message.not_before, at + outbox.LEASE + timedelta(seconds=1))
    return message


# --- e-mail ----------------------------------------------------------------------------------------------------------


class Mailbox:
    """A mail server that keeps what it takes, and does as it is told: `replies` are used up one by one."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.to_recipients: list[str] = []
        self.to_data: list[str] = []
        self.loses_the_answer = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.to_recipients and (reply := self.to_recipients.pop(0)):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.to_data and (reply := self.to_data.pop(0)):
            return reply
        self.taken.append(message_from_bytes(envelope.content))
        if self.loses_the_answer:
            server.transport.abort()
        return "250 Taken"


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=0)
    # The controller looks itself up by the port it was given, so it is given one that is free.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.port = free.getsockname()[1]
    server.start()
    options = {"host": "127.0.0.1", "port": server.port, "timeout": 3}
    settings.MAILERS = {"default": {"BACKEND": "dealership.mail.Backend", "OPTIONS": options}}
    settings.OUTBOX_PROVIDERS = {"email": "dealership.providers.Mail"}
    yield box
    server.stop()


def test_an_e_mail_arrives_whole_and_once(cast: Cast, mailbox: Mailbox) -> None:
    message = send_until_done(put(cast, "email", body="Está listo: ¿pasa hoy?"))
    (mail,) = mailbox.taken
    assert message.status == "sent"
    assert (mail["To"], mail["Subject"], mail["Reply-To"]) == ("theo@example.com", "Your car", "service@north.example")
    assert mail["Message-ID"].startswith(f"<lane.{message.pk}.")
    assert mail["X-Lane-Key"] == "car_ready:1"
    assert mail.get_payload(decode=True).decode().strip() == "Está listo: ¿pasa hoy?"
    assert outbox.send_some(at=AT + LATER) == 0


def test_a_mail_server_that_is_busy_is_asked_again_and_takes_it_once(cast: Cast, mailbox: Mailbox) -> None:
    mailbox.to_recipients = ["451 Greylisted, come back", ""]
    mailbox.to_data = ["452 Out of room", ""]
    message = send_until_done(put(cast, "email"))
    assert (message.status, message.attempts, len(mailbox.taken)) == ("sent", 3, 1)


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        ({"to_recipients": ["550 No such mailbox"]}, "550 No such mailbox"),
        ({"to_data": ["554 We do not take this"]}, "554 We do not take this"),
    ],
)
def test_a_refused_address_or_message_is_not_tried_eight_times(
    cast: Cast, mailbox: Mailbox, replies: dict[str, list[str]], said: str
) -> None:
    vars(mailbox).update(replies)
    message = send_until_done(put(cast, "email"))
    assert (message.status, message.attempts, message.provider_answer) == ("dead", 1, said)
    assert mailbox.taken == []


def test_what_is_no_address_is_said_to_be_none(cast: Cast, mailbox: Mailbox) -> None:
    message = send_until_done(put(cast, "email", to="theo brandt at example"))
    assert (message.status, message.attempts) == ("dead", 1)
    assert "no e-mail address" in message.provider_answer


def test_a_mail_whose_answer_was_lost_is_not_sent_twice_and_is_reported(cast: Cast, mailbox: Mailbox) -> None:
    mailbox.loses_the_answer = True
    message = send_until_done(put(cast, "email"))
    assert len(mailbox.taken) == 1
    assert message.status == "dead"
    assert "To send it again may send it twice." in message.provider_answer


def test_without_that_care_it_would_be_sent_again_and_again(cast: Cast, mailbox: Mailbox, settings: Any) -> None:
    plain = {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"}
    settings.MAILERS = {"default": settings.MAILERS["default"] | plain}
    mailbox.loses_the_answer = True
    send_until_done(put(cast, "email"))
    assert len(mailbox.taken) > 1


def test_a_mail_server_that_is_away_is_tried_eight_times_and_reported(
    cast: Cast, mailbox: Mailbox, settings: Any
) -> None:
    settings.MAILERS = {"default": settings.MAILERS["default"] | {"OPTIONS": {"host": "127.0.0.1", "port": 1}}}
    message = send_until_done(put(cast, "email"))
    assert (message.status, message.attempts) == ("dead", 8)
    assert "refused" in message.provider_answer


def test_a_sender_that_dies_over_a_mail_leaves_a_report_and_no_second_mail(
    cast: Cast, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = put(cast, "email")
    send = providers.Mail.send

    def die(self: providers.Mail, messages: Any) -> str:
        send(self, messages)
        raise KeyboardInterrupt

    monkeypatch.setattr(providers.Mail, "send", die)
    with pytest.raises(KeyboardInterrupt):
        outbox.send_some(at=AT)
    monkeypatch.undo()
    message.refresh_from_db()
    assert message.status == "waiting"
    send_until_done(message)
    assert (message.status, message.provider_answer) == ("dead", outbox.UNSURE)
    assert len(mailbox.taken) == 1


def test_a_mail_that_was_claimed_and_never_begun_is_sent_after_all(cast: Cast, mailbox: Mailbox) -> None:
    message = put(cast, "email")
    outbox._claim("email", 20, at=AT)
    send_until_done(message)
    assert (message.status, message.attempts, len(mailbox.taken)) == ("sent", 2, 1)


# --- texts -----------------------------------------------------------------------------------------------------------


class SmsProvider(ThreadingHTTPServer):
    """Sends each key once.  `answers` are used up one by one; None takes the text and lets the line go dead."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.answers: list[tuple[int, dict[str, str], str] | None] = []
        self.sent: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.credentials: list[str | None] = []


class _Answering(BaseHTTPRequestHandler):
    server: SmsProvider

    def do_POST(self) -> None:
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        here = self.server
        here.asked.append(self.headers["Idempotency-Key"])
        here.credentials.append(self.headers["Authorization"])
        answer = here.answers.pop(0) if here.answers else (202, {}, '{"state": "queued"}')
        if answer is None or answer[0] < 300:
            here.sent.setdefault(text["key"], text)
        if answer is None:
            time.sleep(0.6)
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def sms(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmsProvider]:
    server = SmsProvider()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_URL = f"http://lane:sesame@127.0.0.1:{server.server_port}/send"
    settings.OUTBOX_PROVIDERS = {"text": "dealership.providers.Sms"}
    monkeypatch.setattr(providers, "PATIENCE", 0.3)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield server
    server.shutdown()
    server.server_close()


def test_a_text_goes_out_once_with_its_key(cast: Cast, sms: SmsProvider) -> None:
    message = send_until_done(put(cast, "text"))
    assert sms.sent == {"car_ready:1": {"to": "+14155550142", "body": "It is ready.", "key": "car_ready:1"}}
    assert sms.asked == ["car_ready:1"]
    assert sms.credentials == ["Basic bGFuZTpzZXNhbWU="]
    assert (message.status, message.provider_answer) == ("sent", '202 {"state": "queued"}')


def test_a_time_out_after_it_was_taken_is_asked_again_with_the_same_key_and_sent_once(
    cast: Cast, sms: SmsProvider
) -> None:
    sms.answers = [None, None]
    message = send_until_done(put(cast, "text"))
    assert (message.status, message.attempts) == ("sent", 3)
    assert sms.asked == ["car_ready:1"] * 3
    assert len(sms.sent) == 1


def test_a_provider_in_trouble_is_left_alone_as_long_as_it_says(cast: Cast, sms: SmsProvider) -> None:
    sms.answers = [(503, {"Retry-After": "600"}, "down"), (429, {"Retry-After": "soon"}, ""), (500, {}, "oops")]
    message = put(cast, "text")
    outbox.send_some(at=AT)
    message.refresh_from_db()
    assert message.not_before == AT + timedelta(seconds=600)
    assert message.provider_answer == "503 down"
    send_until_done(message, at=message.not_before)
    assert (message.status, message.attempts, len(sms.sent)) == ("sent", 4, 1)


@pytest.mark.parametrize("status", [400, 422])
def test_a_number_that_is_none_is_reported_at_once(cast: Cast, sms: SmsProvider, status: int) -> None:
    sms.answers = [(status, {}, "no such number")]
    message = send_until_done(put(cast, "text", to="+1415"))
    assert (message.status, message.attempts, message.provider_answer) == ("dead", 1, f"{status} no such number")
    assert sms.sent == {}


def test_a_redirect_is_not_taken_for_a_yes(cast: Cast, sms: SmsProvider) -> None:
    sms.answers = [(302, {"Location": f"http://127.0.0.1:{sms.server_port}/elsewhere"}, "")]
    message = send_until_done(put(cast, "text"))
    assert (message.status, message.attempts, len(sms.sent)) == ("sent", 2, 1)


def test_words_that_are_no_http_are_not_taken_for_a_yes(cast: Cast, settings: Any, sms: SmsProvider) -> None:
    with socket.create_server(("127.0.0.1", 0)) as babbler:
        settings.SMS_URL = f"http://127.0.0.1:{babbler.getsockname()[1]}/"

        def babble() -> None:
            line, _ = babbler.accept()
            line.recv(65536)
            line.sendall(b"hello there\r\n\r\n")
            line.close()

        threading.Thread(target=babble, daemon=True).start()
        message = put(cast, "text")
        outbox.send_some(at=AT)
    message.refresh_from_db()
    assert message.status == "waiting"
    assert "BadStatusLine" in message.provider_answer


def test_plain_http_never_leaves_this_machine(cast: Cast, settings: Any, sms: SmsProvider) -> None:
    settings.SMS_URL = "http://sms.example/send"
    message = send_until_done(put(cast, "text"))
    assert (message.status, message.provider_answer) == ("dead", "SMS_URL must start with https://.")


def test_a_drain_that_dies_after_the_provider_took_it_sends_nothing_twice(
    cast: Cast, sms: SmsProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = put(cast, "text")
    send: Callable[..., str] = providers.Sms.send

    def die(self: providers.Sms, messages: Any) -> str:
        send(self, messages)
        raise KeyboardInterrupt

    monkeypatch.setattr(providers.Sms, "send", die)
    with pytest.raises(KeyboardInterrupt):
        outbox.send_some(at=AT)
    monkeypatch.setattr(providers.Sms, "send", send)
    send_until_done(message, at=AT + outbox.LEASE + timedelta(seconds=1))
    assert (message.status, sms.asked, len(sms.sent)) == ("sent", ["car_ready:1"] * 2, 1)


def test_a_text_tried_into_the_night_waits_for_the_morning(cast: Cast, sms: SmsProvider) -> None:
    evening = datetime(2026, 11, 24, 4, 59, 50, tzinfo=AT.tzinfo)  # ten seconds to nine, in California
    sms.answers = [(500, {}, "oops")]
    message = put(cast, "text", at=evening, use="marketing", zones=["America/Los_Angeles"])
    outbox.send_some(at=evening)
    message.refresh_from_db()
    assert message.attempts == 1
    outbox.send_some(at=evening + timedelta(seconds=15))
    message.refresh_from_db()
    assert (message.status, message.attempts) == ("waiting", 1)
    assert message.not_before == datetime(2026, 11, 24, 16, tzinfo=AT.tzinfo)
    send_until_done(message, at=message.not_before)
    assert (message.status, len(sms.sent), len(sms.asked)) == ("sent", 1, 2)
