"""Arrival: appointments, write-ups in progress, photos and marks of the walk-around."""

import re
import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from customers.models import Customer, Vehicle
from dealership.models import Rooftop, Staff
from service_lane.models.orders import RepairOrder
from service_lane.rules.damage import HEIGHT, WIDTH
from service_lane.rules.marks import Drawing, drawing


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def told_to(self, staff: Staff) -> Self:
        return self.filter(rooftop__in=Rooftop.objects.telling(staff))

    def arriving(self) -> Self:
        """Booked and not yet written up."""
        return self.filter(written_up_at=None, canceled_at=None)

    def on_day(
        self, rooftop: Rooftop, *, starts: datetime, ends: datetime
    ) -> models.QuerySet["Appointment", dict[str, Any]]:
        """The appointments of a day as plain values, in order; those taken off are left out."""
        return (
            self.filter(rooftop=rooftop, canceled_at=None, due_at__gte=starts, due_at__lt=ends)
            .order_by("due_at", "pk")
            .values(
                *("pk", "due_at", "purpose", "stay", "pay_type", "arrived_at", "lane", "advisor_id", "written_up_at"),
                *("customer_id", "customer__name", "advisor__name"),
                *("vehicle__year", "vehicle__make", "vehicle__model", "vehicle__body", "vehicle__color"),
            )
        )

    def arrive(self, *, at: datetime, lane: str = "") -> bool:
        return self.arriving().filter(arrived_at=None).update(arrived_at=at, lane=lane) == 1

    def cancel(self, *, at: datetime) -> bool:
        return self.arriving().update(canceled_at=at) == 1


class Appointment(models.Model):
    """A car that is expected."""

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    advisor = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField()
    purpose = models.TextField()
    stay = models.CharField(max_length=8, choices=RepairOrder.Stay, blank=True)
    pay_type = models.CharField(max_length=1, default="C")
    arrived_at = models.DateTimeField(null=True, blank=True)
    lane = models.CharField(max_length=12, blank=True)
    written_up_at = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "pk")
        indexes: ClassVar = [
            models.Index(
                fields=["rooftop", "due_at", "id"],
                condition=Q(written_up_at=None, canceled_at=None),
                name="appointment_arriving",
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer}, {self.purpose}"


class WriteUpQuerySet(models.QuerySet["WriteUp"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def unfinished(self) -> Self:
        return self.filter(repair_order=None, dropped_at=None)

    def for_board(self, rooftop: Rooftop) -> models.QuerySet["WriteUp", dict[str, Any]]:
        """Write-ups in progress as plain values, the oldest first."""
        return (
            self.unfinished()
            .filter(rooftop=rooftop)
            .order_by("started_at", "pk")
            .values(
                *(
                    "pk",
                    "typed",
                    "step",
                    "started_at",
                    "saved_at",
                    "advisor_id",
                    "appointment_id",
                    "appointment__pay_type",
                ),
                *("customer__name", "advisor__name"),
                *("vehicle__year", "vehicle__make", "vehicle__model", "vehicle__body", "vehicle__color"),
            )
        )

    def finish(self, *, repair_order: RepairOrder, at: datetime) -> bool:
        """In progress → repair order open.  False means it was opened or dropped meanwhile."""
        return self.unfinished().update(repair_order=repair_order, saved_at=at) == 1

    def drop(self, *, at: datetime) -> bool:
        return self.unfinished().update(dropped_at=at) == 1


class WriteUp(models.Model):
    """A write-up in progress, exactly as typed.  It becomes a repair order when nothing is missing."""

    class Step(models.TextChoices):
        WHO_AND_CAR = "who", "Who and car"
        CONCERN = "concern", "Concern"
        HISTORY = "history", "History"
        SERVICES = "services", "Services"
        WALK_AROUND = "walk", "Walk-around"
        PROMISE = "promise", "Promise, sign"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    advisor = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    typed = models.JSONField(default=dict, help_text="Field name to what was typed, right or wrong.")
    step = models.CharField(max_length=8, choices=Step, default=Step.WHO_AND_CAR)
    field = models.TextField(blank=True, db_default="", help_text="The field they were in when it was last saved.")
    signed_for = models.TextField(blank=True, db_default="", help_text="The words that stood there when it was signed.")
    touched = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="Field to when and by whose id it was last changed."
    )
    last_change = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="What to put back to undo the last change: the fields as they were before, or the mark to take off.",
    )
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True, blank=True)
    repair_order = models.OneToOneField(
        RepairOrder, on_delete=models.PROTECT, null=True, blank=True, related_name="write_up"
    )

    objects = WriteUpQuerySet.as_manager()

    class Meta:
        verbose_name = "write-up"
        ordering = ("-saved_at", "-pk")
        indexes: ClassVar = [
            models.Index(
                fields=["rooftop", "started_at", "id"],
                condition=Q(repair_order=None, dropped_at=None),
                name="write_up_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"Write-up of {self.customer or 'somebody new'}"

    def get_absolute_url(self) -> str:
        return reverse("service_lane:writeup", args=[self.pk])


class PhotoQuerySet(models.QuerySet["Photo"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def settle(self, **fields: Any) -> bool:
        """Waiting → ready or refused, by the worker that decoded it."""
        return self.filter(status=Photo.Status.WAITING).update(**fields) == 1

    def mark(self, marks: list[dict[str, Any]]) -> bool:
        """Marks on top of the picture, in place of those before.  False: the customer was shown it, so it stays."""
        return self.filter(shown_at=None).update(marks=marks) == 1

    def show(self, *, at: datetime) -> int:
        """A customer was shown these photos: from now on their marks stay.  Returns how many were new to them."""
        return self.filter(shown_at=None).update(shown_at=at)


class Photo(models.Model):
    """A picture of the car.  The upload is decoded and re-encoded by a worker; only that copy is ever shown."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Being checked"
        READY = "ready", "Ready"
        REFUSED = "refused", "Not usable"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    write_up = models.ForeignKey(WriteUp, on_delete=models.PROTECT, null=True, blank=True, related_name="photos")
    repair_order = models.ForeignKey(
        RepairOrder, on_delete=models.PROTECT, null=True, blank=True, related_name="photos"
    )
    item = models.ForeignKey(
        "service_lane.InspectionItem", on_delete=models.PROTECT, null=True, blank=True, related_name="photos"
    )
    name = models.UUIDField(default=uuid.uuid4, unique=True)
    caption = models.TextField(blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    upload = models.FileField(upload_to="uploads/", blank=True)
    image = models.FileField(upload_to="photos/", blank=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the re-encoded image.")
    width = models.PositiveIntegerField(null=True, blank=True, help_text="Pixels.")
    height = models.PositiveIntegerField(null=True, blank=True, help_text="Pixels.")
    problem = models.TextField(blank=True)
    damage = models.ForeignKey("DamageMark", on_delete=models.PROTECT, null=True, blank=True, related_name="photos")
    marks = models.JSONField(
        default=list, blank=True, help_text="What was drawn on it, in thousandths of its width and height."
    )
    shown_at = models.DateTimeField(
        null=True, blank=True, help_text="When a customer was first shown it; its marks stay from then on."
    )
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ("taken_at", "pk")

    def __str__(self) -> str:
        return self.caption or "Photo"

    def get_absolute_url(self) -> str:
        return reverse("service_lane:photo-tile", args=[self.name])

    @property
    def drawing(self) -> Drawing | None:
        """What is drawn on it, for templates/service_lane/photo_marks.html; None when nothing is."""
        return drawing(self.marks, self.width or 0, self.height or 0)


class DamageMarkQuerySet(models.QuerySet["DamageMark"]):
    def standing(self) -> Self:
        """Those that were not taken off again, in their numbers' order."""
        return self.filter(taken_off_at=None).order_by("number", "pk")

    def of_order(self, repair_order: RepairOrder) -> Self:
        """What was seen with the customer before this car went in: for its page and its papers."""
        return self.standing().filter(write_up__repair_order=repair_order)

    def captioned(self, caption: str, write_up: "WriteUp | None") -> "DamageMark | None":
        """The mark of `write_up` that a photo's caption names, like "Mark 2, dent"; None when it names none."""
        number = re.match(r"Mark (\d{1,3})\b", caption)
        if number is None or write_up is None:
            return None
        return self.standing().filter(write_up=write_up, number=int(number[1])).first()

    def take_off(self, *, at: datetime) -> bool:
        """Standing → taken off, while its write-up is not open yet.  False: it was taken off, or signed for."""
        return self.filter(taken_off_at=None, write_up__repair_order=None).update(taken_off_at=at) == 1


class DamageMark(models.Model):
    """Damage seen with the customer at the walk-around, before the car went in."""

    class Kind(models.TextChoices):
        SCRATCH = "scratch", "Scratch"
        DENT = "dent", "Dent"
        CHIP = "chip", "Chip"
        CRACK = "crack", "Crack"
        MISSING = "missing", "Missing part"

    write_up = models.ForeignKey(WriteUp, on_delete=models.PROTECT, related_name="marks")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind, blank=True, db_default="")
    place = models.CharField(max_length=20, blank=True, db_default="", help_text="A key of rules.damage.PLACES.")
    x = models.PositiveSmallIntegerField(null=True, blank=True, help_text="0 to 320, front to the right.")
    y = models.PositiveSmallIntegerField(null=True, blank=True, help_text="0 to 150, left side on top.")
    where = models.TextField(help_text="Like left rear door.")
    what = models.TextField(help_text="Like scratch, 5 in.")
    seen_at = models.DateTimeField()
    taken_off_at = models.DateTimeField(null=True, blank=True, help_text="When it was taken off again as a mistake.")

    objects = DamageMarkQuerySet.as_manager()

    class Meta:
        ordering = ("number", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["write_up", "number"], condition=Q(taken_off_at=None), name="damage_mark_once"
            ),
            models.CheckConstraint(
                name="damage_mark_on_the_drawing",
                condition=Q(x=None, y=None) | Q(x__lte=WIDTH, y__lte=HEIGHT),
                violation_error_message="A mark stands on the drawing of the car.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.what}, {self.where}"
