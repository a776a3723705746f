"""Consents: each yes and no to one use on one channel, and the words that were read."""

from datetime import date
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from customers.models.people import Customer
from dealership.append_only import append_only
from dealership.models import Staff


class ConsentQuerySet(models.QuerySet["Consent"]):
    def current(self, customer: Customer) -> dict[tuple[str, str], "Consent"]:
        """The latest word per purpose and channel.  A pair that is not there was never asked, so it is a no."""
        latest = {
            (consent.purpose, consent.channel): consent
            for consent in self.filter(customer=customer).order_by("at", "pk")
        }
        return {pair: consent for pair, consent in latest.items() if consent.granted is not None}

    def allows(self, customer: Customer, purpose: str, channel: str) -> bool:
        latest = (
            self.filter(customer=customer, purpose=purpose, channel__in=(channel, Consent.Channel.ANY))
            .order_by("-at", "-pk")
            .first()
        )
        return bool(latest and latest.granted)


class Consent(models.Model):
    """One recorded yes or no to one use of somebody's data on one channel.  The latest counts; all are kept.

    Nobody says "never asked": that is what counts again when a merge that wrote an answer is undone.
    """

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

    BY_TEXT = "by text"
    """The source of what somebody wrote to us in a text of their own."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose)
    channel = models.CharField(max_length=8, choices=Channel)
    granted = models.BooleanField(null=True, blank=True, help_text="Empty: as if never asked, by undoing a merge.")
    words = models.TextField(help_text="The exact text that was shown or said.")
    text_version = models.CharField(max_length=24, help_text="Of the words, in the language they were read in.")
    source = models.TextField(help_text="Where it was said: at the counter, on their link, from the DMS.")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        indexes: ClassVar = [models.Index(fields=["customer", "purpose", "-at", "-id"], name="consent_latest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="consent_is_a_yes_or_a_no",
                condition=Q(granted__isnull=False) | Q(text_version="merge"),
            ),
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.answer}: {self.get_purpose_display()}"

    @property
    def answer(self) -> str:
        """Yes, No, or that they are as if never asked."""
        return {True: "Yes", False: "No", None: "Not asked"}[self.granted]


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    def on(self, day: date, purpose: str, channel: str, language: str) -> "ConsentText | None":
        """The words of the group's own that count on `day`; None where it has none and ours are read.

        In `language` where they were written in it as well; a translation of words that have changed since is not
        read, and then, as where there is none, it is the English ones.
        """
        counting = self.filter(purpose=purpose, channel=channel, effective_date__lte=day)
        counting = counting.order_by("-effective_date", "-pk")
        english = counting.filter(language=Customer.Language.ENGLISH).first()
        if language == Customer.Language.ENGLISH:
            return english
        theirs = counting.filter(language=language).first()
        if theirs and (english is None or english.version == theirs.version):
            return theirs
        return english


class ConsentText(models.Model):
    """The words somebody is read before a yes or no, from a day on.  A change of words is another row."""

    purpose = models.CharField(max_length=20, choices=Consent.Purpose)
    channel = models.CharField(
        max_length=8, choices=[one for one in Consent.Channel.choices if one[0] in ("text", "call", "email")]
    )
    language = models.CharField(
        max_length=2,
        choices=Customer.Language,
        default=Customer.Language.ENGLISH,
        db_default=Customer.Language.ENGLISH,
        help_text="The same words in the other language have the same version.",
    )
    version = models.CharField(max_length=20, help_text="What the log calls these words, like 2027-02.")
    words = models.TextField(help_text="In the first person, with {store} where the name of the store goes.")
    effective_date = models.DateField(help_text="From this day on, until newer words count.")

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        ordering = ("purpose", "channel", "-effective_date", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["purpose", "channel", "version", "language"],
                name="consent_text_version_once",
                violation_error_message="This version has words in that language already. Give these one of their own.",
            ),
            models.CheckConstraint(
                name="consent_text_names_the_store",
                condition=Q(words__contains="{store}"),
                violation_error_message="Write {store} where the name of the store goes, so they know who asks.",
            ),
            models.CheckConstraint(
                name="consent_text_of_offers_by_text_is_lawful",
                condition=~Q(purpose="marketing", channel="text") | Q(words__icontains="STOP"),
                violation_error_message="Say that STOP ends it.",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="words_stay", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {self.get_channel_display().lower()}: {self.version}"
