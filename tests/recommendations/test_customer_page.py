"""The customer's own page: who sees it, what it says, and how answers are taken."""

import re
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from dealership.models import Entry, Rooftop
from recommendations.actions import links, working
from recommendations.models import Advisory, CustomerLink, Decision, Presentation, RecordEntry
from recommendations.rules import reading_grade
from service_lane.models import Photo, RepairOrder
from tests.cast import AT, Cast, make_order
from tests.recommendations.lines import make_photo
from tests.recommendations.pages import OnLink, logged_in, oil_signed_for, plain, send_link

CHOSEN = re.compile(r"<input[^>]* checked")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def sent(cast: Cast) -> OnLink:
    return send_link(cast)


# --- looking ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_each_line_with_its_price_and_nothing_chosen(sent: OnLink) -> None:
    answer = sent.look()
    html, text = answer.content.decode(), plain(answer)
    assert "Theo, here is what we found" in text
    assert "We measured 2 mm, left front. The limit is 3 mm." in text
    assert "$387.29" in text
    assert "$168.00" in text
    assert html.count('<input type="radio"') == 8
    assert not CHOSEN.search(html)
    assert 'data-sum="0.00"' in html


def test_the_first_screen_says_how_many_jobs_wait_and_what_they_come_to(sent: OnLink) -> None:
    """$387.29 and $168.00, in the sentence for all and beside the sign of each."""
    answer = sent.look()
    assert "2 jobs wait for your yes or no: $555.29 for all, tax and fees included." in plain(answer)
    assert '<b class="num">$387.29</b></a>' in answer.content.decode()
    sent.answer()
    assert "1 job waits for your yes or no: $168.00, tax and fees included." in plain(sent.look())


def test_what_was_signed_at_write_up_counts_in_the_total_and_is_not_asked_again(cast: Cast) -> None:
    order = make_order(cast)
    oil_signed_for(cast, order)
    sent = send_link(cast, order)
    text = plain(sent.look())
    assert "When you came in you agreed to: Oil and filter. Your total is $99.11 so far." in text
    assert 'data-sum="99.11"' in sent.look().content.decode()


def test_no_browser_or_search_engine_keeps_the_page_and_no_referrer_carries_its_address(sent: OnLink) -> None:
    answer = sent.look()
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    # With no-referrer a browser would post "Origin: null", which every form refuses.
    assert answer["Referrer-Policy"] == "strict-origin"
    assert '<meta name="referrer" content="strict-origin">' in answer.content.decode()


def test_the_forms_pass_a_browsers_origin_check(sent: OnLink) -> None:
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(sent.at("customer-link")).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    body = sent.form(csrfmiddlewaretoken=token)
    assert browser.post(sent.at("link-review"), body, headers={"Origin": "http://testserver"}).status_code == 200
    assert browser.post(sent.at("link-review"), body, headers={"Origin": "http://evil.example"}).status_code == 403


def test_a_get_changes_nothing_wherever_it_goes(sent: OnLink) -> None:
    before = CustomerLink.objects.values().get(), Entry.objects.count(), RepairOrder.objects.values().get()
    for name in ("customer-link", "link-review", "link-answers", "link-thanks", "link-how", "link-opened"):
        assert sent.browser.get(sent.at(name)).status_code in (200, 302, 405)
    assert (CustomerLink.objects.values().get(), Entry.objects.count(), RepairOrder.objects.values().get()) == before
    assert "sessionid" not in sent.browser.cookies


def test_the_pages_own_post_says_once_that_it_was_opened(sent: OnLink, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sent.browser.post(sent.at("link-opened")).status_code == 204
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT + timedelta(minutes=5))
    sent.browser.post(sent.at("link-opened"))
    link = CustomerLink.objects.get()
    assert (link.opened_at, link.last_seen_at) == (AT, AT + timedelta(minutes=5))
    assert Entry.objects.filter(event="link.opened").count() == 1


def test_an_expired_link_and_a_revoked_one_say_so_kindly(sent: OnLink) -> None:
    CustomerLink.objects.update(expires_at=AT)
    assert sent.look().status_code == 410
    assert "This link has run out" in plain(sent.look())
    CustomerLink.objects.update(expires_at=AT + timedelta(days=1), revoked_at=AT)
    assert "This link does not work any more" in plain(sent.look())
    assert sent.answer().status_code == 410
    assert not Decision.objects.exists()


def test_a_closed_visit_is_there_to_read_and_takes_no_answers(sent: OnLink) -> None:
    RepairOrder.objects.update(status="closed", closed_at=AT)
    text = plain(sent.look())
    assert "This visit is over" in text
    assert "Yes, do this" not in text
    assert "Not answered, so not added." in text
    answer = sent.answer()
    assert answer.status_code == 422
    assert not Decision.objects.exists()


def test_a_thousand_guesses_find_nothing_say_nothing_and_lock_nobody_out(sent: OnLink) -> None:
    cache.clear()
    guesser = Client(REMOTE_ADDR="198.51.100.7")
    answers = [
        guesser.get(f"/v/{uuid4().hex[:22]}/", headers={"X-Forwarded-For": f"10.0.0.{n % 250}"}) for n in range(1000)
    ]
    codes = [answer.status_code for answer in answers]
    assert set(codes) == {404, 429}
    assert codes.index(429) == 30, "a header that claims another address must not help"
    assert answers[-1]["Retry-After"] == "600"
    assert guesser.get(sent.at("customer-link")).status_code == 200
    assert Client(REMOTE_ADDR="198.51.100.8").get("/v/nothing/").status_code == 404


def test_a_photo_is_shown_to_the_link_it_belongs_to_and_to_no_other(cast: Cast, sent: OnLink) -> None:
    bytes_of_a_photo = BytesIO()
    Image.new("RGB", (4, 4)).save(bytes_of_a_photo, "JPEG")
    photo = Photo.objects.exclude(item=None).get()
    photo.image.save("boot.jpg", ContentFile(bytes_of_a_photo.getvalue()))
    answer = sent.browser.get(sent.at("link-photo", photo.name))
    assert (answer.status_code, answer["X-Content-Type-Options"]) == (200, "nosniff")
    assert "no-store" in answer["Cache-Control"]
    assert b"".join(answer.streaming_content).startswith(b"\xff\xd8")
    assert str(photo.name) in sent.look().content.decode()
    walk_around = make_photo(cast, photo.item)
    Photo.objects.filter(pk=walk_around.pk).update(item=None, repair_order=sent.order)
    assert sent.browser.get(sent.at("link-photo", walk_around.name)).status_code == 404
    CustomerLink.objects.update(revoked_at=AT)
    assert sent.browser.get(sent.at("link-photo", photo.name)).status_code == 410


def test_how_we_recommend_and_are_paid_is_one_page_for_customers_and_staff(cast: Cast, sent: OnLink) -> None:
    assert "has not written this down yet" in plain(sent.browser.get(sent.at("link-how")))
    Rooftop.objects.update(how_advisors_are_paid="By the hour, and a part of what is sold.")
    assert "By the hour, and a part of what is sold." in plain(sent.browser.get(sent.at("link-how")))
    staff_page = logged_in(cast.ada).get(reverse("recommendations:how-staff"))
    assert "By the hour, and a part of what is sold." in plain(staff_page)
    assert logged_in(cast.sam).get(reverse("recommendations:how-staff")).status_code == 403


@pytest.mark.parametrize("name", ["customer-link", "link-how", "link-thanks"])
def test_our_own_words_read_at_grade_8_or_below(sent: OnLink, name: str) -> None:
    text = plain(sent.browser.get(sent.at(name)))
    body = text.split("Skip to", 1)[1]
    assert 0 < reading_grade(body) <= 8


def test_the_page_takes_the_same_queries_for_two_lines_and_for_one(cast: Cast, sent: OnLink) -> None:
    with CaptureQueriesContext(connection) as two:
        sent.look()
    Advisory.objects.filter(pk=sent.boot.pk).update(removed_at=AT)
    with CaptureQueriesContext(connection) as one:
        sent.look()
    assert len(one) == len(two) <= 25


# --- answering -------------------------------------------------------------------------------------------------------


def test_reviewing_records_nothing_and_says_what_is_not_added(sent: OnLink) -> None:
    answer = sent.browser.post(sent.at("link-review"), sent.form())
    text = plain(answer)
    assert "You say yes." in text
    assert "Not answered, so not added." in text
    assert "Total, tax included $387.29" in text
    assert not Decision.objects.exists()
    assert CustomerLink.objects.get().opened_at == AT


def test_going_back_from_the_review_keeps_what_was_chosen(sent: OnLink) -> None:
    html = sent.browser.post(sent.at("link-review"), sent.form(back="1")).content.decode()
    assert len(CHOSEN.findall(html)) == 1


def test_a_form_without_an_answer_says_so(sent: OnLink) -> None:
    answer = sent.browser.post(sent.at("link-review"), {})
    assert answer.status_code == 422
    assert "Choose an answer for at least one line." in plain(answer)


@pytest.mark.parametrize(("typed", "sentence"), [("deferred", "Later: say until when."), ("needs_info", "Write")])
def test_later_needs_a_time_and_a_question_its_words(sent: OnLink, typed: str, sentence: str) -> None:
    answer = sent.browser.post(sent.at("link-review"), sent.form(**{f"answer-{sent.boot.pk}": typed}))
    assert answer.status_code == 422
    assert sentence in plain(answer)


def test_answers_are_recorded_as_given_on_exactly_what_was_shown(sent: OnLink) -> None:
    answer = sent.answer(**{f"answer-{sent.boot.pk}": "deferred", f"until-{sent.boot.pk}": "3000mi"})
    assert answer.url == sent.at("link-thanks")
    pads, boot = Decision.objects.order_by("line__advisory__position")
    assert (pads.answer, pads.who_name, pads.who_kind, pads.channel) == ("approved", "Theo Brandt", "customer", "link")
    assert (pads.contact_used, pads.by, pads.at) == ("+14155550142", None, AT)
    assert (boot.answer, boot.until_miles) == ("deferred", 74902)
    assert RecordEntry.objects.filter(kind="decided").count() == 2
    receipt = plain(sent.browser.get(answer.url))
    assert "You said yes." in receipt
    assert f"Proof {pads.line.sha256[:12]}" in receipt


def test_the_designees_name_answers_as_the_designee_within_their_limit(cast: Cast) -> None:
    sent = send_link(cast, make_order(cast, designee_name="Rosa Brandt", designee_limit="200.00"))
    answer = sent.answer(name="Rosa Brandt")
    assert answer.status_code == 422
    assert "Rosa Brandt may say yes to $200.00 in all." in plain(answer)
    sent.answer(name="rosa brandt", **{f"answer-{sent.pads.pk}": "", f"answer-{sent.boot.pk}": "approved"})
    assert Decision.objects.get().who_kind == "designee"


def test_a_name_is_needed_and_what_was_chosen_is_kept(sent: OnLink) -> None:
    answer = sent.answer(name="  ")
    assert answer.status_code == 422
    assert "Type your full name" in plain(answer)
    assert f'name="answer-{sent.pads.pk}" value="approved"' in answer.content.decode()
    assert not Decision.objects.exists()


def test_five_wrong_digits_close_the_form_and_tell_the_advisor(sent: OnLink) -> None:
    for n in range(5):
        browser = Client(REMOTE_ADDR=f"203.0.113.{n}")
        answer = browser.post(
            sent.at("link-answers"), sent.form(digits="9999"), headers={"X-Forwarded-For": f"10.0.0.{n}"}
        )
        assert answer.status_code == 422
    assert "Please call us." in plain(answer)
    assert "Please call us." in plain(sent.answer(digits="0142"))
    assert not Decision.objects.exists()
    assert RepairOrder.objects.get().step == "Wrong digits on the link, call them"
    assert "takes no answers now" in plain(sent.look())
    assert Entry.objects.filter(event="link.wrong_digits").count() == 5


def test_a_customer_without_a_phone_is_not_asked_for_its_digits(cast: Cast) -> None:
    sent = send_link(cast, make_order(cast, contact_channel="email", contact_value="theo@example.com"))
    sent.order.customer.contact_points.all().delete()
    review = sent.browser.post(sent.at("link-review"), sent.form())
    assert "Last four digits" not in plain(review)
    assert sent.answer(digits="").status_code == 302
    assert Decision.objects.count() == 1


def test_the_same_form_twice_is_one_answer_and_ends_on_the_receipt(sent: OnLink) -> None:
    form = sent.form()
    first, second = (sent.browser.post(sent.at("link-answers"), form, follow=True) for _ in range(2))
    assert [answer.status_code for answer in (first, second)] == [200, 200]
    assert "You said yes." in plain(second)
    assert Decision.objects.count() == 1


def test_a_used_key_with_another_answer_is_refused(sent: OnLink) -> None:
    form = sent.form()
    sent.browser.post(sent.at("link-answers"), form)
    form[f"answer-{sent.pads.pk}"] = "declined"
    assert sent.browser.post(sent.at("link-answers"), form).status_code == 409
    assert Decision.objects.get().answer == "approved"


def test_a_form_without_a_key_is_refused(sent: OnLink) -> None:
    assert sent.answer(form_key="").status_code == 400
    assert not Decision.objects.exists()


def test_a_mind_can_be_changed_until_work_starts_and_an_unchanged_answer_is_not_given_twice(sent: OnLink) -> None:
    sent.answer()
    first = Decision.objects.get()
    seen = {f"seen-{sent.pads.pk}": str(first.pk)}
    sent.answer(**seen)
    assert Decision.objects.count() == 1
    sent.answer(**seen, **{f"answer-{sent.pads.pk}": "declined"})
    sent.pads.refresh_from_db()
    assert (Decision.objects.count(), sent.pads.answer) == (2, "declined")


def test_after_work_has_started_the_page_says_so_and_a_direct_post_changes_nothing(cast: Cast, sent: OnLink) -> None:
    sent.answer()
    decision = Decision.objects.get()
    working.start(advisory=Advisory.objects.get(pk=sent.pads.pk), by=cast.tess, at=AT)
    assert "Work has started. So this one can no longer be canceled here." in plain(sent.look())
    answer = sent.answer(**{f"answer-{sent.pads.pk}": "declined", f"seen-{sent.pads.pk}": str(decision.pk)})
    assert answer.status_code == 422
    assert "can no longer be changed here" in plain(answer)
    assert Decision.objects.count() == 1


def test_an_answer_overtaken_by_another_is_refused_and_the_rest_kept(sent: OnLink) -> None:
    sent.answer()
    late = sent.form(**{f"answer-{sent.pads.pk}": "declined", f"answer-{sent.boot.pk}": "declined"})
    answer = sent.browser.post(sent.at("link-answers"), late)
    assert answer.url.endswith(f"?missed={sent.pads.pk}")
    assert set(Decision.objects.values_list("answer", flat=True)) == {"approved", "declined"}
    sent.pads.refresh_from_db()
    assert sent.pads.answer == "approved"


def test_a_line_of_another_visit_is_not_answered_through_this_link(cast: Cast, sent: OnLink) -> None:
    other = Advisory.objects.get(pk=sent.boot.pk)
    form = {name: value for name, value in sent.form().items() if not name.startswith("answer-")}
    form[f"answer-{other.pk + 1000}"] = "approved"
    assert sent.browser.post(sent.at("link-answers"), form).status_code == 422
    assert not Decision.objects.exists()


def test_a_nul_byte_and_a_very_long_name_are_no_server_error(sent: OnLink) -> None:
    assert sent.answer(name="Theo\x00 Brandt").status_code < 500
    assert sent.answer(name="x" * 5000, digits="\u0664" * 4).status_code < 500


def test_last_four_prefers_the_phone_the_link_went_to(cast: Cast, sent: OnLink) -> None:
    sent.order.customer.contact_points.create(kind="phone", value="+14155559999", digits="4155559999")
    assert links.last_four(sent.link) == "0142"
    assert Presentation.objects.count() == 1
