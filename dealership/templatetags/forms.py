"""{% form_key %}: the one-time key of a form.  {% undo_offers %}: what can still be taken back."""

from typing import Any
from uuid import uuid4

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dealership.http import UNDO_KEY

register = template.Library()


@register.simple_tag
def form_key(bare: bool = False) -> SafeString | str:
    """A hidden field with a fresh key; a form shown again with errors gets another, as nothing was done.

    `bare` gives the key alone, for a button that posts by itself from inside another form.
    """
    if bare:
        return str(uuid4())
    return format_html('<input type="hidden" name="form_key" value="{}">', uuid4())


@register.simple_tag(takes_context=True)
def undo_offers(context: dict[str, Any], only_new: bool = False) -> list[dict[str, Any]]:
    """What `offer_undo` offered this person and can still be taken back, oldest first: text, url and left (seconds).

    `only_new` leaves out what was offered before this request, which the page shows already.
    """
    request = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return []
    offers = getattr(request, "new_offers", []) if only_new else request.session.get(UNDO_KEY, [])
    now = timezone.localtime().timestamp()
    return [offer | {"left": f"{offer['until'] - now:.1f}"} for offer in offers if offer["until"] > now]
