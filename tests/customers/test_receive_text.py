"""A text comes in: kept as it came, a stop honoured at once, the rest laid before whoever can answer."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers import actions
from customers.consents import may_send
from customers.models import Consent, ContactPoint, Customer
from dealership import outbox
from dealership.models import Entry, InboundText, OutboxMessage
from tests.cast import AT, Cast, make_cast, make_customer

PHONE = "+14155550142"


def receive(body: str, key: str = "in-1", at: Any = AT, number: str = PHONE) -> InboundText:
    return actions.receive_text(provider_key=key, number=number, body=body, at=at)


def waiting(cast: Cast, key: str, **fields: Any) -> OutboxMessage:
    defaults: dict[str, Any] = {"kind": "text", "purpose": key, "to": PHONE, "body": "x", "use": "repair_messages"}
    before = AT - timedelta(minutes=1)
    return outbox.put(key=key, rooftop=cast.north, at=before, not_before=AT, **{**defaults, **fields})


def standing(*messages: OutboxMessage) -> list[str]:
    return [OutboxMessage.objects.get(pk=message.pk).status for message in messages]


def test_a_stop_ends_every_text_of_everybody_with_that_number_at_once(cast: Cast) -> None:
    theo, ana = make_customer(), make_customer("Ana", "Brandt")
    ready, offer = waiting(cast, "car_ready"), waiting(cast, "offer", use="marketing")
    letter = waiting(cast, "letter", kind="email", to="theo@example.com")

    text = receive("Please stop texting me")

    assert (text.reading, text.scope, text.is_known, text.rooftop) == ("stop", "all", True, cast.north)
    assert standing(ready, offer, letter) == ["canceled", "canceled", "waiting"]
    for customer in (theo, ana):
        said = Consent.objects.filter(customer=customer)
        assert {(one.channel, one.granted, one.words) for one in said} == {("text", False, "Please stop texting me")}
        assert {one.purpose for one in said} == set(Consent.Purpose.values)
        assert may_send(customer, "repair_messages", "text", AT, rooftop=cast.north) is not None
        assert may_send(customer, "repair_messages", "email", AT, rooftop=cast.north) is None
    assert Entry.objects.about(text).get().detail["scope"] == "all"


def test_a_stop_to_offers_never_stops_your_car_is_ready(cast: Cast) -> None:
    theo = make_customer()
    ready, offer = waiting(cast, "car_ready"), waiting(cast, "offer", use="marketing")

    assert receive("no more offers please").scope == "sales"

    assert standing(ready, offer) == ["waiting", "canceled"]
    assert set(Consent.objects.values_list("purpose", flat=True)) == {"marketing", "sales_use"}
    assert may_send(theo, "repair_messages", "text", AT, rooftop=cast.north, to=PHONE) is None
    assert outbox.send_some(at=AT) == 2
    assert standing(ready) == ["sent"]


def test_one_text_confirms_it_within_five_minutes_and_offers_nothing(cast: Cast) -> None:
    make_customer()
    waiting(cast, "car_ready")
    text = receive("STOP")
    told = OutboxMessage.objects.get(purpose="stop_confirmed")
    assert told.body == (
        "Northgate Honda: you get no more texts from us. Our phone is (415) 555-0100. Reply START to get texts again."
    )
    assert (told.to, told.not_before, told.not_after) == (PHONE, AT, AT + timedelta(minutes=5))
    receive("STOP", key="in-2", at=AT + timedelta(minutes=1))
    receive("I said stop texting me!", key="in-3", at=AT + timedelta(minutes=2))
    assert OutboxMessage.objects.filter(purpose="stop_confirmed").get() == told
    assert outbox.send_some(at=AT) == 1
    assert standing(told) == ["sent"]
    assert text.scope == "all"


def test_a_confirmation_that_would_come_late_does_not_come(cast: Cast) -> None:
    make_customer()
    receive("STOP")
    told = OutboxMessage.objects.get(purpose="stop_confirmed")
    outbox.send_some(at=AT + timedelta(minutes=5))
    assert standing(told) == ["dead"]


@pytest.mark.parametrize(("language", "body"), [("es", "STOP"), ("en", "no me manden más mensajes")])
def test_whoever_reads_or_writes_spanish_is_told_in_spanish(cast: Cast, language: str, body: str) -> None:
    make_customer(language=language)
    receive(body)
    assert "ya no recibirá mensajes" in OutboxMessage.objects.get(purpose="stop_confirmed").body


def test_start_brings_back_what_concerns_their_car_and_no_offers(cast: Cast) -> None:
    theo = make_customer()
    Consent.objects.create(
        customer=theo, purpose="marketing", channel="text", granted=True, words="x", text_version="1", at=AT
    )
    receive("STOP", at=AT + timedelta(minutes=1))
    start = receive("unstop", key="in-2", at=AT + timedelta(minutes=2))
    later = AT + timedelta(minutes=3)
    assert start.settled_at is not None
    assert may_send(theo, "repair_messages", "text", later, rooftop=cast.north, to=PHONE) is None
    assert may_send(theo, "marketing", "text", later, rooftop=cast.north, to=PHONE) is not None
    assert "again" in OutboxMessage.objects.get(key=f"stop_confirmed:{start.pk}").body


def test_a_stop_to_offers_after_a_stop_to_all_brings_nothing_back(cast: Cast) -> None:
    theo = make_customer()
    receive("STOP")
    assert receive("and no more offers", key="in-2", at=AT + timedelta(minutes=1)).scope == "all"
    later = AT + timedelta(minutes=2)
    assert may_send(theo, "repair_messages", "text", later, rooftop=cast.north, to=PHONE) is not None


@pytest.mark.parametrize(
    ("body", "reading"),
    [("Can I stop by at 5?", "question"), ("don't text me at work", "unclear"), ("not interested", "unclear")],
)
def test_what_only_looks_like_a_stop_stops_nothing_and_waits_for_somebody(cast: Cast, body: str, reading: str) -> None:
    make_customer()
    ready = waiting(cast, "car_ready")
    text = receive(body)
    assert (text.reading, text.scope, text.settled_at) == (reading, "", None)
    assert standing(ready) == ["waiting"]
    assert not Consent.objects.exists()
    assert OutboxMessage.objects.count() == 1


def test_thanks_need_nobody(cast: Cast) -> None:
    make_customer()
    assert receive("ok thanks 👍").settled_at == AT


def test_the_same_text_twice_is_one_text(cast: Cast) -> None:
    make_customer()
    assert receive("STOP").pk == receive("STOP").pk
    assert OutboxMessage.objects.count() == 1
    assert Consent.objects.count() == len(Consent.Purpose.values)
    assert Entry.objects.filter(event="text.received").count() == 1


def test_a_number_of_nobody_is_heard_too(cast: Cast) -> None:
    text = receive("wrong number", number="+14155550199")
    assert (text.is_known, text.rooftop, text.reading) == (False, None, "stop")
    assert OutboxMessage.objects.get().to == "+14155550199"
    theo = make_customer(phone="+14155550199")
    assert may_send(theo, "repair_messages", "text", AT, rooftop=cast.north, to="+14155550199") is not None


def test_what_was_in_the_hands_of_a_sender_when_they_said_stop_is_not_tried_again(cast: Cast) -> None:
    make_customer()
    ready = waiting(cast, "car_ready")
    receive("STOP", at=AT + timedelta(seconds=1))
    OutboxMessage.objects.filter(pk=ready.pk).update(
        status="waiting", done_at=None, leased_until=None, not_before=AT, provider_answer=""
    )  # as a refusal would have left it
    outbox.send_some(at=AT + timedelta(seconds=20))
    assert standing(ready) == ["canceled"]


def test_a_no_at_the_counter_takes_back_what_waits(cast: Cast) -> None:
    theo = make_customer()
    ContactPoint.objects.create(customer=theo, kind="email", value="theo@example.com")
    offer, ready = waiting(cast, "offer", use="marketing"), waiting(cast, "car_ready")
    letter = waiting(cast, "letter", use="marketing", kind="email", to="theo@example.com")
    said: dict[str, Any] = {"words": "x", "text_version": "1", "source": "By phone", "by": cast.ada, "at": AT}
    actions.record_consent(customer=theo, purpose="marketing", channel="text", granted=False, **said)
    assert standing(offer, ready, letter) == ["canceled", "waiting", "waiting"]


@pytest.mark.parametrize("fields", [{"reading": "stop", "scope": ""}, {"reading": "question", "scope": "all"}])
def test_a_stop_says_of_what_and_nothing_else_does(cast: Cast, fields: dict[str, str]) -> None:
    with pytest.raises(IntegrityError, match="inbound_text_scope"), transaction.atomic():
        InboundText.objects.create(provider_key="x", number=PHONE, body="x", is_known=False, received_at=AT, **fields)


@pytest.mark.django_db(transaction=True)
def test_a_text_delivered_four_times_at_once_is_received_once() -> None:
    make_cast()
    make_customer()
    found: list[int] = []
    ready = threading.Barrier(4)

    def deliver() -> None:
        try:
            ready.wait()
            found.append(receive("STOP").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert OutboxMessage.objects.count() == 1
    assert Consent.objects.count() == Customer.objects.count() * len(Consent.Purpose.values)
    assert timezone.is_aware(InboundText.objects.get().received_at)
