"""The pure rules of who and what: values in, values out; no database, no clock.

vin        is it typed right, and what does it say about the car
names      folded for finding, shortened for a screen others can see
phones     one form to store, digits to find by
cars       of a make we sell, or not
consent    the exact words of each yes and no, and whether we may write to somebody now
optout     what a text to us means: no more of them, again, a question
zones      where the clock of a customer stands
matching   whose words they are
check_ins  when somebody is asked how it is, in which words
files      surveys, mentions and purchases, row by row
recalls    NHTSA's list line by line, and which cars a record may be about
find       what somebody typing into the one find box may mean
"""

from customers.rules.cars import not_sold_here
from customers.rules.check_ins import Script, script
from customers.rules.consent import ConsentWords, Refusal, Said, consent_words, may_send, needs_writing, offers, refusal
from customers.rules.find import FindQuery, Form, route_query
from customers.rules.matching import Match, match
from customers.rules.names import initial_of_last_name, initials, search_key
from customers.rules.optout import Meaning, read_text
from customers.rules.phones import digits, format_phone, is_placeholder_phone, national_digits, normalize_phone
from customers.rules.privacy import Deadline, deadline
from customers.rules.vin import (
    VinCheck,
    VinProblem,
    VinProposal,
    check_digit,
    check_vin,
    decode_vin,
    normalize_vin,
    read_decode,
)
from customers.rules.zones import zones_of

__all__ = [
    "ConsentWords",
    "Deadline",
    "FindQuery",
    "Form",
    "Match",
    "Meaning",
    "Refusal",
    "Said",
    "Script",
    "VinCheck",
    "VinProblem",
    "VinProposal",
    "check_digit",
    "check_vin",
    "consent_words",
    "deadline",
    "decode_vin",
    "digits",
    "format_phone",
    "initial_of_last_name",
    "initials",
    "is_placeholder_phone",
    "match",
    "may_send",
    "national_digits",
    "needs_writing",
    "normalize_phone",
    "normalize_vin",
    "not_sold_here",
    "offers",
    "read_decode",
    "read_text",
    "refusal",
    "route_query",
    "script",
    "search_key",
    "zones_of",
]
