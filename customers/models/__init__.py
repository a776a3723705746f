"""Who and what, whatever the visit: people and businesses, how to reach them, their cars, consents and words."""

from customers.models.cars import Tie, ToldOfCar, Vehicle, VinDecode
from customers.models.check_ins import CheckIn
from customers.models.complaints import Complaint
from customers.models.consents import Consent, ConsentText
from customers.models.feedback import Feedback
from customers.models.follow_throughs import FollowThrough
from customers.models.households import HouseholdSuggestion
from customers.models.looks import Look
from customers.models.merging import Duplicate, Merge
from customers.models.people import Address, ContactPoint, Customer, CustomerNumber, Household, KnownWord, NameWord
from customers.models.privacy import PrivacyRequest, RetentionPolicy
from customers.models.purchases import Purchase
from customers.models.recalls import Recall, RecallCheck, RecallCheckEntry, RecallFile
from customers.models.referrals import Referral

__all__ = [
    "Address",
    "CheckIn",
    "Complaint",
    "Consent",
    "ConsentText",
    "ContactPoint",
    "Customer",
    "CustomerNumber",
    "Duplicate",
    "Feedback",
    "FollowThrough",
    "Household",
    "HouseholdSuggestion",
    "KnownWord",
    "Look",
    "Merge",
    "NameWord",
    "PrivacyRequest",
    "Purchase",
    "Recall",
    "RecallCheck",
    "RecallCheckEntry",
    "RecallFile",
    "Referral",
    "RetentionPolicy",
    "Tie",
    "ToldOfCar",
    "Vehicle",
    "VinDecode",
]
