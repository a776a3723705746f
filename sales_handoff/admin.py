"""When a conversation is worth having, and what cars are worth; evaluations and hand-offs are looked at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from dealership.admin import LaneAdmin, LooksOnly
from sales_handoff.models import (
    Appraisal,
    Ask,
    CarOutlook,
    CarScore,
    Deal,
    Escalation,
    Evaluation,
    Handoff,
    HandoffPolicy,
    ImportedFile,
    MinefieldReading,
    PreparedVisit,
    Program,
    Reassignment,
    Sale,
    SheetShown,
    StockNeed,
    StockUnit,
    ValueGuideRow,
    Wish,
)


@admin.register(HandoffPolicy)
class HandoffPolicyAdmin(LaneAdmin):
    rooftop_path = "rooftop"
    list_display = ("rooftop", "version", "mention_ratio", "conversation_ratio", "remember_no_days")
    list_select_related = ("rooftop",)
    readonly_fields = ("version",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Evaluations name the version they were made by, so a changed policy is a new one."""
        if change and form.has_changed():
            obj.version += 1
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ValueGuideRow)
class ValueGuideRowAdmin(LaneAdmin):
    list_display = ("year", "make", "model", "trim", "miles", "low", "high", "source", "as_of_date")
    list_filter = ("source",)
    search_fields = ("make__istartswith", "model__istartswith", "=year")
    search_help_text = "Make, model and year, like honda 2018."


@admin.register(Appraisal)
class AppraisalAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("at", "vehicle", "low", "high", "source", "by", "rooftop")
    list_select_related = ("vehicle", "by", "rooftop")
    search_fields = ("=vehicle__vin", "=vehicle__plate")


@admin.register(Evaluation)
class EvaluationAdmin(LooksOnly):
    rooftop_path = "repair_order__rooftop"
    list_display = ("at", "repair_order", "tier", "repair_total", "value_low", "value_high", "policy_version")
    list_filter = ("tier",)
    list_select_related = ("repair_order",)
    search_fields = ("=repair_order__number",)


@admin.register(Ask)
class AskAdmin(LooksOnly):
    rooftop_path = "repair_order__rooftop"
    list_display = ("at", "repair_order", "customer", "answer", "by")
    list_filter = ("answer",)
    list_select_related = ("repair_order", "customer", "by")
    search_fields = ("=repair_order__number",)


@admin.register(Handoff)
class HandoffAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("created_at", "repair_order", "customer", "status", "claimed_by", "outcome", "rooftop")
    list_filter = ("status", "outcome", "rooftop")
    list_select_related = ("repair_order", "customer", "claimed_by", "rooftop")
    search_fields = ("=repair_order__number",)


@admin.register(MinefieldReading)
class MinefieldReadingAdmin(LooksOnly):
    rooftop_path = "handoff__rooftop"
    list_display = ("at", "handoff_id", "by", "facts_sha256")
    list_select_related = ("by",)
    search_fields = ("=handoff__id",)


@admin.register(Escalation)
class EscalationAdmin(LooksOnly):
    rooftop_path = "handoff__rooftop"
    list_display = ("at", "handoff_id", "why", "due_at")
    list_filter = ("why",)
    search_fields = ("=handoff__id",)


@admin.register(Reassignment)
class ReassignmentAdmin(LooksOnly):
    rooftop_path = "handoff__rooftop"
    list_display = ("at", "handoff_id", "from_staff", "to_staff", "by", "reason")
    list_select_related = ("from_staff", "to_staff", "by")
    search_fields = ("=handoff__id",)


@admin.register(Deal)
class DealAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("number", "customer", "opened_date", "sold_date", "lost_date", "file", "rooftop")
    list_select_related = ("customer", "file", "rooftop")
    search_fields = ("=number",)


@admin.register(PreparedVisit)
class PreparedVisitAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("day", "appointment_id", "crosses", "at", "rooftop")
    list_filter = ("crosses",)
    list_select_related = ("rooftop",)
    search_fields = ("=appointment__id",)


@admin.register(CarOutlook)
class CarOutlookAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("make", "model", "body", "cars", "orders", "values", "as_of_date", "rooftop")
    list_filter = ("rooftop",)
    list_select_related = ("rooftop",)
    search_fields = ("make__istartswith", "model__istartswith")


@admin.register(ImportedFile)
class ImportedFileAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("at", "kind", "name", "by_name", "rooftop")
    list_filter = ("kind",)
    list_select_related = ("rooftop",)
    search_fields = ("name__istartswith",)


@admin.register(StockUnit)
class StockUnitAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("stock_number", "year", "make", "model", "condition", "miles", "price", "gone_at", "rooftop")
    list_filter = ("condition",)
    list_select_related = ("rooftop",)
    search_fields = ("=stock_number",)


@admin.register(Program)
class ProgramAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("name", "kind", "condition", "make", "model", "months", "from_date", "until_date", "rooftop")
    list_filter = ("kind",)
    list_select_related = ("rooftop",)
    search_fields = ("name__istartswith",)


@admin.register(StockNeed)
class StockNeedAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("make", "model", "year_from", "year_to", "most_miles", "pays", "until_date", "ended_at", "rooftop")
    list_select_related = ("rooftop",)
    search_fields = ("make__istartswith", "model__istartswith")


@admin.register(CarScore)
class CarScoreAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("vehicle", "standing", "limit", "declined", "spent", "at", "rooftop")
    list_filter = ("standing",)
    list_select_related = ("vehicle", "rooftop")
    search_fields = ("=vehicle__vin", "=vehicle__plate")


@admin.register(Sale)
class SaleAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("sold_on", "year", "make", "model", "trim", "miles", "price", "rooftop")
    list_select_related = ("rooftop",)
    search_fields = ("make__istartswith", "model__istartswith", "=year")


@admin.register(Wish)
class WishAdmin(LooksOnly):
    rooftop_path = "repair_order__rooftop"
    list_display = ("at", "repair_order", "body", "seats", "all_wheels", "payment", "by")
    list_select_related = ("repair_order", "by")
    search_fields = ("=repair_order__number",)


@admin.register(SheetShown)
class SheetShownAdmin(LooksOnly):
    rooftop_path = "repair_order__rooftop"
    list_display = ("at", "repair_order", "is_shown", "by")
    list_select_related = ("repair_order", "by")
    search_fields = ("=repair_order__number",)
