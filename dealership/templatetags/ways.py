"""Ways through the building: who may go where, which entry of the navigation a page is under, and by which release."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dealership.http import release_name
from dealership.models import BAY, COUNTER, OFFICE, SALES, SERVICE, Role

register = template.Library()

DESKS = {
    "counter": COUNTER,
    "bay": BAY,
    "service": SERVICE,
    "sales": SALES,
    "office": OFFICE,
    "guide": OFFICE | {Role.Kind.SALES_MANAGER},
    "floor": {Role.Kind.SALES_MANAGER, Role.Kind.GROUP_ADMIN},
}


@register.simple_tag(takes_context=True)
def works_in(context: dict[str, Any], desk: str) -> bool:
    """Whether the person looking holds a role of this desk (a key of DESKS) where they work now."""
    request = context.get("request")
    return bool(getattr(request, "staff_kinds", frozenset()) & DESKS[desk])


@register.simple_tag
def release() -> str:
    """The release a page was made by, which lane.js compares with the one that answers it."""
    return release_name()


# Pages that belong elsewhere than the app that serves them; with an empty value, to no entry of the navigation.
PART_OF = {
    "recommendations:close": "service_lane:board",
    "recommendations:from-paper": "service_lane:board",
    "recommendations:order-lines": "service_lane:board",
    "recommendations:order-messages": "service_lane:board",
    "recommendations:findings-fate": "service_lane:inspections",
    "recommendations:how-staff": "",
    **dict.fromkeys(("customers:mine", "customers:check-ins", "customers:check-in", "customers:follow-through"), ""),
    **dict.fromkeys(("customers:purchases", "customers:purchase", "customers:said", "customers:feedback"), ""),
    **dict.fromkeys(("service_lane:said-somewhere", "service_lane:said-import"), ""),
    "service_lane:customer-worth": "customers:index",
    "recommendations:figures": "",
}


def _desk(name: str) -> str:
    """The part of an app that has an entry of its own, by the name of an address of it; "" for the rest of the app."""
    return next((part for part in ("inspection", "follow-up") if name.startswith(part)), "")


@register.simple_tag(takes_context=True)
def nav_link(context: dict[str, Any], view: str, label: str) -> SafeString:
    """One entry of the main navigation, marked when the page is it (page) or in its part of the house (true)."""
    try:
        url = reverse(view)
    except NoReverseMatch:
        return mark_safe("")
    match = getattr(context.get("request"), "resolver_match", None)
    app, _, name = view.partition(":")
    current = ""
    if match and match.view_name == view:
        current = "page"
    elif match and match.view_name in PART_OF:
        current = "true" if PART_OF[match.view_name] == view else ""
    elif match and match.namespace == app and not (match.url_name or "").startswith(("import", "paper")):
        current = "true" if _desk(match.url_name or "") == _desk(name) else ""
    mark = format_html(' aria-current="{}"', current) if current else ""
    return format_html('<a href="{}"{}>{}</a>', url, mark, label)
