"""The history that came from a dealer management system: its files, and the lines they billed."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.urls import reverse

from dealership.models import Rooftop, Staff
from service_lane.models.orders import RepairOrder


class DmsImportQuerySet(models.QuerySet["DmsImport"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def unfinished(self) -> Self:
        """Asked for and not yet done: waiting for a worker, or with one that may have died."""
        return self.filter(status__in=(DmsImport.Status.WAITING, DmsImport.Status.RUNNING)).exclude(file="")

    def start(self) -> bool:
        """Looked at → waiting for a worker.  False: somebody started it already."""
        return self.filter(status=DmsImport.Status.PREVIEW).update(status=DmsImport.Status.WAITING) == 1

    def run(self, *, at: datetime) -> bool:
        """A worker takes it, or takes it over."""
        return self.unfinished().update(status=DmsImport.Status.RUNNING, started_at=at, rows_done=0) == 1

    def finish(self, *, report: dict[str, Any], rows: int, at: datetime) -> bool:
        return (
            self.unfinished().update(
                status=DmsImport.Status.DONE, report=report, rows_total=rows, rows_done=rows, finished_at=at
            )
            == 1
        )

    def stop(self, *, problem: str, at: datetime) -> bool:
        return self.unfinished().update(status=DmsImport.Status.FAILED, problem=problem, finished_at=at) == 1


class DmsImport(models.Model):
    """One file from a dealer management system: the file, how far it got, and what came of it."""

    class Status(models.TextChoices):
        PREVIEW = "preview", "Ready to start"
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Stopped"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    filename = models.TextField()
    file = models.FileField(upload_to="imports/", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.PREVIEW)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict, blank=True)
    problem = models.TextField(blank=True)

    objects = DmsImportQuerySet.as_manager()

    class Meta:
        verbose_name = "DMS import"
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        return reverse("service_lane:import-progress", args=[self.pk])


class ServiceLine(models.Model):
    """One line of past work, as a dealer management system billed it.  Amounts in dollars; goodwill may be negative."""

    class PayType(models.TextChoices):
        CUSTOMER = "C", "Customer pay"
        WARRANTY = "W", "Warranty"
        INTERNAL = "I", "Internal"

    repair_order = models.ForeignKey(RepairOrder, on_delete=models.CASCADE, related_name="service_lines")
    line_code = models.CharField(max_length=4)
    position = models.PositiveSmallIntegerField(help_text="Among lines with the same code, from 1.")
    concern = models.TextField(blank=True)
    cause = models.TextField(blank=True)
    correction = models.TextField(blank=True)
    op_code = models.TextField(blank=True)
    op_description = models.TextField(blank=True)
    pay_type = models.CharField(max_length=1, choices=PayType)
    technician = models.TextField(blank=True)
    hours = models.DecimalField(max_digits=7, decimal_places=2)
    labor = models.DecimalField(max_digits=10, decimal_places=2)
    parts = models.DecimalField(max_digits=10, decimal_places=2)
    misc = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        ordering = ("line_code", "position", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["repair_order", "line_code", "position"], name="service_line_once"),
        ]

    def __str__(self) -> str:
        return self.op_description
