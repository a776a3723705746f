"""Who lives together in the demonstration, what stands in their drives, and two who may.  Everybody is invented."""

from datetime import datetime, timedelta

from customers import actions
from customers.models import ContactPoint, Customer, Tie, Vehicle
from dealership.management.demonstration import story
from dealership.management.demonstration.lane import READY, Car, Visit
from dealership.management.demonstration.stage import Stage
from service_lane.models import RepairOrder

THEO, JULIE, MILO = "+14155550142", "+14155550143", "+14155550145"
WILL, TOLA = "+14155550108", "+14155550146"
HANA, KENJI = "+14155550106", "+14155550147"
OUTBACK = Car(2017, "SUBARU", "Outback", "2.5i", "suv", "green", "8LPN027", 91_200)
ODYSSEY = Car(2019, "HONDA", "Odyssey", "EX", "van", "silver", "8BDN204", 61_400)
CIVIC = Car(2015, "HONDA", "Civic", "LX", "sedan", "gray", "7MBR551", 0)
FIT = Car(2018, "HONDA", "Fit", "LX", "hatch", "red", "8TAD318", 0)


def play(stage: Stage) -> None:
    """Everything once: it is there already when Milo is."""
    if ContactPoint.objects.filter(value=MILO).exists():
        return
    _brandts(stage)
    _adeyemis(stage)
    _satos(stage)


def _brandts(stage: Stage) -> None:
    """Three people and four cars: one of another maker, one that a firm owns, one that was never here."""
    theo, julie, milo = _known(THEO), _known(JULIE), _person(stage, "Milo Brandt", MILO)
    firm = _person(stage, "", "", business="Brandt Design (invented)")
    civic = _car(stage, CIVIC, theo, Tie.Kind.OWNS)
    odyssey = _car(stage, ODYSSEY, firm, Tie.Kind.OWNS)
    ridgeline = Vehicle.objects.get(ties__customer=theo, ties__kind=Tie.Kind.OWNS, model="Ridgeline")
    for customer, vehicle, kind, said_by in (
        (theo, civic, Tie.Kind.PAYS, "Theo"),
        (milo, civic, Tie.Kind.DRIVES, "Theo"),
        (firm, odyssey, Tie.Kind.PAYS, "Julie"),
        (julie, odyssey, Tie.Kind.DRIVES, "Julie"),
        (julie, ridgeline, Tie.Kind.CONTACT, "Theo, at write-up"),
    ):
        _role(stage, customer, vehicle, kind, said_by)
    actions.live_together(customer=milo, other=theo, by=stage.staff["marcus"], at=_weeks_ago(stage, 3))
    _tell(stage, civic, milo, 82_300, "It still needs tires and oil.")
    _serviced(stage, 330, julie, OUTBACK)
    _serviced(stage, 150, julie, ODYSSEY)


def _adeyemis(stage: Stage) -> None:
    """Will is here today; the other car in his drive is due, and nothing of theirs is open."""
    will, tola = _known(WILL), _person(stage, "Tola Adeyemi", TOLA)
    fit = _car(stage, FIT, tola, Tie.Kind.OWNS)
    actions.live_together(customer=tola, other=will, by=stage.staff["dana"], at=_weeks_ago(stage, 3))
    _tell(stage, fit, tola, 44_300, "")


def _satos(stage: Stage) -> None:
    """Two of one address, whom nobody has asked yet."""
    pair = (_known(HANA), _person(stage, "Kenji Sato", KENJI))
    for person, street in zip(pair, ("7 Larch Road", "7 Larch Rd."), strict=True):
        place = actions.Place(street, "Mill Valley", "CA", "94941")
        actions.add_address(customer=person, place=place, by=stage.staff["dana"], at=_weeks_ago(stage, 1))
    actions.propose_households(customers=[person.pk for person in pair], at=stage.ago(60))


def _known(phone: str) -> Customer:
    return Customer.objects.get(contact_points__value=phone)


def _weeks_ago(stage: Stage, weeks: int) -> datetime:
    return stage.now - timedelta(weeks=weeks)


def _person(stage: Stage, name: str, phone: str, business: str = "") -> Customer:
    first, _, last = name.partition(" ")
    kind = Customer.Kind.BUSINESS if business else Customer.Kind.PERSON
    return actions.add_customer(
        name=actions.Name(kind=kind, first_name=first, last_name=last, business_name=business),
        phone=phone,
        source="demonstration",
        by=stage.staff["marcus"],
        at=_weeks_ago(stage, 3),
        rooftop=stage.rooftop,
    )


def _car(stage: Stage, car: Car, customer: Customer, kind: str) -> Vehicle:
    return actions.add_vehicle(
        car=actions.Car(
            plate=car.plate,
            plate_region="CA",
            **{name: getattr(car, name) for name in ("year", "make", "model", "trim", "body", "color")},
        ),
        customer=customer,
        tie=kind,
        by=stage.staff["marcus"],
        at=_weeks_ago(stage, 3),
        rooftop=stage.rooftop,
    )


def _role(stage: Stage, customer: Customer, vehicle: Vehicle, kind: str, said_by: str) -> None:
    actions.tie_vehicle(
        vehicle=vehicle,
        customer=customer,
        kind=kind,
        said_by=said_by,
        by=stage.staff["marcus"],
        at=_weeks_ago(stage, 3),
    )


def _tell(stage: Stage, vehicle: Vehicle, customer: Customer, miles: int, words: str) -> None:
    said = _weeks_ago(stage, 1)
    actions.tell_of_car(
        vehicle=vehicle,
        customer=customer,
        miles=miles,
        words=words,
        said_date=said.astimezone(stage.rooftop.zone).date(),
        by=stage.staff["dana"],
        at=said,
    )


def _serviced(stage: Stage, days: int, customer: Customer, car: Car) -> None:
    """An oil change so many days ago, to its end."""
    then = Stage(stage.rooftop, stage.staff, stage.now - timedelta(days=days), stage.address)
    visit = Visit(
        customer.first_name,
        customer.last_name,
        customer.contact_points.get().value,
        car,
        READY,
        "Oil change.",
        promised=-30,
        opened=300,
        services=("01HNLOF",),
        inspected="none",
        work="done",
        done=40,
    )
    story.play(then, visit)
    order = RepairOrder.objects.here_now().select_related("rooftop").get(vehicle__plate=car.plate)
    story.close(then, visit, order)
