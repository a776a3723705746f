"""Is repairing it still sensible, and who is talking to the customer: values, evaluations, hand-offs."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.urls import reverse

from customers.models import Customer, Vehicle
from dealership.append_only import append_only
from dealership.models import Rooftop, Staff
from sales_handoff.models.files import ImportedFile
from service_lane.models import RepairOrder


class ValueGuideRow(models.Model):
    """What a kind of car is worth in trade, from an imported guide.  Always a range, with its source and date."""

    make = models.TextField(help_text="Upper case.")
    model = models.TextField(help_text="Upper case.")
    year = models.PositiveSmallIntegerField()
    trim = models.TextField(blank=True)
    miles = models.PositiveIntegerField(help_text="At which the range holds.")
    low = models.DecimalField(max_digits=10, decimal_places=2)
    high = models.DecimalField(max_digits=10, decimal_places=2)
    dollars_per_1000_miles = models.DecimalField(
        max_digits=8, decimal_places=2, default=0, help_text="Taken off for each 1,000 miles more."
    )
    source = models.TextField()
    as_of_date = models.DateField()
    file = models.ForeignKey(ImportedFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("make", "model", "-year", "trim", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["make", "model", "year", "trim", "source"], name="value_guide_row_once"),
            models.CheckConstraint(
                name="value_guide_range",
                condition=Q(low__gte=0, high__gte=models.F("low")),
                violation_error_message="The high value must be at least the low one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.make} {self.model}"


class Appraisal(models.Model):
    """A value of one car typed in by a person, with where it comes from.  Also what is still owed on it."""

    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, related_name="+")
    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    low = models.DecimalField(max_digits=10, decimal_places=2)
    high = models.DecimalField(max_digits=10, decimal_places=2)
    payoff = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    source = models.TextField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="appraisal_range",
                condition=Q(low__gte=0, high__gte=models.F("low")) & ~Q(source=""),
                violation_error_message="Enter a low and a high value and where they come from.",
            ),
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.vehicle}: {self.low} to {self.high}"


class HandoffPolicy(models.Model):
    """When a repair is worth a conversation at this rooftop.  Every number is a setting; evaluations keep a copy."""

    rooftop = models.OneToOneField(Rooftop, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveSmallIntegerField(default=1)
    mention_ratio = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("0.25"))
    mention_amount = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("1000.00"))
    conversation_ratio = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("0.50"))
    conversation_amount = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("1500.00"))
    unknown_value_amount = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("2500.00"))
    pass_through = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.60"),
        help_text="Share of a repair taken off the as-is value.",
    )
    horizon_months = models.PositiveSmallIntegerField(default=24)
    yearly_interest = models.DecimalField(
        max_digits=5, decimal_places=4, default=Decimal("0.0600"), help_text="As a fraction."
    )
    replacement_name = models.TextField(default="A newer used car, as an example")
    replacement_price = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("24000.00"))
    replacement_apr = models.DecimalField(
        max_digits=5, decimal_places=2, default=Decimal("6.90"), help_text="Percent a year."
    )
    replacement_months = models.PositiveSmallIntegerField(default=72)
    replacement_upkeep_yearly = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("400.00"))
    replacement_value_kept = models.DecimalField(
        max_digits=5, decimal_places=4, default=Decimal("0.7200"), help_text="Share of its price left at the horizon."
    )
    insurance_monthly_more = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal("45.00"))
    vehicle_tax_rate = models.DecimalField(
        max_digits=6,
        decimal_places=5,
        default=Decimal("0.08250"),
        db_default=Decimal("0.08250"),
        help_text="Sales tax on a car, as a fraction.",
    )
    vehicle_fees = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        default=Decimal("650.00"),
        db_default=Decimal("650.00"),
        help_text="Title, registration and document fees of a car, in dollars.",
    )
    remember_no_days = models.PositiveSmallIntegerField(default=180)

    class Meta:
        verbose_name = "hand-off policy"
        verbose_name_plural = "hand-off policies"

    def __str__(self) -> str:
        return f"Hand-off policy of {self.rooftop}"


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(repair_order__rooftop_id__in=staff.rooftop_ids())

    def latest_of(self, repair_order: RepairOrder) -> "Evaluation | None":
        return self.filter(repair_order=repair_order).order_by("-at", "-pk").first()


class Evaluation(models.Model):
    """This visit's repair weighed against the car, with every input it used.  Stored, never recomputed."""

    class Tier(models.TextChoices):
        NONE = "none", "Nothing to say"
        MENTION = "mention", "Worth a mention"
        CONVERSATION = "conversation", "Worth a conversation"
        UNECONOMIC = "uneconomic", "Repair costs more than it keeps"

    repair_order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="+")
    tier = models.CharField(max_length=12, choices=Tier)
    inputs = models.JSONField()
    inputs_sha256 = models.CharField(max_length=64)
    policy_version = models.PositiveSmallIntegerField()
    repair_total = models.DecimalField(max_digits=10, decimal_places=2)
    value_low = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    value_high = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    value_source = models.TextField(blank=True)
    value_date = models.DateField(null=True, blank=True)
    keep_monthly = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    replace_monthly = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    sheet = models.JSONField(default=dict, help_text="Both columns as shown, with what is left out.")
    reasons = models.JSONField(default=list)
    plain_reading = models.TextField(blank=True)
    at = models.DateTimeField()

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["repair_order", "inputs_sha256"], name="evaluation_once_per_inputs"),
        ]
        indexes: ClassVar = [models.Index(fields=["repair_order", "-at", "-id"], name="evaluation_newest")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.repair_order}: {self.get_tier_display().lower()}"

    def get_absolute_url(self) -> str:
        return reverse("sales_handoff:ro-panel", args=[self.repair_order_id])

    @property
    def rooftop_id(self) -> int:
        return self.repair_order.rooftop_id


class Ask(models.Model):
    """The advisor asked the customer, once, whether sales may help; or passed it over, with a reason."""

    class Answer(models.TextChoices):
        YES = "yes", "Yes, tell me"
        NO = "no", "No"
        NOT_ASKED = "not_asked", "Advisor passed it over"

    repair_order = models.OneToOneField(RepairOrder, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answer = models.CharField(max_length=9, choices=Answer)
    words = models.TextField(blank=True, help_text="What the customer said, in their words.")
    reason = models.TextField(blank=True, help_text="Why the advisor did not ask.")
    leaves_at = models.DateTimeField(null=True, blank=True, help_text="When the car leaves.")
    where = models.TextField(blank=True, help_text="Where the customer is, like in the lounge.")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="ask_passed_over_has_reason",
                condition=~Q(answer="not_asked") | ~Q(reason=""),
                violation_error_message="Say why you did not ask.",
            ),
            models.CheckConstraint(
                name="ask_yes_has_words_and_time",
                condition=~Q(answer="yes") | (~Q(words="") & Q(leaves_at__isnull=False)),
                violation_error_message="Write down what they said and when the car leaves.",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["customer", "-at", "-id"], name="ask_newest")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.customer}: {self.get_answer_display().lower()}"

    def get_absolute_url(self) -> str:
        return reverse("sales_handoff:ro-panel", args=[self.repair_order_id])

    @property
    def rooftop_id(self) -> int:
        return self.repair_order.rooftop_id


class HandoffQuerySet(models.QuerySet["Handoff"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def open(self) -> Self:
        return self.filter(status__in=(Handoff.Status.WAITING, Handoff.Status.CLAIMED))

    def for_queue(self, rooftop: Rooftop) -> models.QuerySet["Handoff", dict[str, Any]]:
        """The queue of a rooftop, the next car to leave first, as plain values.  Only people who said yes are in it."""
        rows: models.QuerySet[Handoff, dict[str, Any]] = (
            self.open()
            .filter(rooftop=rooftop)
            .order_by("leaves_at", "pk")
            .values(
                *("pk", "leaves_at", "status", "claimed_by_id", "claimed_by__name", "customer__name"),
                *("ask__where", "ask__words", "repair_order__odometer_in", "repair_order__stay"),
                *("repair_order__vehicle__year", "repair_order__vehicle__make", "repair_order__vehicle__model"),
                *("ask__evaluation__repair_total", "ask__evaluation__value_low", "ask__evaluation__value_high"),
            )
        )
        return rows

    def claim(self, *, by: Staff, at: datetime) -> bool:
        """Waiting → claimed.  False means somebody was quicker."""
        return (
            self.filter(status=Handoff.Status.WAITING).update(
                status=Handoff.Status.CLAIMED, claimed_by=by, claimed_at=at
            )
            == 1
        )

    def walk_over(self, *, by: Staff, at: datetime) -> bool:
        """The one who claimed it is on the way.  False: not theirs, or they are on the way or there already."""
        claimed = self.filter(status=Handoff.Status.CLAIMED, claimed_by=by, walking_at=None, met_at=None)
        return claimed.update(walking_at=at) == 1

    def meet(self, *, by: Staff, at: datetime) -> bool:
        """The one who claimed it is with the customer.  False: not theirs, or they were with them already."""
        return self.filter(status=Handoff.Status.CLAIMED, claimed_by=by, met_at=None).update(met_at=at) == 1

    def release(self, *, by: Staff) -> bool:
        """Claimed → waiting again, by the one who claimed it and has not met them yet."""
        return (
            self.filter(status=Handoff.Status.CLAIMED, claimed_by=by, met_at=None).update(
                status=Handoff.Status.WAITING, claimed_by=None, claimed_at=None, walking_at=None
            )
            == 1
        )

    def finish(self, *, by: Staff, at: datetime, outcome: str, note: str) -> bool:
        """Claimed → done, by the one who claimed it."""
        return (
            self.filter(status=Handoff.Status.CLAIMED, claimed_by=by).update(
                status=Handoff.Status.DONE, outcome=outcome, outcome_note=note, outcome_at=at
            )
            == 1
        )

    def withdraw(self, *, at: datetime, reason: str) -> bool:
        """The customer took the yes back, or the car left: nobody contacts them."""
        return (
            self.filter(status__in=(Handoff.Status.WAITING, Handoff.Status.CLAIMED)).update(
                status=Handoff.Status.WITHDRAWN, withdrawn_at=at, withdrawn_reason=reason
            )
            == 1
        )


class Handoff(models.Model):
    """A customer who said yes, until the car leaves.  One owner once claimed, one outcome at the end."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        CLAIMED = "claimed", "Claimed"
        DONE = "done", "Done"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Outcome(models.TextChoices):
        KEEPS = "keeps", "Keeps the car"
        THINKING = "thinking", "Thinking about it"
        APPOINTMENT = "appointment", "Comes back to talk"
        BOUGHT = "bought", "Bought from us"
        SOLD_TO_US = "sold_to_us", "Sold us the car"
        NOT_REACHED = "not_reached", "Left before we met"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    ask = models.OneToOneField(Ask, on_delete=models.PROTECT, related_name="+")
    repair_order = models.OneToOneField(RepairOrder, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    leaves_at = models.DateTimeField()
    created_at = models.DateTimeField()
    claimed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    claimed_at = models.DateTimeField(null=True, blank=True)
    walking_at = models.DateTimeField(null=True, blank=True, help_text="When they set out to the customer.")
    met_at = models.DateTimeField(null=True, blank=True, help_text="When they were with the customer.")
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    outcome_note = models.TextField(blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    objects = HandoffQuerySet.as_manager()

    class Meta:
        verbose_name = "hand-off"
        ordering = ("leaves_at", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="handoff_status_has_its_facts",
                condition=Q(status="waiting", claimed_by=None, claimed_at=None, outcome="", outcome_at=None)
                & Q(walking_at=None, met_at=None)
                | Q(status="claimed", claimed_by__isnull=False, claimed_at__isnull=False, outcome="", outcome_at=None)
                | (Q(status="done", claimed_by__isnull=False, outcome_at__isnull=False) & ~Q(outcome=""))
                | Q(status="withdrawn", withdrawn_at__isnull=False),
                violation_error_message="A claimed hand-off needs its owner; a finished one its outcome.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["rooftop", "leaves_at", "id"],
                condition=Q(status__in=("waiting", "claimed")),
                name="handoff_queue",
            )
        ]
        triggers: ClassVar = [
            pgtrigger.FSM(
                name="status_moves",
                field="status",
                transitions=[
                    ("waiting", "claimed"),
                    ("claimed", "waiting"),
                    ("claimed", "done"),
                    ("waiting", "withdrawn"),
                    ("claimed", "withdrawn"),
                ],
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Hand-off of {self.customer}"

    def get_absolute_url(self) -> str:
        return reverse("sales_handoff:handoff", args=[self.pk])


class MinefieldReading(models.Model):
    """Somebody from sales read what is open with the customer before speaking.  The gate opens on this row."""

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="readings")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    facts = models.JSONField(help_text="Exactly what was shown.")
    facts_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        indexes: ClassVar = [models.Index(fields=["handoff", "by", "facts_sha256"], name="minefield_reading")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.by} read what is open before {self.handoff}"
