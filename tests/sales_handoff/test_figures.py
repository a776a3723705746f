"""Hand-offs met before the car left."""

from datetime import timedelta

import pytest
from django.http import QueryDict

from dealership.figures import Figure, period
from sales_handoff.figures import figures
from sales_handoff.models import Handoff
from tests.cast import AT, Cast, make_cast
from tests.sales_handoff.visits import make_handoff

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def met(cast: Cast, *, hours: int) -> Figure:
    at = AT + timedelta(hours=hours)
    [figure] = figures(period(QueryDict(""), cast.north, at), at)
    return figure


def test_a_hand_off_is_met_by_its_outcome_and_missed_without_one(cast: Cast) -> None:
    handoff = make_handoff(cast)
    Handoff.objects.filter(pk=handoff.pk).update(leaves_at=AT + timedelta(hours=2))
    assert met(cast, hours=1).value == ""  # the car is still here
    assert (met(cast, hours=3).value, met(cast, hours=3).count) == ("0", "0 of 1 customers who said yes")
    Handoff.objects.filter(pk=handoff.pk).update(status="claimed", claimed_by=cast.sam, claimed_at=AT)
    Handoff.objects.filter(pk=handoff.pk).update(status="done", outcome="thinking", outcome_at=AT)
    assert (met(cast, hours=1).value, met(cast, hours=1).count) == ("100", "1 of 1 customers who said yes")
    Handoff.objects.filter(pk=handoff.pk).update(outcome="not_reached")
    assert met(cast, hours=3).value == "0"


def test_one_that_was_taken_back_is_not_counted(cast: Cast) -> None:
    handoff = make_handoff(cast)
    Handoff.objects.filter(pk=handoff.pk).update(
        leaves_at=AT + timedelta(hours=1), status="withdrawn", withdrawn_at=AT, withdrawn_reason="The customer left."
    )
    assert met(cast, hours=2).count == "Nobody who said yes to a talk has left."
