"""The demonstration menu: op codes with times, kits and plain words; a generic schedule; a value guide.  All invented.

The codes are those of the demonstration history, so that past work and today's menu speak of the same things.
"""

from dataclasses import dataclass
from decimal import Decimal

SAFETY, DRIVABILITY, MAINTENANCE, DIAGNOSIS = "safety", "drivability", "maintenance", "diagnosis"


@dataclass(frozen=True)
class Kit:
    """One part of a kit: dollars each, before tax."""

    description: str
    number: str
    quantity: str
    unit_price: str | None
    state: str = "new_oem"

    def as_row(self) -> dict[str, str | None]:
        return {
            "description": self.description,
            "number": self.number,
            "quantity": self.quantity,
            "unit_price": self.unit_price,
            "state": self.state,
        }


@dataclass(frozen=True)
class Operation:
    code: str
    name: str
    nature: str
    hours: str
    kit: tuple[Kit, ...]
    what_it_is: str
    why_it_matters: str
    if_you_wait: str
    horizon: str
    flat_price: str | None = None


OPERATIONS = (
    Operation(
        "01HNLOF",
        "Oil and filter change",
        MAINTENANCE,
        "0.5",
        (Kit("Oil filter", "15400-PLM-A02", "1", "9.80"), Kit("0W-20 oil, quart", "08798-9063", "4", "8.40")),
        "We drain the old oil and put in new oil and a new filter.",
        "Old oil gets thin and dirty. Clean oil keeps metal from wearing on metal.",
        "A few hundred miles more do no harm. After 3,000 miles the engine wears faster.",
        "3,000 miles",
    ),
    Operation(
        "02ROT",
        "Rotate the tires",
        MAINTENANCE,
        "0.3",
        (),
        "We move each tire to another wheel and set the pressures.",
        "Front tires wear faster. Moving them lets all four last longer.",
        "The front pair wears out first, so you buy tires sooner.",
        "6,000 miles",
    ),
    Operation(
        "MPI",
        "Multi-point inspection",
        MAINTENANCE,
        "0.0",
        (),
        "We look over the whole car and write down what we measure.",
        "You see the state of your car on one page.",
        "Nothing changes on the car itself.",
        "12 months",
        "0.00",
    ),
    Operation(
        "DIAG",
        "Find the cause",
        DIAGNOSIS,
        "1.0",
        (),
        "A technician drives the car and tests it until the cause is known.",
        "It tells you what is wrong before anybody buys a part.",
        "The cause stays unknown. It may get worse.",
        "not known until we look",
    ),
    Operation(
        "41BRKF",
        "Replace the front brake pads",
        SAFETY,
        "1.6",
        (Kit("Front pad set", "45022-TLA-A01", "1", "98.60"), Kit("Hardware kit", "45019-TLA", "1", "24.30")),
        "We take off the worn pads, fit new ones, and clean and grease where they slide.",
        "Thin pads stop the car later, and metal on metal ruins the discs.",
        "At your usual miles they last a few weeks. Past that you would need discs too.",
        "4 to 8 weeks",
    ),
    Operation(
        "41ROTF",
        "Replace the front brake discs and pads",
        SAFETY,
        "2.4",
        (
            Kit("Front disc", "45251-TLA-A00", "2", "118.40"),
            Kit("Front pad set", "45022-TLA-A01", "1", "98.60"),
            Kit("Hardware kit", "45019-TLA", "1", "24.30"),
        ),
        "We fit new discs and pads on both front wheels.",
        "A disc thinner than its stamped limit can crack when hot.",
        "Braking gets weaker and the wheel may shake.",
        "2 to 4 weeks",
    ),
    Operation(
        "41BRKR",
        "Replace the rear brake pads",
        SAFETY,
        "1.5",
        (Kit("Rear pad set", "43022-TLA-A00", "1", "82.10"), Kit("Hardware kit", "43019-TLA", "1", "22.70")),
        "We take off the worn pads, fit new ones, and clean and grease where they slide.",
        "The rear brakes hold the car steady when you stop hard.",
        "At your usual miles they last a few weeks. Past that you would need discs too.",
        "4 to 8 weeks",
    ),
    Operation(
        "42HOSE",
        "Replace a brake hose",
        SAFETY,
        "1.2",
        (Kit("Brake hose", "01464-TLA", "1", "64.20"),),
        "We fit a new hose and bleed the brakes.",
        "A hose that bulges or leaks can let go. Then that brake does not work.",
        "We would not drive far. It can fail without a new noise.",
        "now",
    ),
    Operation(
        "43PARK",
        "Adjust the parking brake",
        SAFETY,
        "0.7",
        (),
        "We set the cable so that the lever holds on a hill.",
        "A parking brake that slips can let the car roll.",
        "Park on flat ground and leave it in gear.",
        "2 months",
    ),
    Operation(
        "40BFLUSH",
        "Change the brake fluid",
        MAINTENANCE,
        "0.8",
        (Kit("DOT 3 fluid, bottle", "08798-9108", "2", "7.90"),),
        "We push the old fluid out and fill in new.",
        "Old fluid takes in water. It can boil on a long hill and the pedal goes soft.",
        "Fine for short trips. Plan it before a long mountain drive.",
        "3 to 6 months",
    ),
    Operation(
        "44TIRE4",
        "Replace four tires",
        SAFETY,
        "1.6",
        (
            Kit("All-season tire", "TIRE-AS", "4", "148.00", "new_non_oem"),
            Kit("Valve stem", "42753-SWA", "4", "4.10", "new_non_oem"),
        ),
        "We fit four new tires, balance them, and set the pressures.",
        "Worn tires take longer to stop in the wet.",
        "Fine on dry roads for now. Wet stops get longer below 4/32.",
        "3 to 6 months",
    ),
    Operation(
        "44TIRE2",
        "Replace two tires",
        SAFETY,
        "0.9",
        (
            Kit("All-season tire", "TIRE-AS", "2", "148.00", "new_non_oem"),
            Kit("Valve stem", "42753-SWA", "2", "4.10", "new_non_oem"),
        ),
        "We fit two new tires, balance them, and set the pressures.",
        "Worn tires take longer to stop in the wet.",
        "Fine on dry roads for now. Wet stops get longer below 4/32.",
        "3 to 6 months",
    ),
    Operation(
        "38BAT",
        "Replace the battery",
        DRIVABILITY,
        "0.4",
        (Kit("Battery, group 51R", "31500-SR1-100M", "1", "156.00"),),
        "We fit a new battery and keep your radio and clock settings.",
        "A weak battery may not start the car on a cold day.",
        "It may leave you standing. Nobody can say which morning.",
        "1 to 3 months",
    ),
    Operation(
        "30TRANS",
        "Change the transmission fluid",
        MAINTENANCE,
        "0.8",
        (Kit("Transmission fluid, quart", "08200-9008", "4", "11.60"),),
        "We drain the old fluid and fill in new.",
        "Clean fluid lets the gears shift smoothly.",
        "A few thousand miles more are fine.",
        "5,000 miles",
    ),
    Operation(
        "33COOL",
        "Change the coolant",
        MAINTENANCE,
        "1.0",
        (Kit("Coolant, gallon", "OL999-9011", "2", "24.80"),),
        "We drain the old coolant and fill in new.",
        "Old coolant lets rust form inside the engine.",
        "Watch the level. Plan it this season.",
        "6 months",
    ),
    Operation(
        "34BELT",
        "Replace the drive belt",
        DRIVABILITY,
        "0.9",
        (Kit("Drive belt", "31110-5A2-A01", "1", "58.40"),),
        "We fit a new belt and check what keeps it tight.",
        "The belt drives the alternator and the water pump.",
        "If it breaks the car stops within minutes.",
        "2 to 3 months",
    ),
    Operation(
        "05AIR",
        "Replace the engine air filter",
        MAINTENANCE,
        "0.2",
        (Kit("Engine air filter", "17220-5PA-A00", "1", "27.90"),),
        "We fit a new filter. You can do this yourself in ten minutes.",
        "A full filter makes the engine work harder for air.",
        "You may use a little more gas.",
        "6,000 miles",
    ),
    Operation(
        "06CABIN",
        "Replace the cabin air filter",
        MAINTENANCE,
        "0.3",
        (Kit("Cabin air filter", "80292-TLA-A01", "1", "31.50"),),
        "We fit a new filter. You can do this yourself in ten minutes.",
        "It keeps dust and pollen out of the air you breathe.",
        "The fan blows less air. No harm to the car.",
        "any time",
    ),
    Operation(
        "71WIPER",
        "Replace the wiper blades",
        SAFETY,
        "0.2",
        (Kit("Front blade pair", "76622-T14", "1", "34.60"),),
        "We fit two new blades.",
        "Torn blades smear when you need to see most.",
        "Fine until it rains.",
        "before the next rain",
    ),
    Operation(
        "70LAMP",
        "Replace a lamp",
        SAFETY,
        "0.3",
        (Kit("Bulb", "33304-SNA", "1", "12.40"),),
        "We fit a new bulb and check all the lamps.",
        "Others do not see you brake or turn.",
        "You may be stopped for it.",
        "now",
    ),
    Operation(
        "46BOOT",
        "Replace a driveshaft boot",
        DRIVABILITY,
        "2.1",
        (Kit("Outer boot kit", "44018-TLA", "1", "76.80"),),
        "We fit a new rubber boot and fresh grease.",
        "A torn boot throws out its grease. Then the joint wears out.",
        "The joint starts to click. Then you need the whole shaft.",
        "2 to 3 months",
    ),
    Operation(
        "45STRUT",
        "Replace the front struts",
        DRIVABILITY,
        "3.2",
        (
            Kit("Front strut", "51611-TLA", "2", "186.00"),
            Kit("Strut mount", "51920-TLA", "2", "48.20"),
        ),
        "We fit two new struts and set the wheels straight.",
        "Leaking struts let the wheel bounce, so the car stops later.",
        "The tires wear in patches and the ride gets worse.",
        "3 months",
    ),
    Operation(
        "45BALL",
        "Replace both lower control arms",
        SAFETY,
        "3.4",
        (
            Kit("Lower control arm", "51350-T2A", "2", "164.50", "new_non_oem"),
            Kit("Hardware kit", "90113-T2A", "1", "38.40"),
        ),
        "We fit two new arms with new ball joints and set the wheels straight.",
        "The joint holds the wheel to the car. A loose joint can let go.",
        "We would not drive far. It can fail without a new noise.",
        "now",
    ),
    Operation(
        "50AC",
        "Recharge the air conditioning",
        DRIVABILITY,
        "1.2",
        (Kit("Refrigerant, pound", "R134A", "2", "28.00", "new_non_oem"),),
        "We look for leaks, then fill in the right amount.",
        "Without it the air stays warm.",
        "No harm to the car.",
        "any time",
    ),
    Operation(
        "18CAT",
        "Replace the exhaust pipe",
        DRIVABILITY,
        "2.2",
        (Kit("Front pipe", "18210-TLA", "1", "412.00", "new_non_oem"), Kit("Gasket set", "18212-TLA", "1", "18.60")),
        "We fit a new pipe and new gaskets.",
        "A leak lets fumes out under the car.",
        "It gets louder. Keep the windows up.",
        "1 to 2 months",
    ),
    Operation(
        "21HG",
        "Replace the head gasket",
        DRIVABILITY,
        "11.5",
        (Kit("Gasket set", "06110-RNA", "1", "214.00"), Kit("Head bolt set", "90005-RNA", "1", "86.00")),
        "We take the top off the engine and fit a new seal.",
        "A bad seal lets coolant into the engine.",
        "The engine can overheat and then it is beyond repair.",
        "now",
    ),
    Operation(
        "31CLUTCH",
        "Replace the clutch pack",
        DRIVABILITY,
        "9.6",
        (Kit("Clutch kit", "602-0009-00", "1", "720.00"), Kit("Transmission fluid, quart", "08200-9008", "3", "11.60")),
        "We take out the gearbox and fit new clutches.",
        "Worn clutches slip and shake when you pull away.",
        "The shaking gets worse. In the end the car does not pull away.",
        "6 to 12 months",
    ),
    Operation(
        "34TIMING",
        "Replace the timing belt and water pump",
        DRIVABILITY,
        "5.8",
        (Kit("Timing belt kit", "BM5Z-6268-A", "1", "186.00"), Kit("Water pump", "CN1Z-8501-A", "1", "121.00")),
        "We fit a new belt and pump at the front of the engine.",
        "The belt keeps the engine in time. If it breaks, the engine stops.",
        "Past 120,000 miles it may break without a warning.",
        "12 months",
    ),
    Operation(
        "72LATCH",
        "Replace a door latch",
        SAFETY,
        "1.1",
        (Kit("Door latch", "72150-TLA", "1", "128.00"),),
        "We fit a new latch and check that the door stays shut.",
        "A worn latch may not hold the door.",
        "Lock the door while you drive.",
        "2 weeks",
    ),
    Operation(
        "57RACK",
        "Replace the steering rack",
        SAFETY,
        "4.4",
        (Kit("Steering rack", "53601-TLA", "1", "684.00", "rebuilt"), Kit("Tie rod end", "53540-TLA", "2", "42.50")),
        "We fit a rebuilt rack and set the wheels straight.",
        "A leaking rack makes the wheel heavy and loose.",
        "It needs more fluid each week. Then the help goes.",
        "2 to 4 weeks",
    ),
    Operation(
        "KEY2",
        "Add a second key",
        MAINTENANCE,
        "0.6",
        (Kit("Key, blank", "35118-T2A", "1", None),),
        "We cut and pair one more key.",
        "With one key, losing it means a tow.",
        "Nothing on the car changes.",
        "any time",
    ),
)


@dataclass(frozen=True)
class Interval:
    op_code: str
    service: str
    miles: int | None
    months: int | None
    make: str = ""
    model: str = ""
    source: str = "Generic, not the maker's schedule"
    is_makers: bool = False


SCHEDULE = (
    Interval("01HNLOF", "Oil and filter change", 7_500, 12),
    Interval("02ROT", "Rotate the tires", 7_500, None),
    Interval("05AIR", "Engine air filter", 30_000, 36),
    Interval("06CABIN", "Cabin air filter", 20_000, 24),
    Interval("30TRANS", "Transmission fluid", 60_000, None),
    Interval("40BFLUSH", "Brake fluid", None, 36),
    Interval("33COOL", "Coolant", 100_000, 120),
)


@dataclass(frozen=True)
class Worth:
    """A row of the invented value guide: dollars for one in average shape at `miles`."""

    make: str
    model: str
    year: int
    miles: int
    low: int
    high: int
    per_1000_miles: str


VALUE_SOURCE = "Demonstration guide (invented figures)"
VALUES = (
    Worth("HONDA", "ACCORD", 2015, 120_000, 5_200, 6_800, "38.00"),
    Worth("HONDA", "ACCORD", 2016, 110_000, 6_100, 7_900, "42.00"),
    Worth("HONDA", "ACCORD", 2018, 80_000, 11_800, 14_100, "62.00"),
    Worth("HONDA", "ACCORD", 2021, 45_000, 19_400, 21_900, "88.00"),
    Worth("HONDA", "ACCORD", 2023, 20_000, 24_200, 26_800, "102.00"),
    Worth("HONDA", "CIVIC", 2014, 110_000, 4_300, 5_900, "33.00"),
    Worth("HONDA", "CIVIC", 2017, 90_000, 9_800, 12_100, "55.00"),
    Worth("HONDA", "CIVIC", 2019, 60_000, 12_900, 15_000, "66.00"),
    Worth("HONDA", "CIVIC", 2021, 40_000, 16_400, 18_600, "80.00"),
    Worth("HONDA", "CR-V", 2017, 85_000, 11_900, 14_300, "61.00"),
    Worth("HONDA", "CR-V", 2018, 78_000, 13_100, 15_500, "64.00"),
    Worth("HONDA", "CR-V", 2019, 60_000, 15_800, 18_200, "74.00"),
    Worth("HONDA", "CR-V", 2020, 50_000, 18_700, 21_000, "82.00"),
    Worth("HONDA", "ODYSSEY", 2017, 95_000, 10_400, 12_800, "58.00"),
    Worth("HONDA", "ODYSSEY", 2019, 85_000, 14_800, 17_300, "70.00"),
    Worth("HONDA", "ODYSSEY", 2022, 35_000, 25_100, 28_000, "104.00"),
    Worth("HONDA", "PILOT", 2016, 105_000, 9_700, 12_000, "56.00"),
    Worth("HONDA", "PILOT", 2019, 75_000, 17_200, 19_900, "78.00"),
    Worth("HONDA", "RIDGELINE", 2017, 98_000, 13_200, 16_000, "65.00"),
    Worth("HONDA", "RIDGELINE", 2018, 72_000, 17_900, 21_300, "80.00"),
    Worth("HONDA", "RIDGELINE", 2020, 55_000, 22_300, 25_200, "92.00"),
    Worth("HONDA", "RIDGELINE", 2021, 40_000, 25_400, 28_300, "104.00"),
    Worth("HONDA", "HR-V", 2022, 31_000, 17_000, 19_200, "84.00"),
    Worth("HONDA", "FIT", 2013, 138_000, 3_400, 5_100, "28.00"),
    Worth("FORD", "FOCUS", 2017, 118_000, 2_600, 3_500, "18.00"),
    Worth("NISSAN", "PATHFINDER", 2014, 128_000, 6_100, 7_000, "36.00"),
    Worth("SUBARU", "OUTBACK", 2017, 96_000, 8_900, 11_600, "52.00"),
)


def money(amount: str | int) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))
