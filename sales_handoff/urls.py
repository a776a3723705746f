"""The addresses of repair or replace and of the hand-off queue."""

from django.urls import path

from sales_handoff.actions.imports import LISTS
from sales_handoff.views import (
    brief,
    figures,
    handoffs,
    lists,
    owning,
    panel,
    privacy,
    said,
    sheets,
    timeline,
    tomorrow,
    tuning,
)

app_name = "sales_handoff"

urlpatterns = [
    path("orders/<int:pk>/worth/", panel.ro_panel, name="ro-panel"),
    path("orders/<int:pk>/worth/ask/", panel.record_answer, name="ask"),
    path("orders/<int:pk>/worth/value/", panel.type_value, name="value"),
    path("orders/<int:pk>/worth/withdraw/", panel.take_back, name="withdraw"),
    path("orders/<int:pk>/handoff/", panel.outcome, name="outcome"),
    path("customers/<int:pk>/handoffs/", panel.customer_handoffs, name="customer-handoffs"),
    path("customers/<int:pk>/timeline/", timeline.customer_timeline, name="customer-timeline"),
    path("customers/<int:pk>/brief/", brief.customer_brief, name="customer-brief"),
    path("customers/<int:pk>/mind/", brief.customer_mind, name="customer-mind"),
    path("check-ins/<int:pk>/mind/", brief.check_in_mind, name="check-in-mind"),
    path("complaints/<int:pk>/mind/", brief.complaint_mind, name="complaint-mind"),
    path("handoffs/", handoffs.queue, name="queue"),
    path("handoffs/came-of/", panel.came_of, name="came-of"),
    path("handoffs/<int:pk>/", handoffs.handoff, name="handoff"),
    path("handoffs/<int:pk>/said/", said.said, name="said"),
    path("handoffs/<int:pk>/question/", said.question, name="question"),
    *(path(f"handoffs/<int:pk>/{verb}/", handoffs.act, {"verb": verb}, name=verb) for verb in handoffs.VERBS),
    path("handoffs/<int:pk>/reassign/", owning.reassign, name="reassign"),
    path("handoffs/<int:pk>/reassign/undo/", owning.reassign_undo, name="reassign-undo"),
    path("handoffs/export/", owning.export, name="export"),
    path("handoffs/tuning/", tuning.tuning, name="tuning"),
    path("tomorrow/", tomorrow.tomorrow, name="tomorrow"),
    path("tomorrow/print/", tomorrow.tomorrow_print, name="tomorrow-print"),
    path("figures/handoffs/", figures.figures, name="figures"),
    path("privacy/<int:pk>/file/", privacy.access, name="access"),
    path("privacy/<int:pk>/erase/", privacy.erase, name="erase"),
    path("orders/<int:pk>/worth/needs/", panel.record_wish, name="wish"),
    path("orders/<int:pk>/worth/plan/", panel.record_plan, name="plan"),
    path("orders/<int:pk>/worth/sheet/", sheets.sheet, name="sheet"),
    path("orders/<int:pk>/worth/show/", sheets.show, name="show-sheet"),
    path("orders/<int:pk>/worth/take-off/", sheets.take_off, name="take-sheet-off"),
    path("evaluations/<int:pk>/inputs/", sheets.inputs, name="inputs"),
    path("v/<str:token>/worth/", sheets.by_customer, name="link-sheet"),
    *(path(f"{kind}/", lists.listing, {"kind": kind}, name=kind) for kind in LISTS),
    path("needs/add/", lists.add_need, name="need-add"),
    path("needs/<int:pk>/stop/", lists.stop_need, name="need-stop"),
]
