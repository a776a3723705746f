"""The addresses of advice, by topic."""

from django.urls import path

from recommendations.views import deciding, estimate, lines, presenting, working

app_name = "recommendations"

urlpatterns = [
    path("orders/<int:pk>/estimate/", estimate.estimate, name="estimate"),
    path("orders/<int:pk>/estimate/add/", lines.line_add, name="line-add"),
    path("orders/<int:pk>/present/", presenting.present_at_counter, name="present-at-counter"),
    path("orders/<int:pk>/counter/", presenting.counter, name="counter"),
    path("orders/<int:pk>/call/", deciding.call, name="call"),
    path("orders/<int:pk>/lines/", lines.order_lines, name="order-lines"),
    path("lines/<int:pk>/", lines.line, name="line"),
    path("lines/<int:pk>/return/", lines.line_return, name="line-return"),
    path("lines/<int:pk>/off/", lines.line_off, name="line-off"),
    path("lines/<int:pk>/start/", working.work_start, name="work-start"),
    path("lines/<int:pk>/finish/", working.work_finish, name="work-finish"),
    path("findings/mine/", lines.findings_fate, name="findings-fate"),
    path("customers/<int:pk>/answers/", lines.customer_answers, name="customer-lines"),
    path("vehicles/<int:pk>/answers/", lines.vehicle_answers, name="vehicle-answers"),
]
