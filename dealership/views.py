"""The pages that belong to no storey: the door, where one works, and what left the building."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from dealership import outbox
from dealership import styleguide as examples
from dealership.http import COUNTER_VIEW_KEY, ROOFTOP_KEY, Request, fetch, go, one_time, role_required
from dealership.models import COUNTER, OFFICE, SALES, SERVICE, OutboxMessage

PER_PAGE = 25
SHOWN = (
    "pk",
    "kind",
    "purpose",
    "to",
    "subject",
    "body",
    "status",
    "created_at",
    "not_before",
    "quiet_zones",
    "attempts",
    "provider_answer",
    "done_at",
    "delivered_at",
    "came_back_at",
    "came_back_why",
)


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else "/"


@require_GET
@login_required
def home(request: Request) -> HttpResponse:
    """To the screen where this person works."""
    if request.staff_kinds & SERVICE:
        return redirect("service_lane:board")
    if request.staff_kinds & SALES:
        return redirect("sales_handoff:queue")
    if request.user.is_staff:
        return redirect("admin:index")
    return render(request, "dealership/no_role.html", status=403)


@require_POST
@login_required
def switch_rooftop(request: Request) -> HttpResponse:
    chosen = next((r for r in request.rooftops if str(r.pk) == request.POST.get("rooftop")), None)
    if chosen:
        request.session[ROOFTOP_KEY] = chosen.pk
    else:
        messages.warning(request, "You hold no role at that rooftop.")
    return go(request, _back(request))


@require_POST
@login_required
def counter_view(request: Request) -> HttpResponse:
    """Turn the counter view on or off: a screen the customer may look at."""
    request.session[COUNTER_VIEW_KEY] = not request.counter_view
    return go(request, _back(request))


@require_GET
@role_required(*COUNTER)
def outbox_list(request: Request) -> HttpResponse:
    dead_first = Case(When(status="dead", then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = (
        OutboxMessage.objects.filter(rooftop=request.rooftop)
        .visible_to(request.user)
        .order_by(dead_first, "-created_at", "-pk")
        .values(*SHOWN)
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    may_resend = bool(request.staff_kinds & OFFICE)
    return render(
        request,
        "dealership/outbox.html",
        {"page": page, "may_resend": may_resend},
    )


@require_POST
@role_required(*OFFICE)
@one_time
def outbox_again(request: Request, pk: int) -> HttpResponse:
    message = fetch(OutboxMessage.objects.all(), request.user, OFFICE, pk=pk)
    try:
        outbox.send_again(message=message, by=request.user, at=timezone.now())
        messages.info(request, "It goes out again now.")
    except outbox.NotDead:
        messages.info(request, "That message is not a dead letter any more.")
    return go(request, resolve_url("dealership:outbox"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form of a page from before the last log-in, or of another site: nothing was done."""
    response = render(request, "403_csrf.html", status=403)
    response["Lane-Says"] = "This page is from before you logged in. Load it again. Nothing was changed."
    return response


@require_GET
@login_required
def styleguide(request: Request) -> HttpResponse:
    """Every component in every state, for whoever builds a page."""
    return render(request, "dealership/styleguide.html", examples.context(timezone.now()))
