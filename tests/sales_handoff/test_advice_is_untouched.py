"""Price, urgency and wording of the advice cannot be touched from here (promise 8): by no code and no run of it."""

import ast
import inspect
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommendations import forgetting
from sales_handoff.actions import (
    appraise,
    claim,
    evaluate,
    finish,
    import_list,
    meet,
    queue,
    show_sheet,
    take_sheet_off,
    walk_over,
    want,
    wish,
)
from sales_handoff.models import Evaluation
from sales_handoff.rules.needs import NeedRow
from tests.cast import AT, Cast
from tests.conftest import PROJECT
from tests.sales_handoff.visits import add_line, has_read, present_line, said_yes, weighed_order

ADVICE = sorted(model._meta.db_table for model in apps.get_app_config("recommendations").get_models())
MAY_BE_IMPORTED = {
    *("recommendations.models", "recommendations.signals", "recommendations.figures", "recommendations.rules"),
    *("recommendations.views.link.found", "recommendations.estimate"),
    *("recommendations.authority", "recommendations.export", "recommendations.prices", "recommendations.open_answers"),
}
"""What reads.  No action of recommendations, no form, no other view."""
FORGETTING = ("erasing.py", "recommendations.forgetting")
"""The one door to what was advised, and the one module that has it: it blanks what a forgotten customer leaves."""
WRITES = {"update", "create", "bulk_create", "bulk_update", "delete", "save", "get_or_create", "update_or_create"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((PROJECT / "sales_handoff").rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, ast.parse(path.read_text())


def from_recommendations(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Module and name of everything a module takes from recommendations."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "recommendations":
            for alias in node.names:
                yield node.module or "", alias.asname or alias.name
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "recommendations":
                    yield alias.name, alias.asname or alias.name


def writes_to(tree: ast.Module, names: set[str]) -> Iterator[str]:
    """Calls that write through one of these names, like Advisory.objects.filter(…).update(…)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            root: ast.AST = node.func
            while isinstance(root, ast.Attribute | ast.Call | ast.Subscript):
                root = root.func if isinstance(root, ast.Call) else root.value
            if isinstance(root, ast.Name) and root.id in names:
                yield f"{root.id}….{node.func.attr}() on line {node.lineno}"


def test_nothing_here_imports_what_writes_advice() -> None:
    taken = {
        (path.name, module, name)
        for path, tree in modules()
        for module, name in from_recommendations(tree)
        if module not in MAY_BE_IMPORTED and (path.name, module) != FORGETTING
    }

    assert taken == set()


def test_the_one_door_takes_no_words_and_no_price() -> None:
    """Whoever goes through it says who, which and when: what stands there afterwards is not theirs to say."""
    doors = [value for value in vars(forgetting).values() if getattr(value, "__module__", "") == forgetting.__name__]
    taken = {name for door in doors for name in inspect.signature(door).parameters}

    assert len(doors) == 3
    assert taken == {"people", "orders", "request", "customer", "at"}


def test_nothing_here_writes_through_a_model_of_the_advice() -> None:
    found = {
        (path.name, call)
        for path, tree in modules()
        for call in writes_to(tree, {name for _, name in from_recommendations(tree)})
    }

    assert found == set()


@pytest.mark.parametrize(
    "code",
    [
        "from recommendations.models import Advisory\nAdvisory.objects.filter(pk=1).update(urgency='now')",
        "from recommendations.models import AdvisoryVersion as V\nV.objects.select_related('x').filter(pk=1).delete()",
        "from recommendations.actions import pricing\npricing.write_version()",
    ],
)
def test_the_watch_would_see_a_write(code: str) -> None:
    """The control: what is looked for above is found where it is."""
    tree = ast.parse(code)
    taken = list(from_recommendations(tree))
    imports = [module for module, _ in taken if module not in MAY_BE_IMPORTED]

    assert imports or list(writes_to(tree, {name for _, name in taken}))


def advice() -> list[str]:
    """Every row of every table of the advice, as text."""
    return [
        serializers.serialize("json", model._default_manager.order_by("pk"))
        for model in apps.get_app_config("recommendations").get_models()
    ]


@pytest.mark.django_db
def test_a_whole_run_leaves_every_row_of_the_advice_as_it_was(cast: Cast) -> None:
    """Weighed, valued, compared with stock, shown, asked, queued, met and finished: not one byte and not one write."""
    order, _ = weighed_order(cast)
    present_line(cast, add_line(order, "900.00", ground="request", reason_code="2", urgency="as_asked"))
    before = advice()
    assert sum(text.count('"pk"') for text in before) >= 5

    with CaptureQueriesContext(connection) as queries:
        _run(cast, order)

    assert advice() == before
    written = [
        query["sql"][:120]
        for query in queries
        if query["sql"].lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
        and any(f'"{table}"' in query["sql"].split("WHERE")[0].split("SELECT")[0] for table in ADVICE)
    ]
    assert written == []
    assert Evaluation.objects.filter(repair_order=order).count() > 2


def _run(cast: Cast, order: Any) -> None:
    later = AT + timedelta(minutes=1)
    stock = "stock_number,condition,year,make,model,trim,body,seats,drive,miles,price"
    unit = "N1,used,2019,Honda,Fit,EX,hatch,5,fwd,61000,9900"
    import_list("stock", lines=[stock, unit], rooftop=cast.north, at=AT, by=cast.sue)
    need = NeedRow("HONDA", "FIT", 2016, 2018, 130_000, Decimal(4800), date(2026, 12, 20))
    want(rooftop=cast.north, need=need, by=cast.sue, at=AT)
    appraise(repair_order=order, low=Decimal(3000), high=Decimal(3900), source="Auction", by=cast.sue, at=AT)
    wish(repair_order=order, payment=Decimal(400), by=cast.ada, at=later)
    evaluation = evaluate(repair_order=order, at=later)
    assert evaluation is not None
    show_sheet(evaluation=evaluation, by=cast.ada, at=later)
    take_sheet_off(repair_order=order, by=cast.ada, at=later)
    handoff = queue(ask=said_yes(cast, order, leaves_at=AT + timedelta(hours=3)), at=later)
    has_read(handoff, cast.sam, later)
    for step in (claim, walk_over, meet):
        step(handoff=handoff, by=cast.sam, at=later)
    finish(handoff=handoff, outcome="keeps", by=cast.sam, at=later)
