"""Repair orders: the visit, what the customer said and what they asked for."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse

from customers.models import Customer, Vehicle
from dealership.models import Rooftop, Staff

NOT_TOLD = "Not told yet"
"""The next step of a ready car."""

NOT_SIGNED = "Not signed yet"
"""The next step of an order that was opened without a signature: nothing may start on the car."""


class RepairOrderQuerySet(models.QuerySet["RepairOrder"]):
    def visible_to(self, staff: Staff) -> Self:
        """Those of their rooftops, without what the law alone still keeps of somebody who asked to be forgotten."""
        return self.kept_at(staff).filter(customer__erased_at=None)

    def kept_at(self, staff: Staff) -> Self:
        """Those of their rooftops, for an inspector: also of customers who were forgotten."""
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def told_to(self, staff: Staff) -> Self:
        """Visits of which `staff` may read the words, lines and amounts in a customer's history."""
        return self.filter(rooftop__in=Rooftop.objects.telling(staff))

    def with_told(self, staff: Staff) -> Self:
        """Every visit in the group, each with `is_told`: False leaves only where and when it was."""
        told = Q(rooftop__in=Rooftop.objects.telling(staff))
        return self.annotate(is_told=models.ExpressionWrapper(told, models.BooleanField()))

    def here_now(self) -> Self:
        """Cars in the building: open orders written here (an imported order says nothing about where the car is)."""
        return self.filter(status=RepairOrder.Status.OPEN, source=RepairOrder.Source.LANE)

    def for_board(self, rooftop: Rooftop) -> models.QuerySet["RepairOrder", dict[str, Any]]:
        """The cards of the lane board: plain values of the open orders, the next promise first."""
        return (
            self.here_now()
            .filter(rooftop=rooftop)
            .order_by(F("promised_at").asc(nulls_last=True), "pk")
            .values(
                *("pk", "number", "tag", "stage", "step", "step_at", "stay", "pay_types", "advisor_id", "opened_at"),
                *("promised_at", "first_promised_at", "presented_at", "ready_at", "told_at", "parts_due_at"),
                *("contact_channel", "company", "sheet", "customer__name", "technician_id", "technician__name"),
                *("vehicle__year", "vehicle__make", "vehicle__model", "vehicle__body", "vehicle__color"),
            )
        )

    def promises(self, rooftop: Rooftop, *, since: datetime, now: datetime) -> dict[str, int]:
        """Promises that fell due from `since` to `now`, as first made, and how many of those were kept."""
        due = (
            self.filter(rooftop=rooftop, source=RepairOrder.Source.LANE)
            .exclude(status=RepairOrder.Status.VOID)
            .filter(first_promised_at__gte=since, first_promised_at__lte=now)
        )
        return due.aggregate(
            due=models.Count("pk"), kept=models.Count("pk", filter=Q(ready_at__lte=F("first_promised_at")))
        )

    def assign(self, *, technician: Staff) -> bool:
        return self.here_now().update(technician=technician) == 1

    def show_waiting_for_answer(self, *, step: str, at: datetime) -> bool:
        """Something was presented and the customer has not answered all of it."""
        needs_answer = RepairOrder.Stage.NEEDS_ANSWER
        here = self.here_now()
        return here.update(stage=needs_answer, ready_at=None, step=step, step_at=at, presented_at=at) == 1

    def show_step(self, *, stage: str, step: str, at: datetime) -> bool:
        """The board's one next step for an open order; `stage` is the column.

        A car is ready from the first step that says so until one that does not.
        """
        ready_at = Coalesce("ready_at", Value(at)) if stage == RepairOrder.Stage.READY else None
        return self.here_now().update(stage=stage, ready_at=ready_at, step=step, step_at=at) == 1

    def show_company(self, *, words: str) -> bool:
        """Who else is on the way to the customer or with them, as the board says it; "" for nobody."""
        return self.filter(source=RepairOrder.Source.LANE).update(company=words) == 1

    def show_worth(self, *, at: datetime | None) -> bool:
        """Since when the customer's page leads to what keeping and replacing their car cost; None takes it off."""
        return self.filter(source=RepairOrder.Source.LANE).update(worth_shown_at=at) == 1

    def tell_plan(self, *, plan: str, plan_years: int | None, by: Staff, at: datetime) -> bool:
        """What the customer now says of their plan for the car.  False: it is not open here any more."""
        return self.here_now().update(plan=plan, plan_years=plan_years, plan_by=by, plan_at=at) == 1

    def promise(self, *, promised_at: datetime) -> bool:
        return self.here_now().update(promised_at=promised_at) == 1

    def tell(self, *, step: str, at: datetime) -> bool:
        """The customer of a ready car was told.  False: it is not ready, or somebody told them already."""
        ready = self.here_now().filter(stage=RepairOrder.Stage.READY, told_at=None)
        return ready.update(told_at=at, step=step, step_at=at) == 1

    def make_ready(self, *, step: str, at: datetime) -> bool:
        """In the shop → ready for its customer."""
        working = self.here_now().exclude(stage=RepairOrder.Stage.READY)
        return working.update(stage=RepairOrder.Stage.READY, ready_at=at, step=step, step_at=at) == 1

    def undo_ready(self, *, since: datetime, stage: str, step: str, at: datetime) -> bool:
        """Ready at `since` or later and nobody told → `stage`, the next step as before.  False: it stays ready."""
        ready = self.here_now().filter(stage=RepairOrder.Stage.READY, ready_at__gte=since, step=NOT_TOLD)
        return ready.update(stage=stage, ready_at=None, step=step, step_at=at) == 1

    def undo_tell(self, *, told_at: datetime, step: str, at: datetime) -> bool:
        """Told at exactly `told_at` → not told.  False: not told then, or taken back already."""
        return self.here_now().filter(told_at=told_at).update(told_at=None, step=step, step_at=at) == 1

    def close(self, *, by: Staff, at: datetime, odometer_out: int) -> bool:
        """Open → closed.  False means it was not open any more."""
        return (
            self.filter(status=RepairOrder.Status.OPEN).update(
                status=RepairOrder.Status.CLOSED, closed_at=at, closed_by=by, odometer_out=odometer_out
            )
            == 1
        )

    def sign(self, *, name: str, how: str, number: str, words: str, total: Decimal, step: str, at: datetime) -> bool:
        """Open and not signed → signed for `total` dollars.  False: somebody signed it already, or it is not open.

        The board's next step becomes `step` where it said that it waits for this.
        """
        waiting = self.here_now().filter(signed_at=None)
        return (
            waiting.update(
                signed_name=name,
                signed_how=how,
                signed_contact=number,
                signed_text=words,
                signed_at=at,
                authorized_total=total,
                step_at=models.Case(models.When(step=NOT_SIGNED, then=Value(at)), default=F("step_at")),
                step=models.Case(models.When(step=NOT_SIGNED, then=Value(step, models.TextField())), default=F("step")),
            )
            == 1
        )

    def reopen(self, *, since: datetime) -> bool:
        """Closed at `since` or later → open again.  False: closed earlier, or not closed."""
        closed = self.filter(status=RepairOrder.Status.CLOSED, source=RepairOrder.Source.LANE, closed_at__gte=since)
        return closed.update(status=RepairOrder.Status.OPEN, closed_at=None, closed_by=None, odometer_out=None) == 1

    def void(self, *, at: datetime) -> bool:
        return self.filter(status=RepairOrder.Status.OPEN).update(status=RepairOrder.Status.VOID, voided_at=at) == 1


class RepairOrder(models.Model):
    """One visit of one car, under one number that is on every paper of it."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"
        VOID = "void", "Void"

    class Source(models.TextChoices):
        LANE = "lane", "Written here"
        DMS = "dms", "Imported"

    class Stage(models.TextChoices):
        IN_SHOP = "in_shop", "In the shop"
        NEEDS_ANSWER = "needs_answer", "Needs an answer"
        READY = "ready", "Ready"

    class Stay(models.TextChoices):
        WAITS = "waits", "Waits here"
        LOANER = "loaner", "Loaner"
        DROPS = "drops", "Drops off"

    class SignedHow(models.TextChoices):
        TYPED = "typed", "Typed their name"
        DRAWN = "drawn", "Signed by hand"
        PHONE = "phone", "Said yes by phone"

    class Plan(models.TextChoices):
        KEEP = "keep", "As long as it runs"
        YEARS = "years", "So many years"
        REPLACING = "replacing", "Thinking of replacing"
        NOT_SAID = "not_said", "Not said"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    number = models.TextField()
    source = models.CharField(max_length=4, choices=Source, default=Source.LANE)
    status = models.CharField(max_length=6, choices=Status, default=Status.OPEN)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    advisor = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    technician = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    advisor_name = models.TextField(blank=True, help_text="As the DMS wrote it.")

    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    voided_at = models.DateTimeField(null=True, blank=True)

    purpose = models.TextField(blank=True, help_text="Why they came today, in their own words.")
    plan = models.CharField(max_length=10, choices=Plan, default=Plan.NOT_SAID)
    plan_years = models.PositiveSmallIntegerField(null=True, blank=True)
    plan_at = models.DateTimeField(
        null=True, blank=True, help_text="When they said so, where that was after the write-up."
    )
    plan_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    odometer_in = models.PositiveIntegerField(null=True, blank=True, help_text="Miles.")
    odometer_out = models.PositiveIntegerField(null=True, blank=True, help_text="Miles.")
    tag = models.CharField(max_length=12, blank=True)
    stay = models.CharField(max_length=8, choices=Stay, blank=True)
    promised_at = models.DateTimeField(null=True, blank=True)
    is_comeback = models.BooleanField(default=False)

    contact_name = models.TextField(blank=True, help_text="Whom we ask.")
    contact_channel = models.CharField(max_length=8, blank=True, help_text="phone, text or email")
    contact_value = models.TextField(blank=True)
    designee_name = models.TextField(blank=True, help_text="Who else may say yes (16 CCR 3354(c)).")
    designee_limit = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    signed_name = models.TextField(blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_text = models.TextField(blank=True, help_text="The exact words that were signed.")
    signed_how = models.CharField(max_length=5, choices=SignedHow, default=SignedHow.TYPED, db_default=SignedHow.TYPED)
    signed_contact = models.TextField(blank=True, db_default="", help_text="The number that was called for the yes.")
    authorized_total = models.DecimalField(
        max_digits=10, decimal_places=2, default=Decimal("0.00"), help_text="Dollars signed for at write-up, all in."
    )

    stage = models.CharField(max_length=12, choices=Stage, default=Stage.IN_SHOP)
    step = models.TextField(blank=True, help_text="The one next step, as the board says it.")
    step_at = models.DateTimeField(null=True, blank=True)
    company = models.TextField(
        blank=True, db_default="", help_text="Who else is on the way to the customer, as the board says it."
    )
    worth_shown_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when the customer sees what keeping and replacing their car cost."
    )
    presented_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text="When the customer was told it is ready.")
    first_promised_at = models.DateTimeField(
        null=True, blank=True, help_text="The promise as signed; a later one does not make the first one kept."
    )
    parts_due_at = models.DateTimeField(null=True, blank=True, help_text="When the part it waits for should be here.")
    entered_at = models.DateTimeField(
        "entered late at", null=True, blank=True, help_text="When it was typed, for a visit that began on paper."
    )
    entered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    sheet = models.CharField(max_length=12, blank=True, help_text="The lane sheet it began on, like P-0007.")
    pay_types = models.CharField(max_length=3, default="C", db_default="C", help_text="Who pays: C, W, I, or several.")

    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="When what its customer said and signed was erased, as they asked."
    )

    dms_tax = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    dms_import = models.ForeignKey("DmsImport", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = RepairOrderQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rooftop", "number"], name="order_number_once"),
            models.UniqueConstraint(
                fields=["vehicle"],
                condition=Q(status="open", source="lane"),
                name="order_one_open_visit_per_car",
                violation_error_message="This car is already here on an open repair order.",
            ),
            models.CheckConstraint(
                name="order_status_has_its_time",
                condition=Q(status="open", closed_at=None, voided_at=None)
                | Q(status="closed", closed_at__isnull=False, voided_at=None)
                | Q(status="void", voided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="order_opens_complete",
                condition=~Q(source="lane")
                | Q(vehicle__isnull=False, odometer_in__isnull=False, advisor__isnull=False)
                & ~Q(contact_value="")
                & ~Q(purpose=""),
                violation_error_message=(
                    "A repair order needs a car, its mileage, an advisor, a contact and the reason for the visit."
                ),
            ),
            models.CheckConstraint(
                name="order_signed_or_nothing_agreed",
                condition=~Q(source="lane")
                | (Q(signed_at__isnull=False) & ~Q(signed_name=""))
                | Q(signed_at=None, signed_name="", signed_text="", authorized_total=0),
                violation_error_message="What nobody signed authorizes nothing.",
            ),
            models.CheckConstraint(
                name="order_designee_has_limit",
                condition=Q(designee_name="", designee_limit=None) | (Q(designee_limit__gt=0) & ~Q(designee_name="")),
                violation_error_message="Enter the most they may say yes to, or take them off.",
            ),
            models.CheckConstraint(
                name="order_late_is_whole",
                condition=Q(entered_at=None, entered_by=None, sheet="")
                | Q(entered_at__gte=F("opened_at"), entered_by__isnull=False) & ~Q(sheet=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["rooftop", "stage", "promised_at", "id"], condition=Q(status="open"), name="order_board"
            ),
            models.Index(fields=["vehicle", "-opened_at", "-id"], name="order_vehicle_newest"),
            models.Index(fields=["customer", "-opened_at", "-id"], name="order_customer_newest"),
            models.Index(fields=["number"], opclasses=["text_pattern_ops"], name="order_number_prefix"),
        ]
        triggers: ClassVar = [
            pgtrigger.FSM(
                name="status_moves",
                field="status",
                # Backwards only by undo, seconds after it was closed; what is void stays void.
                transitions=[("open", "closed"), ("open", "void"), ("closed", "open")],
                condition=pgtrigger.Q(old__source="lane"),
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"RO {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("service_lane:order", args=[self.pk])

    @property
    def plan_words(self) -> str:
        """Their plan for the car: "About 2 years" where they said how many."""
        if self.plan == self.Plan.YEARS and self.plan_years:
            return f"About {self.plan_years} year{'' if self.plan_years == 1 else 's'}"
        return self.get_plan_display()

    @property
    def waits_for_signature(self) -> bool:
        """Written here, open, and nobody has agreed to anything yet: no work may start."""
        return (
            self.source == RepairOrder.Source.LANE and self.status == RepairOrder.Status.OPEN and self.signed_at is None
        )


class OrderNumberQuerySet(models.QuerySet["OrderNumber"]):
    def take(self, rooftop: Rooftop) -> str:
        """The next free number of this rooftop, going on from the highest there is, imported ones included.

        The row is locked until the transaction ends, so two counters never draw the same number.
        """
        counter, _ = self.get_or_create(rooftop=rooftop, defaults={"last": _highest_number(rooftop)})
        counter = self.select_for_update().get(pk=counter.pk)
        number = counter.last + 1
        if RepairOrder.objects.filter(rooftop=rooftop, number=str(number)).exists():
            # An import brought later numbers since: go on from those.
            number = _highest_number(rooftop) + 1
        counter.last = number
        counter.save(update_fields=["last"])
        return str(number)


def _highest_number(rooftop: Rooftop) -> int:
    digits = RepairOrder.objects.filter(rooftop=rooftop, number__regex=r"^[0-9]{1,15}$")
    highest = digits.aggregate(highest=models.Max(Cast("number", models.BigIntegerField())))["highest"]
    return highest or FIRST_NUMBER - 1


FIRST_NUMBER = 48_000


class OrderNumber(models.Model):
    """The last repair order number a rooftop gave out."""

    rooftop = models.OneToOneField(Rooftop, on_delete=models.PROTECT, related_name="+")
    last = models.BigIntegerField()

    objects = OrderNumberQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.last)


class Concern(models.Model):
    """One thing the customer complains of, in their words, and what became of it: concern, cause, correction."""

    repair_order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="concerns")
    letter = models.CharField(max_length=2)
    words = models.TextField(help_text="The customer's own words.")
    cause = models.TextField(blank=True)
    correction = models.TextField(blank=True)

    class Meta:
        ordering = ("letter", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["repair_order", "letter"], name="concern_letter_once"),
        ]

    def __str__(self) -> str:
        return f"{self.letter}. {self.words}"


class RequestedService(models.Model):
    """Something the customer asked for and signed for at write-up, at the price shown then.

    The row is the message from which recommendations makes an approved line.  Amounts in dollars, as quoted.
    """

    repair_order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="requested_services")
    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    op_code = models.TextField()
    name = models.TextField()
    nature = models.CharField(max_length=12)
    labor_hours = models.DecimalField(max_digits=5, decimal_places=2)
    labor = models.DecimalField(max_digits=10, decimal_places=2)
    parts = models.JSONField(default=list)
    parts_total = models.DecimalField(max_digits=10, decimal_places=2)
    tax = models.DecimalField(max_digits=10, decimal_places=2)
    total = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["repair_order", "op_code"], name="requested_service_once"),
        ]

    def __str__(self) -> str:
        return self.name
