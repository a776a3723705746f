"""What cars have ahead of them, learned by the night, and every car against its repair limit."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from dealership import audit
from dealership.models import Entry, Rooftop
from sales_handoff import scoring
from sales_handoff.learning import Kind, histories
from sales_handoff.models import CarOutlook, HandoffPolicy
from sales_handoff.rules import monthly_equivalent, replace_cost
from sales_handoff.rules.outlook import ClassHistory, Settings, limits_against_newer, limits_to_say, outlook_of
from service_lane.models import RepairOrder

ZERO = Decimal(0)
LEAST_RATE = Decimal("0.0001")
"""A month's rate where the dealer says money is free: without any, what another car costs for good has no end."""
LEARNED = "limits.learned"


@dataclass(frozen=True)
class Learned:
    """How many classes a rooftop has, and how many of their rows were written or taken away."""

    classes: int
    changed: int
    gone: int


@transaction.atomic(durable=True)
def learn(*, rooftop: Rooftop, at: datetime) -> Learned:
    """Make the outlook and repair limits of each class of cars anew from what `rooftop` has seen of them.

    A row that comes out as it is stays untouched, so that `as_of_date` says since when it holds.
    """
    today = at.astimezone(rooftop.zone).date()
    policy, _ = HandoffPolicy.objects.get_or_create(rooftop=rooftop)
    settings = _settings(policy)
    held = {(row.make, row.model, row.body): row for row in CarOutlook.objects.filter(rooftop=rooftop)}
    found = histories(rooftop, today)
    write = []
    for kind, history in found.items():
        made = _made(kind, history, settings)
        row = held.pop(kind, None)
        if row is None or any(getattr(row, name) != value for name, value in made.items()):
            make, model, body = kind
            write.append(CarOutlook(rooftop=rooftop, make=make, model=model, body=body, as_of_date=today, **made))
    CarOutlook.objects.bulk_create(
        write,
        update_conflicts=True,
        unique_fields=["rooftop", "make", "model", "body"],
        update_fields=["cars", "orders", "values", "learned", "limits", "against_newer", "as_of_date"],
        batch_size=500,
    )
    CarOutlook.objects.filter(pk__in=[row.pk for row in held.values()]).delete()
    result = Learned(classes=len(found) - 1, changed=len(write), gone=len(held))
    audit.record(LEARNED, about=rooftop, rooftop=rooftop, by=None, at=at, **asdict(result))
    return result


def learned_today(rooftop: Rooftop, at: datetime) -> bool:
    """Whether `rooftop` has learned since its last midnight."""
    midnight = at.astimezone(rooftop.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return Entry.objects.filter(event=LEARNED, rooftop=rooftop, at__gte=midnight).exists()


@transaction.atomic(durable=True)
def score_cars(*, rooftop: Rooftop, at: datetime) -> int:
    """Keep every car's months and score every car of the group; returns how many scores were written.

    It serves the whole group; `rooftop` is where it is done, and whose today counts.
    """
    months = scoring.keep_months()
    written = scoring.score(at.astimezone(rooftop.zone).date(), at)
    audit.record("cars.scored", about=rooftop, rooftop=rooftop, by=None, at=at, months=months, scores=written)
    return written


@transaction.atomic(durable=True)
def score_car(*, repair_order: RepairOrder, at: datetime) -> int:
    """The same for the car of one order that has just closed; returns how many scores were written."""
    if repair_order.vehicle_id is None:
        return 0
    cars = [repair_order.vehicle_id]
    months = scoring.keep_months(cars)
    written = scoring.score(at.astimezone(repair_order.rooftop.zone).date(), at, cars)
    if months or written:
        audit.record("car.scored", about=repair_order, by=None, at=at, months=months, scores=written)
    return written


def _settings(policy: HandoffPolicy) -> Settings:
    """The dealer's own: their example of another car as what it costs a month over their horizon, without a trade."""
    rate = max(policy.yearly_interest / 12, LEAST_RATE)
    example = replace_cost(
        as_is=ZERO,
        price=policy.replacement_price,
        apr=policy.replacement_apr,
        loan_months=policy.replacement_months,
        upkeep_monthly=policy.replacement_upkeep_yearly / 12,
        insurance_monthly_more=policy.insurance_monthly_more,
        value_later=policy.replacement_price * policy.replacement_value_kept,
        months=policy.horizon_months,
        monthly_rate=rate,
    )
    monthly = monthly_equivalent(max(example, ZERO), rate, policy.horizon_months)
    return Settings(monthly_rate=rate, pass_through=policy.pass_through, example_monthly=monthly)


def _made(kind: Kind, history: ClassHistory, settings: Settings) -> dict[str, Any]:
    """The fields of a class's row that are worked out, each figure with what it rests on."""
    outlook = outlook_of(history, settings)
    against_newer = limits_against_newer(outlook)
    return {
        "cars": history.cars,
        "orders": history.orders,
        "values": history.guide[0],
        "learned": {
            "years": {
                str(year): [one.months, one.repairs, str(one.upkeep)] for year, one in sorted(history.years.items())
            },
            "sizes": [[count, str(round(mean, 4))] for count, mean in history.sizes],
            "guide": [str(round(figure, 6)) for figure in history.guide],
            "challenger_monthly": str(round(outlook.challenger_monthly, 2)),
            "settings": {name: str(value) for name, value in asdict(settings).items()},
        },
        "limits": limits_to_say(outlook, against_newer),
        "against_newer": against_newer,
    }
