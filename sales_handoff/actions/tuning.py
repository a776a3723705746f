"""Changing when a repair is worth a word: a new version of the rooftop's policy; what was weighed keeps its own."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from dealership import audit
from dealership.models import Rooftop, Staff
from sales_handoff.models import HandoffPolicy
from sales_handoff.rules.tuning import Thresholds
from sales_handoff.tuning import thresholds_of


class CannotTune(ValueError):
    """The policy stays as it is.  The message says why, in the sales manager's words."""


@transaction.atomic(durable=True)
def change_thresholds(
    *, rooftop: Rooftop, thresholds: Thresholds, seen_version: int, reason: str, by: Staff, at: datetime
) -> HandoffPolicy:
    """Make these the rooftop's thresholds from now on, as a new version, and return the policy.

    No evaluation is made anew.  Raises CannotTune without a reason, when nothing changes, or when somebody changed the
    policy since `seen_version`.
    """
    reason = reason.strip()
    if not reason:
        raise CannotTune("Say why they change. It is kept with the new version.")
    policy = HandoffPolicy.objects.get(rooftop=rooftop)
    was = thresholds_of(policy)
    if was == thresholds:
        raise CannotTune("These are the thresholds of today. Change one first.")
    if not HandoffPolicy.objects.filter(pk=policy.pk).change(seen_version=seen_version, **asdict(thresholds)):
        raise CannotTune("Somebody changed the policy meanwhile. Look at it again.")
    policy.refresh_from_db()
    changed = {
        name: [str(before), str(now)]
        for (name, before), now in zip(asdict(was).items(), asdict(thresholds).values(), strict=True)
        if before != now
    }
    audit.record(
        "handoff_policy.changed",
        about=policy,
        rooftop=rooftop,
        by=by,
        at=at,
        fields=changed,
        version=policy.version,
        reason=reason,
    )
    return policy
