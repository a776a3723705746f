"""What a customer answered when asked whether sales may help, or why nobody asked."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from customers.models import Consent, Customer
from dealership.append_only import append_only
from dealership.models import Staff
from sales_handoff.models.evaluations import Evaluation
from service_lane.models import RepairOrder

IN_PERSON = (Consent.Channel.PERSON, Consent.Channel.ANY)


class Ask(models.Model):
    """The advisor asked the customer, once, whether sales may help; or passed it over, with a reason."""

    class Answer(models.TextChoices):
        YES = "yes", "Yes, tell me"
        NO = "no", "No"
        NOT_ASKED = "not_asked", "Advisor passed it over"

    class Veto(models.TextChoices):
        BAD_MOMENT = "bad_moment", "Bad moment"
        NUMBERS_WRONG = "numbers_wrong", "Numbers look wrong"
        DECIDED = "decided", "They decided already"
        BETTER_NOT = "better_not", "Better not asked today"
        OTHER = "other", "Another reason"

    repair_order = models.OneToOneField(RepairOrder, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answer = models.CharField(max_length=9, choices=Answer)
    words = models.TextField(blank=True, help_text="What the customer said, in their words.")
    veto = models.CharField(
        max_length=13, choices=Veto, blank=True, db_default="", help_text="Of what kind the advisor's reason is."
    )
    reason = models.TextField(blank=True, help_text="Why the advisor did not ask, in words.")
    passes_on = models.BooleanField(
        default=False, db_default=False, help_text="They agreed to be passed on to the sales system."
    )
    leaves_at = models.DateTimeField(null=True, blank=True, help_text="When the car leaves.")
    where = models.TextField(blank=True, help_text="Where the customer is, like in the lounge.")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="ask_passed_over_has_reason",
                condition=~Q(answer="not_asked") | ~Q(reason=""),
                violation_error_message="Say why you did not ask.",
            ),
            models.CheckConstraint(
                name="ask_yes_has_words_and_time",
                condition=~Q(answer="yes") | (~Q(words="") & Q(leaves_at__isnull=False)),
                violation_error_message="Write down what they said and when the car leaves.",
            ),
            models.CheckConstraint(
                name="ask_veto_is_of_who_did_not_ask",
                condition=Q(veto="") | Q(answer="not_asked"),
                violation_error_message="Only who did not ask has a reason for it.",
            ),
            models.CheckConstraint(
                name="ask_passed_on_only_with_a_yes",
                condition=Q(passes_on=False) | Q(answer="yes"),
                violation_error_message="Only who said yes can be passed on.",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["customer", "-at", "-id"], name="ask_newest")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.customer}: {self.get_answer_display().lower()}"

    def get_absolute_url(self) -> str:
        return reverse("sales_handoff:ro-panel", args=[self.repair_order_id])

    @property
    def rooftop_id(self) -> int:
        return self.repair_order.rooftop_id
