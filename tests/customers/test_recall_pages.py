"""Recalls on the screen: the list, the car, and what its VIN says; possible, by model, and never priced."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.actions import recalls as actions
from customers.models import Recall, RecallCheck, RecallFile, Vehicle
from customers.tasks import sweep_recalls
from dealership.models import Entry
from service_lane.models import WriteUp
from tests.cast import AT, Cast, make_customer, make_vehicle
from tests.customers.recall_list import bring, line, text, zipped

HTMX = {"HX-Request": "true"}
VIN = "5FPYK3F79JB000001"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> Any:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def page_of(car: Vehicle, campaign: str = "26V000001") -> str:
    return reverse("customers:recall", args=[car.pk, campaign])


def upload(client: Any, content: bytes, name: str = "FLAT_RCL_POST_2010.zip", **fields: str) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("customers:recall-file-new"), {"file": file, "form_key": str(uuid4()), **fields})


# --- the car ---------------------------------------------------------------------------------------------------------


def test_the_car_says_possible_by_model_and_how_fresh_the_list_is(client: Any, cast: Cast) -> None:
    bring([line(DATEA="20261101")])
    client.force_login(cast.ada)
    said = words(client.get(make_vehicle(vin=VIN).get_absolute_url()))
    assert "26V000001" in said
    assert "Possible, by model: check the VIN with the maker" in said
    assert "in NHTSA&#x27;s list up to November 1, 2026." in said
    assert "Its file of campaigns before 2010 is not here." in said


def test_do_not_drive_is_said_first_and_in_words(client: Any, cast: Cast) -> None:
    bring([line(DO_NOT_DRIVE="Yes", PARK_OUTSIDE="Yes")])
    client.force_login(cast.tess)
    said = words(client.get(make_vehicle().get_absolute_url()))
    assert "Do not drive: NHTSA says cars of this recall must not be driven until they are repaired." in said
    assert "Park outside: NHTSA says cars of this recall must stand outside, away from buildings." in said


@pytest.mark.parametrize(
    ("rows", "car", "said"),
    [
        ((), {}, "No recall list has been taken in here, so nothing was looked up."),
        ((line(),), {"model": "Civic"}, "None is listed for this model and year."),
        ((line(),), {"year": None}, "Make, model and year must be known to look it up."),
    ],
)
def test_nothing_found_is_not_the_same_as_not_looked(
    client: Any, cast: Cast, rows: tuple[str, ...], car: dict[str, Any], said: str
) -> None:
    if rows:
        bring(rows)
    client.force_login(cast.ada)
    shown = words(client.get(make_vehicle(**car).get_absolute_url()))
    assert said in shown
    assert ("None is listed" in shown) is ("None is listed" in said)


def test_the_campaign_is_told_in_full_and_the_vin_goes_nowhere(client: Any, cast: Cast) -> None:
    bring([line()])
    car = make_vehicle(vin=VIN)
    client.force_login(cast.tess)
    response = client.get(page_of(car))
    assert "The engine may stop while driving." in words(response)
    assert VIN in words(response)
    links = re.findall(r"<a [^>]*nhtsa[^>]*>", response.content.decode())
    assert links == [
        '<a href="https://www.nhtsa.gov/recalls" rel="noopener noreferrer" referrerpolicy="no-referrer"'
        ' target="_blank">'
    ]
    assert VIN not in page_of(car)
    assert "Write it down" not in words(response), "a technician reads; the counter answers"


def test_the_counter_writes_down_what_the_vin_says(send: Callable[..., Any], cast: Cast, client: Any) -> None:
    bring([line()])
    car = make_vehicle(vin=VIN)
    response = send(cast.ada, page_of(car), state="open", source="maker_system", seen="0")
    assert response.url == car.get_absolute_url()
    said = words(client.get(car.get_absolute_url()))
    assert "Open, by its VIN Ada Kim" in said
    assert Entry.objects.about(car).get().event == "recall.checked"
    assert "Open on this car" in words(client.get(page_of(car)))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"state": ""}, "Choose what was found out."),
        ({"state": "sure"}, "Choose what was found out."),
        ({"source": ""}, "Say where it was looked up."),
    ],
)
def test_what_is_missing_is_said(send: Callable[..., Any], cast: Cast, typed: dict[str, str], sentence: str) -> None:
    bring([line()])
    response = send(
        cast.ada, page_of(make_vehicle()), **{"state": "open", "source": "maker_site", "seen": "0", **typed}
    )
    assert response.status_code == 422
    assert sentence in words(response)
    assert not RecallCheck.objects.exists()


def test_without_a_vin_the_page_asks_for_it(send: Callable[..., Any], cast: Cast, client: Any) -> None:
    bring([line()])
    car = make_vehicle(vin=None)
    response = send(cast.ada, page_of(car), state="open", source="maker_site", seen="0")
    assert response.status_code == 422
    assert "The VIN of this car is not known." in words(response)
    shown = words(client.get(page_of(car)))
    assert "Scan or type it first : without it nobody can say." in shown
    assert "Write it down" not in shown


def test_an_answer_given_meanwhile_is_shown_and_kept(send: Callable[..., Any], cast: Cast, client: Any) -> None:
    bring([line()])
    car = make_vehicle(vin=VIN)
    send(cast.max, page_of(car), state="done", source="invoice", seen="0")
    response = send(cast.ada, page_of(car), state="open", source="maker_site", seen="0")
    assert response.url == page_of(car)
    assert "Somebody wrote down an answer before you." in words(client.get(response.url))
    assert RecallCheck.objects.get().state == "done"


def test_who_may_not_is_turned_away(send: Callable[..., Any], cast: Cast, client: Any) -> None:
    bring([line()])
    car = make_vehicle(vin=VIN)
    typed = {"state": "open", "source": "maker_site", "seen": "0"}
    assert send(cast.tess, page_of(car), **typed).status_code == 403
    assert send(cast.sam, page_of(car), **typed).status_code == 403
    assert send(cast.ada, page_of(car, "26V999999"), **typed).status_code == 404
    for staff in (cast.ada, cast.sam):
        client.force_login(staff)
        assert client.get(reverse("customers:recall-files")).status_code == 403
        assert upload(client, text(line())).status_code == 403
    assert not RecallCheck.objects.exists()
    assert RecallFile.objects.count() == 1


def test_the_card_of_each_car_says_it_in_one_line(client: Any, cast: Cast) -> None:
    bring([line(PARK_OUTSIDE="Yes")])
    theo = make_customer()
    client.force_login(cast.ada)
    for cars in (1, 9):
        for _ in range(cars):
            make_vehicle(theo)
        said = words(client.get(theo.get_absolute_url()))
        line_of_it = (
            "Park outside until it is repaired, says NHTSA of such cars. "
            "1 recall is possible, by model: check the VIN with the maker."
        )
        assert said.count(line_of_it) == min(10, cars if cars == 1 else 10)


def test_the_customer_page_asks_no_more_for_more_cars(client: Any, cast: Cast) -> None:
    bring([line()])
    theo = make_customer()
    make_vehicle(theo)
    client.force_login(cast.ada)
    client.get(theo.get_absolute_url())
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(theo.get_absolute_url())
        counts.append(len([one for one in queries if "customers_recall" in one["sql"]]))
        for _ in range(9):
            make_vehicle(theo)
    assert counts == [1, 1]


def test_the_write_up_says_it_in_one_line(client: Any, cast: Cast) -> None:
    bring([line()])
    theo = make_customer()
    write_up = WriteUp.objects.create(
        rooftop=cast.north, advisor=cast.ada, customer=theo, vehicle=make_vehicle(theo), started_at=AT, saved_at=AT
    )
    client.force_login(cast.ada)
    said = words(client.get(write_up.get_absolute_url()))
    assert "1 recall is possible, by model: check the VIN with the maker." in said


def test_nothing_about_a_recall_has_a_price(client: Any, cast: Cast) -> None:
    bring([line()])
    car = make_vehicle(vin=VIN)
    client.force_login(cast.ada)
    for model in (Recall, RecallCheck):
        assert not [field.name for field in model._meta.fields if field.get_internal_type() == "DecimalField"]
    section = client.get(car.get_absolute_url()).content.decode().split('id="recalls"')[1].split("</section>")[0]
    for shown in (section, client.get(page_of(car)).content.decode().split("<main")[1].split("</main>")[0]):
        assert "$" not in shown
        assert "is free" in shown


# --- the list --------------------------------------------------------------------------------------------------------


def test_a_manager_uploads_the_zip_leaves_and_finds_it_done(client: Any, cast: Cast, media: Any) -> None:
    client.force_login(cast.max)
    assert "No list has been taken in yet." in words(client.get(reverse("customers:recall-files")))
    response = upload(client, zipped(text(line(), line(1, CAMPNO=""), line(2, RCLTYPECD="T"))))
    file = RecallFile.objects.get()
    assert (response.url, file.status, file.part) == (file.get_absolute_url(), "waiting", "post")
    assert not Recall.objects.exists(), "a request does not wait for it"
    waiting = client.get(file.get_absolute_url(), headers=HTMX)
    assert waiting.content.decode().lstrip().startswith('<div id="standing"')
    assert "Waiting for its turn" in words(waiting)
    sweep_recalls()
    done = words(client.get(file.get_absolute_url()))
    assert "Done" in done
    assert "2 CAMPNO is empty." in done
    assert "About tires" in done
    listed = words(client.get(reverse("customers:recall-files")))
    assert "FLAT_RCL_POST_2010.zip" in listed
    assert [entry.event for entry in Entry.objects.about(file).order_by("pk")] == [
        "recalls.received",
        "recalls.imported",
    ]
    assert not [path for path in media.rglob("*") if path.is_file()], "the upload is not kept once it is in"
    sweep_recalls()
    assert Recall.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "fields", "said"),
    [
        (b"", {}, "This file is empty."),
        (text(line() + "\tEXTRA"), {}, "Row 1 has 30 columns. Expected: 29 columns"),
        (zipped(b"x", "notes.md"), {}, "The zip should hold one .txt file. It holds notes.md."),
        (text(line()), {"name": "list.txt"}, "The name of the file does not say it. Choose one of the two."),
    ],
)
def test_what_is_not_the_list_is_refused_beside_its_field(
    client: Any, cast: Cast, content: bytes, fields: dict[str, str], said: str
) -> None:
    client.force_login(cast.max)
    response = upload(client, content, **fields)
    assert response.status_code == 422
    assert said in words(response)
    assert not RecallFile.objects.exists()


def test_an_upload_that_turns_out_wrong_stops_and_says_why(client: Any, cast: Cast, media: Any) -> None:
    client.force_login(cast.max)
    upload(client, text(line(), line(1), line(2) + "\tEXTRA"))
    sweep_recalls()
    file = RecallFile.objects.get()
    assert file.status == "failed"
    assert "Row 3 has 30 columns" in words(client.get(file.get_absolute_url()))
    assert not Recall.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]


def test_a_worker_that_died_is_taken_over_and_not_for_ever(client: Any, cast: Cast) -> None:
    client.force_login(cast.max)
    upload(client, text(line()))
    RecallFile.objects.update(status="running", attempts=1, rows=7)
    sweep_recalls()
    assert (RecallFile.objects.get().status, Recall.objects.count()) == ("done", 1)
    upload(client, text(line(), line(1)))
    RecallFile.objects.filter(status="waiting").update(status="running", attempts=actions.ATTEMPTS)
    sweep_recalls()
    assert RecallFile.objects.latest("pk").problem == actions.BROKE_OFF


def test_a_file_that_went_missing_stops_with_a_sentence(client: Any, cast: Cast, media: Any) -> None:
    client.force_login(cast.max)
    upload(client, text(line()))
    for path in media.rglob("*.zip"):
        path.unlink()
    sweep_recalls()
    assert RecallFile.objects.get().problem == actions.GONE


def test_the_list_of_lists_asks_no_more_for_more(client: Any, cast: Cast) -> None:
    client.force_login(cast.max)
    counts = []
    for number in (1, 49):
        for one in range(number):
            RecallFile.objects.create(
                name=f"{one}.zip", part="post", status="done", by=cast.max, at=AT + timedelta(one), finished_at=AT
            )
        client.get(reverse("customers:recall-files"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("customers:recall-files"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
