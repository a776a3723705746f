"""Who carries messages out.  Settings choose one per kind (OUTBOX_PROVIDERS)."""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from email.utils import parseaddr
from smtplib import SMTPException
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from dealership.models import OutboxMessage

PATIENCE = 5
"""Seconds."""


class NotTaken(Exception):
    """The provider did not take the message; its text is the provider's answer, kept on the row."""


class Provider(Protocol):
    at_once: int
    """How many messages share one transaction.  1 where sending cannot be taken back."""

    def send(self, messages: Sequence[OutboxMessage]) -> str:
        """Carry all of `messages` out and return the provider's answer; raise NotTaken when it refused."""
        ...


class Shown:
    """Nothing leaves: the outbox page shows what would have."""

    at_once = 500

    def send(self, messages: Sequence[OutboxMessage]) -> str:
        return "Shown here only. No provider is set up."


class Mail:
    """E-mail through Django's default mailer."""

    at_once = 1

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
            headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
        )
        try:
            mail.send()
        except (SMTPException, OSError) as refusal:
            raise NotTaken(f"{type(refusal).__name__}: {refusal}") from refusal
        return f"Taken by the mail server as {message_id}."


class Lead:
    """An ADF lead: POSTed as application/x-adf+xml to an https:// address, else the plain text of an e-mail.

    The Idempotency-Key is the message's own, so a system that has seen it can answer yes without taking it twice.
    """

    at_once = 1

    def send(self, messages: Sequence[OutboxMessage]) -> str:
        (message,) = messages
        if "@" in message.to and "://" not in message.to:
            return Mail().send(messages)
        headers = {"Content-Type": "application/x-adf+xml; charset=utf-8", "Idempotency-Key": message.key}
        return _posted(message.to, message.body.encode(), headers, named="The address leads go to")


class Sms:
    """Text messages by one HTTPS POST of JSON to SMS_URL: {"to", "body", "key"}; any answer below 300 is yes.

    The key is the message's own, so a provider that has seen it can answer yes without sending twice.  A user and
    password in SMS_URL are sent as basic authentication.
    """

    at_once = 1

    def send(self, messages: Sequence[OutboxMessage]) -> str:
        (message,) = messages
        content = json.dumps({"to": message.to, "body": message.body, "key": message.key}).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.key}
        return _posted(settings.SMS_URL, content, headers, named="SMS_URL")


def _posted(to: str, content: bytes, headers: dict[str, str], *, named: str) -> str:
    """POST `content` over TLS and return what was answered; a user and password in the address are basic
    authentication.  Raises NotTaken for any answer from 300 on, for none, and for an address without TLS."""
    address = urlsplit(to)
    if address.scheme != "https":
        raise NotTaken(f"{named} must start with https://.")
    passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
    url = address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()
    if address.username:
        passwords.add_password(None, url, address.username, address.password or "", is_authenticated=True)
    request = urllib.request.Request(url, data=content, headers=headers)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            return f"{answer.status} {answer.read(500).decode(errors='replace')}"
    except urllib.error.HTTPError as refusal:
        with refusal:
            said = refusal.read(500).decode(errors="replace")
        raise NotTaken(f"{refusal.code} {said}") from refusal
    except OSError as refusal:
        raise NotTaken(f"{type(refusal).__name__}: {refusal}") from refusal
