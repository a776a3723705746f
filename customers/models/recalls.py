"""NHTSA's recall list as it came in, and what somebody found out about one car by its VIN."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from customers.models.cars import Vehicle
from customers.rules import recalls as rules
from dealership.append_only import append_only
from dealership.models import OFFICE, Staff


class RecallFileQuerySet(models.QuerySet["RecallFile"]):
    def visible_to(self, staff: Staff) -> Self:
        """The list belongs to the group; who imports sees the files."""
        return self.all() if staff.rooftop_ids(*OFFICE) else self.none()

    def done(self) -> Self:
        return self.filter(status=RecallFile.Status.DONE)

    def unfinished(self) -> Self:
        """Uploaded and not yet done: waiting for a worker, or with one that may have died."""
        return self.filter(status__in=(RecallFile.Status.WAITING, RecallFile.Status.RUNNING)).exclude(file="")

    def run(self, *, at: datetime) -> bool:
        """A worker takes it, or takes it over."""
        taken = self.unfinished().update(
            status=RecallFile.Status.RUNNING, started_at=at, rows=0, share=0, attempts=F("attempts") + 1
        )
        return taken == 1

    def read(self, *, rows: int, share: int) -> None:
        """How far it is: rows read, and percent of the file."""
        self.unfinished().update(rows=rows, share=share)

    def finish(self, *, at: datetime, **figures: Any) -> bool:
        done = self.unfinished().update(status=RecallFile.Status.DONE, share=100, file="", finished_at=at, **figures)
        return done == 1

    def stop(self, *, problem: str, at: datetime) -> bool:
        stopped = self.unfinished().update(status=RecallFile.Status.FAILED, problem=problem, file="", finished_at=at)
        return stopped == 1


class RecallFile(models.Model):
    """One of NHTSA's files that was taken in, or is being: what came of it.  The file itself is not kept."""

    class Part(models.TextChoices):
        PRE = "pre", "PRE_2010"
        POST = "post", "POST_2010"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Stopped"

    name = models.TextField(help_text="The file's.")
    part = models.CharField(max_length=4, choices=Part, help_text="Campaigns until 2009, or from 2010 on.")
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="recalls/", blank=True, help_text="Only while an upload waits.")
    status = models.CharField(max_length=8, choices=Status)
    problem = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    share = models.PositiveSmallIntegerField(default=0, help_text="Percent of the file that is read.")
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0, help_text="Held from an earlier file and not in this one.")
    left_out = models.JSONField(default=dict, blank=True, help_text="Rows that are not about vehicles, by kind.")
    rejected = models.PositiveIntegerField(default=0)
    rejects = models.JSONField(default=list, blank=True, help_text="The first rejected rows: number and reason.")
    newest_on = models.DateField(null=True, blank=True, help_text="Day of its newest record: how fresh it is.")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.TextField()
    at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RecallFileQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        indexes: ClassVar = [models.Index(fields=["-at", "-id"], name="recall_file_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="recall_file_says_how_it_ended",
                condition=Q(status__in=("waiting", "running"), finished_at=None, problem="")
                | Q(status="done", finished_at__isnull=False, problem="")
                | (Q(status="failed", finished_at__isnull=False) & ~Q(problem="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:recall-file", args=[self.pk])

    @property
    def taken(self) -> int:
        return self.added + self.changed + self.unchanged


class Recall(models.Model):
    """One record of NHTSA's list about vehicles: a campaign, for one make, model and year.  Never about one car."""

    record_id = models.BigIntegerField(primary_key=True, help_text="NHTSA's RECORD_ID.")
    campaign = models.TextField(help_text="NHTSA's number, like 23V123000.")
    make = models.TextField()
    model = models.TextField()
    year = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty where NHTSA does not know it.")
    make_key = models.TextField(help_text="Letters and digits, as cars are compared with it.")
    model_key = models.TextField()
    year_from = models.PositiveSmallIntegerField(null=True, blank=True)
    year_until = models.PositiveSmallIntegerField(null=True, blank=True)
    maker_campaign = models.TextField(blank=True, help_text="The maker's own number.")
    component = models.TextField(blank=True)
    manufacturer = models.TextField(blank=True)
    built_from = models.DateField(null=True, blank=True)
    built_until = models.DateField(null=True, blank=True)
    received_on = models.DateField(null=True, blank=True)
    recorded_on = models.DateField(null=True, blank=True)
    defect = models.TextField(blank=True)
    consequence = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    do_not_drive = models.BooleanField(default=False)
    park_outside = models.BooleanField(default=False)
    part = models.CharField(max_length=4, choices=RecallFile.Part)
    file = models.ForeignKey(
        RecallFile, on_delete=models.PROTECT, related_name="+", help_text="The one that last changed it."
    )
    added_at = models.DateTimeField(help_text="When it first came here, or came back.")
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="When a newer list no longer had it.")

    class Meta:
        ordering = ("record_id",)
        indexes: ClassVar = [
            models.Index(fields=["make_key", "model_key", "year_from"], name="recall_model"),
            models.Index(fields=["campaign"], name="recall_campaign"),
        ]

    def __str__(self) -> str:
        return f"Recall {self.campaign}: {self.year or 'year not known'} {self.make} {self.model}"


class RecallCheckQuerySet(models.QuerySet["RecallCheck"]):
    def record(self, *, vehicle: Vehicle, campaign: str, seen: int, **said: Any) -> "RecallCheck | None":
        """What was found out, by who had seen answer number `seen` (0: none).  None: somebody answered meanwhile."""
        if not seen:
            check, is_new = self.get_or_create(vehicle=vehicle, campaign=campaign, defaults={"number": 1, **said})
            return check if is_new else None
        here = self.filter(vehicle=vehicle, campaign=campaign, number=seen)
        return self.get(vehicle=vehicle, campaign=campaign) if here.update(number=F("number") + 1, **said) else None


class RecallAnswer(models.Model):
    """What somebody found out about one car and one campaign by its VIN."""

    class State(models.TextChoices):
        NOT_THIS_CAR = rules.NOT_THIS_CAR, "Not this car"
        OPEN = rules.OPEN, "Open on this car"
        ORDERED = rules.ORDERED, "Open, parts are ordered"
        DONE = rules.DONE, "Done"

    class Source(models.TextChoices):
        MAKER_SYSTEM = "maker_system", "The maker's dealer system"
        MAKER_SITE = "maker_site", "The maker's page for owners"
        MAKER_PHONE = "maker_phone", "The maker, by phone"
        NHTSA_SITE = "nhtsa_site", "NHTSA's page, by VIN"
        INVOICE = "invoice", "An invoice of the repair"

    number = models.PositiveSmallIntegerField(help_text="From 1; each answer about the car and campaign has the next.")
    state = models.CharField(max_length=12, choices=State)
    source = models.CharField(max_length=12, choices=Source)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        abstract = True


class RecallCheck(RecallAnswer):
    """The last word on one car and one campaign."""

    vehicle = models.ForeignKey(Vehicle, on_delete=models.CASCADE, related_name="recall_checks")
    campaign = models.TextField()

    objects = RecallCheckQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["vehicle", "campaign"], name="recall_check_once"),
            models.CheckConstraint(
                name="recall_check_is_an_answer",
                condition=Q(number__gte=1, state__in=("not_this_car", "open", "ordered", "done")) & ~Q(source=""),
            ),
        ]

    def __str__(self) -> str:
        return f"Recall {self.campaign}: {self.get_state_display().lower()}"


class RecallCheckEntry(RecallAnswer):
    """Every answer ever given, as it was given."""

    check_of = models.ForeignKey(RecallCheck, on_delete=models.CASCADE, related_name="entries")

    class Meta:
        verbose_name_plural = "recall check entries"
        ordering = ("-number", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["check_of", "number"], name="recall_check_entry_once"),
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.number}. {self.get_state_display()}"
