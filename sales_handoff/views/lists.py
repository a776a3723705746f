"""What comes in from files: value guide, sales, stock, programs, cars wanted and deals; and a need typed by hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from dealership.csv_rows import NotAList
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import OFFICE, Role
from dealership.templatetags.written import day, dollars
from sales_handoff.actions import end_need, import_list, want
from sales_handoff.actions.imports import LISTS, Kind
from sales_handoff.actions.wanting import CannotWant
from sales_handoff.forms import ListForm, NeedForm
from sales_handoff.models import Deal, Program, Sale, StockNeed, StockUnit, ValueGuideRow

PER_PAGE = 25
REFUSED_SHOWN = 50
KEEPERS = OFFICE | {Role.Kind.SALES_MANAGER}


@dataclass(frozen=True)
class Shown:
    """A row of a list: what it is, a small word beside it, its cells, and whether it no longer counts."""

    pk: int
    name: str
    small: str
    cells: tuple[str, ...]
    over: str = ""


@dataclass(frozen=True)
class Page:
    """How one list is shown: its title and what it is for, its columns after the first, and one row."""

    title: str
    about: str
    again: str
    empty: str
    hint: str
    heads: tuple[str, ...]
    row: Callable[[Any], Shown]
    what: str = "Car"
    """What one row is."""


def _guide_row(row: ValueGuideRow) -> Shown:
    car = f"{row.year} {_as_written(row.make, row.model, row.trim)}"
    cells = (f"{row.miles:,}", dollars(row.low), dollars(row.high))
    return Shown(row.pk, car, f"{row.source}, {day(row.as_of_date)}", cells)


def _sale(row: Sale) -> Shown:
    car = f"{row.year} {_as_written(row.make, row.model, row.trim)}"
    return Shown(row.pk, car, f"Sold {day(row.sold_on)}", (f"{row.miles:,}", dollars(row.price)))


def _unit(row: StockUnit) -> Shown:
    small = f"{row.stock_number}, {row.get_condition_display().lower()}, {row.get_body_display()}, {row.seats} seats, "
    cells = (f"{row.miles:,}", dollars(row.price))
    over = f"Gone since {day(row.gone_at)}" if row.gone_at else ""
    return Shown(row.pk, row.title, f"{small}{row.get_drive_display()}", cells, over)


def _program(row: Program) -> Shown:
    cars = _as_written(row.make, row.model) or "Any make"
    if row.kind == Program.Kind.APR:
        rate = f"{row.apr.normalize():f}% APR"
    else:
        rate = f"{row.money_factor.normalize():f}, {row.residual_percent.normalize():f}% left"
    small = f"{row.get_kind_display()}, {row.get_condition_display().lower()}, {cars}"
    over = f"Ended {day(row.until_date)}" if row.until_date < timezone.localdate() else ""
    return Shown(row.pk, row.name, small, (str(row.months), rate, day(row.until_date)), over)


def _need(row: StockNeed) -> Shown:
    years = str(row.year_from) if row.year_from == row.year_to else f"{row.year_from} to {row.year_to}"
    name = f"{years} {_as_written(row.make, row.model)}"
    ended = f"Ended {day(row.ended_at)}" if row.ended_at else ""
    passed = f"Ended {day(row.until_date)}" if row.until_date < timezone.localdate() else ""
    cells = (f"{row.most_miles:,}", dollars(row.pays), day(row.until_date))
    return Shown(row.pk, name, row.note, cells, ended or passed)


def _deal(row: Deal) -> Shown:
    """Its days, and whose it is to nobody: the list says when not to ask, not whom to call."""
    ended = row.sold_date or row.lost_date
    stands = f"{'Sold' if row.sold_date else 'Lost'} {day(ended)}" if ended else "In hand"
    return Shown(row.pk, str(row), f"Opened {day(row.opened_date)}", (stands,))


PAGES: Mapping[str, Page] = {
    Kind.VALUES: Page(
        "Value guide",
        "What cars are worth in trade, as ranges. Each evaluation names the source and the day.",
        "The same car of the same source is changed, not added.",
        "The guide is empty.",
        "Without it our own sales are asked, an advisor types what a car is worth, or it stays unknown.",
        ("Miles", "Low", "High"),
        _guide_row,
    ),
    Kind.SALES: Page(
        "Sales",
        "What cars brought in trade or at auction. Where the guide has no row, a dozen of a model tell a value.",
        "The same sale is taken once.",
        "No sale is known.",
        "Without them nothing is fitted.",
        ("Miles", "Brought"),
        _sale,
    ),
    Kind.STOCK: Page(
        "Stock",
        "Cars for sale here. One that fits stands in the Replace column, with its stock number.",
        "The same stock number is changed, not added.",
        "No car is for sale.",
        "Without stock the replacement is the example of the settings.",
        ("Miles", "Price"),
        _unit,
    ),
    Kind.PROGRAMS: Page(
        "Payment programs",
        "Rates and leases with their dates. A payment is only ever an example, with all its terms.",
        "The same program for the same cars and months is changed, not added.",
        "No program is known.",
        "Without one the rate of the settings is used.",
        ("Months", "Rate", "Until"),
        _program,
        "Program",
    ),
    Kind.NEEDS: Page(
        "Cars wanted",
        "What the used-car manager looks for. An advisor sees it when such a car is here; the customer is asked first.",
        "The same make, model and years are changed, not added.",
        "No car is wanted.",
        "Type one above, or take a file.",
        ("Most miles", "Up to", "Until"),
        _need,
    ),
    Kind.DEALS: Page(
        "Deals",
        "Who is buying, or has just bought, is not asked at the counter. Only the days are kept: no price, no credit.",
        "The customer's number is the one of the dealer management system. The same deal is changed, not added.",
        "No deal is known here.",
        "Until a file comes in, only hand-offs that ended in a sale count as purchases.",
        ("Stands",),
        _deal,
        "Deal",
    ),
}


@require_http_methods(["GET", "POST"])
@one_time
@role_required(*KEEPERS)
def listing(request: Request, kind: str) -> HttpResponse:
    """The rows of a list, and a form that takes a file; a POST answers with what came of it."""
    is_file = request.method == "POST"
    form = ListForm(
        request.POST if is_file else None, request.FILES if is_file else None, may_be_full=kind == Kind.STOCK
    )
    report = None
    if is_file and form.is_valid():
        try:
            report = import_list(
                kind,
                lines=form.lines(),
                rooftop=request.rooftop,
                by=request.user,
                at=timezone.now(),
                filename=form.cleaned_data["file"].name,
                dry_run=form.cleaned_data["dry_run"],
                is_full=form.cleaned_data.get("is_full", False),
            )
        except NotAList as problem:
            form.add_error("file", str(problem))
    return _answer(request, kind, form=form, report=report)


@require_POST
@one_time
@role_required(*KEEPERS)
def add_need(request: Request) -> HttpResponse:
    """A car wanted, typed by hand."""
    form = NeedForm(request.POST, today=timezone.localdate())
    if not form.is_valid():
        return _answer(request, Kind.NEEDS, need_form=form)
    want(rooftop=request.rooftop, need=form.need(), by=request.user, at=timezone.now())
    return go(request, reverse("sales_handoff:needs"))


@require_POST
@one_time
@role_required(*KEEPERS)
def stop_need(request: Request, pk: int) -> HttpResponse:
    """The car is no longer wanted."""
    need = fetch(StockNeed.objects.all(), request.user, KEEPERS, pk=pk)
    try:
        end_need(need=need, by=request.user, at=timezone.now())
    except CannotWant as cannot:
        return _answer(request, Kind.NEEDS, problem=str(cannot))
    return go(request, reverse("sales_handoff:needs"))


def _answer(
    request: Request,
    kind: str,
    *,
    form: ListForm | None = None,
    report: Any = None,
    need_form: NeedForm | None = None,
    problem: str = "",
) -> HttpResponse:
    page, here = PAGES[kind], LISTS[kind]
    rows = here.model._default_manager.all()  # each of them has a total order of its own
    if here.of_rooftop:
        rows = rows.filter(rooftop=request.rooftop)
    shown: Any = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    shown.object_list = [page.row(row) for row in shown]
    fresh = ListForm(may_be_full=kind == Kind.STOCK)
    bad = next((one for one in (form, need_form) if one is not None and one.errors), None)
    context = {
        "kind": kind,
        "about": page,
        "columns": ", ".join(here.columns),
        "page": shown,
        "form": form if form is not None and form.errors else fresh,
        "bad": bad,
        "report": report,
        "refused": report.refused[:REFUSED_SHOWN] if report else [],
        "was_dry_run": report is not None and form is not None and form.cleaned_data["dry_run"],
        "need_form": need_form or (NeedForm(today=timezone.localdate()) if kind == Kind.NEEDS else None),
        "problem": problem,
        "others": [(name, one.title) for name, one in PAGES.items()],
    }
    status = 422 if bad else 409 if problem else 200
    return render(request, "sales_handoff/list.html", context, status=status)


def _as_written(*names: str) -> str:
    """A list's capitals as people write them: Honda Accord EX-L, Toyota RAV4."""
    words = " ".join(names).split()
    return " ".join(word.title() if word.isalpha() and len(word) > 3 else word for word in words)
