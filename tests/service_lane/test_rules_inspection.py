"""The default template hangs together."""

from service_lane.rules import DEFAULT_TEMPLATE, THRESHOLDS

ITEMS = [item for section in DEFAULT_TEMPLATE for item in section.items]


def test_the_default_inspection_has_27_checks_in_six_sections():
    assert len(ITEMS) == 27
    assert [section.name for section in DEFAULT_TEMPLATE] == [
        "Outside and lights",
        "Under the hood",
        "Inside",
        "Brakes",
        "Tires",
        "Under the car",
    ]


def test_every_check_has_a_key_of_its_own():
    assert len({item.key for item in ITEMS}) == len(ITEMS)


def test_every_measured_check_names_thresholds_that_exist():
    named = {key for item in ITEMS if item.is_measured for key in (item.threshold, *item.other_thresholds)}
    assert named == set(THRESHOLDS)


def test_only_measured_checks_have_places_to_read():
    assert all(item.is_measured for item in ITEMS if item.positions)


def test_every_unsafe_mark_can_be_tapped():
    assert all(set(item.unsafe_marks) <= set(item.marks) for item in ITEMS)
    assert any(item.unsafe_marks for item in ITEMS)


def test_every_reading_that_needs_a_reference_has_a_place_for_it():
    with_reference = [item for item in ITEMS if item.is_measured and THRESHOLDS[item.threshold].reference]
    assert [item.key for item in with_reference] == ["discs", "tire-pressure"]
    assert all(THRESHOLDS[item.threshold].reference in item.positions for item in with_reference)
