"""The record is checked against itself and against every row it rests on, here and in a restored backup."""

import subprocess
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pgtrigger
import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dealership.embedded import postgres
from dealership.embedded.places import Places
from dealership.models import Rooftop
from recommendations.actions import deciding, drafting, handing_over, invoicing, record, replying, working
from recommendations.actions.deciding import Answered
from recommendations.models import (
    Advisory,
    AdvisoryVersion,
    AuthorizationPolicy,
    Decision,
    DeclinedNotice,
    Invoice,
    PartsChoice,
    Presentation,
    PresentedLine,
    RecordEntry,
    RecordHead,
)
from recommendations.rules import chain_hash
from tests.cast import AT, Cast, make_cast, make_order
from tests.recommendations.lines import make_inspection, make_item, shown
from tests.recommendations.pages import answered_at_counter, notice_signed

pytestmark = pytest.mark.django_db


def a_visit(cast: Cast) -> None:
    """Shown, a question answered, then no to the boot and yes to the pads, which are done and billed: seven entries."""
    presentation = shown(cast, make_order(cast))
    pads, boot = presentation.lines.all()

    def answer(*answers: Answered) -> list[Decision]:
        return deciding.decide(
            presentation=presentation, answers=answers, who_name="Theo Brandt", channel="counter", by=cast.ada, at=AT
        ).decisions

    (question,) = answer(Answered(boot.pk, "needs_info", question="How long will it last?"))
    replying.reply(question=question, text="Until it leaks.", by=cast.ada, at=AT)
    answer(Answered(pads.pk, "approved"), Answered(boot.pk, "declined"))
    line = working.start(advisory=Advisory.objects.get(pk=pads.advisory_id), by=cast.tess, at=AT)
    working.finish(advisory=line, by=cast.tess, at=AT)
    invoicing.invoice(repair_order=line.repair_order, by=cast.ada, at=AT)


@pytest.fixture
def north(cast: Cast) -> Rooftop:
    a_visit(cast)
    return cast.north


def forged(sequence: int, **payload: Any) -> None:
    """Change what an entry says, and make its hash and all after it anew, as somebody who knows how would."""
    previous = RecordEntry.objects.get(sequence=sequence).previous_hash
    for entry in RecordEntry.objects.filter(sequence__gte=sequence).order_by("sequence"):
        content = entry.payload | (payload if entry.sequence == sequence else {})
        previous_hash, previous = previous, chain_hash(previous, content)
        RecordEntry.objects.filter(pk=entry.pk).update(payload=content, previous_hash=previous_hash, hash=previous)
    RecordHead.objects.update(hash=previous)


def swapped() -> None:
    first, second = RecordEntry.objects.filter(sequence__in=(4, 5)).order_by("sequence")
    RecordEntry.objects.filter(pk=first.pk).update(sequence=99)
    RecordEntry.objects.filter(pk=second.pk).update(sequence=4)
    RecordEntry.objects.filter(pk=first.pk).update(sequence=5)


def put_in() -> None:
    entry = RecordEntry.objects.get(sequence=7)
    entry.pk, entry.sequence = None, 8
    entry.save(force_insert=True)


def gone(rows: Any) -> None:
    """Deleted past the ORM, which would look after what points here; foreign keys are checked at commit only."""
    ids = list(rows.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {rows.model._meta.db_table} WHERE id = ANY(%s)", [ids])


TAMPERED: list[tuple[str, Callable[[], Any], str]] = [
    ("an answer", lambda: Decision.objects.filter(answer="declined").update(answer="approved"), "recorded: answer"),
    ("who answered", lambda: Decision.objects.update(who_name="Somebody Else"), "Entry 2: Decision"),
    ("an answer that is gone", lambda: gone(Decision.objects.filter(answer="declined")), "is gone"),
    ("an answer put in", lambda: _copied(Decision.objects.first()), "was never recorded"),
    (
        "the answer that counts",
        lambda: Advisory.objects.filter(answer="declined").update(answer="approved"),
        "not the one that was given",
    ),
    (
        "the version an answer counts for",
        lambda: Advisory.objects.filter(answer="declined").update(answered_version=7, presented_version=7),
        "not the one that was given",
    ),
    ("what was shown", lambda: PresentedLine.objects.update(sha256="0" * 64), "Entry 1: Line"),
    ("to whom it was shown", lambda: Presentation.objects.update(to_name="Nobody"), "recorded: to_name"),
    (
        "a version's words",
        lambda: AdvisoryVersion.objects.filter(title__contains="boot").update(finding_text="A scratch"),
        "not as it was shown: finding_text",
    ),
    (
        "a version's price",
        lambda: AdvisoryVersion.objects.filter(title__contains="boot").update(labor=1, total=1),
        "shown: labor, total",
    ),
    ("a version's part", lambda: AdvisoryVersion.objects.exclude(parts=[]).update(parts=[]), "shown: parts"),
    (
        "who does the work",
        lambda: AdvisoryVersion.objects.update(sublet_to="Another Shop"),
        "as it was shown: sublet_to",
    ),
    (
        "what is taken apart",
        lambda: AdvisoryVersion.objects.update(teardown={"reassembly": "90.00"}),
        "as it was shown: teardown",
    ),
    (
        "the law it rests on",
        lambda: AuthorizationPolicy.objects.filter(jurisdiction="US-CA").update(tolerance_amount=50),
        "Entry 6: Authorization policy",
    ),
    ("the bill", lambda: Invoice.objects.update(total=Decimal(1)), "Entry 7: Invoice"),
    (
        "a start that is gone",
        lambda: Advisory.objects.filter(answer="approved").update(
            work="not_started", work_started_at=None, work_done_at=None
        ),
        "no longer says so",
    ),
    (
        "an entry",
        lambda: RecordEntry.objects.filter(sequence=2).update(payload={"answer": "approved"}),
        "Entry 2: Its content",
    ),
    (
        "an entry's time",
        lambda: RecordEntry.objects.filter(sequence=2).update(at=AT + timedelta(days=1)),
        "Entry 2: Its time",
    ),
    ("an entry that is gone", lambda: gone(RecordEntry.objects.filter(sequence=3)), "Entry 4: It does not follow"),
    ("an entry put in", put_in, "Entry 8: It does not follow"),
    ("two entries swapped", swapped, "Entry 4: It does not follow"),
    (
        "the last entry cut off",
        lambda: gone(RecordEntry.objects.filter(sequence=7)),
        "After entry 6: the record was cut off",
    ),
    ("the head moved", lambda: RecordHead.objects.update(sequence=2), "After entry 7: the record was cut off"),
    (
        "an answer and its whole chain after it",
        lambda: (Decision.objects.filter(answer="declined").update(answer="approved"), forged(5, answer="approved")),
        "not the one that was given",
    ),
]


def _copied(row: Any) -> None:
    row.pk = None
    row.save(force_insert=True)


@pytest.mark.parametrize(("tamper", "said"), [row[1:] for row in TAMPERED], ids=[row[0] for row in TAMPERED])
def test_whatever_is_changed_with_the_triggers_off_is_named(north: Rooftop, tamper: Callable, said: str):
    assert record.verify(north) == record.Verified(7)
    with pgtrigger.ignore():
        tamper()
    assert said in record.verify(north).problem


DRAWN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 170"><path d="M10,20 C11,21 12,22 13,23" '
    'stroke-width="2.5"/></svg>'
)
PAPERS: list[tuple[str, Callable[[], Any], str]] = [
    ("a notice's lines", lambda: DeclinedNotice.objects.update(document={"lines": []}), "is not what was put before"),
    ("who signed a notice", lambda: DeclinedNotice.objects.update(signed_name="Nobody"), "recorded: signed_name"),
    ("what was drawn on it", lambda: DeclinedNotice.objects.update(svg="M1 1L2 2"), "recorded: signature"),
    (
        "a signed notice made one that was refused",
        lambda: DeclinedNotice.objects.update(how="refused", signed_name="", svg="", witness="Max"),
        "Entry 9: Declined-work notice",
    ),
    ("a notice that is gone", lambda: gone(DeclinedNotice.objects.all()), "Entry 9: Declined-work notice"),
    ("a notice put in", lambda: _copied(DeclinedNotice.objects.first()), "was never recorded"),
    ("what was said about parts", lambda: PartsChoice.objects.update(wants_back=False), "recorded: wants_back"),
    ("what was said about parts is gone", lambda: gone(PartsChoice.objects.all()), "Entry 8: Replaced-parts choice"),
    ("what nobody said about parts", lambda: _copied(PartsChoice.objects.first()), "was never recorded"),
]


@pytest.mark.parametrize(("tamper", "said"), [row[1:] for row in PAPERS], ids=[row[0] for row in PAPERS])
def test_so_are_the_notice_that_ended_and_what_was_said_about_replaced_parts(
    cast: Cast, north: Rooftop, tamper: Callable, said: str
):
    order = Invoice.objects.get().repair_order
    handing_over.choose_parts(repair_order=order, wants_back=True, by=cast.ada, at=AT)
    notice_signed(cast, order, name="", drawing=DRAWN)
    assert record.verify(north) == record.Verified(9)
    with pgtrigger.ignore():
        tamper()
    assert said in record.verify(north).problem


def test_work_that_was_begun_behind_the_record_is_found(cast: Cast):
    pads, _boot = answered_at_counter(cast, make_order(cast), "approved", "declined")
    assert record.verify(cast.north).problem == ""
    with pgtrigger.ignore():
        Advisory.objects.filter(pk=pads.pk).update(work="started", work_started_at=AT)
    assert record.verify(cast.north).problem == f"Line {pads.pk} was started, and that was never recorded."


def verified(*args: str, **options: Any) -> tuple[int, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_record", *args, stdout=out, stderr=err, **options)
    except SystemExit as stop:
        return int(stop.code or 0), err.getvalue()
    return 0, out.getvalue()


def test_a_record_made_anew_from_the_first_entry_to_the_last_is_found_by_what_was_kept_elsewhere(north: Rooftop):
    _, said = verified("--rooftop", "NORTH", verbosity=2)
    kept = said.split("keep ")[1].split(" ")[0]
    assert kept.startswith("7:")
    assert verified("--rooftop", "NORTH", "--kept", kept) == (0, "NORTH: 7 entries hold.\n")
    with pgtrigger.ignore():
        Presentation.objects.update(to_name="Nobody")
        forged(1, to_name="Nobody")
    assert verified("--rooftop", "NORTH")[0] == 0, "from the inside nothing shows"
    code, said = verified("--rooftop", "NORTH", "--kept", kept)
    assert (code, "Entry 7: It is not the one that was kept elsewhere." in said) == (1, True)
    assert "Entry 9 was kept elsewhere" in record.verify(north, {9: "0" * 64}).problem
    with pytest.raises(CommandError, match="64 hexadecimal digits"):
        verified("--rooftop", "NORTH", "--kept", "7:abc")
    with pytest.raises(CommandError, match="which rooftop"):
        verified("--kept", kept)


def test_checking_a_longer_record_takes_no_more_queries(cast: Cast, north: Rooftop):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert record.verify(north).problem == ""
        return len(captured)

    once = queries()
    for number in range(3):
        order = make_order(cast, number=f"77{number}")
        inspection = make_inspection(cast, order)
        make_item(cast, inspection)
        shown(cast, order, drafting.draft_from_inspection(inspection=inspection, at=AT))
    assert queries() == once


@pytest.mark.django_db(transaction=True)
def test_a_restored_backup_is_checked_the_same_way_and_a_superusers_hand_in_it_is_found(tmp_path: Path):
    """pg_dump, pg_restore into another database, verify_record there; then every trigger off, and one answer edited."""
    a_visit(make_cast())
    places = Places(Path(settings.LANE_HOME))
    programs, name = places.programs(postgres.installed()), connection.settings_dict["NAME"]
    copy, backup = f"{name}_restored", tmp_path / "backup"

    def run(program: str, *arguments: str | Path) -> None:
        as_owner = ["-h", str(places.postgres_socket), "-U", postgres.OWNER_ROLE]
        subprocess.run([programs / program, *as_owner, *arguments], check=True, capture_output=True)

    run("pg_dump", "-Fc", "-f", backup, name)
    run("dropdb", "--if-exists", copy)
    run("createdb", copy)
    try:
        run("pg_restore", "--no-owner", "-d", copy, backup)
        connection.close()
        connection.settings_dict["NAME"] = copy
        assert verified() == (0, "NORTH: 7 entries hold.\nRIVER: 0 entries hold.\n")
        with psycopg.connect(postgres.address(places, postgres.SUPERUSER, copy)) as superuser:
            superuser.execute("SET session_replication_role = replica")
            superuser.execute("UPDATE recommendations_decision SET answer = 'approved' WHERE answer = 'declined'")
        code, said = verified()
        assert code == 1
        assert "is not as recorded: answer. 4 entries before it hold." in said
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
        run("dropdb", "--if-exists", copy)
