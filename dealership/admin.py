"""The admin of the ground floor, and the rules every admin page of the house follows.

Who comes in: superusers, and group admins who may open the admin; they see and set up their own rooftops.  What history
holds is looked at and never rewritten, by nobody.  Staff leave by being deactivated: their name stays on what they did.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dealership import audit
from dealership.models import Entry, InboundText, OutboxMessage, Role, Rooftop, Staff

PER_PAGE = 50

admin.site.unregister(Group)  # what people may do is in their roles
admin.site.site_url = None  # every page has its own way back to the lane


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


class WordsField(forms.CharField):
    """A list of texts kept as JSON, typed with commas between them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "widget": AdminTextInputWidget, **options})

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(word) for word in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        typed = value if isinstance(value, list) else str(value or "").split(",")
        return [word for word in (str(one).strip() for one in typed) if word]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial) != self.to_python(data))


class Traced:
    """Every change leaves an audit entry as well as Django's own, in the change's own transaction."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        leave_trace(request, form.instance, "changed" if change else "added", _changes(form, formsets))

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for row in queryset:
            leave_trace(request, row, "deleted", {"was": str(row)})
        return super().log_deletions(request, queryset)  # type: ignore[misc]


def leave_trace(request: HttpRequest, row: models.Model, verb: str, detail: dict[str, Any]) -> None:
    """The audit entry of one change in the admin; none when nothing changed.

    The trail names rows by number, so a row keyed by text (a trouble code) has Django's own log entry only.
    """
    if not isinstance(row.pk, int) or not isinstance(request.user, Staff) or (verb == "changed" and not detail):
        return
    noun = str(row._meta.verbose_name).replace(" ", "_").replace("-", "")
    rooftop = row if isinstance(row, Rooftop) else getattr(row, "rooftop", None)
    audit.record(f"{noun}.{verb}", about=row, by=request.user, at=timezone.now(), rooftop=rooftop, **detail)


def _changes(form: Any, formsets: Any) -> dict[str, Any]:
    """Each changed field with what it was and what it is, and the rows under it.  Passwords are named, never shown."""
    fields = {name: _was_and_is(form, name) for name in form.changed_data}
    rows: list[dict[str, Any]] = []
    for formset in formsets:
        rows += [{"added": str(row)} for row in formset.new_objects]
        rows += [{"changed": str(row), "fields": sorted(names)} for row, names in formset.changed_objects]
        rows += [{"removed": str(row)} for row in formset.deleted_objects]
    return {key: value for key, value in (("fields", fields), ("rows", rows)) if value}


SECRET = frozenset({"password", "password1", "password2", "usable_password"})


def _was_and_is(form: Any, name: str) -> list[str | None]:
    if name in SECRET:
        return []
    values = (form.initial.get(name), form.cleaned_data.get(name))
    return [None if value is None else str(value) for value in values]


class Typed:
    """How it is typed: a text on one line unless among `paragraphs`; a list of `words`, which have their help text."""

    paragraphs: ClassVar[Sequence[str]] = ()
    words: ClassVar[Mapping[str, str]] = {}
    line: type[forms.TextInput] = AdminTextInputWidget

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.words:
            label = db_field.verbose_name.capitalize()
            return WordsField(label=label, help_text=self.words[db_field.name])
        if isinstance(db_field, models.TextField):
            paragraph = forms.Textarea(attrs={"rows": 3, "cols": 60})
            kwargs["widget"] = paragraph if db_field.name in self.paragraphs else self.line()
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]


class LaneAdmin(Typed, ByRole, Traced, admin.ModelAdmin[Any]):
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

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Rooftop:
            kwargs["queryset"] = rooftops_of(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class NobodyWrites:
    """Nobody adds, changes or deletes here, not even a superuser."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LooksOnly(NobodyWrites, LaneAdmin):
    """History: looked at, searched, never written.  The newest first, by the one column that is always indexed."""

    actions = None
    save_on_top = False
    ordering: ClassVar[Any] = ("-pk",)


class ShortLine(forms.TextInput):
    """A text in a row of several."""

    def __init__(self) -> None:
        super().__init__(attrs={"size": 18})


class Rows(forms.BaseInlineFormSet[Any, Any, Any]):
    @classmethod
    def get_deletion_widget(cls) -> Any:
        return forms.CheckboxInput(attrs={"aria-label": "Delete this row"})


class LaneInline(Typed, ByRole, admin.TabularInline[Any, Any]):
    """Rows of a table; each field has the name of its column for those who do not see the column."""

    extra = 0
    line = ShortLine
    formset = Rows
    template = "admin/edit_inline/rows.html"

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:
            getattr(field.widget, "widget", field.widget).attrs["aria-label"] = str(field.label).capitalize()
        return field


class LooksOnlyInline(NobodyWrites, LaneInline):
    can_delete = False
    show_change_link = True


# --- rooftops and staff ----------------------------------------------------------------------------------------------


@admin.register(Rooftop)
class RooftopAdmin(LaneAdmin):
    rooftop_path = "pk"
    paragraphs = ("how_advisors_are_paid", "how_advisors_are_paid_es")
    words: ClassVar = {"makes_sold": "Brands sold here in capitals, with commas between them, like HONDA, ACURA."}
    list_display = ("name", "code", "city", "jurisdiction", "labor_rate", "parts_tax_rate", "time_zone")
    list_filter = ("jurisdiction",)
    search_fields = ("name", "code", "city")
    fieldsets = (
        (None, {"fields": ("code", "name", "registration_number", "makes_sold")}),
        ("Where", {"fields": ("street", "city", "region", "postal_code", "phone", "email", "time_zone", "leads_to")}),
        ("Law and money", {"fields": ("jurisdiction", "currency", "labor_rate", "parts_tax_rate", "labor_tax_rate")}),
        ("The group", {"fields": ("shares_history",)}),
        ("The day", {"fields": ("opens_at", "closes_at", "bays", "late_entry_days")}),
        (
            "How advisors are paid",
            {"fields": ("says_how_advisors_are_paid", "how_advisors_are_paid", "how_advisors_are_paid_es")},
        ),
    )

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "time_zone":
            zones = sorted(zone for zone in available_timezones() if zone.startswith(("America/", "Pacific/")))
            return forms.ChoiceField(
                label="Time zone", choices=[(zone, zone) for zone in zones], initial="America/Los_Angeles"
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

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

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "rooftop":
            kwargs["queryset"] = rooftops_of(request)
        found: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "rooftop":
            found.choices = list(found.choices)  # asked for once, not once a row
        return found


class FoldedEmail:
    """People log in whatever the case they type, so an address is kept in one."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()  # type: ignore[attr-defined]


class NewStaffForm(FoldedEmail, AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = Staff
        fields = ("email", "name")


class StaffForm(FoldedEmail, UserChangeForm):  # type: ignore[type-arg]
    class Meta:
        model = Staff
        fields = ("email", "name", "is_active", "is_staff", "is_superuser", "joined_at")


@admin.register(Staff)
class StaffAdmin(Typed, ByRole, Traced, UserAdmin):  # type: ignore[type-arg]
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
        """Not a superuser, nor somebody with a role elsewhere: who may reset a password can become its owner."""
        if not is_admin(request) or not isinstance(request.user, Staff):
            return False
        if obj is None or request.user.is_superuser:
            return True
        ours = set(request.user.rooftop_ids(Role.Kind.GROUP_ADMIN))
        return not obj.is_superuser and {role.rooftop_id for role in obj.roles.all()} <= ours

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        mine = () if getattr(request.user, "is_superuser", False) else ("is_superuser",)
        return ("last_login", *mine)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """A new password and its trace together, or neither."""
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The password page tells of itself here and nowhere else."""
        if getattr(request.resolver_match, "url_name", "") == "auth_user_password_change":
            leave_trace(request, obj, "changed", {"fields": {"password": []}})
        return super().log_change(request, obj, message)

    @admin.action(description="Deactivate: they cannot log in any more")
    def deactivate(self, request: HttpRequest, chosen: models.QuerySet[Staff]) -> None:
        self._switch(request, chosen, on=False)

    @admin.action(description="Reactivate")
    def reactivate(self, request: HttpRequest, chosen: models.QuerySet[Staff]) -> None:
        self._switch(request, chosen, on=True)

    def _switch(self, request: HttpRequest, chosen: models.QuerySet[Staff], *, on: bool) -> None:
        verb = "reactivated" if on else "deactivated"
        allowed = [one for one in chosen if self.has_change_permission(request, one)]
        if request.user in allowed:
            allowed = [one for one in allowed if one != request.user]
            self.message_user(request, "You stay: somebody else has to deactivate you.", messages.WARNING)
        switched = 0
        for one in allowed:
            with transaction.atomic():
                if Staff.objects.filter(pk=one.pk, is_active=not on).update(is_active=on):
                    leave_trace(request, one, verb, {"name": one.name})
                    self.log_change(request, one, f"{verb.capitalize()}.")
                    switched += 1
        people = "1 person" if switched == 1 else f"{switched} people"
        self.message_user(request, f"{people} {verb}.")


# --- history ---------------------------------------------------------------------------------------------------------


@admin.register(Entry)
class EntryAdmin(LooksOnly):
    list_display = ("at", "entered_at", "event", "about_label", "by_name", "rooftop")
    list_filter = ("rooftop",)
    list_select_related = ("rooftop",)
    search_fields = ("=event", "=about_id")
    fields = (
        *("at", "entered_at", "entered_by", "event", "about_label", "about_type", "about_id"),
        *("by_name", "by", "rooftop", "detail"),
    )

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


@admin.register(InboundText)
class InboundTextAdmin(LooksOnly):
    rooftop_path = "rooftop"
    list_display = ("received_at", "number", "reading", "scope", "is_known", "settled_at", "rooftop")
    list_filter = ("reading", "is_known", "rooftop")
    list_select_related = ("rooftop",)
    search_fields = ("=number", "=provider_key")
