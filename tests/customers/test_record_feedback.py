"""Feedback: in the customer's words, in ten seconds, from whom it is, and who may read it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from customers.actions.complaints import AlreadyTakenOn
from customers.actions.complaints import ConfidenceInSales as ConfidentialComplaint
from customers.actions.feedback import AlreadyMatched, ConfidenceInSales, TooLate
from customers.models import Complaint, Feedback, Look
from customers.models import complaints as complaint_rows
from customers.models import feedback as rows
from customers.models.words import searched_for
from dealership.http import COUNTER_VIEW_KEY
from dealership.models import Entry
from tests.cast import AT, Cast, make_customer
from tests.customers.voices import TOMORROW, agree, ask, buy, complain, plan, say

SAID = reverse("customers:said")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


# --- writing down ----------------------------------------------------------------------------------------------------


def test_what_was_said_is_kept_with_who_wrote_it_and_a_trace(cast: Cast) -> None:
    said = say(cast, make_customer(), visit="48213", score=4, score_of=5)
    assert (said.words, said.by, said.visit, said.score) == ("Ada kept her word.", cast.ada, "48213", 4)
    assert Entry.objects.about(said).get().event == "feedback.recorded"


def test_nobody_rewrites_what_was_said(cast: Cast) -> None:
    said = say(cast, make_customer())
    for change in ({"words": "She is awful."}, {"kind": "remark"}, {"by": cast.sam}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Feedback.objects.filter(pk=said.pk).update(**change)
    Feedback.objects.filter(pk=said.pk).update(visit="48214")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"words": ""}, "feedback_has_words"),
        ({"score": 6, "score_of": 5}, "feedback_score_is_whole"),
        ({"score": 6}, "feedback_score_is_whole"),
        ({"is_confidential": True, "side": "sales"}, "feedback_confidence_stays_in_service"),
        ({"matched_at": AT}, "feedback_match_is_whole"),
    ],
)
def test_the_database_refuses_what_makes_no_sense(cast: Cast, fields: dict[str, Any], name: str) -> None:
    given = {"rooftop": cast.north, "kind": "survey", "words": "Fine.", "side": "service", "by": cast.ada}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Feedback.objects.create(said_at=AT, recorded_at=AT, **given | fields)


def test_anybody_in_service_writes_it_down_on_the_customers_page(send: Callable[..., Any], cast: Cast) -> None:
    theo = make_customer()
    url = reverse("customers:said-new", args=[theo.pk])
    for staff in (cast.ada, cast.tess, cast.max):
        answer = send(staff, url, kind="remark", words="The coffee is good.", side="service")
        assert answer.url == theo.get_absolute_url()
    assert Feedback.objects.filter(customer=theo).count() == 3
    assert send(cast.sam, url, kind="remark", words="Hm.", side="service").status_code == 404


def test_the_form_opens_in_a_dialog_and_goes_back_where_it_came_from(
    client: Any, send: Callable[..., Any], cast: Cast
) -> None:
    url = reverse("customers:said-new", args=[make_customer().pk])
    client.force_login(cast.ada)
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "What did Theo Brandt say?" in part
    typed = {"kind": "praise", "words": "Quick!", "side": "service"}
    assert send(cast.ada, url, **typed, next="/lane/").url == "/lane/"
    assert send(cast.ada, url, **typed, next="https://evil.example/").url.startswith("/customers/")
    htmx = send(cast.ada, url, headers={"HX-Request": "true"}, **typed)
    assert htmx.headers["HX-Redirect"].startswith("/customers/")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"kind": ""}, "Choose what it is."),
        ({"words": " "}, "Write down what they said."),
        ({"side": "sales", "is_confidential": "on"}, "What is told in confidence stays in service."),
        ({"kind": "mention"}, "Say where they said it, or give the link."),
        ({"score": "nine"}, "like 4 of 5"),
        ({"score": "6/5"}, "like 4 of 5"),
        ({"link": "not a link"}, "Enter a web address"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    send: Callable[..., Any], cast: Cast, typed: dict[str, str], sentence: str
) -> None:
    url = reverse("customers:said-new", args=[make_customer().pk])
    answer = send(cast.ada, url, **{"kind": "survey", "words": "They kept their word.", "side": "service"} | typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert typed.get("words", "They kept their word.").strip() in answer.content.decode()
    assert not Feedback.objects.exists()


def test_a_complaint_said_in_ten_seconds_has_the_manager_for_owner_and_is_due_tomorrow(
    send: Callable[..., Any], cast: Cast
) -> None:
    theo = make_customer()
    url = reverse("customers:said-new", args=[theo.pk])
    send(cast.tess, url, kind="complaint", words="It still shudders.", side="service", visit="48213")
    send(cast.tess, url, kind="complaint", words="Nobody called.", side="sales")
    mine, theirs = Complaint.objects.order_by("pk")
    assert (mine.owner, mine.visit, mine.due_at.isoformat()) == (cast.max, "48213", "2026-11-25T01:00:00+00:00")
    assert theirs.owner == cast.sue


def test_it_can_be_taken_back_for_ten_seconds_by_whoever_wrote_it(
    send: Callable[..., Any], client: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = say(cast, make_customer())
    undo = reverse("customers:feedback-undo", args=[said.pk])
    send(cast.max, undo)
    said.refresh_from_db()
    assert said.taken_back_at is None
    send(cast.ada, undo)
    said.refresh_from_db()
    assert said.taken_back_at == AT
    assert "Ada kept" not in client.get(SAID).content.decode()
    late = say(cast, make_customer("Julie", phone=""))
    with pytest.raises(TooLate):
        actions.take_back_feedback(feedback=late, by=cast.ada, at=AT + timedelta(seconds=11))


def test_what_was_said_can_become_a_complaint_once(send: Callable[..., Any], client: Any, cast: Cast) -> None:
    theo = make_customer()
    said = say(cast, theo, "The car is not washed.", kind="survey", is_confidential=True)
    client.force_login(cast.ada)
    page = client.get(said.get_absolute_url()).content.decode()
    url = reverse("customers:complaint-new", args=[theo.pk]) + f"?from={said.pk}"
    assert url in page
    assert "The car is not washed." in client.get(url).content.decode()
    typed = {"words": said.words, "side": "service", "due_at": "2026-11-24T17:00", "is_confidential": "on"}
    send(cast.ada, url, **typed)
    said.refresh_from_db()
    assert said.complaint == Complaint.objects.get()
    assert said.complaint.is_confidential
    assert send(cast.max, url, **typed).status_code == 422
    with pytest.raises(AlreadyTakenOn):
        complain(cast, theo, feedback=said)
    assert Complaint.objects.count() == 1


# --- told in confidence ----------------------------------------------------------------------------------------------


def test_what_is_told_in_confidence_stays_in_service(cast: Cast) -> None:
    theo = make_customer()
    with pytest.raises(ConfidenceInSales):
        say(cast, theo, side="sales", is_confidential=True)
    with pytest.raises(ConfidentialComplaint):
        complain(cast, theo, side="sales", is_confidential=True)
    of_sales = Complaint.objects.filter(pk=complain(cast, theo, side="sales").pk)
    with pytest.raises(IntegrityError, match="complaint_confidence"), transaction.atomic():
        of_sales.update(is_confidential=True)


@pytest.mark.parametrize("who", ["sam", "sue", "mallory"])
def test_sales_cannot_ask_for_it_by_any_address(client: Any, cast: Cast, who: str) -> None:
    theo = make_customer()
    secret = "I am getting divorced."
    said = say(cast, theo, secret, is_confidential=True)
    complaint = complain(cast, theo, secret, is_confidential=True)
    open_one = say(cast, theo, "Sam was friendly.", side="sales")
    client.force_login(getattr(cast, who))
    for url in (said.get_absolute_url(), complaint.get_absolute_url()):
        assert client.get(url).status_code == 404
        assert client.post(url, {"form_key": "e" * 32, "what_was_done": "x"}).status_code in (403, 404)
    for url in (SAID, f"{SAID}?q=divorced", f"{SAID}?kind=praise", reverse("customers:complaints"), "/mine/"):
        assert secret not in client.get(url).content.decode()
    seen = "Sam was friendly." in client.get(SAID).content.decode()
    assert seen == (who != "mallory")
    client.force_login(cast.ada)
    assert secret in client.get(said.get_absolute_url()).content.decode()
    assert secret in client.get(f"{SAID}?q=divorced").content.decode()
    assert Look.objects.filter(customer=theo, by=cast.ada).exists()
    assert open_one.is_confidential is False


def test_sales_reads_what_is_about_sales_and_nothing_about_service(client: Any, cast: Cast) -> None:
    about_service = say(cast, make_customer(), "The oil was dirty.")
    client.force_login(cast.sam)
    assert "The oil was dirty." not in client.get(SAID).content.decode()
    assert client.get(about_service.get_absolute_url()).status_code == 404


def test_counter_view_shows_neither_words_nor_last_names(client: Any, cast: Cast) -> None:
    theo = make_customer()
    said, question = say(cast, theo, "Ada kept her word."), ask(cast, theo)
    complain(cast, theo, "Ada kept her word to others.", owner=cast.ada)
    agree(cast, theo)
    asked = plan(cast, theo, at=AT)
    bought = buy(cast, theo, "D-2", promised="Ada kept her word")
    client.force_login(cast.ada)
    session = client.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    of_theirs = [reverse(f"customers:{name}", args=[theo.pk]) for name in ("customer-said", "referrals", "said-new")]
    lists = [SAID, *(reverse(f"customers:{name}") for name in ("mine", "check-ins", "complaints", "purchases"))]
    rows = [row.get_absolute_url() for row in (said, question, asked, bought)]
    for url in (*lists, *rows, *of_theirs):
        page = client.get(url).content.decode()
        assert "kept her word" not in page, url
        assert "Is my loan" not in page, url
        assert "Brandt" not in page, url


# --- finding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("brake", {"The brakes squeal again.", "Brakes fixed at once."}),
        ("llamaron", {"Nunca me llamaron de vuelta."}),
        ("llamar", {"Nunca me llamaron de vuelta."}),
        ('"squeal again"', {"The brakes squeal again."}),
        ("brakes -squeal", {"Brakes fixed at once."}),
        ("zebra", set()),
        ("'; drop table", set()),
    ],
)
def test_search_knows_both_languages_over_feedback_and_complaints(
    client: Any, cast: Cast, typed: str, found: set[str]
) -> None:
    theo = make_customer()
    say(cast, theo, "Nunca me llamaron de vuelta.")
    say(cast, theo, "Brakes fixed at once.")
    complain(cast, theo, "The brakes squeal again.")
    client.force_login(cast.ada)
    page = client.get(SAID, {"q": typed}).context["page"]
    assert {row["words"] for row in page} == found


def test_search_finds_what_was_done_about_a_complaint(client: Any, cast: Cast) -> None:
    complaint = complain(cast, make_customer())
    actions.close_complaint(complaint=complaint, what_was_done="Replaced the alternator.", by=cast.max, at=AT)
    client.force_login(cast.ada)
    assert [row["pk"] for row in client.get(SAID, {"q": "alternators"}).context["page"]] == [complaint.pk]


def test_search_uses_its_index(cast: Cast) -> None:
    found = Feedback.objects.annotate(hit=rows.SEARCHED).filter(hit=searched_for("brake"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "feedback_search" in found.order_by().explain()
        complaints = Complaint.objects.annotate(hit=complaint_rows.SEARCHED).filter(hit=searched_for("brake"))
        assert "complaint_search" in complaints.order_by().explain()


@pytest.mark.parametrize("kind", ["", "complaint", "praise", "unmatched"])
def test_the_list_asks_as_often_for_fifty_as_for_one(client: Any, cast: Cast, kind: str) -> None:
    client.force_login(cast.ada)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(SAID, {"kind": kind, "q": "her"}).status_code == 200
        return len(queries)

    theo = make_customer()

    def more() -> None:
        say(cast, theo)
        say(cast, None)
        complain(cast, theo, "her again")

    more()
    cost()
    one = cost()
    for _ in range(50):
        more()
    assert cost() == one


def test_pages_follow_one_another_without_losing_a_row(client: Any, cast: Cast) -> None:
    theo = make_customer()
    for _ in range(20):
        say(cast, theo)
        complain(cast, theo)
    client.force_login(cast.ada)
    pages = [client.get(SAID, {"page": page}).context["page"] for page in (1, 2)]
    assert len({(row["what"], row["pk"]) for page in pages for row in page}) == 40


def test_an_empty_list_says_what_to_do(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)
    assert "Nobody has said anything yet." in client.get(SAID).content.decode()
    assert "Nothing fits that." in client.get(SAID, {"q": "brake"}).content.decode()


# --- whose words -----------------------------------------------------------------------------------------------------


def test_somebody_of_service_says_whose_words_they_are_once(send: Callable[..., Any], client: Any, cast: Cast) -> None:
    said = say(cast, None, side="sales")
    theo, julie = make_customer(), make_customer("Julie", phone="+14155550143")
    client.force_login(cast.ada)
    page = client.get(said.get_absolute_url(), {"with": "0143"}).content.decode()
    assert "Julie" in page
    assert send(cast.sam, said.get_absolute_url(), customer=julie.pk).status_code == 403
    assert send(cast.mallory, said.get_absolute_url(), customer=julie.pk).status_code == 404
    assert send(cast.ada, said.get_absolute_url(), customer=10**9).status_code == 404
    send(cast.ada, said.get_absolute_url(), customer=julie.pk)
    said.refresh_from_db()
    assert (said.customer, said.matched_by, said.matched_how) == (julie, cast.ada, "Named by Ada Kim.")
    with pytest.raises(AlreadyMatched):
        actions.match_feedback(feedback=said, customer=theo, by=cast.max, at=TOMORROW)


def test_a_customers_page_holds_all_they_said_and_a_part_for_their_record(client: Any, cast: Cast) -> None:
    theo = make_customer()
    say(cast, theo)
    client.force_login(cast.ada)
    url = reverse("customers:customer-said", args=[theo.pk])
    assert url in client.get(theo.get_absolute_url()).content.decode()
    assert "Ada kept her word." in client.get(url).content.decode()
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "Ada kept her word." in part
    assert "<html" not in part
    client.force_login(cast.sam)
    assert client.get(url).status_code == 403
