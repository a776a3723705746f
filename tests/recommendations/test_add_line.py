"""A line is added at the counter only with one ground of its own."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from customers.actions import check_recall
from dealership.models import Entry
from recommendations import estimate as estimates
from recommendations.actions import drafting, pricing
from recommendations.models import Advisory, PresentedLine
from recommendations.rules import saving
from service_lane.models import OpCode, ScheduleRow
from tests.cast import AT, make_cast, make_order, make_vehicle
from tests.customers.recall_list import bring
from tests.customers.recall_list import line as listed
from tests.recommendations.lines import make_inspection, make_item, make_op_code, shown

pytestmark = pytest.mark.django_db


def test_a_makers_interval_cites_its_schedule_row():
    cast = make_cast()
    order = make_order(cast)
    op = make_op_code(cast, "72CABIN", name="Change the cabin filter", nature="maintenance")
    row = ScheduleRow.objects.create(
        op_code="72CABIN", service="Cabin filter", miles=15000, source="Owner's manual 2018, page 602", is_makers=True
    )
    line = drafting.add_line(repair_order=order, line=drafting.ByHand(op_code=op, schedule_row=row), by=cast.ada, at=AT)
    assert (line.ground, line.reason_code, line.urgency) == ("interval", "3", "can_wait")
    assert line.ground_text == "The maker's schedule: Cabin filter, every 15,000 miles. Owner's manual 2018, page 602"
    assert Entry.objects.filter(event="line.added").count() == 1


def test_a_general_schedule_never_carries_the_makers_reason():
    cast = make_cast()
    order = make_order(cast)
    op = make_op_code(cast, "72CABIN", name="Change the cabin filter", nature="maintenance")
    row = ScheduleRow.objects.create(op_code="72CABIN", service="Cabin filter", miles=15000, source="generic")
    line = drafting.add_line(repair_order=order, line=drafting.ByHand(op_code=op, schedule_row=row), by=cast.ada, at=AT)
    assert line.reason_code == "4"
    assert estimates.load(order, at=AT).lines[0].reason_words == "a general schedule"
    content = pricing.content_of(line.versions.get(), line.pay_type)
    with pytest.raises(pricing.CannotWrite, match="a general schedule"):
        pricing.write_version(advisory=line, content=content, by=cast.ada, at=AT, reason_code="3")


def test_a_schedule_row_of_another_operation_is_no_ground():
    cast = make_cast()
    order = make_order(cast)
    op = make_op_code(cast, "72CABIN", name="Change the cabin filter", nature="maintenance")
    row = ScheduleRow.objects.create(op_code="01OIL", service="Oil and filter", miles=7500, source="generic")
    with pytest.raises(drafting.Ungrounded, match="is for Oil and filter"):
        drafting.add_line(repair_order=order, line=drafting.ByHand(op_code=op, schedule_row=row), by=cast.ada, at=AT)
    assert not Advisory.objects.exists()


def test_a_saving_shows_its_arithmetic():
    cast = make_cast()
    order = make_order(cast)
    op = make_op_code(cast, "09PLUG", name="Replace the spark plugs")
    found = saving(Decimal(12000), Decimal(24), Decimal(26), Decimal(4), Decimal(180))
    line = drafting.add_line(
        repair_order=order,
        line=drafting.ByHand(op_code=op, saving=found, saving_inputs={"miles_a_year": 12000}),
        by=cast.ada,
        at=AT,
    )
    assert line.saving["months_to_pay_back"] == 15
    assert line.versions.get().finding_text == found.sentence


def test_a_campaign_is_paid_by_the_maker_and_says_why_it_is_free():
    cast = make_cast()
    order = make_order(cast)
    op = make_op_code(cast, "RCL640", name="Recall 24V-640, fuel pump")
    line = drafting.add_line(
        repair_order=order, line=drafting.ByHand(op_code=op, campaign="24V-640"), by=cast.ada, at=AT
    )
    version = line.versions.get()
    assert (line.pay_type, version.total, version.zero_reason) == ("W", Decimal(0), "The maker pays: campaign 24V-640.")
    shown(cast, order, [line])
    assert PresentedLine.objects.get().snapshot["total"] == "0.00"


def test_a_note_worth_telling_needs_a_ground_and_becomes_one_line():
    cast = make_cast()
    order = make_order(cast)
    inspection = make_inspection(cast, order)
    note = make_item(
        cast, inspection, condition="green", computed="green", worth_telling="The blades are six years old"
    )
    op = make_op_code(cast, "76WIPE", name="Change the wipers")
    with pytest.raises(drafting.Ungrounded, match="Without a ground it cannot be advised"):
        drafting.add_line(repair_order=order, line=drafting.ByHand(op_code=op, worth_telling=note), by=cast.ada, at=AT)
    assert not Advisory.objects.exists()
    asked = drafting.ByHand(op_code=op, worth_telling=note, request="Yes, change them while it is here.")
    line = drafting.add_line(repair_order=order, line=asked, by=cast.ada, at=AT)
    assert (line.found_by, line.finding) == (cast.tess, note)
    with pytest.raises(drafting.Ungrounded, match="has its line already"):
        drafting.add_line(repair_order=order, line=asked, by=cast.ada, at=AT)


def test_a_line_rests_on_one_ground_not_two():
    cast = make_cast()
    order = make_order(cast)
    both = drafting.ByHand(op_code=make_op_code(cast), request="Please", campaign="24V-640")
    with pytest.raises(drafting.Ungrounded, match="one ground"):
        drafting.add_line(repair_order=order, line=both, by=cast.ada, at=AT)


def campaign_line(cast, order, number: str = "26V-001"):
    op = make_op_code(cast, "RCL001", name="Recall 26V-001, fuel pump")
    return drafting.add_line(
        repair_order=order, line=drafting.ByHand(op_code=op, campaign=number, again=True), by=cast.ada, at=AT
    )


@pytest.mark.parametrize("number", ["26V-001", "26V001000"])
def test_a_recall_that_is_only_possible_is_not_called_open(number):
    cast = make_cast()
    order = make_order(cast, vehicle=make_vehicle(vin="5FPYK3F79JB000001"))
    bring([listed(CAMPNO="26V001000")])
    for seen, state in enumerate(("", "not_this_car", "open")):
        if state:
            check_recall(
                vehicle=order.vehicle,
                campaign="26V001000",
                state=state,
                source="maker_system",
                seen=seen - 1,
                by=cast.ada,
                at=AT,
                rooftop=cast.north,
            )
        if state != "open":
            with pytest.raises(drafting.Ungrounded, match="Recall 26V001000 is possible on this car, by model"):
                campaign_line(cast, order, number)
            OpCode.objects.filter(code="RCL001").delete()
            assert not Advisory.objects.exists()
    assert campaign_line(cast, order, number).versions.get().total == 0


def test_a_campaign_never_becomes_work_the_customer_pays_for():
    cast = make_cast()
    line = campaign_line(cast, make_order(cast))
    paid = replace(pricing.content_of(line.versions.get(), "C"), labor_hours=Decimal("1.5"))
    with pytest.raises(pricing.CannotWrite, match="What a campaign repairs is free: the maker pays"):
        pricing.write_version(advisory=line, content=paid, by=cast.ada, at=AT)
    with pytest.raises(IntegrityError, match="advisory_campaign_is_never_paid_by_them"), transaction.atomic():
        Advisory.objects.filter(pk=line.pk).update(pay_type="C")
    assert line.versions.get().total == 0
