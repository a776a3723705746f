"""What was answered and done on paper while the network was down, entered afterwards at its own time.

Each verb here refuses a time that cannot be, then does what the counter would have done then, and everything recorded
says that it was entered late, by whom and when.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from dealership import audit
from dealership.models import Staff
from recommendations.actions import deciding, presenting, working
from recommendations.models import Advisory, Decision, Presentation
from service_lane.actions.paper import NotThen
from service_lane.models import Inspection, RepairOrder
from service_lane.rules.late import Happened, refusal


def answers(
    *,
    repair_order: RepairOrder,
    advisories: Collection[Advisory],
    answered: Callable[[Presentation], Sequence[deciding.Answered]],
    channel: str,
    who_name: str,
    who_kind: str,
    contact_used: str,
    reason: str,
    happened_at: datetime,
    heard_by: Staff,
    by: Staff,
    at: datetime,
) -> deciding.Outcome:
    """Record that these lines were shown and answered at `happened_at`, heard by `heard_by`; `by` types it `at` now.

    `answered` binds the answers to the showing, which is made here.  Raises NotThen, and whatever
    presenting.present and deciding.decide raise.
    """
    _refuse(repair_order, "happened", happened_at, at, _before_answers(repair_order, advisories))
    with audit.entering_late(audit.LateEntry(at, by, repair_order.sheet)):
        presentation = presenting.present(
            repair_order=repair_order,
            advisories=advisories,
            channel=channel,
            to_name=who_name,
            to_contact=contact_used,
            by=heard_by,
            at=happened_at,
        )
        return deciding.decide(
            presentation=presentation,
            answers=answered(presentation),
            who_name=who_name,
            who_kind=who_kind,
            channel=channel,
            contact_used=contact_used,
            reason=reason,
            by=heard_by,
            at=happened_at,
        )


def work(
    *,
    advisory: Advisory,
    started_at: datetime | None,
    finished_at: datetime | None,
    done_by: Staff,
    by: Staff,
    at: datetime,
) -> Advisory:
    """Record that `done_by` started this line, finished it, or both, at these times; `by` types it in, `at` now.

    A line that is started already keeps its start.  Raises NotThen, and what working.start and finish raise.
    """
    order = advisory.repair_order
    before = [_signed(order), *_decided([advisory])]
    if started_at:
        _refuse(order, "started", started_at, at, before)
    begun = started_at or advisory.work_started_at
    if finished_at:
        _refuse(
            order, "finished", finished_at, at, [*before, *([Happened(begun, "the work started")] if begun else [])]
        )
    with audit.entering_late(audit.LateEntry(at, by, order.sheet)):
        if started_at:
            advisory = working.start(advisory=advisory, by=done_by, at=started_at)
        if finished_at:
            advisory = working.finish(advisory=advisory, by=done_by, at=finished_at)
    return advisory


def _refuse(order: RepairOrder, field: str, happened: datetime, now: datetime, after: list[Happened]) -> None:
    rooftop = order.rooftop
    if why := refusal(happened, now=now, most_days=rooftop.late_entry_days, zone=rooftop.zone, after=after):
        raise NotThen(field, why)


def _signed(order: RepairOrder) -> Happened:
    return Happened(order.signed_at or order.opened_at, f"{order} was signed")


def _before_answers(order: RepairOrder, advisories: Collection[Advisory]) -> list[Happened]:
    """What an answer to these lines cannot come before: the signature, the inspection they rest on, a later showing."""
    before = [_signed(order), *_decided(advisories)]
    if any(line.finding_id for line in advisories):
        inspection = Inspection.objects.filter(repair_order=order).exclude(completed_at=None).first()
        if inspection and inspection.completed_at:
            before.append(Happened(inspection.completed_at, "the inspection was finished"))
    shown = Presentation.objects.filter(lines__advisory__in=advisories).order_by("-at", "-pk").first()
    if shown:
        before.append(
            Happened(shown.at, "the lines were shown on the screen" if _on_screen(shown) else "they were shown")
        )
    return before


def _on_screen(shown: Presentation) -> bool:
    return shown.channel in (Presentation.Channel.LINK, Presentation.Channel.COUNTER)


def _decided(advisories: Collection[Advisory]) -> list[Happened]:
    """The answers these lines have, by when each was given."""
    counting = [line.last_decision_id for line in advisories if line.last_decision_id]
    given = Decision.objects.filter(pk__in=counting).select_related("line")
    return [Happened(one.at, f"{one.line.snapshot['title']} was answered") for one in given]
