"""A hand-off leaves as a lead for the sales system: once, by the outbox, and only with the customer's own consent."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from customers.models import Consent, ContactPoint, Customer
from dealership import audit, outbox
from dealership.models import OutboxMessage
from dealership.undo import UNDO_FOR
from sales_handoff.models import Handoff
from sales_handoff.rules import adf
from sales_handoff.words import day, exact, whole

PURPOSE = "handoff_lead"
LOOKS_BACK = timedelta(days=2)
"""An older hand-off is not passed on any more: a lead about a car that left long ago is no lead."""


@transaction.atomic(durable=True)
def pass_on(*, handoff: Handoff, at: datetime) -> OutboxMessage | None:
    """Write the hand-off's lead to be sent, and return it; the one already written when there is one.

    None, and nothing written, when the customer did not agree to it or no longer does, the hand-off was taken back,
    the rooftop passes nothing on, or there is no way to reach them.
    """
    row = _locked(handoff)
    if row.status == Handoff.Status.WITHDRAWN or not (row.rooftop.leads_to and row.ask.passes_on):
        return None
    if not _may_go(row):
        return None
    known = OutboxMessage.objects.filter(key=key_of(row)).first()
    if known:
        return known
    try:
        body = adf.adf(lead(row, at))
    except adf.NoWayToReach:
        return None
    message = outbox.put(
        kind=OutboxMessage.Kind.ADF,
        purpose=PURPOSE,
        key=key_of(row),
        to=row.rooftop.leads_to,
        subject=f"Lead of the service lane, {row.repair_order}",
        body=body,
        rooftop=row.rooftop,
        about=row,
        at=at,
        not_before=at + UNDO_FOR,
    )
    audit.record("handoff.passed_on", about=row, by=None, at=at, message=message.pk)
    return message


def last_look(message: OutboxMessage, at: datetime) -> str:
    """Why a lead that is about to leave stays here: the yes it rests on was taken back meanwhile.  "" when it goes."""
    row = Handoff.objects.select_related("customer").filter(pk=message.about_id or 0).first()
    return "" if row and _may_go(row) else outbox.STOPPED


def _may_go(handoff: Handoff) -> bool:
    """Whether they still agree to the talk, and to being passed on."""
    is_yes = Handoff.objects.filter(pk=handoff.pk).still_yes().exists()
    return is_yes and Consent.objects.allows(handoff.customer, Consent.Purpose.PASS_ON, Consent.Channel.ANY)


def key_of(handoff: Handoff) -> str:
    """The one key of the one lead of a hand-off."""
    return f"handoff-lead-{handoff.pk}"


def stop(handoff: Handoff, at: datetime) -> bool:
    """Inside the caller's transaction: a lead that has not left stays here.  False: it has left, or there is none."""
    waiting = OutboxMessage.objects.filter(
        key=key_of(handoff), status__in=(OutboxMessage.Status.WAITING, OutboxMessage.Status.DEAD)
    )
    return waiting.update(status=OutboxMessage.Status.CANCELED, done_at=at, leased_until=None) == 1


def to_pass_on(at: datetime) -> QuerySet[Handoff]:
    """Hand-offs of the last days whose customer agreed to be passed on, without a lead."""
    sent = OutboxMessage.objects.filter(
        kind=OutboxMessage.Kind.ADF, about_type=Handoff._meta.label_lower, about_id=OuterRef("pk")
    )
    reachable = ContactPoint.objects.filter(customer=OuterRef("customer"))
    return (
        Handoff.objects.filter(ask__passes_on=True, created_at__gt=at - LOOKS_BACK)
        .exclude(status=Handoff.Status.WITHDRAWN)
        .exclude(rooftop__leads_to="")
        .filter(~Exists(sent), Exists(reachable))
        .order_by("created_at", "pk")
    )


def lead(handoff: Handoff, at: datetime) -> adf.Lead:
    """What is passed on of a hand-off: its customer, the car, and what they were told when they said yes."""
    order, store, customer = handoff.repair_order, handoff.rooftop, handoff.customer
    car = order.vehicle
    value, words = _value(handoff)
    return adf.Lead(
        ident=f"{store.code}-{handoff.pk}",
        requested_at=handoff.created_at.astimezone(store.zone),
        customer=_party(customer),
        car=adf.LeadCar(
            year=str(car.year or "") if car else "",
            make=car.make_name if car else "",
            model=car.model if car else "",
            vin=(car.vin or "") if car else "",
            trim=car.trim if car else "",
            body=car.get_body_display() if car else "",
            color=car.color if car else "",
            odometer=order.odometer_in,
            appraisal=value,
            appraisal_words=words,
        ),
        store=adf.Party(
            store.name,
            emails=[store.email] if store.email else [],
            phones=[store.phone],
            is_business=True,
        ),
        store_code=store.code,
        comments=_comments(handoff),
    )


def _locked(handoff: Handoff) -> Handoff:
    rows = Handoff.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("rooftop", "customer", "ask__evaluation", "ask__by", "repair_order__vehicle").get(
        pk=handoff.pk
    )


def _party(customer: Customer) -> adf.Party:
    points = ContactPoint.objects.filter(customer=customer).order_by("-preferred", "pk").values_list("kind", "value")
    return adf.Party(
        customer.business_name or customer.first_name or customer.last_name,
        customer.last_name if customer.first_name and not customer.business_name else "",
        emails=[value for kind, value in points if kind == ContactPoint.Kind.EMAIL],
        phones=[value for kind, value in points if kind == ContactPoint.Kind.PHONE],
        is_business=customer.kind == Customer.Kind.BUSINESS,
    )


def _value(handoff: Handoff) -> tuple[Decimal | None, str]:
    """The middle of what the car is worth once fixed, and the range with where it comes from."""
    evaluation = handoff.ask.evaluation
    if evaluation is None or evaluation.value_low is None or evaluation.value_high is None:
        return None, ""
    on = f", {day(evaluation.value_date)}" if evaluation.value_date else ""
    middle = (evaluation.value_low + evaluation.value_high) / 2
    span = f"{whole(evaluation.value_low)} to {whole(evaluation.value_high)}"
    return middle, f"{span} once fixed. {evaluation.value_source}{on}."


def _comments(handoff: Handoff) -> str:
    """The consent first, then what the customer was told: sales systems cut at the end."""
    ask, order = handoff.ask, handoff.repair_order
    said_at = ask.at.astimezone(handoff.rooftop.zone)
    lines = [
        f"Consent to be passed on: yes, in person, {day(said_at.date())} {said_at:%H:%M}, to {ask.by.name}.",
        f"In their words: {ask.words}",
        f"{order}. The car leaves at {handoff.leaves_at.astimezone(handoff.rooftop.zone):%H:%M}.",
    ]
    if ask.where:
        lines.append(f"Where they are: {ask.where}.")
    if ask.evaluation:
        lines.append(f"Today's work: {exact(ask.evaluation.repair_total)}. {ask.evaluation.plain_reading}")
    lines.append(f"Read what is open with them in Lane before any contact (hand-off {handoff.pk}).")
    return "\n".join(lines)
