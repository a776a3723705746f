"""The pure rules of the service lane: values in, values out; no database, no clock.

conditions   what color a reading is, and why
wear         how fast something wears, and how far it has to go
inspection   the default multi-point template
writeup      what a repair order needs before it may open
"""

from service_lane.rules.conditions import (
    CHARGE_FIRST,
    DEFAULT_THRESHOLDS,
    GREEN,
    NOT_INSPECTED,
    REASON_CODES,
    RED,
    THRESHOLDS,
    YELLOW,
    Condition,
    ReasonCode,
    Threshold,
    WheelsRuling,
    battery_condition,
    condition,
    convert,
    describe,
    reason_code,
    wheels_condition,
    worst,
)
from service_lane.rules.inspection import DEFAULT_TEMPLATE, Item, Section
from service_lane.rules.wear import Wear, miles_per_year, wear_rate, wear_sentence
from service_lane.rules.writeup import (
    Designee,
    Missing,
    WriteUpFacts,
    missing_to_open,
    missing_to_start,
    warnings_to_open,
)

__all__ = [
    "CHARGE_FIRST",
    "DEFAULT_TEMPLATE",
    "DEFAULT_THRESHOLDS",
    "GREEN",
    "NOT_INSPECTED",
    "REASON_CODES",
    "RED",
    "THRESHOLDS",
    "YELLOW",
    "Condition",
    "Designee",
    "Item",
    "Missing",
    "ReasonCode",
    "Section",
    "Threshold",
    "Wear",
    "WheelsRuling",
    "WriteUpFacts",
    "battery_condition",
    "condition",
    "convert",
    "describe",
    "miles_per_year",
    "missing_to_open",
    "missing_to_start",
    "reason_code",
    "warnings_to_open",
    "wear_rate",
    "wear_sentence",
    "wheels_condition",
    "worst",
]
