"""Taking in NHTSA's recall list: as it ships, in bounded memory, twice the same, and nothing of another file."""

import io
import tracemalloc
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from customers.actions.recalls import IMPORT_LOCK, Busy, import_recalls, run_recalls
from customers.models import Recall, RecallFile
from customers.recall_files import BATCH, NotTheList
from customers.rules.recalls import OtherLayout
from dealership.models import Entry
from tests.cast import AT
from tests.customers.recall_list import bring, line, text, zipped

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=7)


def figures(file: RecallFile) -> tuple[int, int, int, int, int]:
    return file.added, file.changed, file.unchanged, file.withdrawn, file.rejected


def checksum() -> str:
    """Of every row of the table, all its columns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT md5(string_agg(r::text, '' ORDER BY record_id)) FROM customers_recall r")
        [found] = cursor.fetchone()
    return str(found)


def test_a_list_comes_in_and_leaves_a_trace() -> None:
    file = bring([line(), line(1, MODELTXT="CR-V"), line(2, RCLTYPECD="T"), line(3, DATEA="20261101")])
    assert figures(file) == (3, 0, 0, 0, 0)
    assert (file.rows, file.left_out, file.newest_on) == (4, {"tires": 1}, date(2026, 11, 1))
    assert (file.part, file.by_name, len(file.sha256)) == ("post", "test", 64)
    held = Recall.objects.get(pk=900001)
    assert (held.campaign, held.make_key, held.model_key, held.file) == ("26V000001", "HONDA", "RIDGELINE", file)
    entry = Entry.objects.about(file).get()
    assert (entry.event, entry.detail["added"], entry.by_name) == ("recalls.imported", 3, "test")


def test_the_same_list_again_changes_nothing() -> None:
    rows = [line(number) for number in range(30)]
    bring(rows)
    before = checksum()
    again = bring(rows, at=LATER)
    assert figures(again) == (0, 0, 30, 0, 0)
    assert checksum() == before


def test_a_newer_list_adds_changes_and_withdraws_and_deletes_nothing() -> None:
    bring([line(0), line(1), line(2)])
    file = bring([line(0), line(1, DESC_DEFECT="The pump may leak."), line(3)], at=LATER)
    assert figures(file) == (1, 1, 1, 1, 0)
    gone = Recall.objects.get(pk=900003)
    assert (gone.withdrawn_at, gone.file) == (LATER, file)
    assert Recall.objects.get(pk=900002).defect == "The pump may leak."
    back = bring([line(0), line(1, DESC_DEFECT="The pump may leak."), line(2), line(3)], at=LATER + timedelta(1))
    assert figures(back) == (0, 1, 3, 0, 0)
    gone.refresh_from_db()
    assert (gone.withdrawn_at, gone.added_at) == (None, LATER + timedelta(1))


def test_the_two_parts_withdraw_nothing_of_each_other() -> None:
    bring([line(0)], part="pre")
    assert figures(bring([line(1)], part="post")) == (1, 0, 0, 0, 0)
    assert not Recall.objects.exclude(withdrawn_at=None).exists()


def test_a_bad_row_is_named_and_the_others_come_in() -> None:
    bring([line(0), line(1)])
    file = bring([line(0), line(1, RCDATE="20261399"), line(2, CAMPNO=""), line(3), line(3, CAMPNO="26V000002")])
    assert figures(file) == (1, 0, 1, 0, 3)
    assert file.rejects == [
        [2, 'RCDATE "20261399" is not a date like 20261118.'],
        [3, "CAMPNO is empty."],
        [5, "RECORD_ID 900004 is on row 4 already."],
    ]
    assert Recall.objects.get(pk=900002).withdrawn_at is None, "a row that cannot be read is no withdrawal"
    assert Recall.objects.get(pk=900004).campaign == "26V000001"


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (line(9) + "\tEXTRA", "has 30 columns"),
        ("\t".join(line(9).split("\t")[:24]), "has 24 columns"),
        (line(9).replace("\t", ","), "has 1 column"),
    ],
)
def test_other_columns_stop_it_before_anything_is_written(last: str, said: str) -> None:
    rows = [line(number) for number in range(BATCH + 5)]
    with pytest.raises(OtherLayout, match=f"Row {BATCH + 6:,} {said}. Expected: 29 columns"):
        bring([*rows, last])
    assert not Recall.objects.exists()
    assert not RecallFile.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"\r\n\r\n", "The file is empty."),
        (text(line(RCLTYPECD="E")), "No row about a vehicle could be taken."),
        (text(line(CAMPNO="")), "No row about a vehicle could be taken. Row 1: CAMPNO is empty."),
        (text(*(line(n, RCDATE="HONDA") for n in range(30)), line(40)), "30 of 31 rows are not right, .* row 1:"),
        (b"x" * 300_000, "Row 1 is longer than 262,144 bytes"),
        (zipped(text(line()), "readme.md"), "The zip should hold one .txt file. It holds readme.md."),
        (zipped(text(line()) * 50)[:-60] + b"PK\x05\x06" + b"\x00" * 18, "The zip should hold one .txt file."),
    ],
)
def test_what_is_not_the_list_is_refused_with_a_reason(content: bytes, said: str) -> None:
    with pytest.raises(NotTheList, match=said):
        bring(content)
    assert not Recall.objects.exists()


def test_a_damaged_zip_is_refused_though_its_rows_could_be_read() -> None:
    whole = bytearray(zipped(text(*(line(n) for n in range(200)))))
    whole[whole.index(b"PK\x01\x02") + 16] ^= 0xFF  # its checksum, in the directory
    with pytest.raises(NotTheList, match=r"The zip cannot be read: .* Download it again"):
        bring(bytes(whole))
    assert not Recall.objects.exists()


def test_an_older_or_a_cut_list_is_refused_unless_somebody_insists() -> None:
    rows = [line(number, DATEA="20261101") for number in range(100)]
    bring(rows)
    with pytest.raises(NotTheList, match=r"older than the one held of POST_2010: its newest record is of 2026-01-05"):
        bring([line(number) for number in range(100)])
    with pytest.raises(NotTheList, match="lacks 60 of the 100 records held of POST_2010"):
        bring(rows[:40])
    assert not Recall.objects.exclude(withdrawn_at=None).exists()
    assert figures(bring(rows[:40], anyway=True)) == (0, 0, 40, 60, 0)


def test_the_zip_as_it_ships_is_the_same_as_its_text() -> None:
    content = text(*(line(number) for number in range(50)))
    bring(content)
    before = checksum()
    assert figures(bring(zipped(content), name="FLAT_RCL_POST_2010.zip")) == (0, 0, 50, 0, 0)
    assert checksum() == before


def test_texts_come_in_as_they_were_written() -> None:
    odd = 'Back\\slash, "quote, {brace}, \\N, \\., \r inside'
    latin = line(1, DESC_DEFECT="Citro\xebn: 5 \xb0C").encode("latin-1")
    bring(text(line(DESC_DEFECT=odd)) + latin + b"\n" + text(line(2, DESC_DEFECT="Škoda — 5 °C"), end="\n"))
    assert list(Recall.objects.order_by("pk").values_list("defect", flat=True)) == [
        odd,
        "Citroën: 5 °C",
        "Škoda — 5 °C",
    ]


class Endless(io.RawIOBase):
    """A list that is made as it is read, so that no test holds it in memory."""

    def __init__(self, rows: int) -> None:
        self.rows, self.place, self.waiting = rows, 0, b""
        self.filler = "It may happen while driving. " * 40

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.waiting and self.place < self.rows:
            self.waiting = text(line(self.place, DESC_DEFECT=f"{self.place} {self.filler}"))
            self.place += 1
        taken, self.waiting = self.waiting[: len(buffer)], self.waiting[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.place, self.waiting = self.rows if whence == io.SEEK_END else 0, b""
        return 0

    def tell(self) -> int:
        return 0


def peak_of(rows: int) -> int:
    tracemalloc.start()
    try:
        stream: Any = io.BufferedReader(Endless(rows))
        import_recalls(stream=stream, name="made", part="post", by=None, by_name="test", at=AT, anyway=True)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_list_three_times_as_long_takes_no_more_memory() -> None:
    """Both are longer than what is held at a time; were the rows kept, the longer one would take 7 MB more."""
    short, long = peak_of(3 * BATCH), peak_of(9 * BATCH)
    assert Recall.objects.count() == 9 * BATCH
    assert long < short + 1_000_000


def test_the_command_says_what_came_of_it(tmp_path: Path) -> None:
    path = tmp_path / "FLAT_RCL_POST_2010.zip"
    path.write_bytes(zipped(text(line(0), line(1, CAMPNO=""), line(2, RCLTYPECD="C"))))
    out, err = io.StringIO(), io.StringIO()
    call_command("import_recalls", str(path), stdout=out, stderr=err)
    assert out.getvalue() == (
        "POST_2010: 3 rows, added 1, changed 0, unchanged 0, withdrawn 0, rejected 1; "
        "not about vehicles: 1 child seats\n"
    )
    assert err.getvalue() == "row 2: CAMPNO is empty.\n"


def test_of_two_lists_at_once_one_waits(tmp_path: Path) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (IMPORT_LOCK,))
        with pytest.raises(Busy):
            bring([line()])
        path = tmp_path / "FLAT_RCL_POST_2010.txt"
        path.write_bytes(text(line()))
        with pytest.raises(CommandError, match="Another recall list is being taken in"):
            call_command("import_recalls", str(path))
        waiting = RecallFile.objects.create(
            name="a.zip", part="post", file="recalls/a.zip", status="waiting", by_name="test", at=AT
        )
        assert run_recalls(recall_file_id=waiting.pk, now=lambda: AT) is False
        waiting.refresh_from_db()
        assert waiting.status == "waiting"
    finally:
        other.close()
    assert not Recall.objects.exists()
    assert figures(bring([line()])) == (1, 0, 0, 0, 0)


def test_the_command_refuses_in_words(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    with pytest.raises(CommandError, match="add --part pre or post"):
        call_command("import_recalls", str(path))
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_recalls", str(path), part="post")
    path.write_bytes(text(line() + "\tEXTRA"))
    with pytest.raises(CommandError, match="Row 1 has 30 columns"):
        call_command("import_recalls", str(path), part="post")
