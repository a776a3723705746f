"""The day and the week in figures: what came in, what was promised, what came back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dealership.http import COUNTER_VIEW_KEY
from service_lane.models import RepairOrder
from tests.cast import AT, Cast, make_cast, make_customer, make_order, make_vehicle
from tests.recommendations.lines import make_request

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def ada(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    client.force_login(cast.ada)
    return client


def visit(cast: Cast, place: int, **fields: Any) -> RepairOrder:
    customer = make_customer("Maria", f"Delgado{place}", phone=f"+1415555{place:04}")
    return make_order(
        cast, customer=customer, vehicle=make_vehicle(customer, plate=f"PLT{place}"), number=f"47{place:03}", **fields
    )


def figures(client: Client, address: str = "/day/") -> dict[str, tuple[str, str]]:
    found = client.get(address).context["figures"]
    return {figure.key: (figure.value, figure.count) for figure in found}


def test_a_promise_is_kept_by_the_first_time_that_was_promised(cast: Cast, ada: Client) -> None:
    due = AT - timedelta(hours=1)
    visit(cast, 1, first_promised_at=due, ready_at=due - timedelta(minutes=1), stage="ready")
    visit(cast, 2, first_promised_at=due, promised_at=AT, ready_at=due + timedelta(minutes=1), stage="ready")
    visit(cast, 3, first_promised_at=AT + timedelta(hours=1))
    visit(cast, 4, first_promised_at=due - timedelta(days=7), ready_at=due - timedelta(days=8), stage="ready")
    assert figures(ada)["promises"] == ("50", "1 of 2 that fell due")
    assert figures(ada, "/week/?on=2026-11-16")["promises"] == ("100", "1 of 1 that fell due")
    assert figures(ada, "/day/?on=2026-11-15")["promises"] == ("", "No promise fell due.")


def test_a_car_that_comes_back_for_the_same_operation_within_thirty_days_is_a_comeback(cast: Cast, ada: Client) -> None:
    for place, (days, code) in enumerate([(10, "DIAG"), (40, "DIAG"), (10, "01OIL")], start=1):
        closed = AT - timedelta(days=days)
        before = visit(
            cast, place, opened_at=closed - timedelta(hours=3), status="closed", closed_at=closed, closed_by=cast.ada
        )
        make_request(cast, before, code)
        again = make_order(cast, customer=before.customer, vehicle=before.vehicle, number=f"48{place:03}")
        make_request(cast, again, "DIAG")
    assert figures(ada)["comebacks"] == ("1", "of 3 written up")


def test_voided_orders_and_other_rooftops_are_not_counted(cast: Cast, ada: Client) -> None:
    due = AT - timedelta(hours=1)
    visit(cast, 1, first_promised_at=due, status="void", voided_at=AT)
    visit(cast, 2, first_promised_at=due, rooftop=cast.river)
    assert figures(ada) == {"promises": ("", "No promise fell due."), "comebacks": ("", "No car was written up.")}


def test_each_figure_has_its_count_its_definition_and_a_table_of_the_bars(cast: Cast, ada: Client) -> None:
    due = AT - timedelta(hours=1)
    visit(cast, 1, first_promised_at=due, ready_at=due, stage="ready")
    page = ada.get("/day/").content.decode()
    assert "1 of 1 that fell due" in page
    assert "The first time a customer was promised" in page
    assert '<th scope="row">Mon 23</th><td class="n">1 of 1</td>' in page
    assert "style=" not in page


def test_one_goes_from_day_to_week_and_back_and_not_past_today(cast: Cast, ada: Client) -> None:
    today = ada.get("/day/").content.decode()
    assert "?on=2026-11-22" in today
    assert 'rel="next"' not in today
    before = ada.get("/week/?on=2026-11-16").content.decode()
    assert "16 to 22 November 2026" in before
    assert 'rel="next" href="?on=2026-11-23"' in before


def test_counter_view_has_no_figures_at_all(cast: Cast, ada: Client) -> None:
    visit(cast, 1, first_promised_at=AT - timedelta(hours=1))
    session = ada.session
    session[COUNTER_VIEW_KEY] = True
    session.save()
    answer = ada.get("/day/")
    assert answer.status_code == 404
    assert "Figures are not shown in counter view" in answer.content.decode()
    assert "Promises kept" not in answer.content.decode()
    assert ada.get("/figures/advice/").status_code == 404
    assert ada.get("/figures/handoffs/").status_code == 404


@pytest.mark.parametrize("name", ["ada", "max", "gus"])
def test_the_counter_and_those_who_oversee_it_may_look(cast: Cast, client: Client, name: str) -> None:
    client.force_login(getattr(cast, name))
    assert client.get("/day/").status_code == 200
    assert client.get("/week/").status_code == 200


@pytest.mark.parametrize("name", ["tess", "sam", "sue"])
def test_nobody_else_may(cast: Cast, client: Client, name: str) -> None:
    client.force_login(getattr(cast, name))
    assert client.get("/day/").status_code == 403


def test_fifty_visits_cost_as_many_queries_as_one(
    cast: Cast, ada: Client, django_assert_num_queries: Callable[..., Any]
) -> None:
    visit(cast, 1, first_promised_at=AT - timedelta(hours=1))
    addresses = ("/day/", "/figures/advice/", "/figures/handoffs/")
    for address in addresses:
        ada.get(address)
    with django_assert_num_queries(16) as one:
        for address in addresses:
            ada.get(address)
    for place in range(2, 51):
        visit(cast, place, first_promised_at=AT - timedelta(hours=1))
    with django_assert_num_queries(len(one)):
        for address in addresses:
            ada.get(address)
