"""Redis may be away: log-in, pages and promises go on, and no request waits for it."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.db import DatabaseError
from django.test import Client

from dealership import outbox
from dealership.cache import ForgivingCache
from dealership.celery import LaneTask
from dealership.tasks import enqueue
from tests.cast import PASSWORD, Cast

PROJECT = Path(__file__).resolve().parents[2]
NOBODY = "unix:///nonexistent/valkey.sock"


@pytest.fixture
def redis_away(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = NOBODY
    for alias in ("default", "sessions"):
        options = {"longest": 60} if alias == "sessions" else {}
        monkeypatch.setattr(caches._connections, alias, ForgivingCache(NOBODY, {"OPTIONS": options}), raising=False)


def test_every_look_up_is_a_miss(redis_away: None) -> None:
    cache = caches["default"]

    cache.set("a", 1)
    assert cache.get("a", "nothing") == "nothing"
    assert cache.get_many(["a"]) == {}
    assert cache.set_many({"a": 1}) == ["a"]
    assert cache.incr("a") == 1
    assert cache.add("a", 1)
    assert not cache.delete("a")
    assert "a" not in cache


def test_ada_logs_in_and_works_on(cast: Cast, redis_away: None) -> None:
    client = Client()
    answer = client.post("/accounts/login/", {"login": cast.ada.email, "password": PASSWORD})

    assert answer.status_code == 302
    assert client.get("/outbox/").status_code == 200


def test_a_redis_that_hangs_costs_a_fifth_of_a_second_once(settings: Any) -> None:
    # 203.0.113.1 is set aside for documentation: nothing answers there, not even to refuse.
    cache = ForgivingCache("redis://203.0.113.1:6379/0", {"OPTIONS": {}})
    began = time.monotonic()
    for _ in range(20):
        assert cache.get("a") is None

    assert time.monotonic() - began < 1


def test_a_log_out_that_redis_missed_lives_on_a_minute_at_most(services: None) -> None:
    # Twice, because every thread makes its own cache from the same settings.
    for _ in range(2):
        cache = caches.create_connection("sessions")
        cache.set("session", "ada", timeout=14 * 3600)

        assert 0 < cache._cache.get_client().ttl(cache.make_and_validate_key("session")) <= 60
        cache.close()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_is_logged_and_holds_nobody(monkeypatch: pytest.MonkeyPatch, queue: Any) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(LaneTask, "apply_async", refused)

    enqueue(outbox.drain)


def test_a_broker_that_hangs_is_waited_for_once_and_briefly() -> None:
    """A socket that takes connections and never answers, in a process that publishes for real."""
    with socket.socket() as hanging:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen(50)
        script = (
            "import django, time; django.setup()\n"
            "from dealership.outbox import drain\n"
            "for _ in range(5):\n"
            "    began = time.perf_counter()\n"
            "    try: drain.delay()\n"
            "    except OSError: pass\n"
            "    except Exception as e: assert type(e).__name__ == 'OperationalError', e\n"
            "    print(time.perf_counter() - began)\n"
        )
        answer = subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ
            | {
                "REDIS_URL": f"redis://127.0.0.1:{hanging.getsockname()[1]}/0",
                "DJANGO_SETTINGS_MODULE": "dealership.settings.dev",
            },
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )

    first, *others = map(float, answer.stdout.split())
    assert first < 0.5
    assert max(others) < 0.01


def test_health_says_the_queue_is_away_and_stays_well(db: None, redis_away: None) -> None:
    answer = Client().get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"database": "up", "queue": "away"}


def test_health_fails_without_the_database(monkeypatch: pytest.MonkeyPatch, services: None) -> None:
    def gone(*_: Any) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr("dealership.health.connection.cursor", gone)

    answer = Client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "away"
