"""Counts what a hand does to get a task done, and holds the count against its budget.

One interaction is one scan, one key or chord, one tap, one photo taken, or one field filled however long the text is.
What a page does by itself costs nothing, and neither does looking.  docs/budgets.md keeps the counts; `make budgets`
writes them again.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import PROJECT

KEPT = PROJECT / "docs" / "budgets.md"
COUNTS = os.environ.get("BUDGETS_TO", "")
"""Where `make budgets` gathers the counts of one run; empty in an ordinary test run."""
SCAN_GAP = 6  # milliseconds between two keys of a wedge scanner


@dataclass
class Hands:
    """Somebody at one page; every way they can act on it counts one."""

    page: Any
    done: list[str] = field(default_factory=list)

    def _one(self, what: str) -> None:
        self.done.append(what)

    def key(self, keys: str) -> None:
        """One key or chord, as Playwright spells it: "n", "Control+Enter"."""
        self._one(f"press {keys}")
        self.page.keyboard.press(keys)

    def tap(self, target: Any) -> None:
        """One tap or click on a locator."""
        self._one("tap")
        target.click()

    def choose(self, target: Any) -> None:
        """One tap on the label of a radio or a checkbox."""
        self._one("choose")
        target.check(force=True)

    def fill(self, target: Any, text: str) -> None:
        """One field filled, key by key."""
        self._one("fill a field")
        target.press_sequentially(text)

    def write(self, text: str) -> None:
        """Text typed where the focus already is."""
        self._one("type")
        self.page.keyboard.type(text)

    def scan(self, code: str) -> None:
        """A wedge scanner: a burst of keys that ends in Enter."""
        self._one("scan")
        self.page.keyboard.type(code, delay=SCAN_GAP)
        self.page.keyboard.press("Enter")

    def photograph(self, target: Any, *files: Any) -> None:
        """The shutter: files chosen in a file input, which on a phone is one photo taken."""
        self._one("shutter")
        target.set_input_files(list(files))


@contextmanager
def counted(page: Any, task: str, *, budget: int) -> Iterator[Hands]:
    """Do `task` inside; it must take at most `budget` interactions, and docs/budgets.md must say the same count."""
    hands = Hands(page)
    yield hands
    count = len(hands.done)
    print(f"{task}: {count} of {budget} interactions ({', '.join(hands.done)})")  # noqa: T201  (the count is what the test is for)
    assert 0 < count <= budget, f"{task} took {count} interactions, its budget is {budget}: {', '.join(hands.done)}"
    row = f"| {task} | {count} | {budget} | {', '.join(hands.done)} |"
    if COUNTS:
        with Path(COUNTS).open("a") as counts:
            counts.write(json.dumps([task, row]) + "\n")
    else:
        assert row in KEPT.read_text().splitlines(), f"docs/budgets.md does not say {row!r}: run `make budgets`."
