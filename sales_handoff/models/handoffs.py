"""Is repairing it still sensible, and who is talking to the customer: values, evaluations, hand-offs."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, ExpressionWrapper, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Least
from django.urls import reverse

from customers.models import Consent, Customer, Vehicle
from dealership.append_only import append_only
from dealership.models import Rooftop, Staff
from sales_handoff.models.files import ImportedFile
from service_lane.models import RepairOrder

OUTCOME_WITHIN = timedelta(hours=2)
"""After they met, or after the car has left, whichever is later: then what came of it should be written down."""
IN_PERSON = (Consent.Channel.PERSON, Consent.Channel.ANY)


class ValueGuideRow(models.Model):
    """What a kind of car is worth in trade, from an imported guide.  Always a range, with its source and date."""

    make = models.TextField(help_text="Upper case.")
    model = models.TextField(help_text="Upper case.")
    year = models.PositiveSmallIntegerField()
    trim = models.TextField(blank=True)
    miles = models.PositiveIntegerField(help_text="At which the range holds.")
    low = models.DecimalField(max_digits=10, decimal_places=2)
    high = models.DecimalField(max_digits=10, decimal_places=2)
    dollars_per_1000_miles = models.DecimalField(
        max_digits=8, decimal_places=2, default=0, help_text="Taken off for each 1,000 miles more."
    )
    source = models.TextField()
    as_of_date = models.DateField()
    file = models.ForeignKey(ImportedFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("make", "model", "-year", "trim", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["make", "model", "year", "trim", "source"], name="value_guide_row_once"),
            models.CheckConstraint(
                name="value_guide_range",
                condition=Q(low__gte=0, high__gte=models.F("low")),
                violation_error_message="The high value must be at least the low one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.make} {self.model}"


class Appraisal(models.Model):
    """A value of one car typed in by a person, with where it comes from.  Also what is still owed on it."""

    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, related_name="+")
    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    low = models.DecimalField(max_digits=10, decimal_places=2)
    high = models.DecimalField(max_digits=10, decimal_places=2)
    payoff = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    source = models.TextField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="appraisal_range",
                condition=Q(low__gte=0, high__gte=models.F("low")) & ~Q(source=""),
                violation_error_message="Enter a low and a high value and where they come from.",
            ),
        ]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.vehicle}: {self.low} to {self.high}"


class HandoffPolicyQuerySet(models.QuerySet["HandoffPolicy"]):
    def change(self, *, seen_version: int, **settings: Any) -> bool:
        """A new version with these settings.  False: somebody changed it after `seen_version`."""
        return self.filter(version=seen_version).update(version=F("version") + 1, **settings) == 1


class HandoffPolicy(models.Model):
    """When a repair is worth a conversation at this rooftop.  Every number is a setting; evaluations keep a copy."""

    rooftop = models.OneToOneField(Rooftop, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveSmallIntegerField(default=1)
    mention_ratio = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("0.25"))
    mention_amount = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("1000.00"))
    conversation_ratio = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("0.50"))
    conversation_amount = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("1500.00"))
    unknown_value_amount = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("2500.00"))
    pass_through = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.60"),
        help_text="Share of a repair taken off the as-is value.",
    )
    horizon_months = models.PositiveSmallIntegerField(default=24)
    yearly_interest = models.DecimalField(
        max_digits=5, decimal_places=4, default=Decimal("0.0600"), help_text="As a fraction."
    )
    replacement_name = models.TextField(default="A newer used car, as an example")
    replacement_price = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("24000.00"))
    replacement_apr = models.DecimalField(
        max_digits=5, decimal_places=2, default=Decimal("6.90"), help_text="Percent a year."
    )
    replacement_months = models.PositiveSmallIntegerField(default=72)
    replacement_upkeep_yearly = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("400.00"))
    replacement_value_kept = models.DecimalField(
        max_digits=5, decimal_places=4, default=Decimal("0.7200"), help_text="Share of its price left at the horizon."
    )
    insurance_monthly_more = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal("45.00"))
    vehicle_tax_rate = models.DecimalField(
        max_digits=6,
        decimal_places=5,
        default=Decimal("0.08250"),
        db_default=Decimal("0.08250"),
        help_text="Sales tax on a car, as a fraction.",
    )
    vehicle_fees = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        default=Decimal("650.00"),
        db_default=Decimal("650.00"),
        help_text="Title, registration and document fees of a car, in dollars.",
    )
    remember_no_days = models.PositiveSmallIntegerField(default=180)
    quiet_after_purchase_days = models.PositiveSmallIntegerField(
        default=365, db_default=365, help_text="For how many days after buying a car here a customer is not asked."
    )
    claim_within_minutes = models.PositiveSmallIntegerField(
        default=10,
        db_default=10,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        help_text="How long a hand-off may wait before the sales manager is told.",
    )

    MANNERS: ClassVar = ("remember_no_days", "quiet_after_purchase_days", "claim_within_minutes")
    """Settings that say how to behave and weigh nothing: changing them makes no evaluation out of date."""

    objects = HandoffPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = "hand-off policy"
        verbose_name_plural = "hand-off policies"

    def __str__(self) -> str:
        return f"Hand-off policy of {self.rooftop}"


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(repair_order__rooftop_id__in=staff.rooftop_ids())

    def latest_of(self, repair_order: RepairOrder) -> "Evaluation | None":
        return self.filter(repair_order=repair_order).order_by("-at", "-pk").first()


class Evaluation(models.Model):
    """This visit's repair weighed against the car, with every input it used.  Stored, never recomputed."""

    class Tier(models.TextChoices):
        NONE = "none", "Nothing to say"
        MENTION = "mention", "Worth a mention"
        CONVERSATION = "conversation", "Worth a conversation"
        UNECONOMIC = "uneconomic", "Repair costs more than it keeps"

    repair_order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="+")
    tier = models.CharField(max_length=12, choices=Tier)
    inputs = models.JSONField()
    inputs_sha256 = models.CharField(max_length=64)
    policy_version = models.PositiveSmallIntegerField()
    repair_total = models.DecimalField(max_digits=10, decimal_places=2)
    value_low = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    value_high = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    value_source = models.TextField(blank=True)
    value_date = models.DateField(null=True, blank=True)
    keep_monthly = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    replace_monthly = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    sheet = models.JSONField(default=dict, help_text="Both columns as shown, with what is left out.")
    reasons = models.JSONField(default=list)
    plain_reading = models.TextField(blank=True)
    at = models.DateTimeField()

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["repair_order", "inputs_sha256"], name="evaluation_once_per_inputs"),
        ]
        indexes: ClassVar = [models.Index(fields=["repair_order", "-at", "-id"], name="evaluation_newest")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.repair_order}: {self.get_tier_display().lower()}"

    def get_absolute_url(self) -> str:
        return reverse("sales_handoff:ro-panel", args=[self.repair_order_id])

    @property
    def rooftop_id(self) -> int:
        return self.repair_order.rooftop_id


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


class Overdue(models.TextChoices):
    """Why the sales manager is told of a hand-off."""

    UNCLAIMED = "unclaimed", "Nobody has claimed it"
    UNMET = "unmet", "Claimed, but not met before the car was due to leave"
    NO_OUTCOME = "no_outcome", "Nobody wrote down what came of it"


class HandoffQuerySet(models.QuerySet["Handoff"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def open(self) -> Self:
        return self.filter(status__in=(Handoff.Status.WAITING, Handoff.Status.CLAIMED))

    def still_yes(self) -> Self:
        """Those whose latest word on sales, in person, is a yes.  One who took it back is nobody's to see."""
        word = Consent.objects.filter(
            customer=OuterRef("customer"), purpose=Consent.Purpose.SALES_USE, channel__in=IN_PERSON
        ).order_by("-at", "-pk")
        return self.alias(is_yes=Subquery(word.values("granted")[:1])).filter(is_yes=True)

    def overdue(self, at: datetime) -> Any:
        """Open hand-offs that should have gone on by now, each with `due_at` and `why` (an Overdue)."""
        minutes = HandoffPolicy.objects.filter(rooftop=OuterRef("rooftop")).values("claim_within_minutes")[:1]
        patience = ExpressionWrapper(
            Coalesce(Subquery(minutes), HandoffPolicy._meta.get_field("claim_within_minutes").default)
            * Value(timedelta(minutes=1)),
            output_field=models.DurationField(),
        )
        due = Case(
            When(status=Handoff.Status.WAITING, then=Least(F("created_at") + patience, F("leaves_at"))),
            When(met_at=None, then=F("leaves_at")),
            When(met_at__gt=F("leaves_at"), then=F("met_at") + Value(OUTCOME_WITHIN)),
            default=F("leaves_at") + Value(OUTCOME_WITHIN),
            output_field=models.DateTimeField(),
        )
        why = Case(
            When(status=Handoff.Status.WAITING, then=Value(Overdue.UNCLAIMED)),
            When(met_at=None, then=Value(Overdue.UNMET)),
            default=Value(Overdue.NO_OUTCOME),
        )
        return self.open().annotate(due_at=due, why=why).filter(due_at__lte=at)

    def for_queue(self, rooftop: Rooftop) -> models.QuerySet["Handoff", dict[str, Any]]:
        """The queue of a rooftop, the next car to leave first, as plain values.  Only people who said yes are in it."""
        rows: models.QuerySet[Handoff, dict[str, Any]] = (
            self.open()
            .still_yes()
            .filter(rooftop=rooftop)
            .order_by("leaves_at", "pk")
            .values(
                *("pk", "leaves_at", "status", "claimed_by_id", "claimed_by__name", "customer__name", "met_at"),
                *("ask__where", "ask__words", "repair_order__odometer_in", "repair_order__stay"),
                *("repair_order__vehicle__year", "repair_order__vehicle__make", "repair_order__vehicle__model"),
                *("ask__evaluation__repair_total", "ask__evaluation__value_low", "ask__evaluation__value_high"),
            )
        )
        return rows

    def claim(self, *, by: Staff, at: datetime) -> bool:
        """Waiting → claimed.  False means somebody was quicker."""
        return (
            self.filter(status=Handoff.Status.WAITING).update(
                status=Handoff.Status.CLAIMED, claimed_by=by, claimed_at=at
            )
            == 1
        )

    def walk_over(self, *, by: Staff, at: datetime) -> bool:
        """The one who claimed it is on the way.  False: not theirs, or they are on the way or there already."""
        claimed = self.filter(status=Handoff.Status.CLAIMED, claimed_by=by, walking_at=None, met_at=None)
        return claimed.update(walking_at=at) == 1

    def meet(self, *, by: Staff, at: datetime) -> bool:
        """The one who claimed it is with the customer.  False: not theirs, or they were with them already."""
        return self.filter(status=Handoff.Status.CLAIMED, claimed_by=by, met_at=None).update(met_at=at) == 1

    def appraise(self, *, by: Staff, at: datetime) -> bool:
        """Whoever is with them has looked at the car.  False: not theirs, not met, or appraised already."""
        met = self.filter(status=Handoff.Status.CLAIMED, claimed_by=by, appraised_at=None).exclude(met_at=None)
        return met.update(appraised_at=at) == 1

    def give(self, *, to: Staff, at: datetime) -> bool:
        """Open → claimed by `to`, who has everything still to do.  False: it is over, or theirs already."""
        return (
            self.open()
            .exclude(claimed_by=to)
            .update(
                status=Handoff.Status.CLAIMED,
                claimed_by=to,
                claimed_at=at,
                walking_at=None,
                met_at=None,
                appraised_at=None,
            )
            == 1
        )

    def give_back(self, *, to: Staff, given_at: datetime, back_to: Staff | None, at: datetime) -> bool:
        """Given to `to` at `given_at` and not begun → as it was owned before.  False: they have set out already."""
        untouched = self.filter(
            status=Handoff.Status.CLAIMED, claimed_by=to, claimed_at=given_at, walking_at=None, met_at=None
        )
        if back_to is None:
            return untouched.update(status=Handoff.Status.WAITING, claimed_by=None, claimed_at=None) == 1
        return untouched.update(claimed_by=back_to, claimed_at=at) == 1

    def step_back(self, *, by: Staff, since: datetime) -> str:
        """Undo the last step this person took at `since` or later; its name, or "" when there is none."""
        theirs = self.filter(claimed_by=by)
        claimed = theirs.filter(status=Handoff.Status.CLAIMED)
        if (
            theirs.filter(status=Handoff.Status.DONE, outcome_at__gte=since).update(
                status=Handoff.Status.CLAIMED, outcome="", outcome_note="", outcome_at=None
            )
            == 1
        ):
            return "outcome"
        if claimed.filter(met_at__gte=since, appraised_at=None).update(met_at=None) == 1:
            return "met"
        if claimed.filter(walking_at__gte=since, met_at=None).update(walking_at=None) == 1:
            return "walking"
        return ""

    def release(self, *, by: Staff) -> bool:
        """Claimed → waiting again, by the one who claimed it and has not met them yet."""
        return (
            self.filter(status=Handoff.Status.CLAIMED, claimed_by=by, met_at=None).update(
                status=Handoff.Status.WAITING, claimed_by=None, claimed_at=None, walking_at=None
            )
            == 1
        )

    def finish(self, *, by: Staff, at: datetime, outcome: str, note: str) -> bool:
        """Claimed → done, by the one who claimed it."""
        return (
            self.filter(status=Handoff.Status.CLAIMED, claimed_by=by).update(
                status=Handoff.Status.DONE, outcome=outcome, outcome_note=note, outcome_at=at
            )
            == 1
        )

    def withdraw(self, *, at: datetime, reason: str) -> bool:
        """The customer took the yes back, or the car left: nobody contacts them."""
        return (
            self.filter(status__in=(Handoff.Status.WAITING, Handoff.Status.CLAIMED)).update(
                status=Handoff.Status.WITHDRAWN, withdrawn_at=at, withdrawn_reason=reason
            )
            == 1
        )


class Handoff(models.Model):
    """A customer who said yes, until the car leaves.  One owner once claimed, one outcome at the end."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        CLAIMED = "claimed", "Claimed"
        DONE = "done", "Done"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Outcome(models.TextChoices):
        KEEPS = "keeps", "Keeps the car"
        BOUGHT = "bought", "Bought from us"
        SOLD_TO_US = "sold_to_us", "Sold us the car"
        APPOINTMENT = "appointment", "Comes back to talk"
        THINKING = "thinking", "Later"
        NOT_INTERESTED = "not_interested", "Not interested"
        NOT_REACHED = "not_reached", "Missed: left before we met"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    ask = models.OneToOneField(Ask, on_delete=models.PROTECT, related_name="+")
    repair_order = models.OneToOneField(RepairOrder, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    leaves_at = models.DateTimeField()
    created_at = models.DateTimeField()
    claimed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    claimed_at = models.DateTimeField(null=True, blank=True)
    walking_at = models.DateTimeField(null=True, blank=True, help_text="When they set out to the customer.")
    met_at = models.DateTimeField(null=True, blank=True, help_text="When they were with the customer.")
    appraised_at = models.DateTimeField(null=True, blank=True, help_text="When they had looked at the car together.")
    outcome = models.CharField(max_length=14, choices=Outcome, blank=True)
    outcome_note = models.TextField(blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    objects = HandoffQuerySet.as_manager()

    class Meta:
        verbose_name = "hand-off"
        ordering = ("leaves_at", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="handoff_status_has_its_facts",
                condition=Q(status="waiting", claimed_by=None, claimed_at=None, outcome="", outcome_at=None)
                & Q(walking_at=None, met_at=None, appraised_at=None)
                | Q(status="claimed", claimed_by__isnull=False, claimed_at__isnull=False, outcome="", outcome_at=None)
                | (Q(status="done", claimed_by__isnull=False, outcome_at__isnull=False) & ~Q(outcome=""))
                | Q(status="withdrawn", withdrawn_at__isnull=False),
                violation_error_message="A claimed hand-off needs its owner; a finished one its outcome.",
            ),
            models.CheckConstraint(
                name="handoff_steps_are_in_order",
                # NULL >= anything is unknown, and a check lets the unknown pass: say that it is there.
                condition=(Q(walking_at=None) | Q(claimed_at__isnull=False, walking_at__gte=F("claimed_at")))
                & (Q(met_at=None) | Q(claimed_at__isnull=False, met_at__gte=F("claimed_at")))
                & (Q(met_at=None) | Q(walking_at=None) | Q(met_at__gte=F("walking_at")))
                & (Q(appraised_at=None) | Q(met_at__isnull=False, appraised_at__gte=F("met_at")))
                & (Q(outcome_at=None) | Q(claimed_at__isnull=False, outcome_at__gte=F("claimed_at"))),
                violation_error_message="Claim it, walk over, meet, appraise: one after the other.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["rooftop", "leaves_at", "id"],
                condition=Q(status__in=("waiting", "claimed")),
                name="handoff_queue",
            )
        ]
        triggers: ClassVar = [
            pgtrigger.FSM(
                name="status_moves",
                field="status",
                transitions=[
                    ("waiting", "claimed"),
                    ("claimed", "waiting"),
                    ("claimed", "done"),
                    ("done", "claimed"),  # undo, seconds later
                    ("waiting", "withdrawn"),
                    ("claimed", "withdrawn"),
                ],
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="needs_a_yes",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("ask_id", "customer_id", "repair_order_id"),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                func="IF NOT EXISTS (SELECT FROM sales_handoff_ask a WHERE a.id = NEW.ask_id AND a.answer = 'yes' "
                "AND a.customer_id = NEW.customer_id AND a.repair_order_id = NEW.repair_order_id) THEN "
                "RAISE EXCEPTION 'pgtrigger: A hand-off needs the recorded yes of its customer'; END IF; RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return f"Hand-off of {self.customer}"

    def get_absolute_url(self) -> str:
        return reverse("sales_handoff:handoff", args=[self.pk])


class MinefieldReading(models.Model):
    """Somebody from sales read what is open with the customer before speaking.  The gate opens on this row."""

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="readings")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    facts = models.JSONField(help_text="Exactly what was shown.")
    facts_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        indexes: ClassVar = [models.Index(fields=["handoff", "by", "facts_sha256"], name="minefield_reading")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.by} read what is open before {self.handoff}"


class CarOutlook(models.Model):
    """What a class of cars has ahead of it at one rooftop, and the repair limits that follow, by month of age.

    Learned each night from the rooftop's own history.  The row without a make is the published curve alone, for cars
    of no class seen here.
    """

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    make = models.TextField(blank=True, help_text="Upper case.")
    model = models.TextField(blank=True, help_text="Upper case.")
    body = models.CharField(max_length=8, blank=True, help_text="Empty for whatever body.")
    cars = models.PositiveIntegerField(help_text="Of this class, seen here.")
    orders = models.PositiveIntegerField(help_text="Closed orders of those cars.")
    values = models.PositiveIntegerField(help_text="Guide rows its value rests on; 0 is the published curve.")
    learned = models.JSONField(help_text="What was seen and what was made of it.")
    limits = ArrayField(
        models.DecimalField(max_digits=10, decimal_places=2), help_text="Dollars, by month of age from the first."
    )
    as_of_date = models.DateField(help_text="Since when these figures hold.")

    class Meta:
        verbose_name = "outlook of a class of cars"
        verbose_name_plural = "outlooks of classes of cars"
        ordering = ("rooftop", "make", "model", "body", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rooftop", "make", "model", "body"], name="outlook_once_per_class"),
        ]

    def __str__(self) -> str:
        return f"{self.make} {self.model} {self.body}".strip() or "Published curve"


class CarMonth(models.Model):
    """What became of one car's closed orders in one month, kept when an order closes.  It can be made again any time.

    Rows come by the million and are made by one statement, from rows that hold the same keys: hence no constraints.
    """

    vehicle = models.ForeignKey(
        Vehicle, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    month = models.PositiveIntegerField(help_text="Twelve times the year, and the months before it, as opened there.")
    rooftop = models.ForeignKey(
        Rooftop, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    spent = models.DecimalField(max_digits=12, decimal_places=2, help_text="Customer pay, before tax.")
    declined = models.DecimalField(
        max_digits=12, decimal_places=2, help_text="Declined or deferred then, and not done since."
    )

    class Meta:
        verbose_name = "month of a car"
        verbose_name_plural = "months of cars"
        ordering = ("vehicle", "-month")
        constraints: ClassVar = [models.UniqueConstraint(fields=["vehicle", "month"], name="car_month_once")]

    def __str__(self) -> str:
        return f"{self.month // 12}-{self.month % 12 + 1:02}"


class CarScore(models.Model):
    """One car against its repair limit: what is declined and what was spent.  It can be made again any time."""

    class Standing(models.TextChoices):
        WITHIN = "within", "Within its limit"
        NEAR = "near", "Past it with the last year's spending"
        OVER = "over", "Declined work is past its limit"
        UNKNOWN = "unknown", "Limit not known"

    vehicle = models.OneToOneField(
        Vehicle, on_delete=models.DO_NOTHING, db_constraint=False, primary_key=True, related_name="+"
    )
    rooftop = models.ForeignKey(
        Rooftop,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="Where it was last.",
    )
    limit = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    declined = models.DecimalField(max_digits=12, decimal_places=2, help_text="Still open, of the last two years.")
    spent = models.DecimalField(max_digits=12, decimal_places=2, help_text="In the last twelve months.")
    standing = models.CharField(max_length=7, choices=Standing)
    at = models.DateTimeField(help_text="When this last changed.")

    class Meta:
        ordering = ("-declined", "vehicle")
        indexes: ClassVar = [
            models.Index(
                fields=["rooftop", "-declined", "vehicle"], condition=Q(standing="over"), name="car_score_over"
            ),
        ]

    def __str__(self) -> str:
        return self.get_standing_display()
