"""Settings for real use, all from the environment.  What is missing is said in one go, by name."""

import os
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from dealership import logs
from dealership.settings.base import *  # noqa: F403
from dealership.settings.base import MAILERS, broker, caches, databases

NEEDED = {
    "SECRET_KEY": "a long random text, the same on every machine",
    "DATABASE_URL": "postgresql://lane_web:…@host/lane, a role that does not own the tables",
    "REDIS_URL": "rediss://:…@host:6379/0",
    "LANE_URL": "the address people type, like https://lane.example.com",
    "SMTP_URL": "smtps://user:password@host:465 or smtp://user:password@host:587",
    "FROM_EMAIL": 'who mail comes from, like "Lane <lane@example.com>"',
}

_missing = {name: why for name, why in NEEDED.items() if not os.environ.get(name)}
if _missing:
    raise ImproperlyConfigured(
        "Lane cannot start: set these environment variables.\n"
        + "\n".join(f"  {name}: {why}" for name, why in _missing.items())
    )

_environment = os.environ
_site = urlsplit(_environment["LANE_URL"])
if _site.scheme != "https" or not _site.hostname:
    raise ImproperlyConfigured("LANE_URL must start with https:// and name a host, like https://lane.example.com.")

DEBUG = False
SECRET_KEY = _environment["SECRET_KEY"]
SECRET_KEY_FALLBACKS = [key for key in _environment.get("SECRET_KEY_FALLBACKS", "").split() if key]
ALLOWED_HOSTS = [_site.hostname, *_environment.get("ALLOWED_HOSTS", "").split()]
CSRF_TRUSTED_ORIGINS = [f"https://{_site.netloc}"]

DATABASES = databases(
    web=_environment["DATABASE_URL"],
    owner=_environment.get("DATABASE_OWNER_URL") or _environment["DATABASE_URL"],
    replica=_environment.get("REPLICA_URL", ""),
)
CACHES = caches(_environment["REDIS_URL"])
CELERY_BROKER_URL = broker(_environment["REDIS_URL"])

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # a balancer asks over plain HTTP from inside
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# The __Host- prefix: only this host, only over HTTPS, whatever a sister site does.
SESSION_COOKIE_NAME = "__Host-lane-session"
CSRF_COOKIE_NAME = "__Host-lane-csrf"
DEVICE_COOKIE_NAME = "__Host-lane-device"
LANGUAGE_COOKIE_SECURE = True

# How many proxies of ours stand in front.  With 0 the forwarding headers are not believed at all.
_proxies = int(_environment.get("PROXY_COUNT", "0"))
if _proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    AXES_IPWARE_PROXY_COUNT = _proxies
    AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"]
ALLAUTH_TRUSTED_PROXY_COUNT = _proxies

_smtp = urlsplit(_environment["SMTP_URL"])
MAILERS = MAILERS | {
    "default": {
        "BACKEND": "dealership.mail.Backend",
        "OPTIONS": {
            "host": _smtp.hostname or "",
            "port": _smtp.port or (465 if _smtp.scheme == "smtps" else 587),
            "username": _smtp.username or "",
            "password": _smtp.password or "",
            "use_ssl": _smtp.scheme == "smtps",
            "use_tls": _smtp.scheme == "smtp",
            "timeout": 5,
        },
    }
}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _environment["FROM_EMAIL"]
OUTBOX_PROVIDERS = {
    "email": "dealership.providers.Mail",
    "text": "dealership.providers.Shown",
    "adf": "dealership.providers.Lead",
}
SMS_URL = _environment.get("SMS_URL", "")
if SMS_URL:
    OUTBOX_PROVIDERS["text"] = "dealership.providers.Sms"
HOOK_SECRETS = _environment.get("HOOK_SECRETS", "").split()

LOGGING = logs.configuration(readable=False)
