"""Marks on a photo: kept as numbers, drawn on top, and left alone once a customer was shown them."""

import io
import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dealership.models import Entry
from service_lane.actions import photos
from service_lane.models import Photo
from service_lane.rules.marks import BadMarks, drawing, mark_at, read_marks
from service_lane.tasks import decode_photo
from tests.cast import AT, Cast, make_order
from tests.service_lane.inspected import item, started

CIRCLE = {"kind": "circle", "at": [500, 400], "r": 80}
ARROW = {"kind": "arrow", "from": [100, 100], "to": [400, 300]}
LINE = {"kind": "line", "points": [[0, 0], [1000, 1000]]}


def a_photo(cast: Cast, **of: Any) -> Photo:
    out = io.BytesIO()
    Image.new("RGB", (600, 400), "navy").save(out, "JPEG")
    of = of or {"repair_order": make_order(cast)}
    photo = photos.add_photo(
        rooftop=cast.north, upload=SimpleUploadedFile("a.jpg", out.getvalue()), by=cast.tess, at=AT, **of
    )
    decode_photo(photo_id=photo.pk)
    photo.refresh_from_db()
    return photo


# --- the rules -------------------------------------------------------------------------------------------------------


def test_the_three_kinds_are_read_and_rounded() -> None:
    sent = [CIRCLE | {"r": 79.6, "more": "words"}, ARROW, LINE]
    assert read_marks(json.dumps(sent)) == [CIRCLE, ARROW, LINE]
    assert read_marks("") == []


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ("{", "did not arrive whole"),
        ('{"kind": "circle"}', "did not arrive whole"),
        ("[1]", "did not arrive whole"),
        ('[{"kind": "text", "at": [1, 1]}]', "arrow, a circle or a line"),
        ('[{"kind": "circle", "at": [1, 1]}]', "needs its size"),
        ('[{"kind": "circle", "at": [1, 1], "r": NaN}]', "needs its size"),
        ('[{"kind": "circle", "at": [1001, 1], "r": 50}]', "outside the photo"),
        ('[{"kind": "circle", "at": [1, true], "r": 50}]', "did not arrive whole"),
        ('[{"kind": "arrow", "from": [1, 1], "to": [2, 2]}]', "too short to see"),
        ('[{"kind": "line", "points": [[1, 1]]}]', "too short or too long"),
        (json.dumps([{"kind": "line", "points": [[1, 1]] * 161}]), "too short or too long"),
        (json.dumps([CIRCLE] * 13), "12 marks"),
        (" " * 60_001, "too much"),
        ("[" * 20_000, "did not arrive whole"),
    ],
)
def test_what_is_no_mark_is_refused_with_a_sentence(sent: str, sentence: str) -> None:
    with pytest.raises(BadMarks, match=sentence):
        read_marks(sent)


@given(st.text(max_size=200) | st.from_regex(r'\[\{"kind": ?"(circle|arrow|line)".{0,60}\}\]'))
def test_any_text_is_either_marks_or_refused(text: str) -> None:
    try:
        marks = read_marks(text)
    except BadMarks:
        return
    assert all(one["kind"] in ("circle", "arrow", "line") for one in marks)


def test_the_drawing_fits_the_picture_and_says_what_it_is() -> None:
    drawn = drawing([CIRCLE, ARROW, CIRCLE], 2000, 1500)
    assert drawn is not None
    assert (drawn.width, drawn.height, len(drawn.paths)) == (2000, 1500, 3)
    assert drawn.paths[0].startswith("M840 600a160 160")
    assert drawn.words == "Marked with 2 circles and 1 arrow"
    assert drawing([], 2000, 1500) is None


@pytest.mark.parametrize("place", ["upper left", "middle", "lower right"])
@pytest.mark.parametrize("kind", ["circle", "arrow"])
def test_a_mark_at_one_of_nine_places_can_be_kept(kind: str, place: str) -> None:
    mark = mark_at(kind, place)
    assert read_marks(json.dumps([mark])) == [mark]


# --- keeping them ----------------------------------------------------------------------------------------------------


def send(client: Any, photo: Photo, **typed: Any) -> Any:
    return client.post(f"/photos/{photo.name}/marks/", {"form_key": str(uuid4())} | typed)


@pytest.mark.django_db
def test_marks_are_saved_with_a_trace_and_drawn_on_the_tile(client: Any, cast: Cast) -> None:
    row = item(started(cast), "front-pads")
    photo = a_photo(cast, item=row)
    client.force_login(cast.tess)
    answer = send(client, photo, do="save", marks=json.dumps([CIRCLE]))
    assert answer.headers["Location"] == row.get_absolute_url()
    photo.refresh_from_db()
    assert photo.marks == [CIRCLE]
    entry = Entry.objects.get(event="photo.marked")
    assert (entry.by, entry.detail["marks"]) == (cast.tess, [CIRCLE])
    page = client.get(row.get_absolute_url()).content.decode()
    assert 'aria-label="Marked with 1 circle"' in page


@pytest.mark.django_db
def test_without_scripts_a_mark_goes_to_one_of_nine_places_and_comes_off_again(client: Any, cast: Cast) -> None:
    photo = a_photo(cast)
    client.force_login(cast.ada)
    here = f"/photos/{photo.name}/marks/"
    assert send(client, photo, do="place", kind="arrow", place="lower left").headers["Location"] == here
    send(client, photo, do="place", kind="circle", place="middle")
    photo.refresh_from_db()
    assert [one["kind"] for one in photo.marks] == ["arrow", "circle"]
    send(client, photo, do="undo")
    photo.refresh_from_db()
    assert [one["kind"] for one in photo.marks] == ["arrow"]
    send(client, photo, do="clear")
    photo.refresh_from_db()
    assert photo.marks == []
    nowhere = send(client, photo, do="place", kind="circle", place="")
    assert nowhere.status_code == 422
    assert "Choose where the mark goes." in nowhere.content.decode()


@pytest.mark.django_db
def test_a_photo_a_customer_was_shown_keeps_its_marks(client: Any, cast: Cast) -> None:
    photo = a_photo(cast)
    photos.mark_photo(photo=photo, marks=[CIRCLE], by=cast.tess, at=AT)
    assert Photo.objects.filter(pk=photo.pk).show(at=AT) == 1
    with pytest.raises(photos.AlreadyShown):
        photos.mark_photo(photo=photo, marks=[], by=cast.tess, at=AT)
    client.force_login(cast.tess)
    page = client.get(f"/photos/{photo.name}/marks/").content.decode()
    assert "its marks stay as they were" in page
    assert 'name="marks"' not in page
    send(client, photo, do="clear")
    photo.refresh_from_db()
    assert photo.marks == [CIRCLE]


@pytest.mark.django_db
def test_strangers_and_sales_mark_nothing(client: Any, cast: Cast) -> None:
    photo = a_photo(cast)
    client.force_login(cast.mallory)
    assert client.get(f"/photos/{photo.name}/marks/").status_code == 404
    assert send(client, photo, do="clear").status_code == 404
    client.force_login(cast.sam)
    assert client.get(f"/photos/{photo.name}/marks/").status_code == 403
    assert send(client, photo, do="clear").status_code == 403
