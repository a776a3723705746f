"""The work list: who is to be called, what came of it in two taps, snoozing, taking back, and what came of it all."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dealership.figures import period
from dealership.http import COUNTER_VIEW_KEY
from dealership.models import Entry
from recommendations.actions import followups
from recommendations.figures import came_back, came_back_lately
from recommendations.models import FollowUp, FollowUpStep
from service_lane.models import OpCode
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle
from tests.recommendations.lines import shown
from tests.recommendations.pages import logged_in, plain, post
from tests.recommendations.visits import allow, answer, comes_again, found_again, left_with

pytestmark = pytest.mark.django_db
DUE = AT + timedelta(days=31)
TODAY = date(2026, 12, 24)
LIST = "/follow-ups/"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day after the red pads were due: overdue by one."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: DUE)


@pytest.fixture
def pads(cast: Cast) -> FollowUp:
    return left_with(cast, "declined", "deferred")[0]


def page(cast: Cast, query: str = "") -> str:
    answer = logged_in(cast.ada).get(LIST + query)
    assert answer.status_code == 200
    return plain(answer)


def call(cast: Cast, follow_up: FollowUp, **typed: str) -> Any:
    follow_up.refresh_from_db()
    seen = {"seen": str(follow_up.last_step_id or "")} | typed
    return post(cast.ada, "follow-up-call", follow_up.pk, **seen)


def test_a_row_says_who_which_car_what_was_said_when_and_what_it_costs(cast: Cast, pads: FollowUp) -> None:
    allow(pads.customer, channel="text")
    allow(pads.customer, channel="call", granted=False, at=AT + timedelta(hours=1))
    text = page(cast)
    for words in (
        "Theo Brandt 2018 Ridgeline, RO 48000 Ada owns it",
        "Replace the front brake pads Said no on 23 Nov 2026 at 2 mm, left front.",
        "23 Dec 1 day overdue",
        "Nothing was said of when, so 30 days after the visit.",
        "$387.29 then and today",
        "Call: no Text: yes E-mail: not asked",
        "They asked for no calls about this.",
        "Text a reminder",
    ):
        assert words in text, words
    assert "Replace the left shaft boot" not in text
    assert "Put off on 23 Nov 2026, until 1 Mar 2027." in page(cast, "?list=later")


def test_each_list_has_its_own_and_none_is_in_two(cast: Cast) -> None:
    everyone = []
    for place in range(6):
        nora = make_customer("Nora", f"Hale{place}", phone="")
        order = make_order(cast, customer=nora, vehicle=make_vehicle(nora, plate=f"8NRA{place}"))
        OpCode.objects.all().delete()
        everyone += left_with(cast, "declined", "approved", order=order)
    overdue, due, waiting, snoozed, later, settled = everyone
    FollowUp.objects.filter(pk=due.pk).update(next_date=TODAY, due_date=TODAY)
    followups.call(follow_up=waiting, outcome="left_message", by=cast.ada, at=DUE)
    followups.snooze(follow_up=snoozed, until=TODAY + timedelta(days=3), by=cast.ada, at=DUE)
    FollowUp.objects.filter(pk=later.pk).update(next_date=date(2027, 5, 1), due_date=date(2027, 5, 1))
    followups.call(follow_up=settled, outcome="never", by=cast.ada, at=DUE)
    lists = FollowUp.objects.lists(TODAY)
    for name, one in zip(lists, (overdue, due, waiting, snoozed, later, settled), strict=True):
        assert list(FollowUp.objects.filter(lists[name])) == [one], name
    text = page(cast)
    assert "To call 2 Overdue 1 Snoozed 1 Waiting on a reply 1 Later 1 Ended 1" in text
    assert text.index("Hale0") < text.index("Hale1")


@pytest.mark.parametrize(
    ("outcome", "days", "stop"),
    [
        ("books", 1, ""),
        ("not_now", 60, ""),
        ("no_answer", 2, ""),
        ("left_message", 5, ""),
        ("wrong_number", 0, ""),
        ("never", None, "never"),
        ("elsewhere", None, "elsewhere"),
        ("replied", None, "replied"),
    ],
)
def test_what_came_of_a_call_is_one_press(
    cast: Cast, pads: FollowUp, outcome: str, days: int | None, stop: str
) -> None:
    answer = call(cast, pads, outcome=outcome, note="Call after six.", contact="+14155550142")
    booking = f"/appointments/new/?customer={pads.customer_id}&vehicle={pads.vehicle_id}"
    assert (answer.status_code, answer.url) == (302, booking if outcome == "books" else LIST)
    pads.refresh_from_db()
    step = pads.steps.get()
    assert (step.kind, step.note, step.contact, step.by) == (outcome, "Call after six.", "+14155550142", cast.ada)
    assert pads.stop_reason == stop
    if days is not None:
        assert pads.next_date == TODAY + timedelta(days=days)
    assert Entry.objects.get(event="follow_up.called").detail["outcome"] == outcome


def test_not_now_with_a_day_of_theirs_is_that_day(cast: Cast, pads: FollowUp) -> None:
    call(cast, pads, outcome="not_now", until="2027-02-01")
    pads.refresh_from_db()
    assert pads.next_date == date(2027, 2, 1)
    assert "Not now, 24 Dec, Ada." in page(cast, "?list=snoozed")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"until": "2026-12-24"}, "Choose a day after today."),
        ({"until": "2031-01-01"}, "Choose a day within two years."),
        ({"until": "soon"}, "Enter a day, like 2027-03-01."),
        ({}, "Choose what came of the call, or a day to snooze until."),
        ({"outcome": "messaged"}, "Choose what came of the call."),
        ({"outcome": "no_answer", "note": "x" * 601}, "The note is too long: 600 characters at most."),
    ],
)
def test_what_cannot_be_is_said_beside_the_row_and_nothing_typed_is_lost(
    cast: Cast, pads: FollowUp, typed: dict[str, str], sentence: str
) -> None:
    answer = call(cast, pads, **({"note": "Their son answered."} | typed))
    assert answer.status_code == 422
    html = answer.content.decode()
    assert sentence in html
    assert f'value="{typed.get("note", "Their son answered.")}"' in html
    assert not FollowUpStep.objects.exists()


def test_a_stale_page_is_told_and_one_press_counts_once(cast: Cast, pads: FollowUp) -> None:
    body = {"form_key": str(uuid4()), "outcome": "no_answer", "seen": ""}
    ada = logged_in(cast.ada)
    url = reverse("recommendations:follow-up-call", args=[pads.pk])
    assert [ada.post(url, body).status_code for _ in range(2)] == [302, 302]
    stale = post(cast.ada, "follow-up-call", pads.pk, outcome="never", seen="")
    assert stale.status_code == 422
    assert "Somebody wrote something down about this while you had it open." in plain(stale)
    assert [step.kind for step in pads.steps.all()] == ["no_answer"]


def test_what_has_ended_takes_no_more_calls(cast: Cast, pads: FollowUp) -> None:
    call(cast, pads, outcome="never")
    assert "It has ended: They said no for good." in plain(call(cast, pads, outcome="no_answer"))
    assert post(cast.ada, "follow-up-go-on", pads.pk).status_code == 302
    pads.refresh_from_db()
    assert (pads.stopped_at, pads.next_date) == (None, TODAY)


def test_a_press_is_taken_back_within_ten_seconds_and_stays_in_the_history(cast: Cast, pads: FollowUp) -> None:
    call(cast, pads, outcome="never")
    step = pads.steps.get()
    answer = post(cast.ada, "follow-up-undo", step.pk)
    assert answer.status_code == 302
    pads.refresh_from_db()
    assert (pads.stop_reason, pads.stopped_at, pads.next_date) == ("", None, pads.due_date)
    assert [one.kind for one in pads.steps.all()] == ["never", "taken_back"]
    assert "No, never, 24 Dec" not in page(cast)
    with pytest.raises(followups.TooLate, match="ten seconds are over"):
        followups.take_back(step_taken=step, by=cast.ada, at=DUE + timedelta(seconds=11))


def test_what_somebody_built_on_is_not_taken_back(cast: Cast, pads: FollowUp) -> None:
    first = followups.call(follow_up=pads, outcome="no_answer", by=cast.ada, at=DUE)
    followups.call(follow_up=pads, outcome="never", by=cast.max, at=DUE + timedelta(seconds=2))
    with pytest.raises(followups.TooLate, match="Somebody wrote something down after it"):
        followups.take_back(step_taken=first, by=cast.ada, at=DUE + timedelta(seconds=3))
    pads.refresh_from_db()
    assert pads.stop_reason == "never"


def test_a_reminder_leaves_from_the_list(cast: Cast, pads: FollowUp) -> None:
    allow(pads.customer)
    assert post(cast.ada, "follow-up-remind", pads.pk, channel="text", seen="").status_code == 302
    assert "Waits for a reply since 24 Dec, text waiting." in page(cast, "?list=waiting")
    refused = post(cast.ada, "follow-up-remind", pads.pk, channel="text", seen="")
    assert refused.status_code == 422


@pytest.mark.parametrize(("who", "code"), [("sam", 403), ("tess", 403), ("mallory", 404)])
def test_others_may_not(cast: Cast, pads: FollowUp, who: str, code: int) -> None:
    staff = getattr(cast, who)
    step = followups.call(follow_up=pads, outcome="no_answer", by=cast.ada, at=DUE)
    if who == "mallory":
        assert "Theo" not in plain(logged_in(staff).get(LIST))
    else:
        assert logged_in(staff).get(LIST).status_code == code
    for name in ("follow-up-call", "follow-up-remind", "follow-up-quote", "follow-up-go-on"):
        assert post(staff, name, pads.pk, outcome="never", channel="text").status_code == code
    assert post(staff, "follow-up-undo", step.pk).status_code == code
    assert logged_in(cast.ada).get(reverse("recommendations:follow-up-call", args=[pads.pk])).status_code == 405


def test_counter_view_names_nobody_in_full_and_no_price(cast: Cast, pads: FollowUp) -> None:
    ada = logged_in(cast.ada)
    session = ada.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    text = plain(ada.get(LIST))
    assert "Theo B." in text
    assert "Brandt" not in text
    assert "$" not in text
    assert "555" not in text


def test_htmx_gets_the_list_and_no_page_around_it(cast: Cast, pads: FollowUp) -> None:
    answer = logged_in(cast.ada).get(LIST, headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert "Theo Brandt" in plain(answer)


def test_mine_are_those_i_own(cast: Cast, pads: FollowUp) -> None:
    assert "Theo Brandt" in page(cast, "?who=me")
    assert "Theo Brandt" not in plain(logged_in(cast.max).get(LIST + "?who=me"))


def test_at_write_up_one_press_has_it_quoted_on_this_visit(cast: Cast, pads: FollowUp) -> None:
    url = reverse("recommendations:vehicle-answers", args=[pads.vehicle_id])
    ada = logged_in(cast.ada)
    assert "Quote today : Replace the front brake pads" in plain(ada.get(url, headers={"HX-Request": "true"}))
    typed = {"form_key": str(uuid4()), "then": "answers", "concern_1": "It squeals."}
    quote = reverse("recommendations:follow-up-quote", args=[pads.pk])
    answer = ada.post(quote, typed, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Quoted anew on this visit" in plain(answer)
    assert "Undo" in plain(answer)
    assert "Quote today" not in plain(logged_in(cast.tess).get(url))


def test_the_query_count_is_the_same_for_one_row_and_for_fifty(cast: Cast, django_assert_num_queries: Any) -> None:
    def one_more(number: int) -> None:
        OpCode.objects.all().delete()
        nora = make_customer("Nora", f"Hale{number}", phone=f"+1415555{number:04}")
        order = make_order(cast, customer=nora, vehicle=make_vehicle(nora, plate=f"8NRA{number}"))
        (one,) = left_with(cast, "declined", "approved", order=order)
        followups.call(follow_up=one, outcome="no_answer", note="Rang out.", by=cast.ada, at=DUE)
        FollowUp.objects.filter(pk=one.pk).update(next_date=TODAY)
        allow(nora)

    ada = logged_in(cast.ada)
    one_more(0)
    with CaptureQueriesContext(connection) as asked:
        ada.get(LIST)
    for number in range(1, 50):
        one_more(number)
    with django_assert_num_queries(len(asked)):
        answer = ada.get(LIST)
    assert "1 to 25 of 50" in plain(answer)
    assert len(asked) <= 20


def test_declined_followed_up_booked_and_recovered_are_counted_in_lines_and_dollars(
    cast: Cast, pads: FollowUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = came_back(period(QueryDict("by=week"), cast.north, AT + timedelta(hours=2)))
    assert left.table[0] == ("Declined or put off", "2", "$555.29")
    followups.call(follow_up=pads, outcome="no_answer", by=cast.ada, at=DUE)
    followups.call(follow_up=pads, outcome="books", by=cast.ada, at=DUE + timedelta(hours=1))
    order = comes_again(cast, pads, days=31)
    followups.settle(follow_up=pads, at=DUE + timedelta(hours=2))
    (line,) = found_again(cast, order)
    answer(shown(cast, order, [line]), "approved", at=DUE + timedelta(hours=3))
    followups.settle(follow_up=pads, at=DUE + timedelta(hours=4))
    lately = came_back_lately(cast.north, DUE + timedelta(hours=5))
    assert lately.table == (
        ("Declined or put off", "2", "$555.29"),
        ("Followed up", "1", "$387.29"),
        ("Booked or came", "1", "$387.29"),
        ("Recovered", "1", "$387.29"),
    )
    assert (lately.value, lately.count) == (
        "$387.29",
        "1 line they had said no or later to in the last 90 days",
    )
    week = came_back(period(QueryDict("by=week"), cast.north, DUE + timedelta(hours=5)))
    assert [row[1] for row in week.table] == ["0", "1", "1", "1"]
    assert sum(bar.value or 0 for bar in week.bars) == line.versions.get().total
    assert "Recovered:" in page(cast, "?list=settled")
    assert came_back(period(QueryDict(""), cast.river, DUE)).table[0][1] == "0"
    line.__class__.objects.filter(pk=line.pk).update(answer="declined")
    assert came_back_lately(cast.north, DUE + timedelta(hours=5)).value == ""


def test_a_step_that_was_taken_back_counts_nowhere(cast: Cast, pads: FollowUp) -> None:
    step = followups.call(follow_up=pads, outcome="books", by=cast.ada, at=DUE)
    followups.take_back(step_taken=step, by=cast.ada, at=DUE + timedelta(seconds=3))
    assert [row[1] for row in came_back_lately(cast.north, DUE + timedelta(minutes=1)).table] == ["2", "0", "0", "0"]
