"""Possible recalls: NHTSA's list and its files, and what the VIN of one car says of one campaign."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from customers import actions
from customers.actions.recalls import CheckedMeanwhile, NoVin
from customers.forms import RecallCheckForm, RecallFileForm
from customers.models import RecallCheckEntry, RecallFile, Vehicle
from customers.recalls import looked_at, possible_recalls
from customers.rules.recalls import LOOK_UP
from dealership.http import Request, fetch, go, one_time, role_required
from dealership.models import COUNTER, OFFICE, SERVICE

PER_PAGE = 25
REJECTS_SHOWN = 50
SHOWN = (
    *("pk", "name", "part", "status", "problem", "share", "rows", "added", "changed", "withdrawn", "rejected"),
    *("newest_on", "at", "finished_at", "by_name"),
)


@require_http_methods(["GET", "POST"])
@role_required(*SERVICE)
@one_time
def recall(request: Request, pk: int, campaign: str) -> HttpResponse:
    """One campaign that is possible on one car; a POST keeps what its VIN says."""
    kinds = COUNTER if request.method == "POST" else SERVICE
    vehicle = fetch(Vehicle.objects.all(), request.user, kinds, pk=pk)
    found = next((one for one in possible_recalls([vehicle]).get(pk, ()) if one.campaign == campaign), None)
    if found is None:
        raise Http404
    form = RecallCheckForm(request.POST if request.method == "POST" else None, initial={"seen": found.number})
    if form.is_valid():
        try:
            actions.check_recall(
                vehicle=vehicle,
                campaign=campaign,
                **form.cleaned_data,
                by=request.user,
                at=timezone.now(),
                rooftop=request.rooftop,
            )
            return go(request, vehicle.get_absolute_url())
        except NoVin:
            form.add_error(None, "The VIN of this car is not known. Scan or type it first, then look it up.")
        except CheckedMeanwhile:
            messages.warning(request, "Somebody wrote down an answer before you. Read it; give yours if it differs.")
            return go(request, request.path)
    history = RecallCheckEntry.objects.filter(check_of__vehicle=vehicle, check_of__campaign=campaign)
    context = {
        "vehicle": vehicle,
        "recall": found,
        "looked": looked_at(),
        "look_up": LOOK_UP,
        "form": form,
        "history": history.select_related("by").order_by("-number", "-pk"),
        "at_counter": bool(request.staff_kinds & COUNTER),
    }
    return render(request, "customers/recall.html", context, status=422 if form.is_bound else 200)


@require_GET
@role_required(*OFFICE)
def recall_files(request: Request) -> HttpResponse:
    """Every list that was taken in, and how fresh what is held is."""
    rows = RecallFile.objects.visible_to(request.user).order_by("-at", "-pk").values(*SHOWN)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "customers/recall_files.html", {"page": page, "looked": looked_at()})


@require_http_methods(["GET", "POST"])
@role_required(*OFFICE)
@one_time
def recall_file_new(request: Request) -> HttpResponse:
    form = RecallFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        file = actions.receive_recalls(
            name=upload.name,
            content=upload,
            part=form.cleaned_data["part"],
            rooftop=request.rooftop,
            by=request.user,
            at=timezone.now(),
        )
        return go(request, file.get_absolute_url())
    return render(request, "customers/recall_file_new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@role_required(*OFFICE)
def recall_file(request: Request, pk: int) -> HttpResponse:
    """How far it is, and what came of it.  htmx asks for the middle of the page until it is done."""
    file = fetch(RecallFile.objects.all(), request.user, OFFICE, pk=pk)
    running = file.status in (RecallFile.Status.WAITING, RecallFile.Status.RUNNING)
    context = {
        "file": file,
        "running": running,
        "left_out": sorted(file.left_out.items()),
        "rejects": file.rejects[:REJECTS_SHOWN],
    }
    template = "customers/recall_file.html"
    return render(request, f"{template}#standing" if request.htmx else template, context)
