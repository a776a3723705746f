"""What lies ahead of each class of cars, and where each car stands against its repair limit."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from customers.models import Vehicle
from dealership.models import Rooftop


class CarOutlook(models.Model):
    """What a class of cars has ahead of it at one rooftop, and the repair limits that follow, by month of age.

    Learned each night from the rooftop's own history.  The row without a make is the published curve alone, for cars
    of no class seen here.
    """

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    make = models.TextField(blank=True, help_text="Upper case.")
    model = models.TextField(blank=True, help_text="Upper case.")
    body = models.CharField(max_length=8, blank=True, help_text="Empty for whatever body.")
    cars = models.PositiveIntegerField(help_text="Of this class, seen here.")
    orders = models.PositiveIntegerField(help_text="Closed orders of those cars.")
    values = models.PositiveIntegerField(help_text="Guide rows its value rests on; 0 is the published curve.")
    learned = models.JSONField(help_text="What was seen and what was made of it.")
    limits = ArrayField(
        models.DecimalField(max_digits=10, decimal_places=2), help_text="Dollars, by month of age from the first."
    )
    against_newer = ArrayField(
        models.DecimalField(max_digits=10, decimal_places=2),
        default=list,
        db_default=models.Value("{}"),
        help_text="The same before what its like costs bounds them, for a car whose own value is known.",
    )
    as_of_date = models.DateField(help_text="Since when these figures hold.")

    class Meta:
        verbose_name = "outlook of a class of cars"
        verbose_name_plural = "outlooks of classes of cars"
        ordering = ("rooftop", "make", "model", "body", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rooftop", "make", "model", "body"], name="outlook_once_per_class"),
        ]

    def __str__(self) -> str:
        return f"{self.make} {self.model} {self.body}".strip() or "Published curve"


class CarMonth(models.Model):
    """What became of one car's closed orders in one month, kept when an order closes.  It can be made again any time.

    Rows come by the million and are made by one statement, from rows that hold the same keys: hence no constraints.
    """

    vehicle = models.ForeignKey(
        Vehicle, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    month = models.PositiveIntegerField(help_text="Twelve times the year, and the months before it, as opened there.")
    rooftop = models.ForeignKey(
        Rooftop, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    spent = models.DecimalField(max_digits=12, decimal_places=2, help_text="Customer pay, before tax.")
    declined = models.DecimalField(
        max_digits=12, decimal_places=2, help_text="Declined or deferred then, and not done since."
    )

    class Meta:
        verbose_name = "month of a car"
        verbose_name_plural = "months of cars"
        ordering = ("vehicle", "-month")
        constraints: ClassVar = [models.UniqueConstraint(fields=["vehicle", "month"], name="car_month_once")]

    def __str__(self) -> str:
        return f"{self.month // 12}-{self.month % 12 + 1:02}"


class CarScore(models.Model):
    """One car against its repair limit: what is declined and what was spent.  It can be made again any time."""

    class Standing(models.TextChoices):
        WITHIN = "within", "Within its limit"
        NEAR = "near", "Past it with the last year's spending"
        OVER = "over", "Declined work is past its limit"
        UNKNOWN = "unknown", "Limit not known"

    vehicle = models.OneToOneField(
        Vehicle, on_delete=models.DO_NOTHING, db_constraint=False, primary_key=True, related_name="+"
    )
    rooftop = models.ForeignKey(
        Rooftop,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="Where it was last.",
    )
    limit = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    declined = models.DecimalField(max_digits=12, decimal_places=2, help_text="Still open, of the last two years.")
    spent = models.DecimalField(max_digits=12, decimal_places=2, help_text="In the last twelve months.")
    standing = models.CharField(max_length=7, choices=Standing)
    at = models.DateTimeField(help_text="When this last changed.")

    class Meta:
        ordering = ("-declined", "vehicle")
        indexes: ClassVar = [
            models.Index(
                fields=["rooftop", "-declined", "vehicle"], condition=Q(standing="over"), name="car_score_over"
            ),
        ]

    def __str__(self) -> str:
        return self.get_standing_display()
