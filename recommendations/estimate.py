"""The estimate of one repair order as it stands: each line, what it still lacks, and how the customer would read it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Prefetch, QuerySet, Sum

from dealership.models import Rooftop
from dealership.money import cents
from recommendations.models import Advisory, AdvisoryVersion, Decision, PresentedLine
from recommendations.prices import (
    ZERO,
    charges_of,
    fee_rule,
    fees_of,
    is_written,
    local_date,
    parts_of,
    price_of,
    stored_fees,
    stored_parts,
)
from recommendations.rules import Change, ChangedBy, Ground, LineFacts, difference, missing_to_present
from recommendations.rules import Saving as SavingRule
from service_lane.models import Photo, RepairOrder, RequestedService, ServiceLine
from service_lane.rules import PART_STATES, REASON_CODES, FeeRule, LinePrice, Missing, Part, is_general_fee


@dataclass
class Line:
    """One line of the estimate: its current version, what it lacks, and what was shown last.

    `earlier` is what was said of the same thing on an earlier visit, and `holds` is what it lacks, each with the
    address of the field where it is filled in; both where a page wants them.
    """

    advisory: Advisory
    version: AdvisoryVersion
    rooftop: Rooftop
    customer_name: str
    photos: list[Photo] = field(default_factory=list)
    shown: PresentedLine | None = None
    decision: Decision | None = None
    revised_total: Decimal | None = None
    today: date | None = None
    fee_rule: FeeRule | None = None
    earlier: str = ""
    holds: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_current(self) -> bool:
        """The customer was shown exactly this version."""
        return self.advisory.presented_version == self.advisory.version

    @property
    def is_answered(self) -> bool:
        return bool(self.advisory.answer) and self.advisory.answered_version == self.advisory.version

    @property
    def is_approved(self) -> bool:
        return self.is_answered and self.advisory.answer == Advisory.Answer.APPROVED

    @property
    def is_settled(self) -> bool:
        """Answered, and not with a question."""
        return self.is_answered and self.advisory.answer != Advisory.Answer.NEEDS_INFO

    @property
    def is_free(self) -> bool:
        return self.advisory.pay_type != ServiceLine.PayType.CUSTOMER

    @property
    def color(self) -> str:
        """The condition of the car it speaks of: red, yellow, or "" when it is not about one."""
        if self.advisory.ground not in (Advisory.Ground.READING, Advisory.Ground.FAILED_CHECK):
            return ""
        return "red" if self.advisory.urgency == Advisory.Urgency.NOW else "yellow"

    @property
    def belongs_to(self) -> tuple[int, str]:
        """Where it stands on the order's page: a place to sort by, and the words above it."""
        advisory = self.advisory
        if advisory.request and advisory.request.concern:
            concern = advisory.request.concern
            return 0, f"{concern.letter}. \N{LEFT DOUBLE QUOTATION MARK}{concern.words}\N{RIGHT DOUBLE QUOTATION MARK}"
        if advisory.request:
            return 1, "Asked for at write-up"
        return (2, "Found in the inspection") if advisory.finding else (3, "Added since")

    @property
    def rests_on(self) -> str:
        """Its ground, to go on with in a sentence."""
        return self.advisory.ground_text.removesuffix(".")

    @property
    def reason_words(self) -> str:
        """Why it is advised, short: what saves money was not asked for, a general schedule is not the maker's."""
        advisory = self.advisory
        if advisory.ground == Advisory.Ground.SAVING and advisory.reason_code == Advisory.ReasonCode.REQUEST:
            return "saves money"
        if advisory.ground == Advisory.Ground.INTERVAL and advisory.reason_code == Advisory.ReasonCode.EXPERIENCE:
            return "a general schedule"
        return REASON_CODES[advisory.reason_code].short

    @property
    def price(self) -> LinePrice:
        """As it was quoted when the version was written; what is not known yet is None."""
        version = self.version
        unpriced = not self.is_free and any(part.unit_price is None for part in parts_of(version.parts))
        if unpriced or not is_written(version):
            return price_of(version, self.advisory.pay_type, self.rooftop)
        return LinePrice(version.labor, version.parts_total, version.fees_total, version.tax, version.total)

    @property
    def total(self) -> Decimal | None:
        return self.price.total

    @property
    def finder(self) -> str:
        if self.advisory.ground == Advisory.Ground.REQUEST:
            return f"{self.customer_name} asked for it"
        return self.advisory.found_by.name if self.advisory.found_by else ""

    @property
    def hours(self) -> str:
        """Its labor without idle zeros: "0.5"."""
        return f"{self.version.labor_hours.normalize():f}"

    @property
    def facts(self) -> LineFacts:
        advisory, version, price = self.advisory, self.version, self.price
        written = is_written(version)
        parts = parts_of(version.parts)
        if self.is_free:
            parts = tuple(Part(p.description, p.number, p.quantity, ZERO, p.state) for p in parts)
        return LineFacts(
            title=version.title,
            ground=Ground(advisory.ground, advisory.ground_text, _saving(advisory.saving)),
            finding=version.finding_text,
            measurable=advisory.ground == Advisory.Ground.READING,
            measurement=version.measurement,
            threshold=version.threshold,
            reason_code=advisory.reason_code,
            urgency=advisory.urgency,
            if_you_wait=version.if_you_wait,
            horizon=version.horizon,
            parts=parts if written else None,
            labor_hours=version.labor_hours if written else None,
            labor_rate=version.labor_rate,
            flat_price=version.flat_price,
            fees=fees_of(version.fees) if written else None,
            tax=price.tax,
            total=price.total,
            zero_reason=version.zero_reason,
            revised_total=self.revised_total if self.revised_total is not None else price.total,
            valid_until=version.valid_until,
            teardown=version.teardown,
            found_by=self.finder,
            photos=len(self.photos),
            fee_rule=self.fee_rule,
        )

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What keeps it from being shown; totals that only wait for something else are left out."""
        found = missing_to_present(self.facts)
        if self.today and self.version.valid_until < self.today:
            found = (*found, Missing("valid_until", "The price ran out. Save the line again to give it a new date."))
        causes = {one.field for one in found} & {"parts", "labor", "fees"}
        return tuple(one for one in found if not (causes and one.field in ("tax", "total", "revised_total")))

    @property
    def asks_parts(self) -> bool:
        """A price is missing that the parts desk knows."""
        if self.is_free:
            return not is_written(self.version)
        return not is_written(self.version) or any(part.unit_price is None for part in parts_of(self.version.parts))

    @property
    def snapshot(self) -> dict[str, Any]:
        """The line exactly as the customer reads it, as plain data: what is shown, stored, hashed and printed."""
        advisory, version, price = self.advisory, self.version, self.price
        parts = [
            {
                **part,
                "unit_price": str(ZERO) if self.is_free else part["unit_price"],
                "state_words": PART_STATES.get(part["state"], ""),
                "amount": str(ZERO) if self.is_free else (None if one.amount is None else str(one.amount)),
            }
            for one, part in zip(parts_of(version.parts), stored_parts(parts_of(version.parts)), strict=True)
        ]
        finding = advisory.finding
        return {
            "advisory": advisory.pk,
            "version": version.number,
            "title": version.title,
            "finding": version.finding_text,
            "measurement": version.measurement,
            "threshold": version.threshold,
            "gauge": _gauge(advisory),
            "ground": str(advisory.ground),
            "ground_text": advisory.ground_text,
            "saving": advisory.saving,
            "reason_code": str(advisory.reason_code),
            "reason": self.reason_words,
            "urgency": str(advisory.urgency),
            "color": self.color,
            "is_unsafe": bool(finding and finding.is_unsafe),
            "why_it_matters": version.why_it_matters,
            "if_you_wait": version.if_you_wait,
            "horizon": version.horizon,
            "pay_type": str(advisory.pay_type),
            "parts": parts,
            "labor": _text(price.labor),
            "labor_hours": f"{version.labor_hours.normalize():f}",
            "labor_rate": str(version.labor_rate),
            "flat_price": _text(version.flat_price),
            "fees": [] if self.is_free else stored_fees(fees_of(version.fees)),
            "tax": _text(price.tax),
            "total": _text(price.total),
            "zero_reason": version.zero_reason,
            "revised_total": _text(self.revised_total),
            **({"sublet_to": version.sublet_to} if version.sublet_to else {}),
            **({"teardown": version.teardown} if version.teardown else {}),
            **({"es": version.spanish} if version.spanish else {}),
            "valid_until": version.valid_until.isoformat(),
            "found_by": self.finder,
            "evidence": {
                "measurement": version.measurement,
                "photos": [_photo(photo) for photo in self.photos],
            },
        }

    @property
    def changes(self) -> list[Change]:
        """What is not as the customer saw it, in words; empty when it is, or when they have seen nothing."""
        if self.shown is None or self.is_current:
            return []
        version = self.version
        name = version.written_by.get_short_name() if version.written_by else ""
        by = ChangedBy(name, f"{version.written_at.astimezone(self.rooftop.zone):%H:%M}")
        return difference(self.shown.snapshot, self.snapshot, by=by)


def _photo(photo: Photo) -> dict[str, Any]:
    """A photo as it is presented, with what was drawn on it; without marks it says nothing about them."""
    shown: dict[str, Any] = {"name": str(photo.name), "sha256": photo.sha256, "caption": photo.caption}
    return shown | {"marks": photo.marks, "size": [photo.width, photo.height]} if photo.marks else shown


def _saving(stored: dict[str, Any] | None) -> SavingRule | None:
    if not stored:
        return None
    return SavingRule(
        Decimal(stored["amount_a_year"]),
        stored["unit"],
        Decimal(stored["dollars_a_year"]),
        int(stored["months_to_pay_back"]),
        stored["sentence"],
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(cents(amount))


def _gauge(advisory: Advisory) -> dict[str, Any] | None:
    """The scale of the ruling reading, as plain numbers, when it has one."""
    item = advisory.finding
    if item is None or advisory.ground != Advisory.Ground.READING or not item.new_value:
        return None
    values = [reading.value for reading in item.readings.all() if reading.position not in ("minimum", "placard")]
    if not values or (item.red_to is None and item.green_from is None):
        return None
    worst = min(values) if item.lower_is_worse else max(values)
    return {
        "value": f"{worst.normalize():f}",
        "red": None if item.red_to is None else f"{item.red_to.normalize():f}",
        "green": None if item.green_from is None else f"{item.green_from.normalize():f}",
        "max": f"{item.new_value.normalize():f}",
        "unit": item.unit,
    }


@dataclass
class Estimate:
    """Every live line of one repair order, in order, with the totals as they stand."""

    repair_order: RepairOrder
    lines: list[Line]
    authorized: Decimal

    @property
    def answerable(self) -> list[Line]:
        """Lines that lack nothing and that the customer may still answer, or answer anew: work has not started."""
        return [line for line in self.lines if line.advisory.work == Advisory.Work.NOT_STARTED and not line.missing]

    @property
    def showable(self) -> list[Line]:
        """Lines to put to the customer: answerable, and not settled by an answer.  A question is not settled."""
        return [line for line in self.answerable if not line.is_settled]

    @property
    def for_link(self) -> list[Line]:
        """Lines for the customer's own page: every one they may answer, with a settled one to change their mind on.

        Empty while nothing is new.  What they signed at write-up and still stands is not asked again.
        """
        asked = [line for line in self.answerable if not (line.is_settled and line.advisory.request_id)]
        return asked if self.showable else []

    @property
    def held(self) -> list[Line]:
        """Lines that lack something the customer must be told."""
        return [line for line in self.lines if not line.is_settled and line.missing]

    @property
    def to_answer(self) -> list[Line]:
        """Shown as they are, and not answered."""
        return [line for line in self.lines if line.is_current and not line.is_answered]

    @property
    def by_concern(self) -> list[tuple[str, list[Line]]]:
        """Lines under what they belong to, in words: each concern by its letter, then what has no concern."""
        groups: dict[tuple[int, str], list[Line]] = {}
        for line in self.lines:
            groups.setdefault(line.belongs_to, []).append(line)
        return [(words, groups[place, words]) for place, words in sorted(groups)]

    @property
    def added_by_yes_to_all(self) -> Decimal:
        return sum((line.total or ZERO for line in self.showable), ZERO)

    @property
    def revised_total(self) -> Decimal:
        """The whole repair order with a yes to every line that can be shown."""
        return self.authorized + self.added_by_yes_to_all


def authorized_total(repair_order: RepairOrder) -> Decimal:
    """Dollars the customer has said yes to, in the versions they saw; what they signed at write-up counts at once."""
    agreed = Advisory.objects.filter(repair_order=repair_order).approved()
    totals = AdvisoryVersion.objects.filter(advisory__in=agreed, number=F("advisory__version"))
    signed = signed_and_not_drafted(repair_order)
    return cents(
        (totals.aggregate(sum=Sum("total"))["sum"] or ZERO) + (signed.aggregate(sum=Sum("total"))["sum"] or ZERO)
    )


def signed_and_not_drafted(repair_order: RepairOrder) -> QuerySet[RequestedService]:
    """Services signed for at write-up that are not lines yet: a task makes them within seconds."""
    lines = Advisory.objects.filter(repair_order=repair_order, request__isnull=False)
    signed = RequestedService.objects.filter(repair_order=repair_order, repair_order__signed_at__isnull=False)
    return signed.exclude(pk__in=lines.values("request"))


def load(repair_order: RepairOrder, *, at: datetime | None = None) -> Estimate:
    """The estimate, in a fixed number of queries.  With `at`, a price that has run out and a general fee that the law
    in force refuses count as missing.
    """
    rooftop = repair_order.rooftop
    photos = Photo.objects.filter(status=Photo.Status.READY)
    advisories = (
        Advisory.objects.filter(repair_order=repair_order)
        .live()
        .select_related("found_by", "finding", "request__concern", "parts_asked_by")
        .prefetch_related(
            Prefetch("versions", AdvisoryVersion.objects.select_related("written_by")),
            "finding__readings",
            Prefetch("finding__photos", photos),
        )
        .order_by("position", "pk")
    )
    shown = {
        line.advisory_id: line
        for line in PresentedLine.objects.filter(presentation__repair_order=repair_order)
        .select_related("presentation")
        .order_by("pk")
    }
    decisions = Decision.objects.filter(advisory__repair_order=repair_order).in_bulk()
    lines = []
    for advisory in advisories:
        version = next(v for v in advisory.versions.all() if v.number == advisory.version)
        lines.append(
            Line(
                advisory=advisory,
                version=version,
                rooftop=rooftop,
                customer_name=repair_order.customer.name,
                photos=list(advisory.finding.photos.all()) if advisory.finding else [],
                shown=shown.get(advisory.pk),
                decision=decisions.get(advisory.last_decision_id) if advisory.answer else None,
                today=local_date(rooftop, at) if at else None,
            )
        )
    estimate = Estimate(repair_order, lines, authorized_total(repair_order))
    if at and any(is_general_fee(charge) for line in lines for charge in charges_of(line.version)):
        rule = fee_rule(rooftop, at)  # the law is asked for only where it could matter
        for line in lines:
            line.fee_rule = rule
    revised = estimate.revised_total
    for line in lines:
        line.revised_total = revised
    return estimate
