"""The table of trouble codes: loaded from a file of "code","description" rows, without a header, as often as wanted."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from dealership import audit
from dealership.models import Staff
from service_lane.models import TroubleCode
from service_lane.rules.trouble_codes import read_code

BATCH = 500


@dataclass(frozen=True)
class Loaded:
    """How many codes are in the table because of a file, and the rows that were not taken, each with why."""

    codes: int
    rejected: tuple[tuple[int, str], ...]


@transaction.atomic(durable=True)
def load_codes(*, lines: Iterable[str], source: str, by: Staff | None, at: datetime) -> Loaded:
    """Add the codes of a file or bring them up to date; a bad row never stops the rest.

    `lines` is read once, as it comes; `source` says whose words these are.  The later of two rows for a code counts.
    """
    rejected: list[tuple[int, str]] = []
    codes: set[str] = set()
    for rows in batched(_read(lines, rejected), BATCH):
        described = dict(rows)
        TroubleCode.objects.bulk_create(
            (TroubleCode(code=code, description=words, source=source) for code, words in described.items()),
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["description", "source"],
        )
        codes |= described.keys()
    audit.record(
        "trouble_codes.loaded",
        about=ContentType.objects.get_for_model(TroubleCode),
        by=by,
        at=at,
        source=source,
        codes=len(codes),
        rejected=len(rejected),
    )
    return Loaded(len(codes), tuple(rejected))


def _read(lines: Iterable[str], rejected: list[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    for row, fields in enumerate(csv.reader(lines), start=1):
        if not any(field.strip() for field in fields):
            continue
        code = read_code(fields[0].lstrip("\ufeff"))
        if code is None:
            rejected.append((row, f"{fields[0]!r} is not a trouble code"))
        elif len(fields) != 2:
            rejected.append((row, f"{len(fields)} fields where 2 are expected"))
        elif not fields[1].strip():
            rejected.append((row, f"{code} has no description"))
        else:
            yield code, " ".join(fields[1].split())
