"""What came in and what was seen: facts no customer can argue with.  By topic, one module each."""

from service_lane.models.catalog import OpCode, ScheduleRow, TroubleCode
from service_lane.models.history import DmsImport, ServiceLine
from service_lane.models.inspections import (
    Condition,
    Inspection,
    InspectionItem,
    InspectionTemplate,
    Measure,
    Reading,
    RecordedCode,
    TemplateItem,
)
from service_lane.models.intake import Appointment, DamageMark, Photo, WriteUp
from service_lane.models.orders import Concern, OrderNumber, RepairOrder, RequestedService
from service_lane.models.paper import PaperRun, PaperSheet
from service_lane.models.signing import Signature

__all__ = [
    "Appointment",
    "Concern",
    "Condition",
    "DamageMark",
    "DmsImport",
    "Inspection",
    "InspectionItem",
    "InspectionTemplate",
    "Measure",
    "OpCode",
    "OrderNumber",
    "PaperRun",
    "PaperSheet",
    "Photo",
    "Reading",
    "RecordedCode",
    "RepairOrder",
    "RequestedService",
    "ScheduleRow",
    "ServiceLine",
    "Signature",
    "TemplateItem",
    "TroubleCode",
    "WriteUp",
]
