"""The embedded database and queue: start, stop, look, or keep them up."""

import os
import time
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from dealership import embedded
from dealership.embedded import postgres, valkey
from dealership.embedded.places import Places
from dealership.management.demonstration import group

PAUSE = 0.5
"""Seconds between two looks of `watch`."""


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class Command(BaseCommand):
    help = "Start, stop or look at the embedded PostgreSQL and Valkey; `watch` brings back whichever dies."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["start", "stop", "status", "watch"])

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        if what == "start":
            embedded.start_unless_elsewhere(say=self.say)
        elif what == "stop":
            embedded.stop(say=self.say)
        elif what == "watch":
            self.watch(announce=os.environ.get("LANE_ADDRESS", ""))
        else:
            places = Places(embedded.home())
            for name, up in (("PostgreSQL", postgres.is_up(places)), ("Valkey", valkey.is_up(places))):
                self.say(f"{name} is {'up' if up else 'down'}.")
            self.say(places.explain())

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()

    def introduce(self) -> None:
        """Who to log in as, in the demonstration group."""
        if settings.LANE_DEMONSTRATION and os.environ.get("LANE_DEMO") != "0":
            self.say(f"Log in as one of these invented people; the password of each is {group.PASSWORD}")
            for member in group.STAFF:
                self.say(f"  {member.email:24} {member.tries}")

    def watch(self, *, announce: str) -> None:
        """Never returns.  Says once, when the web first answers, where to look and who to log in as."""
        while True:
            embedded.start_unless_elsewhere(say=self.say)
            if announce and answers(announce):
                self.say(f"Lane is open: {announce}")
                self.introduce()
                self.say("Ctrl-C stops everything.")
                announce = ""
            time.sleep(PAUSE)
