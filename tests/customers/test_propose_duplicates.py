"""Who may be one person is proposed on entry and on import, with reasons in words; a name alone never proposes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from customers.models import Address, Customer, CustomerNumber, Duplicate, Tie
from service_lane.models import RepairOrder
from service_lane.tasks import compare_customer, sweep_duplicates
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle
from tests.customers.merging import PHONE, compared, merged, twice

LIST = "customers:duplicates"


def pairs() -> set[tuple[str, str]]:
    return {tuple(sorted(pair)) for pair in Duplicate.objects.open().values_list("lower__name", "higher__name")}


def test_a_shared_phone_and_a_short_form_propose_with_reasons_in_words(cast: Cast) -> None:
    robert, bob = twice()
    assert compared() == 2
    proposed = Duplicate.objects.get()
    assert (proposed.lower, proposed.higher, proposed.found_at) == (robert, bob, AT)
    assert proposed.reasons == ["One first name is short for the other", "Same phone"]
    assert compared() == 0, "nobody is compared twice for nothing"


def test_father_and_son_of_one_name_at_one_address_are_not_proposed(cast: Cast) -> None:
    for phone in ("+14155550111", "+14155550112"):
        one = make_customer("James", "Lee", phone=phone)
        Address.objects.create(customer=one, street="9 Oak St", postal_code="94941")
    compared()
    assert not Duplicate.objects.exists()


def test_people_of_one_home_with_its_phone_are_not_proposed(cast: Cast) -> None:
    for first in ("Mary", "Martin", "Eric", "Erica", "Michael", "Michelle", "Dennis", "Denise"):
        make_customer(first, "Brandt", phone=PHONE)
    compared()
    assert not Duplicate.objects.exists()


def test_what_a_crowd_shares_tells_nothing(cast: Cast) -> None:
    for _ in range(13):
        make_customer("Theo", "Brandt", phone=PHONE)
    compared()
    assert not Duplicate.objects.exists()


def test_a_car_and_a_dms_number_of_two_rooftops_speak_for_one(cast: Cast) -> None:
    ann, anne = make_customer("Ann", "Lee", phone=""), make_customer("Ann", "Lee", phone="")
    car = make_vehicle(ann)
    Tie.objects.create(customer=anne, vehicle=car, kind="drives", until_date=AT.date())
    jon, john = make_customer("Jon", "Ito", phone=""), make_customer("Jon", "Ito", phone="")
    CustomerNumber.objects.create(customer=jon, rooftop=cast.north, number="100440")
    CustomerNumber.objects.create(customer=john, rooftop=cast.river, number="100440")
    compared()
    assert set(Duplicate.objects.values_list("lower", "reasons__1")) == {
        (ann.pk, "A car in common"),
        (jon.pk, "One DMS number at two rooftops"),
    }


def test_who_brought_the_car_counts_whoever_owns_it(cast: Cast) -> None:
    ann, anne = make_customer("Ann", "Lee", phone=""), make_customer("Ann", "Lee", phone="")
    car = make_vehicle(ann)
    for one in (ann, anne):
        make_order(cast, customer=one, vehicle=car, status=RepairOrder.Status.CLOSED, closed_at=AT)
    sweep_duplicates()
    assert Duplicate.objects.get().reasons == ["Same name", "A car in common"]


def test_a_proposal_that_no_longer_holds_is_taken_back(cast: Cast) -> None:
    _, bob = twice()
    compared()
    actions.remove_contact_point(point=bob.contact_points.get(kind="phone"), by=cast.ada, at=AT)
    assert list(Customer.objects.to_compare()) == [bob]
    compared()
    assert not Duplicate.objects.exists()


def test_a_correction_is_compared_by_a_task_at_once_and_by_the_sweep_if_that_is_lost(
    cast: Cast, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, int]] = []
    monkeypatch.setattr("service_lane.tasks.duplicates.compare_customer.delay", lambda **ids: sent.append(ids))
    make_customer("Robert", "Brandt", phone=PHONE)
    with django_capture_on_commit_callbacks(execute=True):
        bob = actions.add_customer(
            name=actions.Name(first_name="Bob", last_name="Brandt"), phone=PHONE, by=cast.ada, at=AT, rooftop=cast.north
        )
    assert sent == [{"customer_id": bob.pk}]
    compare_customer(**sent[0])
    compare_customer(**sent[0])
    assert pairs() == {("Bob Brandt", "Robert Brandt")}
    Duplicate.objects.all().delete()
    Customer.objects.all().changed()
    sweep_duplicates()
    assert pairs() == {("Bob Brandt", "Robert Brandt")}


def test_who_went_into_another_is_not_proposed_and_what_was_said_of_them_holds(cast: Cast) -> None:
    robert, bob = twice()
    rob = make_customer("Rob", "Brandt", phone=PHONE)
    compared()
    actions.say_different(one=bob, other=rob, by=cast.ada, at=AT, rooftop=cast.north)
    merged(cast, robert, bob)
    compared()
    assert pairs() == set(), "Rob is not Bob, so he is not who Bob went into"


def test_the_table_keeps_one_row_a_pair_and_whole(cast: Cast) -> None:
    robert, bob = twice()
    compared()
    row = {"points": 65, "reasons": [], "found_at": AT}
    for fields, name in (
        ({"lower": robert, "higher": bob}, "duplicate_pair_once"),
        ({"lower": bob, "higher": robert}, "duplicate_lower_first"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Duplicate.objects.create(**row, **fields)
    with pytest.raises(IntegrityError, match="duplicate_settled_is_whole"), transaction.atomic():
        Duplicate.objects.update(state="different")


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_list_asks_as_much_for_fifty_pairs_as_for_one_and_has_words_for_none(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)
    assert "Nobody seems to be here twice." in client.get(reverse(LIST)).content.decode()
    counts = []
    for many in (1, 50):
        for number in range(many):
            for first in ("Bob", "Robert"):
                make_customer(first, f"Brandt{many}{number}", phone=f"+1415555{many:02}{number:02}")
        compared()
        with CaptureQueriesContext(
            connection,
        ) as told:
            shown = client.get(reverse(LIST))
        counts.append(len(told))
    assert counts[0] == counts[1]
    assert shown.context["page"].paginator.count == 51
    assert "One first name is short for the other. Same phone." in shown.content.decode()


def test_the_customer_page_says_who_they_may_be(client: Any, cast: Cast) -> None:
    robert, bob = twice()
    compared()
    client.force_login(cast.ada)
    page = client.get(bob.get_absolute_url()).content.decode()
    assert (
        f'May be the same as <a href="{reverse("customers:merge", args=[bob.pk, robert.pk])}">Robert Brandt</a>' in page
    )
    client.force_login(cast.tess)
    assert "May be the same as" not in client.get(bob.get_absolute_url()).content.decode()


def test_somebody_like_this_is_shown_before_saving_with_the_choice_to_go_on(
    send: Callable[..., Any], cast: Cast
) -> None:
    robert, _ = twice()
    typed = {"kind": "person", "first_name": "Bobby", "last_name": "Brandt", "phone": "415 555 0142", "language": "en"}
    answer = send(cast.ada, reverse("customers:customer-new"), **typed)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Somebody like this is here" in page
    assert robert.get_absolute_url() in page
    assert 'value="Bobby"' in page
    assert Customer.objects.count() == 2
    assert send(cast.ada, reverse("customers:customer-new"), **typed, anyway="1").status_code == 302
    assert Customer.objects.count() == 3


def test_their_wife_is_added_without_a_question(send: Callable[..., Any], cast: Cast) -> None:
    twice()
    typed = {"kind": "person", "first_name": "Ruth", "last_name": "Brandt", "phone": "415 555 0142", "language": "en"}
    assert send(cast.ada, reverse("customers:customer-new"), **typed).status_code == 302
