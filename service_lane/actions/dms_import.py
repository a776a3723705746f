"""Bringing a DMS export in: look at it, start it, write it.  The reading and the SQL are in service_lane.dms."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import uuid4

from django.core.files import File
from django.db import DataError, connection, transaction
from psycopg import Cursor

from customers.rules import search_key
from dealership import audit
from dealership.models import Rooftop, Staff
from service_lane.dms import COLUMNS, Export, Line, NotAnExport, Rejected, into_tables, stage
from service_lane.dms.stage import Found
from service_lane.models import DmsImport
from service_lane.signals import import_finished, import_started

LINES_SHOWN = 5
ATTEMPTS = 3
"""How often a worker may die over one file before it is the file's fault."""
RUN_LOCK = 0x444D54
TOO_LARGE_A_SUM = "The amounts of one repair order add up to more than Lane can hold. Nothing was imported."
GONE = "The file is no longer there. Upload it again."


class AlreadyStarted(Exception):
    """Somebody started this import before."""


def look(stream: BinaryIO) -> dict[str, Any]:
    """What importing this file would find, for its preview: counts, reasons, the first lines.  Writes nothing.

    Raises NotAnExport.  Costs about 20 microseconds a row.
    """
    export = Export(stream)
    found = Found()
    lines: list[Line] = []
    orders: set[str] = set()
    for row in export:
        found.rows += 1
        if isinstance(row, Rejected):
            found.reject(row)
        elif isinstance(row, Line):
            orders.add(row.order.number)
            if len(lines) < LINES_SHOWN:
                lines.append(row)
        else:
            found.repeated += 1
    found.left_out = dict(export.left_out)
    return {
        **_told(found),
        "orders": len(orders),
        "unexpected": list(export.unexpected)[:100],
        "example": dict(zip(COLUMNS, (text[:120] for text in export.example), strict=False)),
        "lines": [_shown(line) for line in lines],
    }


def _told(found: Found) -> dict[str, Any]:
    return {
        "rows": found.rows,
        "repeated": found.repeated,
        "left_out": found.left_out,
        "rejected_total": found.rejected_total,
        "rejected": [[row.row, row.reason, row.text] for row in found.rejected],
    }


def _shown(line: Line) -> dict[str, str]:
    order = line.order
    name = order.name
    return {
        "row": str(line.row),
        "number": order.number,
        "opened": order.opened.isoformat(sep=" ", timespec="minutes"),
        "status": order.status,
        "customer": name.business or f"{name.first} {name.last}".strip(),
        "phone": order.phone,
        "car": " ".join(str(part) for part in (order.year or "", order.make, order.model) if part),
        "vin": order.vin,
        "line": line.code,
        "work": line.op_words or line.concern,
        "pay_type": line.pay_type,
        "labor": str(line.labor),
        "parts": str(line.parts),
        "misc": str(line.misc),
    }


@transaction.atomic(durable=True)
def receive_export(
    *, rooftop: Rooftop, filename: str, content: "File[bytes]", seen: dict[str, Any], by: Staff, at: datetime
) -> DmsImport:
    """Keep an uploaded export and what `look` saw in it.  Nothing of it is imported until it is started."""
    digest = hashlib.sha256()
    content.seek(0)
    for chunk in content.chunks():
        digest.update(chunk)
    content.seek(0)
    dms_import = DmsImport(
        rooftop=rooftop,
        filename=Path(filename).name[:200] or "export.csv",
        sha256=digest.hexdigest(),
        by=by,
        created_at=at,
        rows_total=seen["rows"],
        report=seen,
    )
    dms_import.file.save(f"{uuid4()}.csv", content, save=False)
    dms_import.save()
    audit.record("import.received", about=dms_import, by=by, at=at, rooftop=rooftop, rows=seen["rows"])
    return dms_import


@transaction.atomic(durable=True)
def start_import(*, dms_import: DmsImport, by: Staff, at: datetime) -> None:
    """Let a worker import it.  Raises AlreadyStarted."""
    if not DmsImport.objects.filter(pk=dms_import.pk).start():
        raise AlreadyStarted
    audit.record("import.started", about=dms_import, by=by, at=at, rooftop=dms_import.rooftop)
    import_started.send(sender=DmsImport, dms_import_id=dms_import.pk)


def run_import(*, dms_import_id: int, now: Callable[[], datetime]) -> bool:
    """Import an uploaded file that was started.  False: another worker is on it, or it is done.

    May be called any number of times, also after a worker died half way: rows are staged outside any transaction, and
    everything is written in one.  `now` is the clock, asked at the start and at the end.
    """
    with _alone(dms_import_id) as alone:
        if not alone or not DmsImport.objects.filter(pk=dms_import_id).run(at=now()):
            return False
        dms_import = DmsImport.objects.select_related("rooftop", "by").get(pk=dms_import_id)
        attempt = dms_import.report.get("attempt", 0) + 1
        if attempt > ATTEMPTS:
            stop_import(dms_import=dms_import, problem="Importing this file broke off three times.", at=now())
            return True
        DmsImport.objects.filter(pk=dms_import_id).update(report=dms_import.report | {"attempt": attempt})
        try:
            with _staging() as cursor, dms_import.file.open("rb") as stored:
                # FileField types its file as text; opened "rb" it is bytes.
                export = Export(cast(BinaryIO, stored.file))
                found = stage.fill(cursor, export, _progress(dms_import_id))
                finish_import(dms_import=dms_import, cursor=cursor, found=found, at=now())
        except NotAnExport as problem:
            stop_import(dms_import=dms_import, problem=str(problem), at=now())
        except DataError:
            stop_import(dms_import=dms_import, problem=TOO_LARGE_A_SUM, at=now())
        except FileNotFoundError:
            stop_import(dms_import=dms_import, problem=GONE, at=now())
    return True


@transaction.atomic(durable=True)
def finish_import(*, dms_import: DmsImport, cursor: "Cursor[Any]", found: Found, at: datetime) -> None:
    """Write what was staged on `cursor`, and say what is in the tables now."""
    rooftop = dms_import.rooftop
    figures = _merge(cursor, found, rooftop=rooftop, import_id=dms_import.pk, at=at)
    report = {**dms_import.report, **_told(found), "figures": figures}
    if DmsImport.objects.filter(pk=dms_import.pk).finish(report=report, rows=found.rows, at=at):
        audit.record(
            "import.finished",
            about=dms_import,
            by=dms_import.by,
            at=at,
            rooftop=rooftop,
            rows=found.rows,
            rejected=found.rejected_total,
        )
        import_finished.send(sender=DmsImport, dms_import_id=dms_import.pk)


@transaction.atomic(durable=True)
def stop_import(*, dms_import: DmsImport, problem: str, at: datetime) -> None:
    """Give the import up, saying why.  Nothing of it was written."""
    if DmsImport.objects.filter(pk=dms_import.pk).stop(problem=problem, at=at):
        audit.record(
            "import.stopped", about=dms_import, by=dms_import.by, at=at, rooftop=dms_import.rooftop, problem=problem
        )


def import_file(
    *, stream: BinaryIO, filename: str, rooftop: Rooftop, by: Staff | None, at: datetime, dry_run: bool = False
) -> dict[str, Any]:
    """Import an export at once and return what the tables hold for its orders afterwards.

    With `dry_run` everything is done and then undone, so the figures are those a real run would give.  Raises
    NotAnExport, and DataError when the amounts of one order add up to more than the tables hold.
    """
    export = Export(stream)
    with _staging() as cursor:
        found = stage.fill(cursor, export)
        return _import_staged(
            cursor=cursor, found=found, filename=filename, rooftop=rooftop, by=by, at=at, dry_run=dry_run
        )


@transaction.atomic(durable=True)
def _import_staged(
    *,
    cursor: "Cursor[Any]",
    found: Found,
    filename: str,
    rooftop: Rooftop,
    by: Staff | None,
    at: datetime,
    dry_run: bool,
) -> dict[str, Any]:
    dms_import = DmsImport.objects.create(
        rooftop=rooftop,
        filename=Path(filename).name[:200],
        status=DmsImport.Status.DONE,
        by=by,
        created_at=at,
        started_at=at,
        finished_at=at,
        rows_total=found.rows,
        rows_done=found.rows,
    )
    figures = _merge(cursor, found, rooftop=rooftop, import_id=dms_import.pk, at=at)
    dms_import.report = {**_told(found), "figures": figures}
    dms_import.save(update_fields=["report"])
    audit.record("import.finished", about=dms_import, by=by, at=at, rooftop=rooftop, rows=found.rows)
    import_finished.send(sender=DmsImport, dms_import_id=dms_import.pk)
    if dry_run:
        transaction.set_rollback(True)
    return figures


def _merge(cursor: "Cursor[Any]", found: Found, *, rooftop: Rooftop, import_id: int, at: datetime) -> dict[str, Any]:
    into_tables.merge(
        cursor, rooftop_id=rooftop.pk, zone=rooftop.time_zone, import_id=import_id, at=at, words_of=search_key
    )
    return into_tables.figures(cursor, rooftop_id=rooftop.pk, found=found)


@contextmanager
def _staging() -> Iterator["Cursor[Any]"]:
    """A cursor whose session may hold the temporary tables, and holds none of them afterwards."""
    with connection.cursor() as cursor:
        yield cast("Cursor[Any]", cursor)
        stage.drop(cast("Cursor[Any]", cursor))


@contextmanager
def _alone(dms_import_id: int) -> Iterator[bool]:
    """Whether this session is the only one at this import.  A worker that dies gives the lock back by dying."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", (RUN_LOCK, dms_import_id))
        [alone] = cursor.fetchone()
        try:
            yield alone
        finally:
            if alone and not connection.needs_rollback:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", (RUN_LOCK, dms_import_id))


def _progress(dms_import_id: int) -> Callable[[int], None]:
    def tell(rows: int) -> None:
        DmsImport.objects.filter(pk=dms_import_id).update(rows_done=rows)

    return tell
