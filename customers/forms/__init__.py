"""Forms about people and cars: they read what was typed and say what is wrong with it; nothing is saved here."""

from customers.forms.afterwards import (
    AnswerForm,
    GiveForm,
    IntroduceForm,
    OutcomeForm,
    PurchaseForm,
    QuestionForm,
    ReferralForm,
    ThankForm,
    ToldForm,
)
from customers.forms.cars import CarForm, NewVehicleForm, RoleForm, TieForm, ToldOfCarForm, VehicleForm
from customers.forms.complaints import CloseForm, ComplaintForm, SettledForm
from customers.forms.consents import ConsentForm
from customers.forms.feedback import FileForm, SaidBySomebodyForm, SaidForm
from customers.forms.people import AddressForm, ContactForm, CustomerForm, EditForm, NameForm, SeenForm, read_phone

__all__ = [
    "AddressForm",
    "AnswerForm",
    "CarForm",
    "CloseForm",
    "ComplaintForm",
    "ConsentForm",
    "ContactForm",
    "CustomerForm",
    "EditForm",
    "FileForm",
    "GiveForm",
    "IntroduceForm",
    "NameForm",
    "NewVehicleForm",
    "OutcomeForm",
    "PurchaseForm",
    "QuestionForm",
    "ReferralForm",
    "RoleForm",
    "SaidBySomebodyForm",
    "SaidForm",
    "SeenForm",
    "SettledForm",
    "ThankForm",
    "TieForm",
    "ToldForm",
    "ToldOfCarForm",
    "VehicleForm",
    "read_phone",
]
