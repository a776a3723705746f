"""Follow-throughs: a customer's question that is somebody else's job, followed to its end by whoever took it."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from customers.models.people import Customer
from dealership.models import SERVICE, Rooftop, Staff


class FollowThroughQuerySet(models.QuerySet["FollowThrough"]):
    def visible_to(self, staff: Staff) -> Self:
        """Service sees its rooftop's; anybody else what they took or were given."""
        here = Q(rooftop_id__in=staff.rooftop_ids(*SERVICE))
        own = Q(rooftop_id__in=staff.rooftop_ids()) & (Q(owner=staff) | Q(taken_by=staff))
        return self.filter(here | own)

    def to_do(self) -> Self:
        return self.filter(done_at=None)

    def to_tell(self) -> Self:
        return self.filter(done_at__isnull=False, told_at=None)

    def give(self, *, owner: Staff) -> bool:
        """Another owner.  False: it is done."""
        return self.to_do().update(owner=owner) == 1

    def finish(self, *, answer: str, by: Staff, at: datetime) -> bool:
        """To do → done, with the answer for the customer.  False: somebody answered already."""
        return self.to_do().update(answer=answer, done_by=by, done_at=at) == 1

    def undo_finish(self, *, since: datetime) -> bool:
        return self.to_tell().filter(done_at__gte=since).update(answer="", done_by=None, done_at=None) == 1

    def tell(self, *, how: str, by: Staff, at: datetime) -> bool:
        """Done → the customer was told.  False: not done yet, or told already."""
        return self.to_tell().update(told_how=how, told_by=by, told_at=at) == 1

    def undo_tell(self, *, since: datetime) -> bool:
        return self.filter(told_at__gte=since).update(told_how="", told_by=None, told_at=None) == 1


class FollowThrough(models.Model):
    """One question: who took it, whose job it is, until when, the answer, and that the customer has it."""

    class How(models.TextChoices):
        PERSON = "person", "In person"
        CALL = "call", "By phone"
        TEXT = "text", "By text"
        EMAIL = "email", "By e-mail"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="follow_throughs")
    words = models.TextField(help_text="What they want to know, in their words.")
    visit = models.TextField(blank=True, help_text="The RO number of the visit it is about.")
    taken_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", help_text="Who sees it through.")
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", help_text="Whose job the answer is.")
    due_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    done_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    told_how = models.CharField(max_length=8, choices=How, blank=True)
    told_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    told_at = models.DateTimeField(null=True, blank=True)

    objects = FollowThroughQuerySet.as_manager()

    class Meta:
        verbose_name = "follow-through"
        ordering = ("due_at", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(name="follow_through_has_words", condition=~Q(words="")),
            models.CheckConstraint(
                name="follow_through_done_has_answer",
                condition=Q(answer="", done_by=None, done_at=None)
                | (Q(done_by__isnull=False, done_at__isnull=False) & ~Q(answer="")),
            ),
            models.CheckConstraint(
                name="follow_through_told_what_was_done",
                condition=Q(told_how="", told_by=None, told_at=None)
                | (Q(told_by__isnull=False, told_at__isnull=False, done_at__isnull=False) & ~Q(told_how="")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["owner", "due_at", "id"], condition=Q(done_at=None), name="follow_through_mine"),
            models.Index(fields=["taken_by", "due_at", "id"], condition=Q(told_at=None), name="follow_through_taken"),
            models.Index(fields=["customer", "-opened_at"], name="follow_through_customer"),
        ]

    def __str__(self) -> str:
        return f"Question {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("customers:follow-through", args=[self.pk])
