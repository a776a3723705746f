"""manage.py import_list KIND FILE --rooftop CODE [--dry-run] [--full]: values, stock, programs, needs ..."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dealership.csv_rows import NotAList
from dealership.models import Rooftop
from sales_handoff.actions import import_list
from sales_handoff.actions.imports import LISTS


class Command(BaseCommand):
    help = "Bring in a list from a CSV file; docs/import-formats.md names its columns."
    kind = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        if not self.kind:
            parser.add_argument("kind", choices=[str(kind) for kind in LISTS])
        parser.add_argument("file", type=Path)
        parser.add_argument("--rooftop", required=True, metavar="CODE", help="Where it is brought in, like NORTH.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen; write nothing.")
        parser.add_argument("--full", action="store_true", help="Of stock: mark cars that are not in the file gone.")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            rooftop = Rooftop.objects.get(code=options["rooftop"])
        except Rooftop.DoesNotExist as unknown:
            raise CommandError(f"There is no rooftop {options['rooftop']}.") from unknown
        try:
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
                report = import_list(
                    self.kind or options["kind"],
                    lines=lines,
                    rooftop=rooftop,
                    at=timezone.now(),
                    by=None,
                    by_name=f"manage.py {'import_values' if self.kind else 'import_list'}",
                    filename=path.name,
                    dry_run=options["dry_run"],
                    is_full=options["full"],
                )
        except OSError as unreadable:
            raise CommandError(f"{path} cannot be read: {unreadable.strerror}.") from unreadable
        except NotAList as problem:
            raise CommandError(str(problem)) from problem
        for one in report.refused:
            self.stderr.write(f"line {one.line}: {one.reason}")
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(
            f"{would}added {report.added}, {would}changed {report.changed}, unchanged {report.unchanged}, "
            f"refused {len(report.refused)}" + (f", {would}gone {report.gone}" if options["full"] else "")
        )
