"""Advisories: one recommended line each, with its ground, its versions, its answer and its work."""

from datetime import date, datetime
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from dealership.models import Staff
from service_lane.models import InspectionItem, OpCode, RepairOrder, RequestedService, ServiceLine


class AdvisoryQuerySet(models.QuerySet["Advisory"]):
    def visible_to(self, staff: Staff) -> Self:
        here = self.filter(repair_order__rooftop_id__in=staff.rooftop_ids())
        return here.filter(repair_order__customer__erased_at=None)

    def live(self) -> Self:
        """Lines that are still on the order: not returned to the technician, not taken off."""
        return self.filter(returned_at=None, removed_at=None)

    def findings(self) -> Self:
        return self.filter(urgency__in=(Advisory.Urgency.NOW, Advisory.Urgency.CAN_WAIT), finding__isnull=False)

    def unsaid(self) -> Self:
        """Yellow or red findings nobody has shown the customer yet (promise 6)."""
        return self.live().findings().filter(presented_version=None)

    def unanswered(self) -> Self:
        return self.live().filter(presented_version=F("version"), answer="")

    def approved(self) -> Self:
        return self.live().filter(answer=Advisory.Answer.APPROVED, answered_version=F("version"))

    def present(self, *, version: int, valid_until: date) -> bool:
        """Shown as it stands now.  False: it was changed, taken off or started meanwhile."""
        return (
            self.live()
            .filter(version=version, work=Advisory.Work.NOT_STARTED)
            .update(presented_version=version, valid_until=valid_until)
            == 1
        )

    def reopen(self, *, version: int) -> bool:
        """The line as shown is replaced by `version`: its answer no longer counts."""
        return (
            self.live()
            .filter(version=version - 1, work=Advisory.Work.NOT_STARTED)
            .update(version=version, answer="", answered_version=None)
            == 1
        )

    def take_answer(self, *, version: int, answer: str, seen_decision: int | None, decision: int) -> bool:
        """Make `decision` the current answer to exactly this version, if nobody answered since `seen_decision`.

        False: the version is not the one shown any more, work has started, or another answer came first.
        """
        return (
            self.live()
            .filter(
                version=version,
                presented_version=version,
                work=Advisory.Work.NOT_STARTED,
                last_decision_id=seen_decision,
            )
            .update(answer=answer, answered_version=version, last_decision_id=decision)
            == 1
        )

    def start_work(self, *, by: Staff, at: datetime, today: date) -> bool:
        """Not started → started, on a yes to this version that still holds `today`, the rooftop's own date."""
        return (
            self.approved()
            .filter(work=Advisory.Work.NOT_STARTED, valid_until__gte=today)
            .update(work=Advisory.Work.STARTED, work_started_at=at, work_by=by)
            == 1
        )

    def finish_work(self, *, at: datetime) -> bool:
        return self.filter(work=Advisory.Work.STARTED).update(work=Advisory.Work.DONE, work_done_at=at) == 1

    def undo_start(self, *, since: datetime) -> bool:
        """Started at `since` or later → not started.  False: earlier, or it is done, or was undone already."""
        begun = self.filter(work=Advisory.Work.STARTED, work_started_at__gte=since)
        return begun.update(work=Advisory.Work.NOT_STARTED, work_started_at=None, work_by=None) == 1

    def undo_finish(self, *, since: datetime) -> bool:
        """Done at `since` or later → started.  False: earlier, or it was undone already."""
        ended = self.filter(work=Advisory.Work.DONE, work_done_at__gte=since)
        return ended.update(work=Advisory.Work.STARTED, work_done_at=None) == 1

    def take_back_answer(self, *, decision: int, earlier: int | None, answer: str, version: int | None) -> bool:
        """`decision` no longer counts: the line is as it was before, answered as `earlier` said, or not at all.

        False: another answer counts by now, the line changed, or work has started.
        """
        return (
            self.live()
            .filter(last_decision_id=decision, answered_version=F("version"), work=Advisory.Work.NOT_STARTED)
            .update(answer=answer, answered_version=version, last_decision_id=earlier)
            == 1
        )

    def ask_parts_desk(self, *, by: Staff, at: datetime) -> bool:
        """The parts desk is asked for what the line lacks.  False: it is off the order, or work has started."""
        waiting = self.live().filter(work=Advisory.Work.NOT_STARTED)
        return waiting.update(parts_asked_at=at, parts_asked_by=by) == 1

    def parts_answered(self) -> bool:
        """Nothing is asked of the parts desk any more."""
        return self.exclude(parts_asked_at=None).update(parts_asked_at=None, parts_asked_by=None) == 1

    def give_back(self, *, reason: str, at: datetime) -> bool:
        """Back to the technician who found it, before it is shown.  False: it was shown or taken off meanwhile."""
        return self.live().filter(presented_version=None).update(returned_at=at, returned_reason=reason) == 1

    def take_back(self) -> bool:
        """The technician looked again: the line may be shown."""
        return self.exclude(returned_at=None).update(returned_at=None, returned_reason="") == 1

    def take_off(self, *, at: datetime) -> bool:
        """Off the order, before it is shown.  False: it was shown or is off already."""
        return self.live().filter(presented_version=None).update(removed_at=at) == 1


class Advisory(models.Model):
    """One line we advise.  Its words and prices are in its versions; the customer's answer binds to one of them."""

    class Ground(models.TextChoices):
        READING = "reading", "A reading against its threshold"
        FAILED_CHECK = "failed_check", "A failed check"
        INTERVAL = "interval", "A maintenance interval"
        REQUEST = "request", "The customer asked"
        CAMPAIGN = "campaign", "An open campaign"
        SAVING = "saving", "A saving"

    class Urgency(models.TextChoices):
        NOW = "now", "Needs attention now"
        CAN_WAIT = "can_wait", "Can wait"
        AS_ASKED = "as_asked", "You asked for it"

    class ReasonCode(models.TextChoices):
        A = "A", "Required: no longer does its job"
        B = "B", "Required: does not meet a design specification"
        C = "C", "Required: missing"
        NEAR_END = "1", "Suggested: close to the end of its life"
        REQUEST = "2", "Suggested: the customer's need or request"
        MAINTENANCE = "3", "Suggested: the maker's recommended maintenance"
        EXPERIENCE = "4", "Suggested: the technician's experience"

    class Answer(models.TextChoices):
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        DEFERRED = "deferred", "Deferred"
        NEEDS_INFO = "needs_info", "Needs more information"
        WITHDRAWN = "withdrawn", "Yes taken back"

    class Work(models.TextChoices):
        NOT_STARTED = "not_started", "Not started"
        STARTED = "started", "Started"
        DONE = "done", "Done"

    repair_order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=1)
    finding = models.OneToOneField(InspectionItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    request = models.OneToOneField(RequestedService, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    op_code = models.TextField(blank=True)
    nature = models.CharField(max_length=12, choices=OpCode.Nature, default=OpCode.Nature.SAFETY)
    pay_type = models.CharField(max_length=1, choices=ServiceLine.PayType, default=ServiceLine.PayType.CUSTOMER)
    ground = models.CharField(max_length=12, choices=Ground)
    ground_text = models.TextField(help_text="The reading, the schedule row, the words: what the advice rests on.")
    reason_code = models.CharField(max_length=1, choices=ReasonCode)
    urgency = models.CharField(max_length=8, choices=Urgency)
    saving = models.JSONField(null=True, blank=True, help_text="The arithmetic of a saving, as shown.")
    found_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    version = models.PositiveSmallIntegerField(default=1)
    presented_version = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    answered_version = models.PositiveSmallIntegerField(null=True, blank=True)
    last_decision_id = models.BigIntegerField(null=True, blank=True, help_text="The decision the answer comes from.")
    valid_until = models.DateField(null=True, blank=True, help_text="Of the version shown last.")

    work = models.CharField(max_length=11, choices=Work, default=Work.NOT_STARTED)
    work_started_at = models.DateTimeField(null=True, blank=True)
    work_done_at = models.DateTimeField(null=True, blank=True)
    work_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_reason = models.TextField(blank=True)
    removed_at = models.DateTimeField(null=True, blank=True, help_text="Taken off before it was ever shown.")
    parts_asked_at = models.DateTimeField(null=True, blank=True, help_text="While the parts desk owes a price.")
    parts_asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = AdvisoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "advisories"
        ordering = ("position", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="advisory_is_grounded",
                condition=~Q(ground_text="") & ~Q(reason_code=""),
                violation_error_message="Say what the advice rests on.",
            ),
            models.CheckConstraint(
                name="advisory_red_is_required",
                condition=~Q(urgency="now") | Q(reason_code__in=("A", "B", "C")),
                violation_error_message="Red needs Required A, B or C.",
            ),
            models.CheckConstraint(
                name="advisory_campaign_is_never_paid_by_them",
                condition=~Q(ground="campaign") | ~Q(pay_type="C"),
                violation_error_message="What a campaign repairs is free for the customer.",
            ),
            models.CheckConstraint(
                name="advisory_answer_has_version",
                condition=Q(answer="", answered_version=None)
                # NULL = anything is unknown, and a check lets the unknown pass: say that it is there.
                | (~Q(answer="") & Q(answered_version__isnull=False, answered_version=F("presented_version"))),
            ),
            models.CheckConstraint(
                name="advisory_work_needs_approval",
                condition=Q(work="not_started", work_started_at=None, work_done_at=None)
                | Q(
                    work__in=("started", "done"),
                    work_started_at__isnull=False,
                    answer="approved",
                    answered_version__isnull=False,
                    answered_version=F("version"),
                ),
                violation_error_message="Work cannot start without the customer's yes to this version.",
            ),
            models.CheckConstraint(
                name="advisory_returned_has_reason",
                condition=Q(returned_at=None, returned_reason="")
                | (Q(returned_at__isnull=False) & ~Q(returned_reason="")),
            ),
            models.CheckConstraint(
                name="advisory_parts_asked_by_somebody",
                condition=Q(parts_asked_at=None, parts_asked_by=None)
                | Q(parts_asked_at__isnull=False, parts_asked_by__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["repair_order", "position", "id"], name="advisory_order"),
        ]
        triggers: ClassVar = [
            # Backwards only by undo, seconds later: actions.undoing.
            pgtrigger.FSM(
                name="work_moves",
                field="work",
                transitions=[
                    ("not_started", "started"),
                    ("started", "done"),
                    ("done", "started"),
                    ("started", "not_started"),
                ],
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Line {self.position} of {self.repair_order}"

    def get_absolute_url(self) -> str:
        return f"{reverse('recommendations:estimate', args=[self.repair_order_id])}#line-{self.pk}"

    @property
    def rooftop_id(self) -> int:
        return self.repair_order.rooftop_id


class AdvisoryVersion(models.Model):
    """One wording and price of a line.  Editable until it is shown to the customer, then kept for good."""

    advisory = models.ForeignKey(Advisory, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    title = models.TextField()
    finding_text = models.TextField(blank=True)
    measurement = models.TextField(blank=True, help_text="Like 2 mm, left inner.")
    threshold = models.TextField(blank=True, help_text="Like red is 3 mm or less.")
    why_it_matters = models.TextField(blank=True)
    if_you_wait = models.TextField(blank=True)
    horizon = models.TextField(blank=True)
    labor_hours = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    labor_rate = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    flat_price = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    parts = models.JSONField(default=list)
    fees = models.JSONField(default=list)
    labor = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    parts_total = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    fees_total = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    tax = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    total = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    zero_reason = models.TextField(blank=True, help_text="Warranty, recall or goodwill, when the price is zero.")
    sublet_to = models.TextField(
        blank=True, db_default="", help_text="Who does it, when it is sent out (California B&P Code 9884.9(b))."
    )
    teardown = models.JSONField(
        default=dict,
        blank=True,
        help_text="When something is taken apart to see (16 CCR 3353(c)): reassembly in dollars, parts_destroyed, days "
        "to put it back, may_not_restore.",
    )
    spanish = models.JSONField(
        default=dict,
        blank=True,
        help_text="The same texts in Spanish, by name, as far as somebody wrote them; what is not there is in English.",
    )
    valid_until = models.DateField()
    written_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    written_at = models.DateTimeField()
    presented_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("number", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["advisory", "number"], name="advisory_version_once"),
            models.CheckConstraint(
                name="version_total_adds_up",
                condition=Q(total=F("labor") + F("parts_total") + F("fees_total") + F("tax")),
            ),
            models.CheckConstraint(
                name="version_shown_has_price_or_reason",
                condition=Q(presented_at=None) | Q(total__gt=0) | ~Q(zero_reason=""),
                violation_error_message="A price of zero needs its reason.",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="shown_is_kept",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__presented_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"
