"""What is announced of customers.  Sent once, inside the transaction of the action that caused it."""

from django.dispatch import Signal

customer_changed = Signal()  # customer_id; their name, phone, e-mail, address or car
