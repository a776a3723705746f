"""Households: who lives with whom.  It is proposed by what they share, and true when a person says so."""

from collections.abc import Collection
from datetime import datetime
from itertools import batched

from django.db import transaction
from django.db.models import Q

from customers.households import pairs_to_ask, residents
from customers.models import Customer, Household, HouseholdSuggestion
from customers.rules.households import why_together
from dealership import audit
from dealership.models import Staff
from dealership.undo import UNDO_FOR

AT_ONCE = 1000
"""Pairs looked at together."""


class NotTogether(Exception):
    """They share a household already, or are one and the same."""


class AlreadySettled(Exception):
    """Somebody said before whether they live together."""


class TooLate(Exception):
    """It cannot be taken back any more.  Its message says how to put it right."""


@transaction.atomic(durable=True)
def propose_households(*, customers: Collection[int] | None = None, at: datetime) -> int:
    """Keep who may live together, of `customers` or of all, and return how many pairs are new.

    Asked again, it proposes nothing twice, and nothing that somebody declined.
    """
    made = 0
    for pairs in batched(pairs_to_ask(customers), AT_ONCE):
        known = residents(pk for pair in pairs for pk in pair)
        rows = [
            HouseholdSuggestion(
                low_id=low,
                high_id=high,
                reasons=[{"kind": one.kind, "words": one.words} for one in reasons],
                proposed_at=at,
            )
            for low, high in pairs
            if (reasons := why_together(known[low], known[high]))
        ]
        HouseholdSuggestion.objects.bulk_create(rows, ignore_conflicts=True)
        made += len(rows)
    if made:
        newest = HouseholdSuggestion.objects.filter(proposed_at=at).first()
        if newest:
            audit.record("household.suggested", about=newest, by=None, at=at, pairs=made)
    return made


@transaction.atomic(durable=True)
def live_together(*, customer: Customer, other: Customer, everyone: bool = False, by: Staff, at: datetime) -> Household:
    """`customer` and `other` share a household from now on.  Raises NotTogether.

    Whoever has none joins the other's; where neither has one it is made; where both have one, `customer` moves to that
    of `other`, with `everyone` of their own household.  A suggestion about the two is confirmed by it.
    """
    households = _lock(customer, other)
    mine, theirs = households.get(customer.pk), households.get(other.pk)
    if customer.pk == other.pk or (mine and mine == theirs):
        raise NotTogether(customer, other)
    if theirs is None:
        theirs = mine or Household.objects.create(name=other.last_name or other.name).pk
        Customer.objects.filter(pk=other.pk).update(household=theirs)
    if mine != theirs:
        moving = Q(household=mine) if everyone and mine else Q(pk=customer.pk)
        Customer.objects.filter(moving).update(household=theirs)
        _drop_if_alone(mine)
    HouseholdSuggestion.objects.of_pair(customer.pk, other.pk).confirm(by=by, at=at)
    audit.record(
        "household.joined",
        about=customer,
        by=by,
        at=at,
        household=theirs,
        with_customer=other.pk,
        everyone_of=mine if everyone else None,
    )
    return Household.objects.get(pk=theirs)


@transaction.atomic(durable=True)
def leave_household(*, customer: Customer, by: Staff, at: datetime) -> None:
    """They live elsewhere now, and are not proposed to live with those they left.  A household of one is none."""
    left = _lock(customer, customer).get(customer.pk)
    stay = Customer.objects.filter(household=left).exclude(pk=customer.pk) if left else Customer.objects.none()
    apart = [
        HouseholdSuggestion(
            low_id=min(pk, customer.pk),
            high_id=max(pk, customer.pk),
            state=HouseholdSuggestion.State.DECLINED,
            proposed_at=at,
            decided_by=by,
            decided_at=at,
        )
        for pk in stay.values_list("pk", flat=True)
    ]
    HouseholdSuggestion.objects.bulk_create(
        apart,
        update_conflicts=True,
        unique_fields=["low", "high"],
        update_fields=["state", "decided_by", "decided_at"],
    )
    Customer.objects.filter(pk=customer.pk).update(household=None)
    _drop_if_alone(left)
    audit.record("household.left", about=customer, by=by, at=at, household=left)


@transaction.atomic(durable=True)
def decline_suggestion(*, suggestion: HouseholdSuggestion, by: Staff, at: datetime) -> None:
    """They do not live together; it is not proposed again.  Raises AlreadySettled."""
    if not HouseholdSuggestion.objects.filter(pk=suggestion.pk).decline(by=by, at=at):
        raise AlreadySettled(suggestion)
    audit.record("household.declined", about=suggestion, by=by, at=at, pair=[suggestion.low_id, suggestion.high_id])


@transaction.atomic(durable=True)
def undo_decline(*, suggestion: HouseholdSuggestion, by: Staff, at: datetime) -> None:
    """It is open again; within ten seconds, by whoever declined it.  Raises TooLate."""
    rows = HouseholdSuggestion.objects.filter(pk=suggestion.pk, decided_by=by)
    if not rows.undo_decline(since=at - UNDO_FOR):
        raise TooLate("The ten seconds are over. If they do live together, say so under Household on their page.")
    audit.record("household.decline_undone", about=suggestion, by=by, at=at)


def _lock(one: Customer, other: Customer) -> dict[int, int | None]:
    """The household of each of the two, held against every other change until this transaction ends."""
    rows = Customer.objects.select_for_update().filter(pk__in=(one.pk, other.pk)).order_by("pk")
    return dict(rows.values_list("pk", "household_id"))


def _drop_if_alone(household_id: int | None) -> None:
    if household_id and Customer.objects.filter(household=household_id).count() < 2:
        Household.objects.filter(pk=household_id).delete()
