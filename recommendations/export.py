"""One repair order as one file for an inspector: each paper as it was, what was shown, its part of the record, its
messages and its photos, with the commands that check all of it without us.
"""

import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dealership.models import OutboxMessage
from recommendations import documents
from recommendations.actions import record
from recommendations.models import (
    CustomerLink,
    DeclinedNotice,
    Invoice,
    Presentation,
    PresentedLine,
    RecordEntry,
    RecordHead,
)
from recommendations.rules import GENESIS, canonical_json
from service_lane.models import Photo, RepairOrder
from service_lane.rules.pricing import dollars

STYLES = Path(__file__).resolve().parents[1] / "static" / "css" / "lane.css"
TOKEN = re.compile(r"/v/[A-Za-z0-9_-]{16,}")
"""A customer's secret address: a copy for somebody else must not open their page."""
PIECE = 64 * 1024


@dataclass(frozen=True)
class Bundle:
    """What goes into the file: texts by their path, photos as they lie in the store, and the fingerprint of the list
    of all fingerprints, which the audit trail keeps."""

    name: str
    files: dict[str, bytes]
    photos: dict[str, Photo]
    sums: str
    at: datetime


@dataclass
class _Sheets:
    """Papers on their way into the file, each as data and as a page that opens by itself."""

    order: RepairOrder
    photos: Collection[str]
    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, title: str, template: str, document: dict[str, Any], **more: Any) -> None:
        kept = record.plain(document)
        self.files[f"papers/{name}.json"] = canonical_json(kept).encode()
        read = documents.read_back(kept)
        for line in read.get("lines") or ():
            for photo in line["shown"]["evidence"].get("photos", ()):
                path = f"photos/{photo['sha256']}.jpg"
                photo |= {"src": f"../{path}"} if path in self.photos else {"lost": True}
        store = read["rooftop"] | {"registration_number": read["rooftop"]["registration"]}
        context = {"order": self.order, "rooftop": store, "doc": read, "title": title, **more}
        page = page_of(title, render_to_string(template, context), self.order, read.get("language", "en"))
        self.files[f"papers/{name}.html"] = page


def bundle(order: RepairOrder, at: datetime) -> Bundle:
    """Everything about `order`, as it stands at `at`.

    The record is read last: what was shown is never without its entry.  Of an order whose customer was forgotten only
    its links of the record go out: the hashes of what was erased, and the entry that says so.
    """
    is_erased = order.erased_at is not None
    with timezone.override(order.rooftop.zone):
        photos = _photos(order)
        notices = {} if is_erased else _notices(order)
        files = {} if is_erased else _papers(order, photos, notices, at)
        messages = _messages(order)
        files["messages.json"] = _json(messages)
        files["messages.html"] = page_of(
            f"Messages, {order}", render_to_string("recommendations/export_messages.html", {"rows": messages}), order
        )
        shown = {f"shown/{line.sha256}.json": line for line in ([] if is_erased else _shown(order))}
        files |= {path: canonical_json(line.snapshot).encode() for path, line in shown.items()}
        named = [f"{line.sha256}  {path}" for path, line in shown.items()]
        bill = None if is_erased else Invoice.objects.filter(repair_order=order).first()
        named += [f"{bill.sha256}  papers/invoice.json"] if bill else []
        named += [f"{notice.sha256}  papers/{name}.json" for name, notice in notices.items()]
        entries = _chain(order)
        read = [one for one in entries if not one["erased"]]
        files |= {one["file"]: _hashed(one).encode() for one in read}
        if entries:
            files["chain.json"] = _json(_told_chain(order, entries))
            files["chain.sha256"] = _list(f"{one['hash']}  {one['file']}" for one in read)
        if named:
            files["shown.sha256"] = _list(named)
        readme = {
            "order": order,
            "at": at,
            "papers": [name for name in files if name.startswith("papers/") and name.endswith(".html")],
            "heads_of_today": [] if is_erased else _heads_of_today(order),
            "entries": entries,
            "named": named,
            "erased": len(entries) - len(read),
            "photos": len(photos),
            "lost": _lost(order, photos),
        }
        files = {"README.txt": render_to_string("recommendations/export_readme.txt", readme).encode(), **files}
    sums = [f"{sha256(content).hexdigest()}  {path}" for path, content in files.items()]
    sums += [f"{photo.sha256}  {path}" for path, photo in photos.items()]
    files["SHA256SUMS"] = _list(sums)
    name = f"RO-{re.sub(r'[^A-Za-z0-9-]', '', order.number)}.zip"
    return Bundle(name, files, photos, sha256(files["SHA256SUMS"]).hexdigest(), at)


def stream(bundle: Bundle) -> Iterator[bytes]:
    """The zip file in pieces, never whole in memory; photos are read from the store one after the other."""
    out = _Pipe()
    day = bundle.at.timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in bundle.files.items():
            packed.writestr(_entry(path, day, zipfile.ZIP_DEFLATED), content)
            yield out.taken()
        for path, photo in bundle.photos.items():
            with photo.image.open("rb") as kept, packed.open(_entry(path, day, zipfile.ZIP_STORED), "w") as member:
                while piece := kept.read(PIECE):
                    member.write(piece)
                    yield out.taken()
    yield out.taken()


class _Pipe:
    """Somewhere to write that cannot be sought in; what was written is taken away in pieces."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self.pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def close(self) -> None:
        """There is nothing to let go of."""

    def taken(self) -> bytes:
        whole = b"".join(self.pieces)
        self.pieces.clear()
        return whole


def _entry(path: str, day: tuple[int, ...], how: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, (day[0], day[1], day[2], day[3], day[4], day[5]))
    entry.compress_type = how
    entry.external_attr = 0o644 << 16
    return entry


# --- papers ----------------------------------------------------------------------------------------------------------


def _papers(
    order: RepairOrder, photos: Collection[str], notices: Mapping[str, DeclinedNotice], at: datetime
) -> dict[str, bytes]:
    """Each estimate as it was shown, every answer, the bill, and the declined-work notices, by their path."""
    sheets = _Sheets(order, photos)
    for place, document in enumerate(documents.shown_documents(order), start=1):
        is_first = document["paper"] == "estimate"
        name, title = ("estimate", "Estimate") if is_first else ("revised-estimate", "Revised estimate")
        sheets.add(f"{name}-{place}", f"{title}, {order}", "recommendations/export_estimate.html", document)
    answers = documents.authorizations_document(order, at)
    title = f"Record of authorizations, {order}"
    sheets.add("authorizations", title, "recommendations/export_answers.html", answers)
    if bill := Invoice.objects.filter(repair_order=order).first():
        sheets.add("invoice", f"Invoice, {order}", "recommendations/paper_invoice.html", bill.document, bill=bill)
    for name, notice in notices.items():
        title = f"Declined work, {order}"
        sheets.add(name, title, "recommendations/paper_notice.html", notice.document, notice=notice)
    if not notices and documents.not_agreed(order):
        unsigned = documents.declined_document(order, at)
        sheets.add("declined-work", f"Declined work, {order}", "recommendations/paper_notice.html", unsigned)
    return sheets.files


def _heads_of_today(order: RepairOrder) -> list[str]:
    """Which estimates, counted from 1, were shown before the head of a paper was kept with it."""
    showings = Presentation.objects.filter(repair_order=order).order_by("at", "pk").values_list("head", flat=True)
    return [str(place) for place, head in enumerate(showings, start=1) if not head]


def _notices(order: RepairOrder) -> dict[str, DeclinedNotice]:
    """Each declined-work notice that ended, the first one first, by the name of its paper."""
    found = DeclinedNotice.objects.of(order).order_by("at", "pk")
    return {f"declined-work-{place}": notice for place, notice in enumerate(found, start=1)}


def page_of(title: str, body: str, order: RepairOrder, language: str = "en") -> bytes:
    """A page that needs nothing beside itself: the styles of the papers inside, no script, no font, no address."""
    return format_html(
        '<!doctype html>\n<html lang="{}" data-run="{}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{}</title><style>{}</style></head>'
        '<body class="paper" data-theme="light"><main>{}</main></body></html>\n',
        language,
        f"{order}, {order.rooftop.name}",
        title,
        _styles(),
        mark_safe(body),  # rendered from our own templates, escaped there
    ).encode()


@cache
def _styles() -> SafeString:
    """The one stylesheet without its font, which lies in another file; the reader's own stands in for it."""
    return mark_safe(re.sub(r"@font-face \{.*?\}", "", STYLES.read_text(), flags=re.DOTALL))  # our own file


# --- what was shown, sent and photographed ---------------------------------------------------------------------------


def _shown(order: RepairOrder) -> list[PresentedLine]:
    """Every line as it was shown, each content once."""
    rows = PresentedLine.objects.filter(presentation__repair_order=order).order_by("pk")
    return list({line.sha256: line for line in rows}.values())


def _messages(order: RepairOrder) -> list[dict[str, Any]]:
    """What was sent about this order, the first one first, without the secret part of any address."""
    links = CustomerLink.objects.filter(repair_order=order).values("pk")
    about_link = Q(about_type=CustomerLink._meta.label_lower, about_id__in=links)
    about_order = Q(about_type=RepairOrder._meta.label_lower, about_id=order.pk)
    found = OutboxMessage.objects.filter(about_link | about_order).order_by("created_at", "pk")
    return [
        {
            "kind": str(one.kind),
            "purpose": one.purpose,
            "to": one.to,
            "subject": one.subject,
            "body": TOKEN.sub("/v/(secret)", one.body),
            "status": str(one.status),
            "created_at": one.created_at,
            "done_at": one.done_at,
            "provider_answer": one.provider_answer,
        }
        for one in found
    ]


def _of_order(order: RepairOrder) -> Q:
    return Q(repair_order=order) | Q(write_up__repair_order=order) | Q(item__inspection__repair_order=order)


def _photos(order: RepairOrder) -> dict[str, Photo]:
    """Photos of this order that the store still holds, by their path in the file; the same picture once."""
    found = Photo.objects.filter(_of_order(order), status=Photo.Status.READY).order_by("taken_at", "pk")
    return {
        f"photos/{photo.sha256}.jpg": photo
        for photo in found
        if photo.image.name and photo.image.storage.exists(photo.image.name)
    }


def _lost(order: RepairOrder, photos: dict[str, Photo]) -> list[str]:
    """Fingerprints of photos the store no longer holds."""
    known = {photo.sha256 for photo in photos.values()}
    rows = Photo.objects.filter(_of_order(order), status=Photo.Status.READY).exclude(sha256__in=known)
    return list(rows.order_by("sha256").values_list("sha256", flat=True).distinct())


# --- the record ------------------------------------------------------------------------------------------------------


def _chain(order: RepairOrder) -> list[dict[str, Any]]:
    """The order's entries, each with its content, and the hashes of the entries before and after it."""
    mine = list(RecordEntry.objects.filter(repair_order=order).order_by("sequence"))
    beside = {place for entry in mine for place in (entry.sequence - 1, entry.sequence + 1)}
    around = {
        row["sequence"]: row
        for row in RecordEntry.objects.filter(rooftop=order.rooftop, sequence__in=beside).values(
            "sequence", "previous_hash", "hash"
        )
    }
    return [
        {
            "sequence": entry.sequence,
            "kind": str(entry.kind),
            "says": _in_words(entry),
            "at": entry.at,
            "file": f"chain/{entry.sequence:09}.txt" if entry.payload else "",
            "erased": not entry.payload,
            "previous_hash": entry.previous_hash,
            "hash": entry.hash,
            "before": around.get(entry.sequence - 1, {"sequence": 0, "hash": GENESIS}),
            "after": around.get(entry.sequence + 1),
            "payload": entry.payload,
        }
        for entry in mine
    ]


def _in_words(entry: RecordEntry) -> str:
    """What an entry is about, as an inspector reads it: also what changed, how it ended, and what they said."""
    words, said = str(entry.get_kind_display()), entry.payload
    if not said:
        return f"{words}; its content was erased"
    if entry.kind == RecordEntry.Kind.PARTS_CHOSEN:
        return f"{words}: {'wants them back' if said['wants_back'] else 'does not want them back'}"
    if entry.kind == RecordEntry.Kind.NAMED:
        return f"{words}: {said['designee']}, up to {dollars(Decimal(said['limit']))}, named by {said['named_by']}"
    if entry.kind == RecordEntry.Kind.VOIDED:
        return f"{words}: {dollars(Decimal(said['total']))} became {dollars(Decimal(said['new_total']))}"
    if entry.kind == RecordEntry.Kind.NOTICED:
        who = f", {said['signed_name']}" if said["signed_name"] else f", seen by {said['witness']}"
        return f"{words}: {DeclinedNotice.How(said['how']).label.lower()}{who}"
    return words


def _hashed(entry: dict[str, Any]) -> str:
    """Exactly the text whose SHA-256 is the entry's hash: the hash before it, a line feed, its content."""
    return f"{entry['previous_hash']}\n{canonical_json(entry['payload'])}"


def _told_chain(order: RepairOrder, entries: list[dict[str, Any]]) -> dict[str, Any]:
    head = RecordHead.objects.get(rooftop=order.rooftop)
    return {
        "rooftop": order.rooftop.name,
        "repair_order": order.number,
        "newest": {"sequence": head.sequence, "hash": head.hash},
        "entries": [{key: value for key, value in one.items() if key != "payload"} for one in entries],
    }


def _json(content: Any) -> bytes:
    return canonical_json(content).encode()


def _list(rows: Any) -> bytes:
    return ("\n".join(rows) + "\n").encode()
