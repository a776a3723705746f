"""The admin of the lane: the menu, the schedule, the trouble codes and how cars are inspected are set up here.

Appointments, write-ups, orders, inspections, photos and imports are looked up and never written: their pages do that.
"""

import json
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest

from dealership.admin import LaneAdmin, LaneInline, LooksOnly, LooksOnlyInline, rooftops_of
from service_lane.models import (
    Appointment,
    Concern,
    DamageMark,
    DmsImport,
    Inspection,
    InspectionItem,
    InspectionTemplate,
    OpCode,
    Photo,
    Reading,
    RecordedCode,
    RepairOrder,
    RequestedService,
    ScheduleRow,
    ServiceLine,
    TemplateItem,
    TroubleCode,
    WriteUp,
)
from service_lane.rules import PART_STATES
from service_lane.rules.catalog import PART_FIELDS, kit_refusals, measure_refusals

KIT_HELP = (
    'One part on a line, like {"description": "Pad set", "number": "45022", "quantity": 1, "unit_price": 94.50, '
    '"state": "new_oem"}. Without a price (null) it waits for the parts desk. State: ' + ", ".join(PART_STATES) + "."
)
NOT_JSON = "This cannot be read: check its quotation marks, commas and brackets."


class RowsField(forms.JSONField):
    """A JSON list, shown with one row of it on a line."""

    def __init__(self, **options: Any) -> None:
        area = forms.Textarea(attrs={"rows": 8, "cols": 120, "spellcheck": "false"})
        super().__init__(**{"required": False, "widget": area, "error_messages": {"invalid": NOT_JSON}, **options})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, InvalidJSONInput) or not isinstance(value, list) or not value:
            return super().prepare_value(value)
        return "[\n" + ",\n".join(f" {json.dumps(row, ensure_ascii=False)}" for row in value) + "\n]"

    def clean(self, value: Any) -> Any:
        return super().clean(value) or []


class KitField(RowsField):
    """A parts kit; each part's fields are shown in the order people name them."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list) and all(isinstance(part, dict) for part in value):
            value = [{field: part[field] for field in PART_FIELDS if field in part} | part for part in value]
        return super().prepare_value(value)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value not in self.empty_values and (refused := kit_refusals(value)):
            raise ValidationError(refused)


# --- what the shop can do --------------------------------------------------------------------------------------------


@admin.register(OpCode)
class OpCodeAdmin(LaneAdmin):
    rooftop_path = "rooftop"
    paragraphs = (
        *("what_it_is", "why_it_matters", "if_you_wait"),
        *("what_it_is_es", "why_it_matters_es", "if_you_wait_es"),
    )
    list_display = ("code", "name", "nature", "labor_hours", "flat_price", "active", "rooftop")
    list_filter = ("rooftop", "nature", "active")
    list_select_related = ("rooftop",)
    search_fields = ("code__istartswith", "name__icontains")
    fieldsets = (
        (None, {"fields": ("rooftop", "code", "name", "nature", "active")}),
        ("Price", {"fields": ("labor_hours", "flat_price", "parts_kit")}),
        ("What the customer reads", {"fields": ("what_it_is", "why_it_matters", "if_you_wait", "horizon")}),
        (
            "The same in Spanish",
            {
                "fields": ("name_es", "what_it_is_es", "why_it_matters_es", "if_you_wait_es", "horizon_es"),
                "description": "For customers who choose Spanish on their page. What is empty they read in English.",
            },
        ),
    )

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "parts_kit":
            return KitField(label="Parts kit", help_text=KIT_HELP)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

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


# --- how it inspects -------------------------------------------------------------------------------------------------


class TemplateField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Every rooftop calls its template the same, so each is named with its rooftop."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}, {obj.rooftop.code}"


class TemplateItemForm(forms.ModelForm):  # type: ignore[type-arg]
    """One item, with bounds that can judge a reading."""

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        names = ("unit", "lower_is_worse", "green_from", "red_to", "unsafe_to", "threshold_source")
        lists = ("marks", "unsafe_marks", "others")
        if not self.errors:
            for field, why in measure_refusals(**{name: typed[name] for name in (*names, *lists)}).items():
                self.add_error(field, why)
        return typed


@admin.register(TemplateItem)
class TemplateItemAdmin(LaneAdmin):
    """Everything about an item: too many columns for a row under its template."""

    form = TemplateItemForm
    rooftop_path = "template__rooftop"
    paragraphs = ("threshold_source",)
    words: ClassVar = {
        "positions": "Where it is read, with commas between: LF, RF, LR, RR. Empty for one reading.",
        "marks": "What a technician taps to say what is wrong, with commas between: Cracked, Leaking.",
        "unsafe_marks": "Those among the marks that mean: do not drive this car.",
    }
    list_display = (
        *("name", "section", "position", "unit", "green_from", "red_to", "unsafe_to"),
        *("threshold_source", "template", "template__rooftop"),
    )
    list_filter = ("template__rooftop", "template__active", "unit")
    list_select_related = ("template__rooftop",)
    search_fields = ("name__icontains", "key__istartswith", "section__istartswith")
    ordering = ("template", "position", "pk")
    fieldsets = (
        (None, {"fields": ("template", "section", "position", "name", "key", "op_code")}),
        ("How it is measured", {"fields": ("unit", "positions", "instrument", "new_value")}),
        (
            "Where the colors begin and end",
            {"fields": ("lower_is_worse", "green_from", "red_to", "red_is_strict", "unsafe_to", "threshold_source")},
        ),
        ("What is tapped", {"fields": ("marks", "unsafe_marks")}),
        ("Other ways to measure it", {"classes": ("collapse",), "fields": ("others",)}),
    )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "template":
            ours = InspectionTemplate.objects.filter(rooftop__in=rooftops_of(request))
            kwargs |= {"queryset": ours.select_related("rooftop"), "form_class": TemplateField}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "others":
            return RowsField(label="Other ways", help_text=db_field.help_text)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class TemplateItemInline(LaneInline):
    """What and in which order; the rest is on the item's own page."""

    model = TemplateItem
    fields = ("position", "section", "name", "key", "op_code")
    show_change_link = True


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


# --- who comes -------------------------------------------------------------------------------------------------------


@admin.register(Appointment)
class AppointmentAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("due_at", "customer", "vehicle", "purpose", "arrived_at", "written_up_at", "canceled_at", "rooftop")
    list_filter = ("rooftop", "stay")
    list_select_related = ("rooftop", "customer", "vehicle")
    search_fields = ("customer__name__istartswith",)
    search_help_text = "The beginning of the customer's name."


class DamageMarkInline(LooksOnlyInline):
    model = DamageMark
    fields = ("number", "where", "what", "seen_at")


@admin.register(WriteUp)
class WriteUpAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("saved_at", "customer", "vehicle", "advisor", "step", "repair_order", "dropped_at", "rooftop")
    list_filter = ("rooftop", "step")
    list_select_related = ("rooftop", "customer", "vehicle", "advisor", "repair_order")
    search_fields = ("=repair_order__number",)
    inlines = (DamageMarkInline,)


@admin.register(Photo)
class PhotoAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("taken_at", "caption", "status", "repair_order", "by", "width", "height", "rooftop")
    list_filter = ("rooftop", "status")
    list_select_related = ("rooftop", "repair_order", "by")
    search_fields = ("=name", "=repair_order__number", "=sha256")
    exclude = ("upload", "image")  # pictures are shown by the page that looks at who is asking


@admin.register(DmsImport)
class DmsImportAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("created_at", "filename", "status", "rows_done", "rows_total", "by", "rooftop")
    list_filter = ("rooftop", "status")
    list_select_related = ("rooftop", "by")
    search_fields = ("filename__icontains",)
    exclude = ("file",)


# --- orders and what was seen ----------------------------------------------------------------------------------------


class ConcernInline(LooksOnlyInline):
    model = Concern
    fields = ("letter", "words", "cause", "correction")


class RequestedServiceInline(LooksOnlyInline):
    model = RequestedService
    fields = ("op_code", "name", "labor", "parts_total", "tax", "total")


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
    inlines = (ConcernInline, RequestedServiceInline, ServiceLineInline)


class OfOrder(LooksOnly):
    """Rows of a repair order, found by its number."""

    rooftop_path = "repair_order__rooftop"
    list_select_related: ClassVar[Any] = ("repair_order",)
    search_fields: ClassVar[Any] = ("=repair_order__number",)
    search_help_text = "The number of the repair order."


@admin.register(Concern)
class ConcernAdmin(OfOrder):
    list_display = ("repair_order", "letter", "words", "cause", "correction")


@admin.register(RequestedService)
class RequestedServiceAdmin(OfOrder):
    list_display = ("repair_order", "op_code", "name", "labor", "parts_total", "tax", "total")


@admin.register(ServiceLine)
class ServiceLineAdmin(OfOrder):
    list_display = ("repair_order", "line_code", "op_code", "op_description", "pay_type", "hours", "labor", "parts")
    list_filter = ("pay_type",)


class RecordedCodeInline(LooksOnlyInline):
    model = RecordedCode
    fields = ("code", "description", "at")


class InspectionItemInline(LooksOnlyInline):
    model = InspectionItem
    fields = ("position", "section", "name", "condition", "computed", "override_reason", "not_inspected_reason", "at")


@admin.register(Inspection)
class InspectionAdmin(OfOrder):
    list_display = ("started_at", "repair_order", "template_name", "technician", "completed_at", "completed_by")
    list_filter = (("completed_at", admin.EmptyFieldListFilter),)
    list_select_related = ("repair_order", "technician", "completed_by")
    inlines = (InspectionItemInline, RecordedCodeInline)


class ReadingInline(LooksOnlyInline):
    model = Reading
    fields = ("position", "value", "unit", "instrument", "at")


@admin.register(InspectionItem)
class InspectionItemAdmin(LooksOnly):
    rooftop_path = "inspection__repair_order__rooftop"
    list_display = ("inspection", "section", "name", "condition", "computed", "override_reason", "by", "at")
    list_filter = ("condition", "is_unsafe")
    list_select_related = ("inspection__repair_order", "by")
    search_fields = ("=inspection__repair_order__number",)
    search_help_text = "The number of the repair order."
    inlines = (ReadingInline,)


@admin.register(Reading)
class ReadingAdmin(LooksOnly):
    rooftop_path = "item__inspection__repair_order__rooftop"
    list_display = ("at", "item", "position", "value", "unit", "instrument", "by")
    list_filter = ("unit",)
    list_select_related = ("item", "by")
    search_fields = ("=item__inspection__repair_order__number",)
    search_help_text = "The number of the repair order."
