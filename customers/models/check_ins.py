"""Check-ins: a question about the car and how it went, at a promised time, that sells nothing."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from customers.models.complaints import Complaint
from customers.models.consents import Consent
from customers.models.feedback import Feedback
from customers.models.people import Customer
from customers.models.purchases import Purchase
from dealership.models import SERVICE, Rooftop, Staff

WAYS = (Consent.Channel.CALL, Consent.Channel.TEXT, Consent.Channel.EMAIL)
"""The ways somebody may have agreed to be asked, as columns of `allowed()`: may_call, may_text, may_email."""


class CheckInQuerySet(models.QuerySet["CheckIn"]):
    def visible_to(self, staff: Staff) -> Self:
        """Service sees its rooftop's; sales those of purchases."""
        here = Q(rooftop_id__in=staff.rooftop_ids(*SERVICE))
        return self.filter(here | Q(rooftop_id__in=staff.rooftop_ids(), purchase__isnull=False))

    def told_to(self, staff: Staff) -> Self:
        return self.filter(rooftop__in=Rooftop.objects.telling(staff))

    def waiting(self) -> Self:
        return self.filter(done_at=None, stopped_at=None)

    def due(self, at: datetime) -> Self:
        return self.waiting().filter(due_at__lte=at)

    def with_consent(self) -> Self:
        """Each with whether its customer's latest word lets us ask them, way by way."""
        said = Consent.objects.filter(customer=models.OuterRef("customer"), purpose=Consent.Purpose.SATISFACTION)
        return self.annotate(
            **{
                f"may_{way}": models.Subquery(
                    said.filter(channel__in=(way, Consent.Channel.ANY)).order_by("-at", "-pk").values("granted")[:1]
                )
                for way in WAYS
            }
        )

    def allowed(self) -> Self:
        """Only those whose customer said that we may ask.  Nobody asked them: that is a no."""
        return self.with_consent().filter(Q(may_call=True) | Q(may_text=True) | Q(may_email=True))

    def finish(self, *, outcome: str, by: Staff, at: datetime) -> bool:
        """Waiting → asked.  False: somebody asked already, or it was stopped."""
        return self.waiting().update(outcome=outcome, done_by=by, done_at=at) == 1

    def put_off(self, *, until: datetime) -> bool:
        """Nobody answered: once more at `until`.  False: it does not wait any more."""
        return self.waiting().update(due_at=until, tries=models.F("tries") + 1) == 1

    def reopen(self, *, since: datetime) -> bool:
        """Asked at `since` or later, with no complaint in it → waiting again."""
        done = self.filter(done_at__gte=since, complaint=None)
        return done.update(outcome="", done_by=None, done_at=None, feedback=None) == 1

    def stop(self, *, why: str, at: datetime) -> int:
        """Waiting → stopped; returns how many."""
        return self.waiting().update(stopped_why=why, stopped_at=at)


class CheckIn(models.Model):
    """One time somebody is asked how it is: after a visit, or some time after they bought a car."""

    class Kind(models.TextChoices):
        VISIT = "visit", "Three days after a visit"
        MONTH = "month", "A month with the car"
        YEAR = "year", "A year with the car"
        TWO_YEARS = "two_years", "Two years with the car"

    class Outcome(models.TextChoices):
        WELL = "well", "All is well"
        NOT_WELL = "not_well", "Something is not right"
        NEVER_REACHED = "never_reached", "Not reached"
        STOP = "stop", "They asked us not to ask"

    class Why(models.TextChoices):
        REPLY = "reply", "They told us by themselves"
        COMPLAINT = "complaint", "A complaint is open with them"
        STOP = "stop", "They asked us not to ask"
        LAPSED = "lapsed", "Nobody said that we may ask"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="check_ins")
    kind = models.CharField(max_length=10, choices=Kind)
    visit = models.TextField(blank=True, help_text="The RO number it follows.")
    purchase = models.ForeignKey(Purchase, on_delete=models.CASCADE, null=True, blank=True, related_name="check_ins")
    car = models.TextField(blank=True, help_text="As it is called when they are asked.")
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=14, choices=Outcome, blank=True)
    done_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    stopped_why = models.CharField(max_length=10, choices=Why, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    feedback = models.ForeignKey(Feedback, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    complaint = models.ForeignKey(Complaint, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    objects = CheckInQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rooftop", "visit"], condition=~Q(visit=""), name="check_in_visit_once"),
            models.UniqueConstraint(
                fields=["purchase", "kind"], condition=Q(purchase__isnull=False), name="check_in_purchase_once"
            ),
            models.CheckConstraint(
                name="check_in_follows_one_thing",
                condition=(Q(kind="visit", purchase=None) & ~Q(visit=""))
                | (Q(visit="", purchase__isnull=False) & ~Q(kind="visit")),
            ),
            models.CheckConstraint(
                name="check_in_done_is_whole",
                condition=Q(outcome="", done_by=None, done_at=None)
                | (Q(done_by__isnull=False, done_at__isnull=False, stopped_at=None) & ~Q(outcome="")),
            ),
            models.CheckConstraint(
                name="check_in_stopped_says_why",
                condition=Q(stopped_why="", stopped_at=None) | (Q(stopped_at__isnull=False) & ~Q(stopped_why="")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["rooftop", "due_at", "id"], condition=Q(done_at=None, stopped_at=None), name="check_in_due"
            ),
            models.Index(
                fields=["owner", "due_at", "id"], condition=Q(done_at=None, stopped_at=None), name="check_in_mine"
            ),
            models.Index(fields=["customer", "-due_at"], name="check_in_customer"),
        ]

    def __str__(self) -> str:
        return f"Check-in {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("customers:check-in", args=[self.pk])

    @property
    def side(self) -> str:
        """Whose question it is: what came of it belongs to service after a visit, to sales after a purchase."""
        return Complaint.Side.SALES if self.purchase_id else Complaint.Side.SERVICE
