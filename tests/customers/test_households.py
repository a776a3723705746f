"""Households: proposed by what people share, joined only when somebody says so, parted, and shown on one page."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from customers.actions.households import AlreadySettled, NotTogether, TooLate
from customers.models import Address, Customer, Duplicate, Household, HouseholdSuggestion, Look, Tie
from customers.tasks import sweep_households
from dealership.http import COUNTER_VIEW_KEY
from dealership.models import Entry
from tests.cast import AT, Cast, make_customer, make_vehicle

LIST = "customers:household-suggestions"


def at_alder(first: str, last: str = "Brandt", phone: str = "", street: str = "18 Alder Court") -> Customer:
    customer = make_customer(first, last, phone=phone)
    Address.objects.create(customer=customer, street=street, city="Mill Valley", region="CA", postal_code="94941")
    return customer


def proposed() -> list[tuple[str, str, list[str]]]:
    rows = HouseholdSuggestion.objects.select_related("low", "high").order_by("low_id", "high_id")
    return [(row.low.first_name, row.high.first_name, [one["kind"] for one in row.reasons]) for row in rows]


def propose(*customers: Customer) -> int:
    return actions.propose_households(customers=[one.pk for one in customers] or None, at=AT)


def together(*people: Customer) -> Household:
    home = Household.objects.create(name=people[0].last_name)
    Customer.objects.filter(pk__in=[one.pk for one in people]).update(household=home)
    for one in people:
        one.refresh_from_db()
    return home


# --- proposing -------------------------------------------------------------------------------------------------------


def test_who_shares_an_address_a_phone_a_payer_or_a_policy_is_proposed_once(cast: Cast) -> None:
    theo = at_alder("Theo", phone="+14155550142")
    at_alder("Julie", "Okafor", street="18 alder ct.")
    sam = make_customer("Sam", "Lund", phone="+14155550142")
    ann = make_customer("Ann", "Lund", phone="")
    car = make_vehicle(ann, policy_number="AB12345")
    Tie.objects.create(customer=sam, vehicle=car, kind=Tie.Kind.PAYS)
    eve = make_customer("Eve", "Moss", phone="")
    make_vehicle(eve, plate="9ZZZ999", policy_number="AB12345")
    make_customer("Max", "Brandt", phone="")  # of one name, and nothing else
    assert propose() == 4
    assert proposed() == [
        ("Theo", "Julie", ["address"]),
        ("Theo", "Sam", ["phone"]),
        ("Sam", "Ann", ["payer", "surname"]),
        ("Ann", "Eve", ["policy"]),
    ]
    assert propose() == propose(theo) == 0
    assert Customer.objects.filter(household=None).count() == Customer.objects.count()  # nobody was joined
    assert Entry.objects.filter(event="household.suggested").get().detail == {"pairs": 4}


def test_a_firm_a_neighbor_another_door_and_those_together_already_are_not(cast: Cast) -> None:
    at_alder("Theo", street="18 Alder Court Apt 4")
    at_alder("Nan", "Poe", street="18 Alder Court Apt 5")
    at_alder("Ned", "Poe", street="20 Alder Court")
    firm = at_alder("Alder", "Plumbing", street="18 Alder Court Apt 4")
    Customer.objects.filter(pk=firm.pk).update(kind="business", business_name="Alder Plumbing")
    together(at_alder("Ida", "Roe", street="5 Elm"), at_alder("Ivo", "Roe", street="5 Elm"))
    assert propose() == 0


def test_an_address_or_a_phone_of_many_is_no_household(cast: Cast) -> None:
    for n in range(13):
        at_alder(f"N{n}", f"Name{n}")
    for n in range(7):
        make_customer(f"P{n}", f"Phone{n}", phone="+14155550100")
    assert propose() == 0


def test_entering_and_correcting_propose_by_a_task_and_the_sweep_does_without(
    cast: Cast, queue: Any, run_tasks: Callable[[], list[str]]
) -> None:
    at_alder("Theo")
    julie = actions.add_customer(
        name=actions.Name(first_name="Julie", last_name="Okafor"), by=cast.ada, at=AT, rooftop=cast.north
    )
    run_tasks()
    assert proposed() == []
    place = actions.Place("18 Alder Ct", "Mill Valley", "CA", "94941")
    actions.add_address(customer=julie, place=place, by=cast.ada, at=AT)
    assert run_tasks() == ["customers.households.propose", "service_lane.duplicates.compare"]
    assert proposed() == [("Theo", "Julie", ["address"])]
    at_alder("Max", "Okafor")  # as an import leaves them: no task at all
    sweep_households()
    assert len(proposed()) == 3


def test_two_who_may_be_one_person_are_not_asked_about_as_a_household(cast: Cast) -> None:
    one, other = at_alder("Robert"), at_alder("Bob")
    assert propose() == 1
    pair = Duplicate.objects.create(lower=one, higher=other, points=65, reasons=["Same phone"], found_at=AT)
    assert not HouseholdSuggestion.objects.open().exists()
    Duplicate.objects.filter(pk=pair.pk).settle(state="different", by=cast.ada, at=AT)
    assert HouseholdSuggestion.objects.open().count() == 1


# --- settling --------------------------------------------------------------------------------------------------------


def test_a_person_confirms_and_only_then_they_share_a_household(send: Callable[..., Any], cast: Cast) -> None:
    theo, julie = at_alder("Theo"), at_alder("Julie", "Okafor")
    propose()
    answer = send(cast.ada, reverse("customers:household", args=[theo.pk]), **{"with": julie.pk})
    theo.refresh_from_db()
    julie.refresh_from_db()
    assert theo.household == julie.household is not None
    assert answer.url == theo.household.get_absolute_url()
    row = HouseholdSuggestion.objects.get()
    assert (row.state, row.decided_by) == ("confirmed", cast.ada)
    with pytest.raises(NotTogether):
        actions.live_together(customer=theo, other=julie, by=cast.max, at=AT)


def test_a_no_is_kept_undone_for_ten_seconds_and_never_asked_again(send: Callable[..., Any], cast: Cast) -> None:
    theo, julie = at_alder("Theo"), at_alder("Julie", "Okafor")
    propose()
    row = HouseholdSuggestion.objects.get()
    actions.decline_suggestion(suggestion=row, by=cast.ada, at=AT)
    with pytest.raises(AlreadySettled):
        actions.decline_suggestion(suggestion=row, by=cast.max, at=AT)
    for by, late in ((cast.max, 1), (cast.ada, 11)):
        with pytest.raises(TooLate, match="under Household on their page"):
            actions.undo_decline(suggestion=row, by=by, at=AT + timedelta(seconds=late))
    actions.undo_decline(suggestion=row, by=cast.ada, at=AT + timedelta(seconds=9))
    answer = send(cast.ada, reverse("customers:suggestion-decline", args=[row.pk]), **{"from": julie.pk})
    assert answer.url == julie.get_absolute_url()
    assert propose() == 0
    assert not HouseholdSuggestion.objects.open().exists()
    actions.live_together(customer=theo, other=julie, by=cast.ada, at=AT)  # they said so after all
    assert HouseholdSuggestion.objects.get().state == "confirmed"


def test_who_left_a_household_is_not_proposed_to_live_there(cast: Cast) -> None:
    theo, julie, max_ = at_alder("Theo"), at_alder("Julie"), at_alder("Max")
    together(theo, julie, max_)
    actions.leave_household(customer=theo, by=cast.ada, at=AT)
    assert propose() == 0
    assert sorted((row.low_id, row.high_id, row.state) for row in HouseholdSuggestion.objects.all()) == [
        (theo.pk, julie.pk, "declined"),
        (theo.pk, max_.pk, "declined"),
    ]
    julie.refresh_from_db()
    assert julie.household_id  # Max is still there


def test_whoever_has_no_household_joins_the_others(cast: Cast) -> None:
    theo, julie, max_ = (
        make_customer("Theo", phone=""),
        make_customer("Julie", phone=""),
        make_customer("Max", phone=""),
    )
    home = together(theo, julie)
    actions.live_together(customer=theo, other=max_, by=cast.ada, at=AT)
    assert set(home.members.all()) == {theo, julie, max_}


@pytest.mark.parametrize(("how", "left", "right"), [("everyone", 0, 4), ("alone", 0, 3), ("other", 3, 0)])
def test_joining_two_households_first_shows_who_is_in_both(
    send: Callable[..., Any], client: Any, cast: Cast, how: str, left: int, right: int
) -> None:
    theo, julie = make_customer("Theo", phone=""), make_customer("Julie", phone="")
    sara, tom = make_customer("Sara", "Lund", phone=""), make_customer("Tom", "Lund", phone="")
    brandts, lunds = together(theo, julie), together(sara, tom)
    asked = send(cast.ada, reverse("customers:household", args=[theo.pk]), **{"with": sara.pk})
    assert asked.url == reverse("customers:household-join", args=[theo.pk, sara.pk])
    page = client.get(asked.url).content.decode()
    assert all(name in page for name in ("Theo Brandt", "Julie Brandt", "Sara Lund", "Tom Lund"))
    assert brandts.members.count() == lunds.members.count() == 2  # looking joins nobody
    assert send(cast.ada, asked.url, how="somehow").status_code == 422

    send(cast.ada, asked.url, how=how)
    counts = [Customer.objects.filter(household=one.pk).count() for one in (brandts, lunds)]
    assert counts == [left, right]  # a household of one is none
    assert Household.objects.count() == 1


def test_two_who_settle_at_once_settle_it_once(cast: Cast) -> None:
    at_alder("Theo")
    at_alder("Julie")
    propose()
    row = HouseholdSuggestion.objects.get()
    assert HouseholdSuggestion.objects.filter(pk=row.pk).decline(by=cast.ada, at=AT)
    assert not HouseholdSuggestion.objects.filter(pk=row.pk).decline(by=cast.max, at=AT)
    row.refresh_from_db()
    assert row.decided_by == cast.ada


@pytest.mark.parametrize("wrong", [{"state": "confirmed"}, {"decided_at": AT}, {"state": "declined", "decided_at": AT}])
def test_the_database_refuses_what_nobody_settled(cast: Cast, wrong: dict[str, Any]) -> None:
    low, high = make_customer("Theo", phone=""), make_customer("Julie", phone="")
    with pytest.raises(IntegrityError, match="decided_by_somebody"), transaction.atomic():
        HouseholdSuggestion.objects.create(low=low, high=high, proposed_at=AT, **wrong)
    with pytest.raises(IntegrityError, match="suggestion_of_two"), transaction.atomic():
        HouseholdSuggestion.objects.create(low=low, high=low, proposed_at=AT)
    HouseholdSuggestion.objects.create(low=low, high=high, proposed_at=AT)
    with pytest.raises(IntegrityError, match="suggestion_once"), transaction.atomic():
        HouseholdSuggestion.objects.create(low=low, high=high, proposed_at=AT)


@pytest.mark.parametrize("who", ["tess", "sam"])
def test_only_the_counter_settles(send: Callable[..., Any], client: Any, cast: Cast, who: str) -> None:
    theo, julie = at_alder("Theo"), at_alder("Julie")
    propose()
    row = HouseholdSuggestion.objects.get()
    staff = getattr(cast, who)
    for name, args in (("suggestion-decline", [row.pk]), ("suggestion-undo", [row.pk]), ("household", [theo.pk])):
        assert send(staff, reverse(f"customers:{name}", args=args), **{"with": julie.pk}).status_code == 403
    assert client.get(reverse(LIST)).status_code == 403
    assert send(cast.ada, reverse("customers:suggestion-decline", args=[row.pk + 1])).status_code == 404


# --- pages -----------------------------------------------------------------------------------------------------------


def test_the_list_says_why_and_costs_the_same_for_one_and_for_fifty(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)
    assert "Nobody to ask about." in client.get(reverse(LIST)).content.decode()
    at_alder("Theo")
    at_alder("Julie")
    propose()

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse(LIST)).content.decode()
        assert "Same address, 18 Alder Court and same last name." in page
        return len(queries)

    one = cost()
    for n in range(24):
        at_alder(f"A{n}", f"Name{n}", street=f"{n + 100} Alder Court")
        at_alder(f"B{n}", f"Other{n}", street=f"{n + 100} Alder Court")
    propose()
    HouseholdSuggestion.objects.filter(low__first_name="Theo").update(proposed_at=AT + timedelta(minutes=1))
    assert HouseholdSuggestion.objects.count() == 25
    assert cost() == one


def test_their_own_page_asks_and_counter_view_does_not(client: Any, cast: Cast) -> None:
    theo, julie = at_alder("Theo"), at_alder("Julie", "Okafor")
    propose()
    client.force_login(cast.ada)
    url = reverse("customers:household-part", args=[julie.pk])
    assert url in client.get(julie.get_absolute_url()).content.decode()
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Theo Brandt" in part
    assert "same address, 18 Alder Court" in part
    assert "Theo Brandt" in client.get(url).content.decode()
    session = client.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    assert "Theo" not in client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "Theo" not in client.get(reverse(LIST)).content.decode()
    assert theo.household_id is None


def test_the_page_of_a_household_shows_people_cars_whose_they_are_and_that_something_is_open(
    client: Any, cast: Cast
) -> None:
    theo, julie = make_customer(), make_customer("Julie", phone="+14155550177")
    home = together(theo, julie)
    truck = make_vehicle(theo)
    outback = make_vehicle(julie, plate="8LPN027", make="SUBARU", model="Outback")
    Tie.objects.create(customer=theo, vehicle=outback, kind=Tie.Kind.PAYS)
    firm = make_customer("", "", phone="", kind="business", business_name="Alder Plumbing")
    Tie.objects.create(customer=firm, vehicle=truck, kind=Tie.Kind.PAYS)
    actions.open_complaint(
        **{"customer": julie, "rooftop": cast.north, "words": "Nobody called me.", "side": "service"},
        **{"owner": cast.max, "due_at": AT, "by": cast.ada, "at": AT},
    )
    client.force_login(cast.ada)
    page = client.get(home.get_absolute_url()).content.decode()
    assert "Owner of the 2018 Ridgeline, payer of the 2018 Outback" in page
    assert "Alder Plumbing</a>, payer" in page
    assert "Not a Honda" in page
    assert "A complaint is open" in page
    assert "Max Ruiz" in page
    assert "Nobody called me." not in page  # a fact; the words are on the complaint's own page
    assert list(Look.objects.values_list("why", flat=True)) == ["household", "household"]
    assert reverse("service_lane:household-due", args=[home.pk]) in page
    client.force_login(cast.sam)
    assert client.get(home.get_absolute_url()).status_code == 403
    client.force_login(cast.ada)
    assert client.get(reverse("customers:household-page", args=[home.pk + 1])).status_code == 404


def test_counter_view_of_a_household_names_nobody_in_full(client: Any, cast: Cast) -> None:
    theo, julie = make_customer(), make_customer("Julie", "Okafor", phone="")
    home = together(theo, julie)
    make_vehicle(theo)
    client.force_login(cast.ada)
    session = client.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    page = client.get(home.get_absolute_url()).content.decode()
    assert "Theo B." in page
    assert "Julie O." in page
    assert "Brandt" not in page
    assert "Okafor" not in page
