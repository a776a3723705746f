"""What one person still owes somebody: complaints, answers, check-ins, introductions; the first due first."""

from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet, TextField, Value

from customers.models import CheckIn, Complaint, FollowThrough, Purchase
from dealership.models import Staff

COMPLAINT, ESCALATED, SETTLED = "complaint", "escalated", "settled"
ANSWER, TELL, CHASE = "answer", "tell", "chase"
CHECK_IN, INTRODUCE = "check_in", "introduce"
WHAT = {
    COMPLAINT: "Put right a complaint",
    ESCALATED: "A complaint is overdue",
    SETTLED: "Ask whether it is settled",
    ANSWER: "Answer a question",
    TELL: "Tell the customer the answer",
    CHASE: "Ask after an answer",
    CHECK_IN: "Ask how it is",
    INTRODUCE: "Introduce to service",
}
VIEWS = {
    **dict.fromkeys((COMPLAINT, ESCALATED, SETTLED), "customers:complaint"),
    **dict.fromkeys((ANSWER, TELL, CHASE), "customers:follow-through"),
    CHECK_IN: "customers:check-in",
    INTRODUCE: "customers:purchase",
}


def open_items(staff: Staff, at: datetime) -> QuerySet[Any, dict[str, Any]]:
    """All that `staff` owns and has not finished: plain values (what, pk, due, said, name, whose), in a total order."""
    complaints = Complaint.objects.visible_to(staff)
    questions = FollowThrough.objects.visible_to(staff)
    check_ins = CheckIn.objects.visible_to(staff).due(at).filter(owner=staff).allowed()
    purchases = Purchase.objects.visible_to(staff).to_introduce().filter(salesperson=staff)
    mine = Q(owner=staff)
    rows = [
        _rows(complaints.open().filter(mine), COMPLAINT, "due_at", "words"),
        _rows(complaints.open().filter(~mine, escalated_to=staff), ESCALATED, "due_at", "words"),
        _rows(complaints.to_ask(at).filter(mine), SETTLED, "recheck_at", "what_was_done"),
        _rows(questions.to_do().filter(mine), ANSWER, "due_at", "words"),
        _rows(questions.to_tell().filter(taken_by=staff), TELL, "due_at", "answer"),
        _rows(questions.to_do().filter(~mine, taken_by=staff, due_at__lt=at), CHASE, "due_at", "words"),
        _rows(check_ins, CHECK_IN, "due_at", "car"),
        _rows(purchases, INTRODUCE, "at", "car", owner="salesperson"),
    ]
    return rows[0].union(*rows[1:], all=True).order_by("due", "what", "pk")


def _rows(rows: Any, what: str, due: str, words: str, owner: str = "owner") -> QuerySet[Any, dict[str, Any]]:
    found: QuerySet[Any, dict[str, Any]] = (
        rows.order_by()
        .annotate(
            what=Value(what, TextField()),
            due=F(due),
            said=F(words),
            name=F("customer__name"),
            whose=F(f"{owner}__name"),
        )
        .values("what", "pk", "due", "said", "name", "whose")
    )
    return found
