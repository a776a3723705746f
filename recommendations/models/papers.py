"""Papers: what the law wants on each, what happens with replaced parts, and how a no to everything ended."""

from datetime import date
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from dealership.append_only import append_only
from dealership.models import Jurisdiction, Staff
from recommendations.models.answers import Language
from recommendations.models.record import in_effect_is_kept
from recommendations.rules.papers import unknown_facts
from service_lane.models import RepairOrder
from service_lane.rules.signature import Drawing, read


def known_facts(names: Any) -> None:
    """Refuses a list of facts that names one no paper can be looked at for."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValidationError("Enter a list of facts.")
    if unknown := unknown_facts(names):
        raise ValidationError(f"Lane does not know these facts: {', '.join(unknown)}.")


def whole_notices(notices: Any) -> None:
    """Refuses anything but a list of {"en": text, "es": text or ""}."""
    if not isinstance(notices, list) or not all(isinstance(one, dict) and one.get("en") for one in notices):
        raise ValidationError('Enter a list of notices, each like {"en": "In English.", "es": "En español."}.')


class PaperPolicyQuerySet(models.QuerySet["PaperPolicy"]):
    def in_force(self, jurisdiction: str, paper: str, on: date) -> "PaperPolicy":
        """The latest row for that paper in effect on that day.  Raises DoesNotExist when none was loaded."""
        rows = self.filter(jurisdiction=jurisdiction, paper=paper, effective_date__lte=on)
        policy = rows.order_by("-effective_date", "-pk").first()
        if policy is None:
            raise PaperPolicy.DoesNotExist(f"{jurisdiction} {paper}")
        return policy


class PaperPolicy(models.Model):
    """What one kind of paper must say in one jurisdiction from a day on, and what is printed at its foot."""

    class Paper(models.TextChoices):
        ESTIMATE = "estimate", "Estimate"
        REVISED = "revised", "Revised estimate"
        AUTHORIZATIONS = "authorizations", "Record of authorizations"
        INVOICE = "invoice", "Invoice"
        DECLINED = "declined", "Declined work"

    class PartsReturn(models.TextChoices):
        ON_REQUEST = "on_request", "When the customer asks for them"
        UNLESS_DECLINED = "unless_declined", "Unless the customer says no"

    jurisdiction = models.CharField(max_length=8, choices=Jurisdiction)
    paper = models.CharField(max_length=14, choices=Paper)
    effective_date = models.DateField()
    facts = models.JSONField(validators=[known_facts], help_text='Names of facts, like ["order_number", "total"].')
    notices = models.JSONField(
        default=list, blank=True, validators=[whole_notices], help_text="In English and Spanish."
    )
    parts_return = models.CharField("replaced parts come back", max_length=15, choices=PartsReturn)
    source = models.TextField(help_text="Statute or regulation.")
    doubt = models.TextField(
        blank=True, help_text="What in our reading a lawyer should look at.  A later row without it settles it."
    )

    objects = PaperPolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "paper policies"
        ordering = ("jurisdiction", "paper", "-effective_date", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jurisdiction", "paper", "effective_date"], name="paper_policy_once_a_day"),
        ]
        triggers: ClassVar = [in_effect_is_kept()]

    def __str__(self) -> str:
        return f"{self.get_paper_display()}, {self.get_jurisdiction_display()} from {self.effective_date}"


class PartsChoice(models.Model):
    """Whether a customer wants their replaced parts back, as they said it.  A change of mind is another row."""

    repair_order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="+")
    wants_back = models.BooleanField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", help_text="Who asked them.")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        indexes: ClassVar = [models.Index(fields=["repair_order", "-at", "-id"], name="parts_choice_newest")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.repair_order}: {'parts back' if self.wants_back else 'no parts back'}"

    @property
    def rooftop_id(self) -> int:
        return self.repair_order.rooftop_id


class DeclinedNoticeQuerySet(models.QuerySet["DeclinedNotice"]):
    def of(self, order: RepairOrder) -> Self:
        """The notices of this order, the last one first."""
        return self.filter(repair_order=order).select_related("by")


class DeclinedNotice(models.Model):
    """The declined-work notice as it was put before the customer, and how it ended: signed, or not and seen by whom."""

    class How(models.TextChoices):
        TYPED = "typed", "Typed their name"
        DRAWN = "drawn", "Signed by hand"
        REFUSED = "refused", "Would not sign"
        ABSENT = "absent", "Was not here to sign"

    repair_order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="+")
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    how = models.CharField(max_length=7, choices=How)
    signed_name = models.TextField(blank=True)
    svg = models.TextField(blank=True, help_text="Lines only, written by us from what was drawn.")
    witness = models.TextField(blank=True, help_text="Who saw that it was not signed, beside whoever wrote it down.")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = DeclinedNoticeQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="declined_notice_signed_or_witnessed",
                condition=(Q(how="typed", svg="", witness="") & ~Q(signed_name=""))
                | (Q(how="drawn", witness="") & ~Q(signed_name="") & ~Q(svg=""))
                | (Q(how__in=("refused", "absent"), signed_name="", svg="") & ~Q(witness="")),
                violation_error_message="It is signed, or somebody else saw that it was not.",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["repair_order", "-at", "-id"], name="declined_notice_newest")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"Declined-work notice of {self.repair_order}"

    @property
    def rooftop_id(self) -> int:
        return self.repair_order.rooftop_id

    @property
    def drawing(self) -> Drawing | None:
        """The lines, to be drawn on the paper."""
        return read(self.svg)
