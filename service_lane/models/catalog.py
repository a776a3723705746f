"""What the shop can do and what it knows: op codes, maintenance schedules, trouble codes.  Admins keep these."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from dealership.models import Rooftop, Staff


class OpCodeQuerySet(models.QuerySet["OpCode"]):
    def offered_at(self, rooftop: Rooftop) -> Self:
        return self.filter(rooftop=rooftop, active=True)

    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())


class OpCode(models.Model):
    """One operation of a rooftop's menu: its time, its parts kit, and what to tell a customer in plain words."""

    class Nature(models.TextChoices):
        SAFETY = "safety", "Safety"
        DRIVABILITY = "drivability", "Drivability"
        MAINTENANCE = "maintenance", "Maintenance"
        DIAGNOSIS = "diagnosis", "Diagnosis"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    code = models.TextField()
    name = models.TextField(help_text="As the customer reads it, like Replace the front brake pads.")
    nature = models.CharField(max_length=12, choices=Nature)
    labor_hours = models.DecimalField(max_digits=5, decimal_places=2)
    flat_price = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Labor at one price in dollars, instead of hours times the rate.",
    )
    parts_kit = models.JSONField(
        default=list,
        blank=True,
        help_text=(
            '[{"description", "number", "quantity", "unit_price", "state"}]; '
            "a null unit_price waits for the parts desk; description_es is the part in Spanish."
        ),
    )
    what_it_is = models.TextField(blank=True, help_text="Plain words, short sentences.")
    why_it_matters = models.TextField(blank=True)
    if_you_wait = models.TextField(blank=True, help_text="With a horizon: how many miles or weeks.")
    horizon = models.TextField(blank=True, help_text="Like 4 to 8 weeks, or 3,000 miles.")
    name_es = models.TextField("name in Spanish", blank=True, help_text="What a customer reads who chose Spanish.")
    what_it_is_es = models.TextField("what it is, in Spanish", blank=True)
    why_it_matters_es = models.TextField("why it matters, in Spanish", blank=True)
    if_you_wait_es = models.TextField("if you wait, in Spanish", blank=True)
    horizon_es = models.TextField("horizon in Spanish", blank=True, help_text="Like 4 a 8 semanas.")
    active = models.BooleanField(default=True)

    objects = OpCodeQuerySet.as_manager()

    class Meta:
        ordering = ("code", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rooftop", "code"], name="op_code_once"),
            models.CheckConstraint(
                name="op_code_hours_not_negative",
                condition=Q(labor_hours__gte=0),
                violation_error_message="Labor hours cannot be negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ScheduleRow(models.Model):
    """One interval of a maintenance schedule, with where it is written.  Never "the maker requires" without that."""

    op_code = models.TextField()
    service = models.TextField()
    make = models.TextField(blank=True, help_text="Upper case; empty for any make.")
    model = models.TextField(blank=True)
    miles = models.PositiveIntegerField(null=True, blank=True)
    months = models.PositiveSmallIntegerField(null=True, blank=True)
    source = models.TextField(help_text="Like Owner's manual 2018, schedule 6, or: generic, not the maker's schedule.")
    is_makers = models.BooleanField("from the maker", default=False)

    class Meta:
        ordering = ("miles", "pk")

    def __str__(self) -> str:
        return self.service


class TroubleCode(models.Model):
    """What an OBD-II code means, in the words of whoever loaded the table."""

    code = models.TextField(primary_key=True)
    description = models.TextField()
    source = models.TextField()

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.description}"
