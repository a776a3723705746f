"""What the fields of a write-up are called in a sentence."""

from service_lane.models import WriteUp

WHEEL_NAMES = {"LF": "Left front", "RF": "Right front", "LR": "Left rear", "RR": "Right rear"}
SAID = {
    "odometer": "mileage",
    "purpose": "why they came",
    "plan_years": "plan",
    "promised": "promise",
    "promised_other": "promise",
    "stay": "how they stay",
    "contact": "whom we ask",
    "contact_name": "whom we ask",
    "contact_other": "whom we ask",
    "designee_name": "who else may say yes",
    "designee_limit": "who else may say yes",
    "signed_name": "signature",
    "signed_drawing": "signature",
    "tag": "key tag",
    "vin": "VIN",
    "email": "e-mail",
    "business_name": "company",
}


def said(field: str) -> str:
    """The name of a field in a sentence: "concern 2", "left front tread", "mileage"."""
    kind, _, place = field.partition("_")
    if kind in ("concern", "diagnosis") and place:
        return f"concern {place}"
    if kind == "tread":
        return f"{WHEEL_NAMES.get(place, place).lower()} tread"
    return SAID.get(field, field.replace("_", " "))


def undo_words(write_up: WriteUp) -> str:
    """What Undo would take back, in a word or two; "" when there is nothing."""
    names = {"mark" if name == "mark" else said(name) for name in write_up.last_change}
    return names.pop() if len(names) == 1 else "last" if names else ""
