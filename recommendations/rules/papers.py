"""What each paper of a repair order must carry.  The law says which facts; this says how to see that one is there.

Which facts a paper needs, and which notices it prints, is in dated policy rows, each with its source.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service_lane.rules import Missing

type Paper = Mapping[str, Any]
"""One paper as recommendations.documents writes it, before or after it was kept as JSON."""

UNKNOWN = "The policy asks for {name}, which Lane does not know."


@dataclass(frozen=True)
class Fact:
    """One thing a paper must say: where it is looked for, and what to do when it is not there."""

    is_there: Callable[[Paper], bool]
    missing: str


def _said(*path: str) -> Callable[[Paper], bool]:
    """Whether something stands at that place; a zero does."""

    def is_there(paper: Paper) -> bool:
        found: Any = paper
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found is not None and str(found).strip() != ""

    return is_there


def _each(rows: Callable[[Paper], Iterable[Mapping[str, Any]]], *keys: str) -> Callable[[Paper], bool]:
    """Whether every row says all of `keys`; a paper without such rows lacks nothing of them."""
    return lambda paper: all(_said(key)(row) for row in rows(paper) for key in keys)


def _shown(paper: Paper) -> list[Mapping[str, Any]]:
    return [line["shown"] for line in paper.get("lines") or ()]


def _parts(paper: Paper) -> list[Mapping[str, Any]]:
    return [part for shown in _shown(paper) for part in shown.get("parts") or ()]


def _has_lines(paper: Paper) -> bool:
    return bool(_shown(paper)) and _each(_shown, "title", "total")(paper)


def _labor_basis(paper: Paper) -> bool:
    """Hours at a rate, or one flat price, on every line."""
    return all(
        _said("flat_price")(one) or _each(lambda p: [p], "labor_hours", "labor_rate")(one) for one in _shown(paper)
    )


def _teardown(paper: Paper) -> bool:
    """What the paper says of teardown; for a line that takes something apart, all the law wants said before."""
    taken_apart = [one["teardown"] for one in _shown(paper) if one.get("teardown")]
    return _said("teardown")(paper) and not any(missing_of_teardown(one) for one in taken_apart)


def _free_has_reason(paper: Paper) -> bool:
    """Work that costs nothing says who pays and why: a warranty line stands on the bill like any other."""
    free = [one for one in _shown(paper) if not _said("total")(one) or Decimal(str(one["total"])) == 0]
    return all(_said("pay_type")(one) and _said("zero_reason")(one) for one in free)


def _answers(paper: Paper) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] | None = paper.get("answers" if "answers" in paper else "authorizations")
    return found or ()


def _authorized(paper: Paper) -> bool:
    """Each answer has its date and time, who gave it, and how; by phone or on a link, the contact used as well."""
    far = [one for one in _answers(paper) if one.get("channel") in ("phone", "link")]
    rows: list[Mapping[str, Any]] = list(_answers(paper))
    return bool(rows) and _each(lambda _: rows, "at", "who", "how")(paper) and _each(lambda _: far, "contact")(paper)


def _left_undone(paper: Paper) -> list[Mapping[str, Any]]:
    rows: Sequence[Mapping[str, Any]] | None = paper.get("declined") if "declined" in paper else paper.get("lines")
    return list(rows or ())


def _warned(paper: Paper) -> bool:
    """Each line that was not agreed: the finding, its reading where one was taken, the warning, and the day."""
    rows = _left_undone(paper)
    read = [one["shown"] for one in rows if one["shown"].get("ground") == "reading"]
    return (
        _each(lambda _: [one["shown"] for one in rows], "title", "finding", "if_you_wait", "horizon")(paper)
        and _each(lambda _: read, "measurement")(paper)
        and _each(lambda _: rows, "shown_at", "answer_words")(paper)
    )


FACTS: Mapping[str, Fact] = {
    "dealer_name": Fact(_said("rooftop", "name"), "Enter the name of the rooftop."),
    "dealer_address": Fact(_said("rooftop", "address"), "Enter the address of the rooftop."),
    "dealer_phone": Fact(_said("rooftop", "phone"), "Enter the phone of the rooftop."),
    "registration": Fact(_said("rooftop", "registration"), "Enter the rooftop's repair dealer registration."),
    "order_number": Fact(_said("number"), "The repair order has no number."),
    "issued_at": Fact(_said("at"), "The paper has no date."),
    "opened_at": Fact(_said("opened_at"), "The repair order has no date and time."),
    "customer_name": Fact(_said("customer", "name"), "Enter the customer's name."),
    "customer_contact": Fact(_said("customer", "contact"), "Enter the phone or e-mail the customer is asked at."),
    "vehicle": Fact(_said("vehicle", "title"), "Enter the year, make and model of the car."),
    "vin": Fact(_said("vehicle", "vin"), "Enter the VIN of the car."),
    "plate": Fact(_said("vehicle", "plate"), "Enter the plate of the car."),
    "vin_or_plate": Fact(
        lambda paper: _said("vehicle", "vin")(paper) or _said("vehicle", "plate")(paper),
        "Enter the VIN or the plate of the car.",
    ),
    "odometer_in": Fact(_said("odometer_in"), "Enter the miles the car came in with."),
    "odometer_out": Fact(_said("odometer_out"), "Enter the miles on the car now."),
    "problem": Fact(_said("purpose"), "Write down why they came, in their words."),
    "completion": Fact(_said("promised_at"), "Promise a time: the estimate needs the day it will be done."),
    "jobs": Fact(_has_lines, "Every job needs its name and its price."),
    "labor": Fact(_each(_shown, "labor"), "A job has no labor price."),
    "labor_basis": Fact(_labor_basis, "A job does not say its hours and rate, or its flat price."),
    "parts": Fact(_each(_parts, "description", "quantity", "unit_price", "amount"), "A part has no name or price."),
    "parts_state": Fact(_each(_parts, "state_words"), "A part does not say whether it is new, used or rebuilt."),
    "parts_return": Fact(_said("parts_return", "words"), "Say what happens with the replaced parts."),
    "sublet": Fact(_said("sublet"), "Say which work is sent out, or that none is."),
    "teardown": Fact(_teardown, "Say what taking it apart costs and destroys, or that nothing is taken apart."),
    "valid_until": Fact(_each(_shown, "valid_until"), "A price does not say until when it holds."),
    "free_has_reason": Fact(_free_has_reason, "A job costs nothing and does not say who pays and why."),
    "labor_subtotal": Fact(_said("sums", "labor"), "The subtotal of labor is not there."),
    "parts_subtotal": Fact(_said("sums", "parts"), "The subtotal of parts is not there."),
    "tax": Fact(_said("sums", "tax"), "The tax is not there."),
    "total": Fact(_said("sums", "total"), "The total is not there."),
    "authorized_before": Fact(_said("authorized_before"), "Say what was authorized before."),
    "revised_total": Fact(_said("revised_total"), "The revised total is not there."),
    "authorizations": Fact(_authorized, "An answer lacks its date and time, who gave it, or the contact used."),
    "answers": Fact(_authorized, "An answer lacks its date and time, who gave it, or the contact used."),
    "declined": Fact(_warned, "A declined line lacks its finding, its reading, its warning or its day."),
}
"""By the name a policy row uses."""


def unknown_facts(names: Iterable[str]) -> list[str]:
    """Those of `names` that are no fact of a paper."""
    return [name for name in names if name not in FACTS]


def missing_on_paper(paper: Paper, facts: Iterable[str]) -> tuple[Missing, ...]:
    """Which of the facts a policy asks for the paper does not say; a fact nobody knows is never taken as said.

    >>> paper = {"number": "48012", "rooftop": {"registration": ""}}
    >>> [one.field for one in missing_on_paper(paper, ["order_number", "registration"])]
    ['registration']
    """
    found = []
    for name in facts:
        fact = FACTS.get(name)
        if fact is None:
            found.append(Missing(name, UNKNOWN.format(name=name)))
        elif not fact.is_there(paper):
            found.append(Missing(name, fact.missing))
    return tuple(found)


@dataclass(frozen=True)
class PartsReturn:
    """What happens with replaced parts: what the customer said (None: nothing yet), and whose turn it is to speak.

    `unless_declined` is Ontario's way: they come back unless the customer said no.  Elsewhere they come back when the
    customer asked for them in time.
    """

    wants_back: bool | None
    unless_declined: bool

    @property
    def are_returned(self) -> bool:
        return self.unless_declined if self.wants_back is None else self.wants_back

    @property
    def words(self) -> str:
        """One sentence for the papers.

        >>> PartsReturn(None, unless_declined=True).words
        'Replaced parts are given back: you have not said no to them.'
        """
        if self.wants_back is None:
            if self.unless_declined:
                return "Replaced parts are given back: you have not said no to them."
            return "Replaced parts are not kept: you have not asked for them."
        if self.wants_back:
            return "Replaced parts are given back: you asked for them."
        return "Replaced parts are not kept: you said you do not want them."


def missing_of_teardown(teardown: Mapping[str, Any]) -> tuple[Missing, ...]:
    """What a line that takes something apart must still say (16 CCR 3353(c)): what putting it back costs, which parts
    are destroyed on the way, and how long putting it back takes at most."""
    facts = (
        ("reassembly", "Teardown: enter what putting it back together costs, in dollars."),
        ("parts_destroyed", "Teardown: name the parts it destroys, or write none."),
        ("days", "Teardown: enter how many days putting it back takes at most."),
    )
    return tuple(Missing("teardown", message) for field, message in facts if not _said(field)(teardown))
