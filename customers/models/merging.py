"""One person, once: who may be whom, and which records went into which."""

from datetime import datetime
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from customers.models.people import Customer
from dealership.models import SERVICE, Staff


class DuplicateQuerySet(models.QuerySet["Duplicate"]):
    def visible_to(self, staff: Staff) -> Self:
        """Like the customers they are about, they belong to the group."""
        return self.all() if staff.rooftop_ids(*SERVICE) else self.none()

    def open(self) -> Self:
        """Nobody has said yet whether they are one, and both still stand."""
        return self.filter(state=Duplicate.State.PROPOSED, lower__merged_into=None, higher__merged_into=None)

    def of(self, one: Customer, other: Customer) -> Self:
        lower, higher = sorted((one.pk, other.pk))
        return self.filter(lower=lower, higher=higher)

    def settle(self, *, state: str, by: Staff, at: datetime) -> bool:
        """Proposed → one person, or different people.  False: somebody said so already."""
        return self.filter(state=Duplicate.State.PROPOSED).update(state=state, settled_by=by, settled_at=at) == 1

    def reopen(self) -> bool:
        """One person → proposed, when the merge was undone."""
        rows = self.filter(state=Duplicate.State.MERGED)
        return rows.update(state=Duplicate.State.PROPOSED, settled_by=None, settled_at=None) == 1


class Duplicate(models.Model):
    """Two records that may be one person, and why.  A pair is asked about once; the answer is kept."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "May be the same"
        MERGED = "merged", "Merged"
        DIFFERENT = "different", "Different people"

    lower = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    higher = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    points = models.PositiveSmallIntegerField()
    reasons = models.JSONField(help_text="What speaks for it and against it, in words that name nobody.")
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    found_at = models.DateTimeField()
    settled_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = DuplicateQuerySet.as_manager()

    class Meta:
        ordering = ("-points", "lower", "higher")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lower", "higher"], name="duplicate_pair_once"),
            models.CheckConstraint(name="duplicate_lower_first", condition=Q(lower__lt=F("higher"))),
            models.CheckConstraint(
                name="duplicate_settled_is_whole",
                condition=Q(state="proposed", settled_by=None, settled_at=None)
                | (~Q(state="proposed") & Q(settled_by__isnull=False, settled_at__isnull=False)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-points", "lower", "higher"], condition=Q(state="proposed"), name="duplicate_open")
        ]

    def __str__(self) -> str:
        return f"Records {self.lower_id} and {self.higher_id}"

    def get_absolute_url(self) -> str:
        return reverse("customers:merge", args=[self.lower_id, self.higher_id])


class MergeQuerySet(models.QuerySet["Merge"]):
    def standing(self) -> Self:
        return self.filter(undone_at=None)

    def undo(self, *, since: datetime, by: Staff, at: datetime) -> bool:
        """Merged → undone, when it was merged at `since` or later.  False: undone before, or too long ago."""
        return self.standing().filter(at__gte=since).update(undone_by=by, undone_at=at) == 1


class Merge(models.Model):
    """`gone` went into `kept`: what spoke for it, and all that undoing it takes."""

    kept = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges")
    gone = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reasons = models.JSONField(help_text="What spoke for it, in words that name nobody.")
    before = models.JSONField(help_text="What the merge wrote over: was and is, by field.")
    moved = models.JSONField(help_text="By table and column, the ids of the rows that changed hands.")
    undone_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gone"], condition=Q(undone_at=None), name="merge_once"),
            models.CheckConstraint(
                name="merge_undo_is_whole",
                condition=Q(undone_by=None, undone_at=None) | Q(undone_by__isnull=False, undone_at__isnull=False),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(name="what_it_did_stays", fields=["kept", "gone", "by", "at", "moved"]),
        ]

    def __str__(self) -> str:
        return f"Merge {self.pk}"
