"""Who and what, whatever the visit: people and businesses, how to reach them, their cars, consents and words."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Reverse
from django.urls import reverse

from dealership.append_only import append_only
from dealership.models import SERVICE, Rooftop, Staff


class Household(models.Model):
    """People who share a roof and, often, cars."""

    name = models.TextField()

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, staff: Staff) -> Self:
        """Customers belong to the group: whoever works in service or the office at any rooftop may look."""
        return self.all() if staff.rooftop_ids(*SERVICE) else self.none()

    def correct(self, *, seen_at: datetime | None, at: datetime, **fields: Any) -> bool:
        """Write what somebody here corrected.  False: somebody else did after `seen_at`, or the row is gone."""
        return self.filter(edited_at=seen_at).update(edited_at=at, **fields) == 1


class Customer(models.Model):
    """A person or a business of the group."""

    class Kind(models.TextChoices):
        PERSON = "person", "Person"
        BUSINESS = "business", "Business"

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        SPANISH = "es", "Español"

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PERSON)
    first_name = models.TextField(blank=True)
    last_name = models.TextField(blank=True)
    business_name = models.TextField(blank=True)
    name = models.GeneratedField(
        expression=models.Case(
            models.When(kind="business", then=F("business_name")),
            models.When(first_name="", then=F("last_name")),
            models.When(last_name="", then=F("first_name")),
            default=Concat(
                F("first_name"),
                Value(" ", output_field=models.TextField()),
                F("last_name"),
                output_field=models.TextField(),
            ),
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    household = models.ForeignKey(Household, on_delete=models.SET_NULL, null=True, blank=True, related_name="members")
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    since_date = models.DateField(null=True, blank=True, help_text="First known visit or purchase.")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody here last corrected it; imports leave it alone from then on."
    )

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="customer_has_a_name",
                condition=~Q(first_name="", last_name="", business_name=""),
                violation_error_message="Enter a name.",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["name", "id"], name="customer_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:customer", args=[self.pk])

    @property
    def called(self) -> str:
        """What to call them on a page of their own."""
        return self.first_name or self.name


class CustomerNumber(models.Model):
    """What a rooftop's dealer management system calls this customer."""

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    number = models.TextField()
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="numbers")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rooftop", "number"], name="customer_number_once"),
        ]

    def __str__(self) -> str:
        return self.number


class NameWord(models.Model):
    """One word of a customer's name, folded for finding (case and accents gone).  Rewritten when the name changes."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="name_words")
    word = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "word"], name="name_word_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["word", "customer"], opclasses=["text_pattern_ops", "int8_ops"], name="name_word_prefix"
            )
        ]

    def __str__(self) -> str:
        return self.word


class KnownWord(models.Model):
    """Every distinct name word, small enough to search by likeness when nothing begins as typed."""

    word = models.TextField(primary_key=True)

    class Meta:
        indexes: ClassVar = [GinIndex(OpClass("word", name="gin_trgm_ops"), name="known_word_likeness")]

    def __str__(self) -> str:
        return self.word


class ContactPoint(models.Model):
    """A phone number or e-mail address of a customer."""

    class Kind(models.TextChoices):
        PHONE = "phone", "Phone"
        EMAIL = "email", "E-mail"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=8, choices=Kind)
    value = models.TextField(help_text="A phone as +14155550142, an e-mail address in lower case.")
    digits = models.TextField(blank=True, help_text="A phone's national digits, for finding.")
    digits_reversed = models.GeneratedField(
        expression=Reverse("digits"), output_field=models.TextField(), db_persist=True
    )
    label = models.TextField(blank=True, help_text="Like mobile, work.")
    preferred = models.BooleanField(default=False)
    source = models.TextField(default="entered here")
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When the customer last said it is right.")

    class Meta:
        ordering = ("-preferred", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="contact_point_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["digits"], opclasses=["text_pattern_ops"], condition=~Q(digits=""), name="contact_digits"
            ),
            models.Index(
                fields=["digits_reversed"],
                opclasses=["text_pattern_ops"],
                condition=~Q(digits=""),
                name="contact_digits_reversed",
            ),
            models.Index(fields=["value"], opclasses=["text_pattern_ops"], name="contact_value"),
        ]

    def __str__(self) -> str:
        return self.value


class Address(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    street = models.TextField()
    city = models.TextField(blank=True)
    region = models.CharField(max_length=3, blank=True)
    postal_code = models.CharField(max_length=12, blank=True)
    source = models.TextField(default="entered here")

    class Meta:
        verbose_name_plural = "addresses"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "street", "postal_code"], name="address_once"),
        ]

    def __str__(self) -> str:
        return f"{self.street}, {self.city} {self.region} {self.postal_code}".strip(" ,")


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


class Tie(models.Model):
    """How a customer belongs to a car."""

    class Kind(models.TextChoices):
        OWNS = "owns", "owns"
        DRIVES = "drives", "drives"
        PAYS = "pays", "pays for"
        DECIDES = "decides", "decides about"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="ties")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.CASCADE, related_name="ties")
    kind = models.CharField(max_length=8, choices=Kind)
    since_date = models.DateField(null=True, blank=True)
    until_date = models.DateField(null=True, blank=True)
    source = models.TextField(default="entered here")

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "vehicle", "kind"], condition=Q(until_date=None), name="tie_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.get_kind_display()} {self.vehicle}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    def current(self, customer: Customer) -> dict[tuple[str, str], "Consent"]:
        """The latest word per purpose and channel.  A pair that is not there was never asked, so it is a no."""
        return {
            (consent.purpose, consent.channel): consent
            for consent in self.filter(customer=customer).order_by("at", "pk")
        }

    def allows(self, customer: Customer, purpose: str, channel: str) -> bool:
        latest = (
            self.filter(customer=customer, purpose=purpose, channel__in=(channel, Consent.Channel.ANY))
            .order_by("-at", "-pk")
            .first()
        )
        return latest is not None and latest.granted


class Consent(models.Model):
    """One recorded yes or no to one use of somebody's data on one channel.  The latest counts; all are kept."""

    class Purpose(models.TextChoices):
        REPAIR_MESSAGES = "repair_messages", "Messages about a car that is here"
        MARKETING = "marketing", "Offers"
        SALES_USE = "sales_use", "Sales may use what service knows"
        PASS_ON = "pass_on", "Passed on to the sales system"
        ELECTRONIC_RECORDS = "electronic_records", "Records by e-mail or link instead of paper"
        SATISFACTION = "satisfaction", "Calls to ask how it went"

    class Channel(models.TextChoices):
        TEXT = "text", "Text"
        CALL = "call", "Call"
        EMAIL = "email", "E-mail"
        PERSON = "person", "In person"
        ANY = "any", "Any"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose)
    channel = models.CharField(max_length=8, choices=Channel)
    granted = models.BooleanField()
    words = models.TextField(help_text="The exact text that was shown or said.")
    text_version = models.CharField(max_length=20)
    source = models.TextField(help_text="Where it was said: at the counter, on their link, from the DMS.")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        indexes: ClassVar = [models.Index(fields=["customer", "purpose", "-at", "-id"], name="consent_latest")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{'Yes' if self.granted else 'No'}: {self.get_purpose_display()}"


class Look(models.Model):
    """Somebody looked at a customer's record.  Every look is kept."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="looks")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    why = models.TextField(help_text="The page or task, like write-up or hand-off 12.")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        indexes: ClassVar = [models.Index(fields=["customer", "-at", "-id"], name="look_latest")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.by} looked at {self.customer}"


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def overdue(self, at: datetime) -> Self:
        return self.open().filter(due_at__lt=at)

    def close(self, *, by: Staff, at: datetime, what_was_done: str, recheck_days: int = 14) -> bool:
        """Open → closed by its owning side.  False means it was closed already."""
        return (
            self.open().update(
                closed_by=by, closed_at=at, what_was_done=what_was_done, recheck_at=at + timedelta(days=recheck_days)
            )
            == 1
        )


class Complaint(models.Model):
    """What somebody was unhappy about, in their words, with one owner and a due time."""

    class Side(models.TextChoices):
        SERVICE = "service", "Service"
        SALES = "sales", "Sales"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="complaints")
    words = models.TextField(help_text="In the customer's own words.")
    side = models.CharField(max_length=8, choices=Side, help_text="Whose problem it is; only they may close it.")
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    opened_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    what_was_done = models.TextField(blank=True)
    recheck_at = models.DateTimeField(null=True, blank=True)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="complaint_closed_says_what_was_done",
                condition=Q(closed_at=None, closed_by=None, what_was_done="", recheck_at=None)
                | (
                    Q(closed_at__isnull=False, closed_by__isnull=False, recheck_at__isnull=False) & ~Q(what_was_done="")
                ),
                violation_error_message="Say what was done before closing a complaint.",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer"], condition=Q(closed_at=None), name="complaint_open"),
        ]

    def __str__(self) -> str:
        return f"Complaint {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("customers:complaint", args=[self.pk])
