"""Photos: taking them in, and showing the re-encoded copy to those who may see the car."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER, SERVICE
from service_lane.actions import photos as actions
from service_lane.models import DamageMark, Photo, RepairOrder, WriteUp
from service_lane.rules.marks import MOST_MARKS, PLACES, BadMarks, mark_at, read_marks
from service_lane.views.writeup import fetch_write_up, save_typed

TOO_LARGE = "A photo may have 15 MB. Send a smaller one."
NONE = "Choose a photo to send."


@role_required(*SERVICE)
def photo(request: Request, name: UUID) -> HttpResponseBase:
    """The picture itself, for staff of its rooftop."""
    return picture(fetch(Photo.objects.filter(status=Photo.Status.READY), request.user, SERVICE, name=name))


def picture(photo: Photo) -> FileResponse:
    """The bytes of a photo that somebody may see.  Who may is for the view that calls this.

    Raises Http404 when the store no longer has the file.
    """
    try:
        response = FileResponse(photo.image.open("rb"), content_type="image/jpeg")
    except FileNotFoundError as lost:
        raise Http404 from lost
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=86400, immutable"
    response["Content-Disposition"] = "inline"
    return response


@role_required(*SERVICE)
def photo_tile(request: Request, name: UUID) -> HttpResponse:
    """One photo as it stands: being checked, ready, or not usable and why.  For a browser, the page it is on."""
    found = fetch(Photo.objects.select_related("write_up", "repair_order"), request.user, SERVICE, name=name)
    if not request.htmx and not _by_script(request):
        page = found.repair_order or found.write_up
        return redirect(page or "service_lane:board")
    return render(request, "service_lane/photo_tile.html#tile", {"photo": found})


@role_required(*SERVICE)
def photo_marks(request: Request, name: UUID) -> HttpResponseBase:
    """The photo whole, with what is drawn on it; a POST draws.

    `do` is the button: "save" all marks as the page's script sends them, "place" a circle or an arrow at one of nine
    places, take the last one away ("undo"), or all of them ("clear").
    """
    rows = Photo.objects.select_related("write_up", "repair_order", "item__inspection__repair_order")
    found = fetch(rows.filter(status=Photo.Status.READY), request.user, SERVICE, name=name)
    if request.method == "POST":
        return _mark(request, found)
    return _marks_page(request, found)


def _marks_page(request: Request, photo: Photo, problem: str = "", status: int = 200) -> HttpResponse:
    context = {
        "photo": photo,
        "problem": problem,
        "marks": json.dumps(photo.marks),
        "places": PLACES,
        "most": MOST_MARKS,
        "back": _page_of(photo),
        "may_mark": photo.shown_at is None,
    }
    return render(request, "service_lane/photo.html", context, status=status)


@one_time
def _mark(request: Request, photo: Photo) -> HttpResponse:
    do = request.POST.get("do", "save")
    try:
        match do:
            case "place":
                added = mark_at(request.POST.get("kind", "circle"), request.POST.get("place", ""))
                marks = read_marks(json.dumps([*photo.marks, added]))
            case "undo":
                marks = photo.marks[:-1]
            case "clear":
                marks = []
            case _:
                marks = read_marks(request.POST.get("marks", ""))
        actions.mark_photo(photo=photo, marks=marks, by=request.user, at=timezone.now())
    except BadMarks as problem:
        return _marks_page(request, photo, str(problem), status=422)
    except actions.AlreadyShown:
        messages.warning(request, "The customer was shown this photo, so its marks stay. Take another photo.")
    here = reverse("service_lane:photo-marks", args=[photo.name])
    return go(request, _page_of(photo) if do == "save" else here)


def _page_of(photo: Photo) -> str:
    """Where a photo belongs."""
    if photo.item:
        return photo.item.get_absolute_url()
    if photo.repair_order:
        return f"{photo.repair_order.get_absolute_url()}#photos"
    return f"{photo.write_up.get_absolute_url()}#s5" if photo.write_up else reverse("service_lane:board")


@require_POST
@role_required(*COUNTER)
def photo_add_writeup(request: Request, pk: int) -> HttpResponseBase:
    """Photos of the walk-around.  From a browser without scripts they come with the whole form, which is kept."""
    write_up = fetch_write_up(request, pk)
    if request.POST.get("whole") and write_up.repair_order is None:
        save_typed(request, write_up)
    return _added(request, write_up.get_absolute_url() + "#s5", write_up=write_up)


@require_POST
@role_required(*SERVICE)
def photo_add_order(request: Request, pk: int) -> HttpResponseBase:
    """Photos for an open repair order."""
    order = fetch(RepairOrder.objects.all(), request.user, SERVICE, pk=pk)
    return _added(request, order.get_absolute_url() + "#photos", repair_order=order)


def _by_script(request: Request) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _added(request: Request, back: str, **of: WriteUp | RepairOrder) -> HttpResponseBase:
    """One photo for a script that sends them one by one; otherwise every photo of the form."""
    by_script = _by_script(request)
    uploads = request.FILES.getlist("photo")
    if not uploads:
        return HttpResponse(NONE, status=422, content_type="text/plain") if by_script else go(request, back)
    if by_script:
        return _one(request, uploads[0], **of)
    return _all(request, uploads, back, **of)


@one_time
def _one(request: Request, upload: Any, **of: Any) -> HttpResponse:
    try:
        added = _add(request, upload, **of)
    except actions.TooLarge:
        return HttpResponse(TOO_LARGE, status=422, content_type="text/plain")
    return render(request, "service_lane/photo_tile.html#tile", {"photo": added}, status=201)


@one_time
def _all(request: Request, uploads: list[Any], back: str, **of: Any) -> HttpResponse:
    for upload in uploads:
        try:
            _add(request, upload, **of)
        except actions.TooLarge:
            messages.warning(request, f"{upload.name}: {TOO_LARGE}")
    return go(request, back)


def _add(request: Request, upload: Any, **of: Any) -> Photo:
    place = next(iter(of.values()))
    caption = request.POST.get("caption", "").strip()[:200]
    return actions.add_photo(
        rooftop=place.rooftop,
        upload=upload,
        caption=caption,
        damage=DamageMark.objects.captioned(caption, of.get("write_up")),
        by=request.user,
        at=timezone.now(),
        **of,
    )
