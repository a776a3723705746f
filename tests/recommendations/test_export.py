"""An order taken out for an inspector: whole, readable by itself, and checked by its own instructions."""

import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pgtrigger
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from dealership.models import Entry, OutboxMessage, Rooftop
from recommendations.actions import handing_over, invoicing, record
from recommendations.models import Presentation, RecordEntry
from service_lane.actions import photos
from service_lane.models import InspectionItem, RepairOrder
from service_lane.rules.pictures import develop
from tests.cast import AT, Cast, make_customer, make_order, make_vehicle
from tests.recommendations.lines import shown
from tests.recommendations.pages import (
    answered_at_counter,
    finish_agreed,
    logged_in,
    notice_signed,
    oil_signed_for,
    send_link,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 11:38 on that Monday at the counter."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.fixture
def order(cast: Cast, settings: Any, tmp_path: Path) -> RepairOrder:
    """Between entries of other orders: an oil change signed for, pads agreed and done, a boot declined and shown again
    with a photo, the bill, the declined-work notice signed, and the replaced parts wanted back."""
    settings.MEDIA_ROOT = tmp_path / "media"
    oil_signed_for(cast, another_order(cast))
    order = make_order(cast)
    oil_signed_for(cast, order)
    _pads, boot = answered_at_counter(cast, order, "approved", "declined")
    photograph(cast, boot.finding)
    shown(cast, order, [boot])
    finish_agreed(cast, order)
    invoicing.invoice(repair_order=order, by=cast.ada, at=AT)
    notice_signed(cast, order)
    handing_over.choose_parts(repair_order=order, wants_back=True, by=cast.ada, at=AT)
    oil_signed_for(cast, another_order(cast))
    return order


def another_order(cast: Cast) -> RepairOrder:
    return make_order(cast, customer=make_customer("Nora", "Feld", phone=""), vehicle=make_vehicle(plate=""))


def photograph(cast: Cast, item: InspectionItem | None) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (320, 180), "#2b3038").save(drawn, "JPEG")
    upload = SimpleUploadedFile("drawn.jpg", drawn.getvalue(), "image/jpeg")
    photo = photos.add_photo(rooftop=cast.north, upload=upload, item=item, caption="Drawn", by=cast.tess, at=AT)
    photos.settle_photo(photo=photo, develop=develop, at=AT)


def taken_out(cast: Cast, order: RepairOrder) -> Any:
    return logged_in(cast.max).post(reverse("recommendations:order-export", args=[order.pk]))


def unpacked(cast: Cast, order: RepairOrder, where: Path) -> Path:
    answer = taken_out(cast, order)
    assert answer.status_code == 200
    folder = where / "inspector"
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as packed:
        assert packed.testzip() is None
        packed.extractall(folder)
    return folder


def commands(folder: Path) -> list[str]:
    """The lines of the README that are to be run: those indented by four spaces."""
    return re.findall(r"^ {4}(\S.*)$", (folder / "README.txt").read_text(), re.MULTILINE)


def followed(folder: Path) -> list[str]:
    """What its own commands say when they fail; nothing of this project is on the way to be found by them."""
    wrong = []
    for command in commands(folder):
        ran = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if ran.returncode:
            wrong.append(f"{command.split()[0]}: {ran.stdout}{ran.stderr}")
    return wrong


def test_it_is_whole_and_proves_itself_by_its_own_readme(cast: Cast, order: RepairOrder, tmp_path: Path) -> None:
    folder = unpacked(cast, order, tmp_path)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {
        "README.txt",
        "SHA256SUMS",
        "chain.json",
        "chain.sha256",
        "shown.sha256",
        "messages.html",
        "papers/estimate-1.html",
        "papers/revised-estimate-2.html",
        "papers/revised-estimate-3.html",
        "papers/authorizations.html",
        "papers/invoice.html",
        "papers/invoice.json",
        "papers/declined-work-1.html",
    } <= there
    assert len([name for name in there if name.startswith("photos/")]) == 1
    mine = RecordEntry.objects.filter(repair_order=order)
    assert len([name for name in there if name.startswith("chain/")]) == mine.count() > 5
    said = (folder / "README.txt").read_text()
    assert ": Declined-work notice ended: typed their name, Theo Brandt\n" in said
    assert ": Asked about replaced parts: wants them back\n" in said
    assert "papers/declined-work-1.json" in (folder / "shown.sha256").read_text()
    assert len(commands(folder)) == 6
    assert followed(folder) == []


def test_a_paper_opens_by_itself(cast: Cast, order: RepairOrder, tmp_path: Path) -> None:
    folder = unpacked(cast, order, tmp_path)
    for page in folder.rglob("*.html"):
        text = page.read_text()
        assert "<style>" in text
        assert not re.search("@font-face|<script", text)
        for address in re.findall(r"""(?:src|href)=["']([^"']+)["']""", text):
            assert (page.parent / address).is_file(), f"{page.name} needs {address}"
        assert not re.search(r"url\((?!#|data:)", text)
    drawn = (folder / "papers/revised-estimate-3.html").read_text()
    assert "../photos/" in drawn
    assert "A photo the store no longer holds" in drawn
    bill = (folder / "papers/invoice.html").read_text()
    assert [fact for fact in ("$387.29", order.number, cast.north.registration_number) if fact not in bill] == []


def refingerprint(folder: Path, *lists: str) -> None:
    """What somebody who changes a file would do next: make the lists fit it again."""
    for name in (*lists, "SHA256SUMS"):
        rows = [row.split("  ") for row in (folder / name).read_text().splitlines()]
        fixed = [f"{hashlib.sha256((folder / path).read_bytes()).hexdigest()}  {path}" for _, path in rows]
        (folder / name).write_text("\n".join(fixed) + "\n")


def change(folder: Path, pattern: str, before: str, after: str) -> None:
    path = next(path for path in sorted(folder.glob(pattern)) if before in path.read_text())
    path.write_text(path.read_text().replace(before, after))


TAMPERING: dict[str, Callable[[Path], Any]] = {
    "a paper": lambda at: change(at, "papers/invoice.html", "$387.29", "$337.29"),
    "a photo": lambda at: next(at.glob("photos/*")).write_bytes(b"another"),
    "a line that was shown is gone": lambda at: next(at.glob("shown/*")).unlink(),
    "the bill, and the list": lambda at: (change(at, "papers/invoice.json", "387.29", "337.29"), refingerprint(at)),
    "what was shown, and both lists": lambda at: (
        change(at, "shown/*", "387.29", "337.29"),
        refingerprint(at, "shown.sha256"),
    ),
    "a signed notice, and both lists": lambda at: (
        change(at, "papers/declined-work-1.json", "168.00", "100.00"),
        refingerprint(at, "shown.sha256"),
    ),
    "an entry, and the list": lambda at: (change(at, "chain/*", "declined", "approved"), refingerprint(at)),
    "an entry, and both lists": lambda at: (
        change(at, "chain/*", "declined", "approved"),
        refingerprint(at, "chain.sha256"),
    ),
}


def test_a_changed_file_makes_its_commands_fail(cast: Cast, order: RepairOrder, tmp_path: Path) -> None:
    folder = unpacked(cast, order, tmp_path)
    for name, tamper in TAMPERING.items():
        copy = shutil.copytree(folder, tmp_path / name)
        tamper(copy)
        assert followed(copy) != [], name
    assert followed(folder) == []


def test_it_holds_nothing_of_another_order_and_no_secret_address(cast: Cast, tmp_path: Path) -> None:
    sent = send_link(cast)
    sent.answer()
    other = another_order(cast)
    oil_signed_for(cast, other)
    OutboxMessage.objects.filter(about_id=sent.link.pk).update(status="sent", done_at=timezone.now())
    folder = unpacked(cast, sent.order, tmp_path)
    text = "".join(path.read_text() for path in folder.rglob("*") if path.suffix != ".jpg" and path.is_file())
    assert "/v/(secret)" in text
    assert sent.token not in text
    assert other.number not in text
    assert followed(folder) == []


def test_an_order_with_nothing_on_it_goes_out_too(cast: Cast, tmp_path: Path) -> None:
    folder = unpacked(cast, make_order(cast), tmp_path)
    assert "sha256sum --check --quiet SHA256SUMS" in commands(folder)
    assert followed(folder) == []


def test_it_leaves_a_trace_with_what_tells_a_copy_from_a_changed_one(
    cast: Cast, order: RepairOrder, tmp_path: Path
) -> None:
    folder = unpacked(cast, order, tmp_path)
    entry = Entry.objects.about(order).get(event="order.exported")
    assert entry.by == cast.max
    assert entry.detail["sha256sums"] == hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()


def test_its_name_holds_the_number_and_nothing_else(cast: Cast, order: RepairOrder) -> None:
    answer = taken_out(cast, order)
    assert answer.streaming
    assert answer["Content-Disposition"] == f'attachment; filename="RO-{order.number}.zip"'


@pytest.mark.parametrize(("who", "code"), [("gus", 200), ("ada", 403), ("tess", 403), ("sam", 403), ("mallory", 403)])
def test_the_office_takes_it_out_and_nobody_else(cast: Cast, order: RepairOrder, who: str, code: int) -> None:
    client = logged_in(getattr(cast, who))
    url = reverse("recommendations:order-export", args=[order.pk])
    assert client.post(url).status_code == code
    assert client.get(url).status_code == 405
    assert Entry.objects.filter(event="order.exported").exists() == (code == 200)
    assert ("Export for an inspector" in client.get(order.get_absolute_url()).content.decode()) == (code == 200)


def test_a_manager_of_another_rooftop_finds_nothing(cast: Cast, order: RepairOrder) -> None:
    cast.mallory.roles.create(rooftop=cast.river, kind="service_manager")
    answer = logged_in(cast.mallory).post(reverse("recommendations:order-export", args=[order.pk]))
    assert answer.status_code == 404


def test_what_was_erased_goes_out_as_its_hash_and_proves_itself_as_rightly_erased(
    cast: Cast, order: RepairOrder, tmp_path: Path
) -> None:
    entries = list(RecordEntry.objects.filter(repair_order=order).order_by("sequence"))
    with transaction.atomic():
        payload = record.erased_payload(order.customer, entries)
        record.append(rooftop=cast.north, kind="erased", repair_order=order, row_id=1, payload=payload, at=AT)
    with pgtrigger.ignore():
        RecordEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(payload={})
    RepairOrder.objects.filter(pk=order.pk).update(erased_at=AT)

    folder = unpacked(cast, order, tmp_path)

    assert f"Of {len(entries)} entries of the record only the hash is left" in (folder / "README.txt").read_text()
    assert len(list(folder.glob("chain/*"))) == 1
    assert not list(folder.glob("papers/*")) + list(folder.glob("shown/*"))
    assert len(commands(folder)) == 4
    assert followed(folder) == []
    change(folder, "chain/*", entries[0].hash, "0" * 64)
    refingerprint(folder)
    assert [line.split(":")[0] for line in followed(folder)] == ["sha256sum", "python3"]


def test_an_estimate_carries_our_head_as_it_was_shown_and_says_so_where_none_was_kept(
    cast: Cast, order: RepairOrder, tmp_path: Path
) -> None:
    was = {"name": cast.north.name, "registration": cast.north.registration_number, "address": cast.north.address}
    Rooftop.objects.filter(pk=cast.north.pk).update(
        name="Bayview Honda", registration_number="ARD00999999", street="2 New Street"
    )
    order = RepairOrder.objects.get(pk=order.pk)
    folder = unpacked(cast, order, tmp_path)

    page = (folder / "papers" / "estimate-1.html").read_text()
    kept = json.loads((folder / "papers" / "estimate-1.json").read_text())
    assert kept["rooftop"] | was == kept["rooftop"]
    assert was["name"] in page
    assert "Bayview" not in page.replace(f"{order}, Bayview Honda", "")
    assert was["name"] in (folder / "papers" / "invoice.html").read_text()
    assert "Shown before heads were kept" not in (folder / "README.txt").read_text()

    with pgtrigger.ignore():
        Presentation.objects.filter(repair_order=order).update(head={})
    assert "is not as recorded: head" in record.verify(cast.north).problem
    older = unpacked(cast, order, tmp_path / "older")
    assert "The head of this paper was not kept" in (older / "papers" / "estimate-1.html").read_text()
    places = ", ".join(str(n + 1) for n in range(Presentation.objects.filter(repair_order=order).count()))
    assert f"Shown before heads were kept: estimates {places}. The whole" in (older / "README.txt").read_text()
