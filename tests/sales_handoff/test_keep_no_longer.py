"""What a policy keeps no longer goes by itself, some at a time, and what it keeps stays."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from customers.models import RetentionPolicy
from dealership.models import Entry, InboundText, OutboxMessage
from recommendations.actions import invoicing
from sales_handoff import tasks
from sales_handoff.actions import keeping
from service_lane.models import DmsImport, Photo, RepairOrder, WriteUp
from tests.cast import AT, Cast, make_customer, make_order
from tests.recommendations.lines import make_inspection, make_seen_item
from tests.recommendations.pages import finish_agreed, oil_signed_for
from tests.sales_handoff.rich_life import WORDS, rich_life

pytestmark = pytest.mark.django_db
What = RetentionPolicy.What


def purged(what: str, at: datetime) -> int:
    return keeping.purge(policy=RetentionPolicy.objects.get(what=what), at=at)


def later(months: int) -> datetime:
    return AT + timedelta(days=round(months * 30.5))


def test_messages_and_texts_keep_their_places_and_lose_their_words(cast: Cast) -> None:
    waiting = OutboxMessage(rooftop=cast.north, kind="text", purpose="x", key="w", to="+1", body=WORDS)
    sent = OutboxMessage(
        rooftop=cast.north, kind="text", purpose="x", key="s", to="+1", body=WORDS, status="sent", done_at=AT
    )
    for message in (waiting, sent):
        message.created_at = message.not_before = AT
        message.save()
    for reading in ("said", "stop"):
        InboundText.objects.create(
            provider_key=reading, number="+14155550142", body=WORDS, reading=reading, received_at=AT, is_known=True,
            scope="all" if reading == "stop" else "",
        )  # fmt: skip

    assert [purged(what, later(47)) for what in (What.MESSAGES, What.TEXTS)] == [0, 0]
    assert [purged(what, later(49)) for what in (What.MESSAGES, What.TEXTS)] == [1, 2]
    assert [purged(what, later(49)) for what in (What.MESSAGES, What.TEXTS)] == [0, 0]

    assert dict(OutboxMessage.objects.values_list("key", "body")) == {"w": WORDS, "s": "Erased"}
    assert dict(InboundText.objects.values_list("reading", "number")) == {"said": "Erased", "stop": "+14155550142"}
    assert not InboundText.objects.exclude(body="").exists()
    assert InboundText.objects.stopped(["+14155550142"]), "a stop holds"
    assert [entry.detail for entry in Entry.objects.filter(event="retention.purged").order_by("pk")] == [
        {"what": "messages", "rows": 1},
        {"what": "texts", "rows": 2},
    ]


def test_write_ups_that_came_to_nothing_and_files_that_were_imported_go(
    cast: Cast, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    rich_life(cast)
    media = Path(settings.MEDIA_ROOT)
    lost, kept = WriteUp.objects.get(repair_order=None), WriteUp.objects.get(repair_order__isnull=False)
    with django_capture_on_commit_callbacks(execute=True):
        assert purged(What.WRITE_UPS, later(13)) == 1
        assert purged(What.IMPORT_FILES, later(4)) == 1
        assert purged(What.WRITE_UPS, later(13)) == 0
        assert purged(What.IMPORT_FILES, later(4)) == 0

    lost.refresh_from_db()
    kept.refresh_from_db()
    assert (lost.typed, bool(lost.dropped_at)) == ({}, True)
    assert kept.typed != {}
    brought = DmsImport.objects.get()
    assert (brought.filename, bool(brought.file), brought.report["rows"]) == ("Erased", False, 1)
    assert not list((media / "imports").glob("*"))
    assert Photo.objects.get(write_up=lost).image == ""
    assert Photo.objects.exclude(image="").count() == len(list((media / "photos").glob("*"))) == 1


def test_photos_of_a_visit_without_a_bill_go_and_those_of_a_billed_one_stay(cast: Cast) -> None:
    unbilled, billed = (make_order(cast, customer=make_customer(name), vehicle=None) for name in ("Theo", "Nora"))
    for order in (unbilled, billed):
        make_seen_item(cast, make_inspection(cast, order))
    oil_signed_for(cast, billed)
    finish_agreed(cast, billed)
    invoicing.invoice(repair_order=billed, by=cast.ada, at=AT)
    RepairOrder.objects.update(status="closed", closed_at=AT)

    assert purged(What.PHOTOS, later(35)) == 0
    assert purged(What.PHOTOS, later(37)) == 1
    assert purged(What.PHOTOS, later(37)) == 0

    assert Photo.objects.get(status="ready").item.inspection.repair_order == billed


def test_every_kind_has_its_way_and_the_sweep_takes_the_policy_in_force(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(keeping.PURGES) == set(What.values)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later(2))
    rich_life(cast)
    tasks.sweep_privacy()
    assert DmsImport.objects.exclude(file="").exists()
    RetentionPolicy.objects.create(what="import_files", months=1, source="Ours.", effective_date=AT.date())

    tasks.sweep_privacy()

    assert not DmsImport.objects.exclude(file="").exists()
