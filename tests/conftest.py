"""What every test may ask for: services of its own, a queue that only remembers, a real worker, a real browser."""

import fcntl
import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pgtrigger
import pytest
from celery import Task
from django.conf import settings
from django.core.cache import caches
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings

from dealership import embedded
from dealership.celery import LaneTask
from dealership.embedded import postgres
from dealership.embedded.places import Places

PROJECT = Path(__file__).resolve().parents[1]
CHROMIUM = "/usr/bin/chromium"
# A busy machine is no failure of a rule.
hypothesis_settings.register_profile("lane", deadline=None)
hypothesis_settings.load_profile("lane")

QUIET_WORKER = ("--without-mingle", "--without-gossip", "--without-heartbeat")


def pytest_collection_finish() -> None:
    """What was imported lives as long as the run: the collector need not look at it again (a tenth of the time)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


# --- services --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def services() -> Iterator[None]:
    """The embedded PostgreSQL and Valkey of this run's LANE_HOME.  Two runs in one LANE_HOME take turns."""
    home = Path(settings.LANE_HOME)
    Places(home).make_home()
    with (home / "run" / "tests.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        started = embedded.start_unless_elsewhere(home, say=lambda _: None, quick=True)
        yield
        if started:
            connection.close()
            for cache in caches.all():
                cache.close()
            embedded.stop(home)


def _migrated() -> str:
    """The name of a database that holds what today's migrations make."""
    told = sha256((PROJECT / "requirements.lock").read_bytes())
    for migration in sorted(PROJECT.glob("*/migrations/*.py")):
        told.update(migration.read_bytes())
    return f"lane_migrated_{told.hexdigest()[:12]}"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(services: None, django_db_blocker: Any) -> None:
    """pytest-django makes the test database after this: a copy, where an earlier run kept one of these migrations."""
    with django_db_blocker.unblock(), connection._nodb_cursor() as sql:
        sql.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_migrated()])
        if sql.fetchone():
            connection.settings_dict["TEST"]["TEMPLATE"] = _migrated()


NEVER_EMPTIED = {"django_content_type", "auth_permission"}
"""Written once by `migrate`, and changed by no test."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database, with a copy of the rows that migrations put in, for `_emptied_between_tests`.

    Migrating takes most of a short run's time, so the migrated database is kept beside it for the next.
    """
    with django_db_blocker.unblock():
        if "TEMPLATE" not in connection.settings_dict["TEST"]:
            name = connection.settings_dict["NAME"]
            connection.close()  # a database that somebody uses cannot be copied
            with connection._nodb_cursor() as sql:
                sql.execute("SELECT datname FROM pg_database WHERE datname LIKE 'lane\\_migrated\\_%'")
                for (old,) in sql.fetchall():
                    sql.execute(f'DROP DATABASE IF EXISTS "{old}"')
                sql.execute(f'CREATE DATABASE "{_migrated()}" TEMPLATE "{name}"')
        keep_rows("put_in")


COLUMNS_OF = """
SELECT kept.table_name, string_agg(quote_ident(ours.column_name), ', ')
FROM information_schema.tables kept JOIN information_schema.columns ours USING (table_name)
WHERE kept.table_schema = %s AND ours.table_schema = 'public' AND ours.is_generated = 'NEVER'
GROUP BY kept.table_name
"""
KEPT: dict[str, list[tuple[str, str]]] = {}
"""By schema what `keep_rows` copied in this run: each table with the columns it may be given."""


def keep_rows(schema: str) -> None:
    """Copy every row there is into tables of `schema`, for `bring_rows`."""
    with connection.cursor() as sql:
        sql.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")
        for table in _tables_with_rows(sql):
            sql.execute(f'CREATE TABLE {schema}."{table}" AS TABLE "{table}"')
        sql.execute(COLUMNS_OF, [schema])
        KEPT[schema] = sql.fetchall()


def bring_rows(schema: str) -> None:
    """Empty every table, then bring back what `keep_rows` copied into `schema`.

    Django's own flush truncates every table, which append-only tables refuse and which costs half a second; few tables
    have rows, and these have few.  Triggers are told to look away, and foreign keys are checked at the commit.
    """
    for last in (False, False, True):
        try:
            return _bring_rows(schema)
        except (OperationalError, IntegrityError):  # a request nobody waited for holds or wrote a row
            if last:
                raise


def _bring_rows(schema: str) -> None:
    with pgtrigger.ignore(), transaction.atomic(), connection.cursor() as sql:
        for table in _tables_with_rows(sql):
            sql.execute(f'DELETE FROM "{table}"')
        for table, columns in KEPT[schema]:
            sql.execute(f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM {schema}."{table}"')


def _tables_with_rows(sql: Any) -> list[str]:
    names = sorted(set(connection.introspection.django_table_names(only_existing=True)) - NEVER_EMPTIED)
    sql.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (TABLE \"{name}\")" for name in names))
    return [name for (name,) in sql.fetchall()]


@pytest.fixture(scope="session", autouse=True)
def _emptied_between_tests() -> Iterator[None]:
    """After a test with real commits only what migrations put in is there."""
    usual = TransactionTestCase._fixture_teardown

    def emptied(case: TransactionTestCase) -> None:
        bring_rows("put_in")

    TransactionTestCase._fixture_teardown = emptied
    yield
    TransactionTestCase._fixture_teardown = usual


@pytest.fixture(autouse=True)
def _own_media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


# --- the queue -------------------------------------------------------------------------------------------------------


class Queue(list[tuple[Task, dict[str, Any]]]):
    """What was sent to the broker, in order.  Nothing runs until a test says so."""

    def names(self) -> list[str]:
        return [task.name for task, _ in self]


@pytest.fixture(autouse=True)
def queue(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Queue:
    """Remembers tasks in place of publishing them, except beside a real worker (`celery_worker_process`)."""
    sent = Queue()

    def remember(task: Task, args: Any = None, kwargs: dict[str, Any] | None = None, **_: Any) -> None:
        assert not args, "tasks take ids by name"
        sent.append((task, json.loads(json.dumps(kwargs or {}))))

    if "celery_worker_process" not in request.fixturenames:
        monkeypatch.setattr(LaneTask, "apply_async", remember)
    return sent


@pytest.fixture
def run_tasks(queue: Queue) -> Callable[[], list[str]]:
    """Call it to run what was enqueued, and what that enqueued, as if everything had been committed.

    Returns the names of the tasks that ran, in order.
    """

    def run() -> list[str]:
        ran: list[str] = []
        while True:
            waiting, connection.run_on_commit = connection.run_on_commit, []
            for _, after_commit, _ in waiting:
                after_commit()
            if not queue:
                return ran
            task, ids = queue.pop(0)
            ran.append(task.name)
            task(**ids)

    return run


@contextmanager
def _process(*command: str, ready: Callable[[], bool], **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A process of the house working on the test database, up once it is `ready`."""
    name = connection.settings_dict["NAME"]
    places = Places(Path(settings.LANE_HOME))
    addresses = {
        "DATABASE_URL": os.environ.get("TEST_DATABASE_URL") or postgres.address(places, postgres.WEB_ROLE, name),
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "dealership.settings.dev",
        "LANE_AS_OWNER": "",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "default",
    }
    log = places.logs / f"{Path(command[0]).name}-{command[1].strip('-')}-{os.getpid()}.log"
    with log.open("w+") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=PROJECT,
            env=os.environ | addresses | environment,
            stdout=written,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            give_up = time.monotonic() + 60
            while not ready():
                if process.poll() is not None or time.monotonic() > give_up:
                    pytest.fail(f"{command[0]} did not start:\n{log.read_text()}")
                time.sleep(0.05)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


@pytest.fixture
def celery_worker_process(transactional_db: None) -> Iterator[subprocess.Popen[str]]:
    """A real Celery worker on the test database and the embedded Valkey.  Enqueued tasks are really published."""
    import redis

    from dealership.celery import app

    redis.Redis.from_url(settings.REDIS_URL).flushall()
    command = ("celery", "-A", "dealership.celery", "worker", "-c", "1", "-l", "WARNING", *QUIET_WORKER)
    with _process(*command, ready=lambda: bool(app.control.ping(timeout=0.5))) as process:
        yield process


# --- the browser -----------------------------------------------------------------------------------------------------

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _chromium() -> str:
    """Debian's Chromium, installed when we may; else the test is skipped, or failed where CI=true."""
    if not Path(CHROMIUM).exists() and os.geteuid() == 0 and Path("/usr/bin/apt-get").exists():
        quiet = {"check": False, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["apt-get", "update"], **quiet)
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "chromium"], **quiet)
    if not Path(CHROMIUM).exists():
        sentence = f"There is no browser at {CHROMIUM}: install Debian's chromium to run the journeys."
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return CHROMIUM


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # a busy machine is no failure of a page
    program = _chromium()
    # Playwright keeps an event loop in this thread; the tests around it are ordinary synchronous Django.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


NETWORK_TAKEN_AWAY = "net::ERR_INTERNET_DISCONNECTED"
"""What Chromium writes of each request while a test holds its network off, a photo scrolled into view too.

The live server is on this machine, so it is written of nothing else.
"""


class Complaints(list[str]):
    """Console errors, uncaught exceptions and policy violations of a test's pages, in the order heard.

    What a test is about it says with `expect`: the browser writes every refused request to its console.  All is judged
    when the pages are closed, since the browser may write a while after the page has changed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.expected: Counter[str] = Counter()
        self.however_often: set[str] = set()

    def expect(self, words: str, times: int | None = 1) -> None:
        """`words` will be complained of `times` times more than said so far, or, for None, any number of times."""
        if times is None:
            self.however_often.add(words)
        else:
            self.expected[words] += times

    def judge(self) -> None:
        """Fails on a complaint nobody expected, and on an expected one that never came."""
        heard = [said for said in self if not any(words in said for words in self.however_often)]
        for words, times in self.expected.items():
            meant = [said for said in heard if words in said]
            assert len(meant) == times, f"{words!r} was to be said {times} times, and all that was said is {heard}"
            heard = [said for said in heard if said not in meant]
        assert heard == []


@pytest.fixture
def browser_complaints() -> Complaints:
    """What the browser complained of so far.  `new_page` fails the test for any that it did not expect."""
    return Complaints()


@pytest.fixture
def new_page(browser: Any, live_server: Any, browser_complaints: Complaints) -> Iterator[Callable[..., Any]]:
    """Call it for a page of its own cookies, at any size: `new_page(390, 844)`.  Paths are relative to the live server.

    The test fails when any of its pages complains.
    """
    contexts: list[Any] = []

    def listen(page: Any) -> None:
        page.on(
            "console",
            lambda said: (
                browser_complaints.append(f"{page.url}: {said.text} ({said.location.get('url')})")
                if said.type == "error" and NETWORK_TAKEN_AWAY not in said.text
                else None
            ),
        )
        page.on("pageerror", lambda error: browser_complaints.append(f"{page.url}: {error}"))

    def open_page(width: int = 1440, height: int = 900, **options: Any) -> Any:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": height}, locale="en-US", **options
        )
        context.set_default_timeout(30_000)
        context.on("page", listen)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    browser_complaints.judge()


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """A desktop page on the live server."""
    return new_page()


# --- the cast --------------------------------------------------------------------------------------------------------


@pytest.fixture
def cast(db: None) -> Any:
    """Ada, Tess, Max, Sam, Sue and Gus at North, Mallory at River: see tests/cast.py."""
    from tests.cast import make_cast

    return make_cast()
