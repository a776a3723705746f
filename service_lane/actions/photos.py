"""Photos of the car: kept as sent until a worker has looked at them, shown only re-encoded."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from dealership import audit
from dealership.models import Rooftop, Staff
from service_lane.models import DamageMark, InspectionItem, Photo, RepairOrder, WriteUp
from service_lane.rules.marks import Mark
from service_lane.rules.pictures import LARGEST_UPLOAD, Picture, Unusable
from service_lane.signals import photo_added


class TooLarge(Exception):
    """The upload has more bytes than we take."""


class AlreadyShown(Exception):
    """A customer was shown this photo with the marks it has."""


@transaction.atomic(durable=True)
def add_photo(
    *,
    rooftop: Rooftop,
    upload: UploadedFile[Any],
    by: Staff,
    at: datetime,
    write_up: WriteUp | None = None,
    repair_order: RepairOrder | None = None,
    item: InspectionItem | None = None,
    damage: DamageMark | None = None,
    caption: str = "",
) -> Photo:
    """Keep an upload and have a worker look at it.  Raises TooLarge above 15 MB; everything else is for the worker."""
    if upload.size is None or upload.size > LARGEST_UPLOAD:
        raise TooLarge
    photo = Photo(
        rooftop=rooftop,
        write_up=write_up,
        repair_order=repair_order,
        item=item,
        damage=damage,
        caption=caption,
        by=by,
        taken_at=at,
    )
    photo.upload.save(photo.name.hex, upload, save=False)
    photo.save()
    audit.record("photo.added", about=photo, by=by, at=at, caption=caption, bytes=upload.size)
    photo_added.send(sender=Photo, photo_id=photo.pk)
    return photo


@transaction.atomic(durable=True)
def mark_photo(*, photo: Photo, marks: Sequence[Mark], by: Staff, at: datetime) -> None:
    """These marks, as `rules.marks` reads them, in place of those before.

    Raises AlreadyShown once a customer was shown the photo: what they saw stays as they saw it.
    """
    if not Photo.objects.filter(pk=photo.pk).mark(list(marks)):
        raise AlreadyShown
    audit.record("photo.marked", about=photo, by=by, at=at, marks=list(marks))


@transaction.atomic(durable=True)
def settle_photo(*, photo: Photo, develop: Callable[[bytes], Picture], at: datetime) -> bool:
    """Re-encode a waiting photo by `develop`, or refuse it with the sentence `develop` raised.

    False when it was settled before: the same task may come twice.
    """
    waiting = Photo.objects.select_for_update().filter(pk=photo.pk, status=Photo.Status.WAITING).first()
    if waiting is None:
        return False
    upload = waiting.upload
    try:
        with upload.open("rb") as file:
            picture = develop(file.read())
    except (Unusable, FileNotFoundError) as refusal:
        problem = str(refusal) if isinstance(refusal, Unusable) else "The photo did not arrive whole. Take it again."
        Photo.objects.filter(pk=waiting.pk).settle(status=Photo.Status.REFUSED, problem=problem, upload="")
        audit.record("photo.refused", about=waiting, by=None, at=at, problem=problem)
    else:
        waiting.image.save(f"{waiting.name.hex}.jpg", ContentFile(picture.jpeg), save=False)
        Photo.objects.filter(pk=waiting.pk).settle(
            status=Photo.Status.READY,
            image=waiting.image.name,
            sha256=picture.sha256,
            width=picture.width,
            height=picture.height,
            upload="",
        )
        audit.record("photo.ready", about=waiting, by=None, at=at, sha256=picture.sha256)
    # The original holds a location; it goes once the copy is safe.
    transaction.on_commit(lambda: upload.storage.delete(upload.name or ""), robust=True)
    return True
