"""Consents: each yes and no to one use on one channel."""

from typing import ClassVar

from django.db import models

from customers.models.people import Customer
from dealership.append_only import append_only
from dealership.models import Staff


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
