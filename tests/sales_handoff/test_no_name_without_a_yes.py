"""Nobody in sales sees a name without a recorded yes: every address, asked for directly, as a page and a part."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.urls import NoReverseMatch, reverse

from customers.models import Complaint, Customer, Household
from dealership.models import Staff
from sales_handoff.actions import ask, withdraw
from sales_handoff.actions.preparing import prepare
from sales_handoff.models import Ask, Evaluation, Handoff
from service_lane.models import Appointment, RepairOrder
from tests.cast import AT, Cast, make_customer, make_vehicle
from tests.recommendations.lines import shown
from tests.sales_handoff.test_meet_the_customer import open_complaint
from tests.sales_handoff.test_pages import HTMX, as_, url
from tests.sales_handoff.visits import make_handoff, weighed_order
from tests.test_architecture import STOREYS, urls

pytestmark = pytest.mark.django_db
NAME, PHONE = "Zwingli", "5550999"
"""Of everybody here who did not say yes, or not any more."""
ECHO = re.compile(b'value="Zwingli"|q(=|%3D)Zwingli')
"""What was asked for, said back to who asked."""
NOBODY = 999_999_999
QUESTIONS = {"q": NAME, "show": "handoffs", "days": "365", "by": "week"}


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def lane(cast: Cast) -> Handoff:
    """Priya said yes, and lives with four who did not: a no, a veto, one never asked, and a yes taken back."""
    yes = make_handoff(cast)
    household = Household.objects.create(name=NAME)
    Customer.objects.filter(pk=yes.customer_id).update(household=household)
    no, never, veto, stopped = (
        make_customer(first, NAME, phone=f"+1415{PHONE}{place}"[:12], household=household)
        for place, first in enumerate(("Nora", "Nils", "Vera", "Stan"))
    )
    orders = [weighed_order(cast, customer=one)[0] for one in (no, never, veto)]
    shown(cast, orders[1])
    ask(repair_order=orders[0], answer="no", by=cast.ada, at=AT)
    ask(repair_order=orders[2], answer="not_asked", veto="bad_moment", by=cast.ada, at=AT)
    gone = make_handoff(cast, customer=stopped)
    withdraw(handoff=gone, reason="Changed their mind.", by=cast.ada, at=AT, customer_said_stop=True)
    open_complaint(cast, never)
    booked = Appointment.objects.create(
        rooftop=cast.north, customer=never, vehicle=make_vehicle(never, plate="9ZWI"), due_at=AT, purpose="Oil"
    )
    prepare(appointments=[booked], rooftop=cast.north, at=AT)
    return yes


def addresses() -> Iterator[tuple[str, list[str], Any]]:
    """Every address of ours by name, with what it takes, and how to make it from an id."""
    for pattern in urls():
        app = getattr(pattern.callback, "__module__", "").split(".")[0]
        if app not in STOREYS:
            continue
        takes = pattern.pattern.converters
        names = (f"{app}:{pattern.name}", str(pattern.name))

        def make(pk: int, names: tuple[str, str] = names, takes: Any = takes) -> str:
            words = {key: pk if type(kind).__name__ == "IntConverter" else "sales_use" for key, kind in takes.items()}
            try:
                return reverse(names[0], kwargs=words)
            except NoReverseMatch:
                return reverse(names[1], kwargs=words)

        try:
            make(NOBODY)
        except NoReverseMatch:
            continue  # the admin's, which lets no salesperson in
        yield names[0], list(takes), make


def ids() -> set[int]:
    rows = (RepairOrder, Customer, Handoff, Ask, Evaluation, Complaint, Appointment)
    return {pk for model in rows for pk in model.objects.values_list("pk", flat=True)}


@pytest.mark.parametrize("who", ["sam", "sue"])
def test_no_address_shows_sales_a_name_of_somebody_who_did_not_say_yes(cast: Cast, lane: Handoff, who: str) -> None:
    staff: Staff = getattr(cast, who)
    client = as_(staff)
    known, reached, told = ids(), set(), []

    for name, takes, make in addresses():
        if takes and client.get(make(NOBODY)).status_code in (403, 405):
            continue  # closed to sales before anything is looked for
        for pk in known if takes else {0}:
            for headers in ({}, HTMX):
                answer = client.get(make(pk), QUESTIONS, **headers)
                if answer.status_code == 200:
                    reached.add(name)
                text = b"".join(answer) if answer.streaming else answer.content
                if NAME.encode() in ECHO.sub(b"", text) or PHONE.encode() in text:
                    told.append(f"{make(pk)} {'part' if headers else 'page'}")

    assert told == []
    assert len(list(addresses())) > 100
    assert {"sales_handoff:queue", "sales_handoff:handoff", "customers:complaint", "customers:complaints"} <= reached
    assert ("sales_handoff:tuning" in reached) == (who == "sue")


def test_the_name_of_who_said_yes_is_there_so_that_the_search_above_would_find_one(cast: Cast, lane: Handoff) -> None:
    assert "Priya Raman" in as_(cast.sam).get(url("handoff", lane.pk)).content.decode()
    counter = as_(cast.ada)
    assert NAME in counter.get(reverse("customers:complaints")).content.decode()
    assert NAME in counter.get(url("tomorrow"), {"day": "2026-11-23"}).content.decode()


def test_the_file_of_the_queue_names_only_who_said_yes_and_still_does(cast: Cast, lane: Handoff) -> None:
    answer = as_(cast.sue).post(url("export"), {"form_key": str(uuid4())})

    text = answer.content.decode()
    assert "Priya Raman" in text
    assert NAME not in text


def test_a_complaint_about_service_reaches_sales_without_a_name_and_one_about_sales_with_it(
    cast: Cast, lane: Handoff
) -> None:
    customer = Customer.objects.get(first_name="Nora")
    about_sales = open_complaint(cast, customer, side="sales", owner=cast.sam, words="Nobody called me back.")
    client = as_(cast.sam)

    assert "A service customer" in client.get(reverse("customers:complaints")).content.decode()
    assert NAME in client.get(reverse("customers:complaint", args=[about_sales.pk])).content.decode()


def test_sales_knows_how_many_come_tomorrow_and_not_who(cast: Cast, lane: Handoff) -> None:
    nils = Customer.objects.get(first_name="Nils")
    booked = Appointment.objects.create(rooftop=cast.north, customer=nils, due_at=AT.replace(day=24), purpose="Tires")
    prepare(appointments=[booked], rooftop=cast.north, at=AT)

    text = as_(cast.sam).get(url("queue")).content.decode()

    assert "Tomorrow: 1 car booked, 0 with known work past their repair limit." in text
    assert NAME not in text
