"""Reading a repair-order export of a dealer management system (DMS): bytes in, lines and reasons out.  No database."""

from service_lane.dms.export import COLUMNS, Export, Line, NotAnExport, Order, Rejected, Repeated, Row
from service_lane.dms.fields import Name, Place, Unreadable

__all__ = [
    "COLUMNS",
    "Export",
    "Line",
    "Name",
    "NotAnExport",
    "Order",
    "Place",
    "Rejected",
    "Repeated",
    "Row",
    "Unreadable",
]
