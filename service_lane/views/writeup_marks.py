"""What is done to a write-up beside typing: marks of damage, taking the last change back, and who else is in it."""

from contextlib import suppress

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dealership.http import Request, go, one_time, role_required
from dealership.models import COUNTER
from service_lane.actions import damage as actions
from service_lane.actions import writeup
from service_lane.models import DamageMark, WriteUp
from service_lane.rules import Missing, damage
from service_lane.views.writeup import fetch_write_up, page, posted, save_typed
from service_lane.views.writeup_here import here_context
from service_lane.views.writeup_walk import damage_context
from service_lane.views.writeup_words import undo_words

NO_PLACE = Missing("mark_place", "Say where it is: tap the drawing, or choose from the list.")
NO_KIND = Missing("mark_kind", "Say what it is: scratch, dent, chip, crack or missing part.")


@posted
@role_required(*COUNTER)
def writeup_mark(request: Request, pk: int) -> HttpResponseBase:
    """Add a mark of damage seen at the walk-around.  The rest of the form comes along and is kept first."""
    write_up = fetch_write_up(request, pk)
    if not write_up.repair_order:
        save_typed(request, write_up)
    return _marked(request, write_up)


@one_time
def _marked(request: Request, write_up: WriteUp) -> HttpResponse:
    point = damage.point(request.POST.get("mark_x", ""), request.POST.get("mark_y", ""))
    place = damage.BY_KEY.get(request.POST.get("mark_place", "")) or (damage.place_at(*point) if point else None)
    kind = request.POST.get("mark_kind", "")
    if place is None or kind not in damage.KINDS:
        return _answer(request, write_up, (NO_KIND if place else NO_PLACE,))
    try:
        actions.mark_damage(
            write_up=write_up,
            place=place,
            kind=kind,
            note=request.POST.get("mark_note", "").strip()[:200],
            point=point,
            by=request.user,
            at=timezone.now(),
        )
    except writeup.Finished:
        return go(request, write_up.get_absolute_url())
    return _answer(request, write_up)


@posted
@role_required(*COUNTER)
def writeup_unmark(request: Request, pk: int) -> HttpResponseBase:
    """Take a mark off again: it was a mistake."""
    write_up = fetch_write_up(request, pk)
    if not write_up.repair_order:
        save_typed(request, write_up)
    return _unmarked(request, write_up)


@one_time
def _unmarked(request: Request, write_up: WriteUp) -> HttpResponse:
    named = request.POST.get("mark", "")
    mark = get_object_or_404(DamageMark.objects.filter(write_up=write_up), pk=int(named) if named.isdigit() else 0)
    try:
        actions.take_off(mark=mark, by=request.user, at=timezone.now())
    except writeup.Finished:
        return go(request, write_up.get_absolute_url())
    return _answer(request, write_up)


def _answer(request: Request, write_up: WriteUp, problems: tuple[Missing, ...] = ()) -> HttpResponse:
    """The drawing with its marks for htmx, at status 422 with what is missing; otherwise the page."""
    if request.htmx:
        write_up.refresh_from_db()
        context = damage_context(write_up, problems) | {"write_up": write_up, "undo": undo_words(write_up)}
        return render(request, "service_lane/writeup_damage.html", context, status=422 if problems else 200)
    if problems:
        return page(request, write_up, problems=problems, status=422)
    return go(request, f"{write_up.get_absolute_url()}#s5")


@require_POST
@one_time
@role_required(*COUNTER)
def writeup_undo(request: Request, pk: int) -> HttpResponse:
    """Take the last change back: a field, a choice, or a mark."""
    write_up = fetch_write_up(request, pk)
    with suppress(writeup.Finished):  # the page says what became of it
        writeup.undo(write_up=write_up, by=request.user, at=timezone.now())
    return go(request, write_up.get_absolute_url())


@require_GET
@role_required(*COUNTER)
def writeup_here(request: Request, pk: int) -> HttpResponse:
    """What the page must say although nobody here did anything: who else is in it, and what became of it."""
    write_up = fetch_write_up(request, pk)
    return render(request, "service_lane/writeup.html#here", {"here": here_context(request, write_up, timezone.now())})
