"""Signing a repair order that was opened without a signature: from then on its work may start."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from customers.rules import normalize_phone
from dealership import audit
from dealership.models import Staff
from service_lane import signals
from service_lane.actions.orders import NotOpen
from service_lane.actions.writeup import READ_AGAIN, SIGNED_STEP, NotReady
from service_lane.models import RepairOrder, Signature
from service_lane.rules import Missing
from service_lane.rules.signature import Drawing, Unreadable, read
from service_lane.signing import words_of


class Signed(Exception):
    """Somebody signed `order` already."""

    def __init__(self, order: RepairOrder) -> None:
        super().__init__(f"{order.signed_name} signed {order} already.")
        self.order = order


@transaction.atomic(durable=True)
def sign(
    *,
    repair_order: RepairOrder,
    words_shown: str,
    by: Staff,
    at: datetime,
    name: str = "",
    drawing: str = "",
    called: str | None = None,
) -> RepairOrder:
    """Keep who agreed to the words they read, and how: a typed name, a drawn signature, or a yes on the phone.

    `called` is the number of a phone call in which `by` read the words out, as typed; None when the person is here.
    A drawing needs no name beside it: the customer's own is taken.  What was asked for at write-up counts as agreed
    from now on, at the prices kept then.

    Raises NotReady (what is missing, by field), Signed, or orders.NotOpen.
    """
    order = (
        RepairOrder.objects.here_now()
        .select_for_update(of=("self",))
        .select_related("rooftop", "customer")
        .filter(pk=repair_order.pk)
        .first()
    )
    if order is None:
        raise NotOpen
    if order.signed_at:
        raise Signed(order)
    lines, missing = _read(name, drawing, called)
    words = " ".join(words_shown.split())
    if words not in (words_of(order, at=at), words_of(order, at=at, private=True)):
        missing.append(Missing("signed_name", READ_AGAIN))
    if missing:
        raise NotReady(tuple(missing))
    how = RepairOrder.SignedHow
    total = order.requested_services.aggregate(sum=Sum("total"))["sum"] or Decimal("0.00")
    RepairOrder.objects.filter(pk=order.pk).sign(
        name=name.strip() or order.customer.name,
        how=how.PHONE if called is not None else how.DRAWN if lines else how.TYPED,
        number=normalize_phone(called or "") or "",
        words=words,
        total=total,
        step=SIGNED_STEP,
        at=at,
    )
    if lines:
        Signature.objects.create(repair_order=order, svg=lines.svg, drawn_at=at)
    order.refresh_from_db()
    audit.record(
        "repair_order.signed",
        about=order,
        by=by,
        at=at,
        signed_name=order.signed_name,
        how=order.signed_how,
        authorized_total=str(total),
    )
    signals.repair_order_signed.send(RepairOrder, repair_order_id=order.pk)
    return order


def _read(name: str, drawing: str, called: str | None) -> tuple[Drawing | None, list[Missing]]:
    """The lines of the drawing, None without one, and what is missing."""
    missing: list[Missing] = []
    try:
        lines = read(drawing)
    except Unreadable as refusal:
        return None, [Missing("signed_name", str(refusal))]
    if not name.strip() and not lines:
        said = "Enter the full name of who said yes." if called is not None else "Type your full name, or sign by hand."
        missing.append(Missing("said_name" if called is not None else "signed_name", said))
    if called is not None and normalize_phone(called) is None:
        missing.append(Missing("called", "Enter the number you called, with its area code, like 415 555 0142."))
    return lines, missing
