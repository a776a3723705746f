"""A VIN by photo: the label is photographed, its bar code read, and the car found or a write-up begun with it."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from customers.models import Vehicle
from customers.rules import check_vin
from dealership.http import Request, role_required
from dealership.models import COUNTER, SERVICE
from service_lane.find import find as search
from service_lane.rules.pictures import LARGEST_UPLOAD, Unusable
from service_lane.vin_reader import read_vin

NONE = "Take a photo of the VIN label first."
TOO_LARGE = "A photo may have 15 MB. Send a smaller one."
NOT_FOUND = "No VIN bar code was found. Hold the phone parallel to the label in the door frame, or type the last six."
DOUBTFUL = "The VIN was read as {vin}, but its check digit does not fit. Compare it with the car."


@role_required(*SERVICE)
def vin_photo(request: Request) -> HttpResponseBase:
    """The page to photograph a label, and what it says.  Reading changes nothing, so the same photo may come again.

    `for` is where the answer is wanted: "find", or "writeup" to begin one.  A script that asks gets the VIN, where to
    go with it, and what is known of the car as JSON; or 422 with the sentence.
    """
    by_script = request.headers.get("X-Requested-With") == "fetch"
    wanted = "writeup" if request.POST.get("for", request.GET.get("for", "")) == "writeup" else "find"
    if request.method != "POST":
        return _page(request, wanted)
    try:
        vin = _read(request)
    except Unusable as problem:
        if by_script:
            return HttpResponse(str(problem), status=422, content_type="text/plain")
        return _page(request, wanted, str(problem), status=422)
    known = Vehicle.objects.filter(vin=vin).first()
    url = _where(request, vin, known, wanted)
    if not by_script:
        return redirect(url)
    check = check_vin(vin)
    said = f"VIN read: {vin}." if check.ok else DOUBTFUL.format(vin=vin)
    return JsonResponse({"vin": vin, "url": url, "says": said})


def _page(request: Request, wanted: str, problem: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"wanted": wanted, "problem": problem}
    return render(request, "service_lane/vin_photo.html", context, status=status)


def _read(request: Request) -> str:
    upload = request.FILES.get("photo")
    if upload is None:
        raise Unusable(NONE)
    if not upload.size or upload.size > LARGEST_UPLOAD:
        raise Unusable(TOO_LARGE if upload.size else NONE)
    vin = read_vin(upload.read())
    if not vin:
        raise Unusable(NOT_FOUND)
    return vin


def _where(request: Request, vin: str, known: Vehicle | None, wanted: str) -> str:
    """A car that is here or expected today is opened; otherwise it is found, or written up with what is known."""
    at_counter = bool(request.staff_kinds & COUNTER)
    answer = search(vin, request.rooftop, timezone.now())
    is_here = any(row.order_id or row.write_up_id or row.appointment_id for row in answer.rows)
    if at_counter and not is_here and (wanted == "writeup" or known is None):
        start = {"vehicle": known.pk} if known else {"vin": vin}
        return f"{reverse('service_lane:writeup-new')}?{urlencode(start)}"
    return f"{reverse('service_lane:find')}?{urlencode({'q': vin})}"
