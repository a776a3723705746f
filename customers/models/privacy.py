"""What a person may ask of us about their own data, and for how long we keep what nobody asks about."""

from datetime import date, datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from customers.models.people import Customer
from dealership.models import Rooftop, Staff


class PrivacyRequestQuerySet(models.QuerySet["PrivacyRequest"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def open(self) -> Self:
        return self.filter(status=PrivacyRequest.Status.OPEN)

    def granted_erasures(self) -> Self:
        """What opens the gate to rows that are written once: see sales_handoff.actions.erasing."""
        return self.filter(kind=PrivacyRequest.Kind.ERASURE, status=PrivacyRequest.Status.DONE)

    def asked(self) -> Self:
        """What somebody asked, without what a retention policy did by itself."""
        return self.exclude(asked_how=PrivacyRequest.How.POLICY)

    def identify(self, *, how: str) -> bool:
        """Say how we know that it is them.  False: it was settled meanwhile."""
        return self.open().update(verified_how=how) == 1

    def give(self, *, owner: Staff) -> bool:
        """Another owner.  False: it was settled meanwhile."""
        return self.open().update(owner=owner) == 1

    def finish(self, *, note: str, by: Staff, at: datetime) -> bool:
        """Open → done, once we know who asks.  False: we do not, or somebody settled it before."""
        known = self.open().exclude(verified_how="")
        return known.update(status=PrivacyRequest.Status.DONE, note=note, settled_by=by, settled_at=at) == 1

    def refuse(self, *, why: str, by: Staff, at: datetime) -> bool:
        """Open → refused.  False: somebody settled it before."""
        return (
            self.open().update(status=PrivacyRequest.Status.REFUSED, refused_why=why, settled_by=by, settled_at=at) == 1
        )


class PrivacyRequest(models.Model):
    """Somebody asked to see, correct or erase what we hold about them.  Kept when it is settled (11 CCR 7101)."""

    class Kind(models.TextChoices):
        ACCESS = "access", "See what we hold"
        CORRECTION = "correction", "Correct it"
        ERASURE = "erasure", "Erase it"

    class How(models.TextChoices):
        PERSON = "person", "In person"
        CALL = "call", "By phone"
        EMAIL = "email", "By e-mail"
        LETTER = "letter", "By letter"
        POLICY = "policy", "Nobody: a retention policy"

    ASKED_HOW = How.choices[:-1]
    """How somebody may ask: the last is nobody."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="privacy_requests")
    kind = models.CharField(max_length=10, choices=Kind)
    words = models.TextField(blank=True, help_text="What they asked for, in their words.")
    asked_how = models.CharField(max_length=6, choices=How)
    asked_at = models.DateTimeField()
    verified_how = models.TextField(blank=True, help_text="How we know that it is them: what was asked or shown.")
    due_date = models.DateField(help_text="By when the law wants an answer.")
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=7, choices=Status, default=Status.OPEN)
    refused_why = models.TextField(blank=True)
    note = models.TextField(blank=True, help_text="What was done, or what stays beside what the record says.")
    settled_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = PrivacyRequestQuerySet.as_manager()

    class Meta:
        ordering = ("due_date", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "kind"],
                condition=Q(status="open"),
                name="privacy_request_one_open",
                violation_error_message="They asked for that already, and it is still open.",
            ),
            models.CheckConstraint(
                name="privacy_request_settled_is_whole",
                condition=Q(status="open", settled_by=None, settled_at=None, refused_why="", note="")
                | Q(status="done", settled_at__isnull=False, refused_why="")
                & ~Q(verified_how="")
                & (Q(settled_by__isnull=False) | Q(asked_how="policy"))
                | Q(status="refused", settled_by__isnull=False, settled_at__isnull=False) & ~Q(refused_why=""),
                violation_error_message="Say how we know who asks before it is done, and why when it is refused.",
            ),
            models.CheckConstraint(
                name="privacy_request_has_an_owner",
                condition=Q(owner__isnull=False) | Q(asked_how="policy", kind="erasure", status="done"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["rooftop", "due_date", "id"], condition=Q(status="open"), name="privacy_request_due"),
            models.Index(fields=["rooftop", "-settled_at", "-id"], name="privacy_request_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, request {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("customers:privacy-request", args=[self.pk])


class RetentionPolicyQuerySet(models.QuerySet["RetentionPolicy"]):
    def in_force(self, on: date) -> dict[str, "RetentionPolicy"]:
        """By what it is about, the latest row in effect on that day."""
        rows = self.filter(effective_date__lte=on).order_by("effective_date", "pk")
        return {policy.what: policy for policy in rows}


class RetentionPolicy(models.Model):
    """For how many months one kind of data is kept, from a day on.  What the law needs of a visit stays as long as its
    authorization policy says, whatever stands here; sales_handoff.personal says by which kind each table goes."""

    class What(models.TextChoices):
        MESSAGES = "messages", "Messages sent: address and words"
        TEXTS = "texts", "Texts received: number and words"
        WRITE_UPS = "write_ups", "Write-ups that came to nothing"
        PHOTOS = "photos", "Photos of visits that were never billed"
        IMPORT_FILES = "import_files", "Files that were imported"
        LOOKS = "looks", "Who looked at whom"
        VOICES = "voices", "What customers said: feedback, settled complaints and questions"
        CUSTOMERS = "customers", "Customers who did not come back: all that no law keeps"

    what = models.CharField("what", max_length=12, choices=What)
    months = models.PositiveSmallIntegerField(help_text="Then it is erased, the night after.")
    source = models.TextField(help_text="Law, or the group's own reason.")
    effective_date = models.DateField()

    objects = RetentionPolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "retention policies"
        ordering = ("what", "-effective_date", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["what", "effective_date"], name="retention_policy_once_a_day"),
            models.CheckConstraint(
                name="retention_policy_of_a_month_at_least",
                condition=Q(months__gte=1),
                violation_error_message="Keep it for a month at least.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.months} months from {self.effective_date}"
