"""manage.py import_dms FILE --rooftop CODE [--dry-run] [--json]"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DataError
from django.utils import timezone

from dealership.models import Rooftop
from service_lane.actions.dms_import import TOO_LARGE_A_SUM, import_file
from service_lane.dms import NotAnExport


class Command(BaseCommand):
    help = "Import a repair-order export (CSV) of a dealer management system. The same file again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--rooftop", required=True, metavar="CODE", help="Whose orders these are, like NORTH.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would come of it, and write nothing.")
        parser.add_argument("--json", action="store_true", help="Print the figures as JSON.")

    def handle(self, *, file: Path, rooftop: str, dry_run: bool, **options: Any) -> None:
        here = Rooftop.objects.filter(code=rooftop).first()
        if here is None:
            known = ", ".join(Rooftop.objects.order_by("code").values_list("code", flat=True)) or "none yet"
            raise CommandError(f"There is no rooftop {rooftop}. Rooftops: {known}.")
        try:
            with file.open("rb") as stream:
                figures = import_file(
                    stream=stream, filename=file.name, rooftop=here, by=None, at=timezone.now(), dry_run=dry_run
                )
        except OSError as problem:
            raise CommandError(f"{file} cannot be read: {problem.strerror}.") from problem
        except DataError as problem:
            raise CommandError(TOO_LARGE_A_SUM) from problem
        except NotAnExport as problem:
            parts = [str(problem)]
            if problem.missing:
                parts.append(f"Missing: {', '.join(problem.missing)}.")
            if problem.unexpected:
                parts.append(f"Not known: {', '.join(problem.unexpected)}.")
            raise CommandError(" ".join(parts)) from problem
        self.stdout.write(json.dumps(figures, indent=1) if options["json"] else _sentences(figures, dry_run=dry_run))


def _sentences(figures: dict[str, Any], *, dry_run: bool) -> str:
    lines = [
        f"{figures['rows']:,} rows: {figures['duplicate_rows']:,} repeated, {len(figures['rejected']):,} rejected",
        f"{figures['repair_orders']:,} repair orders, {figures['void_repair_orders']:,} of them void",
        f"{figures['vehicles']:,} cars; {figures['repair_orders_without_vin']:,} orders without a VIN",
        f"{figures['customer_numbers']:,} customer numbers, {figures['do_not_message_customers']:,} not to be messaged",
    ]
    for what in ("labor", "parts", "misc"):
        lines.append(what + ": " + ", ".join(f"{pay_type} {dollars}" for pay_type, dollars in figures[what].items()))
    lines.append(f"tax: {figures['tax']}")
    lines += [f"row {row['row']}: {row['reason']}" for row in figures["rejected"]]
    if dry_run:
        lines.append("This was a dry run: nothing was written.")
    return "\n".join(lines)
