"""What the hand-off announces.  Each is sent once, inside the transaction of the action that caused it."""

from django.dispatch import Signal

customer_said_yes = Signal()  # ask_id
handoff_queued = Signal()  # handoff_id
handoff_finished = Signal()  # handoff_id
