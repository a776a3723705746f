"""Who owns a hand-off that goes on too slowly: what the sales manager was told, and whom they gave it to."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from dealership.append_only import append_only
from dealership.models import Staff
from sales_handoff.models.handoffs import Handoff, Overdue


class Escalation(models.Model):
    """A hand-off is overdue and the sales manager was told, once for each reason.  This row is the message."""

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="escalations")
    why = models.CharField(max_length=10, choices=Overdue)
    due_at = models.DateTimeField(help_text="When it should have gone on.")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handoff", "why"], name="escalated_once"),
            models.CheckConstraint(
                name="escalated_when_overdue",
                condition=Q(at__gte=F("due_at")),
                violation_error_message="It is not overdue yet.",
            ),
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.handoff}: {self.get_why_display().lower()}"


class Reassignment(models.Model):
    """The sales manager gave a hand-off to somebody else, and said why."""

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="reassignments")
    from_staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    to_staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="reassigned_to_somebody_else_with_a_reason",
                condition=~Q(reason="") & (Q(from_staff=None) | ~Q(from_staff=F("to_staff"))),
                violation_error_message="Say why, and choose somebody else.",
            )
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.handoff} to {self.to_staff}"
