"""The record: dated law, the chain of what was shown and answered, and the invoice."""

from datetime import date
from typing import ClassVar

import pgtrigger
from django.db import models

from dealership.append_only import append_only
from dealership.models import Jurisdiction, Rooftop, Staff
from service_lane.models import RepairOrder


def in_effect_is_kept() -> pgtrigger.Trigger:
    """Refuses to change or delete a law from the day it takes effect.

    Work and papers may rest on it: a correction is a row of today, and says so in its source.
    """
    return pgtrigger.Protect(
        name="in_effect_is_kept",
        operation=pgtrigger.Update | pgtrigger.Delete,
        condition=pgtrigger.Condition("OLD.effective_date <= CURRENT_DATE"),
    )


class AuthorizationPolicyQuerySet(models.QuerySet["AuthorizationPolicy"]):
    def in_force(self, jurisdiction: str, on: date) -> "AuthorizationPolicy":
        """The latest policy of `jurisdiction` in effect on that day.  Raises DoesNotExist when none was loaded."""
        policy = (
            self.filter(jurisdiction=jurisdiction, effective_date__lte=on).order_by("-effective_date", "-pk").first()
        )
        if policy is None:
            raise AuthorizationPolicy.DoesNotExist(jurisdiction)
        return policy


class AuthorizationPolicy(models.Model):
    """How far a total may exceed what was authorized, and for how long things hold, by jurisdiction and date."""

    jurisdiction = models.CharField(max_length=8, choices=Jurisdiction)
    effective_date = models.DateField()
    tolerance_amount = models.DecimalField(max_digits=8, decimal_places=2, default=0, help_text="Dollars.")
    tolerance_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0, help_text="10 is 10 %.")
    tolerance_cap = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True, help_text="Dollars.")
    estimate_above = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Dollars.  Work that costs more starts with a written estimate; empty where the law asks for none.",
    )
    maintenance_excepted = models.BooleanField(
        default=False, help_text="Maintenance at a displayed price the customer agreed to needs no written estimate."
    )
    waiver_allowed = models.BooleanField(
        default=False, help_text="A customer may sign that they want no written estimate, up to an amount they name."
    )
    estimate_source = models.TextField(blank=True, help_text="Statute or regulation of the written estimate.")
    general_fees_refused = models.BooleanField(
        default=False, help_text="A general fee, like shop supplies, may not be charged: each item is named."
    )
    fees_source = models.TextField(blank=True, help_text="Statute, regulation or notice about general fees.")
    estimate_valid_days = models.PositiveSmallIntegerField(default=14)
    retention_years = models.PositiveSmallIntegerField(default=3)
    source = models.TextField(help_text="Statute or regulation.")
    doubt = models.TextField(
        blank=True, help_text="What in our reading a lawyer should look at.  A later row without it settles it."
    )

    objects = AuthorizationPolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "authorization policies"
        ordering = ("jurisdiction", "-effective_date", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jurisdiction", "effective_date"], name="policy_once_a_day"),
            models.CheckConstraint(
                name="policy_on_fees_names_its_source",
                condition=models.Q(general_fees_refused=False) | ~models.Q(fees_source=""),
                violation_error_message="Name the law that refuses general fees.",
            ),
        ]
        triggers: ClassVar = [in_effect_is_kept()]

    def __str__(self) -> str:
        return f"{self.get_jurisdiction_display()} from {self.effective_date}"


class EstimateWaiver(models.Model):
    """The customer wants no written estimate on this visit, up to the amount they name, and signed that."""

    repair_order = models.OneToOneField(RepairOrder, on_delete=models.PROTECT, related_name="+")
    most = models.DecimalField(max_digits=10, decimal_places=2, help_text="Dollars, of the whole repair order.")
    signed_name = models.TextField()
    words = models.TextField(help_text="The exact words that were signed.")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="waiver_has_maximum_and_name",
                condition=models.Q(most__gt=0) & ~models.Q(signed_name="") & ~models.Q(words=""),
                violation_error_message="A waiver needs an amount, a name and the words that were signed.",
            ),
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"No written estimate up to {self.most}, {self.repair_order}"

    def get_absolute_url(self) -> str:
        return self.repair_order.get_absolute_url()

    @property
    def rooftop_id(self) -> int:
        return self.repair_order.rooftop_id


class RecordHead(models.Model):
    """Where a rooftop's chain stands.  Locked by whoever writes the next entry."""

    rooftop = models.OneToOneField(Rooftop, on_delete=models.PROTECT, primary_key=True, related_name="+")
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.rooftop} at {self.sequence}"


class RecordEntry(models.Model):
    """One link of a rooftop's chain: a presentation, a decision, a start of work, an invoice, or one of them undone; a
    waiver, a declined-work notice, what was said about replaced parts, who else may say yes; entries that were erased.

    `hash` is the SHA-256 of the previous hash and the canonical JSON of `payload`, so a change anywhere shows.  Of an
    erased customer's order the payload is emptied when the law lets us; its hash stays, and a later entry names it.
    """

    class Kind(models.TextChoices):
        PRESENTED = "presented", "Shown to the customer"
        DECIDED = "decided", "Answered"
        REPLIED = "replied", "Question answered"
        WORK_STARTED = "work_started", "Work started"
        INVOICED = "invoiced", "Invoiced"
        TAKEN_BACK = "taken_back", "Answer taken back"
        START_UNDONE = "start_undone", "Start taken back"
        REOPENED = "reopened", "Reopened by undo"
        WAIVED = "waived", "Written estimate waived"
        VOIDED = "voided", "Changed after a yes"
        NOTICED = "noticed", "Declined-work notice ended"
        PARTS_CHOSEN = "parts_chosen", "Asked about replaced parts"
        ERASED = "erased", "Erased at the customer's request"
        NAMED = "named", "Named who else may say yes"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    sequence = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    repair_order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="+")
    row_id = models.BigIntegerField(help_text="Of what the kind names, like a presentation or a notice.")
    payload = models.JSONField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "record entries"
        ordering = ("rooftop", "sequence")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rooftop", "sequence"], name="record_entry_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["repair_order", "sequence"], name="record_entry_order")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.rooftop} {self.sequence}: {self.get_kind_display().lower()}"


class Invoice(models.Model):
    """The bill, made from approved lines only, exactly as handed over."""

    repair_order = models.OneToOneField(RepairOrder, on_delete=models.PROTECT, related_name="+")
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"Invoice {self.repair_order.number}"

    @property
    def rooftop_id(self) -> int:
        return self.repair_order.rooftop_id
