"""The demonstration shows follow-ups at every stage, and loading it again adds none."""

import pytest
from django.utils import timezone

from dealership.management.demonstration import afterwards, setting
from dealership.management.demonstration.stage import Stage
from recommendations.models import FollowUp
from tests.cast import Cast


@pytest.mark.django_db
def test_the_demonstration_has_follow_ups_of_every_kind_once(cast: Cast) -> None:
    at = timezone.now()
    rooftops = setting.rooftops()
    staff = setting.staff(rooftops, at)
    setting.install(rooftops["NORTH"], at)
    stage = Stage(rooftops["NORTH"], staff, at)
    for _ in range(2):
        afterwards.follow_ups(stage)
    lists = FollowUp.objects.lists(at.astimezone(rooftops["NORTH"].zone).date())
    counts = {name: FollowUp.objects.filter(rows).count() for name, rows in lists.items()}
    assert counts == {"overdue": 2, "due": 1, "waiting": 2, "snoozed": 1, "later": 0, "settled": 1}
    assert FollowUp.objects.get(recovered_by__isnull=False).stop_reason == "agreed"
    assert FollowUp.objects.filter(kind="silent").count() == 1
