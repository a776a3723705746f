"""The addresses of the service lane, by topic."""

from django.urls import path

from service_lane.views import appointments, board, dms_import, find, history, inspection, orders, photos, writeup

app_name = "service_lane"

urlpatterns = [
    path("lane/", board.board, name="board"),
    path("find/", find.find, name="find"),
    path("customers/<int:pk>/visits/", history.customer_visits, name="customer-visits"),
    path("customers/<int:pk>/timeline/", history.customer_timeline, name="customer-timeline"),
    path("appointments/", appointments.appointments, name="appointments"),
    path("appointments/new/", appointments.appointment_new, name="appointment-new"),
    path("appointments/<int:pk>/", appointments.appointment, name="appointment"),
    path("appointments/<int:pk>/arrive/", appointments.appointment_arrive, name="appointment-arrive"),
    path("appointments/<int:pk>/cancel/", appointments.appointment_cancel, name="appointment-cancel"),
    path("write-ups/new/", writeup.writeup_new, name="writeup-new"),
    path("write-ups/<int:pk>/", writeup.writeup, name="writeup"),
    path("write-ups/<int:pk>/check/", writeup.writeup_check, name="writeup-check"),
    path("write-ups/<int:pk>/save/", writeup.writeup_save, name="writeup-save"),
    path("write-ups/<int:pk>/choose/", writeup.writeup_choose, name="writeup-choose"),
    path("write-ups/<int:pk>/mark/", writeup.writeup_mark, name="writeup-mark"),
    path("write-ups/<int:pk>/photos/", photos.photo_add_writeup, name="photo-add-writeup"),
    path("write-ups/<int:pk>/open/", writeup.writeup_open, name="writeup-open"),
    path("write-ups/<int:pk>/drop/", writeup.writeup_drop, name="writeup-drop"),
    path("orders/<int:pk>/", orders.order, name="order"),
    path("orders/<int:pk>/assign/", orders.order_assign, name="order-assign"),
    path("orders/<int:pk>/promise/", orders.order_promise, name="order-promise"),
    path("orders/<int:pk>/parts/", orders.order_parts, name="order-parts"),
    path("orders/<int:pk>/concerns/<int:concern_pk>/", orders.order_cause, name="order-cause"),
    path("orders/<int:pk>/photos/", photos.photo_add_order, name="photo-add-order"),
    path("orders/<int:pk>/ready/", orders.order_ready, name="order-ready"),
    path("orders/<int:pk>/tell/", orders.order_tell, name="order-tell"),
    path("orders/<int:pk>/void/", orders.order_void, name="order-void"),
    path("orders/<int:pk>/inspection/", inspection.inspection_start, name="inspection-start"),
    path("inspections/", inspection.inspections, name="inspections"),
    path("inspections/<int:pk>/", inspection.inspection, name="inspection"),
    path("inspections/<int:pk>/items/<int:item_pk>/", inspection.inspection_item, name="inspection-item"),
    path("inspections/<int:pk>/items/<int:item_pk>/photos/", inspection.inspection_photo, name="inspection-photo"),
    path("inspections/<int:pk>/rest/", inspection.inspection_rest, name="inspection-rest"),
    path("inspections/<int:pk>/codes/", inspection.inspection_code, name="inspection-code"),
    path("inspections/<int:pk>/complete/", inspection.inspection_complete, name="inspection-complete"),
    path("photos/<uuid:name>/", photos.photo, name="photo"),
    path("photos/<uuid:name>/tile/", photos.photo_tile, name="photo-tile"),
    path("imports/", dms_import.imports, name="imports"),
    path("imports/new/", dms_import.import_new, name="import-new"),
    path("imports/<int:pk>/", dms_import.import_progress, name="import-progress"),
    path("imports/<int:pk>/preview/", dms_import.import_preview, name="import-preview"),
    path("imports/<int:pk>/rejects.csv", dms_import.import_rejects, name="import-rejects"),
]
