"""An advisor's reply to a customer's question: kept for good, told to the customer, and no answer of theirs."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from dealership.models import Entry, OutboxMessage
from recommendations.actions import record, replying
from recommendations.actions.presenting import CannotPresent
from recommendations.models import Advisory, Decision, QuestionReply, RecordEntry
from service_lane.models import RepairOrder
from tests.cast import AT, Cast
from tests.recommendations.pages import OnLink, logged_in, plain, send_link

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def sent(cast: Cast) -> OnLink:
    return send_link(cast)


def asked(sent: OnLink, lang: str = "en") -> Decision:
    form = {f"question-{sent.pads.pk}": "Can it wait?", "ask": str(sent.pads.pk), "lang": lang}
    assert sent.browser.post(sent.at("link-ask"), form | {"form_key": str(uuid4())}).status_code == 200
    return Decision.objects.get()


def page_of(question: Decision) -> str:
    return reverse("recommendations:question-reply", args=[question.pk])


def reply(cast: Cast, question: Decision, **typed: str) -> object:
    body = {"form_key": str(uuid4()), "reply": "Yes, two weeks.", **typed}
    return logged_in(cast.ada).post(page_of(question), body)


def test_a_reply_is_recorded_chained_audited_and_told_to_the_customer(cast: Cast, sent: OnLink) -> None:
    question = asked(sent)
    answer = reply(cast, question)
    assert answer.status_code == 302
    written = QuestionReply.objects.get()
    assert (written.text, written.by, written.at, written.language) == ("Yes, two weeks.", cast.ada, AT, "en")
    assert RecordEntry.objects.filter(kind="replied", row_id=written.pk).count() == 1
    assert record.verify(cast.north).problem == ""
    assert Entry.objects.filter(event="question.answered").count() == 1
    message = OutboxMessage.objects.get(purpose="question_reply")
    assert message.body == "Northgate Honda: Ada answered your question. Open the link we sent you to read it."
    assert (message.to, message.kind) == ("+14155550142", "text")
    assert RepairOrder.objects.get().step == "1 of 2 answered, waiting for the rest"
    assert Advisory.objects.get(pk=sent.pads.pk).answer == "needs_info"


def test_the_reply_to_a_question_in_spanish_may_be_in_spanish_and_the_message_is(cast: Cast, sent: OnLink) -> None:
    question = asked(sent, "es")
    assert "Written in Spanish" in plain(logged_in(cast.ada).get(page_of(question)))
    reply(cast, question, reply="Sí, dos semanas.", spanish="1")
    assert QuestionReply.objects.get().language == "es"
    assert "Ada respondió su pregunta" in OutboxMessage.objects.get(purpose="question_reply").body
    html = sent.browser.get(sent.at("customer-link") + "?lang=es").content.decode()
    assert '<span lang="es">“Sí, dos semanas.”</span>' in html


def test_a_customer_who_asked_for_no_messages_gets_none_and_the_reply_stays_on_the_page(
    cast: Cast, sent: OnLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = asked(sent)
    monkeypatch.setattr(replying, "refusal_to_be_messaged", lambda order: object())
    reply(cast, question)
    assert not OutboxMessage.objects.filter(purpose="question_reply").exists()
    assert "Yes, two weeks." in plain(sent.look())


def test_an_empty_reply_is_refused_and_a_long_one_cut(cast: Cast, sent: OnLink) -> None:
    question = asked(sent)
    refused = reply(cast, question, reply="  ")
    assert refused.status_code == 422
    assert "Write an answer." in plain(refused)
    reply(cast, question, reply="x" * 900)
    assert len(QuestionReply.objects.get().text) == replying.LONGEST


def test_what_is_no_question_takes_no_reply(cast: Cast, sent: OnLink) -> None:
    sent.answer()
    with pytest.raises(replying.CannotReply):
        replying.reply(question=Decision.objects.get(), text="Thanks", by=cast.ada, at=AT)


def test_a_closed_order_takes_no_reply(cast: Cast, sent: OnLink) -> None:
    question = asked(sent)
    RepairOrder.objects.update(status="closed", closed_at=AT)
    with pytest.raises(CannotPresent):
        replying.reply(question=question, text="Yes.", by=cast.ada, at=AT)


def test_strangers_and_technicians_do_not_reply(cast: Cast, sent: OnLink) -> None:
    question = asked(sent)
    assert logged_in(cast.mallory).get(page_of(question)).status_code == 404
    assert logged_in(cast.tess).get(page_of(question)).status_code == 403
    assert not QuestionReply.objects.exists()


def test_the_question_comes_alone_for_htmx_and_as_a_page_without(cast: Cast, sent: OnLink) -> None:
    question = asked(sent)
    whole = logged_in(cast.ada).get(page_of(question)).content.decode()
    part = logged_in(cast.ada).get(page_of(question), headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert "“Can it wait?”" in part


def test_the_same_reply_twice_is_one_reply(cast: Cast, sent: OnLink) -> None:
    question, key = asked(sent), str(uuid4())
    for _ in range(2):
        assert reply(cast, question, form_key=key).status_code == 302
    assert QuestionReply.objects.count() == 1


def test_a_reply_is_never_rewritten(cast: Cast, sent: OnLink) -> None:
    question = asked(sent)
    reply(cast, question)
    for change in (lambda: QuestionReply.objects.update(text="No."), lambda: QuestionReply.objects.all().delete()):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            change()
    assert QuestionReply.objects.get().text == "Yes, two weeks."
