"""Who may live together: proposed from what they share, and settled by a person."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from customers.models.merging import Duplicate
from customers.models.people import Customer
from dealership.models import Staff


class HouseholdSuggestionQuerySet(models.QuerySet["HouseholdSuggestion"]):
    def visible_to(self, staff: Staff) -> Self:
        """Like the two people it is about."""
        seen = Customer.objects.visible_to(staff).values("pk")
        return self.filter(low__in=seen, high__in=seen)

    def open(self) -> Self:
        """What nobody has settled, of two who share no household yet and are not asked about as one person."""
        together = Q(low__household__isnull=False, low__household=F("high__household"))
        one_person = Duplicate.objects.open().filter(lower=models.OuterRef("low"), higher=models.OuterRef("high"))
        rows = self.filter(state=HouseholdSuggestion.State.PROPOSED).exclude(together)
        return rows.exclude(models.Exists(one_person))

    def of_pair(self, one: int, other: int) -> Self:
        return self.filter(Q(low=one, high=other) | Q(low=other, high=one))

    def confirm(self, *, by: Staff, at: datetime) -> bool:
        """They live together, whatever was said before.  False: nothing was proposed, or it was confirmed already."""
        rows = self.exclude(state=HouseholdSuggestion.State.CONFIRMED)
        return rows.update(state=HouseholdSuggestion.State.CONFIRMED, decided_by=by, decided_at=at) > 0

    def decline(self, *, by: Staff, at: datetime) -> bool:
        """Proposed → not so.  False: somebody settled it before."""
        rows = self.filter(state=HouseholdSuggestion.State.PROPOSED)
        return rows.update(state=HouseholdSuggestion.State.DECLINED, decided_by=by, decided_at=at) == 1

    def undo_decline(self, *, since: datetime) -> bool:
        rows = self.filter(state=HouseholdSuggestion.State.DECLINED, decided_at__gte=since)
        return rows.update(state=HouseholdSuggestion.State.PROPOSED, decided_by=None, decided_at=None) == 1


class HouseholdSuggestion(models.Model):
    """Two people who may share a household, and why.  Never more than a question until somebody confirms it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        CONFIRMED = "confirmed", "They live together"
        DECLINED = "declined", "They do not"

    low = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", help_text="Who had the lower id.")
    high = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    reasons = models.JSONField(default=list, help_text='What they share: [{"kind", "words"}].')
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = HouseholdSuggestionQuerySet.as_manager()

    class Meta:
        ordering = ("-proposed_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["low", "high"], name="household_suggestion_once"),
            models.CheckConstraint(name="household_suggestion_of_two", condition=~Q(low=F("high"))),
            models.CheckConstraint(
                name="household_suggestion_decided_by_somebody",
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | (~Q(state="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["-proposed_at", "-id"], condition=Q(state="proposed"), name="household_suggestion_open"
            )
        ]

    def __str__(self) -> str:
        return f"Household suggestion {self.pk}"

    @property
    def why(self) -> list[str]:
        return [reason["words"] for reason in self.reasons]
