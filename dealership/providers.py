"""Who carries messages out.  Settings choose one per kind (OUTBOX_PROVIDERS)."""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import timedelta
from email.utils import parseaddr
from http.client import HTTPException
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from dealership.models import OutboxMessage

PATIENCE = 5
"""Seconds."""
LONGEST_ASKED = timedelta(hours=6)
"""A provider that wants us to wait longer is asked again before."""


class NotTaken(Exception):
    """The provider did not take the message; its text is the provider's answer, kept on the row.

    `pause` is how long the provider wants to be left alone, None when it did not say.
    """

    def __init__(self, answer: str, pause: timedelta | None = None) -> None:
        super().__init__(answer)
        self.pause = pause


class NeverTaken(NotTaken):
    """It will not be taken next time either: the address does not exist, or the message cannot be read."""


class PerhapsTaken(NotTaken):
    """It was handed over whole and nothing was heard of it.  To try again could send it twice."""


class Provider(Protocol):
    at_once: int
    """How many messages share one transaction.  1 where sending cannot be taken back."""
    may_repeat: bool
    """Whether the same key twice is one message, so that a try nobody knows the end of may be made again."""

    def send(self, messages: Sequence[OutboxMessage]) -> str:
        """Carry all of `messages` out and return the provider's answer; raise NotTaken when it refused."""
        ...


class Shown:
    """Nothing leaves: the outbox page shows what would have."""

    at_once = 500
    may_repeat = True

    def send(self, messages: Sequence[OutboxMessage]) -> str:
        return "Shown here only. No provider is set up."


class Mail:
    """E-mail through Django's default mailer.

    A mail server forgets what it took, so a message handed over whole whose answer was lost is not sent again: it is
    reported as not sent, for somebody to decide.
    """

    at_once = 1
    may_repeat = False

    def send(self, messages: Sequence[OutboxMessage]) -> str:
        (message,) = messages
        # The same message has the same id however often it is tried, so a mailbox can drop the second.
        host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
        message_id = f"<lane.{message.pk}.{int(message.created_at.timestamp())}@{host}>"
        mail = EmailMessage(
            subject=message.subject,
            body=message.body,
            to=[message.to],
            reply_to=[message.rooftop.email] if message.rooftop.email else None,
            # A bounce carries our headers back, and with them which message it is about.
            headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated", "X-Lane-Key": message.key},
        )
        try:
            mail.send()
        except SMTPRecipientsRefused as refused:
            ((code, said),) = refused.recipients.values()
            raise _refused(code, said) from refused
        except SMTPDataError as refused:
            raise _refused(refused.smtp_code, refused.smtp_error) from refused
        except ValueError as unreadable:
            raise NeverTaken(f"That is no e-mail address: {unreadable}") from unreadable
        except (SMTPException, OSError) as refusal:
            raise NotTaken(f"{type(refusal).__name__}: {refusal}") from refusal
        return f"Taken by the mail server as {message_id}."


def _refused(code: int, said: bytes | str) -> NotTaken:
    """RFC 5321, 4.2.1: a reply of the 500s is final, one of the 400s is for now."""
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    return (NeverTaken if code >= 500 else NotTaken)(f"{code} {words}")


class Lead:
    """An ADF lead: POSTed as application/x-adf+xml to an https:// address, else the plain text of an e-mail.

    The Idempotency-Key is the message's own, but not every sales system heeds it: a lead whose answer was lost is not
    sent again, and is reported as not sent.
    """

    at_once = 1
    may_repeat = False

    def send(self, messages: Sequence[OutboxMessage]) -> str:
        (message,) = messages
        if "@" in message.to and "://" not in message.to:
            return Mail().send(messages)
        headers = {"Content-Type": "application/x-adf+xml; charset=utf-8", "Idempotency-Key": message.key}
        return _posted(message.to, message.body.encode(), headers, named="The address leads go to")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A message that is passed on as a GET has not been sent."""

    def redirect_request(self, *_: Any) -> None:
        return None


NEVER = frozenset({400, 410, 422})
"""What an SMS provider answers to a number or a message it will not take next time either."""


class Sms:
    """Text messages by one HTTPS POST of JSON to SMS_URL: {"to", "body", "key"}; any answer of the 200s is yes.

    The key is the message's own, and is sent as Idempotency-Key too, so a provider that has seen it answers yes again
    and sends nothing: that is why a try without an answer is simply made again.  A user and password in SMS_URL are
    sent as basic authentication.  Plain HTTP is for this machine only.
    """

    at_once = 1
    may_repeat = True

    def send(self, messages: Sequence[OutboxMessage]) -> str:
        (message,) = messages
        content = json.dumps({"to": message.to, "body": message.body, "key": message.key}).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.key}
        return _posted(settings.SMS_URL, content, headers, named="SMS_URL")


def _posted(to: str, content: bytes, headers: dict[str, str], *, named: str) -> str:
    """POST `content` and return what was answered; a user and password in the address are basic authentication.

    Raises NotTaken for any answer from 300 on, for none, and for an address without TLS that is not this machine's;
    NeverTaken for an answer that will be the same next time.
    """
    address = urlsplit(to)
    if address.scheme != "https" and address.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise NotTaken(f"{named} must start with https://.")
    passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
    url = address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()
    if address.username:
        passwords.add_password(None, url, address.username, address.password or "", is_authenticated=True)
    request = urllib.request.Request(url, data=content, headers=headers)
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.HTTPBasicAuthHandler(passwords))
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            return f"{answer.status} {answer.read(500).decode(errors='replace')}"
    except urllib.error.HTTPError as refusal:
        with refusal:
            said = refusal.read(500).decode(errors="replace")
        kind = NeverTaken if refusal.code in NEVER else NotTaken
        raise kind(f"{refusal.code} {said}", _asked_for(refusal.headers["Retry-After"])) from refusal
    except (OSError, HTTPException) as refusal:
        raise NotTaken(f"{type(refusal).__name__}: {refusal}") from refusal


def _asked_for(retry_after: str | None) -> timedelta | None:
    if not retry_after or not retry_after.isdecimal():
        return None
    return min(timedelta(seconds=int(retry_after[:6])), LONGEST_ASKED)
