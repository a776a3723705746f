"""The advisor's sheet of one line: its words as the customer will read them, its price, and adding or removing it."""

from copy import copy
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER
from recommendations import authority, estimate, prices
from recommendations.actions import drafting, pricing, returning
from recommendations.actions.presenting import CannotPresent
from recommendations.forms.lines import TEXTS, AddLineForm, LineForms, notes_worth_telling
from recommendations.models import Advisory, AdvisoryVersion
from recommendations.rules import HARDEST_GRADE, SavingRefused, reading_grade
from recommendations.views.lines import customer_line, lines, orders, readability, refused_page, staff_photo_urls


@one_time
@role_required(*COUNTER)
def line(request: Request, pk: int) -> HttpResponse:
    """Words, parts and prices of one line; saving makes a new version when the customer has seen it."""
    advisory = fetch(lines(), request.user, COUNTER, pk=pk)
    version = advisory.versions.select_related("written_by").get(number=advisory.version)
    forms = _forms(advisory, version, request.POST or None)
    refusal, differences = "", []
    seen = parse_datetime(request.POST.get("seen", "")) or version.written_at
    if request.method == "POST" and forms.is_valid():
        try:
            pricing.write_version(
                advisory=advisory,
                content=forms.written,
                reason_code=forms.line.cleaned_data["reason_code"],
                by=request.user,
                at=timezone.now(),
                as_seen=seen,
            )
            return go(request, advisory.get_absolute_url())
        except pricing.Overwritten as overwritten:
            refusal, differences = str(overwritten), overwritten.differences
            version = advisory.versions.select_related("written_by").get(number=advisory.version)
            seen = version.written_at
        except (pricing.CannotWrite, CannotPresent) as cannot:
            refusal = str(cannot)
    current = _as_it_stands(advisory)
    context = {
        "advisory": advisory,
        "order": advisory.repair_order,
        "version": version,
        "seen": seen.isoformat(),
        "line": current,
        "forms": forms,
        "refusal": refusal,
        "differences": differences,
        "ruling": authority.ruling_on_change(advisory, at=timezone.now()),
        **_mirror(current, forms),
    }
    failed = request.method == "POST"
    return render(request, "recommendations/line.html", context, status=422 if failed else 200)


@require_POST
@role_required(*COUNTER)
def line_as_read(request: Request, pk: int) -> HttpResponse:
    """What is typed on the sheet as the customer would read it, and how hard it is to read.  Changes nothing."""
    advisory = fetch(lines(), request.user, COUNTER, pk=pk)
    if request.counter_view:
        return HttpResponse(status=204)
    version = advisory.versions.get(number=advisory.version)
    forms = _forms(advisory, version, request.POST)
    context = {"advisory": advisory, "order": advisory.repair_order, **_mirror(_as_it_stands(advisory), forms)}
    return render(request, "recommendations/line.html#mirror", context)


def _forms(advisory: Advisory, version: AdvisoryVersion, typed: Any) -> LineForms:
    rule = prices.fee_rule(advisory.repair_order.rooftop, timezone.now())
    return LineForms(advisory, pricing.content_of(version, advisory.pay_type), typed, fee_rule=rule)


def _as_it_stands(advisory: Advisory) -> estimate.Line | None:
    current = estimate.load(advisory.repair_order, at=timezone.now())
    return next((one for one in current.lines if one.advisory.pk == advisory.pk), None)


def _mirror(current: estimate.Line | None, forms: LineForms) -> dict[str, Any]:
    """What the customer would read, how hard it is, and which fields are too hard."""
    if current is None:
        return {"preview": [], "readability": None, "hard": []}
    snapshot = _as_typed(current, forms)
    preview = customer_line(snapshot, current.advisory.pk, photo_urls=staff_photo_urls([current]))
    hard = [forms.label_of(name) for name in TEXTS if reading_grade(forms.typed[name]) > HARDEST_GRADE]
    return {"preview": [preview], "readability": readability([snapshot]), "hard": hard}


def _as_typed(current: estimate.Line, forms: LineForms) -> dict[str, Any]:
    """The line as its sheet reads now.  While anything is wrong, like a price half typed, only the texts are new."""
    if forms.is_bound and forms.is_valid():
        advisory = copy(current.advisory)
        advisory.pay_type = forms.written.pay_type
        columns = pricing.columns_of(forms.written, current.rooftop, current.version.written_at)
        version = AdvisoryVersion(number=current.version.number, **columns)
        return replace(current, advisory=advisory, version=version).snapshot
    typed = forms.typed
    return current.snapshot | {
        "title": typed["title"] or current.version.title,
        "finding": typed["finding_text"],
        "why_it_matters": typed["why_it_matters"],
        "if_you_wait": typed["if_you_wait"],
        "horizon": typed["horizon"],
    }


@one_time
@role_required(*COUNTER)
def line_add(request: Request, pk: int) -> HttpResponse:
    """Add a line by hand, with its ground."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    asked = {name: request.GET.get(name) for name in ("note", "op_code", "request") if request.GET.get(name)}
    form = AddLineForm(request.POST or None, order=order, initial=asked)
    twice = False
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        op = form.cleaned_data["op_code"]
        priced = drafting.columns_from_catalog(op, pricing.Written(title=op.name), order, at)
        try:
            added = drafting.add_line(repair_order=order, line=form.by_hand(priced["total"]), by=request.user, at=at)
            return go(request, added.get_absolute_url())
        except SavingRefused as refused:
            form.add_error("miles_a_year", str(refused))
        except drafting.AlreadyThere as there:
            twice = True
            form.add_error("again", str(there))
        except (drafting.Ungrounded, CannotPresent) as refused:
            form.add_error(None, str(refused))
    context = {"order": order, "form": form, "notes": notes_worth_telling(order), "twice": twice}
    failed = request.method == "POST"
    return render(request, "recommendations/line_add.html", context, status=422 if failed else 200)


@require_POST
@one_time
@role_required(*COUNTER)
def line_return(request: Request, pk: int) -> HttpResponse:
    """Send a finding back to its technician."""
    advisory = fetch(lines(), request.user, COUNTER, pk=pk)
    reason = request.POST.get("words", "").strip() or request.POST.get("reason", "")
    try:
        returning.give_back(advisory=advisory, reason=reason, by=request.user, at=timezone.now())
    except (returning.CannotReturn, CannotPresent) as refused:
        return refused_page(request, advisory.repair_order, str(refused))
    return go(request, _estimate_of(advisory))


@require_POST
@one_time
@role_required(*COUNTER)
def line_off(request: Request, pk: int) -> HttpResponse:
    """Take a line that was added by hand off the order."""
    advisory = fetch(lines(), request.user, COUNTER, pk=pk)
    try:
        returning.take_off(advisory=advisory, by=request.user, at=timezone.now())
    except (returning.CannotReturn, CannotPresent) as refused:
        return refused_page(request, advisory.repair_order, str(refused))
    return go(request, _estimate_of(advisory))


@require_POST
@one_time
@role_required(*COUNTER)
def parts_ask(request: Request, pk: int) -> HttpResponse:
    """Ask the parts desk for the prices this line lacks."""
    advisory = fetch(lines(), request.user, COUNTER, pk=pk)
    try:
        pricing.ask_parts_desk(advisory=advisory, by=request.user, at=timezone.now())
    except (pricing.CannotWrite, CannotPresent) as refused:
        return refused_page(request, advisory.repair_order, str(refused))
    return go(request, advisory.get_absolute_url())


def _estimate_of(advisory: Advisory) -> str:
    return reverse("recommendations:estimate", args=[advisory.repair_order_id])
