"""Count every task of the interaction budgets in a real browser and keep the counts: `make budgets`."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "docs" / "budgets.md"
HEAD = """# Interaction budgets

Each count is taken by a browser test that does the task (`tests/journeys/test_budget_*.py`) and fails above its budget,
or when this page says another count. One interaction is a scan, a key or chord, a tap, a photo taken, or one field
filled however long its text. Written by `make budgets`.

| task | interactions | budget | what the hands did |
| --- | ---: | ---: | --- |
"""


def main() -> int:
    tests = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "journeys").glob("test_budget_*.py"))
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as counts:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *tests],
            cwd=ROOT,
            env=os.environ | {"BUDGETS_TO": counts.name},
            check=False,
        )
        rows = dict(json.loads(line) for line in counts.read().splitlines())
    if run.returncode == 0:
        KEPT.write_text(HEAD + "\n".join(rows.values()) + "\n")
        print(f"{KEPT.relative_to(ROOT)}: {len(rows)} tasks")
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
