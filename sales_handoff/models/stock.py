"""Cars for sale, how they may be paid, cars wanted, cars sold, and what a customer would need of another car."""

from datetime import date, datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from customers.models import Vehicle
from dealership.append_only import append_only
from dealership.models import Rooftop, Staff
from sales_handoff.models.evaluations import Evaluation
from sales_handoff.models.files import ImportedFile
from sales_handoff.rules import needs, programs, stock
from service_lane.models import RepairOrder


class Condition(models.TextChoices):
    NEW = "new", "New"
    CERTIFIED = "certified", "Certified"
    USED = "used", "Used"


class StockUnitQuerySet(models.QuerySet["StockUnit"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def here(self) -> Self:
        return self.filter(gone_at=None)

    def mark_gone(self, *, at: datetime) -> int:
        """Here → gone, and how many."""
        return self.here().update(gone_at=at)


class StockUnit(models.Model):
    """A car for sale at a rooftop, from an imported file.  Never removed: one that left is marked gone."""

    class Drive(models.TextChoices):
        FWD = "fwd", "Front-wheel drive"
        RWD = "rwd", "Rear-wheel drive"
        AWD = "awd", "All-wheel drive"
        FOUR = "4wd", "Four-wheel drive"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    stock_number = models.CharField(max_length=20)
    condition = models.CharField(max_length=9, choices=Condition)
    year = models.PositiveSmallIntegerField()
    make = models.TextField()
    model = models.TextField()
    trim = models.TextField(blank=True)
    body = models.CharField(max_length=8, choices=Vehicle.Body)
    seats = models.PositiveSmallIntegerField()
    drive = models.CharField(max_length=3, choices=Drive)
    miles = models.PositiveIntegerField()
    price = models.DecimalField(max_digits=10, decimal_places=2, help_text="Before tax and fees.")
    gone_at = models.DateTimeField(null=True, blank=True, help_text="When a full file no longer held it.")
    file = models.ForeignKey(ImportedFile, on_delete=models.PROTECT, related_name="+")

    objects = StockUnitQuerySet.as_manager()

    class Meta:
        ordering = ("stock_number", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rooftop", "stock_number"], name="stock_unit_once"),
            models.CheckConstraint(name="stock_unit_has_seats_and_price", condition=Q(seats__gte=1, price__gt=0)),
        ]
        indexes: ClassVar = [
            models.Index(fields=["rooftop", "body"], condition=Q(gone_at=None), name="stock_unit_here"),
        ]

    def __str__(self) -> str:
        return f"Stock {self.stock_number}"

    @property
    def title(self) -> str:
        """Like "2023 Honda CR-V EX"."""
        return " ".join(word for word in (str(self.year), self.make, self.model, self.trim) if word)

    @property
    def row(self) -> stock.StockRow:
        """The car as the rules read it."""
        return stock.StockRow(**{name: getattr(self, name) for name in stock.COLUMNS})


class Program(models.Model):
    """A payment program of the lender: a loan's rate or a lease's terms, for some cars, between two days."""

    class Kind(models.TextChoices):
        APR = "apr", "Loan"
        LEASE = "lease", "Lease"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    kind = models.CharField(max_length=5, choices=Kind)
    condition = models.CharField(max_length=9, choices=Condition)
    make = models.TextField(blank=True, help_text="Upper case; empty for any make.")
    model = models.TextField(blank=True, help_text="Upper case; empty for any model.")
    months = models.PositiveSmallIntegerField()
    apr = models.DecimalField(max_digits=5, decimal_places=2, help_text="Percent a year; 0 for a lease.")
    money_factor = models.DecimalField(max_digits=8, decimal_places=6, help_text="Of a lease, like 0.00125.")
    residual_percent = models.DecimalField(max_digits=5, decimal_places=2, help_text="Of the price, at a lease's end.")
    due_at_signing = models.DecimalField(
        max_digits=10, decimal_places=2, help_text="Of a lease, first payment and tax not included."
    )
    miles_a_year = models.PositiveIntegerField(help_text="That a lease allows.")
    cents_a_mile_over = models.PositiveSmallIntegerField(help_text="For each mile more than a lease allows.")
    from_date = models.DateField()
    until_date = models.DateField(help_text="The last day it holds.")
    file = models.ForeignKey(ImportedFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "payment program"
        ordering = ("name", "kind", "condition", "make", "model", "months", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rooftop", "name", "kind", "condition", "make", "model", "months"], name="program_once"
            ),
            models.CheckConstraint(
                name="program_has_a_term", condition=Q(months__gte=1, until_date__gte=F("from_date"), apr__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def row(self) -> programs.ProgramRow:
        """The program as the rules read it."""
        return programs.ProgramRow(**{name: getattr(self, name) for name in programs.COLUMNS})


class StockNeedQuerySet(models.QuerySet["StockNeed"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def open(self, on: date) -> Self:
        return self.filter(ended_at=None, until_date__gte=on)

    def end(self, *, by: Staff, at: datetime) -> bool:
        """Wanted → no longer.  False means somebody ended it already."""
        return self.filter(ended_at=None).update(ended_at=at, by=by) == 1


class StockNeed(models.Model):
    """A kind of car the used-car manager wants to buy, and what it may bring."""

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    make = models.TextField(help_text="Upper case.")
    model = models.TextField(help_text="Upper case.")
    year_from = models.PositiveSmallIntegerField()
    year_to = models.PositiveSmallIntegerField()
    most_miles = models.PositiveIntegerField()
    pays = models.DecimalField(max_digits=10, decimal_places=2, help_text="Dollars, up to.")
    until_date = models.DateField(help_text="The last day it is wanted.")
    note = models.TextField(blank=True)
    by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Who last changed it."
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    file = models.ForeignKey(ImportedFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = StockNeedQuerySet.as_manager()

    class Meta:
        ordering = ("make", "model", "year_from", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rooftop", "make", "model", "year_from", "year_to"], name="stock_need_once"
            ),
            models.CheckConstraint(
                name="stock_need_has_years_and_price", condition=Q(year_to__gte=F("year_from"), pays__gt=0)
            ),
        ]

    def __str__(self) -> str:
        years = str(self.year_from) if self.year_from == self.year_to else f"{self.year_from} to {self.year_to}"
        return f"{years} {self.make} {self.model}"

    @property
    def row(self) -> needs.NeedRow:
        """The need as the rules read it."""
        return needs.NeedRow(**{name: getattr(self, name) for name in needs.COLUMNS})


class Sale(models.Model):
    """One car that was sold, in trade or at auction: what a guide of our own can be fitted to.  Nobody is named."""

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    make = models.TextField(help_text="Upper case.")
    model = models.TextField(help_text="Upper case.")
    trim = models.TextField(blank=True)
    miles = models.PositiveIntegerField()
    price = models.DecimalField(max_digits=10, decimal_places=2)
    sold_on = models.DateField()
    file = models.ForeignKey(ImportedFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-sold_on", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rooftop", "make", "model", "year", "trim", "miles", "price", "sold_on"], name="sale_once"
            ),
            models.CheckConstraint(name="sale_has_price", condition=Q(price__gt=0)),
        ]
        indexes: ClassVar = [models.Index(fields=["make", "model", "-sold_on", "-id"], name="sale_newest")]

    def __str__(self) -> str:
        return f"{self.year} {self.make} {self.model}, {self.sold_on}"


class Wish(models.Model):
    """What a customer would need of another car, as they told the advisor.  The newest counts; all are kept."""

    repair_order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="+")
    body = models.CharField(max_length=8, choices=Vehicle.Body, blank=True)
    seats = models.PositiveSmallIntegerField(null=True, blank=True)
    all_wheels = models.BooleanField(default=False)
    payment = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, blank=True, help_text="Dollars a month they would spend."
    )
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "wishes"
        ordering = ("-at", "-pk")
        indexes: ClassVar = [models.Index(fields=["repair_order", "-at", "-id"], name="wish_newest")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"What they need, {self.repair_order}"


class SheetShown(models.Model):
    """The advisor showed the customer an evaluation's sheet on their page, or took it off.  The newest row counts."""

    repair_order = models.ForeignKey(RepairOrder, on_delete=models.PROTECT, related_name="+")
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="+")
    is_shown = models.BooleanField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "sheets shown"
        ordering = ("-at", "-pk")
        indexes: ClassVar = [models.Index(fields=["repair_order", "-at", "-id"], name="sheet_shown_newest")]
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"{'Shown' if self.is_shown else 'Taken off'}, {self.repair_order}"
