"""Looking at photos after they were sent: 0.5 s of work that no request should wait for."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from service_lane.actions.photos import settle_photo
from service_lane.models import Photo
from service_lane.rules.pictures import develop

QUICK = timedelta(seconds=30)  # by then the worker should have had its turn


@shared_task(name="service_lane.photos.decode", acks_late=True)
def decode_photo(*, photo_id: int) -> None:
    """Settle one photo.  Twice is the same as once."""
    photo = Photo.objects.filter(pk=photo_id).first()
    if photo is not None:
        settle_photo(photo=photo, develop=develop, at=timezone.now())


@shared_task(name="service_lane.photos.sweep", acks_late=True)
def sweep_photos() -> None:
    """Settle photos whose task was lost: the row is the message."""
    waiting = Photo.objects.filter(status=Photo.Status.WAITING, taken_at__lt=timezone.now() - QUICK)
    for photo in waiting.order_by("taken_at", "pk")[:50]:
        settle_photo(photo=photo, develop=develop, at=timezone.now())
