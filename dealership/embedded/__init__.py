"""PostgreSQL and Valkey from wheels, kept under LANE_HOME, so that one machine needs nothing installed by hand.

No Django here: settings ask where the services answer, and manage.py starts them before Django wakes up.
DATABASE_URL and REDIS_URL put real servers in their place.
"""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dealership.embedded import postgres, valkey
from dealership.embedded.places import Places

OWNER_COMMANDS = frozenset({"migrate", "grant_web_role", "makemigrations", "pgtrigger", "dbowner", "flush", "test"})
"""Commands that change tables.  All others work as the web's role, which owns none."""

COMMANDS_WITHOUT_SERVICES = frozenset(
    {"help", "--help", "-h", "version", "--version", "collectstatic", "findstatic", "run", "services"}
)


@dataclass(frozen=True)
class Addresses:
    """Where the embedded services answer, whether or not they are up."""

    web: str
    owner: str
    redis: str


def home() -> Path:
    """LANE_HOME, or .local beside the project."""
    return Path(os.environ.get("LANE_HOME") or Path(__file__).resolve().parents[2] / ".local").resolve()


def addresses(lane_home: Path) -> Addresses:
    """Costs nothing and starts nothing."""
    places = Places(lane_home)
    return Addresses(
        web=postgres.address(places, postgres.WEB_ROLE),
        owner=postgres.address(places, postgres.OWNER_ROLE),
        redis=f"unix://{places.valkey_socket}",
    )


def secret_key(lane_home: Path) -> str:
    """Django's SECRET_KEY for this LANE_HOME, made once and readable by its owner only."""
    Places(lane_home).make_home()
    kept = lane_home / "secret-key"
    try:
        with os.fdopen(os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    # Another process may be between creating the file and writing it.
    while not (key := kept.read_text()):
        continue
    return key


@contextmanager
def _one_at_a_time(places: Places) -> Iterator[None]:
    with (places.run / "services.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say_nothing(_: str) -> None:
    pass


def start_unless_elsewhere(
    lane_home: Path | None = None, *, say: Callable[[str], None] = print, quick: bool = False
) -> bool:
    """Bring up whichever of the two is down and not replaced by DATABASE_URL or REDIS_URL; true when any was started.

    `quick` trades survival of a power cut (not of a killed process) for speed: for test runs.
    """
    places = Places(lane_home or home())
    wants_postgres = not os.environ.get("DATABASE_URL")
    wants_valkey = not os.environ.get("REDIS_URL")
    up = (not wants_postgres or postgres.is_up(places)) and (not wants_valkey or valkey.is_up(places))
    if up:
        return False
    places.make_home()
    with _one_at_a_time(places):
        if wants_postgres and not postgres.is_up(places):
            postgres.start(places, say=say, quick=quick)
        if wants_valkey and not valkey.is_up(places):
            valkey.start(places, say=say)
    return True


def stop(lane_home: Path | None = None, *, say: Callable[[str], None] = _say_nothing) -> None:
    """Stop both, waiting until they are down.  Quiet when they already are."""
    places = Places(lane_home or home())
    if not places.run.exists():
        return
    with _one_at_a_time(places):
        valkey.stop(places, say=say)
        postgres.stop(places, say=say)
