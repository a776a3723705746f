"""The embedded database and queue: start, stop, look, or keep them up."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from dealership import embedded
from dealership.embedded import postgres, valkey
from dealership.embedded.places import Places

PAUSE = 1.0
"""Seconds between two looks of `watch`."""


class Command(BaseCommand):
    help = "Start, stop or look at the embedded PostgreSQL and Valkey; `watch` brings back whichever dies."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["start", "stop", "status", "watch"])

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        if what == "start":
            embedded.start_unless_elsewhere(say=self.stdout.write)
        elif what == "stop":
            embedded.stop(say=self.stdout.write)
        elif what == "watch":
            self.watch()
        places = Places(embedded.home())
        if what == "status":
            for name, up in (("PostgreSQL", postgres.is_up(places)), ("Valkey", valkey.is_up(places))):
                self.stdout.write(f"{name} is {'up' if up else 'down'}.")
            self.stdout.write(places.explain())

    def watch(self) -> None:
        while True:
            embedded.start_unless_elsewhere(say=self.stdout.write)
            time.sleep(PAUSE)
