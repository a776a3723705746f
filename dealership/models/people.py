"""Rooftops, and the staff who work there in their roles."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import Q


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
