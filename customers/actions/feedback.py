"""Feedback: what somebody said, in their own words; from whom it is, when that was not known at first."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import batched

from django.db import transaction

from customers.models import CheckIn, Complaint, Customer, Feedback
from customers.rules import match
from customers.rules.check_ins import TOLD_US_LATELY
from customers.rules.files import FEEDBACK_NEEDS, FeedbackRow, read_feedback
from customers.search import who_has
from dealership import audit
from dealership.csv_rows import Refused, numbered
from dealership.models import Rooftop, Staff
from dealership.undo import UNDO_FOR

AT_ONCE = 500
SAID_AT = time(12)
"""Of a day alone: its noon, which is that day in every zone of the group."""

type VisitsOf = Callable[[Rooftop, Iterable[str]], Mapping[str, int]]
"""Whose visit or sale each number of a rooftop is: visits are known a storey above, which hands this in."""


class ConfidenceInSales(Exception):
    """What was told in confidence was said to be about sales."""


class TooLate(Exception):
    """It cannot be taken back any more."""


class AlreadyMatched(Exception):
    """Somebody said whose it is meanwhile."""


@transaction.atomic(durable=True)
def record_feedback(
    *,
    customer: Customer | None,
    rooftop: Rooftop,
    kind: str,
    words: str,
    side: str,
    by: Staff,
    at: datetime,
    visit: str = "",
    score: int | None = None,
    score_of: int | None = None,
    place: str = "",
    link: str = "",
    is_confidential: bool = False,
    given_contact: str = "",
) -> Feedback:
    """Write down what somebody said.  `customer` None: it waits on the list of those nobody has named.

    Who has told us how it is, is not asked again for a while: their check-ins stop.  Raises ConfidenceInSales.
    """
    if is_confidential and side != Complaint.Side.SERVICE:
        raise ConfidenceInSales
    feedback = Feedback.objects.create(
        customer=customer,
        rooftop=rooftop,
        kind=kind,
        words=words,
        side=side,
        visit=visit,
        score=score,
        score_of=score_of,
        place=place,
        link=link,
        is_confidential=is_confidential,
        given_contact=given_contact,
        said_at=at,
        recorded_at=at,
        by=by,
    )
    if customer:
        _need_not_ask([customer.pk], said_at=at, at=at)
    audit.record("feedback.recorded", about=feedback, by=by, at=at, customer=customer.pk if customer else None)
    return feedback


def _need_not_ask(customers: Iterable[int], *, said_at: datetime, at: datetime) -> None:
    soon = CheckIn.objects.filter(customer__in=customers, created_at__lte=said_at, due_at__lte=said_at + TOLD_US_LATELY)
    soon.stop(why=CheckIn.Why.REPLY, at=at)


@transaction.atomic(durable=True)
def take_back_feedback(*, feedback: Feedback, by: Staff, at: datetime) -> None:
    """It was not said like that, or not by them; within ten seconds of writing it down.  Raises TooLate."""
    if not Feedback.objects.filter(pk=feedback.pk, by=by).take_back(since=at - UNDO_FOR, at=at):
        raise TooLate("The ten seconds are over. What was said stays; write down what is right beside it.")
    audit.record("feedback.taken_back", about=feedback, by=by, at=at, customer=feedback.customer_id)


@transaction.atomic(durable=True)
def match_feedback(*, feedback: Feedback, customer: Customer, by: Staff, at: datetime) -> None:
    """A person says whose words these are.  Raises AlreadyMatched."""
    found = Feedback.objects.filter(pk=feedback.pk)
    if not found.match(customer=customer, how=f"Named by {by.name}.", by=by, at=at):
        raise AlreadyMatched(feedback)
    audit.record("feedback.matched", about=feedback, by=by, at=at, customer=customer.pk)


@dataclass
class Report:
    """What came of a file: rows taken, as they were already, refused; and those of nobody we know."""

    added: int = 0
    unchanged: int = 0
    unmatched: int = 0
    refused: list[Refused] = field(default_factory=list)


@transaction.atomic(durable=True)
def import_feedback(
    *,
    lines: Iterable[str],
    rooftop: Rooftop,
    visits_of: VisitsOf,
    by: Staff,
    at: datetime,
    filename: str = "",
    dry_run: bool = False,
) -> Report:
    """Take survey answers and mentions from the lines of a CSV file with a header; returns what came of it.

    One bad line never stops the rest, and a row that was taken before changes nothing.  Whose words they are is told
    by phone, e-mail and RO or deal number; what nobody has waits to be matched by a person.  Raises NotAList.
    """
    lines_numbered = numbered(lines, FEEDBACK_NEEDS)
    report = Report()
    today = at.astimezone(rooftop.zone).date()
    for batch in batched(read_feedback(lines_numbered, today=today), AT_ONCE):
        report.refused += [one for one in batch if isinstance(one, Refused)]
        rows = [one[1] for one in batch if not isinstance(one, Refused)]
        _take(rows, report, rooftop=rooftop, visits_of=visits_of, by=by, at=at, source=filename, dry_run=dry_run)
    if not dry_run:
        audit.record(
            "feedback.imported",
            about=rooftop,
            rooftop=rooftop,
            by=by,
            at=at,
            file=filename,
            added=report.added,
            unchanged=report.unchanged,
            unmatched=report.unmatched,
            refused=len(report.refused),
        )
    return report


def _take(
    rows: list[FeedbackRow],
    report: Report,
    *,
    rooftop: Rooftop,
    visits_of: VisitsOf,
    by: Staff,
    at: datetime,
    source: str,
    dry_run: bool,
) -> None:
    keys = Feedback.objects.filter(rooftop=rooftop, key__in=[row.key for row in rows])
    held = set(keys.values_list("key", flat=True))
    new = [row for row in rows if row.key not in held]
    report.unchanged += len(rows) - len(new)
    people = who_has(value for row in new for value in (row.phone, row.email))
    visits = visits_of(rooftop, {row.visit for row in new if row.visit})
    write: list[Feedback] = []
    said: dict[int, datetime] = {}
    for row in new:
        found = match(
            {
                "phone": people[row.phone] if row.phone else None,
                "e-mail": people[row.email] if row.email else None,
                "RO or deal number": {visits[row.visit]} if row.visit in visits else set() if row.visit else None,
            }
        )
        said_at = datetime.combine(row.said_on, SAID_AT, rooftop.zone)
        if found.customer:
            said[found.customer] = max(said_at, said.get(found.customer, said_at))
        else:
            report.unmatched += 1
        write.append(
            Feedback(
                rooftop=rooftop,
                customer_id=found.customer,
                kind=row.kind,
                words=row.words,
                side=row.side,
                visit=row.visit,
                score=row.score,
                score_of=row.score_of,
                place=row.place,
                link=row.link,
                said_at=min(said_at, at),
                recorded_at=at,
                by=by,
                source=source or "a file",
                key=row.key,
                given_name=row.name,
                given_contact=row.contact,
                matched_how=found.words,
            )
        )
    report.added += len(write)
    if write and not dry_run:
        Feedback.objects.bulk_create(write, ignore_conflicts=True)
        for customer, said_at in said.items():
            _need_not_ask([customer], said_at=said_at, at=at)
