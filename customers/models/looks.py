"""Looks: who opened whose record."""

from typing import ClassVar

from django.db import models

from customers.models.people import Customer
from dealership.append_only import append_only
from dealership.models import Rooftop, Staff


class Look(models.Model):
    """Somebody looked at a customer's record.  Every look is kept, as long as the retention policy says."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="looks")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    why = models.TextField(help_text="The page or task, like write-up or hand-off 12.")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        indexes: ClassVar = [models.Index(fields=["customer", "-at", "-id"], name="look_latest")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.by} looked at {self.customer}"
