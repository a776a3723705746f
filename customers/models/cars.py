"""Cars, what the decoder proposes for their VIN, and whose they are."""

from datetime import date, datetime
from typing import Any, ClassVar, Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Reverse
from django.urls import reverse

from customers.models.people import Customer, Household
from dealership.models import SERVICE, Staff


class VehicleQuerySet(models.QuerySet["Vehicle"]):
    def visible_to(self, staff: Staff) -> Self:
        """Cars belong to the group, like their people."""
        return self.all() if staff.rooftop_ids(*SERVICE) else self.none()

    def of(self, customer: Customer) -> Self:
        """Cars of a customer and of their household, their own first, then the newest."""
        ties = Tie.objects.filter(vehicle=models.OuterRef("pk"), until_date=None)
        own = ties.filter(customer=customer)
        household = Q(customer__household=customer.household_id) if customer.household_id else Q(customer=customer)
        return (
            self.filter(models.Exists(ties.filter(household)))
            .annotate(is_own=models.Exists(own))
            .order_by("-is_own", "-pk")
        )

    def of_household(self, household: Household) -> Self:
        """Cars that anybody of the household has a role for and that are not gone, by age of the record."""
        ties = Tie.objects.current().filter(vehicle=models.OuterRef("pk"), customer__household=household)
        return self.filter(models.Exists(ties), gone_date=None).order_by("pk")

    def correct(self, *, seen_at: datetime | None, at: datetime, **fields: Any) -> bool:
        """Write what somebody here corrected.  False: somebody else did after `seen_at`, or the row is gone."""
        return self.filter(edited_at=seen_at).update(edited_at=at, **fields) == 1


class Vehicle(models.Model):
    """A car of the group's customers, ours or another maker's."""

    MOST_ON_A_PAGE = 12

    class Body(models.TextChoices):
        SEDAN = "sedan", "Sedan"
        SUV = "suv", "SUV"
        TRUCK = "truck", "Truck"
        VAN = "van", "Van"
        HATCH = "hatch", "Hatchback"

    vin = models.TextField(null=True, blank=True, help_text="Seventeen characters, upper case; empty when not known.")
    vin_reversed = models.GeneratedField(
        expression=Reverse("vin"), output_field=models.TextField(null=True), db_persist=True
    )
    plate = models.TextField(blank=True, help_text="Letters and digits only, upper case.")
    plate_region = models.CharField(max_length=3, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    make = models.TextField(blank=True)
    model = models.TextField(blank=True)
    trim = models.TextField(blank=True)
    body = models.CharField(max_length=8, choices=Body, default=Body.SEDAN)
    color = models.TextField(blank=True)
    policy_number = models.TextField(
        "insurance policy number", blank=True, db_default="", help_text="Letters and digits only, upper case."
    )
    gone_date = models.DateField(null=True, blank=True, help_text="Sold or scrapped, as far as we know.")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)

    objects = VehicleQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["vin"], name="vehicle_vin_once"),
            models.CheckConstraint(
                name="vehicle_vin_is_folded",
                condition=Q(vin=None) | Q(vin__regex=r"^[A-Z0-9]{1,17}$"),
                violation_error_message="A VIN has letters and digits only.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["vin"], opclasses=["text_pattern_ops"], name="vehicle_vin_prefix"),
            models.Index(fields=["vin_reversed"], opclasses=["text_pattern_ops"], name="vehicle_vin_suffix"),
            GinIndex(OpClass("vin", name="gin_trgm_ops"), name="vehicle_vin_middle"),
            models.Index(
                fields=["plate"], opclasses=["text_pattern_ops"], condition=~Q(plate=""), name="vehicle_plate_prefix"
            ),
            models.Index(fields=["policy_number"], condition=~Q(policy_number=""), name="vehicle_policy"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("customers:vehicle", args=[self.pk])

    @property
    def title(self) -> str:
        """Like "2018 Honda Ridgeline RTL"."""
        words = (str(self.year or ""), self.make_name, self.model, self.trim)
        return " ".join(word for word in words if word) or "Unknown car"

    @property
    def make_name(self) -> str:
        """The make as people write it: Honda, Mercedes-Benz, BMW."""
        return self.make.title() if self.make.isupper() and len(self.make) > 3 else self.make

    @property
    def short_title(self) -> str:
        """Like "2018 Ridgeline"."""
        return " ".join(word for word in (str(self.year or ""), self.model or self.make_name) if word) or "Unknown car"


class VinDecodeQuerySet(models.QuerySet["VinDecode"]):
    def accept(self, *, by: Staff, at: datetime) -> bool:
        """Proposed → taken.  False means somebody took it already."""
        return self.filter(accepted_at=None).update(accepted_by=by, accepted_at=at) == 1


class VinDecode(models.Model):
    """What the offline decoder proposed for a VIN, and whether somebody took it.  Never a fact by itself."""

    vehicle = models.ForeignKey(Vehicle, on_delete=models.CASCADE, related_name="decodes")
    vin = models.TextField()
    proposal = models.JSONField(help_text="Year, make, model, trim, body and so on, as the decoder gave them.")
    error_codes = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    source = models.TextField(help_text="Decoder and data month.")
    at = models.DateTimeField()
    accepted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = VinDecodeQuerySet.as_manager()

    class Meta:
        verbose_name = "VIN decode"
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.vin}, {self.source}"


class TieQuerySet(models.QuerySet["Tie"]):
    def current(self) -> Self:
        return self.filter(until_date=None)

    def end(self, *, on: date, by: Staff, at: datetime) -> bool:
        """Theirs → not theirs any more.  False: somebody said so before."""
        return self.current().update(until_date=on, ended_by=by, ended_at=at) == 1

    def undo_end(self, *, since: datetime) -> bool:
        return self.filter(ended_at__gte=since).update(until_date=None, ended_by=None, ended_at=None) == 1


class Tie(models.Model):
    """A role of a customer for a car, from when until when, and who told us."""

    class Kind(models.TextChoices):
        OWNS = "owns", "owns"
        DRIVES = "drives", "drives"
        PAYS = "pays", "pays for"
        DECIDES = "decides", "decides about"
        CONTACT = "contact", "is the authorized contact for"

    ROLES: ClassVar = {
        Kind.OWNS: "Owner",
        Kind.DRIVES: "Driver",
        Kind.PAYS: "Payer",
        Kind.DECIDES: "Decides",
        Kind.CONTACT: "Authorized contact",
    }
    """The same as a noun, for lists and choices."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="ties")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.CASCADE, related_name="ties")
    kind = models.CharField(max_length=8, choices=Kind)
    since_date = models.DateField(null=True, blank=True)
    until_date = models.DateField(null=True, blank=True)
    source = models.TextField(default="entered here")
    said_by = models.TextField(blank=True, db_default="", help_text="Who told us, like Julie, at the counter.")
    by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Who wrote it down."
    )
    ended_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody here ended it; empty where a file did."
    )

    objects = TieQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "vehicle", "kind"], condition=Q(until_date=None), name="tie_once"
            ),
            models.CheckConstraint(
                name="tie_end_is_whole",
                condition=Q(ended_at=None, ended_by=None)
                | Q(until_date__isnull=False, ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.get_kind_display()} {self.vehicle}"

    @property
    def role(self) -> str:
        return self.ROLES[self.Kind(self.kind)]


class ToldQuerySet(models.QuerySet["ToldOfCar"]):
    def kept(self) -> Self:
        return self.filter(taken_back_at=None)

    def take_back(self, *, at: datetime) -> bool:
        """Told → not so.  False: that was said before."""
        return self.kept().update(taken_back_at=at) == 1


class ToldOfCar(models.Model):
    """What somebody told us of a car: its miles, what it needs.  Their word, with its day; never a reading of ours."""

    vehicle = models.ForeignKey(Vehicle, on_delete=models.CASCADE, related_name="told")
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="+", help_text="Who said it."
    )
    miles = models.PositiveIntegerField(null=True, blank=True)
    words = models.TextField(blank=True, help_text="Like: it still needs tires and oil.")
    said_date = models.DateField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = ToldQuerySet.as_manager()

    class Meta:
        verbose_name = "told of a car"
        verbose_name_plural = "told of cars"
        ordering = ("-said_date", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="told_something",
                condition=Q(miles__isnull=False) | ~Q(words=""),
                violation_error_message="Enter the miles they told you, or what it needs.",
            )
        ]

    def __str__(self) -> str:
        return f"Told of {self.vehicle}"
