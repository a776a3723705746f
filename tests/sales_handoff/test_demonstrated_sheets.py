"""The demonstration's two sheets, a car that costs more to keep and one that is right to keep, read by an outsider."""

from decimal import Decimal
from typing import Any

import pytest

from dealership.management.demonstration import lane, setting, story
from dealership.management.demonstration.stage import Stage
from recommendations.rules import HARDEST_GRADE, reading_grade
from sales_handoff.models import Evaluation
from service_lane.models import RepairOrder
from tests.cast import AT


@pytest.fixture
def stage(db: None, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The rooftop with its menu, schedule, guide, stock and what it has learned, and nobody there yet."""
    at = AT
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)
    rooftops = setting.rooftops()
    staff = setting.staff(rooftops, at)
    north = rooftops["NORTH"]
    setting.install(north, at)
    setting.schedule()
    north.refresh_from_db()
    setting.guide(north, at)
    setting.lists(north, at)
    setting.learn(north, at)
    return Stage(north, staff, at)


def sheet_of(stage: Stage, last_name: str) -> tuple[Evaluation, dict[str, Any]]:
    """The newest sheet of this visit of the demonstration, played to its stage."""
    visit = next(one for one in lane.VISITS if one.last_name == last_name)
    story.play(stage, visit)
    order = RepairOrder.objects.here_now().get(vehicle__plate=visit.car.plate)
    evaluation = Evaluation.objects.latest_of(order)
    assert evaluation is not None
    return evaluation, evaluation.sheet


def test_the_nine_year_old_car_with_the_1200_dollar_bill_reads_plainly(stage: Stage) -> None:
    evaluation, sheet = sheet_of(stage, "Whitfield")
    order = evaluation.repair_order
    assert order.vehicle
    assert order.vehicle.year
    assert AT.year - order.vehicle.year == 9
    assert Decimal(1150) < evaluation.repair_total < Decimal(1250)
    assert evaluation.keep_monthly
    assert evaluation.replace_monthly
    assert evaluation.keep_monthly > evaluation.replace_monthly * Decimal("1.15"), "nobody's guess decides it"
    assert sheet["reading"].startswith("Over the next two years replacing it is cheaper by about $")
    assert sheet["hangs_on"].endswith("keeping it is cheaper after all.")
    assert sheet["limit_words"].endswith("It is the work still to come that makes replacing cheaper.")
    [to_come] = [row for row in sheet["rows"] if row["keep_link"] == "ahead"]
    assert "clutch pack $2,430, steering rack $1,572, timing belt and water pump $1,307" in to_come["keep_note"]
    assert "clutch" not in sheet["es"]["rows"][1]["keep_note"]
    newer = sheet["cars"][0]
    assert int(newer["title"].split()[0]) > order.vehicle.year
    assert newer["stock_number"] in sheet["examples"][0]
    assert sheet["span_words"].endswith("you said you mean to keep it about that long.")


def test_the_car_that_is_right_to_keep_reads_plainly(stage: Stage) -> None:
    evaluation, sheet = sheet_of(stage, "Haddad")
    assert evaluation.keep_monthly
    assert evaluation.replace_monthly
    assert evaluation.replace_monthly > evaluation.keep_monthly * Decimal("1.5")
    assert sheet["reading"].startswith("Over the next two years keeping it is cheaper by about $")
    assert sheet["hangs_on"].startswith("That holds while its repairs and upkeep in that time stay below about $")
    assert "The work found today is within that." in sheet["limit_words"]
    assert "Fuel is not counted." in [row["keep_note"] for row in sheet["rows"]]
    words = " ".join((sheet["reading"], sheet["hangs_on"], sheet["limit_words"], sheet["span_words"]))
    end = next(row for row in sheet["rows"] if row["name"] == "Worth at the end")
    assert end["keep_note"].startswith("As a trade-in")
    assert end["replace_note"].startswith("As a trade-in")
    assert reading_grade(words) <= HARDEST_GRADE
