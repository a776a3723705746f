"""manage.py load_trouble_codes [FILE] [--source TEXT]"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from service_lane.actions.trouble_codes import load_codes

OURS = Path(__file__).resolve().parents[2] / "data" / "trouble_codes.csv"
OUR_WORDS = "Lane's own short list"


class Command(BaseCommand):
    help = (
        'Load trouble codes from a CSV file of "code","description" rows without a header. '
        "Without a file, the commonest codes in our own words."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", default=OURS)
        parser.add_argument("--source", default="", help="Whose words these are; shown beside each code.")

    def handle(self, *, file: Path, source: str, **options: Any) -> None:
        source = source or (OUR_WORDS if file == OURS else file.name)
        try:
            with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
                loaded = load_codes(lines=lines, source=source, by=None, at=timezone.now())
        except OSError as problem:
            raise CommandError(f"{file} cannot be read: {problem.strerror}.") from problem
        for row, reason in loaded.rejected:
            self.stderr.write(f"row {row}: {reason}")
        self.stdout.write(f"{loaded.codes:,} codes loaded, {len(loaded.rejected):,} rows not taken.")
