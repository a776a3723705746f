"""The default multi-point inspection: what a technician looks at, in walking order, and how.

A dealer edits a copy of it.  Items that are measured get their color from a threshold; the others are ruled by eye,
with a mark that says what was seen.  Some marks make a car unsafe to drive whatever else was read.
"""

from dataclasses import dataclass

FRONT = ("LF", "RF")
REAR = ("LR", "RR")
WHEELS = (*FRONT, *REAR)


@dataclass(frozen=True)
class Item:
    """One check.

    `threshold` is the key of the threshold that colors its reading, "" when it is ruled by eye; `other_thresholds` are
    other ways to measure the same thing.  `positions` are the places that must each be read, with the reference some
    readings are judged against (a disc's stamped minimum, the placard pressure).  `marks` are what a
    technician taps to say what is wrong; `unsafe_marks` are those among them that mean: do not drive.  `op_codes` are
    catalog operations that usually answer it.
    """

    key: str
    name: str
    threshold: str = ""
    other_thresholds: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    unsafe_marks: tuple[str, ...] = ()
    op_codes: tuple[str, ...] = ()

    @property
    def is_measured(self) -> bool:
        return self.threshold != ""


@dataclass(frozen=True)
class Section:
    key: str
    name: str
    items: tuple[Item, ...]


def _tire(position: str, name: str) -> Item:
    """Three grooves across; the lowest rules the tire."""
    return Item(
        key=f"tire-{position.lower()}",
        name=name,
        threshold="tread-32nds",
        other_thresholds=("tread-mm",),
        positions=("outer", "middle", "inner"),
        marks=("Cord showing", "Bulge", "Cut", "Cracked", "Nail or screw", "Worn on one edge"),
        unsafe_marks=("Cord showing", "Bulge"),
        op_codes=("44TIRE4",),
    )


DEFAULT_TEMPLATE: tuple[Section, ...] = (
    Section(
        "outside",
        "Outside and lights",
        (
            Item("headlights", "Headlights", marks=("Out", "Cloudy", "Aimed wrong"), op_codes=("70LAMP",)),
            Item(
                "signal-lamps",
                "Brake, turn and tail lamps",
                marks=("Brake lamp out", "No brake lamp works", "Turn lamp out", "Tail lamp out", "Lens broken"),
                unsafe_marks=("No brake lamp works",),
                op_codes=("70LAMP",),
            ),
            Item(
                "wipers",
                "Wipers, washers and glass",
                marks=("Streaks", "Torn", "No spray", "Chip", "Crack"),
                op_codes=("71WIPER",),
            ),
        ),
    ),
    Section(
        "hood",
        "Under the hood",
        (
            Item("engine-oil", "Engine oil", threshold="oil-life", marks=("Low", "Overfilled"), op_codes=("01HNLOF",)),
            Item("coolant", "Coolant and hoses", marks=("Low", "Dirty", "Hose soft", "Leaking"), op_codes=("33COOL",)),
            Item(
                "brake-fluid",
                "Brake fluid",
                threshold="brake-fluid-copper",
                other_thresholds=("brake-fluid-moisture",),
                marks=("Low", "Dark"),
                op_codes=("40BFLUSH",),
            ),
            Item("air-filter", "Engine air filter", marks=("Dirty", "Damaged", "Wrong part"), op_codes=("05AIR",)),
            Item(
                "battery",
                "Battery",
                threshold="battery-cca",
                other_thresholds=("battery-volts",),
                marks=("Tester says bad cell", "Terminals corroded", "Loose", "Case cracked"),
                op_codes=("38BAT",),
            ),
            Item("drive-belt", "Drive belt", marks=("Cracked", "Frayed", "Glazed", "Loose"), op_codes=("34BELT",)),
        ),
    ),
    Section(
        "inside",
        "Inside",
        (
            Item(
                "warning-lamps",
                "Warning lamps",
                marks=("Check engine", "ABS", "Airbag", "Other lamp"),
                op_codes=("DIAG",),
            ),
            Item("horn-belts", "Horn and seat belts", marks=("Horn silent", "Belt frayed", "Belt does not latch")),
            Item("cabin-filter", "Cabin air filter", marks=("Dirty", "Missing"), op_codes=("06CABIN",)),
        ),
    ),
    Section(
        "brakes",
        "Brakes",
        (
            Item(
                "front-pads",
                "Front pads",
                threshold="brake-pad",
                positions=FRONT,
                marks=("Uneven", "Cracked", "Oil on it"),
                op_codes=("41BRKF",),
            ),
            Item(
                "rear-pads",
                "Rear pads or shoes",
                threshold="brake-pad",
                positions=REAR,
                marks=("Uneven", "Cracked", "Oil on it"),
                op_codes=("41BRKR",),
            ),
            Item(
                "discs",
                "Discs and drums",
                threshold="rotor",
                positions=(*FRONT, "minimum"),
                marks=("Cracked", "Deep groove", "Heat spots", "Shakes on road test"),
                unsafe_marks=("Cracked",),
                op_codes=("41ROTF",),
            ),
            Item("parking-brake", "Parking brake", marks=("Does not hold", "Long travel"), op_codes=("43PARK",)),
            Item(
                "brake-lines",
                "Lines and hoses",
                marks=("Rusted", "Chafed", "Bulge", "Leaking"),
                unsafe_marks=("Bulge", "Leaking"),
                op_codes=("42HOSE",),
            ),
        ),
    ),
    Section(
        "tires",
        "Tires",
        (
            _tire("LF", "Left front tire"),
            _tire("RF", "Right front tire"),
            _tire("LR", "Left rear tire"),
            _tire("RR", "Right rear tire"),
            Item(
                "tire-pressure",
                "Tire pressures",
                threshold="tire-pressure",
                positions=(*WHEELS, "placard"),
                marks=("Sensor silent",),
            ),
            Item(
                "tire-age", "Tire age, oldest", threshold="tire-age", marks=("No date to read",), op_codes=("44TIRE4",)
            ),
        ),
    ),
    Section(
        "under",
        "Under the car",
        (
            Item("exhaust", "Exhaust", marks=("Leaking", "Rusted through", "Hanging low"), op_codes=("18CAT",)),
            Item("shaft-boots", "Driveshaft boots", marks=("Torn", "Seeping", "Clicks in turns"), op_codes=("46BOOT",)),
            Item(
                "suspension",
                "Steering and suspension",
                marks=("Loose joint", "Strut leaking", "Spring broken", "Bushing torn"),
                unsafe_marks=("Loose joint", "Spring broken"),
                op_codes=("45BALL", "45STRUT"),
            ),
            Item(
                "leaks",
                "Leaks",
                marks=("Oil seep", "Oil leak", "Coolant leak", "Transmission leak", "Fuel leak"),
                unsafe_marks=("Fuel leak",),
                op_codes=("21HG",),
            ),
        ),
    ),
)
