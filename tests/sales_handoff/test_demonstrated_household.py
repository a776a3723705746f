"""The demonstration has one household of three people and four cars, with a complaint settled and one open."""

import pytest
from django.utils import timezone

from customers.models import Complaint, Customer, Household, HouseholdSuggestion, Referral, Tie, Vehicle
from customers.rules import not_sold_here
from dealership.management.demonstration import homes, lane, setting, story, voices
from dealership.management.demonstration.arriving import known
from dealership.management.demonstration.stage import Stage
from recommendations.second_cars import offer_for
from sales_handoff import minefield
from service_lane.due import due_of
from service_lane.models import RepairOrder


@pytest.fixture
def stage(db: None) -> Stage:
    """The people of the household and those whom Theo's referrals lead to, as far as the demonstration needs them."""
    at = timezone.now()
    rooftops = setting.rooftops()
    staff = setting.staff(rooftops, at)
    setting.install(rooftops["NORTH"], at)
    setting.schedule()
    rooftops["NORTH"].refresh_from_db()
    stage = Stage(rooftops["NORTH"], staff, at)
    phones = {homes.THEO, homes.WILL, homes.HANA, voices.PRIYA, voices.NORA}
    for visit in lane.VISITS:
        if visit.phone in phones:
            phones.discard(visit.phone)
            known(stage, visit)
    for _ in range(2):
        story.households(stage)
        voices.play(stage)
        homes.play(stage)
    return stage


def test_it_has_three_people_four_cars_two_complaints_and_a_chain_of_three(stage: Stage) -> None:
    theo = Customer.objects.get(contact_points__value=homes.THEO)
    home = theo.household
    assert home is not None
    assert sorted(one.first_name for one in home.members.all()) == ["Julie", "Milo", "Theo"]
    cars = {car.short_title: car for car in Vehicle.objects.of_household(home)}
    assert set(cars) == {"2018 Ridgeline", "2017 Outback", "2015 Civic", "2019 Odyssey"}
    sold = stage.rooftop.makes_sold
    assert [title for title, car in cars.items() if not_sold_here(car.make, sold)] == ["2017 Outback"]
    seen = set(RepairOrder.objects.filter(vehicle__in=cars.values()).values_list("vehicle__model", flat=True))
    assert {"Outback", "Odyssey"} <= seen
    assert "Civic" not in seen  # never serviced here, and due by what Milo told us
    zone, today = stage.rooftop.zone, stage.now.astimezone(stage.rooftop.zone).date()
    due = due_of(cars.values(), zone=zone, today=today)[cars["2015 Civic"].pk]
    assert "Oil and filter change" in {one.service for one in due}
    assert cars["2015 Civic"].told.get().words == "It still needs tires and oil."
    roles = {(tie.customer.called, tie.role) for tie in cars["2019 Odyssey"].ties.select_related("customer")}
    assert roles == {
        *(("Brandt Design (invented)", "Owner"), ("Brandt Design (invented)", "Payer"), ("Julie", "Driver")),
    }
    assert Tie.objects.filter(kind=Tie.Kind.CONTACT, customer__first_name="Julie", vehicle__model="Ridgeline").exists()

    complaints = Complaint.objects.filter(customer__household=home)
    assert [one.customer.first_name for one in complaints.open()] == ["Julie"]
    assert [one.outcome for one in complaints.exclude(closed_at=None)] == [Complaint.Outcome.SETTLED]
    assert "complaint" in {fact["kind"] for fact in minefield.facts(theo, stage.now)}
    below = Referral.objects.all().below(theo.pk)
    assert sorted(below.values()) == [1, 2]  # Theo, whom he sent, and whom that one sent: a chain of three


def test_another_household_is_offered_its_second_car_and_two_are_to_be_asked(stage: Stage) -> None:
    will = Customer.objects.get(contact_points__value=homes.WILL)
    offer = offer_for(will, here=None, rooftop=stage.rooftop, at=stage.now)
    assert offer is not None
    theo = Customer.objects.get(contact_points__value=homes.THEO)
    assert offer_for(theo, here=None, rooftop=stage.rooftop, at=stage.now) is None  # a complaint is open with them
    pairs = HouseholdSuggestion.objects.open().values_list("low__first_name", "high__first_name")
    assert list(pairs) == [("Hana", "Kenji")]
    assert Household.objects.count() == 2
