"""Who else may say yes is an entry of the record: when the customer named them, in which words, and up to how much."""

from decimal import Decimal

import pgtrigger
import pytest

from dealership.models import Entry
from recommendations import export
from recommendations.actions import deciding, naming, record
from recommendations.actions.deciding import Answered, CannotDecide
from recommendations.models import Decision, Presentation, RecordEntry
from recommendations.tasks import sweep
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_order
from tests.recommendations.lines import shown

pytestmark = pytest.mark.django_db
WORDS = "Leila Brandt may also say yes, up to $400.00."
LEILA = {"designee_name": "Leila Brandt", "designee_limit": Decimal("400.00"), "signed_text": WORDS}


def says_yes(cast: Cast, presentation: Presentation) -> deciding.Outcome:
    return deciding.decide(
        presentation=presentation,
        answers=[Answered(presentation.lines.earliest("pk").pk, "approved")],
        who_name="Leila Brandt",
        who_kind=Decision.WhoKind.DESIGNEE,
        channel="counter",
        by=cast.ada,
        at=AT,
    )


def test_the_naming_is_entered_once_as_it_was_signed(cast: Cast) -> None:
    order = make_order(cast, **LEILA)

    sweep()
    sweep()
    assert naming.record_named(repair_order=order, at=AT) is None

    entry = RecordEntry.objects.get(kind="named")
    assert entry.at == order.signed_at
    said = {key: entry.payload[key] for key in ("designee", "limit", "named_by", "words", "by", "row")}
    assert said == {
        "designee": "Leila Brandt",
        "limit": "400.00",
        "named_by": "Theo Brandt",
        "words": WORDS,
        "by": cast.ada.pk,
        "row": order.pk,
    }
    assert Entry.objects.get(event="designee.entered").detail["entry"] == entry.sequence
    assert record.verify(cast.north) == record.Verified(1)
    told = export.bundle(order, AT).files["README.txt"].decode()
    assert "Named who else may say yes: Leila Brandt, up to $400.00, named by Theo Brandt" in told


def test_it_stands_before_their_first_answer_also_when_its_task_was_lost(cast: Cast) -> None:
    order = make_order(cast, **LEILA)
    says_yes(cast, shown(cast, order))
    assert list(RecordEntry.objects.order_by("sequence").values_list("kind", flat=True)) == [
        "presented",
        "named",
        "decided",
    ]
    assert record.verify(cast.north).problem == ""


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"signed_at": None, "signed_name": "", "signed_text": ""}, "has not signed yet that Leila Brandt may answer"),
        ({"designee_name": "", "designee_limit": None}, "named nobody else"),
    ],
)
def test_nobody_is_named_before_the_customer_signed_it(cast: Cast, fields: dict[str, object], why: str) -> None:
    order = make_order(cast, **LEILA)
    presentation = shown(cast, order)
    RepairOrder.objects.filter(pk=order.pk).update(**fields)
    presentation.repair_order.refresh_from_db()
    with pytest.raises(CannotDecide, match=why):
        says_yes(cast, presentation)
    assert naming.record_named(repair_order=presentation.repair_order, at=AT) is None
    assert not RecordEntry.objects.filter(kind__in=("named", "decided")).exists()


@pytest.mark.parametrize(
    "change", [{"designee_limit": Decimal(4000)}, {"designee_name": "Mallory"}, {"signed_text": ""}]
)
def test_a_limit_that_was_raised_behind_the_record_is_found(cast: Cast, change: dict[str, object]) -> None:
    order = make_order(cast, **LEILA)
    naming.record_named(repair_order=order, at=AT)
    with pgtrigger.ignore():
        RepairOrder.objects.filter(pk=order.pk).update(**change)
    assert f"Repair order {order.pk} is not as recorded: " in record.verify(cast.north).problem
