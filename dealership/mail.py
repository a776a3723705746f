"""SMTP that says whether a message that failed may have left."""

import smtplib
import ssl
from contextlib import suppress
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

from dealership.providers import PerhapsTaken

LOST = "The mail server had the whole message and did not say whether it took it. To send it again may send it twice."


class _Telling:
    def data(self, msg: Any) -> Any:
        """Hand the message over; PerhapsTaken when the connection is lost before the answer."""
        try:
            return super().data(msg)  # type: ignore[misc]
        except smtplib.SMTPResponseException:
            raise
        except (smtplib.SMTPServerDisconnected, OSError) as lost:
            raise PerhapsTaken(LOST) from lost


class _Smtp(_Telling, smtplib.SMTP):
    pass


class _SmtpOverTls(_Telling, smtplib.SMTP_SSL):
    pass


class Backend(EmailBackend):
    """Django's, whose failures are told apart by whether the server had the message already."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpOverTls if self.use_ssl else _Smtp

    def close(self) -> None:
        """A server that is rude at the end has taken the message all the same."""
        with suppress(smtplib.SMTPException, OSError, ssl.SSLError):
            super().close()
