"""One person entered twice, for somebody to find: an invented Robert, written down as Bob by another advisor."""

from customers import actions
from customers.models import ContactPoint
from dealership.management.demonstration.stage import Stage
from service_lane.tasks.duplicates import compare_waiting

PHONE = "+14155550163"
TWICE = (
    ("Robert", "r.kessler@example.com", actions.Place("41 Cascade Drive", "Mill Valley", "CA", "94941"), "marcus", 210),
    ("Bob", "", actions.Place("7 Throckmorton Lane", "Mill Valley", "CA", "94941"), "dana", 30),
)


def enter_twice(stage: Stage) -> None:
    """Once; and everybody who came with the history is held against everybody, as the worker would."""
    if not ContactPoint.objects.filter(value=PHONE).exists():
        for first_name, email, place, who, days in TWICE:
            actions.add_customer(
                name=actions.Name(first_name=first_name, last_name="Kessler"),
                phone=PHONE,
                email=email,
                place=place,
                source="entered here (invented)",
                by=stage.staff[who],
                at=stage.ago(days * 24 * 60),
                rooftop=stage.rooftop,
            )
    compare_waiting()
