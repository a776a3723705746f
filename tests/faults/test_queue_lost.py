"""The queue is lost for real: Valkey stopped, worker killed, everything forgotten.  Nobody waits, nothing is lost."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.conf import settings as django_settings
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dealership.celery import app
from dealership.embedded import valkey
from dealership.embedded.places import Places
from dealership.management.demonstration import story
from dealership.management.demonstration.bay import record
from dealership.management.demonstration.lane import IN_SHOP, NEEDS_ANSWER, Car, Found, Visit
from dealership.management.demonstration.stage import Stage
from dealership.models import OutboxMessage
from recommendations.models import Advisory
from sales_handoff.models import Evaluation, Handoff
from service_lane.actions import inspection
from service_lane.models import Inspection, RepairOrder
from tests.conftest import QUIET_WORKER, _process
from tests.journeys.conftest import northgate  # noqa: F401

pytestmark = pytest.mark.fault

EXTRA = 0.25
"""Seconds a request may take longer when Redis is away."""
WAIT = 30.0
"""Seconds the sweeps have to find what was lost, once they are asked for."""


def quiet(_: str) -> None:
    """Services say what they do; nobody listens here."""


@contextmanager
def a_worker() -> Iterator[Any]:
    command = ("celery", "-A", "dealership.celery", "worker", "-c", "1", "-l", "WARNING", *QUIET_WORKER)
    with _process(*command, ready=lambda: bool(app.control.ping(timeout=0.5))) as process:
        yield process


@contextmanager
def redis_away() -> Iterator[None]:
    """The embedded Valkey is stopped, and comes back empty."""
    places = Places(Path(django_settings.LANE_HOME))
    valkey.stop(places, say=quiet)
    assert not valkey.is_up(places)
    try:
        yield
    finally:
        valkey.start(places, say=quiet)
        caches.close_all()


@pytest.fixture
def publishing(monkeypatch: pytest.MonkeyPatch, queue: Any) -> None:
    """Tasks are really published: the queue that only remembers steps aside."""
    monkeypatch.undo()


@pytest.fixture
def lane(northgate: Any, publishing: None) -> Stage:  # noqa: F811
    if not str(django_settings.REDIS_URL).startswith("unix://"):
        pytest.skip("REDIS_URL names a Redis that is not ours to stop.")
    rooftop, staff = northgate
    return Stage(rooftop, staff, timezone.now())


def a_car(lane: Stage, number: int, **visit: Any) -> RepairOrder:
    """A car of today, its plate and phone by number."""
    car = Car(2014, "NISSAN", "Pathfinder", "SV", "suv", "sand", f"7QL{number:04}", 128_400)
    fields = {"stage": IN_SHOP, "purpose": "It overheats on the hill.", "inspected": "none", "stay": "waits"} | visit
    story.play(lane, Visit("Priya", f"Raman {number}", f"+1415555{number:04}", car, **fields))
    return RepairOrder.objects.get(vehicle__plate=car.plate)


def inspected(lane: Stage, number: int) -> Inspection:
    """A car whose every check has a result, not finished yet: pads at 2 mm."""
    order = a_car(lane, number)
    by, at = lane.staff["jo"], timezone.now()
    sheet = inspection.start(repair_order=order, by=by, at=at)
    for item in sheet.items.order_by("position", "pk"):
        red = Found("front-pads", {"LF": "2.0", "RF": "2.5"}) if item.key == "front-pads" else None
        record(item, red, by, at)
    return sheet


def weighed(lane: Stage, number: int) -> RepairOrder:
    """A car whose customer was shown a bill that deserves a question."""
    gasket = Found("leaks", condition="red", note="Head gasket seeps coolant into cylinder 2, pressure test.")
    order = a_car(lane, number, stage=NEEDS_ANSWER, inspected="complete", found=(gasket,), shown_by="counter")
    assert Evaluation.objects.filter(repair_order=order).exists()
    return order


def complete(lane: Stage, sheet: Inspection) -> float:
    return timed_post(lane.staff["jo"], reverse("service_lane:inspection-complete", args=[sheet.pk]))


def say_yes(lane: Stage, order: RepairOrder) -> float:
    said = {"choice": "yes", "words": "Sure, tell me what it is worth.", "where": "In the lounge"}
    return timed_post(lane.staff["dana"], reverse("sales_handoff:ask", args=[order.pk]), **said)


def timed_post(staff: Any, url: str, **typed: str) -> float:
    """Post as this person; returns the seconds it took."""
    client = Client()
    client.force_login(staff)
    start = time.perf_counter()
    response = client.post(url, {"form_key": str(uuid4()), **typed})
    took = time.perf_counter() - start
    assert response.status_code == 302, response.content.decode()[:2000]
    return took


def sweep() -> None:
    """Ask the worker for every sweep, as beat does by the clock."""
    for name, _ in django_settings.SWEEPS:
        app.send_task(name)


def until(there: Callable[[], bool]) -> None:
    give_up = time.monotonic() + WAIT
    while not there():
        assert time.monotonic() < give_up, "The sweeps did not find it."
        time.sleep(0.1)


def advisories(sheet: Inspection) -> int:
    return Advisory.objects.filter(finding__inspection=sheet).count()


def handoffs(order: RepairOrder) -> int:
    return Handoff.objects.filter(repair_order=order).count()


def test_nobody_waits_for_a_redis_that_is_away_and_the_sweeps_bring_everything_once(lane: Stage) -> None:
    sheets = [inspected(lane, number) for number in (1, 2)]
    orders = [weighed(lane, number) for number in (3, 4)]
    with a_worker() as worker:
        slowest_complete = complete(lane, sheets[0])
        slowest_yes = say_yes(lane, orders[0])
        until(lambda: advisories(sheets[0]) == 1 and handoffs(orders[0]) == 1)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    with redis_away():
        assert complete(lane, sheets[1]) < slowest_complete + EXTRA
        assert say_yes(lane, orders[1]) < slowest_yes + EXTRA
        assert advisories(sheets[1]) == handoffs(orders[1]) == 0
    with a_worker():
        sweep()
        until(lambda: advisories(sheets[1]) == 1 and handoffs(orders[1]) == 1)
        sweep()
        sweep()
        until(swept)
    assert [advisories(sheet) for sheet in sheets] == [1, 1]
    assert [handoffs(order) for order in orders] == [1, 1]


def swept() -> bool:
    """Whether the worker has finished everything it was asked."""
    with redis.Redis.from_url(django_settings.REDIS_URL) as broker:
        waiting = broker.llen(django_settings.CELERY_TASK_DEFAULT_QUEUE)
    active = app.control.inspect(timeout=1).active() or {}
    return not waiting and bool(active) and not any(active.values())


def test_a_queue_that_forgets_everything_loses_nothing(lane: Stage) -> None:
    sheet, order = inspected(lane, 1), weighed(lane, 2)
    complete(lane, sheet)
    say_yes(lane, order)
    with redis.Redis.from_url(django_settings.REDIS_URL) as broker:
        assert broker.llen(django_settings.CELERY_TASK_DEFAULT_QUEUE) > 0
        broker.flushall()
    with a_worker():
        sweep()
        until(lambda: advisories(sheet) == 1 and handoffs(order) == 1)
        sweep()
        until(swept)
    assert advisories(sheet) == handoffs(order) == 1


def test_a_worker_that_dies_at_its_work_has_it_done_by_the_next(lane: Stage) -> None:
    sheet = inspected(lane, 1)
    with a_worker() as worker:
        complete(lane, sheet)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    with a_worker():
        sweep()
        until(lambda: advisories(sheet) == 1)
        sweep()
        until(swept)
    assert advisories(sheet) == 1


def test_a_message_written_while_redis_is_away_is_sent_when_it_is_back(lane: Stage) -> None:
    gasket = Found("leaks", condition="red", note="Head gasket seeps coolant into cylinder 2, pressure test.")
    with redis_away():
        a_car(lane, 1, stage=NEEDS_ANSWER, inspected="complete", found=(gasket,), shown_by="link")
        assert OutboxMessage.objects.get(purpose="findings_link").status == OutboxMessage.Status.WAITING
    with a_worker():
        until(lambda: (sweep(), time.sleep(0.5), OutboxMessage.objects.filter(status="sent").exists())[-1])
    assert OutboxMessage.objects.filter(purpose="findings_link", status="sent").count() == 1
