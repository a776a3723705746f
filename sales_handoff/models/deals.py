"""What the sales floor has in hand or has sold, as the dealer's own sales system says: for silence, not for selling."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from customers.models import Customer
from dealership.models import Rooftop
from sales_handoff.models.files import ImportedFile


class DealQuerySet(models.QuerySet["Deal"]):
    def in_hand(self) -> Self:
        """Neither sold nor lost."""
        return self.filter(sold_date=None, lost_date=None)

    def sold_since(self, on: date) -> Self:
        return self.filter(sold_date__gt=on)

    def in_hand_or_sold_since(self, on: date) -> Self:
        return self.in_hand() | self.sold_since(on)


class Deal(models.Model):
    """One deal of a customer, from an imported file: opened, then sold or lost.

    It holds dates and no price, no credit and no car: all Lane needs is to know when not to ask.  What was promised at
    the sale, and who introduces them to service, is a Purchase, entered by those who sold the car.
    """

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    number = models.TextField(help_text="What the sales system calls it.")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    opened_date = models.DateField()
    sold_date = models.DateField(null=True, blank=True)
    lost_date = models.DateField(null=True, blank=True)
    file = models.ForeignKey(ImportedFile, on_delete=models.PROTECT, null=True, related_name="+")

    objects = DealQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_date", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rooftop", "number"], name="deal_once"),
            models.CheckConstraint(
                name="deal_ends_once_and_after_it_began",
                condition=(Q(sold_date=None) | Q(lost_date=None))
                & (Q(sold_date=None) | Q(sold_date__gte=F("opened_date")))
                & (Q(lost_date=None) | Q(lost_date__gte=F("opened_date"))),
                violation_error_message="A deal is sold or lost, not both, and not before it was opened.",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["customer", "-sold_date"], name="deal_of_customer")]

    def __str__(self) -> str:
        return f"Deal {self.number}"
