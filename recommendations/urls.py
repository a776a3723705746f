"""The addresses of advice, by topic."""

from django.urls import path

from recommendations.views import (
    approvals,
    closing,
    deciding,
    documents,
    estimate,
    lines,
    link,
    presenting,
    working,
)

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
    path("approvals/", approvals.approvals, name="approvals"),
    path("orders/<int:pk>/send/", link.send, name="send"),
    path("orders/<int:pk>/revoke/", link.revoke, name="revoke"),
    path("links/<int:pk>/undo/", link.undo_send, name="undo-send"),
    path("orders/<int:pk>/estimate/print/", documents.estimate_print, name="estimate-print"),
    path("orders/<int:pk>/authorizations/", documents.authorizations, name="authorizations"),
    path("orders/<int:pk>/invoice/", documents.invoice, name="invoice"),
    path("orders/<int:pk>/declined/", documents.declined_notice, name="declined-notice"),
    path("orders/<int:pk>/close/", closing.close, name="close"),
    path("how-we-recommend/", link.how_for_staff, name="how-staff"),
    path("v/<str:token>/", link.customer, name="customer-link"),
    path("v/<str:token>/opened/", link.opened, name="link-opened"),
    path("v/<str:token>/review/", link.review, name="link-review"),
    path("v/<str:token>/answers/", link.answers, name="link-answers"),
    path("v/<str:token>/thanks/", link.thanks, name="link-thanks"),
    path("v/<str:token>/how/", link.how, name="link-how"),
    path("v/<str:token>/photos/<uuid:name>/", link.link_photo, name="link-photo"),
]
