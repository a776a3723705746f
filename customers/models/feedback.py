"""Feedback: what somebody said about us, in their own words, wherever they said it."""

from datetime import datetime
from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse

from customers.models.complaints import Complaint
from customers.models.people import Customer
from customers.models.words import searched
from dealership.models import SERVICE, Rooftop, Staff

SEARCHED = searched("words")


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def visible_to(self, staff: Staff) -> Self:
        """All of it for service at its rooftop; sales reads what is about sales, and nothing told in confidence."""
        here = Q(rooftop_id__in=staff.rooftop_ids(*SERVICE))
        open_to_sales = Q(rooftop_id__in=staff.rooftop_ids(), side=Complaint.Side.SALES, is_confidential=False)
        return self.filter(here | open_to_sales)

    def told_to(self, staff: Staff) -> Self:
        """What `staff` may read in a customer's history: theirs, and what rooftops that share tell; no confidence."""
        shared = Q(rooftop__in=Rooftop.objects.telling(staff), is_confidential=False)
        return self.visible_to(staff) | self.filter(shared)

    def kept(self) -> Self:
        return self.filter(taken_back_at=None)

    def unmatched(self) -> Self:
        return self.kept().filter(customer=None)

    def match(self, *, customer: Customer, how: str, by: Staff, at: datetime) -> bool:
        """Nobody's → `customer`'s.  False: somebody said whose it is already."""
        return self.unmatched().update(customer=customer, matched_how=how, matched_by=by, matched_at=at) == 1

    def take_back(self, *, since: datetime, at: datetime) -> bool:
        """Written at `since` or later and not taken on as a complaint → taken back.  False: too late for that."""
        return self.kept().filter(recorded_at__gte=since, complaint=None).update(taken_back_at=at) == 1

    def take_on(self, *, complaint: Complaint) -> bool:
        """It becomes a complaint with an owner.  False: it is one already."""
        return self.kept().filter(complaint=None).update(complaint=complaint) == 1


class Feedback(models.Model):
    """Praise, a remark, a survey answer or a mention elsewhere.  A complaint has an owner, so it is a Complaint."""

    class Kind(models.TextChoices):
        PRAISE = "praise", "Praise"
        REMARK = "remark", "Remark"
        SURVEY = "survey", "Survey answer"
        MENTION = "mention", "Social mention"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="feedback", help_text="None: not known."
    )
    kind = models.CharField(max_length=8, choices=Kind)
    words = models.TextField(help_text="In the customer's own words.")
    side = models.CharField(max_length=8, choices=Complaint.Side, help_text="What it is about.")
    visit = models.TextField(blank=True, help_text="The number of the visit or sale it is about.")
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    score_of = models.PositiveSmallIntegerField(null=True, blank=True, help_text="The most the score can be.")
    place = models.TextField(blank=True, help_text="Where it was said, like a review site or the name of a survey.")
    link = models.URLField(max_length=500, blank=True)
    is_confidential = models.BooleanField("told in confidence", default=False, help_text="Kept from sales.")
    said_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", help_text="Who wrote it down.")
    source = models.TextField(default="said here", help_text="Said here, or the file it came in.")
    key = models.TextField(null=True, blank=True, help_text="Of a row of a file: the same row is taken once.")
    given_name = models.TextField(blank=True, help_text="As the file has it.  Never enough to say who it is.")
    given_contact = models.TextField(blank=True, help_text="Phone and e-mail as typed or as the file has them.")
    matched_how = models.TextField(blank=True)
    matched_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    matched_at = models.DateTimeField(null=True, blank=True)
    complaint = models.OneToOneField(
        Complaint, on_delete=models.SET_NULL, null=True, blank=True, related_name="feedback"
    )
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "feedback"
        ordering = ("-said_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rooftop", "key"], name="feedback_row_once"),
            models.CheckConstraint(name="feedback_has_words", condition=~Q(words="")),
            models.CheckConstraint(
                name="feedback_score_is_whole",
                condition=Q(score=None, score_of=None)
                | Q(score__isnull=False, score_of__isnull=False, score__lte=models.F("score_of"), score_of__gt=0),
                violation_error_message="A score needs the most it can be.",
            ),
            models.CheckConstraint(
                name="feedback_confidence_stays_in_service",
                condition=Q(is_confidential=False) | Q(side="service"),
                violation_error_message="What is told in confidence stays in service.",
            ),
            models.CheckConstraint(
                name="feedback_match_is_whole",
                condition=Q(matched_by=None, matched_at=None) | Q(matched_by__isnull=False, matched_at__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            GinIndex(SEARCHED, name="feedback_search"),
            models.Index(fields=["customer", "-said_at", "-id"], name="feedback_newest"),
            models.Index(fields=["rooftop", "-said_at", "-id"], name="feedback_rooftop_newest"),
            models.Index(fields=["rooftop", "-said_at"], condition=Q(customer=None), name="feedback_unmatched"),
        ]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(
                name="words_stay", fields=["kind", "words", "score", "score_of", "said_at", "recorded_at", "by"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("customers:feedback", args=[self.pk])
