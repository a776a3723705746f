"""Every state of the customer's page: changed, started, run out, over, overtaken, asked, answered, nothing found."""

from dataclasses import replace
from datetime import timedelta

import pgtrigger
import pytest
from django.test import Client

from dealership.models import Entry
from recommendations.actions import deciding, links, presenting, pricing, replying, working
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, CustomerLink, Decision, Presentation, PresentedLine, QuestionReply
from recommendations.views.link import answering
from recommendations.views.link.answering import MOST_QUESTIONS
from service_lane.models import InspectionItem, RepairOrder
from tests.cast import AT, Cast
from tests.recommendations.pages import ADDRESS, OnLink, finish_agreed, plain, send_link

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def sent(cast: Cast) -> OnLink:
    return send_link(cast)


def cheaper(cast: Cast, sent: OnLink) -> None:
    """Ada takes the hardware kit off the pads at 11:40."""
    advisory = Advisory.objects.get(pk=sent.pads.pk)
    content = pricing.content_of(advisory.versions.get(number=advisory.version), advisory.pay_type)
    changed = replace(content, parts=content.parts[:1])
    pricing.write_version(advisory=advisory, content=changed, by=cast.ada, at=AT + timedelta(minutes=2))


def section(sent: OnLink, advisory: Advisory, page: str | None = None) -> str:
    """The part of the page that is about one line, with single spaces and no tags."""
    html = page or sent.look().content.decode()
    part = html.split(f'id="line-{advisory.pk}"')[1].split("</article>")[0]

    class Answer:
        content = part.encode()

    return plain(Answer)


# --- changed ---------------------------------------------------------------------------------------------------------


def test_a_changed_line_says_who_changed_what_and_when_and_takes_no_answer(cast: Cast, sent: OnLink) -> None:
    cheaper(cast, sent)
    text = section(sent, sent.pads)
    assert "Please check this again." in text
    assert "Ada changed the price at 11:40 AM: $387.29 is now $363.37, $23.92 less." in text
    assert "We took off Hardware kit, New, not OEM, 1 × $22.10." in text
    assert "Tax of $11.59 is now $9.77, $1.82 less." in text
    assert "show it to you again before we ask" in text
    assert "Yes, do this" not in text
    assert "Yes, do this" in section(sent, sent.boot), "the other line stays answerable"
    assert "1 thing changed after you saw it." in plain(sent.look())


def test_an_answer_to_the_old_price_is_not_taken(cast: Cast, sent: OnLink) -> None:
    cheaper(cast, sent)
    answer = sent.answer()
    assert answer.status_code == 422
    assert "It was changed after you saw it." in plain(answer)
    assert not Decision.objects.exists()


def test_shown_again_the_new_price_stands_beside_the_old_one_until_it_is_answered(cast: Cast, sent: OnLink) -> None:
    cheaper(cast, sent)
    again = links.send(
        repair_order=sent.order,
        advisories=[sent.pads, sent.boot],
        address=lambda token: ADDRESS + token,
        by=cast.ada,
        at=AT + timedelta(minutes=3),
    )
    assert "This link does not work any more" in plain(sent.look())
    newer = replace(sent, token=again.token, link=again.link, browser=Client())
    text = section(newer, sent.pads)
    assert "Ada changed the price at 11:40 AM: $387.29 is now $363.37, $23.92 less." in text
    assert "Yes, do this" in text
    newer.answer()
    assert "Ada changed" not in section(newer, sent.pads)


def test_what_was_sent_to_a_link_that_was_turned_off_was_not_taken_and_says_so(sent: OnLink) -> None:
    CustomerLink.objects.update(revoked_at=AT)
    answer = sent.answer()
    assert answer.status_code == 410
    assert "What you sent just now was not taken." in plain(answer)
    assert 'href="tel:+14155550100"' in answer.content.decode()


def test_a_price_that_ran_out_asks_for_a_call_and_not_for_a_yes(sent: OnLink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT + timedelta(days=16))
    text = section(sent, sent.pads)
    assert "This price held until Dec 7. We will make you a new one. Call (415) 555-0100" in text
    assert "Yes, do this" not in text


# --- work, and the end of the visit ----------------------------------------------------------------------------------


def test_after_work_has_started_that_line_is_closed_and_the_others_stay_open(cast: Cast, sent: OnLink) -> None:
    sent.answer()
    working.start(advisory=Advisory.objects.get(pk=sent.pads.pk), by=cast.tess, at=AT)
    text = section(sent, sent.pads)
    assert "Work has started. So this one can no longer be canceled here. Call (415) 555-0100" in text
    assert "Yes, do this" not in text
    assert "Yes, do this" in section(sent, sent.boot)
    sent.browser.post(sent.at("link-answers"), sent.form(**{f"answer-{sent.boot.pk}": "declined"}))
    assert Advisory.objects.get(pk=sent.boot.pk).answer == "declined"
    working.finish(advisory=Advisory.objects.get(pk=sent.pads.pk), by=cast.tess, at=AT)
    assert "This work is done." in section(sent, sent.pads)


def test_a_visit_that_is_over_says_what_was_done_what_was_left_and_prints(cast: Cast, sent: OnLink) -> None:
    sent.answer()
    finish_agreed(cast, sent.order)
    RepairOrder.objects.update(status="closed", closed_at=AT)
    html, text = sent.look().content.decode(), plain(sent.look())
    assert "Theo, this visit is over" in text
    done, left = text.split("What was done")[1].split("What was left")
    assert "Replace the front brake pads $387.29 Theo Brandt said yes on Nov 23." in done
    assert "Replace the left shaft boot $168.00 Not answered, so not added." in left
    assert "data-print" in html
    assert "<form" not in html
    assert "Say no to all of this" not in text


def test_an_answer_given_is_shown_with_its_time_and_may_be_changed(sent: OnLink) -> None:
    sent.answer()
    text = section(sent, sent.pads)
    assert "You said yes. Nov 23, 11:38 AM. You can change this until the work starts." in text


def test_what_somebody_else_answered_meanwhile_names_them_and_how(cast: Cast, sent: OnLink) -> None:
    showing = presenting.present(
        repair_order=sent.order,
        advisories=[sent.pads],
        channel=Presentation.Channel.PHONE,
        to_name="Rosa Brandt",
        by=cast.ada,
        at=AT,
    )
    deciding.decide(
        presentation=showing,
        answers=[Answered(showing.lines.get().pk, "declined")],
        who_name="Rosa Brandt",
        channel=Presentation.Channel.PHONE,
        contact_used="+14155550188",
        reason="Worn pads",
        by=cast.ada,
        at=AT,
    )
    assert "Rosa Brandt said no. By phone, Nov 23, 11:38 AM." in section(sent, sent.pads)


def test_when_nothing_was_found_the_page_says_all_is_good(sent: OnLink) -> None:
    InspectionItem.objects.update(condition="green", computed="")
    with pgtrigger.ignore():
        for line in PresentedLine.objects.all():
            PresentedLine.objects.filter(pk=line.pk).update(snapshot={**line.snapshot, "urgency": "as_asked"})
    text = plain(sent.look())
    assert "Theo, your car is in good shape" in text
    assert "Tess checked 2 things on your car. All 2 are good." in text


# --- questions -------------------------------------------------------------------------------------------------------


def ask(sent: OnLink, words: str = "Can it wait a month?", **more: str) -> object:
    typed = {f"question-{sent.pads.pk}": words, "ask": str(sent.pads.pk), "lang": "en", **more}
    form = {key: value for key, value in sent.form().items() if not key.startswith("answer-")} | typed
    return sent.browser.post(sent.at("link-ask"), form)


def test_a_question_goes_out_without_an_answer_a_name_or_digits(sent: OnLink) -> None:
    page = ask(sent, digits="", name="")
    assert page.status_code == 200
    question = Decision.objects.get()
    assert (question.answer, question.question, question.who_name) == (
        "needs_info",
        "Can it wait a month?",
        "Theo Brandt",
    )
    text = section(sent, sent.pads, page.content.decode())
    assert "You asked, 11:38 AM: “Can it wait a month?” Ada sees it. The answer will be here." in text
    assert RepairOrder.objects.get().step == "1 question to answer"
    assert Decision.objects.filter(answer="approved").count() == 0


def test_a_question_keeps_what_was_chosen_on_the_other_lines(sent: OnLink) -> None:
    html = ask(sent, **{f"answer-{sent.boot.pk}": "declined"}).content.decode()
    assert f'name="answer-{sent.boot.pk}" value="declined" checked' in html
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(("words", "sentence"), [("  ", "Write down the question."), ("x" * 900, "")])
def test_a_question_needs_words_and_is_kept_short(sent: OnLink, words: str, sentence: str) -> None:
    page = ask(sent, words)
    assert (page.status_code == 422) == bool(sentence)
    assert sentence in plain(page)
    assert all(len(one.question) <= 300 for one in Decision.objects.all())


def test_a_question_cannot_undo_an_answer_without_signing(sent: OnLink) -> None:
    sent.answer()
    page = ask(sent)
    assert page.status_code == 422
    assert "You answered this one." in plain(page)
    assert Advisory.objects.get(pk=sent.pads.pk).answer == "approved"


@pytest.mark.parametrize("read_before", [True, False])
def test_a_question_does_not_undo_a_yes_that_came_while_it_was_sent(
    cast: Cast, sent: OnLink, monkeypatch: pytest.MonkeyPatch, read_before: bool
) -> None:
    """Without what was looked at before (the guard off), an unsigned question would take the place of the yes."""
    presentation = Presentation.objects.get(channel="link")
    yes = Answered(presentation.lines.get(advisory=sent.pads).pk, "approved")
    looks, asked = answering._question_refused, answering.deciding.Answered

    def and_then_the_counter_takes_a_yes(*args: object) -> str:
        found = looks(*args)
        deciding.decide(
            presentation=presentation, answers=[yes], who_name="Theo Brandt", channel="counter", by=cast.ada, at=AT
        )
        return found

    monkeypatch.setattr(answering, "_question_refused", and_then_the_counter_takes_a_yes)
    if not read_before:
        monkeypatch.setattr(answering.deciding, "Answered", lambda *args, seen, **words: asked(*args, **words))
    page = ask(sent)
    assert page.status_code == (422 if read_before else 200)
    assert Advisory.objects.get(pk=sent.pads.pk).answer == ("approved" if read_before else "needs_info")


def test_a_hundred_questions_are_not_taken(sent: OnLink) -> None:
    pages = [ask(sent, f"Question {n}?") for n in range(MOST_QUESTIONS + 1)]
    assert [page.status_code for page in pages] == [200] * MOST_QUESTIONS + [422]
    assert "Please call us" in plain(pages[-1])


def test_the_same_question_twice_is_one_question(sent: OnLink) -> None:
    form = {key: value for key, value in sent.form().items() if not key.startswith("answer-")}
    form |= {f"question-{sent.pads.pk}": "How long?", "ask": str(sent.pads.pk)}
    first, second = (sent.browser.post(sent.at("link-ask"), form, follow=True) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert Decision.objects.count() == 1


def test_a_question_on_a_line_that_was_not_shown_is_refused(sent: OnLink) -> None:
    assert ask(sent, ask="99999").status_code == 422
    assert not Decision.objects.exists()


def test_the_answer_to_a_question_comes_back_on_the_page_and_changes_no_answer(cast: Cast, sent: OnLink) -> None:
    ask(sent)
    at = AT + timedelta(minutes=8)
    replying.reply(question=Decision.objects.get(), text="Yes, if you drive gently.", by=cast.ada, at=at)
    text = section(sent, sent.pads)
    assert "You asked, 11:38 AM: “Can it wait a month?” Ada answered, 11:46 AM: “Yes, if you drive gently.”" in text
    assert "The answer will be here" not in text
    assert "Yes, do this" in text
    assert QuestionReply.objects.count() == 1
    assert Advisory.objects.get(pk=sent.pads.pk).answer == "needs_info"


# --- is it still as I saw it? ----------------------------------------------------------------------------------------


def test_the_page_can_ask_whether_anything_changed_and_changes_nothing_by_asking(cast: Cast, sent: OnLink) -> None:
    def state() -> str:
        return sent.browser.get(sent.at("link-state")).content.decode()

    first, entries = state(), Entry.objects.count()
    assert f'data-state="{first}"' in sent.look().content.decode()
    assert (state(), Entry.objects.count()) == (first, entries)
    cheaper(cast, sent)
    second = state()
    ask(sent, ask=str(sent.boot.pk), **{f"question-{sent.boot.pk}": "Why?"})
    third = state()
    replying.reply(question=Decision.objects.get(), text="Because.", by=cast.ada, at=AT)
    assert len({first, second, third, state()}) == 4
