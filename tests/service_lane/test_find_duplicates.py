"""After importing the shared export the duplicates planted in it are proposed, and nobody else."""

import csv
import re
import unicodedata
from itertools import combinations

import pytest

from customers.models import Duplicate
from service_lane.actions.dms_import import import_file
from service_lane.tasks import compare_imported
from tests.cast import AT, Cast, make_cast
from tests.service_lane.test_dms_export import DEMO

EXPORT = DEMO / "ro_export.csv"


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


def said_in_the_file() -> dict[str, dict[str, set[str]]]:
    """By customer number what the file says, read as a person with a spreadsheet would."""
    people: dict[str, dict[str, set[str]]] = {}
    with EXPORT.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            name = unicodedata.normalize("NFKD", row["Name1"] or "").encode("ascii", "ignore").decode().upper()
            last, _, first = name.partition(",")
            phone = re.sub(r"\D", "", (row["ContactPhoneNumber"] or "").partition("x")[0])[-10:]
            known = people.setdefault(
                row["CustNo"], {"name": set(), "phone": set(), "email": set(), "address": set(), "vin": set()}
            )
            known["name"].add(f"{last.strip()}, {(first.split() or [''])[0]}")
            known["phone"] |= {phone} - {"", "0000000000"}
            known["email"] |= {(row["ContactEmailAddress"] or "").strip().lower()} - {""}
            known["address"] |= {(row["Address"] or "").strip().upper()} - {""}
            known["vin"] |= {(row["VIN"] or "").replace(" ", "").upper()} - {""}
    return people


def proposed() -> set[frozenset[str]]:
    rows = Duplicate.objects.values_list("lower__numbers__number", "higher__numbers__number")
    return {frozenset(pair) for pair in rows}


def test_the_planted_duplicates_are_proposed_and_different_people_at_one_address_are_not(cast: Cast) -> None:
    with EXPORT.open("rb") as stream:
        import_file(stream=stream, filename="ro.csv", rooftop=cast.north, by=cast.max, at=AT)
    compare_imported(dms_import_id=0)
    people = said_in_the_file()
    planted, at_one_address, namesakes = set(), set(), set()
    for one, other in combinations(sorted(people), 2):
        a, b = people[one], people[other]
        pair = frozenset((one, other))
        reached = a["phone"] & b["phone"] or a["email"] & b["email"] or a["vin"] & b["vin"]
        if a["name"] & b["name"]:
            (planted if reached else namesakes).add(pair)
        elif a["address"] & b["address"]:
            at_one_address.add(pair)
    # The file holds what it was made to hold; were it read wrongly here, these would say so.
    assert (len(planted), len(at_one_address), len(namesakes)) == (18, 74, 6)
    assert proposed() == planted
