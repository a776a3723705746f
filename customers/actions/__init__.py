"""What is done to people, their cars, their consents and their complaints."""

from customers.actions.cars import Car, accept_decode, add_vehicle, edit_vehicle, end_tie, tie_vehicle
from customers.actions.complaints import close_complaint, open_complaint, read_complaints
from customers.actions.consents import record_consent
from customers.actions.looks import look
from customers.actions.people import (
    Name,
    Place,
    add_address,
    add_contact_point,
    add_customer,
    confirm_contact_point,
    edit_customer,
    leave_household,
    live_together,
    prefer_contact_point,
    remove_address,
    remove_contact_point,
)
from customers.actions.texts import receive_text, reply_to_text, settle_text, undo_text

__all__ = [
    "Car",
    "Name",
    "Place",
    "accept_decode",
    "add_address",
    "add_contact_point",
    "add_customer",
    "add_vehicle",
    "close_complaint",
    "confirm_contact_point",
    "edit_customer",
    "edit_vehicle",
    "end_tie",
    "leave_household",
    "live_together",
    "look",
    "open_complaint",
    "prefer_contact_point",
    "read_complaints",
    "receive_text",
    "record_consent",
    "remove_address",
    "remove_contact_point",
    "reply_to_text",
    "settle_text",
    "tie_vehicle",
    "undo_text",
]
