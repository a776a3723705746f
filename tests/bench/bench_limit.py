"""Whether the repair limit is the best threshold there is, by living many lives with it and with others.

Run it as a script: `python tests/bench/bench_limit.py [lives] [seed]`.  Each life starts at the first month of an
outlook: a repair may come, and is kept and paid up to the policy's threshold, else the car is switched; without one the
car is switched where that costs less.  Every policy lives the same lives (common random numbers), so that their
difference is seen long before their means are.
"""

import math
import random
import sys
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sales_handoff.rules import Outlook, repair_limit
from sales_handoff.rules.limit import ZERO
from sales_handoff.rules.outlook import ClassHistory, Settings, YearOfAge, outlook_of

FACTORS = (0.8, 0.85, 0.9, 0.95, 0.98, 1.02, 1.05, 1.1, 1.15, 1.2)


@dataclass(frozen=True)
class Other:
    """A threshold of `factor` times the limit: what it saves a life in dollars, and how sure that is."""

    factor: float
    saved: float
    standard_error: float


@dataclass(frozen=True)
class Table:
    expected: float  # what a life costs by backward induction
    mean: float  # what one cost in the simulation
    mean_error: float
    rows: list[Other]


def expected_cost(outlook: Outlook) -> Decimal:
    """What a life costs on average under the best policy, from the first month: J(0), written down once more."""
    forever = outlook.challenger_monthly / outlook.monthly_rate

    def switching(age: int, repair: Decimal) -> Decimal:
        return forever - max(outlook.value[age] - outlook.pass_through * repair, outlook.scrap_value)

    best = switching(len(outlook.value) - 1, ZERO)
    for age in reversed(range(len(outlook.value) - 1)):
        keep = best / (1 + outlook.monthly_rate)
        chance = outlook.repair_chance[age]
        repaired = sum(share * min(cost + keep, switching(age, cost)) for cost, share in outlook.repair_costs[age])
        best = outlook.upkeep[age] + (1 - chance) * min(keep, switching(age, ZERO)) + chance * (repaired or 0)
    return best


def value_of_the_policy(outlook: Outlook) -> Decimal:
    """What a life costs on average when every repair up to the limit is paid, and no other: month by month forwards."""
    limits = repair_limit(outlook)
    forever = outlook.challenger_monthly / outlook.monthly_rate
    cost, kept, discount = ZERO, Decimal(1), Decimal(1)
    for age in range(len(limits) - 1):

        def switching(repair: Decimal, value: Decimal = outlook.value[age]) -> Decimal:
            return forever - max(value - outlook.pass_through * repair, outlook.scrap_value)

        goes_on = ZERO
        events = [(repair, share * outlook.repair_chance[age]) for repair, share in outlook.repair_costs[age]]
        cost += kept * discount * outlook.upkeep[age]
        for repair, odds in ((ZERO, 1 - outlook.repair_chance[age]), *events):
            if limits[age] > 0 and repair <= limits[age]:
                cost += kept * discount * odds * repair
                goes_on += odds
            else:
                cost += kept * discount * odds * switching(repair)
        kept *= goes_on
        discount /= 1 + outlook.monthly_rate
    return cost + kept * discount * (forever - max(outlook.value[-1], outlook.scrap_value))


def mean_costs(outlook: Outlook, *, lives: int, seed: int, factors: tuple[float, ...] = FACTORS) -> Table:
    """Live `lives` lives under the limit and under each factor of it, and compare."""
    limits = [float(limit) for limit in repair_limit(outlook)]
    last = len(limits) - 1
    value = [float(one) for one in outlook.value]
    upkeep = [float(one) for one in outlook.upkeep]
    rate, share, scrap = float(outlook.monthly_rate), float(outlook.pass_through), float(outlook.scrap_value)
    forever = float(outlook.challenger_monthly) / rate
    discount = [(1 + rate) ** -age for age in range(last + 1)]
    paid_until, total = [], 0.0
    for age in range(last + 1):
        paid_until.append(total)
        total += upkeep[age] * discount[age]
    # Nobody is better off switching a car that needs nothing where its limit is above zero; at zero one is.
    stops = next((age for age, limit in enumerate(limits) if limit <= 0), last)
    steps = _steps(outlook, stops)
    policies = (1.0, *factors)
    chance = random.Random(seed)
    draw = chance.random
    sums, squares = [0.0] * len(policies), [0.0] * len(policies)
    own, own_squares = 0.0, 0.0
    for _ in range(lives):
        repairs, age = [], -1
        while True:  # the next repair, by one draw: how many months nothing comes
            age = steps.next_repair(age + 1, draw())
            if age >= stops:
                break
            repairs.append((age, steps.cost(age, draw())))
        calm = discount[stops] * (forever - max(value[stops], scrap))
        calm += paid_until[stops] + (upkeep[stops] * discount[stops] if stops < last else 0.0)
        base = 0.0
        for number, factor in enumerate(policies):
            cost = 0.0
            for age, repair in repairs:
                if repair > limits[age] * factor:
                    cost += paid_until[age] + discount[age] * (
                        upkeep[age] + forever - max(value[age] - share * repair, scrap)
                    )
                    break
                cost += discount[age] * repair
            else:
                cost += calm
            if number == 0:
                base = cost
                own += cost
                own_squares += cost * cost
            else:
                saved = base - cost
                sums[number] += saved
                squares[number] += saved * saved
    rows = [
        Other(factor, sums[n] / lives, _error(sums[n], squares[n], lives)) for n, factor in enumerate(policies) if n > 0
    ]
    return Table(float(expected_cost(outlook)), own / lives, _error(own, own_squares, lives), rows)


@dataclass(frozen=True)
class _Steps:
    """Quick answers to: when does the next repair come, and what does it cost."""

    no_repair_before: list[float]  # the chance that none came before this month
    costs: list[list[tuple[float, float]]]  # (chance up to here, dollars)

    def next_repair(self, age: int, drawn: float) -> int:
        wanted = self.no_repair_before[age] * (1 - drawn)
        low, high = age, len(self.no_repair_before) - 1
        while low < high:
            middle = (low + high) // 2
            if self.no_repair_before[middle + 1] <= wanted:
                high = middle
            else:
                low = middle + 1
        return low

    def cost(self, age: int, drawn: float) -> float:
        return next((dollars for upto, dollars in self.costs[age] if drawn < upto), self.costs[age][-1][1])


def _steps(outlook: Outlook, stops: int) -> _Steps:
    none, costs = [1.0], []
    for age in range(stops):
        none.append(none[-1] * (1 - float(outlook.repair_chance[age])))
        upto, row = 0.0, []
        for cost, odds in outlook.repair_costs[age]:
            upto += float(odds)
            row.append((upto, float(cost)))
        costs.append(row)
    return _Steps(none, costs)


def _error(total: float, squares: float, lives: int) -> float:
    """The standard error of a mean."""
    mean = total / lives
    return math.sqrt(max(0.0, squares / lives - mean * mean) / lives)


def outlooks() -> dict[str, Outlook]:
    """A published car, one that breaks often, and a textbook one."""
    settings = Settings(Decimal("0.005"), Decimal("0.6"), Decimal(460))
    often = ClassHistory(
        cars=60,
        orders=900,
        years={year: YearOfAge(700, 70 + 8 * year, Decimal(40_000)) for year in range(4, 16)},
        sizes=((500, Decimal("0.7")), (300, Decimal("1.3")), (200, Decimal("3.1"))),
    )
    months = 120
    textbook = Outlook(
        value=[Decimal(9000) * Decimal("0.985") ** age for age in range(months)],
        upkeep=[Decimal(60 + 2 * age) for age in range(months)],
        repair_chance=[Decimal("0.05") + Decimal(age) / 1000 for age in range(months)],
        repair_costs=[[(Decimal(250), Decimal("0.5")), (Decimal(900), Decimal("0.3")),
                       (Decimal(1900), Decimal("0.12")), (Decimal(3500), Decimal("0.06")),
                       (Decimal(6000), Decimal("0.02"))]] * months,
        challenger_monthly=Decimal(320),
        monthly_rate=Decimal("0.005"),
        pass_through=Decimal("0.6"),
        scrap_value=Decimal(500),
    )  # fmt: skip
    found = {"published curve": outlook_of(ClassHistory(), settings), "breaks often": outlook_of(often, settings)}
    return {**{name: _from(outlook, 96) for name, outlook in found.items()}, "textbook": textbook}


def _from(outlook: Outlook, age: int) -> Outlook:
    """The same outlook for a car that is `age` months old already."""
    return Outlook(
        value=outlook.value[age:],
        upkeep=outlook.upkeep[age:],
        repair_chance=outlook.repair_chance[age:],
        repair_costs=outlook.repair_costs[age:],
        challenger_monthly=outlook.challenger_monthly,
        monthly_rate=outlook.monthly_rate,
        pass_through=outlook.pass_through,
        scrap_value=outlook.scrap_value,
    )


def main(lives: int = 200_000, seed: int = 7) -> None:
    failed = False
    for name, outlook in outlooks().items():
        started = time.perf_counter()
        limits, table = repair_limit(outlook), mean_costs(outlook, lives=lives, seed=seed)
        exactly = float(value_of_the_policy(outlook))
        print(f"{name}: {len(limits)} months, limit {limits[0]:,} now and {limits[24]:,} in two years; {lives:,} lives")
        print(f"  a life costs {table.expected:,.2f} by induction, {exactly:,.2f} by the policy forwards")
        print(f"  and {table.mean:,.2f} lived, with a standard error of {table.mean_error:,.2f}")
        print(f"  {'threshold':>10}{'saves':>12}{'error':>9}{'errors':>9}")
        for row in table.rows:
            sure = row.saved / row.standard_error if row.standard_error else 0.0
            failed |= sure > 2
            print(f"  {row.factor:>9.0%} {row.saved:>12.3f}{row.standard_error:>9.3f}{sure:>9.1f}")
        failed |= abs(exactly - table.expected) > 1 or abs(table.mean - table.expected) > 3 * table.mean_error
        print(f"  {time.perf_counter() - started:.0f} s\n")
    print("A threshold nearby costs less." if failed else "No threshold within 20 % costs less by two errors.")
    sys.exit(failed)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
