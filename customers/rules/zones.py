"""Where the clock of a customer stands, by the state of their address.

Source: 49 CFR part 71 (limits of the standard time zones).  A state that lies in two zones gives both: an hour that is
decent in both is decent wherever in the state they live.
"""

_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
_IN_ONE = {
    _EASTERN: "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    _CENTRAL: "AL AR IA IL LA MN MO MS OK WI",
    _MOUNTAIN: "CO MT NM UT WY",
    _PACIFIC: "CA WA",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR",
}
_IN_TWO = {
    (_EASTERN, _CENTRAL): "FL IN KY MI TN",
    (_CENTRAL, _MOUNTAIN): "KS ND NE SD TX",
    (_MOUNTAIN, _PACIFIC): "ID NV OR",
    ("America/Phoenix", _MOUNTAIN): "AZ",  # the Navajo Nation changes its clocks, the rest of Arizona does not
    ("America/Anchorage", "America/Adak"): "AK",
}
ZONES: dict[str, tuple[str, ...]] = {
    **{state: (zone,) for zone, states in _IN_ONE.items() for state in states.split()},
    **{state: zones for zones, states in _IN_TWO.items() for state in states.split()},
}


def zones_of(region: str) -> tuple[str, ...]:
    """The time zones of a US state by its two letters; none for a region we do not know.

    >>> zones_of("CA"), zones_of("tx"), zones_of("ON")
    (('America/Los_Angeles',), ('America/Chicago', 'America/Denver'), ())
    """
    return ZONES.get(region.strip().upper(), ())
