"""Tomorrow's lane: what the counter should know about each car before it arrives."""

from typing import ClassVar, Self

from django.db import models

from dealership.append_only import append_only
from dealership.models import Rooftop, Staff
from service_lane.models import Appointment


class PreparedVisitQuerySet(models.QuerySet["PreparedVisit"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())


class PreparedVisit(models.Model):
    """One appointment looked at ahead, exactly as it was then.  Made once for each appointment and day."""

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="+")
    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(help_text="In the rooftop's own time.")
    facts = models.JSONField(help_text="What was found, as shown: declined, due, complaints, household, limit.")
    crosses = models.BooleanField(help_text="Work known today would cost more than the car's repair limit.")
    at = models.DateTimeField()

    objects = PreparedVisitQuerySet.as_manager()

    class Meta:
        ordering = ("day", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["appointment", "day"], name="prepared_once_a_day"),
        ]
        indexes: ClassVar = [models.Index(fields=["rooftop", "day"], name="prepared_of_day")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.appointment}, prepared for {self.day}"
