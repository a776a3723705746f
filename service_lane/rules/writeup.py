"""What a repair order needs before it may open, and before anybody may start on the car.

Sources: California B&P 9884.9 and 16 CCR 3353 to 3354 (who authorizes, how to reach them), O. Reg. 17/05 s.48
(odometer), 940 CMR 5.05 (the problem in the customer's words).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Missing:
    """One thing that is not there yet: the field it belongs to, and a sentence for the person who can fill it."""

    field: str
    message: str


@dataclass(frozen=True)
class Designee:
    """Somebody else who may say yes, up to `limit` dollars."""

    name: str
    limit: Decimal | None


@dataclass(frozen=True)
class WriteUpFacts:
    """What is known at the counter.  Texts are "" and values None while not known; odometers in miles.

    Not `signed` is a car whose owner has not read the order yet, or was never here (a night drop, a tow): it may be
    written up, but nothing may start.
    """

    customer: str = ""
    callback_contact: str = ""
    vin: str = ""
    plate: str = ""
    odometer_in: int | None = None
    concern: str = ""
    arrived_at: datetime | None = None
    authorized_contact: str = ""
    signed: bool = False
    designees: tuple[Designee, ...] = ()
    last_odometer: int | None = None
    last_visit: str = ""


def missing_to_open(facts: WriteUpFacts) -> tuple[Missing, ...]:
    """Everything a repair order still lacks, in the order of the write-up; empty means it may open."""
    missing: list[Missing] = []

    def need(there: object, field: str, message: str) -> None:
        if not there:
            missing.append(Missing(field, message))

    need(facts.customer.strip(), "customer", "Say whose car it is.")
    need(facts.callback_contact.strip(), "callback_contact", "Enter a phone or e-mail where we can reach them today.")
    need(facts.vin.strip() or facts.plate.strip(), "vin", "Enter the VIN or the plate.")
    need(facts.odometer_in is not None and facts.odometer_in >= 0, "odometer_in", "Enter the miles on the odometer.")
    need(facts.concern.strip(), "concern", "Write down why they came, in their own words.")
    need(facts.arrived_at, "arrived_at", "Enter the date and time the car came in.")
    if facts.signed:
        need(
            facts.authorized_contact.strip(), "authorized_contact", "Say who may authorize work, and how to reach them."
        )
    for designee in facts.designees:
        missing.extend(_missing_for_designee(designee))
    return tuple(missing)


def missing_to_start(facts: WriteUpFacts) -> tuple[Missing, ...]:
    """What must be there before anybody works on the car, diagnosis included.

    A car whose owner has not signed waits until they were reached and have agreed (B&P 9884.9, 16 CCR 3353.2).
    """
    missing = missing_to_open(facts)
    if not facts.signed:
        missing += (Missing("signed", "Nothing may start on the car before its owner has read this and agreed."),)
        if not facts.authorized_contact.strip():
            missing += (Missing("authorized_contact", "Reach the owner first, and write down how."),)
    return missing


def warnings_to_open(facts: WriteUpFacts) -> tuple[Missing, ...]:
    """What looks wrong but does not stop the repair order from opening."""
    if facts.odometer_in is None or facts.last_odometer is None or facts.odometer_in >= facts.last_odometer:
        return ()
    when = f" on {facts.last_visit}" if facts.last_visit else ""
    message = (
        f"It read {facts.last_odometer:,} miles at the last visit{when}. Check that {facts.odometer_in:,} is right."
    )
    return (Missing("odometer_in", message),)


def _missing_for_designee(designee: Designee) -> tuple[Missing, ...]:
    name = designee.name.strip()
    if not name:
        return (Missing("designees", "Enter the name of the other person who may say yes, or take the line off."),)
    if designee.limit is None or designee.limit <= 0:
        message = f"Enter the most {name} may say yes to, like 300. If {name} may not say yes, take the name off."
        return (Missing("designees", message),)
    return ()
