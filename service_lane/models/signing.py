"""What was signed by hand."""

from typing import ClassVar

from django.db import models

from dealership.append_only import append_only
from service_lane.models.orders import RepairOrder
from service_lane.rules.signature import Drawing, read


class Signature(models.Model):
    """The lines somebody drew to sign a repair order; their name, the words and the time stand on the order."""

    repair_order = models.OneToOneField(RepairOrder, on_delete=models.PROTECT, related_name="signature")
    svg = models.TextField(help_text="Lines only, written by us from what was drawn.")
    drawn_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only()

    def __str__(self) -> str:
        return f"Signature on {self.repair_order}"

    @property
    def drawing(self) -> Drawing | None:
        """The lines, to be drawn on a page."""
        return read(self.svg)
