"""Cells of a file that a spreadsheet opens."""

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(text: object) -> str:
    """The text as a spreadsheet shows it and never computes it: what would start a formula gets an apostrophe first.

    Source: OWASP, CSV injection.  Spaces before the sign do not help a formula, and are looked through.

    >>> safe_cell("=HYPERLINK(1)"), safe_cell(" +1 415"), safe_cell("Priya"), safe_cell(None)
    ("'=HYPERLINK(1)", "' +1 415", 'Priya', '')
    """
    written = "" if text is None else str(text)
    starts = written.startswith(STARTS_A_FORMULA) or written.lstrip().startswith(STARTS_A_FORMULA)
    return f"'{written}" if starts else written
