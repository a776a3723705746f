"""What the shop can do and how it inspects; repair orders are looked at."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from dealership.admin import LaneAdmin, LaneInline, LooksOnly, LooksOnlyInline
from service_lane.models import (
    Concern,
    InspectionTemplate,
    OpCode,
    RepairOrder,
    ScheduleRow,
    ServiceLine,
    TemplateItem,
    TroubleCode,
)


@admin.register(OpCode)
class OpCodeAdmin(LaneAdmin):
    rooftop_path = "rooftop"
    list_display = ("code", "name", "nature", "labor_hours", "flat_price", "active", "rooftop")
    list_filter = ("rooftop", "nature", "active")
    list_select_related = ("rooftop",)
    search_fields = ("code__istartswith", "name__icontains")
    fieldsets = (
        (None, {"fields": ("rooftop", "code", "name", "nature", "active")}),
        ("Price", {"fields": ("labor_hours", "flat_price", "parts_kit")}),
        ("What the customer reads", {"fields": ("what_it_is", "why_it_matters", "if_you_wait", "horizon")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Switched off instead: past lines name it."""
        return False


@admin.register(ScheduleRow)
class ScheduleRowAdmin(LaneAdmin):
    list_display = ("service", "op_code", "make", "model", "miles", "months", "is_makers", "source")
    list_filter = ("is_makers", "make")
    search_fields = ("service__icontains", "op_code__istartswith", "make__istartswith", "model__istartswith")


@admin.register(TroubleCode)
class TroubleCodeAdmin(LaneAdmin):
    list_display = ("code", "description", "source")
    search_fields = ("code__istartswith", "description__icontains")


class TemplateItemInline(LaneInline):
    model = TemplateItem
    fields = (
        *("position", "section", "key", "name", "op_code", "unit", "positions", "lower_is_worse"),
        *("green_from", "red_to", "red_is_strict", "unsafe_to", "new_value", "threshold_source"),
    )


@admin.register(InspectionTemplate)
class InspectionTemplateAdmin(LaneAdmin):
    rooftop_path = "rooftop"
    list_display = ("name", "rooftop", "active", "item_count")
    list_filter = ("rooftop", "active")
    list_select_related = ("rooftop",)
    search_fields = ("name__icontains",)
    inlines = (TemplateItemInline,)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).annotate(items_held=models.Count("items"))

    @admin.display(description="items", ordering="items_held")
    def item_count(self, template: Any) -> int:
        return int(template.items_held)


class ConcernInline(LooksOnlyInline):
    model = Concern
    fields = ("letter", "words", "cause", "correction")


class ServiceLineInline(LooksOnlyInline):
    model = ServiceLine
    fields = ("line_code", "op_code", "op_description", "pay_type", "hours", "labor", "parts", "misc")


@admin.register(RepairOrder)
class RepairOrderAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("number", "rooftop", "status", "source", "customer", "vehicle", "opened_at", "closed_at", "advisor")
    list_filter = ("status", "source", "rooftop")
    list_select_related = ("rooftop", "customer", "vehicle", "advisor")
    search_fields = ("number__startswith",)
    search_help_text = "The beginning of the number."
    inlines = (ConcernInline, ServiceLineInline)
