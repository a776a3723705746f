"""What was drawn on a photo is presented with it, seen by whoever reads the line, and stays from then on."""

import pytest

from recommendations import estimate
from recommendations.views.lines import customer_line
from service_lane.actions import photos
from service_lane.models import Photo
from tests.cast import AT, Cast, make_order
from tests.recommendations.lines import drafted, shown

pytestmark = pytest.mark.django_db

CIRCLE = {"kind": "circle", "at": [500, 400], "r": 80}


def marked_photo(cast: Cast) -> Photo:
    Photo.objects.update(width=600, height=400)
    photo = Photo.objects.get()
    photos.mark_photo(photo=photo, marks=[CIRCLE], by=cast.tess, at=AT)
    return photo


def test_marks_are_in_what_the_customer_was_shown_and_lock_when_they_were(cast: Cast) -> None:
    order = make_order(cast)
    lines = drafted(cast, order)
    photo = marked_photo(cast)
    snapshot = shown(cast, order, lines).lines.get(advisory__finding=photo.item).snapshot
    (kept,) = snapshot["evidence"]["photos"]
    assert (kept["marks"], kept["size"]) == ([CIRCLE], [600, 400])
    line = customer_line(snapshot, 1, photo_urls={str(photo.name): "/p/"})
    assert line["photos"][0]["drawing"].words == "Marked with 1 circle"
    with pytest.raises(photos.AlreadyShown):
        photos.mark_photo(photo=photo, marks=[], by=cast.tess, at=AT)


def test_a_photo_without_marks_says_nothing_about_them(cast: Cast) -> None:
    order = make_order(cast)
    snapshots = [line.snapshot for line in shown(cast, order, drafted(cast, order)).lines.all()]
    (kept,) = [photo for snapshot in snapshots for photo in snapshot["evidence"]["photos"]]
    assert set(kept) == {"name", "sha256", "caption"}
    assert estimate.load(order).lines[0].is_current
