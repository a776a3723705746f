"""Forms about people and cars: they read what was typed and say what is wrong with it; nothing is saved here."""

from customers.forms.cars import CarForm, NewVehicleForm, TieForm, VehicleForm
from customers.forms.complaints import CloseForm, ComplaintForm
from customers.forms.consents import ConsentForm
from customers.forms.people import AddressForm, ContactForm, CustomerForm, EditForm, NameForm, SeenForm, read_phone

__all__ = [
    "AddressForm",
    "CarForm",
    "CloseForm",
    "ComplaintForm",
    "ConsentForm",
    "ContactForm",
    "CustomerForm",
    "EditForm",
    "NameForm",
    "NewVehicleForm",
    "SeenForm",
    "TieForm",
    "VehicleForm",
    "read_phone",
]
