"""The audit trail."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from dealership.append_only import append_only
from dealership.models.people import Rooftop, Staff


class EntryQuerySet(models.QuerySet["Entry"]):
    def about(self, row: models.Model) -> Self:
        return self.filter(about_type=row._meta.label_lower, about_id=row.pk)

    def newest_first(self) -> Self:
        return self.order_by("-at", "-pk")


class Entry(models.Model):
    """One line of the audit trail: who did what to which row, when.  Written by `audit.record`, never changed."""

    event = models.TextField(help_text="noun.verb in the past tense, like handoff.claimed")
    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    about_type = models.TextField()
    about_id = models.BigIntegerField()
    about_label = models.TextField(help_text="As it was called then.")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.TextField(help_text="As they were called then; also names a customer or a task.")
    at = models.DateTimeField(help_text="When it happened.")
    entered_at = models.DateTimeField(
        "entered late at", null=True, blank=True, help_text="When it was typed, for what first stood on paper."
    )
    entered_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="entered late by"
    )
    detail = models.JSONField(default=dict, blank=True)
    form_key = models.UUIDField(
        null=True, blank=True, unique=True, help_text="The one-time key of the form that asked for this."
    )
    form_digest = models.TextField(blank=True)
    answer = models.TextField(blank=True, help_text="Where the form's sender was sent; a repeat goes there too.")

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        ordering = ("-at", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["about_type", "about_id", "at"], name="entry_about"),
            models.Index(fields=["rooftop", "at"], name="entry_rooftop_at"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="entry_late_is_whole",
                condition=Q(entered_at=None, entered_by=None)
                | Q(entered_at__isnull=False, entered_by__isnull=False, entered_at__gte=F("at")),
            )
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.event}: {self.about_label}"
