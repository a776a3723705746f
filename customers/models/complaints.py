"""Complaints: what somebody was unhappy about, who owns it and until when."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from customers.models.people import Customer
from dealership.models import Rooftop, Staff


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def overdue(self, at: datetime) -> Self:
        return self.open().filter(due_at__lt=at)

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
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer"], condition=Q(closed_at=None), name="complaint_open"),
        ]

    def __str__(self) -> str:
        return f"Complaint {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("customers:complaint", args=[self.pk])
