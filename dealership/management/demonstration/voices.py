"""What the invented customers say, whom they sent, what they bought, and what is still owed to them."""

from datetime import timedelta

from customers import actions
from customers.actions import follow_throughs
from customers.models import Complaint, Consent, ContactPoint, Customer, Feedback
from customers.rules import consent_words
from dealership.management.demonstration.stage import Stage
from service_lane.models import RepairOrder
from service_lane.views.said import visits_of

THEO = "+14155550142"
PRIYA, NORA, WILL = "+14155550117", "+14155550109", "+14155550108"
SURVEY = (
    "kind,said_on,words,score,score_of,where,email,phone,name,about,id\n"
    "survey,{day},Dana explained every line and nobody pushed (invented).,5,5,Service survey,,{phone},,service,demo-1\n"
    "mention,{day},Waited twenty minutes for the loaner (invented).,,,A review site,,,Pat Q.,service,demo-2\n"
)


def play(stage: Stage) -> None:
    """Everything once: it is there already when anybody has said anything."""
    if Feedback.objects.filter(rooftop=stage.rooftop).exists():
        return
    people = {
        point.value: point.customer
        for point in ContactPoint.objects.filter(value__in=(THEO, PRIYA, NORA, WILL)).select_related("customer")
    }
    _said(stage, people)
    _settled(stage, people[THEO])
    _sent(stage, people)
    _bought(stage, people[NORA])
    _to_ask(stage)
    follow_throughs.take(
        customer=people[THEO],
        rooftop=stage.rooftop,
        words="Is the loan on the Ridgeline paid off? I would like the title.",
        owner=stage.staff["jean"],
        due_at=stage.on_the_quarter(90),
        by=stage.staff["marcus"],
        at=stage.ago(45),
    )


def _said(stage: Stage, people: dict[str, Customer]) -> None:
    actions.record_feedback(
        customer=people[WILL],
        rooftop=stage.rooftop,
        kind=Feedback.Kind.PRAISE,
        words="Jo showed me the old pads. Nobody ever did that.",
        side=Complaint.Side.SERVICE,
        by=stage.staff["jo"],
        at=stage.ago(2 * 24 * 60),
    )
    day = stage.ago(3 * 24 * 60).astimezone(stage.rooftop.zone).date().isoformat()
    actions.import_feedback(
        lines=SURVEY.format(day=day, phone=THEO).splitlines(keepends=True),
        rooftop=stage.rooftop,
        visits_of=visits_of,
        by=stage.staff["rachel"],
        at=stage.ago(2 * 24 * 60),
        filename="november.csv (demonstration)",
    )


def _settled(stage: Stage, theo: Customer) -> None:
    """A complaint of Julie's household that was put right, asked about, and is settled for them."""
    then = stage.now - timedelta(days=40)
    complaint = actions.open_complaint(
        customer=theo,
        rooftop=stage.rooftop,
        words="There was grease on the seat when I got it back.",
        side=Complaint.Side.SERVICE,
        due_at=then + timedelta(days=1),
        by=stage.staff["dana"],
        at=then,
    )
    actions.close_complaint(
        complaint=complaint,
        what_was_done="Cleaned the seat the same day; every car gets a seat cover now.",
        by=stage.staff["rachel"],
        at=then + timedelta(hours=5),
    )
    actions.settle_complaint(
        complaint=complaint,
        outcome=Complaint.Outcome.SETTLED,
        words="Spotless, thank you.",
        due_at=then + timedelta(days=16),
        by=stage.staff["rachel"],
        at=then + timedelta(days=15),
    )


def _sent(stage: Stage, people: dict[str, Customer]) -> None:
    """Theo sent Priya, and Priya sent Nora."""
    for sender, sent, words in ((THEO, PRIYA, "Theo says you show what you found."), (PRIYA, NORA, "")):
        referral = actions.record_referral(
            sender=people[sender],
            sent=people[sent],
            what=Complaint.Side.SERVICE,
            words=words,
            rooftop=stage.rooftop,
            by=stage.staff["dana"],
            at=stage.ago(20 * 24 * 60),
        )
        if sender == THEO:
            actions.thank(referral=referral, how="A card", by=stage.staff["marcus"], at=stage.ago(18 * 24 * 60))


def _bought(stage: Stage, nora: Customer) -> None:
    """A car delivered a month ago, with a promise; its owner has not met service."""
    then = stage.now - timedelta(days=31)
    _agree(stage, nora)
    actions.record_purchase(
        customer=nora,
        rooftop=stage.rooftop,
        car="2026 Honda HR-V (invented)",
        deal_number="DEMO-31",
        sold_date=then.astimezone(stage.rooftop.zone).date(),
        salesperson=stage.staff["jean"],
        promised="A second key and the roof rails, both by the first service",
        by=stage.staff["jean"],
        at=then,
    )


def _to_ask(stage: Stage) -> None:
    """Two who were here days ago said that we may ask how it went."""
    closed = RepairOrder.objects.filter(
        rooftop=stage.rooftop, source=RepairOrder.Source.LANE, closed_at__lt=stage.now - timedelta(days=4)
    )
    for order in closed.select_related("customer", "vehicle", "advisor", "rooftop").order_by("-closed_at", "-pk")[:2]:
        _agree(stage, order.customer)
        assert order.closed_at
        actions.plan_after_visit(
            customer=order.customer,
            rooftop=order.rooftop,
            visit=order.number,
            car=order.vehicle.short_title if order.vehicle else "",
            owner=order.advisor,
            closed_at=order.closed_at,
            at=order.closed_at,
        )


def _agree(stage: Stage, customer: Customer) -> None:
    asked = consent_words(Consent.Purpose.SATISFACTION, Consent.Channel.CALL, stage.rooftop.name)
    actions.record_consent(
        customer=customer,
        purpose=Consent.Purpose.SATISFACTION,
        channel=Consent.Channel.CALL,
        granted=True,
        words=asked.words,
        text_version=asked.version,
        source="At the counter (demonstration)",
        by=stage.staff["dana"],
        at=stage.ago(35 * 24 * 60),
        rooftop=stage.rooftop,
    )
