"""Rooftops, staff and their roles, the audit trail, and what waits to leave the building.  By topic, a module each."""

from dealership.models.messages import (
    InboundText,
    InboundTextQuerySet,
    OutboxMessage,
    OutboxMessageQuerySet,
)
from dealership.models.people import (
    BAY,
    COUNTER,
    OFFICE,
    SALES,
    SERVICE,
    Jurisdiction,
    Role,
    Rooftop,
    RooftopQuerySet,
    Staff,
    StaffManager,
    leads_address,
)
from dealership.models.trail import (
    Entry,
    EntryQuerySet,
)

__all__ = [
    "BAY",
    "COUNTER",
    "OFFICE",
    "SALES",
    "SERVICE",
    "Entry",
    "EntryQuerySet",
    "InboundText",
    "InboundTextQuerySet",
    "Jurisdiction",
    "OutboxMessage",
    "OutboxMessageQuerySet",
    "Role",
    "Rooftop",
    "RooftopQuerySet",
    "Staff",
    "StaffManager",
    "leads_address",
]
