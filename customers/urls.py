"""The addresses of people and cars."""

from django.urls import path

from customers.views import cars, complaints, consents, hooks, lists, people, texts

app_name = "customers"

urlpatterns = [
    path("customers/", lists.index, name="index"),
    path("customers/new/", people.customer_new, name="customer-new"),
    path("customers/<int:pk>/", people.customer, name="customer"),
    path("customers/<int:pk>/edit/", people.customer_edit, name="customer-edit"),
    path("customers/<int:pk>/contacts/", people.contact_add, name="contact-add"),
    path("customers/<int:pk>/contacts/<int:point_pk>/", people.contact_change, name="contact-change"),
    path("customers/<int:pk>/addresses/", people.address_add, name="address-add"),
    path("customers/<int:pk>/addresses/<int:address_pk>/remove/", people.address_remove, name="address-remove"),
    path("customers/<int:pk>/household/", people.household, name="household"),
    path("customers/<int:pk>/household/leave/", people.household_leave, name="household-leave"),
    path("customers/<int:pk>/read/", people.read_complaints, name="read-complaints"),
    path("customers/<int:pk>/looks/", lists.looks, name="looks"),
    path("customers/<int:pk>/consents/", consents.consents, name="consents"),
    path("customers/<int:pk>/consents/<str:purpose>/<str:channel>/", consents.consent, name="consent"),
    path("customers/<int:pk>/complaints/new/", complaints.complaint_new, name="complaint-new"),
    path("customers/<int:pk>/cars/new/", cars.vehicle_new, name="vehicle-new"),
    path("customers/<int:pk>/cars/known/", cars.vehicle_tie, name="vehicle-tie"),
    path("texts/", texts.unknown_texts, name="texts"),
    path("texts/<int:pk>/", texts.text, name="text"),
    path("texts/<int:pk>/undo/", texts.text_undo, name="text-undo"),
    path("hooks/messages/", hooks.messages, name="message-hook"),
    path("complaints/", complaints.complaints, name="complaints"),
    path("complaints/<int:pk>/", complaints.complaint, name="complaint"),
    path("cars/vin-check/", cars.vin_check, name="vin-check"),
    path("cars/<int:pk>/", cars.vehicle, name="vehicle"),
    path("cars/<int:pk>/edit/", cars.vehicle_edit, name="vehicle-edit"),
    path("cars/<int:pk>/decodes/<int:decode_pk>/accept/", cars.decode_accept, name="decode-accept"),
    path("cars/<int:pk>/ties/<int:tie_pk>/end/", cars.tie_end, name="tie-end"),
]
