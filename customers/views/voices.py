"""What one customer said, and what came after: a page of its own, and a part of their page, asked for by address."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from customers import actions
from customers.models import CheckIn, Complaint, Customer, Feedback, FollowThrough, Purchase
from customers.views.feedback import dressed, one_list
from customers.views.referrals import chain
from dealership.http import Request, fetch, role_required
from dealership.models import COUNTER, SERVICE

SHOWN = 3
MOST = 20


@require_GET
@role_required(*SERVICE)
def customer_said(request: Request, pk: int) -> HttpResponse:
    """Their words, their questions, who sent them, what they bought and when they are asked."""
    customer = fetch(Customer.objects.all(), request.user, SERVICE, pk=pk)
    now = timezone.now()
    feedback = Feedback.objects.told_to(request.user).kept().filter(customer=customer)
    page = dressed(request, one_list(feedback, Complaint.objects.told_to(request.user).filter(customer=customer)))
    questions = FollowThrough.objects.visible_to(request.user).filter(customer=customer, told_at=None)
    check_ins = CheckIn.objects.visible_to(request.user).filter(customer=customer).select_related("owner")
    context = {
        "customer": customer,
        "page": page,
        "newest": page.object_list[:SHOWN],
        "questions": questions.select_related("owner", "taken_by").order_by("due_at", "pk")[:MOST],
        "purchases": Purchase.objects.told_to(request.user)
        .filter(customer=customer)
        .select_related("advisor", "rooftop")[:MOST],
        "own": request.user.rooftop_ids(),
        "check_ins": check_ins.order_by("-due_at", "-pk")[:MOST],
        **chain(request, customer),
        "at_counter": bool(request.staff_kinds & COUNTER),
        "now": now,
    }
    if request.htmx:
        return render(request, "customers/customer_said.html#part", context)
    actions.look(customer=customer, why="what they said", by=request.user, at=now, rooftop=request.rooftop)
    return render(request, "customers/customer_said.html", context)
