"""Possible recalls: taking in NHTSA's list, and what is found out about one car by its VIN."""

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import uuid4

from django.core.files import File
from django.db import connection, transaction
from psycopg import Cursor

from customers import recall_files
from customers.models import RecallCheck, RecallCheckEntry, RecallFile, Vehicle
from customers.recall_files import NOTHING_TAKEN, Found, NotTheList, Progress
from customers.recalls import possible_recalls
from customers.rules import recalls as rules
from dealership import audit
from dealership.models import Rooftop, Staff

ATTEMPTS = 3
"""How often a worker may die over one file before it is the file's fault."""
IMPORT_LOCK = 0x52434C
GONE = "The file is no longer there. Upload it again."
BROKE_OFF = "Taking in this file broke off three times. Use manage.py import_recalls, which says more."


class Busy(Exception):
    """Another recall list is being taken in at this moment."""


class NotOfThisCar(Exception):
    """No recall of that campaign is possible on this car."""


class NoVin(Exception):
    """The VIN of the car is not known, so nobody can have looked it up."""


class CheckedMeanwhile(Exception):
    """Somebody wrote down what they found out after this page was loaded."""


# --- the list --------------------------------------------------------------------------------------------------------


def import_recalls(
    *,
    stream: BinaryIO,
    name: str,
    part: str,
    by: Staff | None,
    by_name: str = "",
    at: datetime,
    anyway: bool = False,
    progress: Progress = lambda rows, share: None,
) -> RecallFile:
    """Take in one of NHTSA's two files at once, as text or zip; return what came of it.

    The same file again changes nothing.  A record that a newer file lacks is marked withdrawn, not deleted.  `anyway`
    takes a list that is older, or much shorter, than the one held.  Raises NotTheList, rules.OtherLayout, Busy.
    Memory does not grow with the file.
    """
    with _alone() as alone:
        if not alone:
            raise Busy
        sha256 = hashlib.file_digest(cast(io.BufferedIOBase, stream), "sha256").hexdigest()
        with _staged(stream, progress) as (cursor, found):
            return _import_staged(
                cursor=cursor,
                found=found,
                name=name,
                part=part,
                sha256=sha256,
                by=by,
                by_name=by_name,
                at=at,
                anyway=anyway,
            )


@transaction.atomic(durable=True)
def _import_staged(
    *,
    cursor: "Cursor[Any]",
    found: Found,
    name: str,
    part: str,
    sha256: str,
    by: Staff | None,
    by_name: str,
    at: datetime,
    anyway: bool,
) -> RecallFile:
    if not anyway:
        _refuse_a_worse_list(cursor, found, part)
    file = RecallFile.objects.create(
        name=Path(name).name[:200],
        part=part,
        sha256=sha256,
        status=RecallFile.Status.DONE,
        share=100,
        by=by,
        by_name=by.name if by else by_name,
        at=at,
        started_at=at,
        finished_at=at,
    )
    figures = _merge(cursor, found, file=file, at=at)
    RecallFile.objects.filter(pk=file.pk).update(**figures)
    _record(file, figures, at=at)
    file.refresh_from_db()
    return file


@transaction.atomic(durable=True)
def receive_recalls(
    *, name: str, content: "File[bytes]", part: str, rooftop: Rooftop, by: Staff, at: datetime
) -> RecallFile:
    """Keep an uploaded list until a worker has taken it in; the sweep finds it."""
    content.seek(0)
    sha256 = hashlib.file_digest(cast(io.BufferedIOBase, content.file), "sha256").hexdigest()
    content.seek(0)
    file = RecallFile(
        name=Path(name).name[:200],
        part=part,
        sha256=sha256,
        status=RecallFile.Status.WAITING,
        by=by,
        by_name=by.name,
        at=at,
    )
    file.file.save(f"{uuid4()}{Path(name).suffix.lower()[:4]}", content, save=False)
    file.save()
    audit.record("recalls.received", about=file, rooftop=rooftop, by=by, at=at, part=part)
    return file


def run_recalls(*, recall_file_id: int, now: Callable[[], datetime]) -> bool:
    """Take in a list that was uploaded.  False: another is being taken in, or it is done.

    May be called any number of times, also after a worker died half way: rows are staged outside any transaction, and
    everything is written in one.  `now` is the clock, asked at the start and at the end.
    """
    with _alone() as alone:
        if not alone or not RecallFile.objects.filter(pk=recall_file_id).run(at=now()):
            return False
        file = RecallFile.objects.select_related("by").get(pk=recall_file_id)
        stored = file.file
        if file.attempts > ATTEMPTS:
            stop_recalls(file=file, problem=BROKE_OFF, at=now())
            return True

        def tell(rows: int, share: int) -> None:
            RecallFile.objects.filter(pk=recall_file_id).read(rows=rows, share=share)

        try:
            with stored.open("rb"), _staged(cast(BinaryIO, stored.file), tell) as (cursor, found):
                finish_recalls(file=file, cursor=cursor, found=found, at=now())
        except (NotTheList, rules.OtherLayout) as problem:
            stop_recalls(file=file, problem=str(problem), at=now())
        except FileNotFoundError:
            stop_recalls(file=file, problem=GONE, at=now())
    stored.storage.delete(str(stored.name))
    return True


@transaction.atomic(durable=True)
def finish_recalls(*, file: RecallFile, cursor: "Cursor[Any]", found: Found, at: datetime) -> None:
    """Write what was staged on `cursor`, and keep what came of it.  Raises NotTheList."""
    _refuse_a_worse_list(cursor, found, file.part)
    figures = _merge(cursor, found, file=file, at=at)
    if RecallFile.objects.filter(pk=file.pk).finish(at=at, **figures):
        _record(file, figures, at=at)


@transaction.atomic(durable=True)
def stop_recalls(*, file: RecallFile, problem: str, at: datetime) -> None:
    """Give an upload up, saying why.  Nothing of it was written."""
    if RecallFile.objects.filter(pk=file.pk).stop(problem=problem, at=at):
        audit.record("recalls.stopped", about=file, by=file.by, by_name=file.by_name, at=at, problem=problem)


def _merge(cursor: "Cursor[Any]", found: Found, *, file: RecallFile, at: datetime) -> dict[str, Any]:
    merged = recall_files.merge(cursor, found, part=file.part, file_id=file.pk, at=at)
    return {
        "rows": found.rows,
        "added": merged.added,
        "changed": merged.changed,
        "unchanged": merged.unchanged,
        "withdrawn": merged.withdrawn,
        "left_out": found.left_out,
        "rejected": found.rejected,
        "rejects": found.rejects,
        "newest_on": found.newest_on,
    }


def _record(file: RecallFile, figures: dict[str, Any], *, at: datetime) -> None:
    counted = ("rows", "added", "changed", "withdrawn", "rejected")
    audit.record(
        "recalls.imported",
        about=file,
        by=file.by,
        by_name=file.by_name,
        at=at,
        part=file.part,
        sha256=file.sha256,
        **{name: figures[name] for name in counted},
    )


def _refuse_a_worse_list(cursor: "Cursor[Any]", found: Found, part: str) -> None:
    """An older or a cut file would mark as withdrawn what is not.  Raises NotTheList."""
    last = RecallFile.objects.done().filter(part=part).exclude(newest_on=None).order_by("-at", "-pk").first()
    label = RecallFile.Part(part).label
    if last and last.newest_on and (found.newest_on is None or found.newest_on < last.newest_on):
        newest = f"of {found.newest_on}" if found.newest_on else "of no day it names"
        raise NotTheList(
            f"This list is older than the one held of {label}: its newest record is {newest}, "
            f"the held one's is of {last.newest_on}. {NOTHING_TAKEN}"
        )
    lacking, held = recall_files.missing(cursor, found, part=part)
    if lacking > rules.FEW and lacking > held * rules.MOST_WITHDRAWN:
        raise NotTheList(
            f"This list lacks {lacking:,} of the {held:,} records held of {label}, so it looks cut short, or is the "
            f"other of NHTSA's two files. {NOTHING_TAKEN}"
        )


@contextmanager
def _staged(stream: BinaryIO, progress: Progress) -> Iterator[tuple["Cursor[Any]", Found]]:
    """A cursor whose session holds the list in a temporary table, and does not afterwards."""
    with connection.cursor() as ours:
        cursor = cast("Cursor[Any]", ours)
        try:
            with recall_files.opened(stream) as source:
                found = recall_files.fill(cursor, source, progress)
            yield cursor, found
        finally:
            if not connection.needs_rollback:
                recall_files.drop(cursor)


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether this session is the only one taking in a list.  A worker that dies gives the lock back by dying."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", (IMPORT_LOCK,))
        [alone] = cursor.fetchone()
        try:
            yield alone
        finally:
            if alone and not connection.needs_rollback:
                cursor.execute("SELECT pg_advisory_unlock(%s)", (IMPORT_LOCK,))


# --- one car ---------------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def check_recall(
    *,
    vehicle: Vehicle,
    campaign: str,
    state: str,
    source: str,
    seen: int,
    by: Staff,
    at: datetime,
    rooftop: Rooftop,
) -> RecallCheck:
    """Keep what the VIN of `vehicle` says of `campaign`, by whom and from where; earlier answers stay in its history.

    `seen` is the number of the answer that was on the screen, 0 for none.
    Raises NoVin, NotOfThisCar, CheckedMeanwhile.
    """
    if not vehicle.vin:
        raise NoVin
    if campaign not in {one.campaign for one in possible_recalls([vehicle]).get(vehicle.pk, ())}:
        raise NotOfThisCar
    check = RecallCheck.objects.record(
        vehicle=vehicle, campaign=campaign, seen=seen, state=state, source=source, by=by, at=at
    )
    if check is None:
        raise CheckedMeanwhile
    RecallCheckEntry.objects.create(check_of=check, number=check.number, state=state, source=source, by=by, at=at)
    audit.record(
        "recall.checked", about=vehicle, rooftop=rooftop, by=by, at=at, campaign=campaign, state=state, source=source
    )
    return check
