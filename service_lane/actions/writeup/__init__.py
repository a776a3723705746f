"""Write-up: from a car at the curb to an open repair order.  Nothing typed is lost; nothing missing is let through."""

from service_lane.actions.writeup.drafting import (
    AlreadyHere,
    Finished,
    NotReady,
    Saved,
    choose,
    drop,
    held,
    save,
    start,
    undo,
)
from service_lane.actions.writeup.opening import READ_AGAIN, SIGNED_STEP, open_repair_order
from service_lane.counter import tread_readings, words_to_sign

__all__ = [
    "READ_AGAIN",
    "SIGNED_STEP",
    "AlreadyHere",
    "Finished",
    "NotReady",
    "Saved",
    "choose",
    "drop",
    "held",
    "open_repair_order",
    "save",
    "start",
    "tread_readings",
    "undo",
    "words_to_sign",
]
