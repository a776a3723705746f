"""What is done here, by topic: weighing a visit, asking and meeting the customer, what cars are worth and may cost."""

from sales_handoff.actions.asking import ask, queue, why_not_ask
from sales_handoff.actions.limits import learn, score_car, score_cars
from sales_handoff.actions.meeting import claim, finish, meet, read_minefield, release, walk_over, withdraw
from sales_handoff.actions.values import appraise, import_values
from sales_handoff.actions.weighing import evaluate

__all__ = [
    "appraise",
    "ask",
    "claim",
    "evaluate",
    "finish",
    "import_values",
    "learn",
    "meet",
    "queue",
    "read_minefield",
    "release",
    "score_car",
    "score_cars",
    "walk_over",
    "why_not_ask",
    "withdraw",
]
