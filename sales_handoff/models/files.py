"""The files that guides, stock, programs, needs, sales and deals come in."""

from typing import ClassVar, Self

from django.db import models

from dealership.append_only import append_only
from dealership.models import Rooftop, Staff


class ImportedFileQuerySet(models.QuerySet["ImportedFile"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())


class ImportedFile(models.Model):
    """One file that was taken in, with what came of it; its rows name it."""

    class Kind(models.TextChoices):
        VALUES = "values", "Value guide"
        SALES = "sales", "Sales"
        STOCK = "stock", "Stock"
        PROGRAMS = "programs", "Payment programs"
        NEEDS = "needs", "Cars wanted"
        DEALS = "deals", "Deals"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.TextField(help_text="The file's.")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.TextField()
    at = models.DateTimeField()

    objects = ImportedFileQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"
