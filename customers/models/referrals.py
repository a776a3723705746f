"""Referrals: who sent whom, for what, and how they were thanked."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import connection, models
from django.db.models import F, Q

from customers.models.complaints import Complaint
from customers.models.people import Customer
from dealership.models import Rooftop, Staff

LONGEST_CHAIN = 10
"""Steps of a chain that are shown; nobody follows more on a screen."""
_LOCK = 0x5E47
"""The advisory lock under which referrals are written: two at once could close a circle that neither sees."""


class ReferralQuerySet(models.QuerySet["Referral"]):
    def visible_to(self, staff: Staff) -> Self:
        """Like the customers they are about, they belong to the group."""
        return self.filter(sent__in=Customer.objects.visible_to(staff).values("pk"))

    def one_at_a_time(self) -> None:
        """Wait for whoever else writes a referral, until this transaction ends."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])

    def leads_to(self, start: int, end: int) -> bool:
        """Whether following who was sent by `start`, and by those, arrives at `end`."""
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH RECURSIVE led AS (SELECT %s::bigint AS id UNION "
                "SELECT r.sent_id FROM customers_referral r JOIN led ON r.sender_id = led.id) "
                "SELECT EXISTS (SELECT FROM led WHERE id = %s)",
                [start, end],
            )
            return bool(cursor.fetchone()[0])

    def chain_above(self, customer: int) -> list[int]:
        """Who sent them, who sent that one, and so on: nearest first, by their first sender each time."""
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH RECURSIVE up AS (SELECT %s::bigint AS id, 0 AS step "
                "UNION ALL SELECT first.sender_id, up.step + 1 FROM up "
                "JOIN LATERAL (SELECT r.sender_id FROM customers_referral r WHERE r.sent_id = up.id "
                "ORDER BY r.at, r.id LIMIT 1) first ON true WHERE up.step < %s) "
                "SELECT id FROM up WHERE step > 0 ORDER BY step",
                [customer, LONGEST_CHAIN],
            )
            return [pk for (pk,) in cursor.fetchall()]

    def below(self, customer: int) -> dict[int, int]:
        """Everybody they sent, and whom those sent: customer id to how many steps away, at most LONGEST_CHAIN."""
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH RECURSIVE down AS (SELECT %s::bigint AS id, 0 AS step UNION SELECT r.sent_id, down.step + 1 "
                "FROM customers_referral r JOIN down ON r.sender_id = down.id WHERE down.step < %s) "
                "SELECT id, min(step) FROM down WHERE step > 0 GROUP BY id ORDER BY min(step), id",
                [customer, LONGEST_CHAIN],
            )
            return dict(cursor.fetchall())

    def thank(self, *, how: str, by: Staff, at: datetime) -> bool:
        """Not thanked → thanked.  False: somebody did already."""
        return self.filter(thanked_at=None).update(thanked_how=how, thanked_by=by, thanked_at=at) == 1

    def undo_thank(self, *, since: datetime) -> bool:
        return self.filter(thanked_at__gte=since).update(thanked_how="", thanked_by=None, thanked_at=None) == 1


class Referral(models.Model):
    """`sender` sent `sent` to us."""

    rooftop = models.ForeignKey(Rooftop, on_delete=models.PROTECT, related_name="+")
    sender = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="sent_referrals")
    sent = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="referrals")
    what = models.CharField(max_length=8, choices=Complaint.Side, help_text="For service or for sales.")
    words = models.TextField(blank=True, help_text="What they said about it.")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    thanked_how = models.TextField(blank=True)
    thanked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    thanked_at = models.DateTimeField(null=True, blank=True)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sent", "what"],
                name="referral_one_sender",
                violation_error_message="Somebody is down as having sent them for that already.",
            ),
            models.CheckConstraint(
                name="referral_not_oneself",
                condition=~Q(sender=F("sent")),
                violation_error_message="Nobody sends themselves.",
            ),
            models.CheckConstraint(
                name="referral_thanks_are_whole",
                condition=Q(thanked_how="", thanked_by=None, thanked_at=None)
                | (Q(thanked_by__isnull=False, thanked_at__isnull=False) & ~Q(thanked_how="")),
            ),
        ]

    def __str__(self) -> str:
        return f"Referral {self.pk}"
