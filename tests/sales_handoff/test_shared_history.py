"""What another rooftop of the group may read of a history with a customer: one policy, asked by every page of it."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from customers.models import Complaint, Customer, Feedback, Purchase
from dealership import audit
from dealership.models import Role, Rooftop, Staff
from recommendations.models import FollowUp
from service_lane.models import RepairOrder, WriteUp
from tests.cast import AT, Cast, make_order, make_staff
from tests.customers.voices import buy, complain, refer, say
from tests.recommendations.visits import left_with
from tests.sales_handoff.test_pages import HTMX, as_

pytestmark = pytest.mark.django_db
PRAISE, HUSH, UNHAPPY = "Ada kept her word.", "We are parting.", "Nobody called me back."


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def theo(cast: Cast) -> Customer:
    """At North he said no to pads, was billed, praised, complained, told something in confidence, and bought a car."""
    pads: FollowUp = left_with(cast, "declined", "deferred")[0]
    order = pads.advisory.repair_order
    audit.record("order.invoiced", about=order, by=cast.ada, at=AT, total="412.50")
    say(cast, pads.customer, PRAISE)
    say(cast, pads.customer, HUSH, kind="remark", is_confidential=True)
    complain(cast, pads.customer, UNHAPPY)
    buy(cast, pads.customer)
    return pads.customer


PLACES: tuple[tuple[str, dict[str, str], str], ...] = (
    ("recommendations:customer-lines", {}, "front brake pads"),
    ("recommendations:customer-lines", HTMX, "front brake pads"),
    ("service_lane:customer-worth", HTMX, "$412.50"),
    ("service_lane:customer-worth", {"as": "part"}, "$412.50"),
    ("customers:customer-said", {}, PRAISE),
    ("customers:customer-said", {}, "A second key"),
    ("customers:customer-said", HTMX, UNHAPPY),
    ("customers:customer", {}, UNHAPPY),
    ("sales_handoff:customer-timeline", {}, "Answered 2 lines"),
    ("sales_handoff:customer-brief", {}, "Said no to front brake pads"),
)


def shown(cast: Cast, theo: Customer, who: str, name: str, how: dict[str, str]) -> str:
    query = {"as": how["as"]} if "as" in how else {}
    headers = HTMX if how else {}
    return as_(getattr(cast, who)).get(reverse(name, args=[theo.pk]), query, **headers).content.decode()


@pytest.mark.parametrize("shares", [True, False])
def test_each_page_tells_the_other_rooftop_what_this_one_shares(cast: Cast, theo: Customer, shares: bool) -> None:
    Rooftop.objects.filter(pk=cast.north.pk).update(shares_history=shares)
    told = {(name, words): words in shown(cast, theo, "mallory", name, how) for name, how, words in PLACES}
    assert told == {(name, words): shares for name, _, words in PLACES}
    assert all(words in shown(cast, theo, "ada", name, how) for name, how, words in PLACES), "theirs to see in any case"
    for name, how, _ in PLACES:
        assert HUSH not in shown(cast, theo, "mallory", name, how)


@pytest.mark.parametrize("shares", [True, False])
def test_a_write_up_and_an_estimate_there_know_of_this_car_what_is_shared(
    cast: Cast, theo: Customer, shares: bool
) -> None:
    order = RepairOrder.objects.get()
    Rooftop.objects.filter(pk=cast.north.pk).update(shares_history=shares)
    at_river = {"rooftop": cast.river, "customer": theo, "vehicle": order.vehicle}
    writing = WriteUp.objects.create(**at_river, advisor=cast.mallory, started_at=AT, saved_at=AT)
    again = make_order(cast, **at_river, advisor=cast.mallory)
    mallory = as_(cast.mallory)
    written = mallory.get(reverse("service_lane:writeup", args=[writing.pk])).context
    assert [row["number"] for row in written["visits"]] == [again.number, *([order.number] if shares else [])]
    assert bool(written["history"]["findings"]) == shares
    estimate = mallory.get(reverse("recommendations:estimate", args=[again.pk])).content.decode()
    assert ("aid no on 23 Nov 2026 at 2 mm" in estimate) == shares


def test_what_is_elsewhere_is_said_to_be_and_leads_to_no_closed_door(cast: Cast, theo: Customer) -> None:
    mallory = as_(cast.mallory)
    order = RepairOrder.objects.get()
    closed = [
        order.get_absolute_url(),
        reverse("recommendations:order-lines", args=[order.pk]),
        *(row.get_absolute_url() for kind in (Complaint, Feedback, Purchase) for row in kind.objects.all()),
    ]
    assert {mallory.get(address).status_code for address in closed} == {404}
    for name, how, _ in PLACES:
        html = shown(cast, theo, "mallory", name, how)
        assert [address for address in closed if f'href="{address}"' in html] == [], name
    assert "Northgate Honda" in shown(cast, theo, "mallory", "customers:customer-said", {})


def test_who_works_in_sales_alone_is_told_no_history_and_a_rooftop_of_mine_always_tells_me(cast: Cast) -> None:
    Rooftop.objects.update(shares_history=False)
    telling = Rooftop.objects.telling
    assert set(telling(cast.ada)) == {cast.north}
    assert set(telling(cast.gus)) == {cast.north, cast.river}
    assert set(telling(cast.sam)) == set(telling(cast.dora)) == set()
    Rooftop.objects.update(shares_history=True)
    assert set(telling(cast.ada)) == {cast.north, cast.river}
    assert set(telling(cast.sam)) == set(telling(cast.dora)) == set()


def test_selling_at_a_rooftop_is_not_working_in_its_service(cast: Cast, theo: Customer) -> None:
    """An advisor of River who sells at North reads of North's service what any advisor of River does."""
    Rooftop.objects.filter(pk=cast.north.pk).update(shares_history=False)
    both: Staff = make_staff("Bea Both", (cast.river, Role.Kind.SERVICE_ADVISOR), (cast.north, Role.Kind.SALESPERSON))
    told: Any = as_(both).get(reverse("sales_handoff:customer-timeline", args=[theo.pk])).content.decode()
    assert "Answered 2 lines" not in told
    assert HUSH not in told


def test_worth_is_shown_as_parts_to_managers_on_the_page_of_the_customer(cast: Cast, theo: Customer) -> None:
    julie = Customer.objects.create(first_name="Julie", created_at=AT)
    refer(cast, theo, julie)
    buy(cast, julie, "D-2")
    RepairOrder.objects.create(
        rooftop=cast.north,
        number="9",
        source="dms",
        status="closed",
        customer=theo,
        opened_at=AT.replace(year=2024),
        closed_at=AT.replace(year=2024),
    )
    address = reverse("service_lane:customer-worth", args=[theo.pk])
    context = as_(cast.max).get(address, {"as": "part"}, **HTMX).context
    assert (context["visits"]["visits"], context["visits"]["lately"]) == (2, 1)
    assert [part["total"] for part in context["this_year"]] == [Decimal("412.50")]
    assert (context["bought"], context["people_sent"], context["bought_by_sent"], context["visits_by_sent"]) == (
        *(1, 1, 1, 0),
    )
    for who, there in (("max", True), ("gus", True), ("ada", False), ("tess", False)):
        page = as_(getattr(cast, who)).get(theo.get_absolute_url()).content.decode()
        assert (f'hx-get="{address}?as=part"' in page) == there
