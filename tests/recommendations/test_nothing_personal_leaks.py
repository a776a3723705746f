"""A canary: identities put through the whole way leave no trace in a log line, a task, an address or a referrer."""

import io
import logging
import logging.config
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from customers import actions
from customers.rules.signed import sign
from dealership import logs, outbox
from dealership.models import Entry, OutboxMessage
from recommendations.models import CustomerLink
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_vehicle
from tests.recommendations.pages import OnLink, send_link

VIN, PHONE, MAIL, NAME = "5FPYK3F77JB012345", "+14155550142", "canary.bird@example.com", "Canarybird"
TRACES = (VIN, VIN[-8:], "5550142", "555-0142", "canary.bird", "canarybird")


@pytest.fixture
def written(settings: Any) -> Any:
    """What production would write to its log, down to DEBUG."""
    configured = logs.configuration(readable=False, level="DEBUG")
    stream = io.StringIO()
    configured["handlers"]["stderr"]["stream"] = stream
    logging.config.dictConfig(configured)
    yield stream
    logging.config.dictConfig(settings.LOGGING)


@pytest.fixture
def sent(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> OnLink:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    settings.HOOK_SECRETS = ["secret"]
    settings.SMS_URL = "https://127.0.0.1:1/send"
    settings.OUTBOX_PROVIDERS = {"text": "dealership.providers.Sms", "email": "dealership.providers.Mail"}
    cast: Cast = make_cast()
    canary = make_customer("Tweety", NAME)
    actions.add_contact_point(customer=canary, kind="email", value=MAIL, label="", by=cast.ada, at=AT)
    order = make_order(cast, customer=canary, vehicle=make_vehicle(canary, vin=VIN))
    return send_link(cast, order)


def test_nothing_personal_is_in_a_log_a_task_an_address_or_a_referrer(
    sent: OnLink, written: Any, queue: list[Any], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    answers: list[Any] = []
    with django_capture_on_commit_callbacks(execute=True):
        outbox.send_some(at=AT + outbox.LEASE)  # nobody listens there: the refusal is logged
        answers += [sent.look(), sent.browser.post(sent.at("link-opened")), sent.answer(digits="9999"), sent.answer()]
        guesser = Client(raise_request_exception=False)
        answers.append(guesser.get(f"/v/{sent.token[:-1]}x/", headers={"Referer": f"http://x/v/{sent.token}/"}))
        answers.append(guesser.get(f"/customers/?q={VIN}"))
        body = f'{{"event": "received", "id": "1", "from": "{PHONE}", "body": "I am {NAME}, {MAIL}, {VIN}"}}'.encode()
        for secret in ("secret", "wrong"):
            signed = {"Lane-Signature": sign(secret, int(AT.timestamp()), body)}
            answers.append(Client().post("/hooks/messages/", body, content_type="application/json", headers=signed))
        logging.getLogger("lane").error("told %s of %s", MAIL, VIN, extra={"to": PHONE, "path": f"/v/{sent.token}/"})

    lines = written.getvalue()
    assert "outbox_not_taken" in lines
    assert "POST customers:message-hook" in lines
    tasks = " ".join(f"{task.name} {ids}" for task, ids in queue)
    assert tasks
    leaked = [
        (trace, line)
        for trace in (*TRACES, sent.token)
        for line in (*lines.splitlines(), tasks)
        if trace.lower() in line.lower()
    ]
    assert leaked == []
    for answer in answers:
        goes = urlsplit(answer.headers.get("Location", ""))
        assert goes.netloc == ""
        assert not any(trace in goes.path for trace in TRACES)
    assert {answer["Referrer-Policy"] for answer in answers[:4]} == {"strict-origin"}
    assert "no-store" in answers[0]["Cache-Control"]
    trail = " ".join(f"{entry.detail} {entry.answer} {entry.about_label}" for entry in Entry.objects.all())
    assert sent.token not in trail
    assert sent.token not in str(CustomerLink.objects.values_list())


def test_the_canary_sings_when_something_does_leak(sent: OnLink, written: Any) -> None:
    logging.getLogger("lane").error("a name is nothing a pattern knows: %s", NAME)
    assert NAME in written.getvalue()
    assert sent.token in OutboxMessage.objects.get().body
