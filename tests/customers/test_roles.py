"""Whose a car is: roles given and ended, and what its people told us of it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from customers import actions
from customers.actions.roles import EndedAlready, TiedAlready, TooLate
from customers.models import Look, Tie, ToldOfCar, Vehicle
from customers.search import fold_words
from dealership.models import Entry
from tests.cast import AT, Cast, make_customer, make_vehicle

SOON = timedelta(seconds=9)


def drives(cast: Cast, **fields: Any) -> Tie:
    told = {"kind": Tie.Kind.DRIVES, "since": date(2026, 9, 1), "said_by": "Theo, at the counter"}
    return actions.tie_vehicle(**{**told, "by": cast.ada, "at": AT, **fields})


def test_a_role_says_since_when_who_told_us_and_who_wrote_it_down(cast: Cast) -> None:
    theo, julie = make_customer(), make_customer("Julie", phone="")
    truck = make_vehicle(theo)
    tie = drives(cast, vehicle=truck, customer=julie)

    assert (tie.role, tie.since_date, tie.said_by, tie.by) == (
        *("Driver", date(2026, 9, 1), "Theo, at the counter", cast.ada),
    )
    assert Entry.objects.about(julie).get().event == "vehicle.tied"
    with pytest.raises(TiedAlready):
        drives(cast, vehicle=truck, customer=julie)


def test_a_business_owns_and_pays_while_a_person_drives_and_another_is_the_authorized_contact(
    client: Any, cast: Cast
) -> None:
    firm = make_customer("", "", phone="", kind="business", business_name="Alder Plumbing")
    will, ann = make_customer("Will", "Reyes", phone=""), make_customer("Ann", "Reyes", phone="")
    van = make_vehicle(firm, plate="2VAN111", model="Odyssey")
    for person, kind in ((firm, "pays"), (will, "drives"), (ann, "contact")):
        drives(cast, vehicle=van, customer=person, kind=kind)
    client.force_login(cast.ada)

    page = client.get(van.get_absolute_url()).content.decode()
    for name, role in (("Alder Plumbing", "Owner"), ("Alder Plumbing", "Payer"), ("Will Reyes", "Driver")):
        assert name in page
        assert f"<td>{role}" in page
    assert "<td>Authorized contact" in page
    assert "said by Theo, at the counter" in page
    assert Look.objects.filter(why="car").count() == 3  # one look at each person, however many roles
    card = client.get(firm.get_absolute_url()).content.decode()
    assert "Alder Plumbing owns, Alder Plumbing pays for, Will drives" in card


def test_the_counter_finds_a_person_and_gives_them_a_role(send: Callable[..., Any], client: Any, cast: Cast) -> None:
    theo, sara = make_customer(), make_customer("Sara", "Lund", phone="+14155550177")
    fold_words(sara)
    truck = make_vehicle(theo)
    client.force_login(cast.ada)
    found = client.get(truck.get_absolute_url(), {"with": "sara"})
    assert [row["pk"] for row in found.context["others"]] == [sara.pk]

    url = reverse("customers:role-add", args=[truck.pk])
    wrong = send(cast.ada, url, kind="drives", since="2090-01-01", said_by="Sara", person=sara.pk)
    assert wrong.status_code == 422
    assert "That day has not come." in wrong.content.decode()
    assert 'value="Sara"' in wrong.content.decode()
    assert send(cast.ada, url, kind="contact", since="", said_by="", person=sara.pk).url == truck.get_absolute_url()
    assert Tie.objects.get(customer=sara).kind == Tie.Kind.CONTACT
    assert send(cast.ada, url, kind="contact", person="").status_code == 404
    for who, status in (("tess", 403), ("sam", 403)):
        assert send(getattr(cast, who), url, kind="drives", person=sara.pk).status_code == status


def test_an_ended_role_is_kept_and_the_page_asks_who_drives_it_now(
    send: Callable[..., Any], client: Any, cast: Cast
) -> None:
    theo, julie = make_customer(), make_customer("Julie", phone="")
    truck = make_vehicle(theo)
    tie = drives(cast, vehicle=truck, customer=julie)
    ended = send(cast.ada, reverse("customers:tie-end", args=[truck.pk, tie.pk]))

    tie.refresh_from_db()
    assert (bool(tie.until_date), tie.ended_by) == (True, cast.ada)
    assert ended.url == f"{truck.get_absolute_url()}?role=drives#add-role"
    client.force_login(cast.ada)
    page = client.get(ended.url)
    assert "Who drives it now?" in page.content.decode()
    assert page.context["role_form"]["kind"].value() == "drives"
    assert "driver until then" in page.content.decode()


def test_ending_is_undone_within_ten_seconds_and_not_later_nor_by_another(cast: Cast) -> None:
    theo = make_customer()
    tie = drives(cast, vehicle=make_vehicle(theo), customer=theo)
    actions.end_tie(tie=tie, by=cast.ada, at=AT)
    with pytest.raises(EndedAlready):
        actions.end_tie(tie=tie, by=cast.max, at=AT)
    for by, at in ((cast.max, AT + SOON), (cast.ada, AT + timedelta(seconds=11))):
        with pytest.raises(TooLate, match="add them to the car again"):
            actions.undo_end_tie(tie=tie, by=by, at=at)
    actions.undo_end_tie(tie=tie, by=cast.ada, at=AT + SOON)
    tie.refresh_from_db()
    assert (tie.until_date, tie.ended_by, tie.ended_at) == (None, None, None)


def test_undoing_beside_the_same_role_given_anew_is_refused_kindly(send: Callable[..., Any], cast: Cast) -> None:
    theo = make_customer()
    truck = make_vehicle()
    tie = drives(cast, vehicle=truck, customer=theo)
    actions.end_tie(tie=tie, by=cast.ada, at=timezone.now())
    drives(cast, vehicle=truck, customer=theo)
    answer = send(cast.ada, reverse("customers:tie-end-undo", args=[truck.pk, tie.pk]))
    assert answer.status_code == 302
    assert Tie.objects.current().filter(vehicle=truck).count() == 1


@pytest.mark.parametrize("wrong", [{"ended_at": AT}, {"until_date": AT.date(), "ended_at": AT}])
def test_the_database_refuses_an_end_by_nobody(cast: Cast, wrong: dict[str, Any]) -> None:
    make_vehicle(make_customer())
    with pytest.raises(IntegrityError, match="tie_end_is_whole"), transaction.atomic():
        Tie.objects.update(**wrong)


# --- what we were told -----------------------------------------------------------------------------------------------


def test_what_somebody_told_us_is_kept_with_its_day_and_taken_back(
    send: Callable[..., Any], client: Any, cast: Cast
) -> None:
    julie = make_customer("Julie")
    outback = make_vehicle(julie, make="SUBARU", model="Outback", plate="8LPN027")
    url = reverse("customers:told-add", args=[outback.pk])
    words = "It wants four new tires"
    answer = send(cast.ada, url, miles="96,000 mi", words=words, said_date="2026-11-20", person=julie.pk)
    assert answer.url == outback.get_absolute_url()
    told = ToldOfCar.objects.get()
    assert (told.miles, told.words, told.said_date, told.customer, told.by) == (
        *(96_000, words, date(2026, 11, 20), julie, cast.ada),
    )
    client.force_login(cast.ada)
    page = client.get(outback.get_absolute_url()).content.decode()
    assert words in page
    assert "96,000" in page

    back = reverse("customers:told-take-back", args=[outback.pk, told.pk])
    for _ in range(2):
        assert send(cast.ada, back).status_code == 302
    assert words not in client.get(outback.get_absolute_url()).content.decode()
    assert Entry.objects.filter(event="vehicle.told_taken_back").count() == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Enter the miles they told you, or what it needs."),
        ({"miles": "many"}, "Enter the miles as a number"),
        ({"miles": "1000000"}, "Enter the miles as a number"),
        ({"words": "tires", "said_date": "2090-01-01"}, "That day has not come yet."),
        ({"words": "tires", "said_date": ""}, "Enter the day."),
    ],
)
def test_what_is_wrong_with_it_is_said_and_nothing_typed_is_lost(
    send: Callable[..., Any], cast: Cast, typed: dict[str, str], sentence: str
) -> None:
    car = make_vehicle(make_customer())
    url = reverse("customers:told-add", args=[car.pk])
    answer = send(cast.ada, url, **{"miles": "", "words": "", "said_date": "2026-11-20", **typed})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert all(f'value="{value}"' in page for value in typed.values() if value)
    assert not ToldOfCar.objects.exists()


def test_the_database_keeps_nothing_told_that_says_nothing(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="told_something"), transaction.atomic():
        ToldOfCar.objects.create(vehicle=make_vehicle(), said_date=AT.date(), by=cast.ada, at=AT)


def test_an_insurance_policy_is_kept_folded_and_left_out_in_counter_view(send: Callable[..., Any], cast: Cast) -> None:
    car = make_vehicle(make_customer())
    url = reverse("customers:vehicle-edit", args=[car.pk])
    form = {"plate": "7TRB418", "body": "truck", "policy_number": "ab 12-345", "seen_at": ""}
    assert send(cast.ada, url, **form).status_code == 302
    assert Vehicle.objects.get().policy_number == "AB12345"
