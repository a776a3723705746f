"""The other car in the drive: what was due on it, at what price it was offered at the counter, and what they said."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from customers.models import Customer, Vehicle
from dealership.models import Rooftop, Staff
from service_lane.models import Appointment

NOT_AGAIN_FOR = timedelta(days=365)
"""A car is not asked about again for the same thing that is due."""


class SecondCarOfferQuerySet(models.QuerySet["SecondCarOffer"]):
    def visible_to(self, staff: Staff) -> Self:
        return self.filter(rooftop_id__in=staff.rooftop_ids())

    def kept(self) -> Self:
        return self.filter(taken_back_at=None)

    def take_back(self, *, since: datetime, at: datetime) -> bool:
        """Answered → not asked.  False: longer ago than `since`, booked, or taken back before."""
        return self.kept().filter(at__gte=since, appointment=None).update(taken_back_at=at) == 1

    def book(self, *, appointment: Appointment) -> bool:
        """They wanted it booked → it is.  False: it was linked before, or they said not now."""
        waiting = self.kept().filter(answer=SecondCarOffer.Answer.BOOK, appointment=None)
        return waiting.update(appointment=appointment) == 1


class SecondCarOffer(models.Model):
    """One car of a household, offered once while another of theirs was here.

    It stands beside the repair order it was spoken at and never on it.
    """

    class Answer(models.TextChoices):
        BOOK = "book", "Wants to book it"
        NOT_NOW = "not_now", "Not now"

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", help_text="Who was asked.")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.CASCADE, related_name="+", help_text="The car not here.")
    words = models.TextField(help_text="What was said, as it stood on the screen.")
    answer = models.CharField(max_length=7, choices=Answer)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = SecondCarOfferQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="second_car_booked_was_wanted",
                condition=Q(appointment=None) | Q(answer="book", taken_back_at=None),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["vehicle", "-at"], name="second_car_newest")]

    def __str__(self) -> str:
        return f"Offer {self.pk} of the other car"


class SecondCarItem(models.Model):
    """One thing due on the car that was offered, with all that was shown of it."""

    offer = models.ForeignKey(SecondCarOffer, on_delete=models.CASCADE, related_name="items")
    key = models.TextField(help_text="Names this one time it is due; another time has another key.")
    op_code = models.TextField()
    service = models.TextField()
    ground = models.TextField(help_text="The row of the schedule, and whose it is.")
    reason_code = models.CharField(max_length=1)
    price = models.DecimalField(max_digits=10, decimal_places=2, help_text="Dollars, all in.")
    valid_until = models.DateField()

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offer", "key"], name="second_car_item_once"),
        ]

    def __str__(self) -> str:
        return self.service
