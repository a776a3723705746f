"""What cars are worth: rows of an imported guide, and what a person typed in for one car."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from customers.models import Vehicle
from dealership.append_only import append_only
from dealership.models import Rooftop, Staff
from sales_handoff.models.files import ImportedFile


class ValueGuideRow(models.Model):
    """What a kind of car is worth in trade, from an imported guide.  Always a range, with its source and date."""

    make = models.TextField(help_text="Upper case.")
    model = models.TextField(help_text="Upper case.")
    year = models.PositiveSmallIntegerField()
    trim = models.TextField(blank=True)
    miles = models.PositiveIntegerField(help_text="At which the range holds.")
    low = models.DecimalField(max_digits=10, decimal_places=2)
    high = models.DecimalField(max_digits=10, decimal_places=2)
    dollars_per_1000_miles = models.DecimalField(
        max_digits=8, decimal_places=2, default=0, help_text="Taken off for each 1,000 miles more."
    )
    source = models.TextField()
    as_of_date = models.DateField()
    file = models.ForeignKey(ImportedFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("make", "model", "-year", "trim", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["make", "model", "year", "trim", "source"], name="value_guide_row_once"),
            models.CheckConstraint(
                name="value_guide_range",
                condition=Q(low__gte=0, high__gte=models.F("low")),
                violation_error_message="The high value must be at least the low one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.make} {self.model}"


class Appraisal(models.Model):
    """A value of one car typed in by a person, with where it comes from.  Also what is still owed on it."""

    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, related_name="+")
    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    low = models.DecimalField(max_digits=10, decimal_places=2)
    high = models.DecimalField(max_digits=10, decimal_places=2)
    payoff = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    source = models.TextField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="appraisal_range",
                condition=Q(low__gte=0, high__gte=models.F("low")) & ~Q(source=""),
                violation_error_message="Enter a low and a high value and where they come from.",
            ),
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.vehicle}: {self.low} to {self.high}"
