"""Adding and correcting cars, and what their VIN proposes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from customers import actions
from customers.actions.cars import AlreadyTaken, VinTaken
from customers.actions.people import ChangedMeanwhile
from customers.actions.roles import TiedAlready
from customers.models import Look, Tie, Vehicle, VinDecode
from dealership.models import Entry
from tests.cast import AT, Cast, make_customer, make_vehicle

ACCORD = "1HGCM82633A004352"


def add(cast: Cast, vin: str | None = ACCORD, **fields: Any) -> Vehicle:
    car = actions.Car(vin=vin, plate="7TRB418")
    return actions.add_vehicle(**{"car": car, "by": cast.ada, "at": AT, "rooftop": cast.north, **fields})


def test_a_car_is_kept_with_what_its_vin_proposes_and_takes_nothing_by_itself(cast: Cast) -> None:
    theo = make_customer()
    car = add(cast, customer=theo)
    assert (car.year, car.make, car.model) == (None, "", "")
    decode = car.decodes.get()
    assert (decode.proposal["year"], decode.proposal["make"], decode.proposal["model"]) == (2003, "Honda", "Accord")
    assert decode.source.startswith("ultravin, data of 20")
    assert decode.accepted_at is None
    assert Tie.objects.get().kind == Tie.Kind.OWNS
    assert Entry.objects.about(car).get().event == "vehicle.added"


def test_a_proposal_is_taken_once_by_somebody(cast: Cast) -> None:
    car = add(cast)
    decode = car.decodes.get()
    taken = actions.accept_decode(decode=decode, by=cast.ada, at=AT)
    assert (taken.year, taken.make, taken.model, taken.title) == (2003, "Honda", "Accord", "2003 Honda Accord EX-V6")
    decode.refresh_from_db()
    assert (decode.accepted_by, decode.accepted_at) == (cast.ada, AT)
    with pytest.raises(AlreadyTaken):
        actions.accept_decode(decode=decode, by=cast.max, at=AT)


def test_a_proposal_for_an_older_vin_is_not_taken(cast: Cast) -> None:
    car = add(cast)
    decode = car.decodes.get()
    corrected = actions.Car(vin="2HGFC2F59JH500001", plate="7TRB418")
    actions.edit_vehicle(vehicle=car, car=corrected, seen_at=AT, by=cast.ada, at=AT)
    with pytest.raises(AlreadyTaken):
        actions.accept_decode(decode=decode, by=cast.ada, at=AT)
    assert car.decodes.count() == 2


def test_a_read_proposal_is_taken_with_the_car_and_what_was_typed_goes_first(cast: Cast) -> None:
    typed = actions.Car(vin=ACCORD, model="Accord Coupe")
    car = add(cast, car=typed, take_proposal=True)
    assert (car.year, car.make, car.model) == (2003, "Honda", "Accord Coupe")
    assert car.decodes.get().accepted_by == cast.ada


def test_a_known_vin_leads_to_the_car_that_has_it(send: Callable[..., Any], cast: Cast) -> None:
    theo, julie = make_customer(), make_customer("Julie", phone="")
    car = add(cast, customer=theo)
    with pytest.raises(VinTaken) as refusal:
        add(cast)
    assert refusal.value.vehicle == car
    url = reverse("customers:vehicle-new", args=[julie.pk])
    refused = send(cast.ada, url, vin=ACCORD, body="sedan", tie="drives")
    assert refused.status_code == 422
    assert "Add that car to Julie" in refused.content.decode()
    send(cast.ada, reverse("customers:vehicle-tie", args=[julie.pk]), vehicle=car.pk, tie="drives")
    assert julie.ties.get().kind == "drives"
    with pytest.raises(TiedAlready):
        actions.tie_vehicle(vehicle=car, customer=julie, kind="drives", by=cast.ada, at=AT)


@pytest.mark.parametrize(
    ("vin", "words"),
    [
        ("1HGCM82633A0043S2", "Character 16 looks wrong: S"),
        ("11111111111111111", "not registered in the United States"),
        ("WVWZZZ1KZAW123456", "may be right as it is"),
        ("1HGCM826", "A VIN has 17 characters. This one has 8 characters."),
        ("1HGCM82633A00435O", "the letter O, and a VIN never has one"),
    ],
)
def test_a_doubtful_vin_is_warned_about_and_kept(
    send: Callable[..., Any], client: Any, cast: Cast, vin: str, words: str
) -> None:
    theo = make_customer()
    url = reverse("customers:vehicle-new", args=[theo.pk])
    response = send(cast.ada, url, vin=vin.lower(), body="sedan", tie="owns")
    assert response.status_code == 302
    car = Vehicle.objects.get()
    assert car.vin == vin
    assert words in client.get(response.url).content.decode()


def test_too_many_characters_are_said_beside_the_field(send: Callable[..., Any], cast: Cast) -> None:
    theo = make_customer()
    url = reverse("customers:vehicle-new", args=[theo.pk])
    response = send(cast.ada, url, vin=ACCORD + "9", body="sedan", tie="owns")
    assert response.status_code == 422
    assert response.context["form"].errors["vin"] == ["A VIN has 17 characters. This one has 18."]
    empty = send(cast.ada, url, body="sedan", tie="owns")
    assert empty.context["form"].errors["plate"] == ["Enter the plate, the VIN or what car it is."]
    assert not Vehicle.objects.exists()


def test_the_vin_is_checked_while_it_is_typed(client: Any, cast: Cast) -> None:
    client.force_login(cast.ada)
    url = reverse("customers:vin-check")
    assert "8 to go" in client.get(url, {"vin": "1HGCM8263"}).content.decode()
    said = client.get(url, {"vin": ACCORD}, headers={"HX-Request": "true"}).content.decode()
    assert "Proposed from the VIN: <b>2003 Honda Accord" in said
    assert "Ultravin, data of" in said
    assert "<html" not in said
    assert not VinDecode.objects.exists()
    client.force_login(cast.sam)
    assert client.get(url, {"vin": ACCORD}).status_code == 403


def test_a_car_is_corrected_and_a_stale_page_is_not(send: Callable[..., Any], cast: Cast) -> None:
    car = add(cast)
    url = reverse("customers:vehicle-edit", args=[car.pk])
    typed = {"vin": ACCORD, "plate": "8 lpn-027", "body": "truck", "year": "2004", "seen_at": AT.isoformat()}
    assert send(cast.ada, url, **typed).status_code == 302
    car.refresh_from_db()
    assert (car.plate, car.year, car.body) == ("8LPN027", 2004, "truck")
    assert Entry.objects.about(car).get(event="vehicle.edited").detail["was"]["plate"] == "7TRB418"
    stale = send(cast.max, url, **typed | {"plate": "1AAA111"})
    assert stale.status_code == 422
    assert "Somebody saved this car while you were typing" in stale.content.decode()
    with pytest.raises(ChangedMeanwhile):
        actions.edit_vehicle(vehicle=car, car=actions.Car(plate="X1"), seen_at=None, by=cast.ada, at=AT)


def test_a_car_says_whose_it_is_and_every_look_is_kept(client: Any, cast: Cast) -> None:
    theo = make_customer()
    car = make_vehicle(theo, make="Subaru", model="Outback")
    client.force_login(cast.tess)
    page = client.get(car.get_absolute_url()).content.decode()
    assert "Theo Brandt" in page
    assert "Not a Honda" in page
    assert (Look.objects.get().customer, Look.objects.get().by) == (theo, cast.tess)
    client.force_login(cast.sam)
    assert client.get(car.get_absolute_url()).status_code == 403


def test_a_sold_car_is_not_theirs_any_more(send: Callable[..., Any], cast: Cast) -> None:
    theo = make_customer()
    car = make_vehicle(theo)
    tie = theo.ties.get()
    assert send(cast.tess, reverse("customers:tie-end", args=[car.pk, tie.pk])).status_code == 403
    send(cast.ada, reverse("customers:tie-end", args=[car.pk, tie.pk]))
    tie.refresh_from_db()
    assert tie.until_date is not None
    assert list(Vehicle.objects.of(theo)) == []


def test_the_proposal_is_accepted_on_the_cars_page(send: Callable[..., Any], client: Any, cast: Cast) -> None:
    car = add(cast)
    client.force_login(cast.ada)
    assert "A proposal until somebody takes it." in client.get(car.get_absolute_url()).content.decode()
    url = reverse("customers:decode-accept", args=[car.pk, car.decodes.get().pk])
    assert send(cast.tess, url).status_code == 403
    send(cast.ada, url)
    car.refresh_from_db()
    assert car.make == "Honda"
    assert "Taken by Ada Kim" in client.get(car.get_absolute_url()).content.decode()
