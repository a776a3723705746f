"""The addresses of repair or replace and of the hand-off queue."""

from django.urls import path

from sales_handoff.views import deals, figures, handoffs, owning, panel, said, timeline, tomorrow, tuning, values

app_name = "sales_handoff"

urlpatterns = [
    path("orders/<int:pk>/worth/", panel.ro_panel, name="ro-panel"),
    path("orders/<int:pk>/worth/ask/", panel.record_answer, name="ask"),
    path("orders/<int:pk>/worth/value/", panel.type_value, name="value"),
    path("orders/<int:pk>/worth/withdraw/", panel.take_back, name="withdraw"),
    path("orders/<int:pk>/handoff/", panel.outcome, name="outcome"),
    path("customers/<int:pk>/handoffs/", panel.customer_handoffs, name="customer-handoffs"),
    path("customers/<int:pk>/timeline/", timeline.customer_timeline, name="customer-timeline"),
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
    path("deals/", deals.deals, name="deals"),
    path("values/", values.guide, name="values"),
]
