"""A line as the advisor types it: its words, parts, labor and fees, and the ground of one added by hand."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q

from dealership.money import cents
from recommendations.actions.drafting import ByHand
from recommendations.actions.pricing import MAKERS, Written
from recommendations.models import Advisory
from recommendations.rules import SavingRefused, life_saving, saving
from service_lane.models import InspectionItem, OpCode, RepairOrder, ScheduleRow, ServiceLine
from service_lane.rules import PART_STATES, REASON_CODES, Fee, FeeRule, Part, charge_refusal, fee_refusal

MOST = Decimal("99999.99")


def _words(label: str, help_text: str = "", *, required: bool = False, **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 2, **attrs}),
        error_messages={"required": f"{label} cannot be empty."},
    )


def _dollars(label: str, help_text: str = "", *, required: bool = False) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        required=required,
        min_value=0,
        max_value=MOST,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"invalid": "Enter dollars, like 118.40.", "min_value": "This cannot be below zero."},
    )


class LineForm(forms.Form):
    title = forms.CharField(
        label="Title", max_length=120, error_messages={"required": "Give the line a title the customer understands."}
    )
    finding_text = _words("What we found")
    why_it_matters = _words("What we do, and why")
    if_you_wait = _words("If you wait", "What happens, plainly. No fear.")
    horizon = forms.CharField(
        label="How soon it matters", help_text="Like 4 to 8 weeks.", max_length=80, required=False
    )
    labor_hours = forms.DecimalField(
        label="Labor hours",
        required=False,
        min_value=0,
        max_value=Decimal(99),
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"invalid": "Enter hours, like 1.4."},
    )
    flat_price = _dollars("Or labor at one price", "Dollars, instead of hours.")
    pay_type = forms.ChoiceField(label="Who pays", choices=ServiceLine.PayType.choices, widget=forms.RadioSelect)
    zero_reason = forms.CharField(
        label="Why it costs nothing", help_text="Warranty, recall or goodwill.", max_length=200, required=False
    )
    reason_code = forms.ChoiceField(label="Reason")
    sublet_to = forms.CharField(
        label="Sent out to", help_text="Who does it, when it is not us.", max_length=120, required=False
    )
    reassembly = _dollars("Putting it back together", "Dollars of this price, when it is taken apart to look.")
    parts_destroyed = forms.CharField(
        label="Parts that taking it apart destroys", help_text="Like gaskets, or none.", max_length=200, required=False
    )
    reassembly_days = forms.IntegerField(
        label="Days to put it back, at most",
        required=False,
        min_value=1,
        max_value=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "Enter whole days, like 2.", "min_value": "It takes at least a day."},
    )
    may_not_restore = forms.BooleanField(label="It may not go back to how it was", required=False)
    title_es = forms.CharField(
        label="Title in Spanish", max_length=120, required=False, widget=forms.TextInput(attrs={"lang": "es"})
    )
    finding_es = _words("What we found, in Spanish", lang="es")
    why_it_matters_es = _words("What we do, and why, in Spanish", lang="es")
    if_you_wait_es = _words("If you wait, in Spanish", lang="es")
    horizon_es = forms.CharField(
        label="How soon, in Spanish",
        help_text="Like 4 a 8 semanas.",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"lang": "es"}),
    )

    def __init__(self, *args: Any, advisory: Advisory, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = advisory.reason_code
        self.fields["reason_code"].choices = [  # type: ignore[attr-defined]
            (code, f"{code}: {reason.short}")
            for code, reason in REASON_CODES.items()
            if reason.required == REASON_CODES[now].required and (code != MAKERS or now == MAKERS)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and data.get("labor_hours") is None and data.get("flat_price") is None:
            self.add_error("labor_hours", "Enter labor: hours, or one flat price. Zero hours is an answer too.")
        if any(data.get(name) not in (None, "", False) for name in TEARDOWN):
            for name, sentence in TEARDOWN.items():
                if sentence and data.get(name) in (None, "") and name not in self.errors:
                    self.add_error(name, sentence)
        return data

    @property
    def teardown(self) -> dict[str, Any]:
        """What taking it apart costs and destroys, as a version keeps it; empty when nothing is taken apart."""
        data = self.cleaned_data
        if data["reassembly"] is None:
            return {}
        return {
            "reassembly": str(cents(data["reassembly"])),
            "parts_destroyed": data["parts_destroyed"],
            "days": data["reassembly_days"],
            "may_not_restore": data["may_not_restore"],
        }

    @property
    def is_unusual(self) -> bool:
        """Whether anything is sent out or taken apart."""
        return any(self[name].value() or self[name].errors for name in ("sublet_to", *TEARDOWN))


TEARDOWN = {
    "reassembly": "Enter what putting it back together costs.",
    "parts_destroyed": "Name the parts it destroys, or write none.",
    "reassembly_days": "Enter how many days putting it back takes at most.",
    "may_not_restore": "",
}
"""The fields of a teardown, and what to say when another one is filled in and this one is not (16 CCR 3353(c))."""

TEXTS = ("finding_text", "why_it_matters", "if_you_wait")
SPANISH = ("title", "finding", "why_it_matters", "if_you_wait", "horizon")
"""The texts that may be written in Spanish as well, by the names a version keeps them under."""


class RowForm(forms.Form):
    """One row of a table, whose column heads its label is; a screen reader hears the row as well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = (self.prefix or "").rsplit("-", 1)[-1]
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}, row {int(row) + 1}" if row.isdecimal() else field.label


class PartForm(RowForm):
    description = forms.CharField(label="Part", required=False, max_length=120)
    number = forms.CharField(label="Number", required=False, max_length=40)
    quantity = forms.DecimalField(
        label="Count",
        required=False,
        min_value=Decimal("0.01"),
        max_value=Decimal(999),
        decimal_places=2,
        initial=1,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"invalid": "Enter a count.", "min_value": "Count must be above zero."},
    )
    unit_price = _dollars("Price each")
    state = forms.ChoiceField(label="State", required=False, choices=[("", "Choose"), *PART_STATES.items()])

    def __init__(self, *args: Any, fee_rule: FeeRule | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fee_rule = fee_rule

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("description"):
            if not data.get("state"):
                self.add_error("state", "Say whether it is new, used, rebuilt or reconditioned.")
            if data.get("quantity") is None and "quantity" not in self.errors:
                self.add_error("quantity", "Enter a count.")
            if refusal := charge_refusal(data["description"], self.fee_rule):
                self.add_error("description", refusal)
        elif data.get("unit_price") is not None:
            self.add_error("description", "Name the part.")
        return data


class FeeForm(RowForm):
    description = forms.CharField(label="Fee", required=False, max_length=120)
    amount = _dollars("Dollars")
    taxable = forms.BooleanField(label="Taxed", required=False)

    def __init__(self, *args: Any, fee_rule: FeeRule | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fee_rule = fee_rule

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("description"):
            if data.get("amount") is None and "amount" not in self.errors:
                self.add_error("amount", "Enter the amount.")
            if refusal := fee_refusal(Fee(data["description"], Decimal(0), True), self.fee_rule):
                self.add_error("description", refusal)
        return data


PartRows = forms.formset_factory(PartForm, extra=2, max_num=40, validate_max=True)
FeeRows = forms.formset_factory(FeeForm, extra=1, max_num=10, validate_max=True)


class LineForms:
    """The whole sheet of one line: its words, its rows of parts, its rows of fees under the law in force."""

    def __init__(
        self, advisory: Advisory, content: Written, typed: Any = None, *, fee_rule: FeeRule | None = None
    ) -> None:
        self.content = content
        self.line = LineForm(typed, advisory=advisory, initial=_initial(content, advisory))
        self.parts = PartRows(
            typed,
            prefix="parts",
            initial=[vars(part) for part in content.parts],
            form_kwargs={"fee_rule": fee_rule},
        )
        self.fees = FeeRows(
            typed,
            prefix="fees",
            initial=[vars(fee) for fee in content.fees],
            form_kwargs={"fee_rule": fee_rule},
        )

    def is_valid(self) -> bool:
        return all([self.line.is_valid(), self.parts.is_valid(), self.fees.is_valid()])

    @property
    def is_bound(self) -> bool:
        return self.line.is_bound

    @property
    def typed(self) -> dict[str, str]:
        """The texts as they stand in their fields, right or wrong."""
        return {name: str(self.line[name].value() or "").strip() for name in ("title", *TEXTS, "horizon")}

    @staticmethod
    def label_of(name: str) -> str:
        return str(LineForm.base_fields[name].label)

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Every error with the id of its field, for the summary at the top."""
        forms_ = [self.line, *self.parts, *self.fees]
        return [(field.id_for_label, error) for form in forms_ for field in form for error in field.errors]

    @property
    def written(self) -> Written:
        data = self.line.cleaned_data
        return Written(
            title=data["title"],
            finding_text=data["finding_text"],
            why_it_matters=data["why_it_matters"],
            if_you_wait=data["if_you_wait"],
            horizon=data["horizon"],
            measurement=self.content.measurement,
            threshold=self.content.threshold,
            labor_hours=data["labor_hours"] or Decimal(0),
            flat_price=data["flat_price"],
            parts=tuple(
                Part(row["description"], row["number"], row["quantity"], row["unit_price"], row["state"])
                for row in (form.cleaned_data for form in self.parts)
                if row.get("description")
            ),
            fees=tuple(
                Fee(row["description"], row["amount"], row["taxable"])
                for row in (form.cleaned_data for form in self.fees)
                if row.get("description")
            ),
            zero_reason=data["zero_reason"],
            pay_type=data["pay_type"],
            sublet_to=data["sublet_to"],
            teardown=self.line.teardown,
            spanish={**self.content.spanish, **{name: data[f"{name}_es"] for name in self._spanish_sent}},
        )

    @property
    def _spanish_sent(self) -> list[str]:
        return [name for name in SPANISH if f"{name}_es" in self.line.data]

    @property
    def has_spanish(self) -> bool:
        """Whether anything is written in Spanish."""
        return any(self.line[f"{name}_es"].value() for name in SPANISH)


def _initial(content: Written, advisory: Advisory) -> dict[str, Any]:
    version = advisory.versions.get(number=advisory.version)
    is_new = version.flat_price is None and not version.labor_rate
    return {
        **{name: getattr(content, name) for name in ("title", "horizon", "zero_reason", "pay_type", *TEXTS)},
        "labor_hours": None if content.flat_price is not None or is_new else content.labor_hours,
        "flat_price": content.flat_price,
        **{f"{name}_es": content.spanish.get(name, "") for name in SPANISH},
        "reason_code": advisory.reason_code,
        "sublet_to": content.sublet_to,
        **{name: content.teardown.get(name) for name in ("reassembly", "parts_destroyed", "may_not_restore")},
        "reassembly_days": content.teardown.get("days"),
    }


GROUNDS = {
    "request": ("request",),
    "interval": ("schedule_row",),
    "saving": ("miles_a_year", "before", "after", "unit_price"),
    "campaign": ("campaign",),
}
"""The grounds of a line added by hand, and the fields that make each of them.  The one that is filled in is meant."""


class AddLineForm(forms.Form):
    """A line added by hand: an operation, and the one ground it rests on."""

    op_code = forms.ModelChoiceField(
        label="Operation",
        queryset=OpCode.objects.none(),
        empty_label="Choose an operation",
        error_messages={"required": "Choose an operation."},
    )
    note = forms.ModelChoiceField(
        label="The technician's note it comes from",
        queryset=InspectionItem.objects.none(),
        required=False,
        empty_label="No note",
    )
    again = forms.BooleanField(label="Yes, a second one of the same", required=False)
    request = forms.CharField(label="Their words", required=False, max_length=300)
    schedule_row = forms.ModelChoiceField(
        label="Row of the schedule", queryset=ScheduleRow.objects.none(), required=False, empty_label="Choose a row"
    )
    campaign = forms.CharField(label="Campaign number", required=False, max_length=40)
    saves = forms.ChoiceField(
        label="What is saved", required=False, choices=[("fuel", "Fuel"), ("life", "A longer life, like tires")]
    )
    miles_a_year = forms.DecimalField(label="Miles a year", required=False, min_value=1, max_value=200000)
    before = forms.DecimalField(
        label="Before", help_text="Miles per gallon, or miles a set lasts.", required=False, min_value=0
    )
    after = forms.DecimalField(label="After", required=False, min_value=0)
    unit_price = forms.DecimalField(
        label="Dollars a gallon, or a new set", required=False, min_value=0, decimal_places=2, max_digits=8
    )

    def __init__(self, *args: Any, order: RepairOrder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        make = order.vehicle.make if order.vehicle else ""
        self.fields["op_code"].queryset = OpCode.objects.offered_at(order.rooftop)  # type: ignore[attr-defined]
        self.fields["schedule_row"].queryset = ScheduleRow.objects.filter(Q(make="") | Q(make=make))  # type: ignore[attr-defined]
        self.fields["note"].queryset = notes_worth_telling(order)  # type: ignore[attr-defined]

    @property
    def grounds(self) -> dict[str, bool]:
        """The sections of the page, and whether anything is filled in there or wrong: such a section stands open."""
        return {
            ground: any(self[name].errors or self[name].value() for name in names) for ground, names in GROUNDS.items()
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        filled = [
            ground for ground, names in GROUNDS.items() if any(data.get(name) not in (None, "") for name in names)
        ]
        if not filled and not self.errors:
            self.add_error(None, "Say what this rests on. Without a ground it cannot be advised.")
        if len(filled) > 1:
            self.add_error(None, "Choose one ground. A line rests on one: empty the others.")
        return data

    def by_hand(self, price: Decimal) -> ByHand:
        """The line as filled in; `price` in dollars is what the saving is weighed against.  Raises SavingRefused."""
        data = self.cleaned_data
        found, inputs = None, None
        if self.grounds["saving"]:
            names = GROUNDS["saving"]
            if any(data.get(name) is None for name in names):
                raise SavingRefused("Enter all four numbers: miles a year, before, after, and the price.")
            a_year, before, after, unit_price = (data[name] for name in names)
            work_out = life_saving if data["saves"] == "life" else saving
            found = work_out(a_year, before, after, unit_price, price)
            inputs = {name: str(data[name]) for name in names} | {"saves": data["saves"] or "fuel", "price": str(price)}
        return ByHand(
            op_code=data["op_code"],
            worth_telling=data["note"],
            request=data["request"],
            schedule_row=data["schedule_row"],
            campaign=data["campaign"],
            saving=found,
            saving_inputs=inputs,
            again=data["again"],
        )


def notes_worth_telling(order: RepairOrder) -> Any:
    """What the technician thinks is worth telling, and nobody has made a line of."""
    lines = Advisory.objects.filter(repair_order=order, finding__isnull=False)
    return (
        InspectionItem.objects.filter(inspection__repair_order=order)
        .exclude(worth_telling="")
        .exclude(pk__in=lines.values("finding"))
    )
