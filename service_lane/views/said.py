"""What customers said, where it takes the visits to know who: from any page by RO or deal number, and from a file.

The words live a storey below; whose visit a number is, is known here and handed down.
"""

from collections.abc import Iterable
from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from customers.actions import import_feedback
from customers.forms import SaidBySomebodyForm
from customers.models import Customer, Purchase
from customers.rules import match
from customers.rules.files import FEEDBACK_COLUMNS
from customers.search import who_has
from customers.views.feedback import after, first_side, write_down
from customers.views.files import file_page
from dealership.http import Request, go, one_time, role_required
from dealership.models import COUNTER, SALES, SERVICE, Rooftop
from service_lane.models import RepairOrder


def visits_of(rooftop: Rooftop, numbers: Iterable[str]) -> dict[str, int]:
    """The customer of each visit or sale of `rooftop`, by RO or deal number; numbers that are none are left out."""
    asked = list(numbers)
    sales = Purchase.objects.filter(rooftop=rooftop, deal_number__in=asked)
    orders = RepairOrder.objects.filter(rooftop=rooftop, number__in=asked)
    return dict([*sales.values_list("deal_number", "customer_id"), *orders.values_list("number", "customer_id")])


@role_required(*(SERVICE | SALES))
@one_time
def said_somewhere(request: Request) -> HttpResponse:
    """Write down what somebody said who is not on the screen; a dialog for htmx.

    Who it is, is told by a phone, an e-mail, an RO or a deal number.  When nobody has those, what they said waits to be
    matched; a complaint does not wait, because nobody could answer it.
    """
    posted = request.POST if request.method == "POST" else None
    form = SaidBySomebodyForm(posted, initial={"side": first_side(request)}, auto_id="said_%s")
    back = after(request, reverse("customers:said"))
    if posted is not None and form.is_valid():
        phone, email, visit = (form.cleaned_data[name] for name in ("phone", "email", "visit"))
        people, visits = who_has((phone, email)), visits_of(request.rooftop, [visit])
        found = match(
            {
                "phone": people.get(phone),
                "e-mail": people.get(email),
                "RO or deal number": {visits[visit]} if visit in visits else set() if visit else None,
            }
        )
        customer = Customer.objects.get(pk=found.customer) if found.customer else None
        if form.is_complaint and customer is None:
            form.add_error("phone", f"{found.words} Choose remark, or find the customer first.")
        elif write_down(request, form, customer, form.contact) is not None:
            return go(request, back)
    template = f"service_lane/said_somewhere.html{'#ask' if request.htmx else ''}"
    return render(request, template, {"form": form, "back": back}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@one_time
@role_required(*COUNTER)
def said_import(request: Request) -> HttpResponse:
    """A file of survey answers and mentions; a POST answers with what came of it, line by line."""
    about = {
        "title": "Surveys and mentions from a file",
        "back": reverse("customers:said"),
        "back_label": "What customers said",
        "columns": ", ".join(FEEDBACK_COLUMNS),
        "rule": "Kind is survey or mention. Phone, e-mail and RO or deal number tell who said it, never a name alone.",
    }
    return file_page(request, partial(import_feedback, visits_of=visits_of), about)
