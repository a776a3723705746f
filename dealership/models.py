"""Rooftops, staff and their roles, the audit trail, and what waits to leave the building."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from dealership.append_only import append_only


class Jurisdiction(models.TextChoices):
    """Whose law the counter follows.  The rules themselves are dated policy rows, not code."""

    CALIFORNIA = "US-CA", "California"
    MASSACHUSETTS = "US-MA", "Massachusetts"
    FLORIDA = "US-FL", "Florida"
    ONTARIO = "CA-ON", "Ontario"


def leads_address(typed: str) -> None:
    """Refuse what is neither an e-mail address nor an https:// address."""
    is_url = typed.startswith("https://")
    try:
        (URLValidator(schemes=["https"]) if is_url else EmailValidator())(typed)
    except ValidationError as wrong:
        raise ValidationError("Type an e-mail address, or an address that begins with https://.") from wrong


class RooftopQuerySet(models.QuerySet["Rooftop"]):
    def visible_to(self, staff: "Staff") -> Self:
        return self.filter(pk__in=staff.rooftop_ids())

    def telling(self, staff: "Staff") -> Self:
        """Rooftops of whose history with a customer `staff` may read the words, lines and amounts.

        Those where they work in service, and for them every rooftop of the group that shares its history.  Of any other
        they may know that there was a visit, where and when.  Every read of history asks this, or `telling_at`.
        """
        here = staff.rooftop_ids(*SERVICE)
        return self.telling_at(*here) if here else self.none()

    def telling_at(self, *rooftops: int) -> Self:
        """The same for whoever works in service at one of `rooftops`."""
        return self.filter(Q(pk__in=rooftops) | Q(shares_history=True))


class Rooftop(models.Model):
    """One dealership of the group: its address, its rates, its law, its clock."""

    code = models.TextField(unique=True, help_text="Short and spoken, like NORTH. Imports use it.")
    name = models.TextField()
    registration_number = models.TextField(
        help_text="The repair dealer registration printed on every invoice (16 CCR 3356)."
    )
    street = models.TextField()
    city = models.TextField()
    region = models.CharField(max_length=3, help_text="State or province, like CA.")
    postal_code = models.CharField(max_length=12)
    phone = models.CharField(max_length=20, help_text="As +14155550100.")
    email = models.EmailField(blank=True)
    time_zone = models.CharField(max_length=64, default="America/Los_Angeles")
    currency = models.CharField(max_length=3, default="USD")
    jurisdiction = models.CharField(max_length=8, choices=Jurisdiction)
    labor_rate = models.DecimalField(max_digits=8, decimal_places=2, help_text="Dollars an hour.")
    parts_tax_rate = models.DecimalField(
        max_digits=6,
        decimal_places=5,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="As a fraction: 0.0825 is 8.25 %.",
    )
    labor_tax_rate = models.DecimalField(
        max_digits=6, decimal_places=5, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    makes_sold = models.JSONField(default=list, blank=True, help_text='Brands sold here, like ["HONDA"].')
    bays = models.PositiveSmallIntegerField(default=6)
    opens_at = models.TimeField(default="07:00")
    closes_at = models.TimeField(default="18:00")
    how_advisors_are_paid = models.TextField(
        blank=True, help_text="In plain words, shown to customers and staff alike."
    )
    how_advisors_are_paid_es = models.TextField(
        "how advisors are paid, in Spanish", blank=True, help_text="For customers who choose Spanish."
    )
    says_how_advisors_are_paid = models.BooleanField(
        "say how advisors are paid", default=True, help_text="On the page that says how you choose what to tell."
    )
    late_entry_days = models.PositiveSmallIntegerField(
        default=7,
        db_default=7,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text="How many days back something written on paper may be entered with its own time.",
    )
    leads_to = models.TextField(
        "leads go to",
        blank=True,
        db_default="",
        validators=[leads_address],
        help_text="Where the sales system takes ADF leads: an e-mail address, or an address that begins with https://. "
        "Empty sends none. Only customers who agreed to be passed on are sent.",
    )
    shares_history = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Other rooftops of the group may see what happened here. Else they see that a visit was, and when.",
    )

    objects = RooftopQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="rooftop_rates_make_sense",
                condition=Q(labor_rate__gt=0, parts_tax_rate__range=(0, 1), labor_tax_rate__range=(0, 1)),
                violation_error_message="Enter a labor rate above zero and tax rates as fractions between 0 and 1.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def address(self) -> str:
        return f"{self.street}, {self.city}, {self.region} {self.postal_code}"


class StaffManager(BaseUserManager["Staff"]):
    def create_user(self, email: str, name: str, password: str | None = None, **fields: Any) -> "Staff":
        staff = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff

    def create_superuser(self, email: str, name: str, password: str | None = None, **fields: Any) -> "Staff":
        return self.create_user(email, name, password, is_staff=True, is_superuser=True, **fields)


class Staff(AbstractBaseUser, PermissionsMixin):
    """Somebody who works here and logs in.  What they may do is in their roles, rooftop by rooftop."""

    email = models.EmailField(unique=True)
    name = models.TextField()
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may open the admin", default=False)
    joined_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    objects = StaffManager()

    class Meta:
        verbose_name_plural = "staff"
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()

    @cached_property
    def kinds_by_rooftop(self) -> dict[int, frozenset[str]]:
        """Role kinds held, by rooftop id.  One query, kept for the life of this object (a request)."""
        if not self.is_active:
            return {}
        held: dict[int, set[str]] = {}
        for rooftop_id, kind in self.roles.values_list("rooftop_id", "kind"):
            held.setdefault(rooftop_id, set()).add(kind)
        return {rooftop_id: frozenset(kinds) for rooftop_id, kinds in held.items()}

    def rooftop_ids(self, *kinds: str) -> list[int]:
        """Ids of the rooftops where this person holds any of `kinds` (any role at all when none is named)."""
        return [rooftop_id for rooftop_id, held in self.kinds_by_rooftop.items() if not kinds or held & set(kinds)]

    def holds(self, kinds: Iterable[str], rooftop_id: int) -> bool:
        return bool(self.kinds_by_rooftop.get(rooftop_id, frozenset()) & set(kinds))


class Role(models.Model):
    """What a member of staff is at one rooftop."""

    class Kind(models.TextChoices):
        SERVICE_ADVISOR = "service_advisor", "Service advisor"
        TECHNICIAN = "technician", "Technician"
        SERVICE_MANAGER = "service_manager", "Service manager"
        SALESPERSON = "salesperson", "Salesperson"
        SALES_MANAGER = "sales_manager", "Sales manager"
        GROUP_ADMIN = "group_admin", "Group admin"

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="roles")
    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="roles")
    kind = models.CharField(max_length=20, choices=Kind)

    class Meta:
        ordering = ("staff", "rooftop", "kind", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "rooftop", "kind"], name="role_once"),
        ]

    def __str__(self) -> str:
        return f"{self.staff}, {self.get_kind_display().lower()} at {self.rooftop}"


COUNTER = frozenset({Role.Kind.SERVICE_ADVISOR, Role.Kind.SERVICE_MANAGER, Role.Kind.GROUP_ADMIN})
"""Who opens repair orders, presents lines and records answers."""
BAY = frozenset({Role.Kind.TECHNICIAN, Role.Kind.SERVICE_MANAGER, Role.Kind.GROUP_ADMIN})
"""Who inspects."""
SERVICE = COUNTER | BAY
"""Who sees the lane."""
SALES = frozenset({Role.Kind.SALESPERSON, Role.Kind.SALES_MANAGER, Role.Kind.GROUP_ADMIN})
"""Who works the hand-off queue."""
OFFICE = frozenset({Role.Kind.SERVICE_MANAGER, Role.Kind.GROUP_ADMIN})
"""Who imports and oversees."""


class EntryQuerySet(models.QuerySet["Entry"]):
    def about(self, row: models.Model) -> Self:
        return self.filter(about_type=row._meta.label_lower, about_id=row.pk)

    def newest_first(self) -> Self:
        return self.order_by("-at", "-pk")


class Entry(models.Model):
    """One line of the audit trail: who did what to which row, when.  Written by `audit.record`, never changed."""

    event = models.TextField(help_text="noun.verb in the past tense, like handoff.claimed")
    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    about_type = models.TextField()
    about_id = models.BigIntegerField()
    about_label = models.TextField(help_text="As it was called then.")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.TextField(help_text="As they were called then; also names a customer or a task.")
    at = models.DateTimeField(help_text="When it happened.")
    entered_at = models.DateTimeField(
        "entered late at", null=True, blank=True, help_text="When it was typed, for what first stood on paper."
    )
    entered_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="entered late by"
    )
    detail = models.JSONField(default=dict, blank=True)
    form_key = models.UUIDField(
        null=True, blank=True, unique=True, help_text="The one-time key of the form that asked for this."
    )
    form_digest = models.TextField(blank=True)
    answer = models.TextField(blank=True, help_text="Where the form's sender was sent; a repeat goes there too.")

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        ordering = ("-at", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["about_type", "about_id", "at"], name="entry_about"),
            models.Index(fields=["rooftop", "at"], name="entry_rooftop_at"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="entry_late_is_whole",
                condition=Q(entered_at=None, entered_by=None)
                | Q(entered_at__isnull=False, entered_by__isnull=False, entered_at__gte=F("at")),
            )
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.event}: {self.about_label}"


class OutboxMessageQuerySet(models.QuerySet["OutboxMessage"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def waiting(self) -> Self:
        return self.filter(status=OutboxMessage.Status.WAITING)

    def cancel(self, why: str, *, at: datetime) -> int:
        """Waiting → canceled; returns how many.  One that is being handed over this moment is left alone."""
        free = self.waiting().order_by("pk").select_for_update(skip_locked=True)
        return OutboxMessage.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(
            status=OutboxMessage.Status.CANCELED, done_at=at, leased_until=None, provider_answer=why
        )

    def delivered(self, *, at: datetime) -> bool:
        """It arrived, so it was sent, whatever we had heard of that.  False: we knew."""
        return self._settled(delivered_at=at)

    def came_back(self, why: str, *, at: datetime) -> bool:
        """It was taken and could not be delivered.  False: we knew, or it had arrived."""
        return self.filter(delivered_at=None)._settled(came_back_at=at, came_back_why=why)

    def _settled(self, **receipt: Any) -> bool:
        (when,) = (value for value in receipt.values() if isinstance(value, datetime))
        return (
            self.exclude(status=OutboxMessage.Status.CANCELED)
            .filter(delivered_at=None, came_back_at=None)
            .update(
                status=OutboxMessage.Status.SENT,
                done_at=Coalesce("done_at", Value(when)),
                leased_until=None,
                **receipt,
            )
            == 1
        )


class OutboxMessage(models.Model):
    """Something to be sent outside, written with the change that caused it.  Sending is somebody else's job."""

    class Kind(models.TextChoices):
        EMAIL = "email", "E-mail"
        TEXT = "text", "Text"
        ADF = "adf", "Lead (ADF)"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        DEAD = "dead", "Not sent"
        CANCELED = "canceled", "Canceled"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    purpose = models.TextField(help_text="Why it is sent, like findings_link or car_ready.")
    use = models.CharField(
        max_length=20,
        default="repair_messages",
        db_default="repair_messages",
        help_text="Which consent it stands on: a purpose of customers.Consent.",
    )
    key = models.TextField(unique=True, help_text="The same key is the same message, however often it is asked for.")
    to = models.TextField()
    subject = models.TextField(blank=True)
    body = models.TextField()
    about_type = models.TextField(blank=True)
    about_id = models.BigIntegerField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    not_after = models.DateTimeField(null=True, blank=True, help_text="From then on it is not worth sending.")
    quiet_zones = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="Time zones, with spaces between, whose quiet hours it keeps; empty when it may leave at any hour.",
    )
    leased_until = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField(
        null=True, blank=True, help_text="When handing it over began, where a second time would be a second message."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    provider_answer = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    came_back_at = models.DateTimeField(null=True, blank=True)
    came_back_why = models.TextField(blank=True, default="", db_default="")

    objects = OutboxMessageQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="outbox_done_has_time",
                condition=Q(status="waiting", done_at=None) | (Q(done_at__isnull=False) & ~Q(status="waiting")),
            ),
            models.CheckConstraint(
                name="outbox_receipt_is_of_something_sent",
                condition=Q(delivered_at=None, came_back_at=None, came_back_why="")
                | Q(status="sent", delivered_at__isnull=False, came_back_at=None, came_back_why="")
                | Q(status="sent", delivered_at=None, came_back_at__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["not_before", "id"], condition=Q(status="waiting"), name="outbox_waiting"),
            models.Index(fields=["rooftop", "-created_at", "-id"], name="outbox_newest"),
            models.Index(fields=["to", "-created_at", "-id"], name="outbox_newest_to"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.purpose}"


class InboundTextQuerySet(models.QuerySet["InboundText"]):
    def visible_to(self, staff: Staff) -> Self:
        """Texts of their rooftops; one that answers nothing we sent could be anybody's, so it is everybody's."""
        return self.filter(Q(rooftop_id__in=staff.rooftop_ids()) | Q(rooftop=None))

    def open(self) -> Self:
        """What somebody still has to look at."""
        return self.filter(settled_at=None)

    def settle(self, *, by: Staff, at: datetime) -> bool:
        """Open → looked at.  False: somebody did before."""
        return self.open().update(settled_at=at, settled_by=by) == 1

    def stopped(self, numbers: Iterable[str]) -> dict[str, "InboundText"]:
        """Of these numbers, those whose latest word is to send no more, with that word."""
        said = self.filter(number__in=set(numbers), reading__in=InboundText.WORDS_ON_CONSENT)
        latest = said.order_by("number", "-received_at", "-pk").distinct("number")
        return {text.number: text for text in latest if text.reading == InboundText.Reading.STOP}


class InboundText(models.Model):
    """A text somebody sent us, as it came, and how it was read."""

    class Reading(models.TextChoices):
        STOP = "stop", "No more texts"
        START = "start", "Texts again"
        QUESTION = "question", "A question"
        UNCLEAR = "unclear", "May mean no more texts"
        SAID = "said", "Something else"

    class Scope(models.TextChoices):
        ALL = "all", "Of every kind"
        SALES = "sales", "Offers and sales"

    WORDS_ON_CONSENT = (Reading.STOP, Reading.START)
    SALES_USES = ("marketing", "sales_use")
    CONFIRMATION = "stop_confirmed"
    """The use of the one text that says a stop was heard."""

    rooftop = models.ForeignKey(
        Rooftop, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Who wrote to them last."
    )
    provider_key = models.TextField(unique=True, help_text="What the provider calls it: the same key is the same text.")
    number = models.TextField(help_text="Who sent it, as +14155550142.")
    body = models.TextField()
    reading = models.CharField(max_length=8, choices=Reading)
    scope = models.CharField(max_length=5, choices=Scope, blank=True)
    is_known = models.BooleanField(help_text="Whether the number belonged to a customer when it came.")
    received_at = models.DateTimeField()
    settled_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When nobody had to look at it any more.")
    answer = models.ForeignKey(OutboxMessage, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = InboundTextQuerySet.as_manager()

    class Meta:
        ordering = ("-received_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="inbound_text_scope_is_of_a_stop",
                condition=Q(reading="stop", scope__in=("all", "sales")) | (~Q(reading="stop") & Q(scope="")),
            ),
            models.CheckConstraint(
                name="inbound_text_settled_has_time", condition=Q(settled_by=None) | Q(settled_at__isnull=False)
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["number", "-received_at", "-id"], name="inbound_text_newest"),
            models.Index(
                fields=["rooftop", "-received_at", "-id"], condition=Q(settled_at=None), name="inbound_text_open"
            ),
        ]

    def __str__(self) -> str:
        return f"Text {self.pk}"

    def covers(self, use: str) -> bool:
        """Whether this stop is one to messages for `use`.  What was not limited is all (47 CFR 64.1200(a)(10))."""
        return use in self.SALES_USES or (self.scope == self.Scope.ALL and use != self.CONFIRMATION)
