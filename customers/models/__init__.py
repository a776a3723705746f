"""Who and what, whatever the visit: people and businesses, how to reach them, their cars, consents and words."""

from customers.models.cars import Tie, Vehicle, VinDecode
from customers.models.complaints import Complaint
from customers.models.consents import Consent
from customers.models.looks import Look
from customers.models.people import Address, ContactPoint, Customer, CustomerNumber, Household, KnownWord, NameWord

__all__ = [
    "Address",
    "Complaint",
    "Consent",
    "ContactPoint",
    "Customer",
    "CustomerNumber",
    "Household",
    "KnownWord",
    "Look",
    "NameWord",
    "Tie",
    "Vehicle",
    "VinDecode",
]
