"""The end of a visit: nothing left unsaid, nothing half done, and the car's miles on the way out."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from dealership import audit
from dealership.models import Staff
from recommendations import estimate
from recommendations.actions.handing_over import standing_notice, wants_notice
from recommendations.actions.links import GOOD_FOR
from recommendations.actions.presenting import lock
from recommendations.models import Advisory, CustomerLink, Invoice
from service_lane.models import Inspection, RepairOrder
from service_lane.signals import repair_order_closed


@dataclass(frozen=True)
class Blocker:
    """One thing that keeps the order open: a sentence, what it is about, and the line it speaks of, if one.

    `about` says where it is put right: "line" and "question" on the estimate, "work" on the order, "inspection",
    "bill", "notice", "miles", or "wait" when a task does it within seconds.
    """

    sentence: str
    about: str
    advisory_id: int | None = None


class CannotClose(ValueError):
    """The order stays open; `blockers` says what is left to do."""

    def __init__(self, blockers: list[Blocker]) -> None:
        self.blockers = blockers
        super().__init__(" ".join(one.sentence for one in blockers))


def blockers(order: RepairOrder) -> list[Blocker]:
    """What is unsaid, unfinished or unbilled on this order (promise 6 first); empty when it may close."""
    found: list[Blocker] = []
    lines = Advisory.objects.filter(repair_order=order).live()
    titled = lines.prefetch_related("versions").order_by("position", "pk")
    for line in titled:
        title = next(one.title for one in line.versions.all() if one.number == line.version)
        if line.finding_id and line.presented_version is None:
            unsaid = f"{title} was found and never shown. Show it, or send it back with a reason."
            found.append(Blocker(unsaid, "line", line.pk))
        elif line.presented_version is not None and line.presented_version != line.version:
            found.append(Blocker(f"{title} changed after it was shown. Show it again.", "line", line.pk))
        elif line.answer == Advisory.Answer.APPROVED and line.work != Advisory.Work.DONE:
            found.append(Blocker(f"{title} was agreed and is not finished.", "work", line.pk))
        elif line.answer == Advisory.Answer.NEEDS_INFO:
            found.append(Blocker(f"{title}: a question waits for our answer.", "question", line.pk))
    inspection = Inspection.objects.filter(repair_order=order).first()
    if inspection and inspection.completed_at is None:
        found.append(Blocker("The inspection is not finished.", "inspection"))
    elif inspection:
        drafted = Advisory.objects.filter(finding__inspection=inspection).values("finding")
        if inspection.items.findings().exclude(pk__in=drafted).exists():
            found.append(Blocker("A finding is not on the estimate yet. Wait a few seconds and try again.", "wait"))
    if estimate.signed_and_not_drafted(order).exists():
        found.append(Blocker("Something signed at write-up is not on the estimate yet. Wait a few seconds.", "wait"))
    done = lines.filter(answer=Advisory.Answer.APPROVED, answered_version=F("version"), work=Advisory.Work.DONE)
    if done.exists() and not Invoice.objects.filter(repair_order=order).exists():
        found.append(Blocker("Make the bill first.", "bill"))
    if not found and wants_notice(order) and standing_notice(order) is None:
        found.append(Blocker("Nothing was agreed. Have the declined-work notice signed, or say why not.", "notice"))
    return found


@transaction.atomic(durable=True)
def close(*, repair_order: RepairOrder, odometer_out: int, by: Staff, at: datetime) -> None:
    """Open → closed, with the miles on the way out; the customer's link stays readable for 30 days more.

    Raises CannotClose while anything is unsaid or unfinished, presenting.CannotPresent when it is closed already.
    """
    order = repair_order
    lock(order)
    found = blockers(order)
    if order.odometer_in is not None and odometer_out < order.odometer_in:
        came = f"The car came in with {order.odometer_in:,} miles, so it cannot leave with {odometer_out:,}."
        found.append(Blocker(came, "miles"))
    if found:
        raise CannotClose(found)
    RepairOrder.objects.filter(pk=order.pk).close(by=by, at=at, odometer_out=odometer_out)
    CustomerLink.objects.filter(repair_order=order).keep_readable(at=at, until=at + GOOD_FOR)
    unanswered = Advisory.objects.filter(repair_order=order).unanswered().count()
    audit.record("repair_order.closed", about=order, by=by, at=at, odometer_out=odometer_out, unanswered=unanswered)
    repair_order_closed.send(sender=RepairOrder, repair_order_id=order.pk)
