"""This visit weighed against the car, and the settings it is weighed with."""

from decimal import Decimal
from typing import Any, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F
from django.urls import reverse

from dealership.append_only import append_only
from dealership.models import Rooftop, Staff
from service_lane.models import RepairOrder


class HandoffPolicyQuerySet(models.QuerySet["HandoffPolicy"]):
    def change(self, *, seen_version: int, **settings: Any) -> bool:
        """A new version with these settings.  False: somebody changed it after `seen_version`."""
        return self.filter(version=seen_version).update(version=F("version") + 1, **settings) == 1


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
    quiet_after_purchase_days = models.PositiveSmallIntegerField(
        default=365, db_default=365, help_text="For how many days after buying a car here a customer is not asked."
    )
    claim_within_minutes = models.PositiveSmallIntegerField(
        default=10,
        db_default=10,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        help_text="How long a hand-off may wait before the sales manager is told.",
    )

    MANNERS: ClassVar = ("remember_no_days", "quiet_after_purchase_days", "claim_within_minutes")
    """Settings that say how to behave and weigh nothing: changing them makes no evaluation out of date."""

    objects = HandoffPolicyQuerySet.as_manager()

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
        UNECONOMIC = "uneconomic", "Replacing may cost less"

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
