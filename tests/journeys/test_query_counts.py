"""No list of the journey asks the database more often because it is longer: one car of each kind against many."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.actions.complaints import open_complaint
from customers.models import Complaint, Customer
from dealership.management.demonstration import setting, story
from dealership.management.demonstration.lane import ARRIVING, NEEDS_ANSWER, WRITE_UP, Car, Found, Visit
from dealership.management.demonstration.stage import Stage
from service_lane.models import DmsImport, RepairOrder, TemplateItem

MANY = 50
LISTS = {
    "dana": (
        "/lane/",
        "/find/?q=raman",
        "/approvals/",
        "/follow-ups/",
        "/customers/",
        "/outbox/",
        "/appointments/",
        "/complaints/",
    ),
    "jo": ("/lane/", "/inspections/", "/findings/mine/"),
    "jean": ("/handoffs/", "/complaints/"),
    "rachel": ("/imports/", "/values/", "/write-ups/new/"),
}
FOUND = (
    Found("leaks", condition="red", note="Head gasket seeps coolant into cylinder 2, pressure test."),
    Found("air-filter", condition="yellow", note="Dark on the intake side."),
)


@pytest.fixture
def lane(db: None) -> Stage:
    at = timezone.now()
    rooftops = setting.rooftops()
    staff = setting.staff(rooftops, at)
    setting.install(rooftops["NORTH"], at)
    # No list shows the items of an inspection, and fifty whole ones would be most of this test's time.
    TemplateItem.objects.exclude(key__in=[found.key for found in FOUND]).delete()
    setting.guide(rooftops["NORTH"], at)
    return Stage(rooftops["NORTH"], staff, at)


def one_of_each(lane: Stage, number: int) -> None:
    """One more row on every list: an arrival, a write-up, and a visit with a question, a yes and a complaint."""
    for place, stage in enumerate((ARRIVING, WRITE_UP, NEEDS_ANSWER)):
        car = Car(2014, "NISSAN", "Pathfinder", "SV", "suv", "sand", f"7Q{'AWN'[place]}{number:04}", 128_400)
        more: dict[str, Any] = {}
        if stage == NEEDS_ANSWER:
            more = {
                "found": FOUND,
                "shown_by": "link",
                "opened_link": True,
                "answers": {"21HG": "needs_info"},
                "question": "Is it even worth it?",
                "says_yes": "Sure, tell me what it is worth.",
                "where": "In the lounge",
            }
        story.play(
            lane,
            Visit("Priya", f"Raman {number}", f"+1415{place}55{number:04}", car, stage, "It overheats.", **more),
        )
    customer = Customer.objects.latest("pk")
    open_complaint(
        customer=customer,
        rooftop=lane.rooftop,
        words="Nobody called me back.",
        side=Complaint.Side.SERVICE,
        owner=lane.staff["rachel"],
        due_at=lane.now + timedelta(days=1),
        by=lane.staff["dana"],
        at=lane.now,
    )
    DmsImport.objects.create(
        rooftop=lane.rooftop, filename=f"{number}.csv", by=lane.staff["rachel"], created_at=lane.now
    )


def counts(lane: Stage) -> dict[str, int]:
    """Queries by person and list, each page asked for a second time so that log-in and caches do not count."""
    found = {}
    for login, addresses in LISTS.items():
        client = Client()
        client.force_login(lane.staff[login])
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200, address
            found[f"{login} {address}"] = len(asked)
    return found


def test_every_list_costs_as_many_queries_for_fifty_as_for_one(lane: Stage) -> None:
    one_of_each(lane, 0)
    one = counts(lane)
    for number in range(1, MANY):
        one_of_each(lane, number)
    assert RepairOrder.objects.here_now().count() == MANY
    assert counts(lane) == one
    assert max(one.values()) <= 20, one
