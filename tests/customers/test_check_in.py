"""Check-ins: due by themselves, asked only of those who agreed, done in two taps, and nothing is for sale."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from customers import actions
from customers.actions.check_ins import MayNotAsk, NotWaiting, TooLate, WordsMissing
from customers.models import CheckIn, Complaint, Consent, Feedback
from customers.rules.check_ins import AFTER_PURCHASE, VISIT, due_at, due_on, script
from customers.tasks import sweep
from dealership.models import Entry
from recommendations.rules import EASY_IN_SPANISH, HARDEST_GRADE, reading_ease_es, reading_grade
from tests.cast import AT, Cast, make_customer
from tests.customers.voices import TOMORROW, agree, buy, complain, plan, say

LIST = reverse("customers:check-ins")
PACIFIC = ZoneInfo("America/Los_Angeles")
KINDS = (VISIT, *AFTER_PURCHASE)
FOR_SALE = re.compile(
    r"\b(offers?|deals?|sales?|sell\w*|buy\w*|upgrad\w*|trade\w*|discounts?|coupons?|specials?|promo\w*|price\w*|"
    r"financ\w*|leas\w*|appraisal|new (car|model)s?|book|schedule|appointment|recommend\w*|referr?\w*|"
    r"ofertas?|venta\w*|vend\w*|compr(ar|e)\b|descuentos?|promoci\w*|precio\w*|financ\w*|cita|modelo\w*)",
    re.IGNORECASE,
)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def waiting(cast: Cast) -> CheckIn:
    """Theo agreed to a call; his visit was closed four days ago."""
    theo = make_customer()
    agree(cast, theo)
    return plan(cast, theo)


def outcome(cast: Cast, check_in: CheckIn, outcome: str = "well", **fields: Any) -> CheckIn:
    given = {"complaint_due_at": TOMORROW, "by": cast.ada, "at": AT} | fields
    return actions.record_outcome(check_in=check_in, outcome=outcome, **given)


# --- the words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_words_offer_nothing_for_sale_and_are_easy_to_follow(kind: str, language: str) -> None:
    said = script(kind, called="Theo", store="Northgate", car="2018 Ridgeline", language=language)
    assert not FOR_SALE.search(said.text)
    assert len(said.questions) == 2
    if language == "en":
        assert reading_grade(said.text) <= HARDEST_GRADE
    else:
        assert reading_ease_es(said.text) >= EASY_IN_SPANISH


def test_the_test_of_the_words_sees_an_offer() -> None:
    assert FOR_SALE.search("We have a special on new models.")
    assert FOR_SALE.search("Tenemos una oferta.")


def test_what_was_promised_at_the_sale_is_asked_about() -> None:
    said = script("month", called="Theo", store="Northgate", promised="A second key by Friday")
    assert "we said: A second key by Friday. Did we keep to that?" in said.text


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.sampled_from(KINDS))
def test_everybody_is_asked_after_they_came_and_by_daylight(day: date, kind: str) -> None:
    due = due_on(kind, day)
    assert 3 <= (due - day).days <= 731
    moment = due_at(kind, day, PACIFIC)
    assert (moment.astimezone(PACIFIC).hour, moment.astimezone(PACIFIC).date()) == (10, due)


# --- planned ---------------------------------------------------------------------------------------------------------


def test_a_visit_is_asked_about_once_three_days_later_at_ten(cast: Cast, waiting: CheckIn) -> None:
    assert waiting.due_at == datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
    again = actions.plan_after_visit(
        customer=waiting.customer,
        rooftop=cast.north,
        visit="48213",
        car="",
        owner=cast.max,
        closed_at=AT,
        at=AT,
    )
    assert again is None
    assert CheckIn.objects.count() == 1
    assert Entry.objects.about(waiting).get().event == "check_in.planned"


def test_with_a_complaint_open_nobody_asks(cast: Cast) -> None:
    theo = make_customer()
    complain(cast, theo)
    assert plan(cast, theo).stopped_why == CheckIn.Why.COMPLAINT


def test_the_database_ties_what_belongs_together(cast: Cast, waiting: CheckIn) -> None:
    rows = CheckIn.objects.filter(pk=waiting.pk)
    for change, name in (
        ({"visit": ""}, "check_in_follows_one_thing"),
        ({"outcome": "well"}, "check_in_done_is_whole"),
        ({"stopped_at": AT}, "check_in_stopped_says_why"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError, match="check_in_visit_once"), transaction.atomic():
        CheckIn.objects.create(
            rooftop=cast.north, customer=waiting.customer, kind="visit", visit="48213", due_at=AT, created_at=AT
        )


# --- whom we may ask -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "is_shown"),
    [
        ((), False),
        ((("call", True),), True),
        ((("any", True),), True),
        ((("any", True), ("any", False)), False),
        ((("any", True), ("call", False)), True),
        ((("any", True), ("call", False), ("text", False), ("email", False)), False),
        ((("person", True),), False),
    ],
)
def test_only_those_who_said_yes_are_on_the_list_and_may_be_asked(
    client: Any, cast: Cast, said: tuple[tuple[str, bool], ...], is_shown: bool
) -> None:
    theo = make_customer()
    check_in = plan(cast, theo)
    for place, (channel, granted) in enumerate(said):
        agree(cast, theo, granted, channel, at=AT - timedelta(hours=10 - place))
    client.force_login(cast.ada)
    page = client.get(LIST)
    assert [row["pk"] for row in page.context["page"]] == ([check_in.pk] if is_shown else [])
    assert page.context["not_asked"] == (0 if is_shown else 1)
    if is_shown:
        outcome(cast, check_in)
    else:
        with pytest.raises(MayNotAsk):
            outcome(cast, check_in)
        with pytest.raises(MayNotAsk):
            actions.not_reached(check_in=check_in, by=cast.ada, at=AT)
        refused = client.get(check_in.get_absolute_url()).content.decode()
        assert "They have not said that we may ask." in refused
        assert "555-0142" not in refused


def test_what_is_not_due_yet_is_not_on_the_list(client: Any, cast: Cast) -> None:
    theo = make_customer()
    agree(cast, theo)
    plan(cast, theo, closed_at=AT)
    client.force_login(cast.ada)
    assert "Nobody is to be asked now." in client.get(LIST).content.decode()


# --- asked -----------------------------------------------------------------------------------------------------------


def test_two_taps_from_the_list_and_ten_seconds_to_take_it_back(
    client: Any, send: Callable[..., Any], cast: Cast, waiting: CheckIn
) -> None:
    client.force_login(cast.ada)
    assert waiting.get_absolute_url() in client.get(LIST).content.decode()
    page = client.get(waiting.get_absolute_url()).content.decode()
    assert "How is the car since you picked it up?" in page
    assert "(415) 555-0142" in page
    assert send(cast.ada, waiting.get_absolute_url(), outcome="well").url == LIST
    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.done_by) == ("well", cast.ada)
    assert Entry.objects.about(waiting).filter(event="check_in.done").count() == 1
    send(cast.ada, reverse("customers:check-in-undo", args=[waiting.pk]))
    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.done_at) == ("", None)


def test_their_words_are_kept_where_they_are_found_and_go_with_an_undo(cast: Cast, waiting: CheckIn) -> None:
    outcome(cast, waiting, words="Drives like new.")
    said = Feedback.objects.get()
    assert (said.words, said.kind, said.visit, said.customer) == (
        "Drives like new.",
        "survey",
        "48213",
        waiting.customer,
    )
    actions.undo_outcome(check_in=waiting, by=cast.ada, at=AT + timedelta(seconds=9))
    assert not Feedback.objects.kept().exists()
    outcome(cast, waiting)
    with pytest.raises(TooLate):
        actions.undo_outcome(check_in=waiting, by=cast.ada, at=AT + timedelta(seconds=11))
    with pytest.raises(TooLate):
        actions.undo_outcome(check_in=waiting, by=cast.max, at=AT)


def test_what_is_not_right_becomes_a_complaint_with_an_owner(
    send: Callable[..., Any], cast: Cast, waiting: CheckIn
) -> None:
    url = waiting.get_absolute_url()
    refused = send(cast.ada, url, outcome="not_well", words="")
    assert refused.status_code == 422
    assert "Write down what is not right" in refused.content.decode()
    with pytest.raises(WordsMissing):
        outcome(cast, waiting, "not_well")
    answer = send(cast.ada, url, outcome="not_well", words="It shudders again.")
    complaint = Complaint.objects.get()
    assert answer.url == complaint.get_absolute_url()
    assert (complaint.owner, complaint.visit, complaint.side) == (cast.max, "48213", "service")
    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.complaint) == ("not_well", complaint)
    with pytest.raises(TooLate):
        actions.undo_outcome(check_in=waiting, by=cast.ada, at=AT)


def test_who_says_stop_is_not_asked_again_and_it_is_a_recorded_no(cast: Cast, waiting: CheckIn) -> None:
    other = plan(cast, waiting.customer, visit="48300")
    outcome(cast, waiting, "stop")
    other.refresh_from_db()
    assert other.stopped_why == CheckIn.Why.STOP
    said = Consent.objects.filter(customer=waiting.customer).order_by("-pk").first()
    assert said is not None
    assert (said.purpose, said.channel, said.granted) == ("satisfaction", "any", False)
    assert not CheckIn.objects.allowed().exists()


def test_not_reached_comes_again_in_two_days_and_ends_after_three(cast: Cast, waiting: CheckIn) -> None:
    for tries in (1, 2):
        actions.not_reached(check_in=waiting, by=cast.ada, at=AT)
        assert (waiting.tries, waiting.due_at, waiting.outcome) == (tries, AT + timedelta(days=2), "")
    actions.not_reached(check_in=waiting, by=cast.ada, at=AT)
    assert waiting.outcome == CheckIn.Outcome.NEVER_REACHED
    with pytest.raises(NotWaiting):
        actions.not_reached(check_in=waiting, by=cast.ada, at=AT)


def test_it_is_asked_once(send: Callable[..., Any], cast: Cast, waiting: CheckIn) -> None:
    outcome(cast, waiting)
    with pytest.raises(NotWaiting):
        outcome(cast, waiting, by=cast.max)
    send(cast.max, waiting.get_absolute_url(), outcome="stop")
    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.done_by) == ("well", cast.ada)


def test_strangers_do_not_see_it_and_technicians_do_not_ask(
    client: Any, send: Callable[..., Any], cast: Cast, waiting: CheckIn
) -> None:
    url = waiting.get_absolute_url()
    assert send(cast.tess, url, outcome="well").status_code == 403
    for stranger in (cast.sam, cast.mallory):
        assert send(stranger, url, outcome="well").status_code == 404
    bought = buy(cast, make_customer("Julie", phone=""))
    client.force_login(cast.sam)
    assert client.get(bought.check_ins.get(kind="month").get_absolute_url()).status_code == 200


# --- stopped ---------------------------------------------------------------------------------------------------------


def test_who_told_us_by_themselves_is_not_asked_for_a_while(cast: Cast, waiting: CheckIn) -> None:
    bought = buy(cast, waiting.customer)
    say(cast, waiting.customer)
    waiting.refresh_from_db()
    assert waiting.stopped_why == CheckIn.Why.REPLY
    stopped = dict(bought.check_ins.values_list("kind", "stopped_why"))
    assert stopped == {"month": "reply", "year": "", "two_years": ""}


def test_a_month_late_without_a_yes_it_is_over(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    check_in = plan(cast, make_customer())
    recent = plan(cast, make_customer("Julie", phone=""), visit="48214", closed_at=AT)
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT + timedelta(days=30))
    sweep()
    sweep()
    check_in.refresh_from_db()
    recent.refresh_from_db()
    assert check_in.stopped_why == CheckIn.Why.LAPSED
    assert recent.stopped_at is None
    assert Entry.objects.about(check_in).filter(event="check_in.lapsed").count() == 1


def test_the_list_asks_as_often_for_fifty_as_for_one(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        return len(queries)

    theo = make_customer()
    agree(cast, theo)
    plan(cast, theo)
    cost()
    one = cost()
    for number in range(50):
        plan(cast, theo, visit=f"9{number}")
    assert cost() == one
