"""Lines added at the counter: an operation, and the one ground it rests on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.recalls import possible_recalls
from customers.rules.recalls import is_campaign as is_same_campaign
from customers.rules.recalls import is_known_open
from dealership import audit
from dealership.models import Staff
from recommendations.actions import record
from recommendations.actions.drafting.catalog import columns_from_catalog, next_position
from recommendations.actions.presenting import lock
from recommendations.actions.pricing import Written
from recommendations.models import Advisory, AdvisoryVersion
from recommendations.rules import Ground, Saving, missing_ground
from recommendations.signals import estimate_changed
from service_lane.models import InspectionItem, OpCode, RepairOrder, ScheduleRow, ServiceLine


class Ungrounded(ValueError):
    """A line without a ground is not written.  Its message says what is missing."""


class AlreadyThere(ValueError):
    """The operation is on the order already.  Its message names the line; say `again` to add a second one."""


@dataclass(frozen=True)
class ByHand:
    """A line somebody adds at the counter.

    Its ground is one of: `schedule_row`, a cited row of a schedule; `saving`, with its arithmetic; `request`, the
    customer's words; `campaign`, its number.  `worth_telling` is the technician's note it comes from, if one.  `again`
    says that a second line of the same operation is meant.
    """

    op_code: OpCode | None = None
    title: str = ""
    schedule_row: ScheduleRow | None = None
    saving: Saving | None = None
    saving_inputs: dict[str, Any] | None = None
    request: str = ""
    campaign: str = ""
    worth_telling: InspectionItem | None = None
    again: bool = False


@transaction.atomic(durable=True)
def add_line(*, repair_order: RepairOrder, line: ByHand, by: Staff, at: datetime) -> Advisory:
    """Add one line with its ground and return it.  A technician's note becomes a line only with a ground of its own.

    Raises Ungrounded, with a sentence, without exactly one ground, without a name for the line, for a schedule row of
    another operation, or for a note that has its line already; AlreadyThere for an operation that is on the order,
    unless the line says `again`; presenting.CannotPresent when the order is closed.
    """
    lock(repair_order)
    ground, code, urgency = _ground_of(line)
    if lacking := missing_ground(ground):
        raise Ungrounded(lacking.message)
    if line.op_code is None and not line.title.strip():
        raise Ungrounded("Choose an operation, or give the line a name.")
    row = line.schedule_row
    if row and line.op_code and row.op_code != line.op_code.code:
        raise Ungrounded(f"That row of the schedule is for {row.service}. Choose the row of this operation.")
    note = line.worth_telling
    if note and Advisory.objects.filter(finding=note).exists():
        raise Ungrounded(f"{note.name} has its line already.")
    if not line.again and line.op_code:
        _refuse_a_second(repair_order, line.op_code)
    assert ground is not None
    if line.campaign.strip():
        _refuse_a_possible(repair_order, line.campaign.strip())
    is_campaign = ground.kind == Advisory.Ground.CAMPAIGN
    cites = ground.cites if ground.saving is None else ground.saving.sentence
    advisory = Advisory.objects.create(
        repair_order=repair_order,
        position=next_position(repair_order),
        finding=note,
        op_code=line.op_code.code if line.op_code else "",
        nature=line.op_code.nature if line.op_code else OpCode.Nature.MAINTENANCE,
        pay_type=ServiceLine.PayType.WARRANTY if is_campaign else ServiceLine.PayType.CUSTOMER,
        ground=ground.kind,
        ground_text=cites,
        reason_code=code,
        urgency=urgency,
        saving=_stored_saving(ground.saving, line.saving_inputs),
        found_by=note.by if note else by,
        created_at=at,
    )
    written = Written(
        title=line.title.strip() or (line.op_code.name if line.op_code else ""),
        finding_text=" ".join(text for text in ((note.worth_telling.strip() if note else ""), _told(ground)) if text),
        zero_reason=_maker_pays(line),
        pay_type=advisory.pay_type,
        spanish=_in_spanish(line),
    )
    columns = columns_from_catalog(line.op_code, written, repair_order, at)
    if title := line.title.strip():
        if title != columns["title"]:
            columns["spanish"].pop("title", None)
        columns["title"] = title
    AdvisoryVersion.objects.create(advisory=advisory, number=1, written_by=by, written_at=at, **columns)
    audit.record("line.added", about=advisory, by=by, at=at, ground=str(ground.kind), ground_text=cites)
    estimate_changed.send(sender=Advisory, repair_order_id=repair_order.pk)
    return advisory


def _refuse_a_second(order: RepairOrder, op: OpCode) -> None:
    same = Advisory.objects.filter(repair_order=order, op_code=op.code).live()
    versions = AdvisoryVersion.objects.filter(advisory__in=same, number=F("advisory__version"))
    if found := versions.order_by("pk").values_list("title", flat=True).first():
        raise AlreadyThere(f"{found} is on this order already. Is a second one meant?")


def _refuse_a_possible(order: RepairOrder, campaign: str) -> None:
    """A line says that a campaign is open on this car.  One that is only possible, by model, must not say so."""
    if order.vehicle is None:
        return
    for recall in possible_recalls([order.vehicle]).get(order.vehicle.pk, ()):
        if is_same_campaign(recall.campaign, campaign) and not is_known_open(recall.state):
            raise Ungrounded(
                f"Recall {recall.campaign} is possible on this car, by model. Check the VIN with the maker and write "
                "down the answer on the car's page first."
            )


def _ground_of(line: ByHand) -> tuple[Ground | None, str, str]:
    """The one ground named, its reason code, and how soon."""
    code, urgency = Advisory.ReasonCode, Advisory.Urgency
    named: list[tuple[Ground, str, str]] = []
    if row := line.schedule_row:
        whose = _("The maker's schedule") if row.is_makers else _("A general schedule, not the maker's")
        cites = f"{whose}: {_(row.service)}, {_interval(row)}. {_(row.source) if row.source else ''}".rstrip()
        # Only the maker's own schedule may carry the maker's reason.
        reason = code.MAINTENANCE if row.is_makers else code.EXPERIENCE
        named.append((Ground(Advisory.Ground.INTERVAL, cites), reason, urgency.CAN_WAIT))
    if line.saving:
        named.append((Ground(Advisory.Ground.SAVING, saving=line.saving), code.REQUEST, urgency.CAN_WAIT))
    if line.request.strip():
        named.append((Ground(Advisory.Ground.REQUEST, line.request.strip()), code.REQUEST, urgency.AS_ASKED))
    if line.campaign.strip():
        cites = _("Open campaign {number}").format(number=line.campaign.strip())
        named.append((Ground(Advisory.Ground.CAMPAIGN, cites), code.MAINTENANCE, urgency.CAN_WAIT))
    if len(named) > 1:
        raise Ungrounded("Choose one ground. A line rests on one.")
    return named[0] if named else (None, "", "")


def _interval(row: ScheduleRow) -> str:
    parts = [_("every {miles} miles").format(miles=f"{row.miles:,}")] if row.miles else []
    if row.months:
        parts.append(ngettext("every {n} month", "every {n} months", row.months).format(n=row.months))
    return _(" or ").join(parts) or _("once")


def _told(ground: Ground) -> str:
    """The ground as the customer reads it, in the language that is active."""
    if ground.saving:
        return ground.saving.said(_) or ground.saving.sentence
    if ground.kind == Advisory.Ground.REQUEST:
        return _("You asked: {words}").format(words=ground.cites)
    return f"{ground.cites}."


def _maker_pays(line: ByHand) -> str:
    return _("The maker pays: campaign {number}.").format(number=line.campaign.strip()) if line.campaign.strip() else ""


def _in_spanish(line: ByHand) -> dict[str, Any]:
    """What the line's ground says in Spanish; the technician's note stays as it was written."""
    with translation.override("es"):
        ground, _code, _urgency = _ground_of(line)
        assert ground is not None
        texts = {
            "finding": _told(ground),
            "note": line.worth_telling.worth_telling.strip() if line.worth_telling else "",
            "zero_reason": _maker_pays(line),
            "saving": ground.saving.said(_) if ground.saving else "",
        }
    return {key: text for key, text in texts.items() if text}


def _stored_saving(saving: Saving | None, inputs: dict[str, Any] | None) -> dict[str, Any] | None:
    if saving is None:
        return None
    return record.plain(
        {
            "inputs": inputs or {},
            "amount_a_year": saving.amount_a_year,
            "unit": saving.unit,
            "dollars_a_year": saving.dollars_a_year,
            "months_to_pay_back": saving.months_to_pay_back,
            "sentence": saving.sentence,
        }
    )
