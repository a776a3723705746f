"""manage.py verify_record: is what was shown, answered and billed still what the chain says?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dealership.models import Rooftop
from recommendations.actions import record


class Command(BaseCommand):
    help = "Check the record of what was shown, answered and billed. Exits 1 at the first break of any rooftop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rooftop", help="Its code, like NORTH. All of them when left out.")

    def handle(self, *args: Any, rooftop: str | None = None, **options: Any) -> None:
        rooftops = Rooftop.objects.order_by("code")
        if rooftop:
            rooftops = rooftops.filter(code=rooftop)
            if not rooftops:
                raise CommandError(f"There is no rooftop {rooftop}.")
        broken = False
        for place in rooftops:
            found = record.verify(place)
            if found.problem:
                broken = True
                self.stderr.write(f"{place.code}: {found.problem} {found.entries} entries before it hold.")
            else:
                self.stdout.write(f"{place.code}: {found.entries} entries hold.")
        if broken:
            raise SystemExit(1)
