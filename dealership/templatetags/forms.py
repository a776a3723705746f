"""{% form_key %}: the one-time key of a form."""

from uuid import uuid4

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def form_key() -> SafeString:
    """A hidden field with a fresh key; a form shown again with errors gets another, as nothing was done."""
    return format_html('<input type="hidden" name="form_key" value="{}">', uuid4())
