"""The design holds: small files, strict templates, vendored files as vendored, and tags that say what they mean."""

import gzip
import importlib.util
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.template import Context, Template
from django.template.loader import get_template
from django.test import RequestFactory
from django.utils import timezone

from dealership import styleguide
from dealership.models import Role
from dealership.templatetags.written import MINUS

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
KB = 1024
NOW = datetime(2026, 11, 23, 19, 38, tzinfo=UTC)

FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle=|<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*(\ssrc=|type=\"application/json\"))[^>]*>", re.IGNORECASE),
    "an inline handler": re.compile(r"\son[a-z]+=\s*[\"']|\shx-on", re.IGNORECASE),
    "a js: value": re.compile(r"[\"']\s*(js|javascript):", re.IGNORECASE),
    "a trigger filter": re.compile(r"hx-trigger=[\"'][^\"']*\["),
    "mark-up that another site serves": re.compile(r"(src|href)=[\"']https?://(?!{)", re.IGNORECASE),
    "the word upsell": re.compile(r"upsell", re.IGNORECASE),
    "the word successfully": re.compile(r"successfully", re.IGNORECASE),
}


def size(*names: str) -> int:
    return sum(len(gzip.compress((ROOT / "static" / name).read_bytes(), 9)) for name in names)


def draw(source: str, **context: object) -> str:
    return Template("{% load lane ways %}" + source).render(Context(context))


# --- size ------------------------------------------------------------------------------------------------------------


def test_the_script_of_every_page_stays_small() -> None:
    assert size("js/lane.js") <= 5 * KB


# --- templates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_says_what_it_needs_and_keeps_to_the_content_policy(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("{# Context"), "Start with {# Context: … #}, so that whoever includes it knows what to pass."
    found = [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]
    assert not found, f"{path.name} has {', '.join(found)}"


KEY = re.compile(r"<kbd[^>]*>([^<{]+)</kbd>")
WIRED = re.compile(r'data-key="([^"{]+)"')
EVERYWHERE = {"/"}
"""Wired by keys.js itself."""


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_key_is_wired_where_it_is_shown(path: Path) -> None:
    text = path.read_text()
    if path.name in {"keys.html", "styleguide.html"} or 'data-key="{{' in text:  # these show what is wired elsewhere
        return
    names = {shown.lower().replace("ctrl ", "ctrl+").replace("esc", "escape") for shown in KEY.findall(text)}
    assert names - set(WIRED.findall(text)) - EVERYWHERE == set()


SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
UNSAFE = {
    "eval": re.compile(r"\beval\s*\("),
    "a function made of text": re.compile(r"\bnew\s+Function\b|\bFunction\s*\("),
    "a timer that runs text": re.compile(r"set(Timeout|Interval)\(\s*[\"'`]"),
    "markup made of text": re.compile(
        r"\.(inner|outer)HTML\s*\+?=|insertAdjacentHTML|document\.write|createContextualFragment"
    ),
    "an inline style": re.compile(r"\.style\b|setAttribute\(\s*[\"']style"),
    "another site's address": re.compile(r"[\"'`]https?://(?!www\.w3\.org/)"),
}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_keeps_to_the_content_policy_and_can_be_read(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("// "), "Say first what the script is for."
    assert '"use strict"' in text
    found = [what for what, pattern in UNSAFE.items() if pattern.search(text)]
    assert not found, f"{path.name} has {', '.join(found)}"


@pytest.mark.parametrize(
    "bad",
    [
        "eval(text)",
        "new Function(text)",
        "setTimeout('go()', 10)",
        "el.innerHTML = name",
        "el.insertAdjacentHTML('beforeend', name)",
        "document.write(name)",
        "el.style.color = 'red'",
        "fetch('https://example.com/')",
    ],
)
def test_the_lint_of_scripts_sees_what_it_forbids(bad: str) -> None:
    assert any(pattern.search(bad) for pattern in UNSAFE.values())


@pytest.mark.parametrize(
    "bad",
    [
        '<p style="color:red">',
        "<script>alert(1)</script>",
        '<button onclick="x()">',
        '<div hx-on:click="x()">',
        '<div hx-vals="js:{a:1}">',
        '<div hx-trigger="click[ctrlKey]">',
    ],
)
def test_the_lint_sees_what_it_forbids(bad: str) -> None:
    assert any(pattern.search(bad) for pattern in FORBIDDEN.values())


def test_the_lint_lets_good_markup_pass() -> None:
    good = '<script src="/static/js/lane.js" defer></script><div hx-trigger="lane:tick from:body"></div>'
    assert not any(pattern.search(good) for pattern in FORBIDDEN.values())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_compiles(path: Path) -> None:
    assert get_template(str(path.relative_to(ROOT / "templates"))).template.nodelist is not None


# --- vendored files --------------------------------------------------------------------------------------------------


def test_vendored_files_are_the_ones_that_were_vendored() -> None:
    spec = importlib.util.spec_from_file_location("vendor", ROOT / "tools" / "vendor.py")
    assert spec is not None
    assert spec.loader is not None
    vendor = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(vendor)
    assert [*vendor.problems(vendor.SERVED), *vendor.problems(vendor.TESTS)] == []


# --- tags ------------------------------------------------------------------------------------------------------------


def test_an_icon_is_decoration_unless_it_is_given_words() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "clock" %}')
    assert 'role="img" aria-label="Clock"' in draw('{% icon "clock" label="Clock" %}')


def test_an_unknown_icon_says_where_to_add_it() -> None:
    with pytest.raises(ValueError, match=r"tools/vendor\.py"):
        draw('{% icon "flux-capacitor" %}')


@pytest.mark.parametrize(
    ("color", "css", "word"),
    [
        ("red", "red", "needs attention now"),
        ("yellow", "amber", "can wait"),
        ("green", "green", "good"),
        ("not_inspected", "none", "not inspected"),
        ("unchecked", "none", "not checked yet"),
        ("", "none", "not checked yet"),
        (None, "none", "not checked yet"),
    ],
)
def test_a_condition_has_a_shape_and_a_word(color: str | None, css: str, word: str) -> None:
    drawn = draw("{% sign color %}", color=color)
    assert f'class="sign {css}"' in drawn
    assert word in drawn


def test_counts_of_zero_are_left_out_and_plurals_are_spoken() -> None:
    drawn = draw("{% signs red=2 green=24 %}")
    assert drawn.count("<svg") == 2
    assert "need attention now" in drawn
    assert draw("{% signs %}") == ""


@pytest.mark.parametrize(
    ("body", "color", "said"),
    [
        ("Pickup", "Obsidian Blue Pearl", "blue truck"),
        ("Sport Utility Vehicle (SUV)/Multi-Purpose Vehicle (MPV)", "Grey", "gray SUV"),
        ("Hatchback", "", "hatch"),
        ("", "", "sedan"),
    ],
)
def test_a_car_understands_the_makers_words(body: str, color: str, said: str) -> None:
    assert f'aria-label="{said}"' in draw("{% car body color %}", body=body, color=color)


def test_a_gauge_reads_out_what_it_shows() -> None:
    drawn = draw('{% gauge 2 3 6 12 "mm" last=4 last_label="in March" label="Front pads" %}')
    assert "Front pads: 2 mm, 4 in March, red up to 3, good from 6, the scale ends at 12" in drawn
    assert re.findall(r"zone-\w", drawn) == ["zone-r", "zone-a", "zone-g"]


def test_a_gauge_turns_round_when_more_is_worse() -> None:
    drawn = draw('{% gauge "3.1" 4 3 5 "%" %}')
    assert re.findall(r"zone-\w", drawn) == ["zone-g", "zone-a", "zone-r"]
    assert "red from 4, good up to 3" in drawn


def test_a_gauge_without_a_reading_shows_no_pin() -> None:
    drawn = draw('{% gauge None 3 6 12 "mm" %}')
    assert 'class="pin"' not in drawn
    assert "Not measured" in drawn


def test_a_gauge_keeps_readings_off_the_scale_inside_the_drawing() -> None:
    drawn = draw('{% gauge 14 3 6 12 "mm" %}')
    assert "M316.0 18" in drawn


def test_a_meter_says_its_numbers_and_survives_an_empty_list() -> None:
    assert "18 of 27" in draw("{% meter 18 27 %}")
    assert 'width="0.0"' in draw("{% meter 0 0 %}")
    assert "of" not in draw("{% meter 18 27 words=False %}")


def test_who_pays_is_a_letter_with_its_name() -> None:
    assert 'title="Warranty">W<' in draw('{% pay "W" %}')


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("{{ v|money }}", f"{MINUS}$1,234.50"),
        ("{{ v|dollars }}", f"{MINUS}$1,235"),
        ("{{ none|money }}", ""),
        ("{{ far|miles }}", "71,902 mi"),
        ("{{ phone|phone }}", "(415) 555-0142"),
        ("{{ abroad|phone }}", "+442071838750"),
        ("{{ name|initials }}", "MR"),
        ("{{ name|short_name }}", "Maria R."),
        ("{{ one|short_name }}", "Cher"),
    ],
)
def test_figures_and_names_are_written_one_way(source: str, written: str) -> None:
    context = {"v": Decimal("-1234.50"), "none": None, "far": 71902, "phone": "+14155550142", "one": "Cher"}
    assert draw(source, abroad="+442071838750", name="Maria Delgado Ruiz", **context) == written


def test_times_are_the_rooftops() -> None:
    with timezone.override("America/Los_Angeles"):
        assert draw("{{ at|clock }}", at=NOW) == "11:38"
        assert draw("{{ at|day:today }}", at=NOW, today=date(2026, 12, 1)) == "23 Nov"
        assert draw("{{ at|day:today }}", at=NOW, today=date(2027, 1, 1)) == "23 Nov 2026"


@pytest.mark.parametrize(
    ("minutes", "ago", "ahead"),
    [
        (0, "just now", "now"),
        (4, "4 min ago", "in 4 min"),
        (65, "1 h 05 ago", "in 1 h 05"),
        (180, "3 h ago", "in 3 h"),
        (60 * 50, "2 days ago", "in 2 days"),
    ],
)
def test_distances_in_time_are_said_in_words(minutes: int, ago: str, ahead: str) -> None:
    length = timedelta(minutes=minutes)
    assert draw("{{ at|since:now }}", at=NOW - length, now=NOW) == ago
    assert draw("{{ at|until:now }}", at=NOW + length, now=NOW) == ahead


def test_a_promise_that_has_passed_is_late() -> None:
    assert draw("{{ at|until:now }}", at=NOW - timedelta(minutes=8), now=NOW) == "8 min late"


# --- components ------------------------------------------------------------------------------------------------------


def test_an_error_stands_beside_its_field_and_the_field_points_to_it() -> None:
    form = styleguide.Example({"plate": "", "mileage": "many"})
    drawn = str(form["mileage"].as_field_group())
    assert 'aria-invalid="true"' in drawn
    assert 'aria-describedby="id_mileage_error"' in drawn
    assert '<p class="err" id="id_mileage_error">' in drawn


def test_the_error_summary_links_to_every_field_and_is_silent_when_all_is_well() -> None:
    bad = styleguide.Example({"plate": "", "mileage": "1", "concern": "x", "make": "HONDA", "stay": "loaner"})
    drawn = get_template("components/error_summary.html").render({"form": bad})
    assert 'href="#id_plate"' in drawn
    assert drawn.count("<li>") == 1
    assert get_template("components/error_summary.html").render({"form": styleguide.Example()}).strip() == ""


def test_nothing_is_chosen_in_a_new_form() -> None:
    assert "checked" not in str(styleguide.Example()["stay"].as_field_group())


def test_a_pager_keeps_the_question() -> None:
    request = RequestFactory().get("/customers/?q=ortiz&page=2")
    drawn = get_template("components/pager.html").render(styleguide.context(NOW), request)
    assert "q=ortiz&amp;page=3" in drawn
    assert "26 to 50 of 120" in drawn


@pytest.mark.parametrize(
    ("kinds", "seen", "unseen"),
    [
        ({Role.Kind.SERVICE_ADVISOR}, {"counter", "service"}, {"sales", "office", "bay"}),
        ({Role.Kind.TECHNICIAN}, {"service", "bay"}, {"counter", "sales"}),
        ({Role.Kind.SALESPERSON}, {"sales"}, {"counter", "service"}),
        (set(), set(), {"counter", "service", "sales", "office"}),
    ],
)
def test_the_way_in_is_shown_to_those_who_may_go(kinds: set[str], seen: set[str], unseen: set[str]) -> None:
    request = SimpleNamespace(staff_kinds=frozenset(kinds))
    for desk in seen | unseen:
        drawn = draw("{% works_in desk as there %}{{ there }}", desk=desk, request=request)
        assert drawn == str(desk in seen)


def test_the_page_of_last_resort_needs_nothing() -> None:
    drawn = get_template("500.html").render()
    assert "That did not work" in drawn
    assert "htmx" not in drawn


@pytest.mark.django_db
def test_staff_may_read_the_style_guide_and_strangers_log_in_first(client, cast) -> None:
    assert client.get("/styleguide/").status_code == 302
    client.force_login(cast.ada)
    page = client.get("/styleguide/")
    assert page.status_code == 200
    assert "There is a problem" in page.content.decode()


FRAMES = {"customer_base", "print_base", "header", "keys", "mark", "toasts", "said", "field"}
"""What stands around every page, or sends what is shown as another component."""


def test_the_style_guide_leaves_no_component_out() -> None:
    source = (ROOT / "templates" / "dealership" / "styleguide.html").read_text()
    components = {path.stem for path in (ROOT / "templates" / "components").glob("*.html")} - FRAMES
    assert {name for name in components if f"components/{name}.html" not in source} == set()
