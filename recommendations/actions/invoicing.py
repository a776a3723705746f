"""The bill: from approved, finished lines only, once, exactly as handed over."""

from datetime import datetime

from django.db import transaction

from dealership import audit
from dealership.models import Staff
from recommendations import authority, documents, estimate
from recommendations.actions import record
from recommendations.actions.deciding import BILLED
from recommendations.actions.presenting import lock
from recommendations.models import Advisory, Invoice, RecordEntry
from recommendations.signals import estimate_changed
from service_lane.models import RepairOrder


class CannotInvoice(ValueError):
    """No bill was made.  Its message says why."""


class WrongMiles(CannotInvoice):
    """The miles on the car cannot be what was typed."""


@transaction.atomic(durable=True)
def invoice(*, repair_order: RepairOrder, by: Staff, at: datetime, odometer_out: int | None = None) -> Invoice:
    """Make the bill of this order and return it; asked again, return the one there is.

    `odometer_out` are the miles on the car now, when somebody looked.  Raises CannotInvoice while agreed work is
    unfinished, when nothing was agreed, when the bill lacks something the law in force wants on it or has fewer miles
    than the car came with, or when the total would pass what was authorized by more than that law allows (promise 5);
    presenting.CannotPresent when the order is closed.
    """
    order = repair_order
    lock(order)
    if made := Invoice.objects.filter(repair_order=order).first():
        return made
    unfinished = Advisory.objects.filter(repair_order=order).approved().exclude(work=Advisory.Work.DONE).count()
    if unfinished:
        jobs = "1 agreed job is" if unfinished == 1 else f"{unfinished} agreed jobs are"
        raise CannotInvoice(f"{jobs} not finished. Finish the work, then make the bill.")
    if estimate.signed_and_not_drafted(order).exists():
        raise CannotInvoice("Something signed at write-up is not on the estimate yet. Wait a few seconds.")
    if odometer_out is not None and odometer_out < (order.odometer_in or 0):
        raise WrongMiles(f"The car came in with {order.odometer_in:,} miles. It cannot have {odometer_out:,} now.")
    document = documents.invoice_document(order, at, odometer_out)
    if not document["lines"]:
        raise CannotInvoice("Nothing was agreed, so there is nothing to bill. Close with the declined-work notice.")
    if document["missing"]:
        raise CannotInvoice(f"The bill would not be complete. {' '.join(document['missing'])}")
    ruling = authority.ruling(order, document["sums"]["total"], at=at)
    if not ruling.allowed:
        raise CannotInvoice(ruling.reason)
    content = record.plain(document)
    bill = Invoice.objects.create(
        repair_order=order,
        document=content,
        sha256=record.fingerprint(content),
        total=document["sums"]["total"],
        by=by,
        at=at,
    )
    RepairOrder.objects.filter(pk=order.pk).show_step(stage=RepairOrder.Stage.READY, step=BILLED, at=at)
    record.append(
        rooftop=order.rooftop,
        kind=RecordEntry.Kind.INVOICED,
        repair_order=order,
        row_id=bill.pk,
        payload=record.invoice_payload(bill) | record.policy_payload(ruling.policy),
        at=at,
    )
    audit.record("order.invoiced", about=order, by=by, at=at, invoice=bill.pk, total=str(bill.total))
    estimate_changed.send(sender=Invoice, repair_order_id=order.pk)
    return bill
