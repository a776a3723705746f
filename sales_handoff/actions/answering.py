"""Handing somebody all that is held about them."""

from datetime import datetime

from django.db import transaction

from customers.models import PrivacyRequest
from dealership import audit
from dealership.models import Staff
from recommendations.export import Bundle
from sales_handoff import access


class NotAsked(Exception):
    """Nobody asked to see it, or we do not know yet that it is them."""


@transaction.atomic(durable=True)
def make_file(*, request: PrivacyRequest, by: Staff, at: datetime) -> Bundle:
    """All that is held about who asked, ready to be streamed.  The trail keeps who took it and a fingerprint.

    Raises NotAsked.
    """
    if not access.asked_for(request):
        raise NotAsked(request)
    bundle = access.bundle(request.customer, at)
    audit.record("privacy.file_made", about=request, by=by, at=at, sha256=bundle.sums, photos=len(bundle.photos))
    return bundle
