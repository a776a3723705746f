"""The customer's answers: one to each line exactly as shown, each one kept, the newest one counting."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, Sum
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as word

from dealership import audit
from dealership.models import Staff
from recommendations import authority, estimate, prices
from recommendations.actions import record
from recommendations.actions.naming import enter_named
from recommendations.actions.presenting import lock, waiting_step
from recommendations.languages import in_language
from recommendations.models import (
    Advisory,
    AdvisoryVersion,
    AnswerSignature,
    Decision,
    Invoice,
    Presentation,
    PresentedLine,
    QuestionReply,
    RecordEntry,
)
from recommendations.rules import PhoneConsent, missing_for_phone_consent
from recommendations.signals import decision_recorded
from service_lane.models import RepairOrder
from service_lane.rules import Missing, dollars
from service_lane.rules.signature import Drawing

AS_IT_STANDS = 0
"""`Answered.seen` of somebody who was not shown an earlier answer: whatever counts now is what they change."""


@dataclass(frozen=True)
class Answered:
    """One answer to one presented line.

    `seen` is the decision the page showed as the line's answer, None when it showed none: an answer given on a page
    that somebody else's answer has overtaken is refused.
    """

    line_id: int
    answer: str
    until_date: date | None = None
    until_miles: int | None = None
    question: str = ""
    seen: int | None = AS_IT_STANDS


@dataclass(frozen=True)
class Refusal:
    """One answer that was not recorded, and why, in a sentence for whoever gave it."""

    line_id: int
    title: str
    why: str


@dataclass
class Outcome:
    """What was recorded, and what was not."""

    decisions: list[Decision] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


class CannotDecide(ValueError):
    """Nothing was recorded.  Its message says why."""


class NothingRecorded(CannotDecide):
    """Every answer was refused; `refused` says why, line by line."""

    def __init__(self, refused: list[Refusal]) -> None:
        self.refused = refused
        each = " ".join(f"{one.title}: {one.why}" for one in refused)
        super().__init__(each or _("Choose an answer for at least one line."))


class ConsentIncomplete(CannotDecide):
    """A yes by phone lacks one of its seven facts; `missing` names them."""

    def __init__(self, missing: Sequence[Missing]) -> None:
        self.missing = tuple(missing)
        super().__init__(" ".join(one.message for one in missing))


class BeyondLimit(CannotDecide):
    """More than the customer lets their designee say yes to."""


class NotInWriting(CannotDecide):
    """The law here wants a written estimate before this yes."""


@transaction.atomic(durable=True)
def decide(
    *,
    presentation: Presentation,
    answers: Sequence[Answered],
    who_name: str,
    channel: str,
    at: datetime,
    by: Staff | None,
    who_kind: str = Decision.WhoKind.CUSTOMER,
    contact_used: str = "",
    reason: str = "",
    language: str = "",
    drawing: Drawing | None = None,
) -> Outcome:
    """Record answers to lines of this presentation and return what was recorded and what was refused.

    A line without an answer stays unanswered.  An answer to an older version, to a line already being worked on, or on
    a page that another answer has overtaken is refused with a sentence, and the others are kept.  At the counter and by
    phone `by` is the staff who heard it; on the link it is None, and `language` is what the page was read in.
    `drawing` is what they drew to sign at the counter, beside their name.

    Raises NothingRecorded when every answer was refused, ConsentIncomplete for a phone yes without its seven facts
    (16 CCR 3354), BeyondLimit when a designee's yes goes past what the customer allows, NotInWriting for a phone yes
    where the law wants a written estimate first, CannotDecide when nobody is named, and presenting.CannotPresent when
    the order is closed.
    """
    order = presentation.repair_order
    _refuse_unnamed(who_name, channel, by, drawing)
    lock(order)
    lines = {
        line.pk: line
        for line in PresentedLine.objects.select_related("advisory", "version").filter(presentation=presentation)
    }
    wanted = sorted((one for one in answers if one.answer), key=lambda one: one.line_id)
    outcome = Outcome()
    authorized = estimate.authorized_total(order)
    by_designee = who_kind == Decision.WhoKind.DESIGNEE
    allowed = _left_of_limit(order, who_name) if by_designee else None
    signature = _signed(drawing, at) if drawing else None
    for answered in wanted:
        line = lines.get(answered.line_id)
        if why := _refusal(line, answered, order, at):
            outcome.refused.append(Refusal(answered.line_id, title_of(line) if line else _("This line"), why))
            continue
        assert line is not None
        was, total = _counted(line.advisory), line.version.total
        counts = answered.answer == APPROVED
        decision = Decision(
            line=line,
            advisory=line.advisory,
            answer=answered.answer,
            until_date=answered.until_date if answered.answer == Advisory.Answer.DEFERRED else None,
            until_miles=answered.until_miles if answered.answer == Advisory.Answer.DEFERRED else None,
            question=answered.question.strip(),
            language=language,
            who_name=who_name.strip(),
            who_kind=who_kind,
            channel=channel,
            contact_used=contact_used.strip(),
            reason=reason.strip(),
            additional_cost=total if counts else prices.ZERO,
            revised_total=authorized - was + (total if counts else prices.ZERO),
            signature=signature,
            by=by,
            at=at,
        )
        if channel == Presentation.Channel.PHONE:
            _refuse_incomplete_consent(decision, order, at)
        if not keep(decision, seen=answered.seen):
            outcome.refused.append(Refusal(line.pk, title_of(line), _(OVERTAKEN)))
            continue
        authorized = decision.revised_total
        outcome.decisions.append(decision)
        if allowed is not None and counts:
            allowed -= total
    if allowed is not None and allowed < 0:
        raise BeyondLimit(
            _("{designee} may say yes to {limit} in all. This is {more} more. Ask {customer}.").format(
                designee=order.designee_name,
                limit=dollars(order.designee_limit or Decimal(0)),
                more=dollars(-allowed),
                customer=order.contact_name,
            )
        )
    if not outcome.decisions:
        raise NothingRecorded(outcome.refused)
    if channel == Presentation.Channel.PHONE and any(one.answer == APPROVED for one in outcome.decisions):
        ruling = authority.ruling_on_extra_work(order, authorized, at=at)
        if not ruling.allowed:
            raise NotInWriting(ruling.reason)
    show_next_step(order, at=at)
    limit = {"designee_limit": order.designee_limit} if by_designee else {}
    if by_designee:
        enter_named(order)
    for decision in outcome.decisions:
        record.append(
            rooftop=order.rooftop,
            kind=RecordEntry.Kind.DECIDED,
            repair_order=order,
            row_id=decision.pk,
            payload=record.decision_payload(decision) | limit,
            at=at,
        )
    audit.record(
        "lines.answered",
        about=presentation,
        by=by,
        by_name=who_name,
        at=at,
        channel=str(channel),
        who=who_name,
        answers={str(one.advisory_id): str(one.answer) for one in outcome.decisions},
        refused=[one.line_id for one in outcome.refused],
    )
    decision_recorded.send(sender=Decision, repair_order_id=order.pk)
    return outcome


CHANGED = word("It was changed after you saw it. Please look at it again.")
STARTED = word("The work has started, so this can no longer be changed here.")
OVERTAKEN = word("Another answer came in first. Please look at it again.")
GONE = word("It is not on the order any more.")
NOT_SHOWN = word("It is not one of the lines that were shown.")
EXPIRED = word("The price ran out. Ask for a new one.")
NO_UNTIL = word("Say until when, by date or by miles.")
NO_ANSWER = word("Choose yes, no, later or ask.")
NO_YES = word("There is no yes to take back.")
APPROVED = Advisory.Answer.APPROVED


def title_of(line: PresentedLine) -> str:
    """What the line is called in the language that is active."""
    return str(in_language(line.snapshot, get_language() or "")["title"])


def keep(decision: Decision, *, seen: int | None = AS_IT_STANDS) -> bool:
    """Inside the caller's transaction: write this decision and make it the one that counts.

    False, with nothing written, when the line changed, work started, or another answer came first.
    """
    advisory = decision.advisory
    if seen == AS_IT_STANDS:
        seen = Advisory.objects.values_list("last_decision_id", flat=True).get(pk=advisory.pk)
    try:
        with transaction.atomic():
            decision.save(force_insert=True)
            taken = Advisory.objects.filter(pk=advisory.pk).take_answer(
                version=decision.line.version.number, answer=decision.answer, seen_decision=seen, decision=decision.pk
            )
            if not taken:
                raise _CameSecond
    except _CameSecond:
        return False
    return True


class _CameSecond(Exception):
    """Undoes the decision that lost."""


def show_next_step(order: RepairOrder, *, at: datetime) -> None:
    """The board's one next step, from what the customer has answered and what has been done."""
    lines = Advisory.objects.filter(repair_order=order).live()
    current = Q(presented_version=F("version"))
    yes = Q(answer=APPROVED)
    found = Q(request=None)
    asked = Q(answer=Advisory.Answer.NEEDS_INFO)
    answered = Q(Exists(QuestionReply.objects.filter(question=OuterRef("last_decision_id"))))
    tally = lines.aggregate(
        shown=Count("pk", filter=current & found),
        yes=Count("pk", filter=current & found & yes),
        open=Count("pk", filter=current & Q(answer="")),
        questions=Count("pk", filter=current & asked & ~answered),
        replies=Count("pk", filter=current & asked & answered),
        agreed=Count("pk", filter=current & yes),
        started=Count("pk", filter=yes & Q(work=Advisory.Work.STARTED)),
        done=Count("pk", filter=yes & Q(work=Advisory.Work.DONE)),
        changed=Count("pk", filter=Q(presented_version__isnull=False) & ~current),
        parts_asked=Min("parts_asked_at"),
    )
    unsaid = Advisory.objects.filter(repair_order=order).unsaid().count()
    stage = RepairOrder.Stage
    to_do = tally["agreed"] - tally["done"]
    orders = RepairOrder.objects.filter(pk=order.pk)
    if tally["questions"]:
        step = "1 question to answer" if tally["questions"] == 1 else f"{tally['questions']} questions to answer"
        orders.show_step(stage=stage.NEEDS_ANSWER, step=step, at=at)
    elif tally["open"]:
        answered = tally["shown"] - tally["open"]
        step = f"{answered} of {tally['shown']} answered, waiting for the rest"
        if answered <= 0:
            step = waiting_step(tally["open"])
        orders.show_step(stage=stage.NEEDS_ANSWER, step=step, at=at)
    elif tally["replies"]:
        step = "Question answered, waiting for them"
        orders.show_step(stage=stage.NEEDS_ANSWER, step=step, at=at)
    elif unsaid or tally["changed"] or tally["parts_asked"]:
        step = _to_show(order, unsaid, tally["changed"], tally["parts_asked"])
        orders.show_step(stage=stage.IN_SHOP, step=step, at=at)
    elif to_do and (tally["started"] or tally["done"]):
        orders.show_step(stage=stage.IN_SHOP, step=f"{tally['done']} of {tally['agreed']} jobs done", at=at)
    elif to_do:
        step = f"{tally['yes']} of {tally['shown']} yes, start work" if tally["shown"] else "Approved, start work"
        orders.show_step(stage=stage.IN_SHOP, step=step, at=at)
    elif _is_being_inspected(order):
        orders.show_step(stage=stage.IN_SHOP, step="Inspection to finish", at=at)
    elif tally["done"]:
        is_billed = Invoice.objects.filter(repair_order=order).exists()
        orders.show_step(stage=stage.READY, step=BILLED if is_billed else "Work done, make the bill", at=at)
    else:
        orders.show_step(stage=stage.READY, step="Nothing agreed, bill and hand back", at=at)


BILLED = "Billed, hand the keys back"


def _to_show(order: RepairOrder, unsaid: int, changed: int, parts_asked: datetime | None) -> str:
    """What is ready to be shown, or to be shown again, and since when the parts desk is asked for a price."""
    asked = [f"Parts desk asked {parts_asked.astimezone(order.rooftop.zone):%H:%M}"] if parts_asked else []
    new = [f"{unsaid} finding{'' if unsaid == 1 else 's'} to show"] if unsaid else []
    again = [f"{changed} changed line{'' if changed == 1 else 's'} to show again"] if changed else []
    return ", ".join([*asked, *new, *again])


def _is_being_inspected(order: RepairOrder) -> bool:
    inspection = getattr(order, "inspection", None)
    return inspection is not None and inspection.completed_at is None


def _signed(drawing: Drawing, at: datetime) -> AnswerSignature:
    return AnswerSignature.objects.create(svg=drawing.svg, sha256=sha256(drawing.svg.encode()).hexdigest(), drawn_at=at)


def _refuse_unnamed(who_name: str, channel: str, by: Staff | None, drawing: Drawing | None) -> None:
    if not who_name.strip():
        raise CannotDecide("Write down who answered.")
    if channel == Presentation.Channel.LINK:
        if by is not None:
            raise CannotDecide("On the link the customer answers, not the staff.")
    elif by is None:
        raise CannotDecide("Somebody here must have heard the answer.")
    if drawing and channel != Presentation.Channel.COUNTER:
        raise CannotDecide("A signature by hand is given here, at the counter.")


def _refusal(line: PresentedLine | None, answered: Answered, order: RepairOrder, at: datetime) -> str:
    """Why this answer cannot be taken, in the language that is active, or "" when it can."""
    if line is None:
        return _(NOT_SHOWN)
    advisory = line.advisory
    if answered.answer not in Advisory.Answer.values:
        return _(NO_ANSWER)
    if advisory.removed_at or advisory.returned_at:
        return _(GONE)
    if advisory.work != Advisory.Work.NOT_STARTED:
        return _(STARTED)
    if advisory.version != line.version.number:
        return _(CHANGED)
    if answered.answer == Advisory.Answer.DEFERRED and not (answered.until_date or answered.until_miles):
        return _(NO_UNTIL)
    if answered.answer == Advisory.Answer.WITHDRAWN and advisory.answer != APPROVED:
        return _(NO_YES)
    if answered.answer == APPROVED and line.version.valid_until < prices.local_date(order.rooftop, at):
        return _(EXPIRED)
    return ""


def _counted(advisory: Advisory) -> Decimal:
    """What this line adds to the authorized total as it stands."""
    agreed = Advisory.objects.filter(pk=advisory.pk).approved()
    totals = AdvisoryVersion.objects.filter(advisory__in=agreed, number=F("advisory__version"))
    return totals.aggregate(sum=Sum("total"))["sum"] or prices.ZERO


def _left_of_limit(order: RepairOrder, who_name: str) -> Decimal:
    """What the designee may still say yes to.

    Raises CannotDecide when the customer named nobody, somebody else, or signed nothing yet.
    """
    if not order.designee_name or order.designee_limit is None:
        raise CannotDecide(_("{customer} named nobody else who may answer.").format(customer=order.customer.name))
    if who_name.strip().casefold() != order.designee_name.strip().casefold():
        only = _("Only {designee} may answer for {customer}.")
        raise CannotDecide(only.format(designee=order.designee_name, customer=order.customer.name))
    if order.signed_at is None:  # 16 CCR 3354(c): named in writing
        unsigned = _("{customer} has not signed yet that {designee} may answer.")
        raise CannotDecide(unsigned.format(designee=order.designee_name, customer=order.customer.name))
    agreed = Advisory.objects.filter(repair_order=order).approved()
    spent = Decision.objects.filter(
        pk__in=agreed.values("last_decision_id"), who_kind=Decision.WhoKind.DESIGNEE
    ).aggregate(sum=Sum("additional_cost"))["sum"]
    return order.designee_limit - (spent or prices.ZERO)


def _refuse_incomplete_consent(decision: Decision, order: RepairOrder, at: datetime) -> None:
    called = at.astimezone(order.rooftop.zone)
    missing = missing_for_phone_consent(
        PhoneConsent(
            authorized_by=decision.who_name,
            number_called=decision.contact_used,
            called_on=called.date(),
            called_at=called.time(),
            reason=decision.reason,
            additional_cost=decision.additional_cost,
            revised_total=decision.revised_total,
        )
    )
    if missing:
        raise ConsentIncomplete(missing)
