"""Showing lines to the customer: refused while anything is missing, and kept exactly as shown."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as word
from psycopg.errors import LockNotAvailable

from dealership import audit
from dealership.models import Staff
from recommendations import documents, estimate, prices
from recommendations.actions import record
from recommendations.models import Advisory, AdvisoryVersion, Presentation, PresentedLine, RecordEntry
from recommendations.signals import lines_presented
from service_lane.models import Photo, RepairOrder
from service_lane.rules import Missing, dollars


class CannotPresent(ValueError):
    """Nothing was shown.  Its message says why, in the advisor's words."""


class Incomplete(CannotPresent):
    """A line lacks something the customer must be told.  `missing` names it, line by line."""

    def __init__(self, missing: dict[int, tuple[Missing, ...]], titles: dict[int, str]) -> None:
        self.missing = missing
        first = next(iter(missing))
        super().__init__(f"{titles[first]} cannot be presented yet. {missing[first][0].message}")


class Busy(CannotPresent):
    """Others were writing to the order for as long as the database waits.  The same again will do."""


class Overtaken(CannotPresent):
    """A line was changed, taken off or started while this page was open."""


@transaction.atomic(durable=True)
def present(
    *,
    repair_order: RepairOrder,
    advisories: Collection[Advisory],
    channel: str,
    to_name: str,
    to_contact: str = "",
    by: Staff,
    at: datetime,
    as_seen: Mapping[int, int] | None = None,
) -> Presentation:
    """Show these lines as they stand and return the showing; its `lines` are what answers bind to.

    Raises Incomplete while a line lacks anything of promise 2, Overtaken when a line is no longer there to be shown,
    and CannotPresent when the order is not open, no line is named, or nobody is named to show it to.  `as_seen` is the
    version of each line (by advisory id) that was read out; a line that has another by now is Overtaken.
    """
    presentation = put_before(
        repair_order=repair_order,
        advisories=advisories,
        channel=channel,
        to_name=to_name,
        to_contact=to_contact,
        by=by,
        at=at,
        as_seen=as_seen,
    )
    lines = enter(presentation, at=at)
    audit.record(
        "lines.presented",
        about=presentation,
        by=by,
        at=at,
        channel=str(channel),
        to=to_name,
        lines=[line.advisory_id for line in lines],
        revised_total=str(presentation.revised_total),
    )
    lines_presented.send(sender=Presentation, presentation_id=presentation.pk)
    return presentation


def put_before(
    *,
    repair_order: RepairOrder,
    advisories: Collection[Advisory],
    channel: str,
    to_name: str,
    to_contact: str,
    by: Staff,
    at: datetime,
    as_seen: Mapping[int, int] | None = None,
) -> Presentation:
    """Inside the caller's transaction: the showing, its lines exactly as shown, and the lines marked as shown."""
    lock(repair_order)
    if not advisories:
        raise CannotPresent("Choose at least one line.")
    if not to_name.strip():
        raise CannotPresent("Say who it is shown to.")
    now = estimate.load(repair_order, at=at)
    wanted = {advisory.pk for advisory in advisories}
    lines = [line for line in now.lines if line.advisory.pk in wanted]
    if len(lines) < len(wanted) or any(line.advisory.work != Advisory.Work.NOT_STARTED for line in lines):
        raise Overtaken("A line was taken off, sent back or started meanwhile. Look at the estimate again.")
    for line in lines:
        if as_seen and as_seen.get(line.advisory.pk) != line.version.number:
            costs = f" It is {dollars(line.total)} now." if line.total is not None else ""
            raise Overtaken(f"{line.version.title} was changed while you had it open.{costs} Look at it again first.")
    added = sum((line.total or prices.ZERO for line in lines if not line.is_approved), Decimal("0.00"))
    for line in lines:
        line.revised_total = now.authorized + added
    if incomplete := {line.advisory.pk: line.missing for line in lines if line.missing}:
        raise Incomplete(incomplete, {line.advisory.pk: line.version.title for line in lines})
    presentation = Presentation(
        repair_order=repair_order,
        channel=channel,
        authorized_before=now.authorized,
        revised_total=now.authorized + added,
        to_name=to_name.strip(),
        to_contact=to_contact,
        by=by,
        at=at,
    )
    write_showing(presentation, lines)
    return presentation


def write_showing(presentation: Presentation, lines: Sequence[estimate.Line]) -> list[PresentedLine]:
    """Inside the caller's transaction: keep the showing and its lines as they read now, and mark them as shown."""
    presentation.head = record.plain(documents.our_side(presentation.repair_order))
    presentation.save(force_insert=True)
    snapshots = [(line, record.plain(line.snapshot)) for line in lines]
    kept = PresentedLine.objects.bulk_create(
        PresentedLine(
            presentation=presentation,
            advisory=line.advisory,
            version=line.version,
            snapshot=snapshot,
            sha256=record.fingerprint(snapshot),
        )
        for line, snapshot in snapshots
    )
    for line in lines:
        shown = Advisory.objects.filter(pk=line.advisory.pk).present(
            version=line.version.number, valid_until=line.version.valid_until
        )
        if not shown:
            raise Overtaken(f"{line.version.title} was changed meanwhile. Look at it again, then show it.")
    versions = AdvisoryVersion.objects.filter(pk__in=[line.version.pk for line in lines])
    versions.filter(presented_at=None).update(presented_at=presentation.at)
    return kept


def enter(presentation: Presentation, *, at: datetime) -> list[PresentedLine]:
    """Inside the caller's transaction, last: the board says who is waited for, and the record holds what was shown."""
    order = presentation.repair_order
    show_waiting(order, at=at)
    lines = list(presentation.lines.all())
    shown = [photo["name"] for line in lines for photo in line.snapshot["evidence"].get("photos", ())]
    Photo.objects.filter(name__in=shown).show(at=at)
    record.append(
        rooftop=order.rooftop,
        kind=RecordEntry.Kind.PRESENTED,
        repair_order=order,
        row_id=presentation.pk,
        payload=record.presentation_payload(presentation, lines),
        at=at,
    )
    return lines


def lock(repair_order: RepairOrder) -> None:
    """One at a time changes what an order's customer is shown and answers.

    Raises CannotPresent unless it is open, and Busy when so many write to it at once that the turn did not come.
    """
    open_now = RepairOrder.objects.select_for_update(no_key=True).here_now().filter(pk=repair_order.pk)
    try:
        is_open = open_now.values("pk").first()
    except OperationalError as failure:
        if isinstance(failure.__cause__, LockNotAvailable):
            raise Busy(_(TRY_AGAIN)) from failure
        raise
    if not is_open:
        raise CannotPresent("This repair order is not open any more.")


TRY_AGAIN = word("Somebody else is writing here at this moment. Nothing was saved yet. Please press again.")


def show_waiting(repair_order: RepairOrder, *, at: datetime) -> None:
    """The board's card: how many lines wait for the customer."""
    waiting = Advisory.objects.filter(repair_order=repair_order).unanswered().count()
    if waiting:
        RepairOrder.objects.filter(pk=repair_order.pk).show_waiting_for_answer(step=waiting_step(waiting), at=at)


def waiting_step(waiting: int) -> str:
    return "1 line shown, no answer yet" if waiting == 1 else f"{waiting} lines shown, no answer yet"
