"""Lane on one machine: services, tables, demonstration group, web, worker and schedule, until Ctrl-C."""

import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer

from dealership import embedded

FIRST_PORT = 8000
PORTS_TRIED = 100


def free_port(host: str, first: int) -> int:
    """The first port from `first` on that nobody listens to.  Raises CommandError after PORTS_TRIED."""
    for port in range(first, first + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise CommandError(f"No free port between {first} and {first + PORTS_TRIED - 1}. Set PORT to another.")


class QuietPrinter(Printer):
    """honcho's, without its own remarks on starting and stopping."""

    def write(self, message: Message) -> None:
        if message.name != "system":
            super().write(message)


class Command(BaseCommand):
    help = "Start everything on this machine and stop it all on Ctrl-C.  PORT, HOST and LANE_HOME are obeyed."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        # A terminal that closes, or a supervisor, means the same as Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.default_int_handler)
        self.began = time.monotonic()
        code = 0
        with self.only_one():
            try:
                self.choose_address()
                self.prepare()
                code = self.supervise()
            except KeyboardInterrupt:
                self.say("Stopping.")
            finally:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                embedded.stop(say=self.say)
        if code not in (0, 130, 143):
            raise CommandError("A part of Lane stopped by itself; what it said is above.", returncode=code)

    def say(self, sentence: str) -> None:
        self.stdout.write(f"[{time.monotonic() - self.began:4.1f} s] {sentence}")
        self.stdout.flush()

    @contextmanager
    def only_one(self) -> Iterator[None]:
        """Two supervisors of one LANE_HOME would stop each other's database."""
        run = settings.LANE_HOME / "run"
        run.mkdir(parents=True, exist_ok=True)
        with (run / "run.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise CommandError(
                    f"Lane already runs from {settings.LANE_HOME}: {lock.read().strip()}\n"
                    "Stop it with Ctrl-C in its terminal, or set LANE_HOME for a second one."
                ) from None
            self.lock = lock
            yield

    def prepare(self) -> None:
        self.say(f"Everything is kept in {settings.LANE_HOME}.")
        if not embedded.start_unless_elsewhere(say=self.say):
            self.say("The database and the queue are already up.")
        with self.static_collected_meanwhile():
            self.step("Bringing the tables up to date", "migrate", "--verbosity=0")
        if "load_demo" in get_commands() and os.environ.get("LANE_DEMO") != "0":
            self.step("Loading the demonstration group (invented people and cars)", "load_demo")

    def step(self, what: str, *command: str) -> None:
        self.say(f"{what} ...")
        done = subprocess.run([sys.executable, "manage.py", *command], cwd=settings.BASE_DIR, check=False)
        if done.returncode:
            raise CommandError(f"{what} failed; the reason is above.", returncode=done.returncode)

    @contextmanager
    def static_collected_meanwhile(self) -> Iterator[None]:
        """Collects stylesheets, scripts and fonts beside the block, when any changed since the last time."""
        files = [settings.BASE_DIR / "requirements.lock", *sorted((settings.BASE_DIR / "static").rglob("*"))]
        seen = hashlib.sha256()
        for path in files:
            if path.is_file():
                found = path.stat()
                seen.update(f"{path} {found.st_mtime_ns} {found.st_size}\n".encode())
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        if stamp.exists() and stamp.read_text() == seen.hexdigest():
            yield
            return
        command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear", "--verbosity=0"]
        collecting = subprocess.Popen(command, cwd=settings.BASE_DIR)
        try:
            yield
        finally:
            failed = collecting.wait()
        if failed:
            raise CommandError("Stylesheets, scripts and fonts could not be collected; the reason is above.")
        stamp.write_text(seen.hexdigest())

    def choose_address(self) -> None:
        """Find a free port and let every process we start know the address people will type."""
        host = os.environ.get("HOST", "127.0.0.1")
        wanted = int(os.environ.get("PORT", FIRST_PORT))
        port = free_port(host, wanted)
        if port != wanted:
            self.say(f"Port {wanted} is taken, so this is port {port}.")
        self.address = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}"
        self.lock.truncate(0)
        self.lock.write(self.address)
        self.lock.flush()
        os.environ |= {"HOST": host, "PORT": str(port), "LANE_ADDRESS": self.address}

    def supervise(self) -> int:
        cores = len(os.sched_getaffinity(0))
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "WEB_WORKERS": os.environ.get("WEB_WORKERS", str(cores)),
            "WORKER_PROCESSES": os.environ.get("WORKER_PROCESSES", str(min(cores, 2))),
            "LANE_HOME": str(settings.LANE_HOME),
            "PYTHONUNBUFFERED": "1",
        }
        self.say("Starting the web server, the worker and the schedule ...")
        manager = Manager(QuietPrinter(sys.stdout))
        procfile = (settings.BASE_DIR / "Procfile").read_text()
        for name, command in parse_procfile(procfile).processes.items():
            manager.add_process(name, command, env=environment, cwd=str(settings.BASE_DIR))
        manager.loop()
        return int(manager.returncode or 0)
