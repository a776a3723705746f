"""Counter view: a customer can see this screen, so what is hidden is not in the HTML at all.

One invented visit with unmistakable values is walked through every page of the service side, and none of them may be
found in what the server sends: no last name, phone, price, note of earlier visits, figure or word of sales.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dealership.http import COUNTER_VIEW_KEY
from dealership.management.demonstration import setting, story
from dealership.management.demonstration.lane import ARRIVING, NEEDS_ANSWER, READY, WRITE_UP, Car, Found, Visit
from dealership.management.demonstration.stage import Stage
from recommendations.models import Advisory
from service_lane.models import Appointment, Inspection, RepairOrder, WriteUp

pytestmark = pytest.mark.django_db

LAST_NAME, PHONE, NOTE = "Quagmire", "+14155559917", "Canary clunk of long ago"
FOUND = (
    Found("leaks", condition="red", note="Head gasket seeps."),
    Found("air-filter", condition="yellow", note="Dark."),
)
PADS = {"front-pads": {"LF": "4.0", "RF": "4.5"}}
PRICE = re.compile(r"\$\s?\d[\d,]*\.\d\d")
HIDDEN: dict[str, Callable[[str], bool]] = {
    "the last name": lambda html: LAST_NAME.lower() in html.lower(),
    "the phone": lambda html: "5559917" in re.sub(r"\D", "", re.sub(r"<[^>]+\d{12,}[^>]*>", "", html)),
    "a price": lambda html: bool(PRICE.search(html)),
    "a note of an earlier visit": lambda html: NOTE in html,
    "a figure": lambda html: "Promises kept" in html,
    "a word of sales": lambda html: bool(
        re.search(r"hand-?off|worth it|trade-?in|talk with sales", _visible(html), re.I)
    ),
}
HTMX = {"HX-Request": "true"}


def _visible(html: str) -> str:
    """The text of the page itself, without its header: where a way leads is no secret."""
    body = html.partition("</header>")[2] or html
    return re.sub(r"<[^>]+>", " ", body)


@pytest.fixture
def visit(db: None) -> RepairOrder:
    """A visit that waits for an answer, after one whose concern is the canary note; one to arrive, one half written."""
    rooftops = setting.rooftops()
    staff = setting.staff(rooftops, timezone.now())
    setting.install(rooftops["NORTH"], timezone.now())
    setting.guide(rooftops["NORTH"], timezone.now())
    stage = Stage(rooftops["NORTH"], staff, timezone.now())

    def play(place: int, at: str, **more: Any) -> None:
        car = Car(2014, "NISSAN", "Pathfinder", "SV", "suv", "sand", f"7QAW{place:03}", 128_400)
        phone = PHONE if place < 3 else f"{PHONE[:-1]}{place}"
        story.play(stage, Visit(f"Zeb{place}", LAST_NAME, phone, car, at, "It overheats.", **more))

    play(0, ARRIVING, where="2")
    play(1, WRITE_UP, concerns=("It pulls.",), services=("01HNLOF",), last_visit=PADS)
    play(3, READY, services=("01HNLOF",), work="done", told=True)
    play(
        2,
        NEEDS_ANSWER,
        concerns=("It clunks.",),
        services=("01HNLOF",),
        found=FOUND,
        shown_by="link",
        opened_link=True,
        answers={"21HG": "declined"},
        says_yes="Tell me what it is worth.",
        where="In the lounge",
        last_visit=PADS,
    )
    order = RepairOrder.objects.here_now().get(vehicle__plate="7QAW002")
    RepairOrder.objects.create(
        rooftop=order.rooftop,
        number="17",
        source=RepairOrder.Source.DMS,
        status=RepairOrder.Status.CLOSED,
        customer=order.customer,
        vehicle=order.vehicle,
        opened_at=stage.ago(90 * 24 * 60),
        closed_at=stage.ago(89 * 24 * 60),
        purpose=NOTE,
    )
    return order


def pages(order: RepairOrder) -> Iterator[tuple[str, dict[str, str]]]:
    """Every page of the service side about this visit, and the fragments they embed."""
    ready = RepairOrder.objects.here_now().get(stage="ready")
    line = Advisory.objects.filter(repair_order=order).order_by("pk").last()
    assert line is not None
    whole: dict[str, str] = {}
    yield reverse("service_lane:board"), whole
    yield reverse("service_lane:board"), HTMX
    yield f"{reverse('service_lane:board')}?order={order.pk}", whole
    yield f"{reverse('service_lane:board')}?order={ready.pk}", whole
    for name in ("service_lane:order", "recommendations:order-lines", "recommendations:order-messages"):
        yield reverse(name, args=[order.pk]), whole
        yield reverse(name, args=[ready.pk]), HTMX
    yield reverse("service_lane:order", args=[order.pk]), {**HTMX, "HX-Target": "aside#panel"}
    for name in ("estimate", "counter", "call", "close"):
        yield reverse(f"recommendations:{name}", args=[order.pk]), whole
    yield reverse("recommendations:line", args=[line.pk]), whole
    yield reverse("recommendations:approvals"), whole
    yield f"{reverse('service_lane:find')}?q=zeb&all", whole
    yield f"{reverse('service_lane:find')}?q=7QAW", HTMX
    yield reverse("service_lane:appointments"), whole
    yield reverse("service_lane:appointment", args=[Appointment.objects.arriving().get().pk]), whole
    yield reverse("service_lane:writeup", args=[WriteUp.objects.unfinished().get().pk]), whole
    yield reverse("service_lane:inspections"), whole
    yield reverse("service_lane:inspection", args=[Inspection.objects.get(repair_order=order).pk]), whole
    yield reverse("customers:customer", args=[order.customer_id]), whole
    yield reverse("customers:vehicle", args=[order.vehicle_id]), whole
    yield f"{reverse('customers:vehicle', args=[order.vehicle_id])}?with=zeb", whole
    yield reverse("service_lane:car-due", args=[order.vehicle_id]), whole
    yield reverse("recommendations:second-car-on-order", args=[order.pk]), whole
    for name in ("service_lane:customer-visits", "recommendations:customer-lines", "customers:household-part"):
        yield reverse(name, args=[order.customer_id]), HTMX
    yield reverse("customers:index"), whole
    for name in ("service_lane:day", "service_lane:week", "recommendations:figures", "sales_handoff:figures"):
        yield reverse(name), whole
    for name in ("sales_handoff:ro-panel", "sales_handoff:outcome"):
        yield reverse(name, args=[order.pk]), HTMX


def leaks(client: Client, order: RepairOrder) -> list[str]:
    found = []
    for address, headers in pages(order):
        answer = client.get(address, headers=headers)
        html = answer.content.decode()
        assert answer.status_code in (200, 302, 404), address
        to_sign = address.startswith(reverse("service_lane:writeup", args=[0]).rpartition("0")[0])
        found += [
            f"{address}{' (htmx)' if headers else ''}: {what}"
            for what, shows in HIDDEN.items()
            # What somebody signs they must have read, with its price: theirs, on the page they sign.
            if shows(html) and not (to_sign and what == "a price")
        ]
    return found


def test_nothing_that_counter_view_hides_is_in_any_page(visit: RepairOrder, client: Client) -> None:
    client.force_login(visit.advisor)
    session = client.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    assert leaks(client, visit) == []


def test_without_counter_view_the_same_walk_meets_every_one_of_them(visit: RepairOrder, client: Client) -> None:
    client.force_login(visit.advisor)
    met = {leak.rpartition(": ")[2] for leak in leaks(client, visit)}
    assert met == set(HIDDEN)
