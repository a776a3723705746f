"""The demonstration group's rooftops and staff.  Everybody is invented."""

from dataclasses import dataclass, field
from typing import Any

from dealership.models import Role

PASSWORD = "lane-demo-2026"
"""One password for every invented log-in, printed by `make run`.  Demonstration data is never loaded in production."""

DOMAIN = "lane.example"

HOW_PAID = (
    "Our advisors get a salary. They also get a part of what the shop earns from all repair orders they write. "
    "They get nothing for one part or one service more than for another. "
    "Technicians are paid by the hour for each job. "
    "You may ask to see what was measured. You may say no to any line. (This text is part of the demonstration.)"
)
HOW_PAID_ES = (
    "Nuestros asesores ganan un sueldo. También ganan una parte de lo que el taller cobra por todas las órdenes que "
    "escriben. No ganan más por una pieza o un servicio que por otro. "
    "A los técnicos se les paga por hora en cada trabajo. "
    "Usted puede pedir ver lo que se midió. Puede decir que no a cualquier línea. "
    "(Este texto es parte de la demostración.)"
)

ROOFTOPS: tuple[dict[str, Any], ...] = (
    {
        "code": "NORTH",
        "name": "Northgate Honda",
        "registration_number": "ARD 00284417 (invented)",
        "street": "400 Mill Road",
        "city": "Mill Valley",
        "region": "CA",
        "postal_code": "94941",
        "phone": "+14155550100",
        "email": "service@northgate.example",
        "time_zone": "America/Los_Angeles",
        "jurisdiction": "US-CA",
        "labor_rate": "168.00",
        "parts_tax_rate": "0.08250",
        "labor_tax_rate": "0.00000",
        "makes_sold": ["HONDA"],
        "bays": 6,
        "how_advisors_are_paid": HOW_PAID,
        "how_advisors_are_paid_es": HOW_PAID_ES,
    },
    {
        "code": "RIVER",
        "name": "Riverside Honda",
        "registration_number": "ARD 00291180 (invented)",
        "street": "18 Ferry Street",
        "city": "Antioch",
        "region": "CA",
        "postal_code": "94509",
        "phone": "+19255550160",
        "email": "service@riverside.example",
        "time_zone": "America/Los_Angeles",
        "jurisdiction": "US-CA",
        "labor_rate": "159.00",
        "parts_tax_rate": "0.09750",
        "labor_tax_rate": "0.00000",
        "makes_sold": ["HONDA"],
        "bays": 4,
        "how_advisors_are_paid": HOW_PAID,
        "how_advisors_are_paid_es": HOW_PAID_ES,
    },
)


@dataclass(frozen=True)
class Member:
    """One log-in of the demonstration.  `tries` is what they can do first, for the printed list and the README."""

    login: str
    name: str
    roles: tuple[tuple[str, str], ...]
    tries: str
    may_open_admin: bool = False
    dms_names: tuple[str, ...] = field(default=())

    @property
    def email(self) -> str:
        return f"{self.login}@{DOMAIN}"


_kind = Role.Kind
STAFF = (
    Member(
        "dana",
        "Dana Kim",
        (("NORTH", _kind.SERVICE_ADVISOR),),
        "The lane board: open the 11:30 that is late, send an estimate, ask about a hand-off.",
        dms_names=("1104 KIM,DANA",),
    ),
    Member("marcus", "Marcus Reed", (("NORTH", _kind.SERVICE_ADVISOR),), "A second advisor at the same counter."),
    Member("jo", "Jo Tran", (("NORTH", _kind.TECHNICIAN),), "Inspections: finish the Odyssey, one section per screen."),
    Member("luis", "Luis Bautista", (("NORTH", _kind.TECHNICIAN),), "A second technician."),
    Member(
        "rachel",
        "Rachel Bell",
        (("NORTH", _kind.SERVICE_MANAGER),),
        "Import a DMS export; see what was never presented.",
        dms_names=("1188 BELL,RACHEL",),
    ),
    Member("jean", "Jean Mills", (("NORTH", _kind.SALESPERSON),), "Hand-offs: read what is open, then claim one."),
    Member("paul", "Paul Mercer", (("NORTH", _kind.SALES_MANAGER),), "The hand-off queue of the whole floor."),
    Member(
        "rosa",
        "Rosa Lind",
        (("RIVER", _kind.SERVICE_ADVISOR), ("RIVER", _kind.TECHNICIAN)),
        "Another rooftop: Northgate's orders are not hers to see.",
    ),
    Member(
        "gail",
        "Gail Ortega",
        (("NORTH", _kind.GROUP_ADMIN), ("RIVER", _kind.GROUP_ADMIN)),
        "Both rooftops, the outbox, and the admin: rates, thresholds, wording.",
        may_open_admin=True,
    ),
)
