"""Words and prices of a line: edited in place until the customer sees them, a new version after that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from dealership import audit
from dealership.models import Rooftop, Staff
from recommendations import authority, prices
from recommendations.actions import record
from recommendations.actions.deciding import show_next_step
from recommendations.actions.presenting import lock
from recommendations.languages import TEXTS
from recommendations.models import Advisory, AdvisoryVersion, RecordEntry
from recommendations.rules import Change, difference
from recommendations.signals import estimate_changed
from service_lane.models import ServiceLine
from service_lane.rules import REASON_CODES, Fee, FeeRule, Part, charge_refusal, fee_refusal


class CannotWrite(ValueError):
    """Nothing was saved.  Its message says why."""


class FeeRefused(CannotWrite):
    """The law here does not allow a fee of that name."""


class WorkStarted(CannotWrite):
    """The line is being worked on: what was agreed is what is billed."""


class Overwritten(CannotWrite):
    """Somebody saved the line while this one was typing.  `differences` is what they saved against what was typed."""

    def __init__(self, who: str, differences: list[Change]) -> None:
        self.who, self.differences = who, differences
        super().__init__(
            f"{who} changed this line while you had it open. Nothing was saved yet. "
            "Look at the differences; saving again keeps yours."
        )


class Unchanged(CannotWrite):
    """The customer has seen exactly this; a new version would void their answer for nothing."""


@dataclass(frozen=True)
class Written:
    """What a person wrote on a line.  Labor is one flat price, or hours at the rooftop's rate; money in dollars.

    `sublet_to` names who does it when it is sent out; `teardown` is what taking something apart costs and destroys,
    as a version keeps it.  `spanish` has the same texts in Spanish, by name, as far as somebody wrote them.
    """

    title: str
    finding_text: str = ""
    why_it_matters: str = ""
    if_you_wait: str = ""
    horizon: str = ""
    measurement: str = ""
    threshold: str = ""
    labor_hours: Decimal = Decimal(0)
    flat_price: Decimal | None = None
    parts: tuple[Part, ...] = ()
    fees: tuple[Fee, ...] = ()
    zero_reason: str = ""
    pay_type: str = ServiceLine.PayType.CUSTOMER
    sublet_to: str = ""
    teardown: Mapping[str, Any] = field(default_factory=dict)
    spanish: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic(durable=True)
def write_version(
    *,
    advisory: Advisory,
    content: Written,
    by: Staff,
    at: datetime,
    reason_code: str = "",
    as_seen: datetime | None = None,
) -> AdvisoryVersion:
    """Save words and prices of a line and return the version that holds them.

    A version the customer has not seen is updated in place.  One they have seen is kept, and a new one takes its place:
    their answer no longer counts, and the change is named to them; that a yes does not cover it any more goes into the
    record, with the law it rests on (`authority.ruling_on_change`).  `reason_code` may be another of the same rank.
    `as_seen` is when what the sheet showed had been written.  Once every part has its price, the parts desk owes none.

    Raises WorkStarted once work has begun, Overwritten when somebody saved since `as_seen`, Unchanged when a shown line
    would read the same, FeeRefused for a fee the law here does not allow, CannotWrite for a line that is off the order
    or a reason code it may not carry, and presenting.CannotPresent when the order is closed.
    """
    order, rooftop = advisory.repair_order, advisory.repair_order.rooftop
    lock(order)
    advisory = Advisory.objects.select_related("found_by", "finding").get(pk=advisory.pk)
    ruling = authority.ruling_on_change(advisory, at=at)
    if ruling and not ruling.allowed:
        raise WorkStarted(ruling.reason)
    _refuse(advisory, content, prices.fee_rule(rooftop, at), reason_code)
    version = advisory.versions.select_related("written_by").get(number=advisory.version)
    columns = columns_of(content, rooftop, at)
    if as_seen and version.written_at != as_seen:
        who = version.written_by.name if version.written_by else "Lane"
        if found := difference(_told(version), _told(AdvisoryVersion(**columns))):
            raise Overwritten(who, found)
    columns["spanish"] = still_true(version, columns)
    pay_type_changed = content.pay_type != advisory.pay_type
    if version.presented_at is None:
        saved = _update(version, columns, by, at)
        changed: list[str] = []
    else:
        saved, changed = _replace(advisory, version, columns, pay_type_changed, by, at, rooftop)
    fields: dict[str, Any] = {"pay_type": content.pay_type}
    if reason_code:
        fields["reason_code"] = reason_code
    lines = Advisory.objects.filter(pk=advisory.pk)
    lines.update(**fields)
    is_answered = not lacks_parts(saved, content.pay_type) and lines.parts_answered()
    if is_answered or saved.pk != version.pk:
        show_next_step(order, at=at)
    if ruling and advisory.last_decision_id:
        record.append(
            rooftop=rooftop,
            kind=RecordEntry.Kind.VOIDED,
            repair_order=order,
            row_id=advisory.last_decision_id,
            payload=record.voided_payload(advisory, version, saved, by) | record.policy_payload(ruling.policy),
            at=at,
        )
    audit.record(
        "line.priced",
        about=advisory,
        by=by,
        at=at,
        version=saved.number,
        total=str(saved.total),
        changed=changed,
        parts_answered=is_answered,
    )
    estimate_changed.send(sender=Advisory, repair_order_id=order.pk)
    return saved


@transaction.atomic(durable=True)
def ask_parts_desk(*, advisory: Advisory, by: Staff, at: datetime) -> Advisory:
    """Ask the parts desk for the prices a line lacks, and return the line, which says who asked and when.

    Asking again says so anew.  Raises CannotWrite when no part lacks a price, and when the line is off the order or
    being worked on; presenting.CannotPresent when the order is closed.
    """
    order = advisory.repair_order
    lock(order)
    version = AdvisoryVersion.objects.get(advisory=advisory.pk, number=F("advisory__version"))
    if not lacks_parts(version, advisory.pay_type):
        raise CannotWrite("Every part of this line has its price. There is nothing to ask.")
    if not Advisory.objects.filter(pk=advisory.pk).ask_parts_desk(by=by, at=at):
        raise CannotWrite("This line is off the order, or work on it has started.")
    advisory.refresh_from_db()
    show_next_step(order, at=at)
    audit.record("parts.asked", about=advisory, by=by, at=at, version=version.number)
    estimate_changed.send(sender=Advisory, repair_order_id=order.pk)
    return advisory


def lacks_parts(version: AdvisoryVersion, pay_type: str) -> bool:
    """Whether a price is missing that the parts desk knows: of a part, or of everything, when nobody wrote any."""
    if not prices.is_written(version):
        return True
    is_paid = pay_type == ServiceLine.PayType.CUSTOMER
    return is_paid and any(part.unit_price is None for part in prices.parts_of(version.parts))


def columns_of(content: Written, rooftop: Rooftop, at: datetime) -> dict[str, Any]:
    """The content as a version's row keeps it, priced at the rooftop's rates of now."""
    version = AdvisoryVersion(
        title=content.title.strip(),
        finding_text=content.finding_text.strip(),
        measurement=content.measurement.strip(),
        threshold=content.threshold.strip(),
        why_it_matters=content.why_it_matters.strip(),
        if_you_wait=content.if_you_wait.strip(),
        horizon=content.horizon.strip(),
        labor_hours=Decimal(0) if content.flat_price is not None else content.labor_hours,
        labor_rate=rooftop.labor_rate,
        flat_price=content.flat_price,
        parts=prices.stored_parts(content.parts),
        fees=prices.stored_fees(content.fees),
        zero_reason=content.zero_reason.strip(),
        valid_until=prices.valid_until(rooftop, at),
        sublet_to=content.sublet_to.strip(),
        teardown=dict(content.teardown),
        spanish=dict(content.spanish),
    )
    price = prices.price_of(version, content.pay_type, rooftop)
    return {name: getattr(version, name) for name in WRITTEN} | prices.price_columns(price)


WRITTEN = (
    "title",
    "finding_text",
    "measurement",
    "threshold",
    "why_it_matters",
    "if_you_wait",
    "horizon",
    "labor_hours",
    "labor_rate",
    "flat_price",
    "parts",
    "fees",
    "zero_reason",
    "valid_until",
    "sublet_to",
    "teardown",
    "spanish",
)
"""What a version holds besides its amounts."""


def still_true(version: AdvisoryVersion, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The Spanish of a version with what `columns` says anew, without what translates a text that was rewritten."""
    written: Mapping[str, Any] = columns["spanish"]
    spanish = {**version.spanish, **written}
    for name, column in TEXTS.items():
        is_anew = (written.get(name) or "") != version.spanish.get(name, "") and name in written
        if getattr(version, column) != columns[column] and not is_anew:
            spanish.pop(name, None)
        if name == "finding" and (is_anew or getattr(version, column) != columns[column]):
            spanish.pop("note", None)  # the technician's words, said again in what is written now
    spanish = {name: text for name, text in spanish.items() if text}
    if names := spanish.pop("parts", None):
        there = {part["description"] for part in columns["parts"]}
        spanish["parts"] = {english: name for english, name in names.items() if english in there}
    return spanish


def content_of(version: AdvisoryVersion, pay_type: str) -> Written:
    """What is written on this version, to start an edit from."""
    return Written(
        title=version.title,
        finding_text=version.finding_text,
        why_it_matters=version.why_it_matters,
        if_you_wait=version.if_you_wait,
        horizon=version.horizon,
        measurement=version.measurement,
        threshold=version.threshold,
        labor_hours=version.labor_hours,
        flat_price=version.flat_price,
        parts=prices.parts_of(version.parts),
        fees=prices.fees_of(version.fees),
        zero_reason=version.zero_reason,
        pay_type=pay_type,
        sublet_to=version.sublet_to,
        teardown=version.teardown,
        spanish=version.spanish,
    )


MAKERS = Advisory.ReasonCode.MAINTENANCE
"""Given with the maker's own schedule or campaign, and never by hand."""


def _refuse(advisory: Advisory, content: Written, rule: FeeRule | None, reason_code: str) -> None:
    if advisory.removed_at or advisory.returned_at:
        raise CannotWrite("This line is not on the order. It went back to its technician or was taken off.")
    if advisory.ground == Advisory.Ground.CAMPAIGN and content.pay_type == ServiceLine.PayType.CUSTOMER:
        raise CannotWrite("What a campaign repairs is free: the maker pays. Other work goes on a line of its own.")
    for fee in content.fees:
        if refusal := fee_refusal(fee, rule):
            raise FeeRefused(refusal)
    for charge in (content.title, *(part.description for part in content.parts)):
        if refusal := charge_refusal(charge, rule):
            raise FeeRefused(refusal)
    if reason_code:
        before, after = REASON_CODES[advisory.reason_code], REASON_CODES.get(reason_code)
        if after is None or (before.required != after.required):
            raise CannotWrite("Red goes with A, B or C, yellow with 1 to 4. The technician's finding decides which.")
        if reason_code == MAKERS and advisory.reason_code != MAKERS:
            is_general = advisory.ground == Advisory.Ground.INTERVAL
            rests_on = "on a general schedule" if is_general else "not on a schedule"
            raise CannotWrite(f"This line rests {rests_on}. Reason 3 is for the maker's own.")


def _update(version: AdvisoryVersion, columns: Mapping[str, Any], by: Staff, at: datetime) -> AdvisoryVersion:
    AdvisoryVersion.objects.filter(pk=version.pk, presented_at=None).update(**columns, written_by=by, written_at=at)
    version.refresh_from_db()
    return version


def _replace(
    advisory: Advisory,
    shown: AdvisoryVersion,
    columns: Mapping[str, Any],
    pay_type_changed: bool,
    by: Staff,
    at: datetime,
    rooftop: Rooftop,
) -> tuple[AdvisoryVersion, list[str]]:
    """The next version in place of one the customer saw, and what changed, in words."""
    same = all(getattr(shown, name) == columns[name] for name in columns if name not in ("valid_until", "labor_rate"))
    holds = shown.valid_until >= prices.local_date(rooftop, at)
    if same and holds and not pay_type_changed:
        raise Unchanged("Nothing is different from what the customer saw, so nothing was saved.")
    if not Advisory.objects.filter(pk=advisory.pk).reopen(version=shown.number + 1):
        raise CannotWrite("Somebody else changed this line a moment ago. Look at it again.")
    version = AdvisoryVersion.objects.create(
        advisory=advisory, number=shown.number + 1, written_by=by, written_at=at, **columns
    )
    changes = difference(_told(shown), _told(version))
    return version, [f"{one.field}: {one.before} → {one.after}" for one in changes]


def _told(version: AdvisoryVersion) -> dict[str, Any]:
    """A version as the rule of differences reads it."""
    return {
        "title": version.title,
        "finding": version.finding_text,
        "if_you_wait": version.if_you_wait,
        "horizon": version.horizon,
        "sublet_to": version.sublet_to,
        "teardown": version.teardown,
        "valid_until": version.valid_until.isoformat(),
        "parts": version.parts,
        "labor": str(version.labor),
        "fees": version.fees,
        "tax": str(version.tax),
        "total": str(version.total),
    }
