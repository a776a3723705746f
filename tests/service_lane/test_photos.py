"""Photos: re-encoded by a worker, without what the camera wrote into them, and shown only to those who may look."""

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from service_lane.actions import photos, writeup
from service_lane.models import Photo
from service_lane.rules import pictures
from service_lane.tasks import decode_photo, sweep_photos
from tests.cast import AT, Cast, make_cast, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, kind, **how)
    return out.getvalue()


def with_location() -> bytes:
    """A JPEG lying on its side, with an invented place in its EXIF."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise
    exif.get_ifd(0x8825)[1] = "N"
    return picture(size=(80, 40), exif=exif)


def added(cast: Cast, sent: bytes, name: str = "car.jpg") -> Photo:
    order = make_order(cast)
    return photos.add_photo(
        rooftop=cast.north,
        repair_order=order,
        upload=SimpleUploadedFile(name, sent),
        caption="Front",
        by=cast.ada,
        at=AT,
    )


def test_a_photo_is_re_encoded_upright_without_location_and_the_original_goes(
    cast: Cast, run_tasks: Callable[[], list[str]]
) -> None:
    photo = added(cast, with_location())
    original = photo.upload
    assert run_tasks() == ["service_lane.photos.decode"]
    run_tasks()
    photo.refresh_from_db()
    assert (photo.status, photo.width, photo.height) == (Photo.Status.READY, 40, 80)
    with photo.image.open() as file:
        shown = file.read()
    assert hashlib.sha256(shown).hexdigest() == photo.sha256
    with Image.open(io.BytesIO(shown)) as image:
        assert image.format == "JPEG"
        assert not image.getexif()
    assert not original.storage.exists(original.name)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_the_kinds_phones_send_are_read(kind: str) -> None:
    developed = pictures.develop(picture(kind))
    assert (developed.width, developed.height) == (64, 48)


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (b"%PDF-1.7 not a photo", "This is not a photo we can read. Send a JPEG, PNG, WebP or HEIC."),
        (picture("GIF"), "This is not a photo we can read. Send a JPEG, PNG, WebP or HEIC."),
        (picture(size=(900, 900))[:1500], "The photo is damaged and cannot be read. Take it again."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This is not a photo we can read."),
    ],
)
def test_what_is_no_photo_is_refused_with_a_sentence(cast: Cast, sent: bytes, sentence: str) -> None:
    photo = added(cast, sent)
    decode_photo(photo_id=photo.pk)
    photo.refresh_from_db()
    assert photo.status == Photo.Status.REFUSED
    assert photo.problem.startswith(sentence)
    assert not photo.image


def test_fifty_megapixels_are_refused_before_a_pixel_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*_: object, **__: object) -> None:
        pytest.fail("the pixels were read")

    sent = picture("PNG", size=(10_000, 5_001))
    monkeypatch.setattr("PIL.ImageOps.exif_transpose", decoded)
    with pytest.raises(pictures.Unusable, match="more than 50 megapixels"):
        pictures.develop(sent)


def test_fifteen_megabytes_are_refused_at_the_door(cast: Cast, client: Client) -> None:
    order = make_order(cast)
    client.force_login(cast.ada)
    large = SimpleUploadedFile("large.jpg", b"0" * (pictures.LARGEST_UPLOAD + 1))
    answer = client.post(
        f"/orders/{order.pk}/photos/",
        {"form_key": str(uuid4()), "photo": large},
        headers={"X-Requested-With": "fetch"},
    )
    assert (answer.status_code, answer.content.decode()) == (422, "A photo may have 15 MB. Send a smaller one.")
    assert not Photo.objects.exists()


def test_a_lost_task_is_made_up_by_the_sweep_and_twice_is_once(cast: Cast) -> None:
    photo = added(cast, picture())
    Photo.objects.filter(pk=photo.pk).update(taken_at=timezone.now() - timedelta(minutes=5))
    sweep_photos()
    photo.refresh_from_db()
    first = (photo.status, photo.image.name)
    decode_photo(photo_id=photo.pk)
    photo.refresh_from_db()
    assert first == (Photo.Status.READY, photo.image.name)


def test_an_upload_that_vanished_is_refused_and_not_tried_for_ever(cast: Cast) -> None:
    photo = added(cast, picture())
    photo.upload.storage.delete(photo.upload.name)
    decode_photo(photo_id=photo.pk)
    photo.refresh_from_db()
    assert (photo.status, photo.problem) == (
        Photo.Status.REFUSED,
        "The photo did not arrive whole. Take it again.",
    )


def test_the_picture_is_served_privately_and_without_sniffing(cast: Cast, client: Client) -> None:
    photo = added(cast, picture())
    decode_photo(photo_id=photo.pk)
    client.force_login(cast.tess)
    answer = client.get(f"/photos/{photo.name}/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"].startswith("private")
    assert b"".join(answer).startswith(b"\xff\xd8")  # type: ignore[arg-type]


def test_a_photo_that_was_not_looked_at_is_never_served(cast: Cast, client: Client) -> None:
    photo = added(cast, picture())
    client.force_login(cast.ada)
    assert client.get(f"/photos/{photo.name}/").status_code == 404


def test_strangers_and_sales_see_no_photo(cast: Cast, client: Client) -> None:
    photo = added(cast, picture())
    decode_photo(photo_id=photo.pk)
    client.force_login(cast.mallory)
    assert client.get(f"/photos/{photo.name}/").status_code == 404
    client.force_login(cast.sam)
    assert client.get(f"/photos/{photo.name}/").status_code == 403


def test_photos_of_the_walk_around_go_one_by_one_or_with_the_form(cast: Cast, client: Client) -> None:
    write_up = writeup.start(rooftop=cast.north, typed={"plate": "7TRB418"}, by=cast.ada, at=timezone.now())
    client.force_login(cast.ada)
    url = f"/write-ups/{write_up.pk}/photos/"
    key = str(uuid4())
    for _ in range(2):
        tile = client.post(
            url,
            {"form_key": key, "caption": "Front", "photo": SimpleUploadedFile("a.jpg", picture())},
            headers={"X-Requested-With": "fetch"},
            follow=True,
        )
        assert "being checked" in tile.content.decode()
    assert Photo.objects.count() == 1  # the same key twice is one photo
    answer = client.post(
        url,
        {
            "form_key": str(uuid4()),
            "whole": "1",
            "tag": "T9",
            "photo": [SimpleUploadedFile("b.jpg", picture()), SimpleUploadedFile("c.jpg", picture())],
        },
    )
    assert answer.headers["Location"] == f"{write_up.get_absolute_url()}#s5"
    assert Photo.objects.filter(write_up=write_up).count() == 3
    write_up.refresh_from_db()
    assert write_up.typed["tag"] == "T9"
