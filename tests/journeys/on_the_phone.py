"""A customer with a phone in their hand: three findings of today's car, sent to them as a link."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from dealership.management.demonstration.lane import IN_SHOP, Found
from dealership.models import Staff
from recommendations import estimate
from recommendations.actions import links
from service_lane.models import RepairOrder
from tests.journeys.today import Today

THREE = (
    Found("leaks", condition="red", note="Head gasket seeps coolant into cylinder 2, pressure test."),
    Found("air-filter", condition="yellow", note="Dark on the intake side."),
    Found("wipers", condition="yellow", note="Streaks on the driver's side."),
)


@dataclass
class Sent:
    """What Dana sent: the page's path, the last four digits it asks for, and the order it is about."""

    order: RepairOrder
    dana: Staff
    path: str
    digits: str

    def lines(self) -> list[Any]:
        return [line.advisory for line in estimate.load(self.order, at=timezone.now()).for_link]


def send_findings(northgate: Any, name: str = "Priya Raman") -> Sent:
    _rooftop, staff = northgate
    order = Today(northgate).order(name, IN_SHOP, found=THREE)
    sent = Sent(order, staff["dana"], "", "")
    made = links.send(
        repair_order=order,
        advisories=sent.lines(),
        address=lambda token: f"http://lane.example/v/{token}/",
        by=sent.dana,
        at=timezone.now(),
    )
    sent.path = reverse("recommendations:customer-link", args=[made.token])
    sent.digits = links.last_four(made.link)
    return sent
