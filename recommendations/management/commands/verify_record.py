"""manage.py verify_record: is what was shown, answered and billed still what the chain says?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dealership.models import Rooftop
from recommendations.actions import record


class Command(BaseCommand):
    help = "Check the record of what was shown, answered and billed. Exits 1 at the first break of any rooftop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rooftop", help="Its code, like NORTH. All of them when left out.")
        parser.add_argument(
            "--kept",
            action="append",
            default=[],
            metavar="SEQUENCE:HASH",
            help="An entry of that rooftop as it was written down elsewhere. The chain must still hold it.",
        )

    def handle(self, *args: Any, rooftop: str | None = None, kept: list[str], **options: Any) -> None:
        if kept and not rooftop:
            raise CommandError("Say which rooftop's entry was kept: --rooftop.")
        rooftops = Rooftop.objects.order_by("code")
        if rooftop:
            rooftops = rooftops.filter(code=rooftop)
            if not rooftops:
                raise CommandError(f"There is no rooftop {rooftop}.")
        broken = False
        for place in rooftops:
            found = record.verify(place, _read(kept))
            if found.problem:
                broken = True
                self.stderr.write(f"{place.code}: {found.problem} {found.entries} entries before it hold.")
            else:
                self.stdout.write(f"{place.code}: {found.entries} entries hold.")
                if options["verbosity"] > 1 and found.entries:
                    self.stdout.write(f"{place.code}: keep {found.entries}:{found.last} elsewhere.")
        if broken:
            raise SystemExit(1)


def _read(kept: list[str]) -> dict[int, str]:
    """Entries as they were written down: their hashes by sequence."""
    found = {}
    for one in kept:
        sequence, _, hashed = one.partition(":")
        if not sequence.isdecimal() or len(hashed) != 64:
            raise CommandError(f"{one} is not like 3:0f1e..., a sequence and 64 hexadecimal digits.")
        found[int(sequence)] = hashed.lower()
    return found
