"""manage.py import_recalls FILE [--part pre|post] [--anyway]: NHTSA's recall list, as text or zipped."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.actions.recalls import Busy, import_recalls
from customers.models import RecallFile
from customers.recall_files import NotTheList
from customers.rules.recalls import OtherLayout, part_of

SAY_EVERY = 20_000


class Command(BaseCommand):
    help = "Take in NHTSA's FLAT_RCL_PRE_2010 or FLAT_RCL_POST_2010, text or zip. The same file again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--part", choices=RecallFile.Part.values, help="Which of the two files it is, where its name does not say."
        )
        parser.add_argument(
            "--anyway", action="store_true", help="Take a list that is older or much shorter than the one held."
        )

    def handle(self, *, file: Path, part: str | None, anyway: bool, **options: Any) -> None:
        part = part or part_of(file.name)
        if not part:
            raise CommandError("The name of the file does not say which of NHTSA's two it is: add --part pre or post.")
        said = 0

        def tell(rows: int, share: int) -> None:
            nonlocal said
            if rows - said >= SAY_EVERY:
                said = rows
                self.stderr.write(f"{rows:,} rows read, {share} %")

        try:
            with file.open("rb") as stream:
                came = import_recalls(
                    stream=stream,
                    name=file.name,
                    part=part,
                    by=None,
                    by_name="manage.py import_recalls",
                    at=timezone.now(),
                    anyway=anyway,
                    progress=tell,
                )
        except OSError as unreadable:
            raise CommandError(f"{file} cannot be read: {unreadable.strerror}.") from unreadable
        except (NotTheList, OtherLayout) as problem:
            raise CommandError(str(problem)) from problem
        except Busy as busy:
            raise CommandError("Another recall list is being taken in. Try again when it is done.") from busy
        for row, reason in came.rejects:
            self.stderr.write(f"row {row}: {reason}")
        left_out = ", ".join(f"{count:,} {kind}" for kind, count in sorted(came.left_out.items())) or "none"
        self.stdout.write(
            f"{came.get_part_display()}: {came.rows:,} rows, added {came.added:,}, changed {came.changed:,}, "
            f"unchanged {came.unchanged:,}, withdrawn {came.withdrawn:,}, rejected {came.rejected:,}; "
            f"not about vehicles: {left_out}"
        )
