"""What is done here, by topic: weighing a visit, asking and meeting the customer, the cars around and their limits."""

from sales_handoff.actions.asking import ask, queue, why_not_ask
from sales_handoff.actions.imports import import_list
from sales_handoff.actions.limits import learn, score_car, score_cars
from sales_handoff.actions.meeting import claim, finish, meet, read_minefield, release, walk_over, withdraw
from sales_handoff.actions.showing import show_sheet, take_sheet_off
from sales_handoff.actions.values import appraise
from sales_handoff.actions.wanting import end_need, tell_plan, want, wish
from sales_handoff.actions.weighing import evaluate

__all__ = [
    "appraise",
    "ask",
    "claim",
    "end_need",
    "evaluate",
    "finish",
    "import_list",
    "learn",
    "meet",
    "queue",
    "read_minefield",
    "release",
    "score_car",
    "score_cars",
    "show_sheet",
    "take_sheet_off",
    "tell_plan",
    "walk_over",
    "want",
    "why_not_ask",
    "wish",
    "withdraw",
]
