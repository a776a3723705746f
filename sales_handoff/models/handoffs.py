"""Who is talking to a customer who said yes: hand-offs, their steps, and what was read before."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Case, ExpressionWrapper, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Least
from django.urls import reverse

from customers.models import Consent, Customer
from dealership.append_only import append_only
from dealership.models import Rooftop, Staff
from sales_handoff.models.asking import IN_PERSON, Ask
from sales_handoff.models.evaluations import HandoffPolicy
from service_lane.models import RepairOrder

OUTCOME_WITHIN = timedelta(hours=2)
"""After they met, or after the car has left, whichever is later: then what came of it should be written down."""


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
        """Those whose latest word on sales, in person, is a yes.  One who took it back is nobody's to see.

        A stop they texted us takes it back too, whatever it was a stop to: asked again in person, they may say yes.
        """
        by_text = Q(channel=Consent.Channel.TEXT, source=Consent.BY_TEXT, granted=False)
        word = Consent.objects.filter(
            Q(channel__in=IN_PERSON) | by_text, customer=OuterRef("customer"), purpose=Consent.Purpose.SALES_USE
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
                # An answer is written once, so it stays with a record that went into another: it is that one's yes.
                func="IF NOT EXISTS (SELECT FROM sales_handoff_ask a JOIN customers_customer c ON c.id = a.customer_id "
                "WHERE a.id = NEW.ask_id AND a.answer = 'yes' AND a.repair_order_id = NEW.repair_order_id "
                "AND NEW.customer_id IN (c.id, c.merged_into_id)) THEN "
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
