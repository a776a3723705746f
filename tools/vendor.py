"""Bring other people's browser files into static/vendor and tests/vendor, by name, version and hash.

For maintainers only: set-up and run time need neither Node nor a network, because what this script copies is committed.

    python tools/vendor.py          pack the versions named below with npm, copy the listed files, cut the font down to
                                    the letters and weights in use, write the manifest
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

ROOT = Path(__file__).resolve().parent.parent
SERVED = ROOT / "static" / "vendor"
TESTS = ROOT / "tests" / "vendor"
"""What only the tests put into a page; nobody is ever served it."""

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

FONT_TOOLS = ("fonttools==4.68.0", "brotli==1.2.1")
LETTERS = "U+20-7E,U+A0-FF,U+2013,U+2014,U+2018,U+2019,U+201C,U+201D,U+2022,U+2026,U+2190,U+2192,U+2212"
"""English and Spanish, and what else the pages print.  Other letters come from the reader's own system font."""
FEATURES = "kern,mark,mkmk,ccmp,locl,tnum,pnum"
WEIGHTS = "400:740"
"""The lightest and the boldest weight that lane.css asks for."""


@dataclass(frozen=True)
class Package:
    """One npm package at one version, and which of its files go where under `home`."""

    name: str
    version: str
    licence: str
    files: dict[str, str]
    home: Path = SERVED


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
    Package(
        "@fontsource-variable/atkinson-hyperlegible-next",
        "5.3.0",
        "OFL-1.1",
        {
            "LICENSE": "atkinson-next/OFL.txt",
            "files/atkinson-hyperlegible-next-latin-wght-normal.woff2": "atkinson-next/atkinson-next.woff2",
        },
    ),
    Package(
        "signature_pad",
        "5.1.4",
        "MIT",
        {"LICENSE": "signature-pad/LICENSE", "dist/signature_pad.min.js": "signature-pad/signature_pad.min.js"},
    ),
    Package("axe-core", "4.14.1", "MPL-2.0", {"LICENSE": "axe/LICENSE", "axe.min.js": "axe/axe.min.js"}, TESTS),
)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def cut(font: Path) -> None:
    """Leave LETTERS, FEATURES and WEIGHTS in a variable font: half the bytes of every first visit.  In place.

    The OFL allows it under the same name, because this font reserves none.
    """
    with tempfile.TemporaryDirectory() as place:
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        run = f"{place}/bin/"
        subprocess.run([f"{run}pip", "install", "--quiet", *FONT_TOOLS], check=True)
        weighed = f"{place}/weighed.ttf"
        keep_time = "--no-recalc-timestamp"  # the same input gives the same bytes
        instancer = [f"{run}fonttools", "varLib.instancer", keep_time, "--quiet", str(font), f"wght={WEIGHTS}"]
        subprocess.run([*instancer, "--output", weighed], check=True)
        wanted = [f"--unicodes={LETTERS}", f"--layout-features={FEATURES}", "--flavor=woff2", keep_time]
        subprocess.run([f"{run}pyftsubset", weighed, *wanted, f"--output-file={font}"], check=True)


def fetch(home: Path) -> None:
    lines = ["# Written by tools/vendor.py; change that and run it again.  sha256 of each file as committed.\n"]
    for package in [package for package in PACKAGES if package.home == home]:
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
                    out = home / target
                    out.parent.mkdir(parents=True, exist_ok=True)
                    if out.suffix == ".woff2":
                        out.write_bytes(inside.read())
                        cut(out)
                    else:
                        # A minified file names its map, which is not copied: browsers would ask for it in vain.
                        rows = inside.read().splitlines()
                        rows = [row for row in rows if not row.startswith(b"//# sourceMappingURL")]
                        out.write_bytes(b"\n".join(rows) + b"\n")
                    lines.append(f'"{target}" = "{digest(out)}"')
        lines.append("")
    (home / "MANIFEST.toml").write_text("\n".join(lines))


def problems(home: Path) -> Iterator[str]:
    """What differs between the manifest of `home` and its files, one sentence each; nothing when all is well."""
    manifest = home / "MANIFEST.toml"
    listed = {
        target: wanted
        for package in tomllib.loads(manifest.read_text())["package"]
        for target, wanted in package["files"].items()
    }
    there = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()} - {manifest.name}
    for target, wanted in listed.items():
        if target not in there:
            yield f"{target} is in the manifest and not on disk."
        elif digest(home / target) != wanted:
            yield f"{target} is not the file that was vendored."
    for target in sorted(there - listed.keys()):
        yield f"{target} is on disk and not in the manifest."


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        found = [*problems(SERVED), *problems(TESTS)]
        print("\n".join(found) or "Every vendored file is the one that was vendored.")
        sys.exit(bool(found))
    fetch(SERVED)
    fetch(TESTS)
