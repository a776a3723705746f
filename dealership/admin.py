"""The admin of the ground floor, and the rules every admin page of the house follows.

Who comes in: superusers, and group admins who may open the admin; they see and set up their own rooftops.  What history
holds is looked at and never rewritten, by nobody.  Staff leave by being deactivated: their name stays on what they did.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from dealership import audit
from dealership.models import Entry, OutboxMessage, Role, Rooftop, Staff

PER_PAGE = 50

admin.site.unregister(Group)  # what people may do is in their roles


def is_admin(request: HttpRequest) -> bool:
    """Whether this person sets things up: a superuser, or a group admin who may open the admin."""
    person = request.user
    if not (isinstance(person, Staff) and person.is_active and person.is_staff):
        return False
    return person.is_superuser or bool(person.rooftop_ids(Role.Kind.GROUP_ADMIN))


def rooftops_of(request: HttpRequest) -> models.QuerySet[Rooftop]:
    """The rooftops this person sets up; all of them for a superuser."""
    person = request.user
    assert isinstance(person, Staff)
    return (
        Rooftop.objects.all()
        if person.is_superuser
        else Rooftop.objects.filter(pk__in=person.rooftop_ids(Role.Kind.GROUP_ADMIN))
    )


class ByRole:
    """Permissions from roles: an admin may do everything here; subclasses take away."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_admin(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admin(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admin(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admin(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admin(request)


class Traced:
    """Every change leaves an audit entry as well as Django's own."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        _record("added", request, obj, message)
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        _record("changed", request, obj, message)
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            _record("deleted", request, obj, [])
        return super().log_deletions(request, queryset)  # type: ignore[misc]


class LaneAdmin(ByRole, Traced, admin.ModelAdmin[Any]):
    """Something an admin sets up.

    `rooftop_path` is where the row says which rooftop it belongs to; "" for rows of the whole group.
    """

    rooftop_path = ""
    list_per_page = PER_PAGE
    show_full_result_count = False
    save_on_top = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.filter(**{f"{self.rooftop_path}__in": rooftops_of(request)}) if self.rooftop_path else rows

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.related_model is Rooftop:
            kwargs["queryset"] = rooftops_of(request)
        return super().formfield_for_foreignkey(field, request, **kwargs)


def _record(verb: str, request: HttpRequest, obj: Any, message: Any) -> None:
    """An audit entry about a set-up row; one keyed by text (a trouble code) has Django's own entry only."""
    if isinstance(obj.pk, int) and isinstance(request.user, Staff):
        noun = obj._meta.verbose_name.replace(" ", "_")
        changed = [fields for part in message for change in part.values() for fields in change.get("fields", ())]
        rooftop = obj if isinstance(obj, Rooftop) else getattr(obj, "rooftop", None)
        audit.record(f"{noun}.{verb}", about=obj, by=request.user, at=timezone.now(), rooftop=rooftop, fields=changed)


class LooksOnly(LaneAdmin):
    """History: looked at, searched, never written, not even by a superuser."""

    actions = None
    save_on_top = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LaneInline(ByRole, admin.TabularInline[Any, Any]):
    extra = 0


class LooksOnlyInline(LaneInline):
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


# --- rooftops and staff ----------------------------------------------------------------------------------------------


@admin.register(Rooftop)
class RooftopAdmin(LaneAdmin):
    rooftop_path = "pk"
    list_display = ("name", "code", "city", "jurisdiction", "labor_rate", "parts_tax_rate", "time_zone")
    list_filter = ("jurisdiction",)
    search_fields = ("name", "code", "city")
    fieldsets = (
        (None, {"fields": ("code", "name", "registration_number", "makes_sold")}),
        ("Where", {"fields": ("street", "city", "region", "postal_code", "phone", "email", "time_zone")}),
        ("Law and money", {"fields": ("jurisdiction", "currency", "labor_rate", "parts_tax_rate", "labor_tax_rate")}),
        ("The day", {"fields": ("opens_at", "closes_at", "bays", "how_advisors_are_paid")}),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admin(request) and getattr(request.user, "is_superuser", False)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RoleInline(LaneInline):
    model = Role
    fields = ("rooftop", "kind")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request).select_related("staff", "rooftop")
        return rows.filter(rooftop__in=rooftops_of(request))

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "rooftop":
            kwargs["queryset"] = rooftops_of(request)
        found = super().formfield_for_foreignkey(field, request, **kwargs)
        if field.name == "rooftop" and found is not None:
            found.choices = list(found.choices)  # asked for once, not once a row
        return found


class NewStaffForm(AdminUserCreationForm):
    class Meta:
        model = Staff
        fields = ("email", "name")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class StaffForm(UserChangeForm):
    class Meta:
        model = Staff
        fields = ("email", "name", "is_active", "is_staff", "is_superuser", "joined_at")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@admin.register(Staff)
class StaffAdmin(ByRole, Traced, UserAdmin):  # type: ignore[type-arg]
    form = StaffForm
    add_form = NewStaffForm
    inlines = (RoleInline,)
    ordering = ("name", "pk")
    list_display = ("name", "email", "works_as", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "roles__kind", "roles__rooftop")
    search_fields = ("name", "email")
    list_per_page = PER_PAGE
    show_full_result_count = False
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("name", "email", "password")}),
        ("Comes in", {"fields": ("is_active", "is_staff", "is_superuser", "joined_at", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("name", "email", "usable_password", "password1", "password2")}),)
    actions = ("deactivate", "reactivate")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Staff]:
        rows = super().get_queryset(request).prefetch_related("roles__rooftop")
        if getattr(request.user, "is_superuser", False):
            return rows
        here = models.Exists(Role.objects.filter(staff=models.OuterRef("pk"), rooftop__in=rooftops_of(request)))
        nowhere = ~models.Exists(Role.objects.filter(staff=models.OuterRef("pk")))
        return rows.filter(here | nowhere)

    @admin.display(description="works as")
    def works_as(self, staff: Staff) -> str:
        return ", ".join(f"{role.get_kind_display()} at {role.rooftop.code}" for role in staff.roles.all())

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser is changed by a superuser: nobody makes themselves one by resetting a password."""
        above = isinstance(obj, Staff) and obj.is_superuser and not getattr(request.user, "is_superuser", False)
        return is_admin(request) and not above

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        mine = () if getattr(request.user, "is_superuser", False) else ("is_superuser",)
        return ("last_login", *mine)

    @admin.action(description="Deactivate: they cannot log in any more")
    def deactivate(self, request: HttpRequest, chosen: models.QuerySet[Staff]) -> None:
        self._switch(request, chosen, on=False)

    @admin.action(description="Reactivate")
    def reactivate(self, request: HttpRequest, chosen: models.QuerySet[Staff]) -> None:
        self._switch(request, chosen, on=True)

    def _switch(self, request: HttpRequest, chosen: models.QuerySet[Staff], *, on: bool) -> None:
        changed = [one for one in chosen if one.is_active != on and self.has_change_permission(request, one)]
        if request.user in changed:
            changed.remove(request.user)  # type: ignore[arg-type]
            self.message_user(request, "You stay: somebody else has to deactivate you.", messages.WARNING)
        for one in changed:
            Staff.objects.filter(pk=one.pk).update(is_active=on)
            self.log_change(request, one, [{"changed": {"fields": ["reactivated" if on else "deactivated"]}}])
        self.message_user(request, f"{len(changed)} of your staff {'can log in again' if on else 'are out'}.")


# --- history ---------------------------------------------------------------------------------------------------------


@admin.register(Entry)
class EntryAdmin(LooksOnly):
    list_display = ("at", "event", "about_label", "by_name", "rooftop")
    list_filter = ("rooftop",)
    list_select_related = ("rooftop",)
    search_fields = ("=event", "=about_id")
    fields = ("at", "event", "about_label", "about_type", "about_id", "by_name", "by", "rooftop", "detail")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request)
        if getattr(request.user, "is_superuser", False):
            return rows
        return rows.filter(models.Q(rooftop=None) | models.Q(rooftop__in=rooftops_of(request)))


@admin.register(OutboxMessage)
class OutboxMessageAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("created_at", "kind", "purpose", "to", "status", "attempts", "rooftop")
    list_filter = ("status", "kind", "rooftop")
    list_select_related = ("rooftop",)
    search_fields = ("=to", "=key")
