"""What the service lane announces.  Each is sent once, inside the transaction of the action that caused it."""

from django.dispatch import Signal

repair_order_opened = Signal()  # repair_order_id
repair_order_signed = Signal()  # repair_order_id; for one that was opened without a signature
inspection_completed = Signal()  # inspection_id
repair_order_closed = Signal()  # repair_order_id
appointment_booked = Signal()  # appointment_id
photo_added = Signal()  # photo_id
import_started = Signal()  # dms_import_id
import_finished = Signal()  # dms_import_id
