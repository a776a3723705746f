"""The last quarter's talks of the demonstration, and who of them comes tomorrow.  Everybody is invented."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from customers.models import Tie, Vehicle
from dealership.management.demonstration import story
from dealership.management.demonstration.lane import READY, Car, Found, Visit
from dealership.management.demonstration.stage import Stage
from sales_handoff import minefield
from sales_handoff.actions import asking, meeting, preparing, weighing
from sales_handoff.models import Ask, Handoff
from service_lane.actions import appointments
from service_lane.models import RepairOrder

GASKET = Found("leaks", condition="red", note="Head gasket seeps coolant into cylinder 2, pressure test.")
JOINT = Found("suspension", condition="red", note="Right lower ball joint moves 3 mm. The limit is 0.5 mm.")
PADS = Found("front-pads", {"LF": "2.0", "RF": "2.5"})
TIRE = Found("tire-lf", {"outer": "3", "middle": "4", "inner": "3"})

CIVIC = Car(2014, "HONDA", "Civic", "LX", "sedan", "gray", "", 121_000)
ACCORD = Car(2015, "HONDA", "Accord", "EX", "sedan", "blue", "", 128_000)
PILOT = Car(2016, "HONDA", "Pilot", "EX", "suv", "black", "", 112_000)
OLD_SUV = Car(2014, "NISSAN", "Pathfinder", "SV", "suv", "sand", "", 131_000)
NEWER = Car(2019, "HONDA", "CR-V", "EX", "suv", "white", "", 64_000)

KEEPS, BOUGHT, LATER = Handoff.Outcome.KEEPS, Handoff.Outcome.BOUGHT, Handoff.Outcome.THINKING
NO_INTEREST, MISSED, SOLD = Handoff.Outcome.NOT_INTERESTED, Handoff.Outcome.NOT_REACHED, Handoff.Outcome.SOLD_TO_US


@dataclass(frozen=True)
class Talk:
    """One past visit, so many days ago, and what became of it: a veto, "no", "" for nobody asked, or an outcome."""

    days: int
    name: str
    car: Car
    found: tuple[Found, ...]
    end: str


TALKS = (
    Talk(86, "Bea Lund", CIVIC, (GASKET, JOINT), BOUGHT),
    Talk(83, "Olga Weiss", NEWER, (PADS, TIRE), ""),
    Talk(79, "Hugo Silva", ACCORD, (GASKET,), KEEPS),
    Talk(74, "Ines Costa", PILOT, (JOINT, PADS), Ask.Veto.NUMBERS_WRONG),
    Talk(68, "Leo Novak", OLD_SUV, (GASKET, TIRE), SOLD),
    Talk(61, "Mina Farah", CIVIC, (GASKET,), Ask.Veto.BAD_MOMENT),
    Talk(55, "Pavel Horak", ACCORD, (GASKET, JOINT, PADS), LATER),
    Talk(47, "Rita Blom", NEWER, (JOINT,), ""),
    Talk(40, "Sven Dahl", OLD_SUV, (GASKET,), NO_INTEREST),
    Talk(33, "Tara Quinn", PILOT, (GASKET, JOINT), "no"),
    Talk(26, "Ugo Conti", CIVIC, (JOINT, PADS), Ask.Veto.DECIDED),
    Talk(19, "Vera Holt", ACCORD, (GASKET, TIRE), MISSED),
    Talk(12, "Wes Boone", CIVIC, (GASKET, PADS), BOUGHT),
    Talk(5, "Zoe Marsh", PILOT, (GASKET,), KEEPS),
)


def last_quarter(stage: Stage) -> None:
    """Play these visits to their end, once, each on its own day."""
    for place, talk in enumerate(TALKS, start=1):
        plate = f"6QTR{place:03}"
        if Vehicle.objects.filter(plate=plate).exists():
            continue
        then = Stage(stage.rooftop, stage.staff, stage.now - timedelta(days=talk.days), stage.address)
        first, last = talk.name.split()
        car = Car(**{**vars(talk.car), "plate": plate})
        visit = Visit(
            *(first, last, f"+141555503{place:02}", car, READY, "It does not drive as it did."),
            promised=-20,
            opened=300,
            found=talk.found,
            shown_by="link",
            answers={"21HG": "declined"} if GASKET in talk.found else None,
            done=30,
        )
        story.play(then, visit)
        order = RepairOrder.objects.here_now().select_related("rooftop").get(vehicle__plate=plate)
        weighing.evaluate(repair_order=order, at=then.ago(180))
        _talk(then, talk, order)
        story.close(then, visit, order)


def _talk(then: Stage, talk: Talk, order: RepairOrder) -> None:
    by, seller = then.staff["dana"], then.staff["jean"]
    if not talk.end:
        return
    if talk.end == "no" or talk.end in Ask.Veto.values:
        answer = Ask.Answer.NO if talk.end == "no" else Ask.Answer.NOT_ASKED
        veto = talk.end if answer == Ask.Answer.NOT_ASKED else ""
        asking.ask(repair_order=order, answer=answer, veto=veto, by=by, at=then.ago(175))
        return
    said = asking.ask(
        repair_order=order,
        answer=Ask.Answer.YES,
        words="Yes, tell me what it is worth.",
        where="in the lounge",
        leaves_at=then.ago(40),
        by=by,
        at=then.ago(175),
    )
    handoff = asking.queue(ask=said, at=then.ago(175))
    facts = minefield.sha256(minefield.facts(handoff.customer, then.ago(172)))
    meeting.read_minefield(handoff=handoff, facts_sha256=facts, by=seller, at=then.ago(172))
    meeting.claim(handoff=handoff, by=seller, at=then.ago(171))
    if talk.end != MISSED:
        meeting.walk_over(handoff=handoff, by=seller, at=then.ago(165))
        meeting.meet(handoff=handoff, by=seller, at=then.ago(160))
    if talk.end in (BOUGHT, SOLD):
        low, high = Decimal("4200.00"), Decimal("5400.00")
        meeting.appraise_with_them(handoff=handoff, low=low, high=high, by=seller, at=then.ago(145))
    meeting.finish(handoff=handoff, outcome=talk.end, by=seller, at=then.ago(120))


COMING_BACK = (
    ("6QTR006", time(8), "Smoke again when it is cold."),
    ("6QTR007", time(9, 15), "Oil change, and what we put off."),
    ("7RAD902", time(10, 30), "Rotate the tires."),
    ("8YMR207", time(13), "It did not start twice this week."),
)
"""Plates of cars that were here before, and when and why they come tomorrow."""


def tomorrow(stage: Stage) -> None:
    """Book some of them for tomorrow, and look at them ahead as the evening would."""
    day = stage.now.astimezone(stage.rooftop.zone).date() + timedelta(days=1)
    by, booked_at = stage.staff["marcus"], stage.ago(3 * 24 * 60)
    for plate, at, purpose in COMING_BACK:
        tie = Tie.objects.select_related("customer", "vehicle").get(vehicle__plate=plate, kind=Tie.Kind.OWNS)
        appointments.book(
            rooftop=stage.rooftop,
            customer=tie.customer,
            vehicle=tie.vehicle,
            due_at=datetime.combine(day, at, stage.rooftop.zone),
            purpose=purpose,
            stay=RepairOrder.Stay.WAITS,
            pay_type="C",
            advisor=by,
            by=by,
            at=booked_at,
        )
    preparing.prepare(appointments=preparing.unprepared(stage.rooftop, [day]), rooftop=stage.rooftop, at=stage.now)
