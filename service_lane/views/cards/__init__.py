"""The cards of an inspection: what was read, what stood there last time, and what is asked of the technician.

words   places, units and conditions as they are said
last    what was read when the car was here before
card    one item
tires   the four tires on the plan of the car
"""

from service_lane.views.cards.card import Card, card
from service_lane.views.cards.last import LastVisit, last_visit
from service_lane.views.cards.tires import Tire, tires

__all__ = ["Card", "LastVisit", "Tire", "card", "last_visit", "tires"]
