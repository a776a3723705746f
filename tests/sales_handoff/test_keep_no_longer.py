"""What a policy keeps no longer goes by itself, some at a time, and what it keeps stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from customers.actions import leave_household, look
from customers.models import (
    Complaint,
    Customer,
    Feedback,
    FollowThrough,
    Household,
    Look,
    PrivacyRequest,
    RetentionPolicy,
)
from dealership.models import Entry, InboundText, OutboxMessage
from recommendations.actions import invoicing, record
from sales_handoff import tasks
from sales_handoff.actions import keeping
from service_lane.models import DmsImport, Photo, RepairOrder, WriteUp
from tests.cast import AT, Cast, make_customer, make_order
from tests.customers.voices import complain, say
from tests.recommendations.lines import make_inspection, make_seen_item
from tests.recommendations.pages import finish_agreed, oil_signed_for
from tests.sales_handoff.rich_life import WORDS, rich_life
from tests.sales_handoff.test_erase_customer import aged, left_in_files, left_in_tables, totals

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


LONG_AGO = datetime(2019, 1, 10, 20, tzinfo=UTC)
"""Longer than any policy of looks and words keeps, also by the database's own clock."""


def as_the_web(what: str, at: datetime = AT) -> int:
    """With the rights the web has, which may not touch what is written once."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lane_web")
        rows = purged(what, at)
        cursor.execute("RESET ROLE")
    return rows


def test_looks_go_when_their_time_is_over_and_none_before(cast: Cast) -> None:
    theo = make_customer("Theo")
    for at in (LONG_AGO, AT):
        look(customer=theo, why="write-up", by=cast.ada, at=at, rooftop=cast.north)

    assert as_the_web(What.LOOKS) == 1
    assert as_the_web(What.LOOKS) == 0

    assert Look.objects.get().at == AT
    with pytest.raises(DatabaseError, match="Cannot update or delete rows"), transaction.atomic():
        Look.objects.all().delete()


def test_what_was_said_loses_its_words_but_not_while_it_is_open(cast: Cast) -> None:
    theo = make_customer("Theo")
    old, new = say(cast, theo, WORDS, at=LONG_AGO), say(cast, theo, WORDS)
    still_open, closed = complain(cast, theo, WORDS, at=LONG_AGO), complain(cast, theo, WORDS, at=LONG_AGO)
    Complaint.objects.filter(pk=closed.pk).close(by=cast.max, at=LONG_AGO, what_was_done=WORDS)

    assert as_the_web(What.VOICES) == 2
    assert as_the_web(What.VOICES) == 0

    assert dict(Feedback.objects.values_list("pk", "words")) == {old.pk: "Erased", new.pk: WORDS}
    assert dict(Complaint.objects.values_list("pk", "words")) == {still_open.pk: WORDS, closed.pk: "Erased"}
    assert Complaint.objects.get(pk=closed.pk).what_was_done == "Erased"


@pytest.mark.parametrize("wrong", ["other kind", "not in force yet", "followed by another"])
def test_the_gate_opens_for_a_policy_in_force_alone(cast: Cast, wrong: str) -> None:
    look(customer=make_customer("Theo"), why="write-up", by=cast.ada, at=LONG_AGO, rooftop=cast.north)
    policy = RetentionPolicy.objects.get(what=What.MESSAGES if wrong == "other kind" else What.LOOKS)
    if wrong == "not in force yet":
        RetentionPolicy.objects.filter(pk=policy.pk).update(effective_date="2999-01-01")
    if wrong == "followed by another":
        RetentionPolicy.objects.create(what=policy.what, months=240, source="Ours.", effective_date="2025-01-01")

    with pytest.raises(DatabaseError, match="no policy in force"), connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SELECT purge_kept(%s, 1000)", [policy.pk])

    assert Look.objects.exists()


def test_who_did_not_come_back_is_forgotten_as_if_they_had_asked(
    cast: Cast, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    theirs = rich_life(cast)
    aged(theirs, LONG_AGO)
    Complaint.objects.open().close(by=cast.max, at=LONG_AGO, what_was_done="Wiped off.")
    FollowThrough.objects.tell(how="call", by=cast.ada, at=LONG_AGO)
    before = totals(cast.north)
    assert left_in_tables()
    later_on = later(12 * 10 + 30)  # ten years after the last question about their purchase
    for one in Customer.objects.standing().exclude(pk=theirs.pk):
        make_order(cast, customer=one, vehicle=None, status="closed", opened_at=later_on, closed_at=later_on)
    assert purged(What.CUSTOMERS, later(12 * 10 - 2)) == 0, "within the ten years"
    assert purged(What.CUSTOMERS, later_on) == 0, "Nora, who lives with them, was here"
    pat = make_customer("Pat", "Moss", phone="", household=theirs.household)
    leave_household(customer=theirs, by=cast.ada, at=AT)
    assert Household.objects.get(members=pat).name == theirs.last_name, "the others keep the name until it is to go"

    with django_capture_on_commit_callbacks(execute=True):
        assert purged(What.CUSTOMERS, later_on) == 1
        assert purged(What.CUSTOMERS, later_on) == 0

    assert left_in_tables() == []
    assert left_in_files(Path(settings.MEDIA_ROOT)) == []
    assert record.verify(cast.north).problem == ""
    assert totals(cast.north)["invoiced"] == before["invoiced"]
    request = PrivacyRequest.objects.get()
    assert (request.asked_how, request.owner, request.settled_by) == ("policy", None, None)
    assert not PrivacyRequest.objects.asked().exists()


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
