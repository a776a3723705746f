"""Reads the bar codes of one picture in a program of its own, with little memory and little time.

`python -m service_lane.vin_reader` takes the picture on its standard input and answers with lines of kind, tab, text.
The page that asks waits for it: somebody stands at the car with the phone in hand, and a queue would answer later
than they look.  A page's own script sends at most two megapixels, which are read at once without this.
"""

import resource
import subprocess
import sys
from pathlib import Path

from service_lane.rules.pictures import Unusable
from service_lane.rules.vin_photo import SMALL_PIXELS, Code, codes_in, pixels_of, vin_among

MOST_MEMORY = 1024 * 1024 * 1024  # bytes of address space: fifty megapixels in color, and the libraries
MOST_SECONDS = 8


def read_vin(sent: bytes) -> str:
    """The VIN in a photo, "" when no bar code says one.  Raises Unusable."""
    if pixels_of(sent) <= SMALL_PIXELS:
        return vin_among(codes_in(sent))
    try:
        answer = subprocess.run(
            [sys.executable, "-m", "service_lane.vin_reader"],
            input=sent,
            capture_output=True,
            timeout=MOST_SECONDS,
            check=False,
            cwd=Path(__file__).resolve().parents[1],
        )
    except subprocess.TimeoutExpired:
        raise Unusable("That took too long to read. Send a smaller photo.") from None
    if answer.returncode:
        raise Unusable("The photo cannot be read. Take it again, closer to the label.")
    lines = answer.stdout.decode("utf-8", "replace").splitlines()
    return vin_among(Code(*line.split("\t", 1)) for line in lines if "\t" in line)


def main() -> int:
    """Read standard input under the limits; 1 when the picture cannot be read."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    try:
        codes = codes_in(sys.stdin.buffer.read())
    except (Unusable, MemoryError):
        return 1
    for code in codes:
        print(code.kind, " ".join(code.text.split()), sep="\t")  # noqa: T201  (its answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
