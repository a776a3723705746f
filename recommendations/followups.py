"""The work list of follow-ups as it stands: who, which car, what was said, today's price, and how to reach them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from customers.models import Consent, ContactPoint
from dealership.models import Rooftop
from recommendations import prices
from recommendations.models import FollowUp, FollowUpStep

WAYS = (Consent.Channel.CALL, Consent.Channel.TEXT, Consent.Channel.EMAIL)
NEEDS = {Consent.Channel.EMAIL: ContactPoint.Kind.EMAIL}
"""What kind of contact a way needs; the others need a phone."""


@dataclass(frozen=True)
class Way:
    """One way to reach somebody about this: what they said of it, and the number or address, "" when none is known."""

    channel: str
    label: str
    said: str
    contact: str
    is_wrong: bool = False

    @property
    def may_message(self) -> bool:
        return self.said == "yes" and self.channel != Consent.Channel.CALL and bool(self.contact) and not self.is_wrong


@dataclass
class Row:
    """One follow-up with what its row prints."""

    follow_up: FollowUp
    today: date
    price_today: Decimal | None = None
    ways: list[Way] = field(default_factory=list)
    steps: list[FollowUpStep] = field(default_factory=list)
    problem: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return str(self.follow_up.line.snapshot["title"])

    @property
    def color(self) -> str:
        return str(self.follow_up.line.snapshot["color"])

    @property
    def price_then(self) -> Decimal:
        return Decimal(self.follow_up.line.snapshot["total"])

    @property
    def said(self) -> str:
        """Like "Said no on 14 Mar 2026 at 4 mm, left front"."""
        decision = self.follow_up.decision
        reading = self.follow_up.line.snapshot["measurement"]
        at = f" at {reading}" if reading else ""
        if decision is None:
            return f"Saw it on {_day(self.follow_up.line.presentation.at)}{at}, no answer yet"
        if decision.answer == FollowUp.Kind.DEFERRED:
            until = _until(decision.until_date, decision.until_miles)
            return f"Put off on {_day(decision.at)}{at}, until {until}"
        return f"Said no on {_day(decision.at)}{at}"

    @property
    def overdue_days(self) -> int:
        return max(0, (self.today - self.follow_up.next_date).days) if self.follow_up.stopped_at is None else 0

    @property
    def last(self) -> FollowUpStep | None:
        """What was done about it last and not taken back."""
        return self.steps[0] if self.steps else None

    @property
    def was_asked(self) -> bool:
        """Whether they ever said anything of being reached for this."""
        return any(way.said != "not asked" for way in self.ways)

    @property
    def phone(self) -> Way:
        return self.ways[0]


def _day(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.day} {local:%b %Y}"


def _until(on: date | None, miles: int | None) -> str:
    return f"{on.day} {on:%b %Y}" if on else f"{miles:,} miles"


def rows(found: Sequence[FollowUp], rooftop: Rooftop, today: date) -> list[Row]:
    """A row for each, in a fixed number of queries."""
    customers = {one.customer_id for one in found}
    asked = prices.prices_today(rooftop, [one.op_code for one in found])
    consents: dict[int, dict[tuple[str, str], Consent]] = defaultdict(dict)
    for consent in Consent.objects.filter(customer__in=customers).order_by("at", "pk"):
        consents[consent.customer_id][consent.purpose, consent.channel] = consent
    points: dict[int, list[ContactPoint]] = defaultdict(list)
    for point in ContactPoint.objects.filter(customer__in=customers):
        points[point.customer_id].append(point)
    wrong = FollowUpStep.objects.filter(
        follow_up__customer__in=customers, kind=FollowUpStep.Kind.WRONG_NUMBER, taken_back_by=None
    )
    found_wrong = {(one.follow_up.customer_id, one.contact): one.at for one in wrong.select_related("follow_up")}
    return [
        Row(
            follow_up=one,
            today=today,
            price_today=asked.get(one.op_code),
            ways=[_way(one, way, consents[one.customer_id], points[one.customer_id], found_wrong) for way in WAYS],
            steps=[step for step in one.steps.all() if step.pk not in _undone(one)],
        )
        for one in found
    ]


def _undone(follow_up: FollowUp) -> set[int]:
    """Steps that were taken back, and the taking back."""
    back = [step for step in follow_up.steps.all() if step.takes_back_id]
    return {step.pk for step in back} | {step.takes_back_id for step in back if step.takes_back_id}


def _way(
    follow_up: FollowUp,
    channel: Consent.Channel,
    said: Mapping[tuple[str, str], Consent],
    points: Sequence[ContactPoint],
    found_wrong: Mapping[tuple[int, str], datetime],
) -> Way:
    purpose = follow_up.purpose or Consent.Purpose.MARKETING
    words = [said[key] for key in ((purpose, channel), (purpose, Consent.Channel.ANY)) if key in said]
    latest = max(words, key=lambda one: (one.at, one.pk), default=None)
    kind = NEEDS.get(channel, ContactPoint.Kind.PHONE)
    here = [point for point in points if point.kind == kind]
    asked = follow_up.advisory.repair_order.contact_value
    point = next((one for one in here if one.value == asked), here[0] if here else None)
    wrong_at = found_wrong.get((follow_up.customer_id, point.value)) if point else None
    return Way(
        channel=str(channel),
        label=channel.label,
        said=latest.answer.lower() if latest else "not asked",
        contact=point.value if point else "",
        is_wrong=bool(wrong_at and not (point and point.checked_at and point.checked_at > wrong_at)),
    )


def of_rooftop(rooftop: Rooftop) -> QuerySet[FollowUp]:
    """Follow-ups of a rooftop with what `rows` reads of them."""
    return (
        FollowUp.objects.filter(rooftop=rooftop)
        .select_related(
            *("line__presentation", "decision", "customer", "vehicle", "owner", "advisory__repair_order"),
            *("quote__repair_order", "recovered_by__repair_order", "message"),
        )
        .prefetch_related(Prefetch("steps", FollowUpStep.objects.select_related("by").order_by("-at", "-pk")))
    )
