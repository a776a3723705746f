"""Interrupted every minute and by a colleague: the place is kept, a change comes back, nobody overwrites anybody."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from dealership.http import COUNTER_VIEW_KEY
from service_lane.actions import writeup
from service_lane.models import RepairOrder, WriteUp
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_vehicle
from tests.service_lane.test_open_repair_order import make_menu
from tests.service_lane.test_sign_order import DRAWN
from tests.service_lane.test_write_up import complete, post_open

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def ada(cast: Cast, client: Client) -> Client:
    client.force_login(cast.ada)
    return client


@pytest.fixture
def max_(cast: Cast) -> Client:
    other = Client()
    other.force_login(cast.max)
    return other


@pytest.fixture
def begun(cast: Cast) -> WriteUp:
    make_menu(cast)
    theo = make_customer()
    return writeup.start(rooftop=cast.north, customer=theo, vehicle=make_vehicle(theo), by=cast.ada, at=timezone.now())


def save(client: Client, write_up: WriteUp, **fields: Any) -> Any:
    return client.post(f"/write-ups/{write_up.pk}/save/", fields, headers={"X-Requested-With": "fetch"})


def counter_view(client: Client) -> None:
    session = client.session
    session[COUNTER_VIEW_KEY] = True
    session.save()


# --- where they were -------------------------------------------------------------------------------------------------


def test_the_page_goes_on_in_the_field_that_was_saved_last(ada: Client, begun: WriteUp) -> None:
    assert 'data-resume="odometer"' in ada.get(begun.get_absolute_url()).content.decode()
    save(ada, begun, odometer="71902")
    save(ada, begun, concern_1="It shudders.")
    begun.refresh_from_db()
    assert (begun.step, begun.field) == ("concern", "concern_1")
    page = ada.get(begun.get_absolute_url()).content.decode()
    assert 'data-resume="concern_1"' in page
    assert "2 of 6, Concern" in page


# --- undo ------------------------------------------------------------------------------------------------------------


def test_undo_puts_back_what_stood_there_before_they_began_to_type(ada: Client, begun: WriteUp) -> None:
    save(ada, begun, tag="T50")
    for typed in ("7", "71", "71902"):
        save(ada, begun, odometer=typed)
    assert "Undo mileage" in ada.get(f"/write-ups/{begun.pk}/check/").content.decode()
    ada.post(f"/write-ups/{begun.pk}/undo/", {"form_key": str(uuid4())})
    begun.refresh_from_db()
    assert begun.typed == {"tag": "T50"}
    assert "Undo " not in ada.get(f"/write-ups/{begun.pk}/check/").content.decode()


def test_undo_takes_a_choice_back(ada: Client, begun: WriteUp) -> None:
    save(ada, begun, stay="waits")
    save(ada, begun, stay="loaner")
    ada.post(f"/write-ups/{begun.pk}/undo/", {"form_key": str(uuid4())})
    begun.refresh_from_db()
    assert begun.typed["stay"] == "waits"


def test_a_whole_form_is_not_taken_back_at_once(ada: Client, begun: WriteUp) -> None:
    ada.post(f"/write-ups/{begun.pk}/save/", complete())
    ada.post(f"/write-ups/{begun.pk}/undo/", {"form_key": str(uuid4())})
    begun.refresh_from_db()
    assert begun.typed["tag"] == "T51"


def test_after_it_is_open_nothing_is_undone(ada: Client, begun: WriteUp) -> None:
    post_open(ada, begun)
    save(ada, begun, tag="T1")
    answer = ada.post(f"/write-ups/{begun.pk}/undo/", {"form_key": str(uuid4())})
    assert answer.headers["Location"] == begun.get_absolute_url()
    assert RepairOrder.objects.get().tag == "T51"


@pytest.mark.parametrize("verb", ["open", "mark", "unmark", "choose"])
def test_whoever_comes_back_to_a_refused_form_gets_the_write_up(ada: Client, begun: WriteUp, verb: str) -> None:
    answer = ada.get(f"/write-ups/{begun.pk}/{verb}/")
    assert answer.headers["Location"] == begun.get_absolute_url()


# --- two at once -----------------------------------------------------------------------------------------------------


def test_an_old_page_does_not_write_over_a_colleague(cast: Cast, ada: Client, max_: Client, begun: WriteUp) -> None:
    loaded = timezone.now()
    save(max_, begun, purpose="Brakes grind.", tag="T9")
    answer = ada.post(
        f"/write-ups/{begun.pk}/save/",
        {"whole": "1", "seen_at": loaded.isoformat(), "purpose": "", "tag": "T9", "odometer": "71902"},
        follow=True,
    )
    begun.refresh_from_db()
    assert begun.typed["purpose"] == "Brakes grind."
    assert begun.typed["odometer"] == "71902"
    said = answer.content.decode()
    assert "Max Ruiz changed this since you opened the page, and it stays: why they came." in said


def test_a_field_they_type_themselves_is_theirs(cast: Cast, ada: Client, max_: Client, begun: WriteUp) -> None:
    save(max_, begun, purpose="Brakes grind.")
    save(ada, begun, purpose="Oil change.")
    begun.refresh_from_db()
    assert begun.typed["purpose"] == "Oil change."


def test_the_page_says_who_else_is_in_it_and_what_they_changed(
    cast: Cast, ada: Client, max_: Client, begun: WriteUp
) -> None:
    since = timezone.now().isoformat()
    assert "in this write-up too" not in ada.get(begun.get_absolute_url()).content.decode()
    max_.get(begun.get_absolute_url())
    save(max_, begun, odometer="71902")
    here = ada.get(f"/write-ups/{begun.pk}/here/", {"since": since}).content.decode()
    assert "<b>Max Ruiz</b> is in this write-up too." in here
    assert "Changed since you opened it: mileage." in here
    assert "<html" not in here


def test_the_page_says_that_somebody_opened_it_or_that_the_car_is_here(
    cast: Cast, ada: Client, max_: Client, begun: WriteUp
) -> None:
    url = f"/write-ups/{begun.pk}/here/"
    order = make_order(cast, customer=begun.customer, vehicle=begun.vehicle)
    assert f'already here on <a href="/orders/{order.pk}/">RO {order.number}</a>' in ada.get(url).content.decode()
    RepairOrder.objects.filter(pk=order.pk).close(by=cast.max, at=AT, odometer_out=72_000)
    post_open(max_, begun)
    opened = RepairOrder.objects.latest("pk")
    assert f'This is open as <a href="/orders/{opened.pk}/">' in ada.get(url).content.decode()


def test_a_dropped_write_up_says_so(ada: Client, begun: WriteUp) -> None:
    ada.post(f"/write-ups/{begun.pk}/drop/", {"form_key": str(uuid4())})
    assert "They left without a visit at" in ada.get(begun.get_absolute_url()).content.decode()


# --- what was signed -------------------------------------------------------------------------------------------------


def test_a_service_added_after_they_signed_is_read_and_signed_again(ada: Client, begun: WriteUp) -> None:
    save(ada, begun, signed_name="Theo Brandt")
    save(ada, begun, services="LOF")
    assert "This changed after they signed." in ada.get(f"/write-ups/{begun.pk}/check/").content.decode()
    begun.refresh_from_db()
    words = writeup.words_to_sign(begun, at=timezone.now())
    answer = ada.post(
        f"/write-ups/{begun.pk}/open/",
        {
            "form_key": str(uuid4()),
            "words_shown": words,
            "odometer": "71902",
            "purpose": "Oil",
            "promised": (timezone.now() + timedelta(hours=3)).isoformat(),
            "contact": "phone:+14155550142",
        },
    )
    assert answer.status_code == 422
    assert "Ask them to read it once more, and to sign again." in answer.content.decode()


def test_a_drawing_survives_a_refusal_and_signs_the_order(ada: Client, begun: WriteUp) -> None:
    refused = post_open(ada, begun, signed_name="", signed_drawing=DRAWN, odometer="")
    assert refused.status_code == 422
    assert "M10,20 C12.5,22.1 14,25 18.2,30" in refused.content.decode()
    assert post_open(ada, begun, signed_name="", signed_drawing=DRAWN).status_code == 302
    order = RepairOrder.objects.get()
    assert (order.signed_how, order.signed_name) == ("drawn", "Theo Brandt")
    assert order.signature.drawing.width == 300
    assert "Signed by hand" in ada.get(order.get_absolute_url()).content.decode()


def test_without_a_signature_it_opens_and_goes_on_to_the_signing(ada: Client, begun: WriteUp) -> None:
    answer = post_open(ada, begun, signed_name="")
    order = RepairOrder.objects.get()
    assert answer.headers["Location"] == f"/orders/{order.pk}/sign/"
    page = ada.get(order.get_absolute_url()).content.decode()
    assert "Not signed yet." in page
    assert "Start the inspection" not in page


# --- counter view ----------------------------------------------------------------------------------------------------


def test_in_counter_view_no_number_is_in_the_page(ada: Client, begun: WriteUp) -> None:
    assert begun.customer
    point = begun.customer.contact_points.get()
    save(ada, begun, contact=f"text:#{point.pk}", contact_other="(415) 555-0199", purpose="Oil change.")
    counter_view(ada)
    for url in (begun.get_absolute_url(), f"/write-ups/{begun.pk}/check/"):
        page = ada.get(url).content.decode()
        for hidden in ("555-0142", "+14155550142", "4155550142", "555-0199", "Brandt"):
            assert hidden not in page, (url, hidden)
        assert "Ask me by text at the phone ending 0142 before anything else." in page
        assert f'<option value="text:#{point.pk}" selected>Theo B., text the phone ending 0142' in page


def test_what_counter_view_hides_is_kept_when_the_form_is_sent(ada: Client, cast: Cast) -> None:
    make_menu(cast)
    typed = {"first_name": "Hana", "last_name": "Sato", "phone": "(415) 555-0177", "plate": "9XYZ001"}
    write_up = writeup.start(rooftop=cast.north, typed=typed, by=cast.ada, at=timezone.now())
    counter_view(ada)
    page = ada.get(write_up.get_absolute_url()).content.decode()
    for hidden in ("Sato", "555-0177", "+14155550177"):
        assert hidden not in page, hidden
    assert "Phone ending 0177" in page
    post_open(ada, write_up, contact="text:typed", signed_name="")
    order = RepairOrder.objects.get()
    assert (order.customer.name, order.contact_value) == ("Hana Sato", "+14155550177")


def test_somebody_new_with_a_phone_we_know_is_offered_first(ada: Client, cast: Cast) -> None:
    make_menu(cast)
    theo = make_customer()
    write_up = writeup.start(
        rooftop=cast.north, typed={"first_name": "T", "phone": "415 555 0142"}, by=cast.ada, at=timezone.now()
    )
    page = ada.get(write_up.get_absolute_url()).content.decode()
    assert "We know this phone or e-mail: Theo Brandt." in page
    assert f'value="customer:{theo.pk}"' in page
