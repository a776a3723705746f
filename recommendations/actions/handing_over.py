"""What goes back with the car: replaced parts, and the declined-work notice with how it ended."""

from datetime import datetime
from typing import Any

from django.db import transaction

from dealership import audit
from dealership.models import Staff
from recommendations import documents
from recommendations.actions import record
from recommendations.actions.presenting import lock
from recommendations.models import Advisory, DeclinedNotice, Language, PartsChoice, RecordEntry
from service_lane.models import RepairOrder
from service_lane.rules import Missing
from service_lane.rules.signature import Unreadable, read

UNSIGNED = frozenset({DeclinedNotice.How.REFUSED, DeclinedNotice.How.ABSENT})


class NotWritten(ValueError):
    """Nothing was kept.  `missing` says what is wrong, field by field."""

    def __init__(self, *missing: Missing) -> None:
        self.missing = missing
        super().__init__(" ".join(one.message for one in missing))


@transaction.atomic(durable=True)
def choose_parts(*, repair_order: RepairOrder, wants_back: bool, by: Staff, at: datetime) -> PartsChoice:
    """Keep what the customer said about their replaced parts (California B&P Code 9884.10; O. Reg. 17/05), and return
    it.  Said again, it is another row, and the last one counts.  Raises presenting.CannotPresent on a closed order.
    """
    lock(repair_order)
    choice = PartsChoice.objects.create(repair_order=repair_order, wants_back=wants_back, by=by, at=at)
    record.append(
        rooftop=repair_order.rooftop,
        kind=RecordEntry.Kind.PARTS_CHOSEN,
        repair_order=repair_order,
        row_id=choice.pk,
        payload=record.parts_choice_payload(choice),
        at=at,
    )
    audit.record("replaced_parts.chosen", about=repair_order, by=by, at=at, wants_back=wants_back)
    return choice


def seen(document: dict[str, Any]) -> str:
    """The fingerprint of a notice's lines as they are read: what the form that ends it sends back."""
    return record.fingerprint({"lines": record.plain(document)["lines"]})


def standing_notice(order: RepairOrder) -> DeclinedNotice | None:
    """The notice that speaks of exactly what is not agreed now; None when none was put before them, or lines changed.

    An answer given twice, or the same lines in the other language, is the same notice.
    """
    last = DeclinedNotice.objects.of(order).first()
    if last is None:
        return None
    lines = [(one["advisory"], one["sha256"], one["answer"]) for one in last.document["lines"]]
    now = [(one["advisory"], one["sha256"], one["answer"]) for one in documents.not_agreed(order)]
    return last if lines == now else None


def wants_notice(order: RepairOrder) -> bool:
    """Whether this visit ends in a no to everything: something was said no to for now, and nothing was agreed."""
    lines = Advisory.objects.filter(repair_order=order).live()
    noes = lines.exclude(answer__in=("", Advisory.Answer.APPROVED, Advisory.Answer.NEEDS_INFO))
    return noes.exists() and not lines.approved().exists()


@transaction.atomic(durable=True)
def end_with_notice(
    *,
    repair_order: RepairOrder,
    as_seen: str,
    language: str,
    name: str = "",
    drawing: str = "",
    unsigned: str = "",
    witness: str = "",
    by: Staff,
    at: datetime,
) -> DeclinedNotice:
    """Keep the declined-work notice exactly as it was read, with how it ended, and return it.

    It ends with a typed name, a drawing (the customer's name stands for who drew it), or `unsigned`: "refused" or
    "absent", seen by a `witness` besides `by`.  `as_seen` is `seen` of what was read.  When the notice stands already,
    it is returned.  Raises NotWritten (by field), and presenting.CannotPresent on a closed order.
    """
    lock(repair_order)
    if standing := standing_notice(repair_order):
        return standing
    document = documents.declined_document(repair_order, at, language=Language(language))
    how, lines, missing = _how_it_ended(name, drawing, unsigned, witness, by)
    if not document["lines"]:
        missing.append(Missing("signed_name", "Everything shown was agreed to, so there is nothing to sign."))
    elif seen(document) != as_seen:
        missing.append(Missing("signed_name", "Something changed while this was read. Read it again, then sign."))
    missing += [Missing("signed_name", sentence) for sentence in document["missing"]]
    if missing:
        raise NotWritten(*missing)
    is_signed = how not in UNSIGNED
    content = record.plain(document)
    notice = DeclinedNotice.objects.create(
        repair_order=repair_order,
        document=content,
        sha256=record.fingerprint(content),
        language=language,
        how=how,
        signed_name=(name.strip() or repair_order.customer.name) if is_signed else "",
        svg=lines if is_signed else "",
        witness="" if is_signed else witness.strip(),
        by=by,
        at=at,
    )
    record.append(
        rooftop=repair_order.rooftop,
        kind=RecordEntry.Kind.NOTICED,
        repair_order=repair_order,
        row_id=notice.pk,
        payload=record.notice_payload(notice),
        at=at,
    )
    audit.record(
        "declined_notice.ended",
        about=repair_order,
        by=by,
        at=at,
        notice=notice.pk,
        how=notice.how,
        sha256=notice.sha256,
        witness=notice.witness,
    )
    return notice


def _how_it_ended(name: str, drawing: str, unsigned: str, witness: str, by: Staff) -> tuple[str, str, list[Missing]]:
    """How it ended, the lines of a drawing ("" without one), and what is missing."""
    how = DeclinedNotice.How
    if unsigned:
        seen_by = witness.strip()
        if unsigned not in UNSIGNED:
            return unsigned, "", [Missing("unsigned", "Say whether they would not sign or were not here.")]
        if not seen_by:
            return unsigned, "", [Missing("witness", "Enter the full name of who saw it besides you.")]
        if seen_by.casefold() == by.name.casefold():
            return unsigned, "", [Missing("witness", "A witness is somebody besides you.")]
        return unsigned, "", []
    try:
        drawn = read(drawing)
    except Unreadable as refusal:
        return how.TYPED, "", [Missing("signed_name", str(refusal))]
    if drawn is None and not name.strip():
        return how.TYPED, "", [Missing("signed_name", "Type your full name, or sign by hand.")]
    return (how.DRAWN, drawn.svg, []) if drawn else (how.TYPED, "", [])
