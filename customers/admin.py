"""Customers and cars, looked up by support.  They are corrected on their own pages, which keep names findable."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from customers import actions
from customers.models import (
    Address,
    CheckIn,
    Complaint,
    Consent,
    ConsentText,
    ContactPoint,
    Customer,
    Duplicate,
    Feedback,
    FollowThrough,
    Household,
    HouseholdSuggestion,
    Look,
    Merge,
    PrivacyRequest,
    Purchase,
    Recall,
    RecallCheck,
    RecallCheckEntry,
    RecallFile,
    Referral,
    RetentionPolicy,
    Tie,
    ToldOfCar,
    Vehicle,
)
from customers.rules import normalize_vin, route_query
from customers.search import customer_ids
from dealership.admin import LaneAdmin, LooksOnly, LooksOnlyInline
from dealership.models import Rooftop, Staff


class ContactPointInline(LooksOnlyInline):
    model = ContactPoint
    fields = ("kind", "value", "label", "preferred", "source", "checked_at")


class AddressInline(LooksOnlyInline):
    model = Address
    fields = ("street", "city", "region", "postal_code", "source")


class CarInline(LooksOnlyInline):
    model = Tie
    fields = ("vehicle", "kind", "since_date", "until_date", "source", "said_by", "by")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("vehicle", "customer", "by")


class PersonInline(CarInline):
    fields = ("customer", "kind", "since_date", "until_date", "source", "said_by", "by")


@admin.register(Customer)
class CustomerAdmin(LooksOnly):
    list_display = ("name", "kind", "household", "since_date", "edited_at")
    list_filter = ("kind", "language")
    list_select_related = ("household",)
    search_fields = ("name",)
    search_help_text = "A name in any order, a phone, an e-mail, a plate or a VIN."
    inlines = (ContactPointInline, AddressInline, CarInline)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """By the same words and digits as the find box."""
        if not search_term:
            return queryset, False
        return queryset.filter(pk__in=customer_ids(route_query(search_term))), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """An admin's look is a look."""
        customer = self.get_object(request, object_id)
        rooftop = getattr(request, "rooftop", None) or Rooftop.objects.order_by("pk").first()
        if customer and rooftop and isinstance(request.user, Staff) and self.has_view_permission(request, customer):
            actions.look(customer=customer, why="admin", by=request.user, at=timezone.now(), rooftop=rooftop)
        return super().change_view(request, object_id, form_url, extra_context)


@admin.register(Vehicle)
class VehicleAdmin(LooksOnly):
    list_display = ("title", "vin", "plate", "plate_region", "color", "gone_date")
    search_fields = ("vin__startswith", "vin_reversed__startswith", "plate__startswith")
    search_help_text = "The beginning or the end of a VIN, or the beginning of a plate."
    inlines = (PersonInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        if not (text := normalize_vin(search_term)):
            return queryset, False
        starts = models.Q(vin__startswith=text) | models.Q(plate__startswith=text)
        return queryset.filter(starts | models.Q(vin_reversed__startswith=text[::-1])), False


@admin.register(Household)
class HouseholdAdmin(LooksOnly):
    list_display = ("name",)
    search_fields = ("name__istartswith",)


@admin.register(HouseholdSuggestion)
class HouseholdSuggestionAdmin(LooksOnly):
    list_display = ("proposed_at", "low", "high", "state", "decided_by", "decided_at")
    list_filter = ("state",)
    list_select_related = ("low", "high", "decided_by")
    search_fields = ("=low__id", "=high__id")


@admin.register(ToldOfCar)
class ToldOfCarAdmin(LooksOnly):
    list_display = ("said_date", "vehicle", "miles", "words", "customer", "by", "taken_back_at")
    list_filter = (("taken_back_at", admin.EmptyFieldListFilter),)
    list_select_related = ("vehicle", "customer", "by")
    search_fields = ("=vehicle__id",)


@admin.register(Consent)
class ConsentAdmin(LooksOnly):
    list_display = ("at", "customer", "purpose", "channel", "granted", "source", "by")
    list_filter = ("purpose", "channel", "granted")
    list_select_related = ("customer", "by")
    search_fields = ("=customer__id",)


@admin.register(ConsentText)
class ConsentTextAdmin(LaneAdmin):
    """New words are added; words that may have been read to somebody stay."""

    paragraphs = ("words",)

    list_display = ("purpose", "channel", "version", "language", "effective_date", "words")
    list_filter = ("purpose", "channel", "language")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Look)
class LookAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("at", "by", "customer", "why", "rooftop")
    list_filter = ("by", "rooftop")
    list_select_related = ("customer", "by", "rooftop")
    search_fields = ("=customer__id", "customer__name__istartswith", "by__name__istartswith")
    search_help_text = "The beginning of a customer's name or their number, or of the name of whoever looked."


@admin.register(Duplicate)
class DuplicateAdmin(LooksOnly):
    list_display = ("found_at", "lower", "higher", "points", "state", "settled_by", "settled_at")
    list_filter = ("state",)
    list_select_related = ("lower", "higher", "settled_by")
    search_fields = ("=lower__id", "=higher__id")


@admin.register(Merge)
class MergeAdmin(LooksOnly):
    list_display = ("at", "gone", "kept", "by", "undone_at", "undone_by")
    list_filter = (("undone_at", admin.EmptyFieldListFilter),)
    list_select_related = ("gone", "kept", "by", "undone_by")
    search_fields = ("=kept__id", "=gone__id")


@admin.register(Complaint)
class ComplaintAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("opened_at", "customer", "side", "owner", "due_at", "closed_at", "rooftop")
    list_filter = ("side", ("closed_at", admin.EmptyFieldListFilter), "rooftop")
    list_select_related = ("customer", "owner", "rooftop")
    search_fields = ("=id", "owner__name__istartswith")


@admin.register(Feedback)
class FeedbackAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("said_at", "customer", "kind", "side", "place", "source", "rooftop")
    list_filter = ("kind", "side", ("customer", admin.EmptyFieldListFilter), "rooftop")
    list_select_related = ("customer", "rooftop")
    search_fields = ("=id", "place__istartswith")


@admin.register(CheckIn)
class CheckInAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("due_at", "customer", "kind", "owner", "outcome", "stopped_why", "rooftop")
    list_filter = ("kind", "outcome", "stopped_why", "rooftop")
    list_select_related = ("customer", "owner", "rooftop")
    search_fields = ("=id", "=visit")


@admin.register(Purchase)
class PurchaseAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("sold_date", "customer", "car", "deal_number", "salesperson", "introduced_at", "rooftop")
    list_filter = (("introduced_at", admin.EmptyFieldListFilter), "rooftop")
    list_select_related = ("customer", "salesperson", "rooftop")
    search_fields = ("=id", "=deal_number")


@admin.register(Referral)
class ReferralAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("at", "sender", "sent", "what", "thanked_at", "by", "rooftop")
    list_filter = ("what", ("thanked_at", admin.EmptyFieldListFilter), "rooftop")
    list_select_related = ("sender", "sent", "by", "rooftop")
    search_fields = ("=id",)


@admin.register(FollowThrough)
class FollowThroughAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("opened_at", "customer", "taken_by", "owner", "due_at", "done_at", "told_at", "rooftop")
    list_filter = (("told_at", admin.EmptyFieldListFilter), "rooftop")
    list_select_related = ("customer", "taken_by", "owner", "rooftop")
    search_fields = ("=id", "owner__name__istartswith")


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("asked_at", "kind", "customer", "status", "due_date", "owner", "settled_at", "rooftop")
    list_filter = ("kind", "status", "rooftop")
    list_select_related = ("customer", "owner", "rooftop")
    search_fields = ("=id", "=customer__id")


@admin.register(RetentionPolicy)
class RetentionPolicyAdmin(LaneAdmin):
    """A change is a row from another day: what went by an earlier one stays explained."""

    paragraphs = ("source",)

    list_display = ("what", "months", "effective_date", "source")
    list_filter = ("what",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(RecallFile)
class RecallFileAdmin(LooksOnly):
    list_display = ("at", "name", "part", "status", "rows", "added", "changed", "withdrawn", "rejected", "by_name")
    list_filter = ("part", "status")
    search_fields = ("name__icontains", "=sha256")
    exclude = ("file",)


@admin.register(Recall)
class RecallAdmin(LooksOnly):
    list_display = ("record_id", "campaign", "year", "make", "model", "component", "part", "withdrawn_at")
    list_filter = ("part", "do_not_drive", "park_outside", ("withdrawn_at", admin.EmptyFieldListFilter))
    list_select_related = ("file",)
    search_fields = ("=record_id", "=campaign")


class RecallAnswerInline(LooksOnlyInline):
    model = RecallCheckEntry
    fields = ("number", "state", "source", "by", "at")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("by", "check_of")


@admin.register(RecallCheck)
class RecallCheckAdmin(LooksOnly):
    list_display = ("at", "vehicle", "campaign", "state", "source", "by")
    list_filter = ("state", "source")
    list_select_related = ("vehicle", "by")
    search_fields = ("=campaign", "vehicle__vin__startswith")
    inlines = (RecallAnswerInline,)
