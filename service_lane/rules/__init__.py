"""The pure rules of the service lane: values in, values out; no database, no clock.

conditions   what color a reading is, and why
wear         how fast something wears, and how far it has to go
inspection   the default multi-point template
pricing      what a line of the menu costs, each part of it rounded once
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
from service_lane.rules.pricing import (
    PART_STATES,
    Fee,
    FeeRule,
    LinePrice,
    Part,
    charge_refusal,
    dollars,
    fee_refusal,
    is_general_fee,
    price_line,
)
from service_lane.rules.wear import FEWEST_MILES, Past, Wear, miles_per_year, outlook, wear_rate, wear_sentence
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
    "FEWEST_MILES",
    "GREEN",
    "NOT_INSPECTED",
    "PART_STATES",
    "REASON_CODES",
    "RED",
    "THRESHOLDS",
    "YELLOW",
    "Condition",
    "Designee",
    "Fee",
    "FeeRule",
    "Item",
    "LinePrice",
    "Missing",
    "Part",
    "Past",
    "ReasonCode",
    "Section",
    "Threshold",
    "Wear",
    "WheelsRuling",
    "WriteUpFacts",
    "battery_condition",
    "charge_refusal",
    "condition",
    "convert",
    "describe",
    "dollars",
    "fee_refusal",
    "is_general_fee",
    "miles_per_year",
    "missing_to_open",
    "missing_to_start",
    "outlook",
    "price_line",
    "reason_code",
    "warnings_to_open",
    "wear_rate",
    "wear_sentence",
    "wheels_condition",
    "worst",
]
