"""The addresses of repair or replace and of the hand-off queue."""

from django.urls import path

from sales_handoff.views import figures, handoffs, panel, said, timeline, values

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
    path("figures/handoffs/", figures.figures, name="figures"),
    path("values/", values.guide, name="values"),
]
