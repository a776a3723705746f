"""A few invented cars of today, each brought to the stage a browser test wants it at."""

from typing import Any

from django.utils import timezone

from dealership.management.demonstration import story
from dealership.management.demonstration.lane import NEEDS_ANSWER, Car, Found, Visit
from dealership.management.demonstration.stage import Stage
from service_lane.models import RepairOrder, WriteUp

FOUND = (
    Found("leaks", condition="red", note="Head gasket seeps coolant into cylinder 2, pressure test."),
    Found("air-filter", condition="yellow", note="Dark on the intake side."),
)


class Today:
    """Northgate on the day of the test: call it for one more car."""

    def __init__(self, northgate: Any) -> None:
        rooftop, staff = northgate
        self.stage = Stage(rooftop, staff, timezone.now())
        self.cars = 0

    def __call__(self, name: str, at: str, **more: Any) -> None:
        """Bring a car of `name` ("Sam Ortiz") to the stage `at` (a stage of demonstration.lane)."""
        self.cars += 1
        first, last = name.split()
        car = Car(2014, "NISSAN", "Pathfinder", "SV", "suv", "sand", f"7QAW{self.cars:03}", 128_400)
        phone = f"+14155501{self.cars:03}"
        story.play(self.stage, Visit(first, last, phone, car, at, "It overheats.", **more))

    def order(self, name: str, at: str, **more: Any) -> RepairOrder:
        """The same for a stage that has an order, which comes back."""
        self(name, at, **more)
        return RepairOrder.objects.latest("pk")

    def write_up(self, name: str, at: str, **more: Any) -> WriteUp:
        self(name, at, **more)
        return WriteUp.objects.latest("pk")

    def asked(self, name: str) -> RepairOrder:
        """A car whose owner asked whether repair is worth it, and said that sales may come."""
        return self.order(
            name,
            NEEDS_ANSWER,
            found=FOUND,
            shown_by="link",
            opened_link=True,
            answers={"21HG": "needs_info"},
            question="Is it even worth it?",
            says_yes="Sure, tell me what it is worth.",
            where="In the lounge",
        )
