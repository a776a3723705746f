"""Repair or replace, for the advisor: what it says, what the customer answered, what came of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import ptag

from customers.actions import look
from customers.models import Customer
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER, SERVICE
from sales_handoff.actions import appraise, ask, tell_plan, why_not_ask, wish, withdraw
from sales_handoff.actions.asking import PASS_ON_WORDS, CannotAsk
from sales_handoff.actions.meeting import CannotMeet
from sales_handoff.actions.showing import shown_on
from sales_handoff.actions.values import CannotValue
from sales_handoff.actions.wanting import CannotWant
from sales_handoff.forms import AskForm, PlanForm, ValueForm, WishForm, WithdrawForm
from sales_handoff.models import Ask, Evaluation, Handoff, HandoffPolicy, SheetShown, StockUnit, Wish
from sales_handoff.views.log import happened
from sales_handoff.words import whole
from service_lane.models import RepairOrder

PER_CUSTOMER = 25
TOLD, TOLD_FOR = 10, timedelta(days=14)


def orders() -> Any:
    return RepairOrder.objects.select_related("rooftop", "customer", "vehicle", "advisor")


def _newest(pk: int) -> tuple[Evaluation | None, Ask | None, Handoff | None]:
    return (
        Evaluation.objects.filter(repair_order=pk).order_by("-at", "-pk").first(),
        Ask.objects.filter(repair_order=pk).select_related("by").first(),
        Handoff.objects.filter(repair_order=pk).select_related("claimed_by").first(),
    )


def panel_tag(request: Request, pk: int) -> str | None:
    """What the panel depends on; None where nobody may look, so that nothing leaks through a tag."""
    if not request.staff_kinds & COUNTER or not orders().visible_to(request.user).filter(pk=pk).exists():
        return None
    evaluation, asked, handoff = _newest(pk)
    state: tuple[object, ...] = ()
    if handoff:
        moves = (handoff.walking_at is not None, handoff.met_at is not None)
        state = (handoff.status, handoff.claimed_by_id, handoff.outcome, *moves)
    sheet = SheetShown.objects.filter(repair_order=pk).order_by("-at", "-pk").values_list("pk", flat=True).first()
    parts = (evaluation and evaluation.pk, asked and asked.pk, *state, sheet, request.counter_view, request.user.pk)
    return "-".join(str(part or 0) for part in parts)


@require_GET
@ptag(panel_tag)
@role_required(*COUNTER)
def ro_panel(request: Request, pk: int) -> HttpResponse:
    """The panel of one order: a fragment for the pages that hold it, a page of its own without htmx."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    if not request.htmx:
        why = f"worth of {order}"
        look(customer=order.customer, why=why, by=request.user, at=timezone.now(), rooftop=order.rooftop)
    return answer(request, order)


@require_POST
@one_time
@role_required(*COUNTER)
def record_answer(request: Request, pk: int) -> HttpResponse:
    """The customer's yes, in their words; or why not this time."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    now = timezone.now()
    form = AskForm(request.POST, at=now)
    if not form.is_valid():
        return answer(request, order, asking=form, status=422)
    try:
        ask(
            repair_order=order,
            answer=form.answer,
            words=form.cleaned_data["words"],
            veto=form.veto,
            reason=form.reason,
            passes_on=form.cleaned_data["passes_on"] and bool(order.rooftop.leads_to),
            leaves_at=form.cleaned_data["leaves_at"],
            where=form.cleaned_data["where"],
            by=request.user,
            at=now,
        )
    except CannotAsk as cannot:
        return answer(request, order, asking=form, problem=str(cannot), status=422)
    return done(request, order)


@require_POST
@one_time
@role_required(*COUNTER)
def type_value(request: Request, pk: int) -> HttpResponse:
    """What the car is worth, as somebody here says; the order is weighed with it at once."""
    return _told(request, pk, "valuing", ValueForm(request.POST), appraise)


@require_POST
@one_time
@role_required(*COUNTER)
def record_wish(request: Request, pk: int) -> HttpResponse:
    """What the customer would need of another car; the order is weighed with it at once."""
    return _told(request, pk, "wishing", WishForm(request.POST), wish)


@require_POST
@one_time
@role_required(*COUNTER)
def record_plan(request: Request, pk: int) -> HttpResponse:
    """What the customer says of their plan for the car; the order is weighed over that time at once."""
    return _told(request, pk, "planning", PlanForm(request.POST), tell_plan)


def _told(request: Request, pk: int, place: str, form: forms.Form, act: Callable[..., object]) -> HttpResponse:
    """Something told of the car by a form that stands at `place` of the panel, which shows it again when refused."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    shown: dict[str, Any] = {place: form}
    if not form.is_valid():
        return answer(request, order, status=422, **shown)
    try:
        act(repair_order=order, by=request.user, at=timezone.now(), **form.cleaned_data)
    except (CannotValue, CannotWant) as cannot:
        return answer(request, order, problem=str(cannot), status=422, **shown)
    # What was told may be of the order itself.
    order.refresh_from_db(fields=["plan", "plan_years", "plan_at", "plan_by"])
    return done(request, order)


@require_POST
@one_time
@role_required(*COUNTER)
def take_back(request: Request, pk: int) -> HttpResponse:
    """The customer took their yes back, or the advisor does."""
    order = fetch(orders(), request.user, COUNTER, pk=pk)
    handoff = fetch(Handoff.objects.all(), request.user, COUNTER, repair_order=order)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return answer(request, order, withdrawing=form, status=422)
    try:
        withdraw(
            handoff=handoff,
            reason=form.cleaned_data["reason"],
            customer_said_stop=form.cleaned_data["said_stop"],
            by=request.user,
            at=timezone.now(),
        )
    except CannotMeet as cannot:
        return answer(request, order, withdrawing=form, problem=str(cannot), status=409)
    return done(request, order)


@require_GET
@role_required(*SERVICE)
def outcome(request: Request, pk: int) -> HttpResponse:
    """One line for those who helped: what came of this order's hand-off.  Empty when there was none."""
    order = fetch(orders(), request.user, SERVICE, pk=pk)
    handoff = Handoff.objects.filter(repair_order=order).select_related("claimed_by").first()
    template = f"sales_handoff/outcome.html{'#line' if request.htmx else ''}"
    return render(request, template, {"order": order, "handoff": handoff})


@require_GET
@role_required(*SERVICE)
def came_of(request: Request) -> HttpResponse:
    """What came of the hand-offs this person helped with, as advisor, technician or the one who asked; the newest."""
    mine = Q(repair_order__technician=request.user) | Q(repair_order__advisor=request.user) | Q(ask__by=request.user)
    rows = (
        Handoff.objects.filter(mine, rooftop=request.rooftop, status=Handoff.Status.DONE)
        .filter(outcome_at__gt=timezone.now() - TOLD_FOR)
        .order_by("-outcome_at", "-pk")
        .values(
            *("pk", "outcome", "outcome_note", "outcome_at", "claimed_by__name", "customer__name"),
            *("repair_order_id", "repair_order__number"),
        )
    )[:TOLD]
    outcomes = dict(Handoff.Outcome.choices)
    template = f"sales_handoff/came_of.html{'#came' if request.htmx else ''}"
    return render(request, template, {"rows": [{**row, "outcome": outcomes[row["outcome"]]} for row in rows]})


@require_GET
@role_required(*SERVICE)
def customer_handoffs(request: Request, pk: int) -> HttpResponse:
    """When this customer was asked, as far as rooftops tell, what they said and what came of it, the newest first."""
    customer = fetch(Customer.objects.all(), request.user, pk=pk)
    asked = (
        Ask.objects.filter(customer__in=customer.records, repair_order__in=RepairOrder.objects.told_to(request.user))
        .order_by("-at", "-pk")
        .values(
            *("pk", "at", "answer", "words", "reason", "by__name", "repair_order_id", "repair_order__number"),
            *("repair_order__rooftop", "repair_order__rooftop__name"),
        )
    )[:PER_CUSTOMER]
    came = {
        handoff.ask_id: handoff
        for handoff in Handoff.objects.filter(ask__in=[row["pk"] for row in asked]).select_related("claimed_by")
    }
    rows = [{**row, "handoff": came.get(row["pk"])} for row in asked]
    context = {"customer": customer, "rows": rows, "own": request.user.rooftop_ids(*SERVICE)}
    if request.htmx:
        return render(request, "sales_handoff/customer_handoffs.html#asked", context)
    look(customer=customer, why="asked about sales", by=request.user, at=timezone.now(), rooftop=request.rooftop)
    return render(request, "sales_handoff/customer_handoffs.html", context)


# --- what the panel shows --------------------------------------------------------------------------------------------


def done(request: Request, order: RepairOrder) -> HttpResponse:
    if request.htmx:
        return answer(request, order)
    return go(request, reverse("sales_handoff:ro-panel", args=[order.pk]))


def answer(
    request: Request,
    order: RepairOrder,
    *,
    asking: AskForm | None = None,
    valuing: ValueForm | None = None,
    wishing: WishForm | None = None,
    planning: PlanForm | None = None,
    withdrawing: WithdrawForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = panel_context(request, order, timezone.now())
    context |= {
        "asking": asking or context["asking"],
        "valuing": valuing or ValueForm(),
        "wishing": wishing or context["wishing"],
        "planning": planning or context["planning"],
        "withdrawing": withdrawing or WithdrawForm(),
        "is_valuing": valuing is not None,
        "is_wishing": wishing is not None,
        "is_planning": planning is not None,
        "is_withdrawing": withdrawing is not None,
        "problem": problem,
        "bad": next((form for form in (asking, valuing, wishing, planning, withdrawing) if _is_bad(form)), None),
    }
    template = f"sales_handoff/ro_panel.html{'#panel' if request.htmx else ''}"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _is_bad(form: forms.Form | None) -> bool:
    return form is not None and bool(form.errors)


def panel_context(request: Request, order: RepairOrder, at: datetime) -> dict[str, Any]:
    """Everything the panel shows, in a fixed number of queries."""
    tag = panel_tag(request, order.pk)  # before what it names, or a change in between would never be asked for again
    evaluation, asked, handoff = _newest(order.pk)
    policy = HandoffPolicy.objects.filter(rooftop=order.rooftop_id).first()
    against = [] if asked else why_not_ask(order.customer, policy=policy, at=at)
    sheet = evaluation.sheet if evaluation else {}
    share = Decimal(sheet["share"]) if sheet.get("share") else None
    told = Wish.objects.filter(repair_order=order).order_by("-at", "-pk").values(*WishForm.base_fields).first()
    units = [car["unit"] for car in sheet.get("cars", [])]
    gone = dict(StockUnit.objects.filter(pk__in=units, gone_at__isnull=False).values_list("pk", "stock_number"))
    leaves = order.promised_at if order.promised_at and order.promised_at > at else None
    return {
        "order": order,
        "called": order.customer.called,
        "evaluation": evaluation,
        "sheet": sheet,
        "share": f"{share:.0%}" if share is not None else "",
        "break_even": Decimal(sheet["break_even"]) if sheet.get("break_even") else None,
        "spread": Decimal(sheet["spread_monthly"]) if sheet.get("spread_monthly") else None,
        "scale": _scale(evaluation),
        "shown": shown_on(order),
        "gone": gone.values(),
        "buyer": next(iter(sheet.get("buyers", [])), None),
        "wishing": WishForm(initial=told or {}),
        "planning": PlanForm(initial={"plan": order.plan, "plan_years": order.plan_years}),
        "asked": asked,
        "handoff": handoff,
        "happened": happened(handoff),
        "against": against,
        "pass_on_words": PASS_ON_WORDS.format(store=order.rooftop.name) if order.rooftop.leads_to else "",
        "is_open": order.status == RepairOrder.Status.OPEN,
        "asking": AskForm(at=at, initial={"leaves_at": leaves}),
        "leaves": leaves,
        "now": at,
        "tag": tag,
    }


def _scale(evaluation: Evaluation | None) -> dict[str, Any] | None:
    """The drawing of dollars: today's work, what the car is worth, and where replacing starts to cost less.

    Places are percents of the width, so that the words keep their size in a narrow column.
    """
    if evaluation is None or not evaluation.repair_total or not evaluation.sheet.get("value_middle"):
        return None
    repair, value = evaluation.repair_total, Decimal(evaluation.sheet["value_middle"])
    limit = evaluation.sheet.get("limit")
    starts = limit["about"] if limit else evaluation.sheet.get("break_even")
    cut = Decimal(starts) if starts else None
    longest = max(repair, value) * Decimal("1.1")
    if cut is not None and cut <= longest * 2:
        longest = max(longest, cut * Decimal("1.1"))
    else:
        cut = None

    def place(amount: Decimal) -> dict[str, str]:
        x = 100 * amount / longest
        anchor = "start" if x < 32 else "end" if x > 68 else "middle"
        return {"x": f"{x:.1f}%", "anchor": anchor, "dollars": whole(amount)}

    said = [f"Today's work is {whole(repair)}.", f"The car is worth about {whole(value)} once fixed."]
    if cut is not None:
        said.insert(0, f"Replacing starts to cost less above about {whole(cut)}.")
    return {
        "repair": place(repair),
        "value": place(value),
        "cut": place(cut) if cut is not None else None,
        "said": " ".join(said),
    }
