"""Everything between us and one customer in order of time, by kind and by page, for those who may see it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers import actions
from customers.models import Customer, Look
from dealership.models import OutboxMessage, Rooftop
from recommendations.actions import deciding, followups
from sales_handoff.actions import claim, finish
from service_lane.models import RepairOrder
from tests.cast import AT, Cast
from tests.customers.voices import agree, plan
from tests.recommendations.visits import left_with
from tests.sales_handoff.visits import WORDS, add_line, has_read, make_handoff, present_line

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def told(cast: Cast, customer: Customer, who: str = "ada", **asked: str) -> Any:
    client = Client()
    client.force_login(getattr(cast, who))
    return client.get(reverse("sales_handoff:customer-timeline", args=[customer.pk]), asked, headers=HTMX)


def a_full_day(cast: Cast) -> Customer:
    """Priya was shown two lines and answered both, said yes to sales and was met, complained, and was sent a text."""
    handoff = make_handoff(cast)
    order, priya = handoff.repair_order, handoff.customer
    shown = present_line(cast, add_line(order, "120.00", ground="request", reason_code="2", urgency="as_asked"))
    deciding.decide(
        presentation=shown,
        answers=[deciding.Answered(shown.lines.get().pk, "needs_info", question="Why so soon?")],
        who_name="Priya Raman",
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    has_read(handoff, cast.sam)
    claim(handoff=handoff, by=cast.sam, at=AT)
    finish(handoff=handoff, outcome="keeps", note="Two more years.", by=cast.sam, at=AT)
    actions.open_complaint(
        customer=priya,
        rooftop=cast.north,
        words="Late.",
        side="service",
        owner=cast.max,
        due_at=AT,
        by=cast.ada,
        at=AT,
    )
    actions.add_contact_point(customer=priya, kind="email", value="p@example.com", by=cast.ada, at=AT)
    OutboxMessage.objects.create(
        rooftop=cast.north,
        kind="text",
        purpose="car_ready",
        key="ready-1",
        to="+14155550177",
        body="It is ready.",
        about_type=RepairOrder._meta.label_lower,
        about_id=order.pk,
        created_at=AT,
        not_before=AT,
    )
    actions.look(customer=priya, why="write-up", by=cast.ada, at=AT, rooftop=cast.north)
    return priya


@pytest.mark.parametrize(
    ("show", "begins"),
    [
        ("visits", {"Visit, RO"}),
        ("answers", {"Answered 1 line"}),
        ("messages", {"Text to them"}),
        ("handoffs", {"Hand-off, said yes", "Sales: keeps the car"}),
        ("complaints", {"Complaint"}),
        ("looks", {"Looked at"}),
        ("record", {"Yes: Sales may use", "Contact added"}),
    ],
)
def test_each_kind_by_itself(cast: Cast, show: str, begins: set[str]) -> None:
    answer = told(cast, a_full_day(cast), show=show)

    titles = {event["title"] for event in answer.context["events"]}
    assert titles
    assert {begin for begin in begins if any(title.startswith(begin) for title in titles)} == begins
    assert all(any(title.startswith(begin) for begin in begins) for title in titles)
    assert "<html" not in answer.content.decode()


def test_all_of_it_leaves_out_only_who_looked(cast: Cast) -> None:
    events = told(cast, a_full_day(cast)).context["events"]

    titles = " ".join(event["title"] for event in events)
    assert "Looked at" not in titles
    for begin in ("Visit, RO", "Answered", "Text to them", "Hand-off", "Sales:", "Complaint", "Contact added"):
        assert begin in titles
    question = next(event for event in events if event["title"].startswith("Answered"))
    assert (question["quote"], question["by"]) == ("Why so soon?", "Priya Raman, written down by Ada Kim")
    assert next(event for event in events if event["title"].startswith("Hand-off"))["quote"] == WORDS


def test_a_kind_that_is_none_is_all_of_them_and_a_time_that_is_none_is_now(cast: Cast) -> None:
    priya = a_full_day(cast)

    whole = [event["title"] for event in told(cast, priya).context["events"]]
    assert [event["title"] for event in told(cast, priya, show="x", before="2026-99").context["events"]] == whole


def test_older_goes_on_where_the_page_ended_and_loses_nothing(cast: Cast) -> None:
    priya = make_handoff(cast).customer
    for number in range(55):
        actions.look(
            customer=priya, why=f"{number}", by=cast.ada, at=AT - timedelta(hours=number // 3), rooftop=cast.north
        )

    found: list[str] = []
    before = ""
    for _ in range(9):
        context = told(cast, priya, show="looks", before=before).context
        found += [event["words"] for event in context["events"]]
        before = context["older"]
        if not before:
            break
    assert sorted(found, key=int) == [str(number) for number in range(55)]


def test_calls_and_check_ins_stand_among_what_happened(cast: Cast) -> None:
    pads = left_with(cast, "declined", "deferred")[0]
    agree(cast, pads.customer)
    check_in = plan(cast, pads.customer)
    actions.record_outcome(
        check_in=check_in, outcome="well", words="Runs fine.", complaint_due_at=AT, by=cast.ada, at=AT
    )
    rang = {"outcome": "no_answer", "contact": "", "next_date": None, "note": "Rang twice.", "seen": None}
    step = followups.call(follow_up=pads, **rang, by=cast.ada, at=AT)
    events = told(cast, pads.customer, show="calls").context["events"]
    assert {event["title"] for event in events} == {"Call: no answer", "Check-in: all is well"}
    call = next(event for event in events if event["title"].startswith("Call"))
    assert (call["words"], call["quote"], call["by"]) == ("Replace the front brake pads", "Rang twice.", "Ada Kim")
    followups.take_back(step_taken=step, by=cast.ada, at=AT)
    titles = [event["title"] for event in told(cast, pads.customer, show="calls").context["events"]]
    assert titles == ["Check-in: all is well"]


BY_RULE = ("Visit, RO", "Answered", "Text to them", "Hand-off", "Sales:", "Complaint")


def test_another_rooftop_reads_what_this_one_shares_and_can_open_none_of_it(cast: Cast) -> None:
    events = told(cast, a_full_day(cast), who="mallory").context["events"]

    titles = " ".join(event["title"] for event in events)
    assert [begin for begin in BY_RULE if begin not in titles] == []
    assert {event.get("where", "") for event in events if event["title"].startswith("Visit")} == {"Northgate Honda"}
    assert [event["url"] for event in events if event.get("where") and event.get("url")] == []


def test_of_a_rooftop_that_does_not_share_only_the_day_of_the_visit_is_left(cast: Cast) -> None:
    priya = a_full_day(cast)
    Rooftop.objects.filter(pk=cast.north.pk).update(shares_history=False)

    events = told(cast, priya, who="mallory").context["events"]
    titles = " ".join(event["title"] for event in events)
    assert [begin for begin in BY_RULE if begin in titles] == []
    visit = next(event for event in events if event["title"] == "Visit")
    assert set(visit) == {"at", "icon", "title", "where"}
    assert "Visit, RO" in " ".join(event["title"] for event in told(cast, priya).context["events"])


def test_a_salesperson_sees_no_timeline(cast: Cast) -> None:
    assert told(cast, a_full_day(cast), who="sam").status_code == 403


def test_counter_view_keeps_the_visits_and_no_word(cast: Cast) -> None:
    priya = a_full_day(cast)
    client = Client()
    client.force_login(cast.ada)
    session = client.session
    session["counter_view"] = True
    session.save()

    for show in ("", "complaints", "handoffs"):
        text = client.get(
            reverse("sales_handoff:customer-timeline", args=[priya.pk]), {"show": show}, headers=HTMX
        ).content.decode()
        for secret in (WORDS, "Late.", "Why so soon?", "Sales:", "Hand-off"):
            assert secret not in text


def test_by_itself_it_is_a_page_and_a_look_is_kept(cast: Cast) -> None:
    priya = make_handoff(cast).customer
    client = Client()
    client.force_login(cast.ada)

    page = client.get(reverse("sales_handoff:customer-timeline", args=[priya.pk])).content.decode()

    assert "<html" in page
    assert Look.objects.filter(customer=priya, why="timeline", by=cast.ada).count() == 1
