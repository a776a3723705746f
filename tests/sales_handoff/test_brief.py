"""The brief: what an advisor reads before hello, where each line comes from, and who may read it on which screen."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from customers.models import CheckIn, Customer, Household, Look
from dealership.http import COUNTER_VIEW_KEY
from dealership.models import Rooftop
from dealership.templatetags import written
from recommendations.actions import deciding
from recommendations.models import FollowUp
from service_lane.models import RepairOrder, WriteUp
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle
from tests.customers.voices import agree, ask, buy, complain, plan, say
from tests.recommendations.visits import left_with
from tests.sales_handoff.test_pages import HTMX, as_, url
from tests.sales_handoff.visits import add_line, present_line

pytestmark = pytest.mark.django_db
SECRET = "I am getting divorced."


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def visited(cast: Cast, customer: Customer, vehicle: Any, **fields: Any) -> RepairOrder:
    """A visit of last month that was ready late, at which they said no to a line."""
    then = AT - timedelta(days=30)
    order = make_order(
        cast,
        customer=customer,
        vehicle=vehicle,
        opened_at=then,
        promised_at=then + timedelta(hours=3),
        first_promised_at=then + timedelta(hours=3),
        **fields,
    )
    shown = present_line(cast, add_line(order, "120.00", ground="request", reason_code="2", urgency="as_asked"))
    deciding.decide(
        presentation=shown,
        answers=[deciding.Answered(shown.lines.get().pk, "declined")],
        who_name=customer.name,
        channel="counter",
        by=cast.ada,
        at=AT,
    )
    late = then + timedelta(hours=3, minutes=40)
    RepairOrder.objects.filter(pk=order.pk).update(ready_at=late)
    RepairOrder.objects.filter(pk=order.pk).close(by=cast.ada, at=late, odometer_out=71_910)
    return order


@pytest.fixture
def theo(cast: Cast) -> Customer:
    """Everything the eight kinds of lines can speak of."""
    home = Household.objects.create(name="Brandt")
    theo = make_customer(household=home, language="es")
    julie = make_customer("Julie", phone="", household=home)
    visited(cast, theo, make_vehicle(theo))
    make_vehicle(julie, plate="8CIV001", model="Civic")
    say(cast, theo, at=AT - timedelta(days=20))
    agree(cast, theo)
    check_in = plan(cast, theo)
    actions.record_outcome(
        check_in=check_in, outcome="well", words="", complaint_due_at=AT, by=cast.ada, at=AT - timedelta(days=1)
    )
    return theo


def lines(cast: Cast, customer: Customer, who: str = "ada") -> list[Any]:
    return as_(getattr(cast, who)).get(url("customer-brief", customer.pk)).context["lines"]


def test_five_lines_each_with_its_source_and_a_way_to_it(cast: Cast, theo: Customer) -> None:
    complaint = complain(cast, theo)
    said = lines(cast, theo)

    assert [(line.why, line.text) for line in said] == [
        ("Mind this first", "A complaint is open; Max Ruiz owns it."),
        ("Promised last", "Promised for 15:38 on 24 Oct, and ready 40 min late."),
        ("Left undone", "Said no to transmission in November."),
        ("Reach them", "By text first, in Spanish."),
        ("Household", "Julie owns the Civic."),
    ]
    order = RepairOrder.objects.get()
    assert [line.url for line in said] == [
        complaint.get_absolute_url(),
        order.get_absolute_url(),
        reverse("recommendations:order-lines", args=[order.pk]),
        order.get_absolute_url(),
        Customer.objects.get(first_name="Julie").get_absolute_url(),
    ]
    assert all(line.source for line in said)
    page = as_(cast.ada).get(url("customer-brief", theo.pk)).content.decode()
    assert [line.url for line in said if f'href="{line.url}"' not in page] == []


def test_when_less_is_open_more_is_said_of_them_and_nothing_fills_a_gap(cast: Cast, theo: Customer) -> None:
    RepairOrder.objects.all().update(contact_channel="")
    theo.contact_points.all().delete()
    Customer.objects.filter(pk=theo.pk).update(language="en", household=None)
    assert [line.text for line in lines(cast, theo)][2:] == [
        "“Ada kept her word.”",
        "All is well, they said on 22 Nov.",
    ]
    nobody = make_customer("New", phone="")
    assert lines(cast, nobody) == []
    assert "Nothing is on file yet." in as_(cast.ada).get(url("customer-brief", nobody.pk)).content.decode()


def test_what_is_due_is_said_when_they_said_no_to_something_else_last(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    pads = left_with(cast, "declined", "declined")[0]
    later = AT + timedelta(days=200)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    said = {line.why: line for line in lines(cast, pads.customer)}
    assert said["Left undone"].text == "Said no to front brake pads at 2 mm, left front, in November 2026, and 1 more."
    assert said["Due now"].text == "Front brake pads, and 1 more."
    assert said["Due now"].source == f"Due {written.day(pads.due_date)}"
    pads.customer.refresh_from_db()
    FollowUp.objects.exclude(pk=pads.pk).update(due_date=later.date() + timedelta(days=1))
    assert "Due now" not in {line.why for line in lines(cast, pads.customer)}, "it is said already that they said no"


def test_a_complaint_of_the_household_comes_before_what_is_theirs(cast: Cast, theo: Customer) -> None:
    ask(cast, theo)
    complain(cast, Customer.objects.get(first_name="Julie"))
    first = lines(cast, theo)[0]
    assert first.text == "In the household: a complaint is open; Max Ruiz owns it. 1 more to mind."


def test_what_was_promised_at_the_sale_is_the_last_promise_when_it_is_later(cast: Cast, theo: Customer) -> None:
    bought = buy(cast, theo)
    line = next(line for line in lines(cast, theo) if line.why == "Promised last")
    assert (line.text, line.url) == (
        "With the 2026 Honda CR-V: A second key. Ask whether they have it.",
        bought.get_absolute_url(),
    )


def test_what_is_told_in_confidence_is_never_a_line(cast: Cast, theo: Customer) -> None:
    say(cast, theo, SECRET, kind="remark", is_confidential=True)
    say(cast, theo, SECRET, kind="praise", is_confidential=True)
    RepairOrder.objects.all().update(contact_channel="")
    said = lines(cast, theo)
    assert said[0].text.startswith("Something was told in confidence; Ada Kim owns it.")
    assert SECRET not in " ".join(line.text for line in said)


@pytest.mark.parametrize("shares", [True, False])
def test_another_rooftop_is_told_what_this_one_shares_and_can_open_none_of_it(
    cast: Cast, theo: Customer, shares: bool
) -> None:
    complain(cast, theo)
    Rooftop.objects.filter(pk=cast.north.pk).update(shares_history=shares)
    said = {line.why: line for line in lines(cast, theo, "mallory")}
    # That a complaint is open, and whose it is, is no history: nobody may walk into it.
    assert said["Mind this first"].text == "A complaint is open; Max Ruiz owns it."
    assert {"Promised last", "Left undone"} <= set(said) if shares else not {"Promised last", "Left undone"} & set(said)
    assert ("Their words" in said or "Household" in said) or not shares
    assert [line for line in said.values() if "/orders/" in line.url or "/complaints/" in line.url] == []


def test_the_fragments_and_the_page_and_a_look_for_the_page_alone(cast: Cast, theo: Customer) -> None:
    complain(cast, theo)
    ada = as_(cast.ada)
    five = ada.get(url("customer-brief", theo.pk), {"as": "lines"}, **HTMX).content.decode()
    one = ada.get(url("customer-brief", theo.pk), {"as": "line"}, **HTMX).content.decode()
    whole = ada.get(url("customer-brief", theo.pk), **HTMX).content.decode()
    assert five.count("<li>") == 5
    assert "A complaint is open" in one
    assert "Promised for" not in one
    assert "Before you say hello to Theo" in whole
    assert "<html" not in five + one + whole
    assert not Look.objects.exists()
    assert "<html" in ada.get(url("customer-brief", theo.pk)).content.decode()
    assert [(look.why, look.by) for look in Look.objects.all()] == [("brief", cast.ada)]


def test_it_is_for_service_and_not_for_a_screen_the_customer_sees(cast: Cast, theo: Customer) -> None:
    complain(cast, theo)
    for who, status in (("tess", 200), ("max", 200), ("mallory", 200), ("sam", 403), ("sue", 403)):
        assert as_(getattr(cast, who)).get(url("customer-brief", theo.pk)).status_code == status
    ada = as_(cast.ada)
    assert ada.get(url("customer-brief", theo.pk + 999)).status_code == 404
    session = ada.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    assert ada.get(url("customer-brief", theo.pk), **HTMX).content == b""
    assert "complaint" not in ada.get(url("customer-brief", theo.pk)).content.decode().partition("<main")[2]
    for page in pages(cast, theo):
        assert url("customer-brief", theo.pk) not in ada.get(page).content.decode()


def pages(cast: Cast, customer: Customer) -> list[str]:
    """Where somebody is about to say hello: their page, a write-up, their order."""
    order = RepairOrder.objects.here_now().filter(customer=customer).first() or make_order(cast, customer=customer)
    writing = WriteUp.objects.filter(customer=customer).first() or WriteUp.objects.create(
        rooftop=cast.north, advisor=cast.ada, customer=customer, started_at=AT, saved_at=AT
    )
    return [customer.get_absolute_url(), order.get_absolute_url(), reverse("service_lane:writeup", args=[writing.pk])]


def test_every_page_of_hello_holds_it_as_a_link_without_scripts(cast: Cast, theo: Customer) -> None:
    for page in pages(cast, theo):
        html = as_(cast.ada).get(page).content.decode()
        assert f'href="{url("customer-brief", theo.pk)}"' in html
        assert f'hx-get="{url("customer-brief", theo.pk)}' in html


def test_it_asks_as_often_for_a_full_house_as_for_one(cast: Cast, theo: Customer) -> None:
    complain(cast, theo)

    client = as_(cast.ada)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url("customer-brief", theo.pk), **HTMX).status_code == 200
        return len(queries)

    cost()
    first = cost()
    for number in range(20):
        member = make_customer(f"Kid{number}", phone="", household=theo.household)
        visited(cast, theo, make_vehicle(member, plate=f"1AAA{number:03}"))
        complain(cast, member)
        say(cast, theo)
    CheckIn.objects.update(done_at=AT)
    assert cost() == first
