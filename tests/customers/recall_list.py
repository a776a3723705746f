"""Rows and files in the layout of NHTSA's recall list.  Every campaign is invented."""

import io
import zipfile
from collections.abc import Iterable
from typing import Any

from customers.actions.recalls import import_recalls
from customers.models import RecallFile
from customers.rules.recalls import COLUMNS
from tests.cast import AT

ROW = {
    "RECORD_ID": "900001",
    "CAMPNO": "26V000001",
    "MAKETXT": "HONDA",
    "MODELTXT": "RIDGELINE",
    "YEARTXT": "2018",
    "MFGCAMPNO": "ZZ1",
    "COMPNAME": "FUEL SYSTEM, GASOLINE:DELIVERY",
    "MFGNAME": "Honda (American Honda Motor Co.)",
    "BGMAN": "20170301",
    "ENDMAN": "20180801",
    "RCLTYPECD": "V",
    "POTAFF": "1200",
    "ODATE": "20260115",
    "INFLUENCED_BY": "MFR",
    "MFGTXT": "Honda (American Honda Motor Co.)",
    "RCDATE": "20260102",
    "DATEA": "20260105",
    "RPNO": "",
    "FMVSS": "",
    "DESC_DEFECT": "The fuel pump may stop.",
    "CONEQUENCE_DEFECT": "The engine may stop while driving.",
    "CORRECTIVE_ACTION": "Dealers will replace the fuel pump, free of charge.",
    "NOTES": "Owners may call the maker.",
    "RCL_CMPT_ID": "000000000000000000000001",
    "MFR_COMP_NAME": "",
    "MFR_COMP_DESC": "",
    "MFR_COMP_PTNO": "",
    "DO_NOT_DRIVE": "No",
    "PARK_OUTSIDE": "No",
}
assert tuple(ROW) == COLUMNS


def line(number: int = 0, **cells: str) -> str:
    """One row as text, without its end.  `number` sets RECORD_ID apart."""
    return "\t".join({**ROW, "RECORD_ID": str(900001 + number), **cells}.values())


def text(*lines: str, end: str = "\r\n") -> bytes:
    return "".join(f"{one}{end}" for one in lines).encode()


def zipped(content: bytes, name: str = "FLAT_RCL_POST_2010.txt") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def bring(content: bytes | Iterable[str], **fields: Any) -> RecallFile:
    """Take in a file, or rows, as manage.py does."""
    content = content if isinstance(content, bytes) else text(*content)
    given: dict[str, Any] = {"name": "FLAT_RCL_POST_2010.txt", "part": "post", "by": None, "by_name": "test", "at": AT}
    return import_recalls(stream=io.BytesIO(content), **{**given, **fields})
