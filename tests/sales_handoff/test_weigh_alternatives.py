"""What a visit is weighed against: the facts of this car, cars that exist, and whoever wants to buy it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from dealership.models import Entry, Staff
from recommendations.models import Advisory
from sales_handoff.actions import appraise, evaluate, import_list, want, wish
from sales_handoff.models import Evaluation, HandoffPolicy, StockUnit, Wish
from sales_handoff.rules.needs import NeedRow
from service_lane.models import Inspection, InspectionItem, OpCode, Reading, RepairOrder, ScheduleRow
from tests.cast import AT, Cast, make_customer, make_vehicle
from tests.sales_handoff.test_weigh_a_visit import figure
from tests.sales_handoff.visits import add_line, make_guide_row, make_old_car_order, weighed_order

pytestmark = pytest.mark.django_db

STOCK = (
    "stock_number,condition,year,make,model,trim,body,seats,drive,miles,price",
    "N1,used,2019,Honda,Fit,EX,hatch,5,fwd,61000,9900",
    "N2,used,2018,Honda,Civic,LX,sedan,5,fwd,72000,12400",
    "N3,used,2019,Honda,Pilot,EX,suv,8,awd,79000,20800",
    "N4,new,2027,Honda,Civic,Sport,sedan,5,fwd,8,26900",
)
PROGRAMS = (
    "name,kind,condition,make,model,months,apr,money_factor,residual_percent,due_at_signing,miles_a_year,"
    "cents_a_mile_over,from_date,until_date",
    "Used rate,apr,used,,,60,7.9,,,,,,2026-11-01,2026-12-31",
    "Old rate,apr,used,,,60,1.9,,,,,,2026-01-01,2026-10-31",
    "Civic lease,lease,new,Honda,Civic,36,,0.00125,58,1500,12000,15,2026-11-01,2026-12-31",
)


def take(cast: Cast, kind: str, *lines: str) -> None:
    import_list(kind, lines=lines, rooftop=cast.north, at=AT, by=cast.sue, filename=f"{kind}.csv")


def again(order: RepairOrder, minutes: int = 1) -> Evaluation:
    evaluation = evaluate(repair_order=order, at=AT + timedelta(minutes=minutes))
    assert evaluation is not None
    return evaluation


def as_(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def earlier(order: RepairOrder, days: int, odometer: int, **fields: Any) -> RepairOrder:
    """A visit of the same car so many days before, closed since."""
    opened = AT - timedelta(days=days)
    return RepairOrder.objects.create(
        **{
            **{"rooftop": order.rooftop, "number": f"E{days}", "customer": order.customer, "vehicle": order.vehicle},
            **{"opened_at": opened, "closed_at": opened, "status": "closed", "odometer_in": odometer},
            **{"source": "dms", **fields},
        }
    )


def put_off(order: RepairOrder, total: str, op_code: str) -> Advisory:
    line = add_line(order, total, op_code=op_code)
    Advisory.objects.filter(pk=line.pk).update(
        presented_version=1, valid_until="2026-12-07", answer="declined", answered_version=1
    )
    return line


# --- the worked example of repair or replace -------------------------------------------------------------------------


def test_the_worked_example_comes_out_to_the_cent_through_the_whole_house(cast: Cast) -> None:
    """2013, 142,880 miles: $3,150 today, worth $4,200, $1,200 a year to come; or $28,000 at 6.9 % for 72 months."""
    HandoffPolicy.objects.create(
        rooftop=cast.north,
        replacement_price=Decimal(28_000),
        replacement_apr=Decimal("6.90"),
        replacement_months=72,
        replacement_upkeep_yearly=Decimal(225),
        replacement_value_kept=Decimal("0.6960"),
        insurance_monthly_more=Decimal(45),
    )
    customer = make_customer("Cam", "Ray")
    car = make_vehicle(customer, plate="7CAM013", year=2013, make="TOYOTA", model="Camry", trim="", body="sedan")
    order = make_old_car_order(cast, customer=customer, vehicle=car)
    RepairOrder.objects.filter(pk=order.pk).update(odometer_in=142_880)
    order.refresh_from_db()
    add_line(order, "3150.00")
    put_off(earlier(order, days=365, odometer=130_880), "2400.00", "NOLONGER")
    appraise(repair_order=order, low=Decimal(4200), high=Decimal(4200), source="Auction", by=cast.sue, at=AT)

    evaluation = again(order)

    assert evaluation.keep_monthly == Decimal("221.40")
    assert evaluation.replace_monthly == Decimal("555.17")
    assert evaluation.plain_reading == "Over the next two years keeping it is cheaper by about $334 a month."
    sheet = evaluation.sheet
    assert sheet["rows"][0]["keep"] == "$3,150.00"
    assert sheet["rows"][-1]["keep"] == "$221"
    assert sheet["terms"]["payment"] == "436.76"
    assert figure(evaluation, "Miles a year")["value"] == "about 12,000"


# --- facts -----------------------------------------------------------------------------------------------------------


def test_what_was_put_off_is_counted_at_todays_price_and_not_when_it_is_done_or_advised_again(cast: Cast) -> None:
    order = make_old_car_order(cast)
    add_line(order, "1200.00", op_code="41BRKF")
    before = earlier(order, days=200, odometer=110_000)
    for code, total in (("45STRUT", "700.00"), ("GONE", "300.00"), ("DONE", "900.00"), ("41BRKF", "350.00")):
        put_off(before, total, code)
    done = add_line(earlier(order, days=100, odometer=115_000), "900.00", op_code="DONE")
    Advisory.objects.filter(pk=done.pk).update(
        presented_version=1, valid_until="2026-12-07", answer="approved", answered_version=1
    )
    Advisory.objects.filter(pk=done.pk).update(work="started", work_started_at=AT)
    Advisory.objects.filter(pk=done.pk).update(work="done", work_done_at=AT)
    OpCode.objects.create(
        rooftop=cast.north, code="45STRUT", name="Struts", nature="drivability", labor_hours=Decimal("5.00")
    )

    evaluation = again(order)

    declined = evaluation.inputs["ahead"]["declined"]
    assert [(row["amount"], row["is_todays_price"]) for row in declined] == [("840.00", True), ("300.00", False)]
    told = figure(evaluation, "Still declined from before")
    assert told["value"] == "$1,140.00"
    assert "1 line at the old price" in told["source"]


def test_known_work_counts_where_it_is_more_than_the_age_needs_and_never_on_top(cast: Cast) -> None:
    make_guide_row()
    order = make_old_car_order(cast)
    add_line(order, "1200.00")
    before = earlier(order, days=200, odometer=110_000)
    usual = again(order, 0).keep_monthly
    put_off(before, "500.00", "SMALL")
    assert again(order).keep_monthly == usual

    put_off(before, "6000.00", "LARGE")
    dearer = again(order, 2)
    assert dearer.keep_monthly > usual
    assert dearer.sheet["rows"][1]["keep"].startswith("$6,500 to expect")
    assert dearer.sheet["rows"][1]["keep_note"].startswith("What was put off before")


def test_what_wears_and_what_the_schedule_asks_are_likely_next_each_with_its_source(cast: Cast) -> None:
    order = make_old_car_order(cast)
    add_line(order, "1200.00")
    for code in ("41BRKF", "OIL"):
        OpCode.objects.create(rooftop=cast.north, code=code, name=code, nature="safety", labor_hours=1)
    ScheduleRow.objects.create(op_code="OIL", service="Oil change", miles=10_000, source="Owner's manual")
    ScheduleRow.objects.create(op_code="OIL", service="Oil change", make="KIA", miles=1_000, source="Another make")
    for visit, value in ((earlier(order, days=365, odometer=108_000), "7.0"), (order, "5.0")):
        RepairOrder.objects.filter(pk=visit.pk).update(signed_at=AT)
        sheet = Inspection.objects.create(repair_order=visit, template_name="T", technician=cast.tess, started_at=AT)
        item = InspectionItem.objects.create(
            inspection=sheet,
            **{"section": "Brakes", "position": 1, "key": "front-pads", "name": "Front pads", "op_code": "41BRKF"},
            **{"unit": "mm", "red_to": Decimal(3)},
        )
        Reading.objects.create(item=item, position="LF", value=Decimal(value), unit="mm", by=cast.tess, at=AT)

    coming = again(order).inputs["ahead"]["coming"]

    assert [(row["name"], row["times"], row["amount"]) for row in coming] == [
        ("Front pads", 1, "168.00"),
        ("Oil change", 2, "336.00"),
    ]
    assert coming[0]["why"] == "Front pads: 7 mm to 5 mm in 12,000 miles; 3 mm near 132,000 miles"
    assert coming[1]["why"] == "Oil change, every 10,000 miles: Owner's manual"


def sales(count: int) -> list[str]:
    rows = ["year,make,model,trim,miles,price,date"]
    for n in range(count):
        age, miles = 3 + n % 10, 30_000 + 9_000 * (n % 10) + 15_000 * (n % 3)
        price = round(17_000 * 0.9**age * 0.96 ** (miles / 10_000) * (1.05 if n % 2 else 0.95), 2)
        rows.append(f"{2026 - age},Honda,Fit,,{miles},{price},2026-0{1 + n % 9}-15")
    return rows


def test_a_value_is_typed_else_from_the_guide_else_fitted_to_our_sales_else_not_known(cast: Cast) -> None:
    order = make_old_car_order(cast)
    add_line(order)
    take(cast, "sales", *sales(11))
    assert again(order).value_low is None

    take(cast, "sales", *sales(30))
    fitted = again(order, 2)
    assert fitted.value_source == "our own sales of 30 such cars"
    assert 0 < fitted.value_low < fitted.value_high < 9_000
    assert "two of three lie in this range" in figure(fitted, "Worth once fixed")["source"]
    assert fitted.inputs["value"]["fit"]["count"] == 30

    make_guide_row()
    assert again(order, 3).value_source == "Guide of the tests"
    appraise(repair_order=order, low=Decimal(1), high=Decimal(2), source="Auction", by=cast.sue, at=AT)
    assert again(order, 4).value_source == "Auction"


# --- cars that exist -------------------------------------------------------------------------------------------------


def test_a_real_car_stands_in_the_replace_column_with_every_term_of_its_payment(cast: Cast) -> None:
    take(cast, "stock", *STOCK)
    take(cast, "programs", *PROGRAMS)
    order, _ = weighed_order(cast)

    evaluation = wish(repair_order=order, payment=Decimal(200), by=cast.ada, at=AT + timedelta(minutes=1))

    assert evaluation is not None
    assert [car["stock_number"] for car in evaluation.sheet["cars"]] == ["N1"]
    assert evaluation.sheet["replacement"] == "2019 Honda Fit EX, stock N1"
    row = evaluation.sheet["rows"][2]
    assert (row["replace"], row["replace_note"]) == ("2019 Honda Fit EX, stock N1", "$9,900, and $1,467 tax and fees.")
    terms = evaluation.sheet["terms"]
    assert (terms["apr"], terms["months"]) == ("7.9", 60)
    financed = Decimal("9900.00") + Decimal("1466.75") - Decimal(terms["trade"])
    assert Decimal(terms["financed"]) == financed
    assert Decimal(terms["total"]) == 60 * Decimal(terms["payment"])
    example = evaluation.sheet["examples"][0]
    for said in ("60 monthly payments of", "7.9% APR", "Amount financed", "total of payments", "$0 due at signing"):
        assert said in example
    assert "Example only, not an offer of credit." in example
    assert "Used rate, until" in example
    assert figure(evaluation, "Its loan")["source"] == "Used rate, until 31 Dec 2026"
    assert Wish.objects.get().by == cast.ada
    assert Entry.objects.filter(event="customer.wished").count() == 1


def test_what_keeping_costs_is_the_budget_until_they_name_one_and_when_nothing_fits_it_says_so(cast: Cast) -> None:
    take(cast, "stock", *STOCK)
    order, evaluation = weighed_order(cast, "1200.00")

    assert evaluation.sheet["cars"] == []
    assert figure(evaluation, "From our stock")["value"] == "Nothing fits"
    assert "No car on our lot fits what you need." in evaluation.sheet["rows"][2]["replace_note"]
    assert "as an example" in evaluation.sheet["rows"][2]["replace"]

    seven = wish(repair_order=order, body="suv", seats=7, payment=Decimal(600), by=cast.ada, at=AT)
    assert [car["stock_number"] for car in seven.sheet["cars"]] == ["N3"]
    assert seven.sheet["cars"][0]["reasons"][1] == "8 seats; they need 7."
    assert seven.sheet["looked_for"] == "body like they asked for, 7 seats, a payment up to $600 a month"


def test_a_lease_says_it_is_one_with_what_is_due_and_what_a_mile_over_costs(cast: Cast) -> None:
    take(cast, "stock", STOCK[0], STOCK[4])
    take(cast, "programs", *PROGRAMS)
    order, _ = weighed_order(cast)

    lease = wish(repair_order=order, payment=Decimal(900), by=cast.ada, at=AT).sheet["examples"][1]

    for said in ("this is a lease", "due at signing", "no security deposit", "36 monthly payments", "15 cents a mile"):
        assert said in lease


def test_cars_that_are_gone_or_of_another_rooftop_are_not_offered(cast: Cast) -> None:
    import_list("stock", lines=STOCK[:2], rooftop=cast.river, at=AT, by=cast.gus)
    take(cast, "stock", *STOCK[:2])
    order, _ = weighed_order(cast)
    shown = wish(repair_order=order, payment=Decimal(900), by=cast.ada, at=AT)
    assert [car["stock_number"] for car in shown.sheet["cars"]] == ["N1"]

    StockUnit.objects.filter(rooftop=cast.north).mark_gone(at=AT)

    assert again(order, 5).sheet["cars"] == []
    assert evaluate(repair_order=order, at=AT) is not None
    stored = Evaluation.objects.get(pk=shown.pk)
    assert stored.sheet == shown.sheet  # what was shown then stands


def test_what_is_owed_above_the_trade_is_said_and_financed(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    under = appraise(
        repair_order=order,
        **{"low": Decimal(3000), "high": Decimal(3400), "payoff": Decimal(6000)},
        **{"source": "Auction", "by": cast.sue, "at": AT + timedelta(minutes=1)},
    )

    assert "more is owed on the car than it brings" in under.sheet["cautions"][0]
    assert "Se deben unos" in under.sheet["es"]["cautions"][0]
    assert "$6,000.00 still owed on it added" in under.sheet["examples"][0]
    terms = under.sheet["terms"]
    assert Decimal(terms["financed"]) == 24_000 - Decimal(terms["trade"]) + 6_000


@pytest.mark.parametrize("cars", [1, 4])
def test_weighing_asks_a_fixed_number_of_times(cast: Cast, cars: int, django_assert_max_num_queries: Any) -> None:
    take(cast, "stock", *STOCK[: cars + 1])
    take(cast, "programs", *PROGRAMS)
    make_guide_row()
    HandoffPolicy.objects.create(rooftop=cast.north)
    order = make_old_car_order(cast)
    add_line(order)

    with django_assert_max_num_queries(32):
        again(order)


# --- who wants to buy it ---------------------------------------------------------------------------------------------

NEED = NeedRow("HONDA", "FIT", 2016, 2018, 130_000, Decimal(4800), date(2026, 12, 20), "A customer waits")


def test_a_buyer_is_told_to_the_advisor_beside_the_tier_and_never_on_the_customers_sheet(cast: Cast) -> None:
    want(rooftop=cast.north, need=NEED, by=cast.sue, at=AT)
    order, evaluation = weighed_order(cast, "300.00")

    assert evaluation.tier == Evaluation.Tier.NONE
    buyer = evaluation.sheet["buyers"][0]
    assert (buyer["pays"], buyer["by"], buyer["until"]) == ("4800.00", "Sue Park", "20 Dec 2026")
    panel = as_(cast.ada).get(reverse("sales_handoff:ro-panel", args=[order.pk])).content.decode()
    assert "We have a buyer for this car." in panel
    assert "we are looking for a car like yours" in panel
    page = as_(cast.ada).get(reverse("sales_handoff:sheet", args=[order.pk])).content.decode()
    assert "4,800" not in page
    assert "buyer" not in page


def test_no_buyer_no_word(cast: Cast) -> None:
    want(rooftop=cast.river, need=NEED, by=cast.mallory, at=AT)
    order, evaluation = weighed_order(cast)

    assert evaluation.sheet["buyers"] == []
    assert "buyer" not in as_(cast.ada).get(reverse("sales_handoff:ro-panel", args=[order.pk])).content.decode()


# --- what they need, on the panel ------------------------------------------------------------------------------------


def tell(staff: Staff, order: RepairOrder, **typed: str) -> Any:
    return as_(staff).post(reverse("sales_handoff:wish", args=[order.pk]), {"form_key": str(uuid4()), **typed})


def test_the_advisor_notes_what_they_need_and_the_car_is_weighed_at_once(cast: Cast) -> None:
    take(cast, "stock", *STOCK)
    order, _ = weighed_order(cast)

    assert tell(cast.mallory, order, payment="300").status_code == 404
    assert tell(cast.sam, order, payment="300").status_code == 403
    bad = tell(cast.ada, order, seats="many", payment="300")
    assert bad.status_code == 422
    assert "Type a number like 5." in bad.content.decode()
    assert 'value="300"' in bad.content.decode()
    assert not Wish.objects.exists()
    assert tell(cast.ada, order, payment="300").status_code == 302
    panel = as_(cast.ada).get(reverse("sales_handoff:ro-panel", args=[order.pk])).content.decode()
    assert "Stock N1, used" in panel
    StockUnit.objects.filter(stock_number="N1").mark_gone(at=AT)
    assert (
        "Stock N1 has gone since."
        in as_(cast.ada).get(reverse("sales_handoff:ro-panel", args=[order.pk])).content.decode()
    )


def test_a_closed_order_takes_no_wish(cast: Cast) -> None:
    order, _ = weighed_order(cast)
    RepairOrder.objects.filter(pk=order.pk).update(status="closed", closed_at=AT)

    assert tell(cast.ada, order, payment="300").status_code == 422
    assert not Wish.objects.exists()
