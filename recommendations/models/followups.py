"""What becomes of a line that was declined, put off or never answered: when to come back to it, and what came of it."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.lookups import Exact

from customers.models import Complaint, Consent, Customer, Tie, Vehicle
from dealership.append_only import append_only
from dealership.models import InboundText, OutboxMessage, Rooftop, Staff
from recommendations.models.answers import Decision, PresentedLine
from recommendations.models.lines import Advisory
from recommendations.rules import followups as rules
from service_lane.models import Appointment, Condition, InspectionItem, RepairOrder, ServiceLine

SOON_DAYS = 7
"""How far ahead the work list looks: what is due within these days is on it."""


class FollowUpPolicyQuerySet(models.QuerySet["FollowUpPolicy"]):
    def of(self, rooftop: Rooftop) -> "FollowUpPolicy":
        """This rooftop's own, or the defaults while nobody has set one."""
        return self.filter(rooftop=rooftop).first() or FollowUpPolicy(rooftop=rooftop)


class FollowUpPolicy(models.Model):
    """When a rooftop comes back to work that was declined or put off, where the customer did not say."""

    rooftop = models.OneToOneField(Rooftop, on_delete=models.PROTECT, related_name="+")
    red_days = models.PositiveSmallIntegerField(default=30, help_text="After the visit, for what needs attention now.")
    yellow_days = models.PositiveSmallIntegerField(default=90, help_text="After the visit, for what can wait.")
    soonest_days = models.PositiveSmallIntegerField(default=7, help_text="An estimate by wear is never sooner.")
    latest_days = models.PositiveSmallIntegerField(default=365, help_text="An estimate by wear is never later.")
    retry_days = models.PositiveSmallIntegerField(default=2, help_text="After a call that nobody answered.")
    reply_days = models.PositiveSmallIntegerField(default=5, help_text="How long a message waits for a reply.")
    not_now_days = models.PositiveSmallIntegerField(default=60, help_text='After "not now" without a day.')
    sends_messages = models.BooleanField(
        default=True, help_text="Send a reminder on its day to customers who said yes to that. Calls are made by hand."
    )
    source = models.TextField(
        default="The house's own days. No law sets them.", help_text="Where these days come from. Advisors read it."
    )
    miles_a_year = models.PositiveIntegerField(
        default=13_476, help_text="For a car with too few odometer readings of its own."
    )
    miles_source = models.TextField(
        default="Federal Highway Administration, average miles per driver",
        help_text="Who published that mean. Advisors read it.",
    )

    objects = FollowUpPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = "follow-up policy"
        verbose_name_plural = "follow-up policies"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="follow_up_policy_makes_sense",
                condition=Q(
                    red_days__gt=0,
                    yellow_days__gt=0,
                    soonest_days__gt=0,
                    latest_days__gte=F("soonest_days"),
                    retry_days__gt=0,
                    reply_days__gt=0,
                    not_now_days__gt=0,
                    miles_a_year__range=(1_000, 100_000),
                )
                & ~Q(source="")
                & ~Q(miles_source=""),
                violation_error_message=(
                    "Enter days above zero, the latest no sooner than the soonest, miles between 1,000 and 100,000, "
                    "and a source for both."
                ),
            )
        ]

    def __str__(self) -> str:
        return f"Follow-up policy of {self.rooftop}"

    @property
    def timing(self) -> rules.Timing:
        return rules.Timing(self.red_days, self.yellow_days, self.soonest_days, self.latest_days, self.source)


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def open(self) -> Self:
        return self.filter(stopped_at=None)

    def lists(self, today: date) -> dict[str, Q]:
        """The work list by name, as conditions that do not overlap; `today` is the rooftop's own date."""
        is_open, ahead = Q(stopped_at=None), Q(next_date__gt=today)
        waiting = is_open & ahead & Q(waiting_since__isnull=False)
        put_off = is_open & ahead & Q(waiting_since=None, next_date__gt=F("due_date"))
        planned = is_open & ahead & Q(waiting_since=None, next_date__lte=F("due_date"))
        soon = Q(next_date__lte=today + timedelta(days=SOON_DAYS))
        return {
            "overdue": is_open & Q(next_date__lt=today),
            "due": is_open & Q(next_date=today) | planned & soon,
            "waiting": waiting,
            "snoozed": put_off,
            "later": planned & ~soon,
            "settled": ~is_open,
        }

    def take_step(self, *, seen: int | None, step: int, **changes: Any) -> bool:
        """Make `step` the last one, with what it changes.  False: somebody took another since `seen`."""
        return self.filter(last_step_id=seen).update(last_step_id=step, **changes) == 1

    def with_over(self, at: datetime) -> Self:
        """Each with `over`: why it is over by the facts of the house at that moment, "" while it is not."""
        stop = FollowUp.Stop
        return self.annotate(
            over=Case(
                When(advisory__repair_order__status=RepairOrder.Status.OPEN, then=Value(stop.HERE)),
                When(advisory__answer=Advisory.Answer.APPROVED, then=Value(stop.AGREED)),
                When(Exists(_later().approved()), then=Value(stop.AGREED)),
                When(Exists(_billed_since()), then=Value(stop.DONE_HERE)),
                When(Exists(_shown_again()), then=Value(stop.SUPERSEDED)),
                When(Exists(_found_good_since()), then=Value(stop.ELSEWHERE)),
                When(vehicle__gone_date__isnull=False, then=Value(stop.SOLD)),
                When(_no_longer_theirs(), then=Value(stop.SOLD)),
                When(
                    Exists(Complaint.objects.open().filter(customer=OuterRef("customer"))), then=Value(stop.COMPLAINT)
                ),
                When(_said_stop(), then=Value(stop.OPTED_OUT)),
                When(Exists(_replied()), then=Value(stop.REPLIED)),
                When(Exists(_here()), then=Value(stop.HERE)),
                When(Exists(_booked(at)), then=Value(stop.BOOKED)),
                default=Value(""),
                output_field=models.CharField(),
            )
        )


def same_thing(item_key: Any, op_code: Any) -> Q:
    """Lines about the same check of the car; the same operation, where one of the two was no check of its own.

    The values, or OuterRefs to them: two tires share an operation, and are two things.
    """
    op = Q(op_code=op_code) & ~Q(op_code="")
    return Q(finding__key=item_key) | (op & (Q(finding=None) | Q(Exact(item_key, Value("")))))


def _later() -> Any:
    """Lines about the same thing on later visits of the car."""
    return (
        Advisory.objects.live()
        .filter(same_thing(OuterRef("item_key"), OuterRef("op_code")), repair_order__vehicle=OuterRef("vehicle"))
        .filter(repair_order__opened_at__gt=OuterRef("advisory__repair_order__opened_at"))
        .exclude(repair_order__status=RepairOrder.Status.VOID)
    )


def _shown_again() -> Any:
    """Shown on a later visit that is over.  While a visit lasts, it may still become a yes."""
    return _later().filter(presented_version__isnull=False, repair_order__status=RepairOrder.Status.CLOSED)


def _billed_since() -> Any:
    """The same operation on a later bill that an import brought."""
    return ServiceLine.objects.filter(
        repair_order__vehicle=OuterRef("vehicle"),
        repair_order__opened_at__gt=OuterRef("advisory__repair_order__opened_at"),
        op_code=OuterRef("op_code"),
    ).exclude(op_code="")


def _found_good_since() -> Any:
    """The same check was good at a later inspection, and nothing was done here."""
    return InspectionItem.objects.filter(
        inspection__repair_order__vehicle=OuterRef("vehicle"),
        inspection__repair_order__opened_at__gt=OuterRef("advisory__repair_order__opened_at"),
        inspection__completed_at__isnull=False,
        key=OuterRef("item_key"),
        condition=Condition.GREEN,
    ).exclude(key="")


def _no_longer_theirs() -> Q:
    ties = Tie.objects.filter(customer=OuterRef("customer"), vehicle=OuterRef("vehicle"))
    return Q(Exists(ties.filter(until_date__isnull=False))) & ~Q(Exists(ties.filter(until_date=None)))


def _said_stop() -> Q:
    """A no to reminders since it began, and no channel left on which they still allow them."""
    words = Consent.objects.filter(customer=OuterRef("customer"), purpose=Consent.Purpose.MARKETING)
    newer = Consent.objects.filter(
        Q(channel=OuterRef("channel")) | Q(channel=Consent.Channel.ANY),
        customer=OuterRef("customer"),
        purpose=Consent.Purpose.MARKETING,
        granted=False,
        at__gte=OuterRef("at"),
        pk__gt=OuterRef("pk"),
    )
    undone = Consent.objects.filter(
        customer=OuterRef("customer"),
        purpose=Consent.Purpose.MARKETING,
        channel__in=(OuterRef("channel"), Consent.Channel.ANY),
        granted=None,
        pk__gt=OuterRef("pk"),
    )
    no_since = words.filter(~Exists(undone), granted=False, at__gt=OuterRef("created_at"))
    return Q(Exists(no_since)) & ~Q(Exists(words.filter(~Exists(newer), granted=True)))


def _replied() -> Any:
    """A text came from the number the reminder went to."""
    return InboundText.objects.filter(number=OuterRef("message__to"), received_at__gt=OuterRef("waiting_since"))


def _here() -> Any:
    """The car is in the building on a later order."""
    return (
        RepairOrder.objects.here_now()
        .filter(vehicle=OuterRef("vehicle"))
        .filter(opened_at__gt=OuterRef("advisory__repair_order__opened_at"))
    )


def _booked(at: datetime) -> Any:
    """They are expected, with this car or with one they did not name."""
    booked = Appointment.objects.arriving().filter(customer=OuterRef("customer"), due_at__gte=at - timedelta(days=1))
    return booked.filter(Q(vehicle=OuterRef("vehicle")) | Q(vehicle=None))


class FollowUp(models.Model):
    """One line that was declined, put off or never answered on a visit that closed.  One for each line, ever.

    Where it stands is here; how it got there is in its steps.
    """

    class Kind(models.TextChoices):
        DECLINED = rules.DECLINED, "Declined"
        DEFERRED = rules.DEFERRED, "Put off"
        SILENT = rules.SILENT, "No answer yet"

    class Basis(models.TextChoices):
        ASKED_DATE = rules.ASKED_DATE, "Their own date"
        ASKED_MILES = rules.ASKED_MILES, "Their own miles"
        WEAR = rules.WEAR, "The wear of the part"
        POLICY = rules.POLICY, "The rooftop's policy"

    class Stop(models.TextChoices):
        AGREED = "agreed", "They said yes on a later visit"
        DONE_HERE = "done_here", "Done here"
        SUPERSEDED = "superseded", "Shown again on a later visit"
        ELSEWHERE = "elsewhere", "Done elsewhere"
        SOLD = "sold", "The car is not theirs any more"
        COMPLAINT = "complaint", "A complaint is open"
        OPTED_OUT = "opted_out", "They asked for no more reminders"
        HERE = "here", "The car is here"
        BOOKED = "booked", "They are booked"
        REPLIED = "replied", "They replied"
        NEVER = "never", "They said no for good"

    PAUSES = (Stop.HERE, Stop.BOOKED)
    """Reasons that pass: when the visit is over or called off and nothing came of it, the follow-up goes on."""

    over: str  # what `with_over` adds

    advisory = models.OneToOneField(Advisory, on_delete=models.PROTECT, related_name="follow_up")
    line = models.ForeignKey(PresentedLine, on_delete=models.PROTECT, related_name="+", help_text="As it was shown.")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    is_safety = models.BooleanField()
    op_code = models.TextField(blank=True)
    item_key = models.TextField(blank=True, help_text="The check of the inspection it comes from, like front-pads.")
    due_date = models.DateField(help_text="As it was worked out when the visit closed.")
    due_miles = models.PositiveIntegerField(null=True, blank=True)
    due_basis = models.CharField(max_length=11, choices=Basis)
    due_why = models.TextField(help_text="What the day rests on, in a sentence.")
    created_at = models.DateTimeField()

    next_date = models.DateField(help_text="When it next asks for somebody.")
    waiting_since = models.DateTimeField(null=True, blank=True, help_text="Since when a reply is waited for.")
    message = models.ForeignKey(OutboxMessage, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    stopped_at = models.DateTimeField(null=True, blank=True)
    stop_reason = models.CharField(max_length=10, choices=Stop, blank=True)
    quote_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was asked for at today's price on the next visit."
    )
    quote = models.ForeignKey(
        Advisory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Its new line."
    )
    recovered_by = models.ForeignKey(
        Advisory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="The later yes."
    )
    recovered_at = models.DateTimeField(null=True, blank=True)
    last_step_id = models.BigIntegerField(null=True, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ("next_date", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="follow_up_silence_is_no_answer",
                condition=Q(kind="silent", decision=None) | (~Q(kind="silent") & Q(decision__isnull=False)),
                violation_error_message="Silence is not a no.",
            ),
            models.CheckConstraint(
                name="follow_up_stop_has_reason",
                condition=Q(stopped_at=None, stop_reason="") | (Q(stopped_at__isnull=False) & ~Q(stop_reason="")),
                violation_error_message="Say why it stopped.",
            ),
            models.CheckConstraint(
                name="follow_up_silence_is_not_messaged",
                condition=~Q(kind="silent") | Q(message=None),
                violation_error_message="Somebody who never answered is asked by an advisor, not by a message.",
            ),
            models.CheckConstraint(
                name="follow_up_recovered_is_whole",
                condition=Q(recovered_by=None, recovered_at=None)
                | Q(recovered_by__isnull=False, recovered_at__isnull=False, stop_reason="agreed"),
            ),
            models.CheckConstraint(name="follow_up_says_why_then", condition=~Q(due_why="")),
        ]
        indexes: ClassVar = [
            models.Index(fields=["rooftop", "next_date", "id"], condition=Q(stopped_at=None), name="follow_up_next"),
            models.Index(fields=["vehicle"], name="follow_up_vehicle"),
            models.Index(fields=["customer"], name="follow_up_customer"),
            models.Index(
                fields=["rooftop", "-stopped_at", "-id"],
                condition=Q(stopped_at__isnull=False),
                name="follow_up_settled",
            ),
        ]
        triggers: ClassVar = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Follow-up of {self.line.snapshot['title']}"

    @property
    def is_about(self) -> Q:
        """Lines about the same thing."""
        return same_thing(Value(self.item_key), Value(self.op_code))

    @property
    def purpose(self) -> str | None:
        """The consent a message about it needs; None: no message."""
        return rules.consent_asked(self.kind, is_safety=self.is_safety)


class FollowUpStepQuerySet(models.QuerySet["FollowUpStep"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(follow_up__rooftop_id__in=staff.rooftop_ids())


class FollowUpStep(models.Model):
    """One thing that was done about a follow-up, or that happened to it.  Taking one back is another."""

    class Kind(models.TextChoices):
        BOOKS = "books", "They book"
        NOT_NOW = "not_now", "Not now"
        NEVER = "never", "No, never"
        ELSEWHERE = "elsewhere", "Done elsewhere"
        WRONG_NUMBER = "wrong_number", "Wrong number"
        NO_ANSWER = "no_answer", "No answer"
        LEFT_MESSAGE = "left_message", "Left a message"
        REPLIED = "replied", "They replied"
        MESSAGED = "messaged", "Message sent"
        NOT_SENT = "not_sent", "Message kept back"
        SNOOZED = "snoozed", "Snoozed"
        QUOTED = "quoted", "To quote at today's price"
        STOPPED = "stopped", "Stopped"
        RESUMED = "resumed", "Goes on"
        TAKEN_BACK = "taken_back", "Taken back"

    CONTACTS = (
        *(Kind.BOOKS, Kind.NOT_NOW, Kind.NEVER, Kind.ELSEWHERE, Kind.WRONG_NUMBER, Kind.NO_ANSWER),
        *(Kind.LEFT_MESSAGE, Kind.REPLIED, Kind.MESSAGED),
    )
    """Steps by which the customer was reached for, whatever came of it."""

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=12, choices=Kind)
    reason = models.CharField(max_length=10, choices=FollowUp.Stop, blank=True, help_text="Why it stopped.")
    note = models.TextField(blank=True)
    contact = models.TextField(blank=True, help_text="The number or address that was used.")
    before = models.JSONField(default=dict, help_text="How it stood before, to go back to.")
    takes_back = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="taken_back_by"
    )
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    objects = FollowUpStepQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="follow_up_step_takes_back_one",
                condition=Q(kind="taken_back", takes_back__isnull=False) | (~Q(kind="taken_back") & Q(takes_back=None)),
            )
        ]
        indexes: ClassVar = [models.Index(fields=["follow_up", "-at", "-id"], name="follow_up_step_newest")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.follow_up_id}"

    @property
    def rooftop_id(self) -> int:
        return self.follow_up.rooftop_id
