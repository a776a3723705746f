"""What may be authorized where; advice, what was shown and what was answered are looked at, never rewritten."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from dealership.admin import LaneAdmin, LooksOnly, LooksOnlyInline
from recommendations.models import (
    Advisory,
    AdvisoryVersion,
    AuthorizationPolicy,
    CustomerLink,
    Decision,
    DeclinedNotice,
    EstimateWaiver,
    FollowUp,
    FollowUpPolicy,
    FollowUpStep,
    Invoice,
    PaperPolicy,
    PartsChoice,
    Presentation,
    PresentedLine,
    QuestionReply,
    RecordEntry,
    RecordHead,
    SecondCarItem,
    SecondCarOffer,
    TakenBack,
)


class DatedLawAdmin(LaneAdmin):
    """Law with the day it takes effect."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until that day.  Then work and papers may rest on it: a correction is a new row, from today."""
        if obj is not None and obj.effective_date <= timezone.localdate():
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A later row replaces it: what was done under it must stay explained."""
        return False


@admin.register(AuthorizationPolicy)
class AuthorizationPolicyAdmin(DatedLawAdmin):
    list_display = (
        *("jurisdiction", "effective_date", "tolerance_amount", "tolerance_percent", "tolerance_cap"),
        *("estimate_above", "waiver_allowed", "general_fees_refused", "estimate_valid_days", "retention_years"),
        *("source", "doubt"),
    )
    list_filter = ("jurisdiction",)
    search_fields = ("source__icontains",)


@admin.register(PaperPolicy)
class PaperPolicyAdmin(DatedLawAdmin):
    list_display = ("jurisdiction", "paper", "effective_date", "parts_return", "source", "doubt")
    list_filter = ("jurisdiction", "paper")
    search_fields = ("source__icontains",)


@admin.register(FollowUpPolicy)
class FollowUpPolicyAdmin(LaneAdmin):
    rooftop_path = "rooftop"
    list_display = ("rooftop", "red_days", "yellow_days", "sends_messages", "source", "miles_a_year", "miles_source")
    list_select_related = ("rooftop",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class StepInline(LooksOnlyInline):
    model = FollowUpStep
    fields = ("at", "kind", "reason", "note", "contact", "by")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("by", "follow_up")


@admin.register(FollowUp)
class FollowUpAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("id", "rooftop", "customer", "kind", "next_date", "due_basis", "stop_reason", "owner", "created_at")
    list_filter = ("kind", "due_basis", "stop_reason")
    list_select_related = ("rooftop", "customer", "owner")
    search_fields = ("=advisory__repair_order__number",)
    inlines = (StepInline,)


class VersionInline(LooksOnlyInline):
    model = AdvisoryVersion
    fields = ("number", "title", "total", "valid_until", "written_by", "written_at", "presented_at")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("written_by", "advisory")


@admin.register(Advisory)
class AdvisoryAdmin(LooksOnly):
    rooftop_path = "repair_order__rooftop"
    list_display = ("id", "repair_order", "op_code", "urgency", "reason_code", "answer", "work", "created_at")
    list_filter = ("urgency", "answer", "work")
    list_select_related = ("repair_order",)
    search_fields = ("=repair_order__number",)
    inlines = (VersionInline,)


@admin.register(AdvisoryVersion)
class AdvisoryVersionAdmin(LooksOnly):
    rooftop_path = "advisory__repair_order__rooftop"
    list_display = ("id", "advisory_id", "number", "title", "total", "written_at", "presented_at")
    search_fields = ("=advisory__id",)


class PresentedLineInline(LooksOnlyInline):
    model = PresentedLine
    fields = ("advisory", "version", "sha256")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("advisory__repair_order", "version", "presentation")


@admin.register(Presentation)
class PresentationAdmin(LooksOnly):
    rooftop_path = "repair_order__rooftop"
    list_display = ("at", "repair_order", "channel", "to_name", "revised_total", "by")
    list_filter = ("channel",)
    list_select_related = ("repair_order", "by")
    search_fields = ("=repair_order__number",)
    inlines = (PresentedLineInline,)


@admin.register(PresentedLine)
class PresentedLineAdmin(LooksOnly):
    rooftop_path = "presentation__repair_order__rooftop"
    list_display = ("id", "presentation_id", "advisory_id", "version_id", "sha256")
    search_fields = ("=presentation__id", "=advisory__id")


@admin.register(Decision)
class DecisionAdmin(LooksOnly):
    rooftop_path = "advisory__repair_order__rooftop"
    list_display = ("at", "advisory_id", "answer", "who_name", "channel", "revised_total", "by")
    list_filter = ("answer", "channel")
    list_select_related = ("by",)
    search_fields = ("=advisory__id", "=advisory__repair_order__number")


@admin.register(EstimateWaiver)
class EstimateWaiverAdmin(LooksOnly):
    rooftop_path = "repair_order__rooftop"
    list_display = ("at", "repair_order", "most", "signed_name", "by")
    list_select_related = ("repair_order", "by")
    search_fields = ("=repair_order__number",)


@admin.register(QuestionReply)
class QuestionReplyAdmin(LooksOnly):
    rooftop_path = "question__advisory__repair_order__rooftop"
    list_display = ("at", "question_id", "text", "language", "by")
    list_select_related = ("by",)
    search_fields = ("=question__id",)


@admin.register(TakenBack)
class TakenBackAdmin(LooksOnly):
    rooftop_path = "decision__advisory__repair_order__rooftop"
    list_display = ("at", "decision_id", "by")
    list_select_related = ("by",)
    search_fields = ("=decision__id",)


@admin.register(RecordEntry)
class RecordEntryAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("rooftop", "sequence", "kind", "repair_order", "at", "hash")
    list_filter = ("kind", "rooftop")
    list_select_related = ("rooftop", "repair_order")
    search_fields = ("=repair_order__number", "=hash")


@admin.register(Invoice)
class InvoiceAdmin(LooksOnly):
    rooftop_path = "repair_order__rooftop"
    list_display = ("repair_order", "total", "at", "by")
    list_select_related = ("repair_order", "by")
    search_fields = ("=repair_order__number",)


@admin.register(PartsChoice)
class PartsChoiceAdmin(LooksOnly):
    rooftop_path = "repair_order__rooftop"
    list_display = ("at", "repair_order", "wants_back", "by")
    list_filter = ("wants_back",)
    list_select_related = ("repair_order", "by")
    search_fields = ("=repair_order__number",)


@admin.register(DeclinedNotice)
class DeclinedNoticeAdmin(LooksOnly):
    rooftop_path = "repair_order__rooftop"
    list_display = ("at", "repair_order", "how", "signed_name", "witness", "by")
    list_filter = ("how",)
    list_select_related = ("repair_order", "by")
    search_fields = ("=repair_order__number",)


class SecondCarItemInline(LooksOnlyInline):
    model = SecondCarItem
    fields = ("service", "key", "op_code", "ground", "reason_code", "price", "valid_until")


@admin.register(SecondCarOffer)
class SecondCarOfferAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("at", "customer", "vehicle", "answer", "appointment", "by", "taken_back_at", "rooftop")
    list_filter = ("answer", "rooftop")
    list_select_related = ("customer", "vehicle", "appointment__customer", "by", "rooftop")
    search_fields = ("=customer__id", "=vehicle__id")
    inlines = (SecondCarItemInline,)


@admin.register(RecordHead)
class RecordHeadAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("rooftop", "sequence", "hash")
    list_select_related = ("rooftop",)


@admin.register(CustomerLink)
class CustomerLinkAdmin(LooksOnly):
    """Enough of the hash to tell two links apart in a log, and no more."""

    rooftop_path = "repair_order__rooftop"
    list_display = ("created_at", "repair_order", "contact", "by", "expires_at", "opened_at", "revoked_at")
    list_select_related = ("repair_order", "by")
    search_fields = ("=repair_order__number",)
    search_help_text = "The number of the repair order."
    fields = (
        *("repair_order", "hash_begins", "contact", "by", "created_at", "expires_at"),
        *("revoked_at", "opened_at", "last_seen_at", "wrong_digits"),
    )
    readonly_fields = ("hash_begins",)

    @admin.display(description="hash begins")
    def hash_begins(self, link: CustomerLink) -> str:
        return f"{link.token_hash[:8]}…"
