"""Today's lane of the demonstration: about thirty invented cars at every stage, and some of days before."""

from collections.abc import Mapping
from dataclasses import dataclass

ARRIVING, WRITE_UP, IN_SHOP, NEEDS_ANSWER, READY, CLOSED = (
    "arriving",
    "write_up",
    "in_shop",
    "needs_answer",
    "ready",
    "closed",
)


@dataclass(frozen=True)
class Car:
    year: int
    make: str
    model: str
    trim: str
    body: str
    color: str
    plate: str
    miles: int
    vin: str = ""


@dataclass(frozen=True)
class Found:
    """What the technician found on one item: readings by position, or a condition with what was seen."""

    key: str
    readings: Mapping[str, str] | None = None
    condition: str = ""
    note: str = ""


@dataclass(frozen=True)
class Visit:
    """One car of today.  Minutes count from now: `opened` ago, `promised` from now (negative is late)."""

    first_name: str
    last_name: str
    phone: str
    car: Car
    stage: str
    purpose: str
    promised: int = 120
    opened: int = 150
    stay: str = "drops"
    concerns: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    tag: str = ""
    plan: str = "not_said"
    plan_years: str = ""
    found: tuple[Found, ...] = ()
    inspected: str = "complete"
    """complete, half (in progress) or none."""
    shown_by: str = ""
    """link, counter or phone; "" when nothing was shown yet."""
    opened_link: bool = False
    answers: Mapping[str, str] | None = None
    """Op code to answer, for lines answered so far."""
    question: str = ""
    work: str = ""
    """started or done, on every approved line."""
    done: int = 4
    """Minutes ago the work was finished; the bill and the message to the customer follow within two."""
    part: int = 0
    """When a part is due, in minutes from now; 0 when it waits for none."""
    told: bool = False
    technician: str = "jo"
    advisor: str = "dana"
    last_visit: Mapping[str, Mapping[str, str]] | None = None
    """Readings of a visit some months ago, by item key, so that wear shows."""
    unusual: Mapping[str, Mapping[str, str]] | None = None
    """Op code to what is not usual about its line: sublet_to, the state of its parts, the zero_reason of a warranty."""
    notice: str = ""
    """The language of the declined-work notice, when they said no to everything and read another than English."""
    put_off: Mapping[str, str] | None = None
    """Op codes they asked the price of at that visit and put off, with what they said."""
    payment: str = ""
    """What they would spend a month on another car, when they said it."""
    says_yes: str = ""
    """What they said when asked whether sales may help."""
    where: str = ""
    asked: int = 6
    """Minutes ago."""
    reassigned: str = ""
    """Why the sales manager took the hand-off from who had claimed it; "" when nobody did."""


_FRONT_PADS_2 = Found("front-pads", {"LF": "2.0", "RF": "2.5"}, note="Thinnest of four: left inner.")
_REAR_PADS_4 = Found("rear-pads", {"LR": "4.0", "RR": "4.5"})
_BATTERY_WEAK = Found("battery", {"": "66"}, note="Tester says replace.")
_REAR_TIRE_4 = Found("tire-rr", {"outer": "4", "middle": "5", "inner": "4"})
_FRONT_TIRE_3 = Found("tire-lf", {"outer": "3", "middle": "4", "inner": "3"})
_BALL_JOINT = Found("suspension", condition="red", note="Right lower ball joint moves 3 mm. The limit is 0.5 mm.")
_CABIN_FILTER = Found("cabin-filter", condition="yellow", note="Gray and full of leaves.")
_AIR_FILTER = Found("air-filter", condition="yellow", note="Dark on the intake side.")
_BOOT_SEEPS = Found("shaft-boots", condition="yellow", note="Right outer boot seeps grease.")
_FLUID_DUE = Found("brake-fluid", {"": "150"})
_DISCS_WORN = Found("discs", {"LF": "20.6", "RF": "20.8", "minimum": "21.0"})
_WIPERS = Found("wipers", condition="yellow", note="Left blade streaks.")
_GEARBOX = Found("leaks", condition="red", note="Head gasket seeps coolant into cylinder 2, pressure test.")

VISITS: tuple[Visit, ...] = (
    # --- arriving
    Visit(
        "Sam",
        "Ortiz",
        "+14155550101",
        Car(2021, "HONDA", "Ridgeline", "Sport", "truck", "silver", "8KLM221", 38_420),
        ARRIVING,
        "Oil change, and the brakes we put off in June.",
        promised=-8,
        stay="waits",
        where="2",
    ),
    Visit(
        "Grace",
        "Lindqvist",
        "+14155550102",
        Car(2023, "HONDA", "Accord", "EX", "sedan", "white", "9BDR740", 19_880),
        ARRIVING,
        "The letter about the seat belt.",
        promised=7,
    ),
    Visit(
        "Devon",
        "Park",
        "+14155550103",
        Car(2020, "HONDA", "CR-V", "EX-L", "suv", "black", "8TTR019", 31_260),
        ARRIVING,
        "30,000 mile service.",
        promised=22,
        stay="loaner",
    ),
    Visit(
        "Fatima",
        "Noor",
        "+14155550104",
        Car(2022, "HONDA", "Odyssey", "Touring", "van", "sand", "9CFN512", 33_700),
        ARRIVING,
        "It rattles on rough road.",
        promised=37,
    ),
    Visit(
        "Karl",
        "Jensen",
        "+14155550105",
        Car(2014, "HONDA", "Civic", "LX", "sedan", "gray", "7PDQ883", 118_300),
        ARRIVING,
        "Oil, and rotate the tires.",
        promised=52,
        stay="waits",
    ),
    # --- write-up in progress
    Visit(
        "Theo",
        "Brandt",
        "+14155550142",
        Car(2018, "HONDA", "Ridgeline", "RTL-E", "truck", "navy", "7TRB418", 71_902),
        WRITE_UP,
        "Oil change, and I want it safe for Tahoe on Friday.",
        promised=172,
        opened=12,
        stay="loaner",
        concerns=("It shudders when I slow down from freeway speed. Worse going downhill with the trailer on.",),
        plan="years",
        plan_years="3",
        last_visit={"front-pads": {"LF": "4.0", "RF": "4.5"}},
    ),
    Visit(
        "Hana",
        "Sato",
        "+14155550106",
        Car(2022, "HONDA", "HR-V", "EX", "suv", "white", "9AKS003", 31_050),
        WRITE_UP,
        "Oil service light is on.",
        promised=202,
        opened=9,
        stay="loaner",
        services=("01HNLOF",),
        advisor="marcus",
    ),
    Visit(
        "Ingrid",
        "Voss",
        "+14155550107",
        Car(2017, "HONDA", "Odyssey", "EX-L", "van", "white", "8DVO660", 97_140),
        WRITE_UP,
        "The sliding door sticks.",
        promised=322,
        opened=18,
        concerns=("The right sliding door sticks half way.",),
    ),
    # --- in the shop
    Visit(
        "Will",
        "Adeyemi",
        "+14155550108",
        Car(2017, "HONDA", "Civic", "EX", "sedan", "red", "8FGH307", 84_610),
        IN_SHOP,
        "Oil and rotate.",
        promised=37,
        opened=190,
        stay="waits",
        services=("01HNLOF", "02ROT"),
        tag="T44",
        found=(_WIPERS,),
        shown_by="counter",
        answers={"71WIPER": "approved"},
        work="started",
    ),
    Visit(
        "Nora",
        "Feld",
        "+14155550109",
        Car(2019, "HONDA", "Odyssey", "EX-L", "van", "gray", "8HNF119", 88_310),
        IN_SHOP,
        "Brakes squeal in the morning.",
        promised=112,
        opened=140,
        tag="T47",
        inspected="half",
        concerns=("It squeals when I back out in the morning.",),
        found=(_FRONT_PADS_2,),
        last_visit={"front-pads": {"LF": "4.0", "RF": "4.5"}, "rear-pads": {"LR": "6.0", "RR": "6.0"}},
    ),
    Visit(
        "Aisha",
        "Khan",
        "+14155550110",
        Car(2016, "HONDA", "Pilot", "EX-L", "suv", "gray", "7WAK208", 104_900),
        IN_SHOP,
        "Clicking noise in turns.",
        promised=82,
        opened=260,
        tag="T39",
        stay="loaner",
        concerns=("It clicks when I turn left out of my street.",),
        found=(_BOOT_SEEPS, _CABIN_FILTER, _BATTERY_WEAK),
        shown_by="phone",
        answers={"46BOOT": "approved", "06CABIN": "declined", "38BAT": "approved"},
        work="started",
        part=112,
        technician="luis",
    ),
    Visit(
        "Rosa",
        "Iglesias",
        "+14155550111",
        Car(2018, "HONDA", "Accord", "Sport", "sedan", "blue", "8RIG551", 79_020),
        IN_SHOP,
        "Rattle when cold.",
        promised=232,
        opened=300,
        tag="T48",
        technician="luis",
        advisor="marcus",
        concerns=("A rattle for two seconds when I start it cold.",),
        services=("DIAG",),
        inspected="none",
    ),
    Visit(
        "Peter",
        "Novak",
        "+14155550112",
        Car(2019, "HONDA", "CR-V", "EX", "suv", "silver", "8PNV664", 61_800),
        IN_SHOP,
        "Oil, and check the battery.",
        promised=262,
        opened=60,
        tag="T53",
        services=("01HNLOF",),
        inspected="none",
    ),
    Visit(
        "Leah",
        "Stern",
        "+14155550113",
        Car(2021, "HONDA", "Accord", "Hybrid", "sedan", "black", "9LST010", 46_200),
        IN_SHOP,
        "Tires feel loose in rain.",
        promised=142,
        opened=110,
        tag="T50",
        found=(_FRONT_TIRE_3,),
        concerns=("It slides a little in the rain.",),
    ),
    Visit(
        "Victor",
        "Almeida",
        "+14155550114",
        Car(2015, "HONDA", "Accord", "LX", "sedan", "gray", "7VAL932", 121_750),
        IN_SHOP,
        "Smog check is due, look it over.",
        promised=292,
        opened=45,
        part=180,
        tag="T54",
        inspected="none",
        technician="luis",
    ),
    # --- needs an answer
    Visit(
        "Maria",
        "Delgado",
        "+14155550115",
        Car(2019, "HONDA", "Pilot", "Touring", "suv", "blue", "8MDL270", 74_880),
        NEEDS_ANSWER,
        "Brake light came on.",
        promised=-8,
        opened=210,
        stay="waits",
        tag="T42",
        where="In the lounge",
        found=(_FRONT_PADS_2, _REAR_PADS_4, _CABIN_FILTER),
        shown_by="link",
        last_visit={"front-pads": {"LF": "4.0", "RF": "4.5"}},
    ),
    Visit(
        "Omar",
        "Haddad",
        "+14155550116",
        Car(2015, "HONDA", "Accord", "EX", "sedan", "silver", "6RLT918", 141_900),
        NEEDS_ANSWER,
        "Clunk from the front.",
        promised=82,
        opened=165,
        stay="waits",
        tag="T43",
        where="In the lounge",
        concerns=("Clunk from the front over bumps, worse when cold.",),
        services=("DIAG",),
        found=(_BALL_JOINT, _DISCS_WORN, _BOOT_SEEPS),
        shown_by="link",
        opened_link=True,
        technician="luis",
        payment="450.00",
        says_yes="Two big repairs in a year. Yes, tell me what it is worth.",
        asked=15,
    ),
    Visit(
        "Priya",
        "Raman",
        "+14155550117",
        Car(2014, "NISSAN", "Pathfinder", "SV", "suv", "sand", "7PRN384", 128_400),
        NEEDS_ANSWER,
        "It overheats on the hill.",
        promised=192,
        opened=250,
        stay="waits",
        tag="T37",
        where="In the lounge",
        concerns=("The needle went up on the Waldo grade.",),
        services=("DIAG",),
        plan="replacing",
        found=(_GEARBOX, _REAR_TIRE_4, _AIR_FILTER),
        shown_by="link",
        opened_link=True,
        answers={"21HG": "needs_info"},
        question="Is it even worth it?",
        says_yes="Is it even worth it? Sure, tell me what it is worth before I decide.",
    ),
    Visit(
        "Nadia",
        "Rahimi",
        "+14155550190",
        Car(2014, "HONDA", "Civic", "LX", "sedan", "gray", "6NRH204", 126_300),
        NEEDS_ANSWER,
        "White smoke when it is cold.",
        promised=142,
        opened=190,
        stay="waits",
        tag="T49",
        where="By the coffee",
        found=(_GEARBOX,),
        shown_by="link",
        opened_link=True,
        technician="luis",
        says_yes="I was wondering about that. Yes, please.",
        reassigned="Jean is with another customer.",
    ),
    Visit(
        "Eli",
        "Stone",
        "+14155550118",
        Car(2017, "HONDA", "Ridgeline", "RTL", "truck", "red", "8EST775", 98_410),
        NEEDS_ANSWER,
        "60,000 mile items.",
        promised=252,
        opened=130,
        tag="T45",
        services=("30TRANS",),
        found=(_FLUID_DUE, _REAR_TIRE_4),
        shown_by="link",
        opened_link=True,
        answers={"40BFLUSH": "approved"},
    ),
    Visit(
        "Joan",
        "Whitfield",
        "+14155550119",
        Car(2017, "FORD", "Focus", "SE", "hatch", "white", "8JWF206", 118_600),
        NEEDS_ANSWER,
        "It shakes and pulls to the left.",
        promised=127,
        opened=175,
        stay="waits",
        tag="T46",
        where="In the lounge",
        plan="years",
        plan_years="2",
        concerns=("It shakes at 60 and pulls to the left.",),
        found=(_BALL_JOINT, _BATTERY_WEAK),
        shown_by="counter",
        put_off={
            "31CLUTCH": "It shudders when I pull away. What would it cost?",
            "34TIMING": "Somebody told me the belt is due. What would it cost?",
            "45STRUT": "It bounces. What would new struts cost?",
            "44TIRE4": "They are getting loud. What would four tires cost?",
            "57RACK": "The wheel feels loose. What would that cost?",
        },
    ),
    # --- ready
    Visit(
        "Luis",
        "Moreno",
        "+14155550120",
        Car(2021, "HONDA", "Civic", "Sport", "sedan", "black", "9LMR098", 41_130),
        READY,
        "Oil change.",
        promised=-38,
        opened=240,
        tag="T31",
        services=("01HNLOF",),
        work="done",
        done=71,
        told=True,
    ),
    Visit(
        "June",
        "Whitaker",
        "+14155550121",
        Car(2018, "HONDA", "CR-V", "Touring", "suv", "red", "8JWH201", 78_440),
        READY,
        "Brakes.",
        promised=-23,
        opened=330,
        tag="T33",
        found=(_FRONT_PADS_2,),
        shown_by="phone",
        answers={"41BRKF": "approved"},
        work="done",
        done=52,
        told=True,
    ),
    Visit(
        "Ben",
        "Castillo",
        "+14155550122",
        Car(2020, "HONDA", "Ridgeline", "RTL", "truck", "silver", "8BCT411", 55_210),
        READY,
        "Door latch recall.",
        promised=26,
        opened=280,
        stay="loaner",
        tag="T41",
        services=("72LATCH",),
        work="done",
    ),
    Visit(
        "Tess",
        "Morgan",
        "+14155550123",
        Car(2022, "HONDA", "Accord", "Touring", "sedan", "gray", "9TMG214", 28_960),
        READY,
        "Oil, and wash it please.",
        promised=52,
        opened=170,
        tag="T40",
        services=("01HNLOF",),
        work="done",
        advisor="marcus",
    ),
    Visit(
        "Abel",
        "Reyes",
        "+14155550124",
        Car(2019, "HONDA", "CR-V", "EX", "suv", "navy", "8ARY038", 60_050),
        READY,
        "Rotate the tires.",
        promised=82,
        opened=200,
        tag="T38",
        services=("02ROT",),
        work="done",
        told=True,
        found=(_REAR_PADS_4,),
        shown_by="counter",
        answers={"41BRKR": "declined"},
    ),
    Visit(
        "Mina",
        "Farouk",
        "+14155550125",
        Car(2016, "HONDA", "Accord", "EX-L", "sedan", "white", "7MFK655", 109_300),
        READY,
        "Air conditioning is warm.",
        promised=112,
        opened=220,
        tag="T36",
        services=("50AC",),
        work="done",
    ),
)


def _before(
    days: int, first_name: str, last_name: str, car: Car, purpose: str, promised: int, **more: object
) -> tuple[int, Visit]:
    """A visit so many days ago, over since; `promised` and `done` count from the same minute of that day."""
    visit = Visit(
        first_name,
        last_name,
        f"+141555502{days:02}",
        car,
        READY,
        purpose,
        promised=promised,
        opened=300,
        shown_by="link" if more.get("found") else "",
        work="done",
        **more,  # type: ignore[arg-type]
    )
    return days, visit


DAYS_BEFORE: tuple[tuple[int, Visit], ...] = (
    _before(
        *(9, "Owen", "Barr", Car(2019, "HONDA", "Pilot", "EX", "suv", "blue", "8OWB771", 70_310), "Oil change.", -30),
        services=("01HNLOF",),
        done=61,
    ),
    _before(
        *(8, "Ruth", "Adler", Car(2017, "HONDA", "Accord", "EX", "sedan", "gray", "7RAD902", 96_040), "Brakes.", -45),
        found=(_FRONT_PADS_2, _CABIN_FILTER),
        answers={"41BRKF": "approved", "06CABIN": "declined"},
        done=20,
    ),
    _before(
        *(
            7,
            "Ivan",
            "Petrov",
            Car(2020, "HONDA", "CR-V", "LX", "suv", "red", "8IPV113", 52_800),
            "Rotate, please.",
            -15,
        ),
        services=("02ROT", "01HNLOF"),
        done=48,
    ),
    _before(
        *(
            6,
            "Celia",
            "Ramos",
            Car(2016, "HONDA", "Civic", "LX", "sedan", "black", "7CRM645", 103_400),
            "It squeals.",
            -20,
        ),
        found=(_REAR_PADS_4, _WIPERS),
        answers={"41BRKR": "approved", "71WIPER": "approved"},
        done=40,
    ),
    _before(
        *(
            5,
            "Marisol",
            "Vega",
            Car(2017, "HONDA", "Civic", "LX", "sedan", "white", "7MVG412", 92_480),
            "Look it over before a trip.",
            -20,
        ),
        found=(_FRONT_PADS_2, _WIPERS),
        answers={"41BRKF": "declined", "71WIPER": "declined"},
        notice="es",
        done=40,
    ),
    _before(
        *(
            10,
            "Hugo",
            "Lind",
            Car(2018, "HONDA", "Odyssey", "EX-L", "van", "gray", "8HLD906", 88_150),
            "It clicks in turns, and the brakes shake.",
            -35,
        ),
        services=("DIAG",),
        found=(_BOOT_SEEPS, _BATTERY_WEAK, _DISCS_WORN),
        answers={"46BOOT": "approved", "38BAT": "approved", "41ROTF": "approved"},
        unusual={
            "46BOOT": {"state": "rebuilt"},
            "38BAT": {"zero_reason": "Battery warranty, 36 months"},
            "41ROTF": {"sublet_to": "Bayside Machine Works"},
        },
        done=44,
    ),
    _before(
        *(
            4,
            "Noel",
            "Byrne",
            Car(2021, "HONDA", "Odyssey", "EX", "van", "white", "9NBY330", 40_900),
            "Oil change.",
            -30,
        ),
        services=("01HNLOF",),
        done=55,
    ),
    _before(
        *(
            3,
            "Yuki",
            "Mori",
            Car(2018, "HONDA", "Fit", "EX", "hatch", "orange", "8YMR207", 66_120),
            "Weak battery?",
            -25,
        ),
        found=(_BATTERY_WEAK, _AIR_FILTER),
        answers={"38BAT": "approved", "05AIR": "declined"},
        done=31,
    ),
    _before(
        *(2, "Dora", "Haas", Car(2019, "HONDA", "Accord", "Sport", "sedan", "silver", "8DHS518", 73_650), "Oil.", -60),
        services=("01HNLOF",),
        done=35,
    ),
    _before(
        *(
            1,
            "Amir",
            "Saleh",
            Car(2015, "HONDA", "CR-V", "EX", "suv", "gray", "7ASL886", 119_700),
            "It pulls left.",
            -40,
        ),
        found=(_BALL_JOINT, _FRONT_TIRE_3),
        done=62,
    ),
)
"""Visits of the last days, days ago: some answered, some late, one that nobody answered."""
