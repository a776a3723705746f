"""A lead leaves once, by the outbox, only with the customer's own consent, and is valid ADF."""

import http.server
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from lxml import etree

from customers.actions import receive_text, record_consent
from customers.models import Consent, ContactPoint
from dealership import outbox
from dealership.models import Entry, OutboxMessage, leads_address
from dealership.providers import Lead as LeadProvider
from dealership.providers import NotTaken
from sales_handoff.actions import queue, withdraw
from sales_handoff.actions.passing_on import pass_on
from sales_handoff.models import Handoff
from sales_handoff.tasks import sweep
from tests.cast import AT, Cast
from tests.sales_handoff.test_pages import as_, url
from tests.sales_handoff.visits import said_yes, weighed_order

pytestmark = pytest.mark.django_db
DTD = etree.DTD(str(Path(__file__).with_name("adf-1.0.dtd")))


def agreed(cast: Cast, *, to: str = "leads@crm.example", passes_on: bool = True) -> Handoff:
    """A customer who said yes, and to being passed on, at a rooftop whose leads go somewhere."""
    type(cast.north).objects.filter(pk=cast.north.pk).update(leads_to=to)
    order, _ = weighed_order(cast)
    order.rooftop.refresh_from_db()
    return queue(ask=said_yes(cast, order, passes_on=passes_on), at=AT)


def leads() -> Sequence[OutboxMessage]:
    return list(OutboxMessage.objects.filter(kind="adf"))


def test_a_lead_holds_the_consent_the_car_and_what_they_were_told(cast: Cast, run_tasks: Any) -> None:
    handoff = agreed(cast)

    run_tasks()

    (message,) = leads()
    tree = etree.fromstring(message.body.encode())
    assert DTD.validate(tree), DTD.error_log.filter_from_errors()
    assert (message.to, message.not_before) == ("leads@crm.example", message.created_at + timedelta(seconds=10))
    assert tree.findtext("prospect/id") == f"NORTH-{handoff.pk}"
    assert tree.findtext("prospect/vehicle/price") == "4250.00"
    comments = tree.findtext("prospect/customer/comments")
    assert comments.startswith("Consent to be passed on: yes, in person, 23 Nov 2026 11:38")
    assert "Is it even worth it?" in comments
    assert "$2,500.00" in comments
    assert Entry.objects.filter(event="handoff.passed_on").count() == 1


def test_it_leaves_once_whatever_becomes_of_its_task(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    handoff = agreed(cast)
    monkeypatch.setattr("sales_handoff.tasks.timezone.now", lambda: AT)

    sweep()
    sweep()
    first = pass_on(handoff=handoff, at=AT + timedelta(days=1))

    assert leads() == [first]
    assert Entry.objects.filter(event="handoff.passed_on").count() == 1


@pytest.mark.parametrize("how", ["not agreed", "taken back", "withdrawn", "nowhere to send", "no way to reach them"])
def test_without_consent_or_somewhere_to_go_nothing_leaves(
    cast: Cast, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sales_handoff.tasks.timezone.now", lambda: AT)
    handoff = agreed(cast, to="" if how == "nowhere to send" else "leads@crm.example", passes_on=how != "not agreed")
    if how == "taken back":
        Consent.objects.create(
            customer=handoff.customer,
            purpose="pass_on",
            channel="any",
            granted=False,
            words="No.",
            text_version="1",
            source="s",
            at=AT,
        )
    if how == "withdrawn":
        withdraw(handoff=handoff, reason="No.", by=cast.ada, at=AT)
    if how == "no way to reach them":
        ContactPoint.objects.filter(customer=handoff.customer).delete()

    assert pass_on(handoff=handoff, at=AT) is None
    sweep()
    assert leads() == []


def test_a_lead_that_has_not_left_is_stopped_when_they_say_stop(cast: Cast) -> None:
    handoff = agreed(cast)
    pass_on(handoff=handoff, at=AT)

    withdraw(handoff=handoff, reason="She said stop.", by=cast.ada, at=AT, customer_said_stop=True)

    assert outbox.send_some(at=AT + timedelta(minutes=1)) == 0
    assert leads()[0].status == "canceled"
    assert not Consent.objects.allows(handoff.customer, "pass_on", "any")
    assert Entry.objects.get(event="handoff.withdrawn").detail["lead_stopped"] is True


@pytest.mark.parametrize("said", ["no more offers please", "STOP"])
def test_a_lead_that_waits_stays_here_when_they_text_a_stop(cast: Cast, said: str) -> None:
    handoff = agreed(cast)
    lead = pass_on(handoff=handoff, at=AT)
    assert lead is not None
    number = handoff.customer.contact_points.get(kind="phone").value
    receive_text(provider_key="in-1", number=number, body=said, at=AT + timedelta(seconds=2))

    outbox.send_some(at=AT + timedelta(minutes=1))

    assert (leads()[0].status, leads()[0].provider_answer) == ("canceled", outbox.STOPPED)
    assert pass_on(handoff=handoff, at=AT + timedelta(minutes=1)) is None


def test_a_lead_that_has_not_left_stays_here_when_they_take_that_back_elsewhere(cast: Cast) -> None:
    """The talk goes on: being passed on is a consent of its own, and its no may be told to anybody."""
    handoff = agreed(cast)
    pass_on(handoff=handoff, at=AT)

    record_consent(
        **{"customer": handoff.customer, "purpose": "pass_on", "channel": "any", "granted": False, "words": "No."},
        **{"text_version": "1", "source": "By phone", "by": cast.ada, "at": AT + timedelta(seconds=5)},
    )
    outbox.send_some(at=AT + timedelta(minutes=1))

    assert (leads()[0].status, leads()[0].provider_answer) == ("canceled", outbox.STOPPED)
    handoff.refresh_from_db()
    assert handoff.status == "waiting"


def test_the_customers_timeline_says_that_it_left(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT + timedelta(minutes=1))
    handoff = agreed(cast)
    pass_on(handoff=handoff, at=AT)
    outbox.send_some(at=AT + timedelta(seconds=10))

    text = as_(cast.ada).get(url("customer-timeline", handoff.customer_id), {"show": "handoffs"}).content.decode()

    assert "Passed on to the sales system" in text
    assert (
        "They agreed to be passed on. The lead left" in as_(cast.sam).get(url("handoff", handoff.pk)).content.decode()
    )


def test_it_goes_as_the_plain_text_of_a_mail(cast: Cast, settings: Any) -> None:
    settings.OUTBOX_PROVIDERS = settings.OUTBOX_PROVIDERS | {"adf": "dealership.providers.Lead"}
    pass_on(handoff=agreed(cast), at=AT)

    outbox.send_some(at=AT + timedelta(seconds=10))

    (sent,) = mail.outbox
    assert sent.to == ["leads@crm.example"]
    assert sent.body.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    assert leads()[0].status == "sent"


class Crm(http.server.BaseHTTPRequestHandler):
    """A sales system that takes leads, and remembers what it was sent."""

    got: list[tuple[str, str, bytes]]
    answers = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.headers["Content-Type"], self.headers["Idempotency-Key"], body))
        self.send_response(self.answers)
        self.end_headers()
        self.wfile.write(b"taken")

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def test_it_is_posted_as_adf_with_its_own_key_and_a_refusal_is_kept(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    got: list[tuple[str, str, bytes]] = []
    handler = type("Handler", (Crm,), {"got": got})
    server = http.server.HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    message = pass_on(handoff=agreed(cast, to=f"https://127.0.0.1:{server.server_port}/leads"), at=AT)
    assert message is not None
    # The wire is plain here; that only https:// is taken is tested below.
    monkeypatch.setattr("dealership.providers.urlsplit", lambda url: _plain(url))
    try:
        said = LeadProvider().send([message])
        handler.answers = 422
        with pytest.raises(NotTaken, match="422 taken"):
            LeadProvider().send([message])
    finally:
        server.shutdown()
        server.server_close()

    assert said == "200 taken"
    kind, key, body = got[0]
    assert kind == "application/x-adf+xml; charset=utf-8"
    assert key == message.key
    assert DTD.validate(etree.fromstring(body))


def _plain(url: str) -> Any:
    """The address as split, whose scheme reads https and whose text is http."""

    class Plain(SplitResult):
        def geturl(self) -> str:
            return super().geturl().replace("https://", "http://")

    return Plain(*urlsplit(url))


@pytest.mark.parametrize("to", ["http://crm.example/leads", "ftp://crm.example", "crm"])
def test_leads_go_over_tls_or_by_mail_or_not_at_all(to: str) -> None:
    with pytest.raises(ValidationError, match="https://"):
        leads_address(to)
    with pytest.raises(NotTaken, match="https://"):
        LeadProvider().send([OutboxMessage(to=to, body="<adf/>", key="k")])


def test_an_address_that_is_one_is_taken() -> None:
    leads_address("leads@crm.example")
    leads_address("https://crm.example/leads?store=12")
