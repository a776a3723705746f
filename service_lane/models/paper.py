"""Paper mode: what was printed for a day without the network, and which sheet became which write-up."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Max, Q
from django.urls import reverse

from dealership.models import Rooftop, Staff
from service_lane.models.intake import Appointment, WriteUp


class PaperRunQuerySet(models.QuerySet["PaperRun"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())


class PaperRun(models.Model):
    """One print job: which day's cars, and how many of each blank."""

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(help_text="The day it was printed for.")
    with_board = models.BooleanField(default=True)
    inspections = models.PositiveSmallIntegerField(default=0, help_text="Blank inspection sheets.")
    consents = models.PositiveSmallIntegerField(default=0, help_text="Phone consent sheets.")
    printed_at = models.DateTimeField()
    printed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")

    objects = PaperRunQuerySet.as_manager()

    class Meta:
        ordering = ("-printed_at", "-pk")

    def __str__(self) -> str:
        return f"Paper for {self.day.day} {self.day:%b %Y}"

    def get_absolute_url(self) -> str:
        return reverse("recommendations:paper-run", args=[self.pk])


class PaperSheetQuerySet(models.QuerySet["PaperSheet"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def out(self) -> Self:
        """Printed, and neither entered nor put aside: somebody may still hold them."""
        return self.filter(write_up=None, put_aside_at=None)

    def next_number(self, rooftop: Rooftop) -> int:
        """The number after the last one.  The rooftop stays locked until the transaction ends: none is given twice."""
        Rooftop.objects.select_for_update(no_key=True).get(pk=rooftop.pk)
        last: int | None = self.filter(rooftop=rooftop).aggregate(last=Max("number"))["last"]
        return (last or 0) + 1

    def enter(self, write_up: WriteUp) -> bool:
        """On paper → a write-up.  A sheet that was put aside comes back.  False: somebody entered it already."""
        fresh = self.filter(write_up=None)
        return fresh.update(write_up=write_up, put_aside_at=None, put_aside_by=None, put_aside_why="") == 1

    def put_aside(self, *, why: str, by: Staff, at: datetime) -> int:
        """Out → put aside; returns how many were."""
        return self.out().update(put_aside_at=at, put_aside_by=by, put_aside_why=why)


class PaperSheet(models.Model):
    """One numbered lane sheet.  Every number is accounted for: out, entered as a write-up, or put aside with why."""

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    run = models.ForeignKey(PaperRun, on_delete=models.PROTECT, null=True, blank=True, related_name="sheets")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(help_text="When it was printed, or when other paper was given this number.")
    write_up = models.OneToOneField(WriteUp, on_delete=models.PROTECT, null=True, blank=True, related_name="sheet")
    put_aside_at = models.DateTimeField(null=True, blank=True)
    put_aside_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    put_aside_why = models.TextField(blank=True, help_text="Like not used, or printed again as P-0012.")

    objects = PaperSheetQuerySet.as_manager()

    class Meta:
        ordering = ("number", "pk")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["rooftop", "number"], name="paper_sheet_number_once"),
            models.CheckConstraint(
                name="paper_sheet_put_aside_is_whole",
                condition=Q(put_aside_at=None, put_aside_by=None, put_aside_why="")
                | Q(put_aside_at__isnull=False, put_aside_by__isnull=False, write_up=None) & ~Q(put_aside_why=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["rooftop", "number"], condition=Q(write_up=None, put_aside_at=None), name="paper_sheet_out"
            )
        ]

    def __str__(self) -> str:
        return f"P-{self.number:04}"
