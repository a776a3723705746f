"""Purchases: what was bought, what was promised with it, and the introduction of its owner to service."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from customers.models import CheckIn, Complaint, Customer, Purchase, Tie, Vehicle
from customers.rules import match
from customers.rules.check_ins import AFTER_PURCHASE, LAPSES_AFTER, due_at
from customers.rules.files import PURCHASE_NEEDS, PurchaseRow, read_purchases
from customers.search import who_has
from dealership import audit
from dealership.csv_rows import Refused, numbered
from dealership.models import SERVICE, Rooftop, Staff
from dealership.undo import UNDO_FOR


class KnownDeal(Exception):
    """The deal is here already: `purchase`."""

    def __init__(self, purchase: Purchase) -> None:
        super().__init__(purchase)
        self.purchase = purchase


class NotAnAdvisor(Exception):
    """Whoever was named does not work in service at this rooftop."""


class AlreadyIntroduced(Exception):
    """Somebody introduced them meanwhile."""


class TooLate(Exception):
    """It cannot be taken back any more."""


def _write(
    *,
    customer: Customer,
    vehicle: Vehicle | None,
    rooftop: Rooftop,
    car: str,
    deal_number: str,
    sold_date: date,
    salesperson: Staff | None,
    promised: str,
    by: Staff,
    at: datetime,
) -> Purchase | None:
    """The row of a purchase, whose car it makes theirs, and the days they are asked.  None when the deal is here.

    Days that lie a month back or more are over; with a complaint open nobody asks.
    """
    purchase, made = Purchase.objects.get_or_create(
        rooftop=rooftop,
        deal_number=deal_number,
        defaults={
            "customer": customer,
            "vehicle": vehicle,
            "car": car,
            "sold_date": sold_date,
            "salesperson": salesperson,
            "promised": promised,
            "by": by,
            "at": at,
        },
    )
    if not made:
        return None
    if vehicle:
        Tie.objects.get_or_create(
            customer=customer,
            vehicle=vehicle,
            kind=Tie.Kind.OWNS,
            until_date=None,
            defaults={"since_date": sold_date, "source": str(purchase)},
        )
    is_open = Complaint.objects.open().filter(customer=customer).exists()
    days = {kind: due_at(kind, sold_date, rooftop.zone) for kind in AFTER_PURCHASE}
    CheckIn.objects.bulk_create(
        CheckIn(
            customer=customer,
            rooftop=rooftop,
            kind=kind,
            purchase=purchase,
            car=car,
            owner=salesperson,
            due_at=due,
            created_at=at,
            stopped_why=CheckIn.Why.COMPLAINT if is_open else "",
            stopped_at=at if is_open else None,
        )
        for kind, due in days.items()
        if due > at - LAPSES_AFTER
    )
    return purchase


@transaction.atomic(durable=True)
def record_purchase(
    *,
    customer: Customer,
    rooftop: Rooftop,
    car: str,
    deal_number: str,
    sold_date: date,
    by: Staff,
    at: datetime,
    vehicle: Vehicle | None = None,
    salesperson: Staff | None = None,
    promised: str = "",
) -> Purchase:
    """What `customer` bought and was promised; asked about a month, a year and two years later.  Raises KnownDeal."""
    purchase = _write(
        customer=customer,
        vehicle=vehicle,
        rooftop=rooftop,
        car=car,
        deal_number=deal_number,
        sold_date=sold_date,
        salesperson=salesperson,
        promised=promised,
        by=by,
        at=at,
    )
    if purchase is None:
        raise KnownDeal(Purchase.objects.get(rooftop=rooftop, deal_number=deal_number))
    audit.record("purchase.recorded", about=purchase, by=by, at=at, customer=customer.pk)
    return purchase


@transaction.atomic(durable=True)
def introduce(*, purchase: Purchase, advisor: Staff, first_visit: date, by: Staff, at: datetime) -> None:
    """They met service at delivery: who looks after them, the day of the first visit, the schedule gone through.

    Raises NotAnAdvisor, AlreadyIntroduced.
    """
    if not advisor.holds(SERVICE, purchase.rooftop_id):
        raise NotAnAdvisor(advisor)
    if not Purchase.objects.filter(pk=purchase.pk).introduce(advisor=advisor, first_visit=first_visit, by=by, at=at):
        raise AlreadyIntroduced(purchase)
    audit.record(
        "purchase.introduced",
        about=purchase,
        by=by,
        at=at,
        customer=purchase.customer_id,
        advisor=advisor.name,
        first_visit=first_visit.isoformat(),
    )


@transaction.atomic(durable=True)
def undo_introduce(*, purchase: Purchase, by: Staff, at: datetime) -> None:
    """They were not introduced after all; within ten seconds.  Raises TooLate."""
    if not Purchase.objects.filter(pk=purchase.pk, introduced_by=by).undo_introduce(since=at - UNDO_FOR):
        raise TooLate("The ten seconds are over. They stay introduced.")
    audit.record("purchase.introduction_undone", about=purchase, by=by, at=at)


@dataclass
class Report:
    """What came of a file of purchases."""

    added: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)


@transaction.atomic(durable=True)
def import_purchases(
    *,
    lines: Iterable[str],
    rooftop: Rooftop,
    by: Staff,
    at: datetime,
    filename: str = "",
    dry_run: bool = False,
) -> Report:
    """Take purchases from the lines of a CSV file with a header; returns what came of it.

    A deal that is here already changes nothing.  Whose it is, is told by phone and e-mail; a row of nobody we know is
    refused, because a purchase without its owner promises nobody anything.  Raises NotAList.
    """
    lines_numbered = numbered(lines, PURCHASE_NEEDS)
    report = Report()
    today = at.astimezone(rooftop.zone).date()
    rows: list[tuple[int, PurchaseRow]] = []
    for one in read_purchases(lines_numbered, today=today):
        if isinstance(one, Refused):
            report.refused.append(one)
        else:
            rows.append(one)
    known = Purchase.objects.filter(rooftop=rooftop, deal_number__in=[row.deal_number for _, row in rows])
    held = set(known.values_list("deal_number", flat=True))
    people = who_has(value for _, row in rows for value in (row.phone, row.email))
    cars = {car.vin: car for car in Vehicle.objects.filter(vin__in={row.vin for _, row in rows if row.vin})}
    working = Staff.objects.filter(roles__rooftop=rooftop, email__in={row.salesperson for _, row in rows})
    sellers = {one.email: one for one in working}
    for line, row in rows:
        if row.deal_number in held:
            report.unchanged += 1
            continue
        found = match({"phone": people.get(row.phone), "e-mail": people.get(row.email)})
        if found.customer is None:
            report.refused.append(Refused(line, found.words))
            continue
        if row.salesperson and row.salesperson not in sellers:
            report.refused.append(Refused(line, f"Nobody with the e-mail {row.salesperson} works here."))
            continue
        report.added += 1
        if not dry_run:
            _write(
                customer=Customer.objects.get(pk=found.customer),
                vehicle=cars.get(row.vin),
                rooftop=rooftop,
                car=row.car,
                deal_number=row.deal_number,
                sold_date=row.sold_on,
                salesperson=sellers.get(row.salesperson),
                promised=row.promised,
                by=by,
                at=at,
            )
    report.refused.sort(key=lambda one: one.line)
    if not dry_run:
        audit.record(
            "purchases.imported",
            about=rooftop,
            rooftop=rooftop,
            by=by,
            at=at,
            file=filename,
            added=report.added,
            unchanged=report.unchanged,
            refused=len(report.refused),
        )
    return report
