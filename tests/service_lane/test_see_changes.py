"""A job that was changed under a technician's hands is seen once, with one tap."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from dealership.models import Entry
from service_lane.actions.changes import NothingNew, see_changes
from service_lane.actions.orders import expect_parts, set_promise
from service_lane.models import Inspection
from tests.cast import AT, Cast
from tests.service_lane.inspected import started

pytestmark = pytest.mark.django_db


def promised_later(inspection: Inspection, cast: Cast, at: datetime = AT + timedelta(minutes=10)) -> None:
    order = inspection.repair_order
    set_promise(
        repair_order=order,
        promised_at=AT + timedelta(hours=5),
        reason="The part comes at two",
        by=cast.ada,
        at=at,
    )


def seen(client: Any, inspection: Inspection, **typed: str) -> Any:
    url = reverse("service_lane:inspection-seen", args=[inspection.pk])
    return client.post(url, {"form_key": str(uuid4())} | typed, follow=True)


def test_a_change_stands_on_the_sheet_until_it_is_tapped(client: Any, cast: Cast) -> None:
    inspection, now = started(cast), timezone.now()
    Inspection.objects.update(started_at=now - timedelta(hours=1))
    promised_later(inspection, cast, at=now - timedelta(minutes=5))
    client.force_login(cast.tess)
    page = client.get(inspection.get_absolute_url()).content.decode()
    assert "The job was changed" in page
    assert "instead of 14:38: The part comes at two." in page
    page = seen(client, inspection, section="brakes").content.decode()
    assert "The job was changed" not in page
    entry = Entry.objects.get(event="inspection.changes_seen")
    assert (entry.by, entry.about_id, len(entry.detail["entries"])) == (cast.tess, inspection.pk, 1)


def test_what_the_technician_changed_is_no_news_to_them(cast: Cast) -> None:
    inspection = started(cast)
    expect_parts(repair_order=inspection.repair_order, due_at=None, by=cast.tess, at=AT + timedelta(minutes=5))
    with pytest.raises(NothingNew):
        see_changes(inspection=inspection, by=cast.tess, at=AT + timedelta(minutes=6))


def test_seen_twice_is_seen_once_and_a_later_change_is_new(cast: Cast) -> None:
    inspection = started(cast)
    promised_later(inspection, cast)
    assert see_changes(inspection=inspection, by=cast.tess, at=AT + timedelta(minutes=11)) == 1
    with pytest.raises(NothingNew):
        see_changes(inspection=inspection, by=cast.tess, at=AT + timedelta(minutes=12))
    expect_parts(repair_order=inspection.repair_order, due_at=AT, by=cast.ada, at=AT + timedelta(minutes=20))
    inspection.refresh_from_db()
    assert see_changes(inspection=inspection, by=cast.tess, at=AT + timedelta(minutes=21)) == 1


def test_only_technicians_of_the_rooftop_say_so(client: Any, cast: Cast) -> None:
    inspection = started(cast)
    promised_later(inspection, cast)
    for stranger, status in ((cast.ada, 403), (cast.sam, 403), (cast.mallory, 404)):
        client.force_login(stranger)
        assert seen(client, inspection).status_code == status
    inspection.refresh_from_db()
    assert inspection.changes_seen_at is None
