"""What is done to people, their cars and consents, and with what they say; questions are `follow_throughs`."""

from customers.actions.cars import Car, accept_decode, add_vehicle, edit_vehicle, take_back_told, tell_of_car
from customers.actions.check_ins import lapse, not_reached, plan_after_visit, record_outcome, undo_outcome
from customers.actions.complaints import (
    ask_complaint_later,
    close_complaint,
    escalate_complaint,
    give_complaint,
    open_complaint,
    read_complaints,
    settle_complaint,
)
from customers.actions.consents import record_consent
from customers.actions.feedback import import_feedback, match_feedback, record_feedback, take_back_feedback
from customers.actions.households import (
    decline_suggestion,
    leave_household,
    live_together,
    propose_households,
    undo_decline,
)
from customers.actions.looks import look
from customers.actions.merging import compare_customers, merge, say_different, undo_merge
from customers.actions.people import (
    Name,
    Place,
    add_address,
    add_contact_point,
    add_customer,
    confirm_contact_point,
    edit_customer,
    prefer_contact_point,
    remove_address,
    remove_contact_point,
)
from customers.actions.privacy import (
    finish_privacy_request,
    give_privacy_request,
    identify_privacy_request,
    record_privacy_request,
    refuse_privacy_request,
)
from customers.actions.purchases import import_purchases, introduce, record_purchase, undo_introduce
from customers.actions.recalls import check_recall, import_recalls, receive_recalls, run_recalls
from customers.actions.referrals import record_referral, remove_referral, thank, undo_thank
from customers.actions.roles import end_tie, tie_vehicle, undo_end_tie
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
    "ask_complaint_later",
    "check_recall",
    "close_complaint",
    "compare_customers",
    "confirm_contact_point",
    "decline_suggestion",
    "edit_customer",
    "edit_vehicle",
    "end_tie",
    "escalate_complaint",
    "finish_privacy_request",
    "give_complaint",
    "give_privacy_request",
    "identify_privacy_request",
    "import_feedback",
    "import_purchases",
    "import_recalls",
    "introduce",
    "lapse",
    "leave_household",
    "live_together",
    "look",
    "match_feedback",
    "merge",
    "not_reached",
    "open_complaint",
    "plan_after_visit",
    "prefer_contact_point",
    "propose_households",
    "read_complaints",
    "receive_recalls",
    "receive_text",
    "record_consent",
    "record_feedback",
    "record_outcome",
    "record_privacy_request",
    "record_purchase",
    "record_referral",
    "refuse_privacy_request",
    "remove_address",
    "remove_contact_point",
    "remove_referral",
    "reply_to_text",
    "run_recalls",
    "say_different",
    "settle_complaint",
    "settle_text",
    "take_back_feedback",
    "take_back_told",
    "tell_of_car",
    "thank",
    "tie_vehicle",
    "undo_decline",
    "undo_end_tie",
    "undo_introduce",
    "undo_merge",
    "undo_outcome",
    "undo_text",
    "undo_thank",
]
