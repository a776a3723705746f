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
from customers.forms.feedback import SaidBySomebodyForm, SaidForm
from customers.forms.merging import MergeForm
from customers.forms.people import AddressForm, ContactForm, CustomerForm, EditForm, NameForm, SeenForm, read_phone
from customers.forms.privacy import AskedForm, DoneForm, IdentifyForm, OwnerForm, RefuseForm
from customers.forms.recalls import RecallCheckForm, RecallFileForm

__all__ = [
    "AddressForm",
    "AnswerForm",
    "AskedForm",
    "CarForm",
    "CloseForm",
    "ComplaintForm",
    "ConsentForm",
    "ContactForm",
    "CustomerForm",
    "DoneForm",
    "EditForm",
    "GiveForm",
    "IdentifyForm",
    "IntroduceForm",
    "MergeForm",
    "NameForm",
    "NewVehicleForm",
    "OutcomeForm",
    "OwnerForm",
    "PurchaseForm",
    "QuestionForm",
    "RecallCheckForm",
    "RecallFileForm",
    "ReferralForm",
    "RefuseForm",
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
