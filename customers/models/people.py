"""People and businesses: what they are called, with whom they live, how to reach them."""

from datetime import datetime
from typing import Any, ClassVar, Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower, Reverse
from django.urls import reverse

from dealership.models import SERVICE, Rooftop, Staff


class HouseholdQuerySet(models.QuerySet["Household"]):
    def visible_to(self, staff: Staff) -> Self:
        """Like the customers in them, households belong to the group."""
        return self.all() if staff.rooftop_ids(*SERVICE) else self.none()


class Household(models.Model):
    """People who share a roof and, often, cars."""

    name = models.TextField()

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:household-page", args=[self.pk])


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, staff: Staff) -> Self:
        """Customers belong to the group: whoever works in service or the office at any rooftop may look."""
        return self.standing() if staff.rooftop_ids(*SERVICE) else self.none()

    def standing(self) -> Self:
        """Without the records that went into another: what is listed, found and written to."""
        return self.filter(merged_into=None)

    def to_compare(self) -> Self:
        """New, or changed since they were last held against everybody else, the longest known first."""
        return self.standing().filter(compared_at=None).order_by("pk")

    def changed(self) -> int:
        """To be held against everybody again."""
        return self.update(compared_at=None)

    def merge(self, *, into: "Customer", at: datetime) -> bool:
        """Standing → gone into another.  False: this one went somewhere meanwhile."""
        return self.standing().update(merged_into=into, merged_at=at, household=None) == 1

    def unmerge(self, *, into: "Customer", household: "Household | None") -> bool:
        """Back from `into`, to the household it was of."""
        rows = self.filter(merged_into=into)
        return rows.update(merged_into=None, merged_at=None, household=household, compared_at=None) == 1

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
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_from",
        help_text="The record of the same person that this one went into.",
    )
    merged_at = models.DateTimeField(null=True, blank=True)
    compared_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was last held against everybody else; empty when that is to be done."
    )
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When what we held was erased.")

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="customer_has_a_name",
                condition=~Q(first_name="", last_name="", business_name=""),
                violation_error_message="Enter a name.",
            ),
            models.CheckConstraint(
                name="customer_merge_is_whole",
                condition=Q(merged_into=None, merged_at=None) | Q(merged_into__isnull=False, merged_at__isnull=False),
            ),
            models.CheckConstraint(name="customer_not_into_itself", condition=~Q(merged_into=F("id"))),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="customer_name"),
            models.Index(fields=["id"], condition=Q(compared_at=None, merged_into=None), name="customer_to_compare"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="merged_in_one_step",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("merged_into_id"),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__merged_into__isnull=False),
                func="IF EXISTS (SELECT FROM customers_customer c WHERE c.merged_into_id = NEW.id "
                "OR c.id = NEW.merged_into_id AND c.merged_into_id IS NOT NULL) THEN "
                "RAISE EXCEPTION 'pgtrigger: A record goes into one that stands, in one step'; END IF; RETURN NEW;",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:customer", args=[self.pk])

    @property
    def called(self) -> str:
        """What to call them on a page of their own."""
        return self.first_name or self.name

    @property
    def records(self) -> CustomerQuerySet:
        """This record and those that went into it: by whom to read what is written once (looks, consents, asks)."""
        return Customer.objects.filter(Q(pk=self.pk) | Q(merged_into=self.pk))


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
        indexes: ClassVar = [models.Index(OpClass(Lower("street"), name="text_pattern_ops"), name="address_street")]

    def __str__(self) -> str:
        return f"{self.street}, {self.city} {self.region} {self.postal_code}".strip(" ,")
