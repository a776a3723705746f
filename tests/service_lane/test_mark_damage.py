"""Damage is marked by place and kind, with or without a pointer; a mistake comes off again."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from dealership.models import Entry
from service_lane.actions import damage, writeup
from service_lane.models import DamageMark, Photo, WriteUp
from service_lane.rules.damage import BY_KEY, PLACES, place_at, point
from tests.cast import AT, Cast, make_cast, make_customer, make_vehicle
from tests.service_lane.test_open_repair_order import open_order, write_up_of_theo

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def ada(cast: Cast, client: Client) -> Client:
    client.force_login(cast.ada)
    return client


@pytest.fixture
def begun(cast: Cast) -> WriteUp:
    theo = make_customer()
    return writeup.start(rooftop=cast.north, customer=theo, vehicle=make_vehicle(theo), by=cast.ada, at=timezone.now())


def post(client: Client, write_up: WriteUp, verb: str = "mark", htmx: bool = False, **fields: Any) -> Any:
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(f"/write-ups/{write_up.pk}/{verb}/", {"form_key": str(uuid4()), **fields}, headers=headers)


def test_a_place_by_name_and_a_kind_make_a_mark_in_the_middle_of_the_place(ada: Client, begun: WriteUp) -> None:
    answer = post(
        ada, begun, mark_place="left-rear-door", mark_kind="scratch", mark_note="5 in", mark_x="", mark_y="", tag="T7"
    )
    assert answer.headers["Location"] == f"{begun.get_absolute_url()}#s5"
    mark = begun.marks.get()
    assert str(mark) == "1. Scratch, 5 in, Left rear door"
    assert (mark.kind, mark.place, mark.x, mark.y) == ("scratch", "left-rear-door", 142, 26)
    begun.refresh_from_db()
    assert begun.typed["tag"] == "T7"
    entry = Entry.objects.about(begun).get(event="write_up.damage_marked")
    assert entry.detail["where"] == "Left rear door"


def test_a_tap_says_where_by_itself(ada: Client, begun: WriteUp) -> None:
    post(ada, begun, mark_x="214.4", mark_y="80", mark_kind="chip")
    mark = begun.marks.get()
    assert (mark.where, mark.x, mark.y) == ("Windshield", 214, 80)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"mark_kind": "dent"}, "Say where it is"),
        ({"mark_kind": "dent", "mark_x": "900", "mark_y": "3"}, "Say where it is"),
        ({"mark_place": "roof"}, "Say what it is"),
        ({"mark_place": "roof", "mark_kind": "rust"}, "Say what it is"),
    ],
)
def test_a_mark_without_place_or_kind_is_asked_for_again(
    ada: Client, begun: WriteUp, fields: dict[str, str], sentence: str
) -> None:
    answer = post(ada, begun, **fields)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not begun.marks.exists()


def test_htmx_gets_the_drawing_the_list_and_a_fresh_key(ada: Client, begun: WriteUp) -> None:
    answer = post(ada, begun, htmx=True, mark_place="hood", mark_kind="dent")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Mark 1: Dent, Hood." in page
    assert 'hx-target="#wu-key"' in page
    assert "<html" not in page
    assert post(ada, begun, htmx=True, mark_place="hood").status_code == 422


def test_a_mistake_comes_off_and_the_numbers_close_up(cast: Cast, ada: Client, begun: WriteUp) -> None:
    for place in ("hood", "roof", "trunk"):
        post(ada, begun, mark_place=place, mark_kind="dent")
    post(ada, begun, "unmark", mark=begun.marks.get(place="roof").pk)
    assert [str(mark) for mark in begun.marks.standing()] == ["1. Dent, Hood", "2. Dent, Trunk or bed"]
    assert DamageMark.objects.count() == 3  # what was taken off is kept, out of sight
    assert Entry.objects.about(begun).filter(event="write_up.mark_taken_off").count() == 1


def test_two_marks_at_one_place_stand_side_by_side(ada: Client, begun: WriteUp) -> None:
    for _ in range(3):
        post(ada, begun, mark_place="hood", mark_kind="dent")
    assert [(mark.x, mark.y) for mark in begun.marks.standing()] == [(256, 75), (274, 75), (292, 75)]


def test_undo_takes_the_last_mark_off(ada: Client, begun: WriteUp) -> None:
    post(ada, begun, mark_place="hood", mark_kind="dent")
    assert "Undo mark" in ada.get(begun.get_absolute_url()).content.decode()
    post(ada, begun, "undo")
    assert not begun.marks.standing().exists()


def test_a_mark_of_another_write_up_is_not_there(cast: Cast, ada: Client, begun: WriteUp) -> None:
    other = writeup.start(rooftop=cast.north, typed={"plate": "9XYZ001"}, by=cast.ada, at=AT)
    mark = damage.mark_damage(write_up=other, place=BY_KEY["roof"], kind="dent", by=cast.ada, at=AT)
    assert post(ada, begun, "unmark", mark=mark.pk).status_code == 404
    assert other.marks.standing().exists()


def test_what_was_signed_for_stays_marked(cast: Cast) -> None:
    write_up = write_up_of_theo(cast)
    mark = damage.mark_damage(write_up=write_up, place=BY_KEY["roof"], kind="dent", by=cast.ada, at=AT)
    order = open_order(write_up, cast)
    with pytest.raises(writeup.Finished):
        damage.take_off(mark=mark, by=cast.ada, at=AT)
    assert [one.what for one in DamageMark.objects.of_order(order)] == ["Dent"]


def test_a_photo_belongs_to_the_mark_its_caption_names(ada: Client, begun: WriteUp) -> None:
    post(ada, begun, mark_place="hood", mark_kind="dent")
    page = ada.get(begun.get_absolute_url()).content.decode()
    assert "Photo of mark 1, not taken yet" in page
    for caption in ("Mark 1, dent", "Mark 9, dent", "Front"):
        photo = SimpleUploadedFile("a.jpg", b"not looked at here", "image/jpeg")
        post(ada, begun, "photos", photo=photo, caption=caption)
    assert [photo.caption for photo in begun.marks.get().photos.all()] == ["Mark 1, dent"]
    assert Photo.objects.filter(write_up=begun, damage=None).count() == 2


def test_the_database_keeps_marks_on_the_drawing(cast: Cast, begun: WriteUp) -> None:
    with pytest.raises(IntegrityError, match="damage_mark_on_the_drawing"), transaction.atomic():
        DamageMark.objects.create(write_up=begun, number=1, x=400, y=10, where="roof", what="Dent", seen_at=AT)


def test_every_place_is_where_its_own_middle_is() -> None:
    assert [place_at(place.x, place.y) for place in PLACES] == list(PLACES)
    assert 12 <= len(PLACES) <= 16
    assert point("12", "nan") is None
    assert point("12.6", "9") == (13, 9)
