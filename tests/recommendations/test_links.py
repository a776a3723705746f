"""Sending the customer's link: a secret kept as a hash, undone, revoked, and refused where it must be."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Consent
from dealership.models import Entry, OutboxMessage
from recommendations.actions import links, pricing
from recommendations.models import Advisory, CustomerLink, Presentation
from tests.cast import AT, Cast, make_order
from tests.recommendations.lines import drafted
from tests.recommendations.pages import ADDRESS, logged_in, plain, post, send_link

pytestmark = pytest.mark.django_db
Status = OutboxMessage.Status


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def say_no(cast: Cast, order, *, channel: str = "any", granted: bool = False, at=AT) -> None:
    Consent.objects.create(
        customer=order.customer,
        purpose="repair_messages",
        channel=channel,
        granted=granted,
        words="Do not message me.",
        text_version="1",
        source="at the counter",
        by=cast.ada,
        at=at,
    )


def test_sending_shows_the_lines_and_leaves_a_message_that_waits_ten_seconds(cast: Cast) -> None:
    order = make_order(cast)
    drafted(cast, order)
    answer = post(cast.ada, "send", order.pk)
    message, presentation = OutboxMessage.objects.get(), Presentation.objects.get()
    assert answer.url == reverse("recommendations:estimate", args=[order.pk])
    assert (message.kind, message.to, message.status) == ("text", "+14155550142", Status.WAITING)
    assert message.not_before == AT + timedelta(seconds=10)
    assert presentation.channel == "link"
    assert presentation.lines.count() == 2
    assert Entry.objects.about(presentation).get().event == "lines.sent"


def test_only_the_hash_of_a_128_bit_token_is_kept_and_the_audit_trail_never_holds_it(cast: Cast) -> None:
    sent = send_link(cast)
    assert len(sent.token) >= 22
    assert sent.link.token_hash == sha256(sent.token.encode()).hexdigest()
    assert all(sent.token not in f"{entry.detail} {entry.answer}" for entry in Entry.objects.all())


def test_an_e_mail_has_a_subject_and_asks_for_no_stop_by_text(cast: Cast) -> None:
    order = make_order(cast, contact_channel="email", contact_value="theo@example.com")
    send_link(cast, order)
    message = OutboxMessage.objects.get()
    assert message.subject == "What we found on your 2018 Ridgeline"
    assert "STOP" not in message.body


def test_a_customer_who_asked_for_no_messages_gets_none_and_the_advisor_is_told_what_to_do(cast: Cast) -> None:
    order = make_order(cast)
    drafted(cast, order)
    say_no(cast, order)
    answer = post(cast.ada, "send", order.pk)
    assert answer.status_code == 409
    assert "Call, or show the lines at the counter." in plain(answer)
    assert not OutboxMessage.objects.exists()
    assert not Presentation.objects.exists()
    assert not Advisory.objects.exclude(presented_version=None).exists()


def test_the_latest_word_on_messages_counts_and_only_for_its_channel(cast: Cast) -> None:
    order = make_order(cast)
    say_no(cast, order, channel="email")
    assert links.refusal_to_be_messaged(order) is None
    say_no(cast, order, channel="text")
    assert links.refusal_to_be_messaged(order) is not None
    say_no(cast, order, channel="text", granted=True, at=AT + timedelta(minutes=1))
    assert links.refusal_to_be_messaged(order) is None


def test_a_customer_who_wants_calls_is_not_sent_a_link(cast: Cast) -> None:
    order = make_order(cast, contact_channel="phone")
    drafted(cast, order)
    answer = post(cast.ada, "send", order.pk)
    assert answer.status_code == 409
    assert "asked to be called" in plain(answer)
    assert not CustomerLink.objects.exists()


def test_a_line_that_lacks_a_fact_is_not_sent(cast: Cast) -> None:
    order = make_order(cast)
    pads, boot = drafted(cast, order)
    version = pads.versions.get()
    version.if_you_wait = ""
    version.save()
    with pytest.raises(links.CannotPresent):
        links.send(repair_order=order, advisories=[pads, boot], address=str, by=cast.ada, at=AT)
    assert not CustomerLink.objects.exists()


def test_undo_takes_the_message_and_the_link_back_and_the_record_of_the_showing_stays(cast: Cast) -> None:
    sent = send_link(cast)
    answer = post(cast.ada, "undo-send", sent.link.pk)
    assert answer.status_code == 302
    assert OutboxMessage.objects.get().status == Status.CANCELED
    assert sent.look().status_code == 410
    assert Presentation.objects.count() == 1
    assert Entry.objects.filter(event="lines.send_undone").count() == 1


def test_undo_is_offered_on_whatever_page_comes_next(cast: Cast) -> None:
    order = make_order(cast)
    drafted(cast, order)
    client = logged_in(cast.ada)
    client.post(reverse("recommendations:send", args=[order.pk]), {"form_key": str(uuid4())})
    undo = reverse("recommendations:undo-send", args=[CustomerLink.objects.get().pk])
    for page in (reverse("recommendations:estimate", args=[order.pk]), order.get_absolute_url()):
        assert f'<form action="{undo}" method="post">' in client.get(page).content.decode()
    client.post(undo, {"form_key": str(uuid4())})
    assert undo not in client.get(order.get_absolute_url()).content.decode()


def test_a_message_that_left_is_not_undone(cast: Cast) -> None:
    sent = send_link(cast)
    OutboxMessage.objects.update(status=Status.SENT, done_at=AT)
    answer = post(cast.ada, "undo-send", sent.link.pk)
    assert answer.status_code == 409
    assert "has left already" in plain(answer)
    assert sent.look().status_code == 200


def test_a_second_link_turns_the_first_one_off_with_its_message(cast: Cast) -> None:
    first = send_link(cast)
    again = links.send(
        repair_order=first.order,
        advisories=[first.pads, first.boot],
        address=lambda token: ADDRESS + token,
        by=cast.ada,
        at=AT,
    )
    assert first.look().status_code == 410
    assert Client().get(reverse("recommendations:customer-link", args=[again.token])).status_code == 200
    assert sorted(OutboxMessage.objects.values_list("status", flat=True)) == [Status.CANCELED, Status.WAITING]


def test_a_second_link_keeps_answered_lines_so_that_minds_can_change(cast: Cast) -> None:
    first = send_link(cast)
    first.answer()
    post(cast.ada, "send", first.order.pk)
    assert set(Presentation.objects.first().lines.values_list("advisory", flat=True)) == {first.pads.pk, first.boot.pk}


def test_nothing_new_means_nothing_is_sent(cast: Cast) -> None:
    sent = send_link(cast)
    sent.answer(**{f"answer-{sent.boot.pk}": "declined"})
    answer = post(cast.ada, "send", sent.order.pk)
    assert answer.status_code == 409
    assert CustomerLink.objects.count() == 1


def test_the_advisor_revokes_every_link_of_the_order(cast: Cast) -> None:
    sent = send_link(cast)
    assert post(cast.ada, "revoke", sent.order.pk).status_code == 302
    assert sent.look().status_code == 410
    assert Entry.objects.filter(event="link.revoked").count() == 1


@pytest.mark.parametrize("name", ["send", "revoke", "undo-send"])
def test_sales_and_technicians_may_not_and_strangers_find_nothing(cast: Cast, name: str) -> None:
    sent = send_link(cast)
    pk = sent.link.pk if name == "undo-send" else sent.order.pk
    assert post(cast.sam, name, pk).status_code == 403
    assert post(cast.tess, name, pk).status_code == 403
    assert post(cast.mallory, name, pk).status_code == 404
    assert logged_in(cast.ada).get(reverse(f"recommendations:{name}", args=[pk])).status_code == 405
    assert sent.look().status_code == 200


def test_the_same_form_sent_twice_sends_one_message(cast: Cast) -> None:
    order = make_order(cast)
    drafted(cast, order)
    ada, key = logged_in(cast.ada), "0b5ad1d5-65dc-4a4c-9b0b-0c4c9f0f7a11"
    url = reverse("recommendations:send", args=[order.pk])
    answers = [ada.post(url, {"form_key": key}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert OutboxMessage.objects.count() == 1


def test_a_line_rewritten_after_sending_says_so_and_cannot_be_answered_until_shown_again(cast: Cast) -> None:
    sent = send_link(cast)
    written = pricing.content_of(sent.pads.versions.get(), sent.pads.pay_type)
    pricing.write_version(
        advisory=sent.pads,
        content=replace(written, title="Replace the pads and discs"),
        reason_code=sent.pads.reason_code,
        by=cast.ada,
        at=AT + timedelta(minutes=2),
    )
    text = plain(sent.look())
    assert "1 thing changed after you saw it." in text
    assert "Ada changed this at 11:40 AM. Please check it again." in text
    assert f"answer-{sent.pads.pk}" not in sent.look().content.decode()
    answer = sent.answer(**{f"answer-{sent.boot.pk}": "declined"})
    assert answer.url.endswith(f"?missed={sent.pads.pk}")
    assert "1 answer came too late." in plain(sent.browser.get(answer.url))
    sent.pads.refresh_from_db()
    assert sent.pads.answer == ""
