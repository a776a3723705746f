"""The rules of the house that import-linter cannot see."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

PROJECT = Path(__file__).resolve().parents[1]
STOREYS = ["dealership", "customers", "service_lane", "recommendations", "sales_handoff"]
"""From the ground up."""
SHELVES_WE_DO_NOT_HAVE = {"utils", "util", "helpers", "services", "selectors", "managers"}


def height(app: str) -> int:
    return STOREYS.index(app)


def modules(app: str) -> Iterator[Path]:
    for path in sorted((PROJECT / app).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


def named(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def our_models() -> Iterator[type[models.Model]]:
    for app in STOREYS:
        yield from apps.get_app_config(app).get_models()


def related_fields() -> Iterator[tuple[type[models.Model], models.Field]]:
    for model in our_models():
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            if field.remote_field is not None and field.related_model._meta.app_label in STOREYS:
                yield model, field


def test_foreign_keys_point_down() -> None:
    up = [
        f"{model.__name__}.{field.name} → {field.related_model._meta.label}"
        for model, field in related_fields()
        if height(field.related_model._meta.app_label) > height(model._meta.app_label)
    ]

    assert up == []


def test_foreign_keys_across_storeys_leave_no_name_below() -> None:
    named_below = [
        f"{model.__name__}.{field.name}"
        for model, field in related_fields()
        if field.related_model._meta.app_label != model._meta.app_label and not field.remote_field.hidden
    ]

    assert named_below == [], 'a foreign key to a lower storey says related_name="+"'


@pytest.mark.parametrize("app", STOREYS)
def test_foreign_keys_name_a_class_not_a_text(app: str) -> None:
    """A text such as "sales_handoff.Handoff" would pass import-linter and point up."""
    texts = []
    for path in modules(app):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr not in {"ForeignKey", "OneToOneField", "ManyToManyField"}:
                continue
            target = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "to"), None)
            text = target.value if isinstance(target, ast.Constant) and isinstance(target.value, str) else ""
            if "." in text and text.split(".")[0] != app:
                texts.append(f"{named(path)}:{node.lineno} {target.value}")

    assert texts == []


@pytest.mark.parametrize("app", STOREYS)
def test_no_shelf_for_leftovers(app: str) -> None:
    shelves = [
        named(path)
        for path in modules(app)
        if SHELVES_WE_DO_NOT_HAVE & {path.stem, path.parent.name} and path.parent.name != "commands"
    ]

    assert shelves == []


def test_no_model_hides_work_in_save_or_delete() -> None:
    hidden = [
        f"{holder.__name__}.{name}"
        for model in our_models()
        for holder in (model, model._default_manager.get_queryset().__class__)
        if holder.__module__.split(".")[0] in STOREYS
        for name in ("save", "delete", "update", "create", "bulk_create")
        if name in vars(holder)
    ]

    assert hidden == []


@pytest.mark.parametrize("app", STOREYS)
def test_receivers_only_enqueue(app: str) -> None:
    """Each function of receivers.py is one line, `enqueue(tasks.something, some_id=some_id)`, or several of those."""
    wrong = []
    for path in modules(app):
        if path.stem != "receivers" and path.parent.name != "receivers":
            continue
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.FunctionDef):
                continue
            body = [line for line in node.body if not _is_docstring(line)]
            if not body or not all(_enqueues(line) for line in body):
                wrong.append(f"{named(path)}:{node.lineno} {node.name}")

    assert wrong == []


def _is_docstring(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


def _enqueues(line: ast.stmt) -> bool:
    if not isinstance(line, ast.Expr) or not isinstance(line.value, ast.Call):
        return False
    called = line.value.func
    return (called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")) == "enqueue"


@pytest.mark.parametrize("app", STOREYS)
def test_no_signals_of_the_orm(app: str) -> None:
    wrong = re.compile(r"django\.db\.models\.signals|\b(pre|post)_(save|delete|init)\b")

    assert [named(path) for path in modules(app) if wrong.search(path.read_text())] == []


@pytest.mark.parametrize("app", STOREYS)
def test_only_edges_read_the_clock(app: str) -> None:
    """ruff sees `timezone.now`; this sees the rest: datetime.now(), date.today(), localdate(), time.time()."""
    clock = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|localtime|localdate|time\.time)\(\)")
    edges = {"views", "tasks", "commands", "templatetags", "embedded", "admin"}
    wrong = [
        named(path)
        for path in modules(app)
        if not edges & {path.stem, *path.parent.parts} and clock.search(path.read_text())
    ]

    assert wrong == []


TEMPLATE_TAG = re.compile(r"""{%\s*(?:include|extends)\s+["']([^"'#]+)""")
SHARED = {"components", "base.html", "django", "allauth", "admin"}


def test_templates_reach_only_their_own_storey_a_lower_one_or_what_is_shared() -> None:
    wrong = []
    for path in sorted((PROJECT / "templates").rglob("*.html")):
        own = path.relative_to(PROJECT / "templates").parts[0]
        for reached in TEMPLATE_TAG.findall(path.read_text()):
            top = reached.split("/")[0]
            if top in SHARED or top == own:
                continue
            if own not in STOREYS or top not in STOREYS or height(top) > height(own):
                wrong.append(f"{path.relative_to(PROJECT)} → {reached}")

    assert wrong == []


def test_pages_say_what_they_need() -> None:
    silent = [
        str(path.relative_to(PROJECT))
        for app in STOREYS
        for path in sorted((PROJECT / "templates" / app).rglob("*.html"))
        if not path.read_text().lstrip().startswith("{# Context:")
    ]

    assert silent == []


def test_templates_hold_no_inline_script_style_or_handler() -> None:
    inline = re.compile(r"""<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|["']js:|<script(?![^>]*\ssrc=)""")
    wrong = [
        f"{path.relative_to(PROJECT)}: {found.group()}"
        for path in sorted((PROJECT / "templates").rglob("*.html"))
        if (found := inline.search(re.sub(r"{#.*?#}", "", path.read_text())))
    ]

    assert wrong == []


def test_every_sweep_is_scheduled_and_everything_scheduled_exists(db: None) -> None:
    from dealership.celery import app

    app.loader.import_default_modules()
    ours = {name for name in app.tasks if name.split(".")[0] in STOREYS}
    sweeps = {name for name in ours if name.split(".")[-1].startswith("sweep")}
    scheduled = {name for name, _ in settings.SWEEPS}

    assert sweeps <= scheduled
    assert scheduled <= ours


def test_tasks_take_their_ids_by_name(db: None) -> None:
    from dealership.celery import app

    app.loader.import_default_modules()
    wrong = []
    for name, task in app.tasks.items():
        if name.split(".")[0] not in STOREYS:
            continue
        kinds = {parameter.kind for parameter in inspect.signature(task.run).parameters.values()}
        if kinds & {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}:
            wrong.append(name)

    assert wrong == []


def test_every_admin_of_append_only_tables_looks_and_does_not_write() -> None:
    from django.contrib import admin
    from django.test import RequestFactory

    from dealership.management.commands.grant_web_role import is_written_once
    from dealership.models import Staff

    request = RequestFactory().get("/admin/")
    request.user = Staff(email="root@lane.example", name="Root", is_staff=True, is_superuser=True)
    wrong = [
        model.__name__
        for model, shown in admin.site._registry.items()
        if is_written_once(model)
        and (
            shown.has_add_permission(request)
            or shown.has_change_permission(request)
            or shown.has_delete_permission(request)
        )
    ]

    assert wrong == []


def urls(patterns: list[URLPattern | URLResolver] | None = None) -> Iterator[URLPattern]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from urls(pattern.url_patterns)
        else:
            yield pattern


def test_every_view_of_ours_is_a_function_with_a_name() -> None:
    for pattern in urls():
        view = pattern.callback
        if getattr(view, "__module__", "").split(".")[0] in STOREYS:
            assert pattern.name, view
            assert not hasattr(view, "view_class"), view
