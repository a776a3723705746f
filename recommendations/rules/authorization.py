"""How far a total may pass what was authorized, and what a yes by phone must hold.

The law is data: the policies themselves are dated rows, each with its source.
"""

from dataclasses import dataclass
from datetime import date, time
from decimal import ROUND_DOWN, Decimal

from service_lane.rules import Missing
from service_lane.rules.pricing import dollars


@dataclass(frozen=True)
class AuthorizationPolicy:
    """What may be charged above the authorized total without asking again: the greater of `tolerance_amount` dollars
    and `tolerance_percent` percent (10 is 10 %) of it, but at most `tolerance_cap` dollars when there is a cap."""

    tolerance_amount: Decimal
    tolerance_percent: Decimal
    tolerance_cap: Decimal | None
    source: str


@dataclass(frozen=True)
class Authority:
    """Whether a total may be charged, the most that may be, in dollars, and why in one sentence."""

    allowed: bool
    limit: Decimal
    reason: str


def authority(policy: AuthorizationPolicy, authorized: Decimal, total: Decimal) -> Authority:
    """May `total` dollars be charged when `authorized` dollars were?

    >>> florida = AuthorizationPolicy(Decimal(10), Decimal(10), Decimal(50), "Florida Statutes 559.909(1)")
    >>> authority(florida, authorized=Decimal(900), total=Decimal(951)).limit
    Decimal('950.00')
    >>> california = AuthorizationPolicy(Decimal(0), Decimal(0), None, "California B&P 9884.9(a)")
    >>> authority(california, authorized=Decimal(900), total=Decimal("900.01")).allowed
    False
    """
    tolerance = max(policy.tolerance_amount, authorized * policy.tolerance_percent / 100)
    if policy.tolerance_cap is not None:
        tolerance = min(tolerance, policy.tolerance_cap)
    limit = (authorized + tolerance).quantize(Decimal("0.01"), rounding=ROUND_DOWN)
    if total <= authorized:
        return Authority(True, limit, f"{dollars(total)} is within the {dollars(authorized)} authorized.")
    over = f"{dollars(total)} is {dollars(total - authorized)} above the {dollars(authorized)} authorized"
    if total <= limit:
        return Authority(True, limit, f"{over}, within the {dollars(limit - authorized)} allowed ({policy.source}).")
    allowed = f"{dollars(limit - authorized)} is allowed" if limit > authorized else "nothing above it is allowed"
    return Authority(False, limit, f"{over}, and {allowed}. Ask the customer first ({policy.source}).")


@dataclass(frozen=True)
class EstimateRule:
    """When a written estimate comes before the work: above `above` dollars, or never (None).  Where `waiver_allowed`, a
    customer may sign that they want none up to an amount they name; where `maintenance_excepted`, maintenance at a
    displayed price they agreed to needs none."""

    above: Decimal | None
    maintenance_excepted: bool
    waiver_allowed: bool
    source: str


@dataclass(frozen=True)
class Told:
    """How the customer has learned what the work costs: shown or signed in writing here, or the car was left without
    them; whether all of it is maintenance they asked for; and up to what they waived a written estimate, in dollars."""

    in_writing: bool
    was_left: bool
    only_maintenance: bool = False
    waived_up_to: Decimal | None = None


def estimate_refusal(rule: EstimateRule, told: Told, total: Decimal) -> str:
    """Why work that costs `total` dollars in all may not start without a written estimate, or "" when it may.

    >>> florida = EstimateRule(Decimal(100), False, True, "Florida Statutes 559.905")
    >>> estimate_refusal(florida, Told(in_writing=False, was_left=False), Decimal(100))
    ''
    """
    if rule.above is None or total <= rule.above or told.in_writing or told.was_left:
        return ""
    if rule.maintenance_excepted and told.only_maintenance:
        return ""
    waived = told.waived_up_to if rule.waiver_allowed else None
    if waived is not None and total <= waived:
        return ""
    if waived is not None:
        return (
            f"{dollars(total)} is above the {dollars(waived)} they signed for without a written estimate. "
            f"Show them the lines here or on their link ({rule.source})."
        )
    over = f" above {dollars(rule.above)}" if rule.above else ""
    waive = ", or let them sign how much they want none for" if rule.waiver_allowed else ""
    return (
        f"They were here and saw no price in writing. A written estimate comes first{over}: "
        f"show them the lines here or on their link{waive} ({rule.source})."
    )


@dataclass(frozen=True)
class PhoneConsent:
    """A yes given by phone.  Dollars for the two amounts; None or "" while not written down."""

    authorized_by: str = ""
    number_called: str = ""
    called_on: date | None = None
    called_at: time | None = None
    reason: str = ""
    additional_cost: Decimal | None = None
    revised_total: Decimal | None = None


def missing_for_phone_consent(consent: PhoneConsent) -> tuple[Missing, ...]:
    """Which of the seven facts of a phone consent are not written down yet (California 16 CCR 3354(a); the California
    Autobody Association's list)."""
    facts: tuple[tuple[bool, str, str], ...] = (
        (bool(consent.authorized_by.strip()), "authorized_by", "Write down who said yes."),
        (bool(consent.number_called.strip()), "number_called", "Enter the number you called."),
        (consent.called_on is not None, "called_on", "Enter the date of the call."),
        (consent.called_at is not None, "called_at", "Enter the time of the call."),
        (bool(consent.reason.strip()), "reason", "Write down why more work is needed."),
        (consent.additional_cost is not None, "additional_cost", "Enter what the added work costs."),
        (consent.revised_total is not None, "revised_total", "Enter the new total."),
    )
    return tuple(Missing(field, message) for there, field, message in facts if not there)
