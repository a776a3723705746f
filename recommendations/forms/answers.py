"""Answers as they come from a page: one set of fields for each line, named by the line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recommendations.actions.deciding import AS_IT_STANDS, Answered
from recommendations.models import Advisory, Decision, Presentation
from service_lane.models import RepairOrder

UNTIL: Mapping[str, Promise] = {
    "30d": gettext_lazy("30 days"),
    "90d": gettext_lazy("3 months"),
    "180d": gettext_lazy("6 months"),
    "3000mi": gettext_lazy("3,000 miles"),
    "5000mi": gettext_lazy("5,000 miles"),
}
"""Until when a line is put off.  Nothing is chosen before the customer says."""


@dataclass(frozen=True)
class Replies:
    """What was answered, by advisory id, and what cannot be taken, with a sentence for the line it belongs to."""

    by_line: Mapping[int, Answered]
    problems: Mapping[int, str]

    def to(self, presentation: Presentation) -> list[Answered]:
        """The answers, each bound to its line of this presentation."""
        lines = presentation.lines.filter(advisory__in=self.by_line)
        return [replace(self.by_line[line.advisory_id], line_id=line.pk) for line in lines]


class WaiverForm(forms.Form):
    """No written estimate, up to an amount."""

    most = forms.DecimalField(
        label="The most all of it may cost",
        help_text="In dollars, tax included.",
        min_value=1,
        max_value=99_999,
        decimal_places=2,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value", "max_decimal_places"), "Enter an amount, like 150."
        ),
    )
    signed_name = forms.CharField(
        label="Type your full name to sign",
        max_length=120,
        error_messages={"required": "Type the full name of the customer who signs."},
    )


def one_line(typed: str, most: int = 120) -> str:
    """What was typed into one field, without what no keyboard types (a NUL the database refuses), and not too long."""
    return "".join(sign for sign in typed if sign.isprintable()).strip()[:most]


def read_answers(
    typed: Mapping[str, str], advisories: Iterable[int], *, today: date, odometer: int | None = None
) -> Replies:
    """Read `answer-<id>`, `until-<id>`, `question-<id>` and `seen-<id>` for each advisory id.

    A line without an answer is left out: silence is not an answer.  Miles count from `odometer`.
    """
    found: dict[int, Answered] = {}
    problems: dict[int, str] = {}
    for pk in advisories:
        answer = typed.get(f"answer-{pk}", "")
        if not answer:
            continue
        until_date, until_miles = _until(typed.get(f"until-{pk}", ""), today, odometer)
        question = one_line(typed.get(f"question-{pk}", ""), 300)
        if answer not in Advisory.Answer.values:
            problems[pk] = _("Choose yes, no, later or ask.")
        elif answer == Advisory.Answer.DEFERRED and not (until_date or until_miles):
            problems[pk] = _("Later: say until when.")
        elif answer == Advisory.Answer.NEEDS_INFO and not question:
            problems[pk] = _("Write down the question.")
        found[pk] = Answered(
            line_id=0,
            answer=answer,
            until_date=until_date,
            until_miles=until_miles,
            question=question,
            seen=_seen(typed.get(f"seen-{pk}")),
        )
    return Replies(found, problems)


def read_who(typed: Mapping[str, str], order: RepairOrder, name: str) -> tuple[str, str]:
    """Who answers, and "" or what is wrong with it, in a sentence.

    Asked only where the customer named somebody else at write-up (16 CCR 3354(c)): whoever bears that name answers
    within their limit, whatever else is marked.
    """
    kinds = Decision.WhoKind
    if not order.designee_name:
        return kinds.CUSTOMER, ""
    named = order.designee_name.strip().casefold()
    is_theirs = name.strip().casefold() == named and order.customer.name.casefold() != named
    said = typed.get("who", "")
    if said == kinds.DESIGNEE or (not said and is_theirs):
        return kinds.DESIGNEE, ""
    if said == kinds.CUSTOMER and not is_theirs:
        return kinds.CUSTOMER, ""
    if is_theirs:
        return "", _("{designee} was named to answer up to a limit. Mark that they answer.").format(
            designee=order.designee_name
        )
    return "", _("Mark who answers: {customer} or {designee}.").format(
        customer=order.customer.name, designee=order.designee_name
    )


def _until(choice: str, today: date, odometer: int | None) -> tuple[date | None, int | None]:
    if choice not in UNTIL:
        return None, None
    if choice.endswith("d"):
        return today + timedelta(days=int(choice[:-1])), None
    if odometer is None:
        return None, None
    return None, odometer + int(choice[:-2])


def _seen(value: str | None) -> int | None:
    """The decision the page showed: none of it said (as it stands), "" for none, or its id."""
    if value is None:
        return AS_IT_STANDS
    return int(value) if value.isdecimal() else None
