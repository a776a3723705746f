"""Who answers, how they sign, and taking a yes back before work starts: at the counter, by phone and on the link."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from recommendations import documents
from recommendations.actions import deciding, record, working
from recommendations.actions.deciding import Answered
from recommendations.models import Advisory, AnswerSignature, Decision
from service_lane.models import RepairOrder
from service_lane.rules.signature import read as read_drawing
from tests.cast import AT, Cast, make_order
from tests.recommendations.lines import drafted, shown
from tests.recommendations.pages import answered_at_counter, logged_in, plain, post, read, send_link

pytestmark = pytest.mark.django_db
LEILA = {"designee_name": "Leila Brandt", "designee_limit": "400.00"}
DRAWN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 170">'
    '<path d="M 10,20 C 11,21 12,22 13,23" stroke-width="2"/></svg>'
)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def call(cast: Cast, order: RepairOrder, *lines: Advisory, answer: str = "approved", **typed: str):
    facts = {"who_name": "Theo Brandt", "contact_used": "(415) 555-0142", "reason": "Found in the inspection"}
    marked = {f"answer-{line.pk}": answer for line in lines}
    versions = {f"version-{line.pk}": "1" for line in Advisory.objects.filter(repair_order=order)}
    return post(cast.ada, "call", order.pk, **(facts | marked | versions | typed))


# --- who


@pytest.mark.parametrize("page", ["call", "counter", "from-paper"])
def test_the_form_asks_who_answers_where_somebody_else_was_named_and_marks_nobody(cast: Cast, page: str) -> None:
    order = make_order(cast, **LEILA)
    shown(cast, order)
    html = logged_in(cast.ada).get(reverse(f"recommendations:{page}", args=[order.pk])).content.decode()
    assert html.count('name="who"') == 2
    assert "Leila Brandt, for up to $400.00 in all" in html
    assert 'name="who" value="customer" checked' not in html
    assert 'name="who" value="designee" checked' not in html
    RepairOrder.objects.filter(pk=order.pk).update(designee_name="", designee_limit=None)
    assert b'name="who"' not in logged_in(cast.ada).get(reverse(f"recommendations:{page}", args=[order.pk])).content


@pytest.mark.parametrize(
    ("typed", "kind", "sentence"),
    [
        ({"who": "customer"}, "customer", ""),
        ({"who": "designee", "who_name": "Leila Brandt"}, "designee", ""),
        ({"who_name": "leila brandt"}, "designee", ""),  # whoever bears the name answers within the limit
        ({}, "", "Mark who answers: Theo Brandt or Leila Brandt."),
        ({"who": "anybody"}, "", "Mark who answers"),
        ({"who": "customer", "who_name": "Leila Brandt"}, "", "Leila Brandt was named to answer up to a limit."),
        ({"who": "designee"}, "", "Only Leila Brandt may answer for Theo Brandt."),
    ],
)
def test_the_answer_says_who_gave_it(cast: Cast, typed: dict[str, str], kind: str, sentence: str) -> None:
    order = make_order(cast, **LEILA)
    pads, _ = drafted(cast, order)
    answer = call(cast, order, pads, **typed)
    if kind:
        assert answer.status_code == 302
        assert Decision.objects.get().who_kind == kind
    else:
        assert answer.status_code == 422
        assert sentence in plain(answer)
        assert not Decision.objects.exists()


def test_a_designee_above_their_limit_is_refused_with_a_sentence_and_nothing_is_lost(cast: Cast) -> None:
    order = make_order(cast, **LEILA)
    pads, boot = drafted(cast, order)
    answer = call(cast, order, pads, boot, who="designee", who_name="Leila Brandt")
    assert answer.status_code == 422
    assert "Leila Brandt may say yes to $400.00 in all. This is $155.29 more. Ask Theo Brandt." in plain(answer)
    assert b'value="designee" checked' in answer.content
    assert not Decision.objects.exists()
    assert call(cast, order, pads, boot, who="customer").status_code == 302


def test_the_link_asks_too_and_in_spanish(cast: Cast) -> None:
    sent = send_link(cast, make_order(cast, **LEILA))
    review = sent.browser.post(sent.at("link-review"), sent.form(lang="es"))
    assert "who" in review.content.decode()
    refused = sent.answer(name="Theo Brandt")
    assert refused.status_code == 422
    assert "Mark who answers: Theo Brandt or Leila Brandt." in plain(refused)
    spanish = sent.browser.post(sent.at("link-answers") + "?lang=es", sent.form(name="Theo Brandt"))
    assert "Marque quién contesta" in plain(spanish)
    assert sent.answer(who="customer").status_code == 302
    assert Decision.objects.get().who_kind == "customer"


# --- signed by hand


def at_counter(cast: Cast, order: RepairOrder, pk: int, answer: str, **typed: str):
    body = {f"answer-{pk}": answer, "who_name": "Theo Brandt", "form_key": str(uuid4()), **typed}
    return logged_in(cast.ada).post(reverse("recommendations:counter", args=[order.pk]), body)


def test_a_drawn_signature_is_kept_with_the_answers_it_signs_and_stands_on_the_record(cast: Cast) -> None:
    order = make_order(cast)
    pads, boot = shown(cast, order).lines.all()
    body = {f"answer-{pads.advisory_id}": "approved", f"answer-{boot.advisory_id}": "declined"}
    assert post(cast.ada, "counter", order.pk, who_name="Theo Brandt", signed_drawing=DRAWN, **body).status_code == 302
    (signature,) = AnswerSignature.objects.all()
    assert {one.signature for one in Decision.objects.all()} == {signature}
    assert signature.svg == read_drawing(DRAWN).svg
    assert record.verify(cast.north) == record.Verified(3)
    page = logged_in(cast.ada).get(reverse("recommendations:authorizations", args=[order.pk])).content.decode()
    assert page.count('<svg class="sig-lines"') == 1
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        AnswerSignature.objects.update(svg="")


def test_a_name_is_needed_beside_a_drawing_and_an_unreadable_one_is_refused(cast: Cast) -> None:
    order = make_order(cast)
    pads = shown(cast, order).lines.first().advisory_id
    nameless = at_counter(cast, order, pads, "approved", who_name="", signed_drawing=DRAWN)
    assert "Type the name of the person who answered." in plain(nameless)
    assert b'<svg class="sig-lines"' in nameless.content, "what was drawn is kept"
    assert "That drawing cannot be read" in plain(at_counter(cast, order, pads, "approved", signed_drawing="<svg>"))
    assert not Decision.objects.exists()


def test_nobody_signs_by_hand_on_the_phone(cast: Cast) -> None:
    presentation = shown(cast, make_order(cast), channel="phone")
    with pytest.raises(deciding.CannotDecide, match="given here, at the counter"):
        deciding.decide(
            presentation=presentation,
            answers=[Answered(presentation.lines.first().pk, "approved")],
            who_name="Theo Brandt",
            channel="phone",
            contact_used="1",
            reason="r",
            drawing=read_drawing(DRAWN),
            by=cast.ada,
            at=AT,
        )


# --- taken back


def test_a_yes_is_taken_back_at_the_counter_and_counts_no_more(cast: Cast) -> None:
    order = make_order(cast)
    pads, _ = answered_at_counter(cast, order, "approved", "declined")
    html = logged_in(cast.ada).get(reverse("recommendations:counter", args=[order.pk])).content.decode()
    assert html.count('value="withdrawn"') == 1, "only where there is a yes"
    assert at_counter(cast, order, pads.pk, "withdrawn").status_code == 302
    pads.refresh_from_db()
    assert pads.answer == "withdrawn"
    kept = [(one.answer, str(one.revised_total)) for one in pads.decisions.all()]
    assert kept == [("approved", "387.29"), ("withdrawn", "0.00")]
    with pytest.raises(working.NotApproved, match="yes taken back"):
        working.start(advisory=pads, by=cast.tess, at=AT)
    assert documents.invoice_document(order, AT)["lines"] == []
    assert "Yes taken back" in read(cast.ada, "authorizations", order.pk)
    assert "Yes taken back by Theo Brandt" in read(cast.ada, "estimate", order.pk)
    assert record.verify(cast.north).problem == ""


def test_a_yes_is_taken_back_by_phone_and_on_the_link(cast: Cast) -> None:
    sent = send_link(cast)
    sent.answer()
    assert "Take my yes back" in plain(sent.look())
    review = sent.browser.post(sent.at("link-review"), sent.form(**{f"answer-{sent.pads.pk}": "withdrawn"}))
    assert "You take your yes back." in plain(review)
    seen = str(Advisory.objects.get(pk=sent.pads.pk).last_decision_id)
    gone = sent.answer(**{f"answer-{sent.pads.pk}": "withdrawn", f"seen-{sent.pads.pk}": seen})
    assert "You took your yes back." in plain(sent.browser.get(gone.url))
    assert "You took your yes back." in plain(sent.look())
    assert call(cast, sent.order, sent.pads).status_code == 302
    assert call(cast, sent.order, sent.pads, answer="withdrawn").status_code == 302
    assert Advisory.objects.get(pk=sent.pads.pk).answer == "withdrawn"


def test_there_must_be_a_yes_to_take_back_and_work_must_not_have_started(cast: Cast) -> None:
    order = make_order(cast)
    presentation = shown(cast, order)
    pads, boot = presentation.lines.all()

    def answer(pk: int, what: str) -> deciding.Outcome:
        return deciding.decide(
            presentation=presentation,
            answers=[Answered(pk, what)],
            who_name="Theo Brandt",
            channel="counter",
            by=cast.ada,
            at=AT,
        )

    for before in ("", "declined"):
        if before:
            answer(boot.pk, before)
        with pytest.raises(deciding.NothingRecorded, match="no yes to take back"):
            answer(boot.pk, "withdrawn")
    answer(pads.pk, "approved")
    working.start(advisory=Advisory.objects.get(pk=pads.advisory_id), by=cast.tess, at=AT)
    with pytest.raises(deciding.NothingRecorded, match="work has started"):
        answer(pads.pk, "withdrawn")
