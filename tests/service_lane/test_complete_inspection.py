"""Completing an inspection: never with an item left out, never a finding with nothing to show for it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from dealership.models import Entry
from service_lane.actions.inspection import Complete, NotFinished, complete
from service_lane.models import Inspection, InspectionItem, Photo
from service_lane.signals import inspection_completed
from tests.cast import AT, Cast, make_cast
from tests.service_lane.inspected import fill, item, record, started


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


@pytest.fixture
def heard() -> Any:
    ids: list[int] = []

    def hear(inspection_id: int, **_: Any) -> None:
        ids.append(inspection_id)

    inspection_completed.connect(hear)
    yield ids
    inspection_completed.disconnect(hear)


def lacking(inspection: Inspection, cast: Cast) -> dict[str, str]:
    with pytest.raises(NotFinished) as refused:
        complete(inspection=inspection, by=cast.tess, at=AT)
    return {blocker.item.key: blocker.why for blocker in refused.value.blockers}


def test_an_inspection_with_every_result_is_complete_and_announced_once(cast: Cast, heard: list[int]) -> None:
    inspection = started(cast)
    record(inspection, "front-pads", cast.tess, values={"LF": "2", "RF": "4"})
    fill(inspection, cast.tess)
    done = complete(inspection=inspection, by=cast.tess, at=AT)
    assert (done.completed_at, done.completed_by, heard) == (AT, cast.tess, [inspection.pk])
    assert Entry.objects.about(inspection).get(event="inspection.completed").detail == {"findings": 1, "items": 27}
    done.repair_order.refresh_from_db()
    assert done.repair_order.step == "Inspection done, estimate to write"
    with pytest.raises(Complete):
        complete(inspection=inspection, by=cast.max, at=AT)
    assert heard == [inspection.pk]


def test_it_is_refused_while_items_are_open_and_says_what_each_lacks(cast: Cast, heard: list[int]) -> None:
    inspection = started(cast)
    record(inspection, "tire-rr", cast.tess, values={"outer": "6", "middle": "5"})
    record(inspection, "battery", cast.tess, values={"volts": "12.1"})
    fill(inspection, cast.tess, leaving=("tire-rr", "battery", "rear-pads", "leaks"))
    assert lacking(inspection, cast) == {
        "battery": "charge, then test again",
        "rear-pads": "reading not saved",
        "tire-rr": "inner reading missing",
        "leaks": "not checked yet",
    }
    inspection.refresh_from_db()
    assert (inspection.completed_at, heard) == (None, [])


def test_not_inspected_with_a_reason_is_a_result(cast: Cast) -> None:
    inspection = started(cast)
    record(inspection, "leaks", cast.tess, not_inspected_reason="Could not reach it")
    fill(inspection, cast.tess)
    assert complete(inspection=inspection, by=cast.tess, at=AT).completed_at == AT


def test_a_finding_by_eye_needs_a_photo_or_why_there_is_none(cast: Cast) -> None:
    inspection = started(cast)
    row = record(inspection, "shaft-boots", cast.tess, seen="yellow", note="Seeps")
    fill(inspection, cast.tess)
    assert lacking(inspection, cast) == {"shaft-boots": "needs a photo, or a note why there is none"}
    refused = Photo.objects.create(rooftop=cast.north, item=row, status="refused", by=cast.tess, taken_at=AT)
    assert "shaft-boots" in lacking(inspection, cast)
    Photo.objects.filter(pk=refused.pk).update(status="waiting")
    assert complete(inspection=inspection, by=cast.tess, at=AT).completed_at == AT


def test_a_note_that_says_why_there_is_no_photo_will_do(cast: Cast) -> None:
    inspection = started(cast)
    record(inspection, "shaft-boots", cast.tess, seen="yellow", note="Seeps. No photo: too dark")
    fill(inspection, cast.tess)
    assert complete(inspection=inspection, by=cast.tess, at=AT).completed_at == AT


def test_the_tread_of_the_walk_around_is_no_measure_of_the_technicians(cast: Cast) -> None:
    inspection = started(cast)
    fill(inspection, cast.tess, leaving=("tire-lf",))
    row = item(inspection, "tire-lf")
    row.readings.create(position="walk", value=8, unit="32nds", by=cast.ada, at=AT)
    assert lacking(inspection, cast) == {"tire-lf": "reading not saved"}


def test_an_order_without_findings_says_so_on_the_board(cast: Cast) -> None:
    inspection = started(cast)
    fill(inspection, cast.tess)
    done = complete(inspection=inspection, by=cast.tess, at=AT)
    done.repair_order.refresh_from_db()
    assert done.repair_order.step == "Inspection done, nothing found"


def test_the_transition_leaves_an_inspection_with_open_items_alone(cast: Cast) -> None:
    inspection = started(cast)
    assert Inspection.objects.filter(pk=inspection.pk).complete(by=cast.tess, at=AT) is False


def test_the_database_refuses_completing_with_an_open_item(cast: Cast) -> None:
    inspection = started(cast)
    with pytest.raises(ProgrammingError, match="no result"), transaction.atomic():
        Inspection.objects.filter(pk=inspection.pk).update(completed_at=AT, completed_by=cast.tess)


def test_the_database_refuses_a_complete_inspection_without_a_name(cast: Cast) -> None:
    inspection = started(cast)
    fill(inspection, cast.tess)
    with pytest.raises(IntegrityError, match="inspection_complete_has_name"), transaction.atomic():
        Inspection.objects.filter(pk=inspection.pk).update(completed_at=AT)


def race(inspection: Inspection, cast: Cast, finish: Callable[..., Any]) -> list[str]:
    """Max and Tess both press Finish at the same moment."""
    gate, results = threading.Barrier(2), []

    def press(who: Any) -> None:
        gate.wait()
        try:
            finish(inspection=inspection, by=who, at=AT)
            results.append("finished")
        except Complete:
            results.append("was complete")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[who]) for who in (cast.max, cast.tess)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(results)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_finish_at_once_one_wins(heard: list[int]) -> None:
    cast = make_cast()
    inspection = started(cast)
    fill(inspection, cast.tess)
    assert race(inspection, cast, complete) == ["finished", "was complete"]
    assert heard == [inspection.pk]
    assert Entry.objects.filter(event="inspection.completed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_guard_both_would_finish() -> None:
    """The negative control: the race above is real."""
    cast = make_cast()
    inspection = started(cast)
    fill(inspection, cast.tess)
    both_looked = threading.Barrier(2)

    def unguarded(*, inspection: Inspection, by: Any, at: Any) -> None:
        row = Inspection.objects.get(pk=inspection.pk)
        both_looked.wait(20)
        if row.completed_at:
            raise Complete
        InspectionItem.objects.filter(inspection=row).exists()
        Inspection.objects.filter(pk=row.pk).update(completed_at=at, completed_by=by)

    assert race(inspection, cast, unguarded) == ["finished", "finished"]
