"""The admin of customers and their cars: to look them up; edits go through the customer's own page."""
