"""An inspection: the sheet one section at a time, and what is saved from each item."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import BAY, SERVICE
from service_lane.actions import inspection as actions
from service_lane.actions import photos
from service_lane.actions.changes import NothingNew, see_changes
from service_lane.forms.inspection import NOT_DONE, CodeForm, ItemForm
from service_lane.models import Condition, Inspection, InspectionItem
from service_lane.rules import board as rules
from service_lane.rules.judging import CannotRule, NeedsReason
from service_lane.views.cards import Card, card, last_visit, tires
from service_lane.views.inspection_page import changes, code_rows, sheet

CHANGED = "Somebody changed this at {at}; here is what it says now. What you typed is still here: save it if it holds."
NEEDS_REASON = "It needs your reason. Tap the sign again and say why."
COMPLETE = "This inspection is complete, so what it says stays."


# --- the sheet -------------------------------------------------------------------------------------------------------


def fetch_inspection(request: Request, pk: int, kinds: Any = SERVICE) -> Inspection:
    rows = Inspection.objects.select_related(
        "repair_order__rooftop",
        "repair_order__customer",
        "repair_order__vehicle",
        "repair_order__advisor",
        "technician",
        "completed_by",
    )
    return fetch(rows, request.user, kinds, pk=pk)


@require_GET
@role_required(*SERVICE)
def inspection(request: Request, pk: int) -> HttpResponse:
    """One section; `at` names the item and place that is measured next, `change` the item whose ruling is changed."""
    row = fetch_inspection(request, pk)
    at_item, _, at_place = request.GET.get("at", "").partition(":")
    special: dict[str, Any] = {}
    if at_item.isdecimal():
        special = {"pk": int(at_item), "place": at_place, "unit": request.GET.get("unit", "")}
    elif (changed := request.GET.get("change", "")).isdecimal():
        special = {"pk": int(changed), "asks": "change"}
    return inspection_page(request, row, request.GET.get("section", ""), special=special)


def inspection_page(
    request: Request,
    inspection: Inspection,
    slug: str,
    *,
    special: dict[str, Any] | None = None,
    status: int = 200,
    fragment: str = "",
    **more: Any,
) -> HttpResponse:
    """The page, or with `fragment` the item it names and what changed around it.

    `special` is what is different about one item: the place that is read next, what is asked, an error, what was typed.
    """
    context = _context(request, inspection, slug, special or {}) | more
    template = f"service_lane/inspection.html{fragment}"
    return render(request, template, context, status=status)


def _context(request: Request, inspection: Inspection, slug: str, special: dict[str, Any]) -> dict[str, Any]:
    order = inspection.repair_order
    shown = sheet(inspection, slug)
    last = last_visit(inspection, order.rooftop.zone)
    may_write = request.user.holds(BAY, order.rooftop_id)
    opened = None if "place" in special else _first_to_measure(shown.items)
    cards = [
        _card(
            item,
            inspection,
            last,
            order.odometer_in,
            may_write,
            (special if special.get("pk") == item.pk else {}) | {"opens": item.pk == opened},
        )
        for item in shown.items
    ]
    treads = [one for one in cards if one.is_tire]
    chosen = next((one for one in treads if one.item.pk == special.get("pk")), None)
    if chosen is None or (special.get("moved") and chosen.pad is None and not special.get("asks")):
        todo = next((one for one in treads if one.item.condition == Condition.UNCHECKED), None)
        chosen = todo or chosen or (treads[0] if treads else None)
    plan = tires(treads, chosen.item.pk if chosen else None)
    if plan:
        cards = [one for one in cards if one not in treads or one is chosen]
    now = timezone.now()
    codes_here = any(one.item.key == "warning-lamps" for one in cards) or shown.following is None
    return {
        "inspection": inspection,
        "order": order,
        "now": now,
        "relative": rules.span(abs(order.promised_at - now)) if order.promised_at else "",
        "is_late": bool(order.promised_at and order.promised_at < now and not inspection.completed_at),
        "sheet": shown,
        "cards": cards,
        "card": next((one for one in cards if one.item.pk == special.get("pk")), chosen),
        "next_card": next((one for one in cards if one.item.pk == opened != special.get("pk")), None)
        if special.get("measured")
        else None,
        "tires": plan,
        "edges": [one.edge for one in plan if one.edge],
        "chosen": chosen,
        "may_write": may_write,
        "writes": may_write and inspection.completed_at is None,
        "codes_here": codes_here,
        "codes": code_rows(inspection) if codes_here else [],
        "code_form": CodeForm(),
        "changes": changes(inspection) if inspection.completed_at is None else [],
        "not_done": NOT_DONE,
        "advisor": order.advisor.get_short_name() if order.advisor else "the advisor",
    }


def _first_to_measure(items: list[InspectionItem]) -> int | None:
    """The item whose pad lies open: one at a time, so that the screen stays short."""
    return next((item.pk for item in items if item.unit and item.condition == Condition.UNCHECKED), None)


def _card(
    item: InspectionItem,
    inspection: Inspection,
    last: Any,
    odometer: int | None,
    may_write: bool,
    special: dict[str, Any],
) -> Card:
    came_back = bool(item.returned_at and item.at and item.returned_at > item.at)
    return card(
        item,
        last,
        odometer,
        writes=may_write and (inspection.completed_at is None or came_back),
        place=special.get("place"),
        unit=special.get("unit", ""),
        opens=special["opens"],
        asks=special.get("asks", ""),
        error=special.get("error", ""),
        typed=special.get("typed"),
    )


# --- what is saved ---------------------------------------------------------------------------------------------------


@role_required(*SERVICE)
def inspection_item(request: Request, pk: int, item_pk: int) -> HttpResponseBase:
    """One item: its card for htmx, its place on the page without; a POST saves it."""
    rows = InspectionItem.objects.select_related("inspection__repair_order__rooftop")
    if request.method == "POST":
        return _save(request, fetch(rows, request.user, BAY, pk=item_pk, inspection=pk))
    item = fetch(rows, request.user, SERVICE, pk=item_pk, inspection=pk)
    if not request.htmx:
        return redirect(item)
    asks = "change" if "change" in request.GET else ""
    special = {"pk": item.pk, "asks": asks}
    if "place" in request.GET:
        special |= {"place": request.GET["place"], "unit": request.GET.get("unit", "")}
    return _around(request, item, special)


def by_script(request: Request) -> bool:
    """Whether a page's script sends what waited for a signal: it wants a word, not a page."""
    return request.headers.get("X-Requested-With") == "fetch"


def _said(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain")


@one_time
def _save(request: Request, item: InspectionItem) -> HttpResponse:
    now = timezone.now()
    form = ItemForm(request.POST, item=item)
    if not form.is_valid():
        message = next(iter(form.errors.values()))[0]
        return _refused(request, item, str(message), typed=request.POST, status=422)
    if form.cleaned_data["do"] == "change":
        return _asked(request, item, "change")
    if form.asks_why_not:
        return _asked(request, item, "none")
    try:
        saved = actions.record_item(
            item=item, version=form.cleaned_data["version"], by=request.user, at=now, **form.what()
        )
    except NeedsReason:
        return _asked(request, item, form.cleaned_data["rule"])
    except CannotRule as problem:
        return _refused(request, item, str(problem), typed=request.POST, status=422)
    except actions.Changed as changed:
        at = timezone.localtime(changed.item.at or now)
        return _refused(request, changed.item, CHANGED.format(at=f"{at:%H:%M}"), typed=request.POST, status=409)
    except actions.Complete:
        if by_script(request):
            return _said(COMPLETE, 409)
        messages.warning(request, COMPLETE)
        return go(request, item.get_absolute_url())
    if by_script(request):
        return JsonResponse({"version": saved.version})
    if not request.htmx:
        return redirect(saved)
    return _around(request, saved, _next_place(saved, form))


def _next_place(item: InspectionItem, form: ItemForm) -> dict[str, Any]:
    """After a reading, the next place of the same item that has none."""
    special: dict[str, Any] = {"pk": item.pk, "moved": True}
    if form.cleaned_data["value"] is not None:
        special["measured"] = True
        read = {reading.position for reading in item.readings.all()}
        if missing := [place for place in item.places if place not in read]:
            special["place"] = missing[0]
    return special


def _asked(request: Request, item: InspectionItem, asks: str) -> HttpResponse:
    """Nothing is saved yet: the card asks for what is missing."""
    if by_script(request):
        return _said(NEEDS_REASON, 422)
    return _around(request, item, {"pk": item.pk, "asks": asks, "typed": request.POST})


def _refused(request: Request, item: InspectionItem, message: str, *, typed: Any, status: int) -> HttpResponse:
    if by_script(request):
        return _said(message, status)
    special = {"pk": item.pk, "error": message, "typed": typed}
    if typed.get("value") and typed.get("do") == "measure":
        special |= {"place": typed.get("place", ""), "unit": typed.get("unit", "")}
    elif typed.get("rule") in ("red", "yellow", "none"):
        special["asks"] = typed["rule"]
    return _around(request, item, special, status=status)


def _around(request: Request, item: InspectionItem, special: dict[str, Any], status: int = 200) -> HttpResponse:
    """The item's card and what changed around it; without htmx the whole page in the same state."""
    inspection = fetch_inspection(request, item.inspection_id)
    slug = item.get_absolute_url().partition("section=")[2].partition("#")[0]
    fragment = "#saved" if request.htmx else ""
    return inspection_page(request, inspection, slug, special=special, status=status, fragment=fragment)


@require_POST
@one_time
@role_required(*BAY)
def inspection_rest(request: Request, pk: int) -> HttpResponse:
    """Whatever an eye can judge and nobody touched in a section is good."""
    row = fetch_inspection(request, pk, BAY)
    shown = sheet(row, request.POST.get("section", ""))
    try:
        actions.mark_rest_good(inspection=row, section=shown.section.name, by=request.user, at=timezone.now())
    except actions.NothingTouched:
        messages.warning(request, "Look at one check of this section first.")
    except actions.NothingLeft:
        messages.info(request, "Nothing is left here to look at.")
    except actions.Complete:
        messages.warning(request, COMPLETE)
    return go(request, f"{row.get_absolute_url()}?section={shown.section.slug}")


@require_POST
@one_time
@role_required(*BAY)
def inspection_seen(request: Request, pk: int) -> HttpResponse:
    """What others changed about the job has been seen."""
    row = fetch_inspection(request, pk, BAY)
    try:
        see_changes(inspection=row, by=request.user, at=timezone.now())
    except NothingNew:
        messages.info(request, "That was seen already.")
    return go(request, f"{row.get_absolute_url()}?section={slugify(request.POST.get('section', ''))}")


@require_POST
@one_time
@role_required(*BAY)
def inspection_complete(request: Request, pk: int) -> HttpResponse:
    """Finish, unless something is open: then the page lists it."""
    row = fetch_inspection(request, pk, BAY)
    try:
        actions.complete(inspection=row, by=request.user, at=timezone.now())
    except actions.NotFinished:
        return inspection_page(request, row, request.POST.get("section", ""), status=422, refused=True)
    except actions.Complete:
        messages.info(request, "This inspection was complete already.")
    return go(request, row.get_absolute_url())


@require_POST
@role_required(*BAY)
def inspection_photo(request: Request, pk: int, item_pk: int) -> HttpResponseBase:
    """Photos of one item, one by one from a script, all at once without."""
    rows = InspectionItem.objects.select_related("inspection__repair_order__rooftop")
    item = fetch(rows, request.user, BAY, pk=item_pk, inspection=pk)
    uploads = request.FILES.getlist("photo")
    if not uploads:
        if by_script(request):
            return _said("Choose a photo to send.", 422)
        messages.warning(request, "Choose a photo to send.")
        return go(request, item.get_absolute_url())
    return _keep(request, item, uploads[:1] if by_script(request) else uploads)


@one_time
def _keep(request: Request, item: InspectionItem, uploads: list[Any]) -> HttpResponse:
    added = None
    for upload in uploads:
        try:
            added = photos.add_photo(
                rooftop=item.inspection.repair_order.rooftop,
                upload=upload,
                item=item,
                caption=item.name,
                by=request.user,
                at=timezone.now(),
            )
        except photos.TooLarge:
            sentence = "A photo may have 15 MB. Send a smaller one."
            if by_script(request):
                return _said(sentence, 422)
            messages.warning(request, sentence)
    if by_script(request):
        return render(request, "service_lane/photo_tile.html#tile", {"photo": added}, status=201)
    return go(request, item.get_absolute_url())
