"""Complaints: what somebody was unhappy about, who owns it and until when."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse

from customers.models.people import Customer
from customers.models.words import searched
from dealership.models import SERVICE, Rooftop, Staff

SEARCHED = searched("words", "what_was_done")


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def visible_to(self, staff: Staff) -> Self:
        """Service and sales of its rooftop; what was told in confidence only service."""
        in_service = Q(rooftop_id__in=staff.rooftop_ids(*SERVICE))
        return self.filter(in_service | Q(rooftop_id__in=staff.rooftop_ids(), is_confidential=False))

    def told_to(self, staff: Staff) -> Self:
        """What `staff` may read in a customer's history: theirs, and what rooftops that share tell; no confidence."""
        shared = Q(rooftop__in=Rooftop.objects.telling(staff), is_confidential=False)
        return self.visible_to(staff) | self.filter(shared)

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def overdue(self, at: datetime) -> Self:
        return self.open().filter(due_at__lt=at)

    def to_escalate(self, at: datetime) -> Self:
        return self.overdue(at).filter(escalated_at=None)

    def escalate(self, *, to: Staff, at: datetime) -> bool:
        """Overdue → its manager knows.  False: they know already, or it was closed meanwhile."""
        return self.to_escalate(at).update(escalated_to=to, escalated_at=at) == 1

    def to_ask(self, at: datetime) -> Self:
        """Closed long enough that the customer is asked whether it is settled."""
        return self.filter(recheck_at__lte=at, outcome="")

    def settle(self, *, outcome: str, words: str, by: Staff, at: datetime) -> bool:
        """Closed → the customer said whether it is settled.  False: not closed, or they were asked already."""
        asked = self.filter(closed_at__isnull=False, outcome="")
        return asked.update(outcome=outcome, outcome_words=words, outcome_by=by, outcome_at=at) == 1

    def ask_later(self, *, recheck_at: datetime) -> bool:
        """Nobody answered: ask again at `recheck_at`."""
        return self.filter(closed_at__isnull=False, outcome="").update(recheck_at=recheck_at) == 1

    def close(self, *, by: Staff, at: datetime, what_was_done: str, recheck_days: int = 14) -> bool:
        """Open → closed by its owning side.  False means it was closed already."""
        return (
            self.open().update(
                closed_by=by, closed_at=at, what_was_done=what_was_done, recheck_at=at + timedelta(days=recheck_days)
            )
            == 1
        )


class Complaint(models.Model):
    """What somebody was unhappy about, in their words, with one owner and a due time."""

    class Side(models.TextChoices):
        SERVICE = "service", "Service"
        SALES = "sales", "Sales"

    class Outcome(models.TextChoices):
        SETTLED = "settled", "Settled"
        NOT_SETTLED = "not_settled", "Not settled"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="complaints")
    words = models.TextField(help_text="In the customer's own words.")
    side = models.CharField(max_length=8, choices=Side, help_text="Whose problem it is; only they may close it.")
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    opened_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    what_was_done = models.TextField(blank=True)
    recheck_at = models.DateTimeField(null=True, blank=True)
    visit = models.TextField(blank=True, db_default="", help_text="The number of the visit or sale it is about.")
    is_confidential = models.BooleanField(
        "told in confidence", default=False, db_default=False, help_text="Kept from sales."
    )
    escalated_to = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    escalated_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(
        max_length=11, choices=Outcome, blank=True, db_default="", help_text="What the customer said when asked."
    )
    outcome_words = models.TextField(blank=True, db_default="")
    outcome_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    outcome_at = models.DateTimeField(null=True, blank=True)
    reopens = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="came_back_as", help_text="Not settled."
    )

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="complaint_closed_says_what_was_done",
                condition=Q(closed_at=None, closed_by=None, what_was_done="", recheck_at=None)
                | (
                    Q(closed_at__isnull=False, closed_by__isnull=False, recheck_at__isnull=False) & ~Q(what_was_done="")
                ),
                violation_error_message="Say what was done before closing a complaint.",
            ),
            models.CheckConstraint(
                name="complaint_escalated_to_somebody",
                condition=Q(escalated_at=None, escalated_to=None)
                | Q(escalated_at__isnull=False, escalated_to__isnull=False),
            ),
            models.CheckConstraint(
                name="complaint_outcome_after_closing",
                condition=Q(outcome="", outcome_by=None, outcome_at=None, outcome_words="")
                | (Q(outcome_by__isnull=False, outcome_at__isnull=False, closed_at__isnull=False) & ~Q(outcome="")),
            ),
            models.CheckConstraint(
                name="complaint_confidence_stays_in_service",
                condition=Q(is_confidential=False) | Q(side="service"),
                violation_error_message="What is told in confidence stays in service.",
            ),
        ]
        indexes: ClassVar = [
            GinIndex(SEARCHED, name="complaint_search"),
            models.Index(fields=["rooftop", "-opened_at", "-id"], name="complaint_rooftop_newest"),
            models.Index(fields=["customer"], condition=Q(closed_at=None), name="complaint_open"),
            models.Index(fields=["due_at", "id"], condition=Q(closed_at=None), name="complaint_due"),
            models.Index(
                fields=["recheck_at", "id"], condition=Q(closed_at__isnull=False, outcome=""), name="complaint_to_ask"
            ),
        ]

    def __str__(self) -> str:
        return f"Complaint {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("customers:complaint", args=[self.pk])
