"""Bring other people's browser files into static/vendor, by name, version and hash.

For maintainers only: set-up and run time need neither Node nor a network, because what this script copies is committed.

    python tools/vendor.py          pack the versions named below with npm, copy the listed files, write the manifest
    python tools/vendor.py check    recompute every hash in the manifest; exit 1 when one differs
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
MANIFEST = VENDOR / "MANIFEST.toml"

NAMES = """
alert-circle alert-triangle armchair arrow-back-up arrow-left arrow-right arrow-up arrows-exchange backspace ban
battery bell building-store calculator calendar calendar-event camera car cash check checks chevron-down chevron-left
chevron-right chevron-up circle-check clipboard-check clipboard-list clock clock-exclamation cloud-check cloud-off copy
device-mobile dots-vertical door-enter download droplet engine external-link eye eye-off file-text filter flag gauge
hand-stop heart-handshake help-circle history home info-circle key language link list lock logout mail map-pin menu-2
message message-check message-question minus package pencil phone photo plus presentation printer receipt refresh
ruler-measure scan search send settings shield star steering-wheel tag tool trash upload user user-circle users
wiper walk writing-sign x
"""
ICONS = NAMES.split()


@dataclass(frozen=True)
class Package:
    """One npm package at one version, and which of its files go where under static/vendor."""

    name: str
    version: str
    licence: str
    files: dict[str, str]


PACKAGES = (
    Package(
        "htmx.org",
        "4.0.1",
        "0BSD",
        {
            "LICENSE": "htmx/LICENSE",
            "dist/htmx.min.js": "htmx/htmx.min.js",
            "dist/ext/hx-ptag.min.js": "htmx/hx-ptag.min.js",
        },
    ),
    Package(
        "@tabler/icons",
        "3.51.0",
        "MIT",
        {"LICENSE": "tabler/LICENSE"} | {f"icons/outline/{name}.svg": f"tabler/{name}.svg" for name in ICONS},
    ),
)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch() -> None:
    lines = ["# Written by tools/vendor.py; change that and run it again.  sha256 of each file as committed.\n"]
    for package in PACKAGES:
        lines += [
            "[[package]]",
            f'name = "{package.name}"',
            f'version = "{package.version}"',
            f'licence = "{package.licence}"',
            "[package.files]",
        ]
        with tempfile.TemporaryDirectory() as place:
            subprocess.run(["npm", "pack", "--silent", f"{package.name}@{package.version}"], cwd=place, check=True)
            with tarfile.open(next(Path(place).glob("*.tgz"))) as packed:
                for source, target in package.files.items():
                    inside = packed.extractfile(f"package/{source}")
                    if inside is None:
                        raise FileNotFoundError(f"{package.name} {package.version} has no {source}")
                    out = VENDOR / target
                    out.parent.mkdir(parents=True, exist_ok=True)
                    # A minified file names its map, which is not copied: browsers would ask for it in vain.
                    kept = [row for row in inside.read().splitlines() if not row.startswith(b"//# sourceMappingURL")]
                    out.write_bytes(b"\n".join(kept) + b"\n")
                    lines.append(f'"{target}" = "{digest(out)}"')
        lines.append("")
    MANIFEST.write_text("\n".join(lines))


def problems() -> Iterator[str]:
    """What differs between the manifest and the files beside it, one sentence each; nothing when all is well."""
    listed = {
        target: wanted
        for package in tomllib.loads(MANIFEST.read_text())["package"]
        for target, wanted in package["files"].items()
    }
    there = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()} - {MANIFEST.name}
    for target, wanted in listed.items():
        if target not in there:
            yield f"{target} is in the manifest and not on disk."
        elif digest(VENDOR / target) != wanted:
            yield f"{target} is not the file that was vendored."
    for target in sorted(there - listed.keys()):
        yield f"{target} is on disk and not in the manifest."


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        found = list(problems())
        print("\n".join(found) or "Every vendored file is the one that was vendored.")
        sys.exit(bool(found))
    fetch()
