"""Purchases: the car somebody took home, what was promised at the sale, and their introduction to service."""

from datetime import date, datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from customers.models.cars import Vehicle
from customers.models.people import Customer
from dealership.models import Rooftop, Staff


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def told_to(self, staff: Staff) -> Self:
        return self.filter(rooftop__in=Rooftop.objects.telling(staff))

    def sold_since(self, on: date) -> Self:
        return self.filter(sold_date__gt=on)

    def to_introduce(self) -> Self:
        return self.filter(introduced_at=None)

    def introduce(self, *, advisor: Staff, first_visit: date, by: Staff, at: datetime) -> bool:
        """Not introduced to service → introduced.  False: somebody did it already."""
        return (
            self.to_introduce().update(
                advisor=advisor, first_visit_date=first_visit, schedule_told=True, introduced_by=by, introduced_at=at
            )
            == 1
        )

    def undo_introduce(self, *, since: datetime) -> bool:
        done = self.filter(introduced_at__gte=since)
        return (
            done.update(
                advisor=None, first_visit_date=None, schedule_told=False, introduced_by=None, introduced_at=None
            )
            == 1
        )


class Purchase(models.Model):
    """One car bought here, and the checklist of its delivery."""

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="purchases")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.SET_NULL, null=True, blank=True, related_name="purchases")
    car = models.TextField(help_text="As the deal names it, like 2026 Honda CR-V.")
    deal_number = models.TextField()
    sold_date = models.DateField(help_text="The day it was delivered.")
    salesperson = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    promised = models.TextField(blank=True, help_text="What was promised at the sale, in plain words.")
    advisor = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Who looks after them."
    )
    first_visit_date = models.DateField(null=True, blank=True)
    schedule_told = models.BooleanField(default=False, help_text="The maintenance schedule was gone through.")
    introduced_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    introduced_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        ordering = ("-sold_date", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rooftop", "deal_number"], name="purchase_once"),
            models.CheckConstraint(
                name="purchase_introduction_is_whole",
                condition=Q(
                    advisor=None, first_visit_date=None, schedule_told=False, introduced_by=None, introduced_at=None
                )
                | Q(
                    advisor__isnull=False,
                    first_visit_date__isnull=False,
                    schedule_told=True,
                    introduced_by__isnull=False,
                    introduced_at__isnull=False,
                ),
                violation_error_message="An introduction needs the advisor, the first visit and the schedule.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["rooftop", "-sold_date", "-id"], name="purchase_newest"),
            models.Index(fields=["customer", "-sold_date"], name="purchase_customer"),
        ]

    def __str__(self) -> str:
        return f"Deal {self.deal_number}"

    def get_absolute_url(self) -> str:
        return reverse("customers:purchase", args=[self.pk])
