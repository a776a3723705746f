"""Inspections: templates and their thresholds, and what a technician measured and saw."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.text import slugify

from dealership.models import Rooftop, Staff
from service_lane.models.orders import RepairOrder


class Condition(models.TextChoices):
    """What a reading or a look says about a part of the car.  Not inspected is never a pass."""

    RED = "red", "Needs attention now"
    YELLOW = "yellow", "Can wait"
    GREEN = "green", "Good"
    NOT_INSPECTED = "not_inspected", "Not inspected"
    UNCHECKED = "unchecked", "Not checked yet"


class InspectionTemplate(models.Model):
    """A multi-point inspection of a rooftop: which items, measured how, judged by which thresholds."""

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("name", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rooftop"], condition=Q(active=True), name="template_one_active"),
        ]

    def __str__(self) -> str:
        return self.name


class Measure(models.Model):
    """The columns of a threshold: unit, direction and bounds.  Shared by a template item and the frozen item."""

    unit = models.CharField(
        max_length=12, blank=True, help_text="mm, 32nds, %, V, psi, ppm, years; empty when only looked at."
    )
    positions = models.JSONField(default=list, blank=True, help_text='Like ["LF", "RF", "LR", "RR"].')
    lower_is_worse = models.BooleanField(default=True)
    green_from = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    red_to = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    red_is_strict = models.BooleanField(default=False, help_text="The bound itself still passes as yellow.")
    unsafe_to = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    new_value = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, blank=True, help_text="When new, for the gauge."
    )
    threshold_source = models.TextField(blank=True, help_text="Where the bounds come from.")
    instrument = models.TextField(blank=True, help_text="What it is read with, like Tread depth gauge.")
    others = models.JSONField(
        default=list,
        blank=True,
        help_text="Other ways to measure the same thing, each with the columns above; usually left as it is.",
    )
    marks = models.JSONField(
        default=list, blank=True, help_text='What a technician taps to say what is wrong, like ["Cracked"].'
    )
    unsafe_marks = models.JSONField(
        default=list, blank=True, help_text="Those among the marks that mean: do not drive this car."
    )

    class Meta:
        abstract = True

    @property
    def places(self) -> list[str]:
        """The positions whose readings are judged by the threshold; one unnamed place when none is named."""
        return self.positions or [""]


class TemplateItem(Measure):
    template = models.ForeignKey(InspectionTemplate, on_delete=models.CASCADE, related_name="items")
    section = models.TextField()
    position = models.PositiveSmallIntegerField()
    key = models.TextField(help_text="The same item over the years, like front-pads.")
    name = models.TextField()
    op_code = models.TextField(blank=True, help_text="What to propose when it is yellow or red.")

    class Meta:
        ordering = ("position", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["template", "key"], name="template_item_once"),
            models.CheckConstraint(
                name="template_item_threshold_has_source",
                condition=Q(red_to=None, green_from=None) | ~Q(threshold_source=""),
                violation_error_message="Say where the threshold comes from.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class InspectionQuerySet(models.QuerySet["Inspection"]):
    def visible_to(self, staff: Staff) -> Self:
        here = self.filter(repair_order__rooftop_id__in=staff.rooftop_ids())
        return here.filter(repair_order__customer__erased_at=None)

    def complete(self, *, by: Staff, at: datetime) -> bool:
        """In progress → complete, if no item is without a result.  False: an item is, or somebody was quicker."""
        return (
            self.filter(completed_at=None)
            .exclude(items__condition=Condition.UNCHECKED)
            .update(completed_at=at, completed_by=by)
            == 1
        )


class Inspection(models.Model):
    """One inspection of one visit."""

    repair_order = models.OneToOneField(RepairOrder, on_delete=models.PROTECT, related_name="inspection")
    template_name = models.TextField()
    technician = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    changes_seen_at = models.DateTimeField(
        null=True, blank=True, help_text="Up to when a technician has seen what others changed about the job."
    )

    objects = InspectionQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="inspection_complete_has_name",
                condition=Q(completed_at=None, completed_by=None)
                | Q(completed_at__isnull=False, completed_by__isnull=False),
            )
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="waits_for_signature",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=(
                    "IF EXISTS (SELECT 1 FROM service_lane_repairorder WHERE id = NEW.repair_order_id"
                    " AND source = 'lane' AND signed_at IS NULL)"
                    " THEN RAISE EXCEPTION 'pgtrigger: nothing may start before the order is signed'; END IF;"
                    " RETURN NEW;"
                ),
            ),
            pgtrigger.Trigger(
                name="complete_means_every_item",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(old__completed_at__isnull=True, new__completed_at__isnull=False),
                func=(
                    "IF EXISTS (SELECT 1 FROM service_lane_inspectionitem"
                    " WHERE inspection_id = NEW.id AND condition = 'unchecked')"
                    " THEN RAISE EXCEPTION 'pgtrigger: An item of the inspection has no result'; END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Inspection of {self.repair_order}"

    def get_absolute_url(self) -> str:
        return reverse("service_lane:inspection", args=[self.pk])

    @property
    def rooftop_id(self) -> int:
        return self.repair_order.rooftop_id


class InspectionItemQuerySet(models.QuerySet["InspectionItem"]):
    def visible_to(self, staff: Staff) -> Self:
        here = self.filter(inspection__repair_order__rooftop_id__in=staff.rooftop_ids())
        return here.filter(inspection__repair_order__customer__erased_at=None)

    def tally(self, rooftop: Rooftop) -> Iterable[Mapping[str, Any]]:
        """How many items of each condition every open order of a rooftop has, as plain values."""
        return (
            self.filter(
                inspection__repair_order__rooftop=rooftop,
                inspection__repair_order__status=RepairOrder.Status.OPEN,
                inspection__repair_order__source=RepairOrder.Source.LANE,
            )
            .order_by()
            .values("condition", order=F("inspection__repair_order_id"), completed_at=F("inspection__completed_at"))
            .annotate(count=models.Count("pk"))
        )

    def findings(self) -> Self:
        return self.filter(condition__in=(Condition.RED, Condition.YELLOW))

    def editable(self) -> Self:
        """Items of inspections in progress, and findings that came back and were not looked at again."""
        return self.filter(Q(inspection__completed_at=None) | Q(returned_at__gt=F("at")))

    def save_result(self, *, version: int, **fields: Any) -> bool:
        """A result on top of the one that was seen.  False means somebody saved another, or the inspection is done."""
        return self.editable().filter(version=version).update(version=version + 1, **fields) == 1

    def mark_good(self, *, by: Staff, at: datetime) -> int:
        """Untouched items that are judged by eye become good; returns how many."""
        untouched = self.editable().filter(condition=Condition.UNCHECKED, unit="")
        return untouched.update(condition=Condition.GREEN, by=by, at=at, version=F("version") + 1)


class InspectionItem(Measure):
    """One item of one inspection with the threshold it was judged by.  Yellow or red makes it a finding."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="items")
    section = models.TextField()
    position = models.PositiveSmallIntegerField()
    key = models.TextField()
    name = models.TextField()
    op_code = models.TextField(blank=True)
    condition = models.CharField(max_length=13, choices=Condition, default=Condition.UNCHECKED)
    computed = models.CharField(max_length=13, choices=Condition, blank=True, help_text="What the readings say.")
    is_unsafe = models.BooleanField(default=False)
    override_reason = models.TextField(blank=True)
    not_inspected_reason = models.TextField(blank=True)
    marked = models.JSONField(default=list, blank=True, help_text="The marks that were tapped.")
    note = models.TextField(blank=True, help_text="What was seen.")
    worth_telling = models.TextField(
        blank=True, help_text="Worth telling the customer, though not a finding by itself."
    )
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0, help_text="Counts saves, so that a stale page is noticed.")
    returned_reason = models.TextField(blank=True, help_text="Why the advisor sent the finding back to its technician.")
    returned_at = models.DateTimeField(null=True, blank=True)

    objects = InspectionItemQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inspection", "key"], name="inspection_item_once"),
            models.CheckConstraint(
                name="item_override_has_reason",
                condition=Q(computed="")
                | Q(condition=F("computed"))
                | ~Q(override_reason="")
                | Q(condition="not_inspected"),
                violation_error_message="Say why the reading does not decide.",
            ),
            models.CheckConstraint(
                name="item_not_inspected_has_reason",
                condition=~Q(condition="not_inspected") | ~Q(not_inspected_reason=""),
                violation_error_message="Say why it was not inspected.",
            ),
            models.CheckConstraint(
                name="item_result_has_finder",
                condition=Q(condition="unchecked") | Q(by__isnull=False, at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.inspection.get_absolute_url()}?section={slugify(self.section)}#item-{self.pk}"

    @property
    def rooftop_id(self) -> int:
        return self.inspection.repair_order.rooftop_id


class Reading(models.Model):
    """One measured value.  The raw number is kept as read, with its unit and instrument."""

    item = models.ForeignKey(InspectionItem, on_delete=models.CASCADE, related_name="readings")
    position = models.CharField(max_length=12, blank=True, help_text="LF, RF, LR, RR, inner, outer, or empty.")
    value = models.DecimalField(max_digits=8, decimal_places=2)
    unit = models.CharField(max_length=12)
    instrument = models.TextField(blank=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("position", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "position"], name="reading_once_per_position"),
            models.CheckConstraint(name="reading_not_negative", condition=Q(value__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.value.normalize():f} {self.unit}"


class RecordedCodeQuerySet(models.QuerySet["RecordedCode"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(inspection__repair_order__rooftop_id__in=staff.rooftop_ids())


class RecordedCode(models.Model):
    """A trouble code read from the car, with the description known at that time."""

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="codes")
    code = models.CharField(max_length=8)
    description = models.TextField(blank=True)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = RecordedCodeQuerySet.as_manager()

    class Meta:
        ordering = ("code", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inspection", "code"], name="recorded_code_once"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def rooftop_id(self) -> int:
        return self.inspection.repair_order.rooftop_id
