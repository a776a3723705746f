"""What recommendations announces.  Each is sent once, inside the transaction of the action that caused it."""

from django.dispatch import Signal

estimate_changed = Signal()  # repair_order_id: a line was drafted, priced, taken off or given back
lines_presented = Signal()  # presentation_id
decision_recorded = Signal()  # repair_order_id
