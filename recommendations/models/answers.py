"""What was shown, by which way, and what the customer answered.  Written once, kept as it was."""

from datetime import datetime
from hashlib import sha256
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from dealership.append_only import append_only
from dealership.models import Staff
from recommendations.models.lines import Advisory, AdvisoryVersion
from service_lane.models import RepairOrder
from service_lane.rules.signature import Drawing, read

SHOWN = (
    "title",
    "finding",
    "reason_code",
    "urgency",
    "if_you_wait",
    "parts",
    "labor",
    "fees",
    "tax",
    "total",
    "revised_total",
    "valid_until",
    "found_by",
    "evidence",
)
"""What every shown line carries (promise 2; 16 CCR 3353, 3354).  The database refuses a snapshot that lacks one."""


class Language(models.TextChoices):
    """What a customer may read their page in."""

    ENGLISH = "en", "English"
    SPANISH = "es", "Español"


class Presentation(models.Model):
    """One showing of one or more lines to the customer, with the totals as they stood."""

    class Channel(models.TextChoices):
        WRITE_UP = "write_up", "Signed at write-up"
        COUNTER = "counter", "At the counter"
        PHONE = "phone", "By phone"
        LINK = "link", "On their link"

    repair_order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel)
    authorized_before = models.DecimalField(max_digits=10, decimal_places=2)
    revised_total = models.DecimalField(
        max_digits=10, decimal_places=2, help_text="Of the repair order, with a yes to every line shown."
    )
    to_name = models.TextField()
    to_contact = models.TextField(blank=True)
    head = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="Our side of the head of the paper then: name, address, registration, advisor, promised time, miles.",
    )
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.repair_order}, {self.get_channel_display().lower()}"

    def get_absolute_url(self) -> str:
        return reverse("recommendations:estimate", args=[self.repair_order_id])

    @property
    def rooftop_id(self) -> int:
        return self.repair_order.rooftop_id


class PresentedLine(models.Model):
    """One line exactly as shown, with its hash.  An answer names one of these."""

    presentation = models.ForeignKey(Presentation, on_delete=models.PROTECT, related_name="lines")
    advisory = models.ForeignKey(Advisory, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(AdvisoryVersion, on_delete=models.PROTECT, related_name="+")
    snapshot = models.JSONField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["presentation", "advisory"], name="presented_line_once"),
            models.CheckConstraint(
                name="presented_line_is_disclosed",
                condition=Q(snapshot__has_keys=list(SHOWN)),
                violation_error_message="A line cannot be shown while something about it is missing.",
            ),
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.version}"


class CustomerLinkQuerySet(models.QuerySet["CustomerLink"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(repair_order__rooftop_id__in=staff.rooftop_ids())

    def usable(self, at: datetime) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=at)

    def revoke(self, *, at: datetime) -> int:
        """Every link that still works stops working.  Returns how many."""
        return self.usable(at).update(revoked_at=at)

    def keep_readable(self, *, at: datetime, until: datetime) -> int:
        """Links that still work go on working until then.  Returns how many."""
        return self.usable(at).update(expires_at=until)

    def mark_opened(self, *, at: datetime) -> bool:
        return self.filter(opened_at=None).update(opened_at=at) == 1


class CustomerLink(models.Model):
    """A secret address for one repair order.  Only a hash of the 128-bit token is kept."""

    repair_order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    contact = models.TextField(help_text="Where it was sent.")
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH, help_text="Of the message.")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    wrong_digits = models.PositiveSmallIntegerField(default=0, help_text="Wrong last-four tries.")

    objects = CustomerLinkQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes: ClassVar = [models.Index(fields=["repair_order", "-created_at"], name="customer_link_newest")]

    def __str__(self) -> str:
        return f"Link for {self.repair_order}"

    @property
    def rooftop_id(self) -> int:
        return self.repair_order.rooftop_id


class AnswerSignature(models.Model):
    """The lines somebody drew to sign the answers they gave here; their name and the time stand on the answers."""

    svg = models.TextField(help_text="Lines only, written by us from what was drawn.")
    sha256 = models.CharField(max_length=64)
    drawn_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"Signature of {self.drawn_at:%d %b %Y}"

    @property
    def drawing(self) -> Drawing | None:
        """The lines, to be drawn on a page."""
        return read(self.svg)

    @property
    def is_as_drawn(self) -> bool:
        return sha256(self.svg.encode()).hexdigest() == self.sha256


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(advisory__repair_order__rooftop_id__in=staff.rooftop_ids())

    def questions(self) -> Self:
        """What was asked about a line, with what we said to it."""
        return self.filter(answer=Advisory.Answer.NEEDS_INFO).prefetch_related("replies__by")


class Decision(models.Model):
    """One answer to one line exactly as shown.  A change of mind is a new row."""

    class WhoKind(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        DESIGNEE = "designee", "Named by the customer"

    line = models.ForeignKey(PresentedLine, on_delete=models.PROTECT, related_name="decisions")
    advisory = models.ForeignKey(Advisory, on_delete=models.PROTECT, related_name="decisions")
    answer = models.CharField(max_length=10, choices=Advisory.Answer)
    until_date = models.DateField(null=True, blank=True)
    until_miles = models.PositiveIntegerField(null=True, blank=True)
    question = models.TextField(blank=True)
    language = models.CharField(
        max_length=2,
        choices=Language,
        blank=True,
        help_text="In which the line was read on the link; empty when staff read it to them.",
    )
    who_name = models.TextField()
    who_kind = models.CharField(max_length=8, choices=WhoKind, default=WhoKind.CUSTOMER)
    channel = models.CharField(max_length=8, choices=Presentation.Channel)
    contact_used = models.TextField(blank=True, help_text="Number called, number or address the link went to.")
    reason = models.TextField(blank=True, help_text="Why the extra work, as told on the phone.")
    additional_cost = models.DecimalField(max_digits=10, decimal_places=2)
    revised_total = models.DecimalField(max_digits=10, decimal_places=2)
    signature = models.ForeignKey(
        AnswerSignature,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Where they signed by hand.",
    )
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="decision_deferred_has_until",
                condition=~Q(answer="deferred") | Q(until_date__isnull=False) | Q(until_miles__isnull=False),
                violation_error_message="Say until when, by date or by miles.",
            ),
            models.CheckConstraint(
                name="decision_names_who",
                condition=~Q(who_name=""),
                violation_error_message="Say who answered.",
            ),
            models.CheckConstraint(
                name="decision_by_phone_is_complete",
                condition=~Q(channel="phone") | (Q(by__isnull=False) & ~Q(contact_used="") & ~Q(reason="")),
                violation_error_message="A phone answer needs who called, the number and the reason.",
            ),
            models.CheckConstraint(
                name="decision_at_counter_has_witness",
                condition=Q(channel="link") | Q(by__isnull=False),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["advisory", "-at", "-id"], name="decision_newest")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.get_answer_display()} by {self.who_name}"

    def get_absolute_url(self) -> str:
        return self.advisory.get_absolute_url()

    @property
    def rooftop_id(self) -> int:
        return self.advisory.repair_order.rooftop_id


class QuestionReply(models.Model):
    """What we said to a customer's question about one line.  Written once; a correction is another reply."""

    question = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="replies")
    text = models.TextField()
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "question replies"
        ordering = ("at", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="reply_says_something",
                condition=~Q(text=""),
                violation_error_message="Write an answer.",
            ),
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"Reply of {self.by} to {self.question}"

    def get_absolute_url(self) -> str:
        return self.question.get_absolute_url()

    @property
    def rooftop_id(self) -> int:
        return self.question.rooftop_id


class TakenBack(models.Model):
    """An answer that staff wrote down and took back within ten seconds.  The decision is kept; it does not count."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="taken_back")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "answers taken back"
        ordering = ("-at", "-pk")
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.decision}, taken back"

    @property
    def rooftop_id(self) -> int:
        return self.decision.rooftop_id
