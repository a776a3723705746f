"""The embedded PostgreSQL and Valkey: private, found when up, started when down, back with their data after a kill."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from dealership import embedded
from dealership.embedded import postgres, valkey
from dealership.embedded.places import LONGEST_SOCKET_PATH, Places

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    yield home
    put_away(home)


@pytest.fixture
def home(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A LANE_HOME of these tests' own, with both services up."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    embedded.start_unless_elsewhere(made, say=lambda _: None, quick=True)
    return made


def put_away(home: Path) -> None:
    """Stop both; also remove root's data, which is outside of pytest's folders when those are closed to others."""
    embedded.stop(home)
    elsewhere = Places(home).postgres.parent
    if elsewhere != home:
        shutil.rmtree(elsewhere)


def ask(home: Path, question: str, role: str = postgres.OWNER_ROLE) -> list[tuple[object, ...]]:
    with psycopg.connect(postgres.address(Places(home), role), autocommit=True) as server:
        answer = server.execute(question)
        return answer.fetchall() if answer.description else []


def kill_everything(home: Path) -> None:
    """kill -9 of every process of this LANE_HOME, as a power switch would."""
    doomed = [p for p in psutil.process_iter(["cmdline"]) if any(str(home) in part for part in p.info["cmdline"] or ())]
    doomed += [child for process in doomed for child in process.children(recursive=True)]
    assert doomed
    for process in doomed:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue


def test_what_is_up_is_found_and_not_started_again(home: Path) -> None:
    assert not embedded.start_unless_elsewhere(home, say=lambda _: None)


def test_data_come_back_after_everything_was_killed(home: Path) -> None:
    ask(home, "CREATE TABLE kept (word text)")
    ask(home, "INSERT INTO kept VALUES ('still here')")

    kill_everything(home)

    assert embedded.start_unless_elsewhere(home, say=lambda _: None, quick=True)
    assert ask(home, "SELECT word FROM kept") == [("still here",)]
    assert valkey.is_up(Places(home))


def test_a_dead_servers_number_taken_by_another_program_does_not_stop_the_next_start(home: Path) -> None:
    pid_file = Places(home).data / "postmaster.pid"
    left_behind = pid_file.read_text().split("\n", 1)[1]
    kill_everything(home)
    time.sleep(1)
    pid_file.write_text(f"{os.getpid()}\n{left_behind}")

    embedded.start_unless_elsewhere(home, say=lambda _: None, quick=True)

    assert ask(home, "SELECT 1") == [(1,)]


def test_two_commands_at_once_start_one_server(home: Path) -> None:
    embedded.stop(home)
    script = (
        f"from pathlib import Path; from dealership import embedded; embedded.start_unless_elsewhere(Path('{home}'))"
    )
    starts = [subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT) for _ in range(3)]

    assert [start.wait(60) for start in starts] == [0, 0, 0]
    assert ask(home, "SELECT 1") == [(1,)]


def test_neither_listens_on_a_port_and_both_sockets_are_closed_to_others(home: Path) -> None:
    places = Places(home)

    assert ask(home, "SHOW listen_addresses") == [("",)]
    assert redis.Redis(unix_socket_path=str(places.valkey_socket)).config_get("port") == {"port": "0"}
    for closed in (places.postgres_socket, places.data, places.run, places.logs):
        assert stat.S_IMODE(closed.stat().st_mode) & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_of_the_machine_is_not_let_in(home: Path) -> None:
    places = Places(home)
    psql = str(places.programs(postgres.installed()) / "psql")
    nobody = pwd.getpwnam("nobody")

    answer = subprocess.run(
        [psql, postgres.address(places, postgres.WEB_ROLE), "-c", "SELECT 1"],
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )

    assert answer.returncode != 0
    assert "Permission denied" in answer.stderr


def test_the_webs_role_cannot_make_or_empty_tables(home: Path) -> None:
    ask(home, "CREATE TABLE owned (word text)")

    for refused in ("CREATE TABLE mine (word text)", "TRUNCATE owned", "DROP TABLE owned"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(home, refused, role=postgres.WEB_ROLE)


def test_sockets_move_to_a_short_path_when_lane_home_is_deep(tmp_path: Path) -> None:
    deep = Places(tmp_path / ("deep" * 30))

    for socket in (deep.postgres_socket / ".s.PGSQL.5432", deep.valkey_socket):
        assert len(str(socket)) <= LONGEST_SOCKET_PATH


def test_a_deep_lane_home_works(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("deep") / ("deep" * 30)
    try:
        embedded.start_unless_elsewhere(home, say=lambda _: None, quick=True)
        assert ask(home, "SELECT 1") == [(1,)]
    finally:
        put_away(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's folders are closed to PostgreSQL's user")
def test_root_opens_no_folder_that_is_not_ours(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    places = Places(closed / "lane")
    try:
        embedded.start_unless_elsewhere(places.home, say=lambda _: None, quick=True)

        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert ask(places.home, "SELECT 1") == [(1,)]
        assert "/var/lib/lane-embedded/" in places.explain()
    finally:
        put_away(places.home)
