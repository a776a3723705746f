"""The people of every test, and the things they work on.  All invented."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password

from customers.models import ContactPoint, Customer, Tie, Vehicle
from dealership.models import Jurisdiction, Role, Rooftop, Staff
from service_lane.models import Concern, RepairOrder

AT = datetime(2026, 11, 23, 19, 38, tzinfo=UTC)
"""A Monday, 11:38 at the counter in California."""

PASSWORD = "correct horse battery staple"


@dataclass
class Cast:
    """North and River are rooftops of one group.  Mallory works at River and has no business at North."""

    north: Rooftop
    river: Rooftop
    ada: Staff  # service advisor at North
    tess: Staff  # technician at North
    max: Staff  # service manager at North
    sam: Staff  # salesperson at North
    sue: Staff  # sales manager at North
    gus: Staff  # group admin at both
    mallory: Staff  # service advisor, technician and salesperson at River
    dora: Staff  # service advisor at North, no longer active


def make_rooftop(code: str, name: str, **fields: Any) -> Rooftop:
    defaults: dict[str, Any] = {
        "code": code,
        "name": name,
        "registration_number": f"ARD 00{len(code)}231",
        "street": "400 Mill Road",
        "city": "Mill Valley",
        "region": "CA",
        "postal_code": "94941",
        "phone": "+14155550100",
        "email": f"service@{code.lower()}.example",
        "jurisdiction": Jurisdiction.CALIFORNIA,
        "labor_rate": Decimal("168.00"),
        "parts_tax_rate": Decimal("0.08250"),
        "labor_tax_rate": Decimal("0.00000"),
        "makes_sold": ["HONDA"],
    }
    return Rooftop.objects.create(**{**defaults, **fields})


def make_staff(name: str, *roles: tuple[Rooftop, str], **fields: Any) -> Staff:
    staff = Staff.objects.create_user(f"{name.split()[0].lower()}@lane.example", name, PASSWORD, **fields)
    for rooftop, kind in roles:
        Role.objects.create(staff=staff, rooftop=rooftop, kind=kind)
    return staff


def make_cast() -> Cast:
    """Everybody at once, in two statements: nearly every test begins with them."""
    kind = Role.Kind
    north, river = make_rooftop("NORTH", "Northgate Honda"), make_rooftop("RIVER", "Riverside Honda")
    at_river = (kind.SERVICE_ADVISOR, kind.TECHNICIAN, kind.SALESPERSON)
    people: dict[str, tuple[tuple[Rooftop, str], ...]] = {
        "Ada Kim": ((north, kind.SERVICE_ADVISOR),),
        "Tess Tran": ((north, kind.TECHNICIAN),),
        "Max Ruiz": ((north, kind.SERVICE_MANAGER),),
        "Sam Mills": ((north, kind.SALESPERSON),),
        "Sue Park": ((north, kind.SALES_MANAGER),),
        "Gus Long": ((north, kind.GROUP_ADMIN), (river, kind.GROUP_ADMIN)),
        "Mallory Vance": tuple((river, one) for one in at_river),
        "Dora Gone": ((north, kind.SERVICE_ADVISOR),),
    }
    password = make_password(PASSWORD)
    staff = Staff.objects.bulk_create(
        Staff(
            email=f"{name.split()[0].lower()}@lane.example",
            name=name,
            password=password,
            is_staff=name == "Gus Long",
            is_active=name != "Dora Gone",
        )
        for name in people
    )
    Role.objects.bulk_create(
        Role(staff=one, rooftop=rooftop, kind=role) for one in staff for rooftop, role in people[one.name]
    )
    return Cast(north, river, **{one.name.split()[0].lower(): one for one in staff})


def make_customer(
    first_name: str = "Theo", last_name: str = "Brandt", phone: str = "+14155550142", **fields: Any
) -> Customer:
    customer = Customer.objects.create(first_name=first_name, last_name=last_name, created_at=AT, **fields)
    if phone:
        ContactPoint.objects.create(customer=customer, kind="phone", value=phone, digits=phone[-10:], preferred=True)
    return customer


def make_vehicle(owner: Customer | None = None, **fields: Any) -> Vehicle:
    defaults: dict[str, Any] = {
        "plate": "7TRB418",
        "plate_region": "CA",
        "year": 2018,
        "make": "HONDA",
        "model": "Ridgeline",
        "trim": "RTL-E",
        "body": Vehicle.Body.TRUCK,
        "color": "navy",
        "created_at": AT,
    }
    vehicle = Vehicle.objects.create(**{**defaults, **fields})
    if owner is not None:
        Tie.objects.create(customer=owner, vehicle=vehicle, kind=Tie.Kind.OWNS)
    return vehicle


def make_order(
    cast: Cast, *, customer: Customer | None = None, vehicle: Vehicle | None = None, **fields: Any
) -> RepairOrder:
    """An open repair order at North, as Ada would have opened it an hour ago."""
    customer = customer or make_customer()
    vehicle = vehicle or make_vehicle(customer)
    defaults: dict[str, Any] = {
        "rooftop": cast.north,
        "number": f"4{8000 + RepairOrder.objects.count():04}",
        "customer": customer,
        "vehicle": vehicle,
        "advisor": cast.ada,
        "technician": cast.tess,
        "opened_at": AT - timedelta(hours=1),
        "purpose": "Oil change, and I want it safe for Tahoe on Friday.",
        "odometer_in": 71902,
        "stay": RepairOrder.Stay.WAITS,
        "promised_at": AT + timedelta(hours=3),
        "contact_name": customer.name,
        "contact_channel": "text",
        "contact_value": "+14155550142",
        "signed_name": customer.name,
        "signed_at": AT - timedelta(hours=1),
        "signed_text": "Find the cause of the shudder. Ask me before anything else.",
    }
    order = RepairOrder.objects.create(**{**defaults, **fields})
    Concern.objects.create(repair_order=order, letter="A", words="It shudders when I slow down from freeway speed.")
    return order
