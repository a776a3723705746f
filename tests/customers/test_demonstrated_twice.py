"""The demonstration has one person entered twice, for somebody to find, and loading it again adds no third."""

from django.utils import timezone

from customers.models import Duplicate
from dealership.management.demonstration import people, setting
from dealership.management.demonstration.stage import Stage
from tests.cast import Cast


def test_the_demonstration_has_a_planted_pair_once(cast: Cast) -> None:
    at = timezone.now()
    rooftops = setting.rooftops()
    stage = Stage(rooftops["NORTH"], setting.staff(rooftops, at), at)
    for _ in range(2):
        people.enter_twice(stage)
    pair = Duplicate.objects.open().get()
    assert {str(pair.lower), str(pair.higher)} == {"Robert Kessler", "Bob Kessler"}
    assert pair.reasons == ["One first name is short for the other", "Same phone"]
    assert pair.lower.addresses.get() != pair.higher.addresses.get()
