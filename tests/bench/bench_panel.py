"""From "estimate totals" to the advisor's panel: how long the arithmetic takes to be there, with a real worker.

Run it as a script: `python tests/bench/bench_panel.py [estimates] [seconds between]`.  Each estimate lacks the price of
one part; the clock starts when the advisor posts it and stops when the evaluation with that total is committed; the
panel is then asked for and must show it.  Afterwards ten more, with Valkey stopped: their evaluation must come with the
next sweep, `sales_handoff.sweep`, once Valkey and a worker are back.
"""

import logging
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
AWAY = 10


def furnish(number: int) -> tuple[Any, list[Any]]:
    """The cast, and as many estimates that lack a price, each of a car and customer of its own."""
    from django.utils import timezone

    from sales_handoff.actions import learn
    from tests.cast import make_cast, make_customer, make_order, make_vehicle
    from tests.recommendations.lines import KIT, PADS, make_inspection, make_item, make_op_code
    from tests.sales_handoff.visits import make_guide_row

    cast, now = make_cast(), timezone.now()
    make_op_code(cast, parts_kit=[{**PADS, "unit_price": None}, KIT])
    make_guide_row(model="RIDGELINE", year=2012)
    learn(rooftop=cast.north, at=now)
    lines = []
    for n in range(number):
        customer = make_customer(f"Theo {n}", phone=f"+1415{5550000 + n}")
        vehicle = make_vehicle(customer, plate=f"7B{n:05}", year=2012)
        order = make_order(
            cast, customer=customer, vehicle=vehicle, opened_at=now, signed_at=now, promised_at=now + timedelta(hours=3)
        )
        item = make_item(cast, make_inspection(cast, order))
        lines.append(_draft(order, item, cast, now))
    return cast, lines


def _draft(order: Any, item: Any, cast: Any, now: Any) -> Any:
    from recommendations.actions import drafting
    from recommendations.models import Advisory

    drafting.draft_from_inspection(inspection=item.inspection, at=now)
    return Advisory.objects.get(finding=item)


def price(line: Any, client: Any) -> float:
    """Post the price that was missing, and wait for the evaluation; returns the seconds from post to evaluation."""
    started = time.perf_counter()
    post(line, client)
    wait(lambda: weighed(line))
    return time.perf_counter() - started


def post(line: Any, client: Any) -> float:
    """Post the price that was missing; returns the seconds it took."""
    from django.urls import reverse

    from tests.recommendations.test_estimate_pages import sheet

    typed = sheet(line, form_key=str(uuid4()), **{"parts-0-unit_price": "118.40"})
    started = time.perf_counter()
    answer = client.post(reverse("recommendations:line", args=[line.pk]), typed)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return time.perf_counter() - started


def wait(there: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not there():
        assert time.monotonic() < give_up, "The evaluation did not come."
        time.sleep(0.005)


def weighed(line: Any) -> bool:
    from sales_handoff.models import Evaluation

    return Evaluation.objects.filter(repair_order=line.repair_order_id, repair_total__gt=200).exists()


@contextmanager
def a_worker() -> Any:
    from dealership.celery import app
    from tests.conftest import QUIET_WORKER, _process

    command = ("celery", "-A", "dealership.celery", "worker", "-c", "1", "-l", "WARNING", *QUIET_WORKER)
    with _process(*command, ready=lambda: bool(app.control.ping(timeout=0.5))) as process:
        yield process


def measure(estimates: int, between: float) -> None:
    import redis
    from django.conf import settings
    from django.core.cache import caches
    from django.test import Client
    from django.urls import reverse

    from dealership.celery import app
    from dealership.embedded import valkey
    from dealership.embedded.places import Places

    cast, lines = furnish(estimates + AWAY)
    redis.Redis.from_url(settings.REDIS_URL).flushall()
    client = Client()
    client.force_login(cast.ada)
    took = []
    with a_worker():
        for line in lines[:estimates]:
            took.append(price(line, client))
            panel = client.get(
                reverse("sales_handoff:ro-panel", args=[line.repair_order_id]), headers={"HX-Request": "true"}
            )
            assert b"of what the car is worth" in panel.content
            time.sleep(between)
    cut = statistics.quantiles(took, n=100)
    print(f"{estimates} estimates, one worker process, {between} s apart")
    print(f"  p50 {cut[49]:.3f} s   p95 {cut[94]:.3f} s   worst {max(took):.3f} s   (wanted: p95 at most 2 s)")
    places = Places(Path(settings.LANE_HOME))
    logging.disable(logging.CRITICAL)  # each post says that the queue is away
    valkey.stop(places, say=lambda _: None)
    late = lines[estimates:]
    try:
        posts = [post(line, client) for line in late]
        assert not any(weighed(line) for line in late)
    finally:
        valkey.start(places, say=lambda _: None)
        caches.close_all()
    with a_worker():
        started = time.perf_counter()
        app.send_task("sales_handoff.sweep")
        wait(lambda: all(weighed(line) for line in late))
        swept = time.perf_counter() - started
    every = dict(settings.SWEEPS)["sales_handoff.sweep"]
    print(f"{AWAY} estimates while Valkey was away: no post took longer than {max(posts):.3f} s;")
    print(f"  the next sweep brought all {AWAY} in {swept:.3f} s (it comes every {every:.0f} s)")


def main(estimates: int = 200, between: float = 0.05) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "dealership.settings.test"
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.conf import settings
    from django.test.runner import DiscoverRunner
    from django.test.utils import setup_test_environment, teardown_test_environment

    from dealership import embedded

    home = Path(settings.LANE_HOME)
    started = embedded.start_unless_elsewhere(home, say=lambda _: None, quick=True)
    setup_test_environment()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        measure(estimates, between)
    finally:
        runner.teardown_databases(databases)
        teardown_test_environment()
        if started:
            embedded.stop(home)


if __name__ == "__main__":
    main(*(number(word) for number, word in zip((int, float), sys.argv[1:], strict=False)))
