"""What waits to leave the building, and what was written back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from dealership.models.people import Rooftop, Staff


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
