"""Cars: whose make they are."""

from collections.abc import Iterable


def not_sold_here(make: str, makes_sold: Iterable[str]) -> str:
    """What to call a car of another maker, or "" for one of ours, for an unknown make, and where nothing is sold.

    >>> not_sold_here("Subaru", ["HONDA"])
    'Not a Honda'
    >>> not_sold_here("Honda", ["HONDA"])
    ''
    """
    sold = [one for one in makes_sold if one]
    if not sold or not make or make.upper() in {one.upper() for one in sold}:
        return ""
    names = [one if len(one) <= 3 else one.title() for one in sold]
    article = "an" if names[0][0] in "AEIOU" else "a"
    return f"Not {article} {' or '.join(names)}"
