"""A recall list for the demonstration, in NHTSA's own layout.  Every campaign in it is invented, and says so."""

import io
from datetime import datetime, timedelta

from customers.actions import cars, recalls
from customers.models import Recall, RecallCheck, RecallFile, Vehicle
from customers.recalls import possible_recalls
from customers.rules.recalls import COLUMNS
from dealership.management.demonstration.stage import Stage
from dealership.models import Rooftop

FIRST_RECORD = 9_000_000_001
"""Far above NHTSA's, whose list may be taken in beside it."""
DAYS_OLD = 21
"""Older than NHTSA's list of any day, which would be refused if it were older than the one held."""
TAKEN_IN = 5
"""How many days ago; what was looked up since counts."""
PILOT = cars.Car("5FNYF6H54GB012345", "7WAK208", "CA", 2016, "HONDA", "Pilot", "EX-L", Vehicle.Body.SUV, "gray")
INVENTED = "Demonstration, invented. "
LIST: tuple[dict[str, str], ...] = (
    {
        "CAMPNO": "26V990001",
        "MAKETXT": "HONDA",
        "MODELTXT": "RIDGELINE",
        "YEARTXT": "2018",
        "COMPNAME": "FUEL SYSTEM, GASOLINE:DELIVERY:FUEL PUMP",
        "DESC_DEFECT": "The fuel pump may stop.",
        "CONEQUENCE_DEFECT": "The engine may stop while driving.",
        "CORRECTIVE_ACTION": "Dealers replace the fuel pump.",
    },
    {
        "CAMPNO": "26V990002",
        "MAKETXT": "SUBARU",
        "MODELTXT": "OUTBACK",
        "YEARTXT": "2017",
        "COMPNAME": "ELECTRICAL SYSTEM:WIRING",
        "DESC_DEFECT": "A wire under the dash may chafe.",
        "CONEQUENCE_DEFECT": "It may catch fire, also while parked.",
        "CORRECTIVE_ACTION": "Dealers route the wire anew.",
        "PARK_OUTSIDE": "Yes",
    },
    {
        "CAMPNO": "26V990003",
        "MAKETXT": "HONDA",
        "MODELTXT": "HR-V",
        "YEARTXT": "2022",
        "COMPNAME": "STEERING:LINKAGES:TIE ROD ASSEMBLY",
        "DESC_DEFECT": "A tie rod may come apart.",
        "CONEQUENCE_DEFECT": "The car may not be steered any more.",
        "CORRECTIVE_ACTION": "Dealers replace both tie rods.",
        "DO_NOT_DRIVE": "Yes",
    },
    {
        "CAMPNO": "26V990004",
        "MAKETXT": "HONDA",
        "MODELTXT": "PILOT",
        "YEARTXT": "2016",
        "COMPNAME": "SEAT BELTS:FRONT:BUCKLE ASSEMBLY",
        "DESC_DEFECT": "A buckle may not latch.",
        "CONEQUENCE_DEFECT": "A belt that opens does not hold anybody in a crash.",
        "CORRECTIVE_ACTION": "Dealers replace the buckle.",
    },
    {
        "CAMPNO": "26T990005",
        "MAKETXT": "INVENTED TIRES",
        "MODELTXT": "ALL SEASON",
        "YEARTXT": "9999",
        "RCLTYPECD": "T",
        "COMPNAME": "TIRES:TREAD/BELT",
        "DESC_DEFECT": "The tread may come off.",
    },
)


def take(rooftop: Rooftop, at: datetime) -> None:
    """The invented list, through the same import as NHTSA's; once, and never beside a real one."""
    if RecallFile.objects.exists():
        return
    today = at.astimezone(rooftop.zone).date()
    day, month_before = ((today - timedelta(days=days)).strftime("%Y%m%d") for days in (DAYS_OLD, DAYS_OLD + 30))
    lines = []
    for number, cells in enumerate(LIST):
        row = {
            **dict.fromkeys(COLUMNS, ""),
            "RECORD_ID": str(FIRST_RECORD + number),
            "RCLTYPECD": "V",
            "RCDATE": month_before,
            "DATEA": day,
            "DO_NOT_DRIVE": "No",
            "PARK_OUTSIDE": "No",
            **cells,
        }
        row["DESC_DEFECT"] = INVENTED + row["DESC_DEFECT"]
        lines.append("\t".join(row.values()) + "\r\n")
    recalls.import_recalls(
        stream=io.BytesIO("".join(lines).encode()),
        name="FLAT_RCL_POST_2010 (demonstration, invented).txt",
        part=RecallFile.Part.POST,
        by=None,
        by_name="demonstration",
        at=at - timedelta(days=TAKEN_IN),
    )


def checked(stage: Stage) -> None:
    """The Pilot in the shop was looked up: it is not one of them."""
    car = Vehicle.objects.filter(plate=PILOT.plate).first()
    if car is None or car.vin or not Recall.objects.filter(campaign="26V990004").exists():
        return
    by, at = stage.staff["marcus"], stage.ago(240)
    cars.edit_vehicle(vehicle=car, car=PILOT, seen_at=car.edited_at, by=by, at=at)
    for one in possible_recalls([car]).get(car.pk, ()):
        if not one.number:
            recalls.check_recall(
                vehicle=car,
                campaign=one.campaign,
                state=RecallCheck.State.NOT_THIS_CAR,
                source=RecallCheck.Source.MAKER_SYSTEM,
                seen=0,
                by=by,
                at=at,
                rooftop=stage.rooftop,
            )
