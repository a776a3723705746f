"""One machine, nothing installed by hand: embedded PostgreSQL and Valkey under LANE_HOME, unless addresses are set."""

import os

from dealership import embedded
from dealership.settings.base import *  # noqa: F403
from dealership.settings.base import LANE_HOME, MAILERS, STORAGES, broker, caches, databases

DEBUG = os.environ.get("LANE_DEBUG") == "1"
ALLOWED_HOSTS = ["*"]
if DEBUG:
    STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
SECRET_KEY = embedded.secret_key(LANE_HOME)
# Mail about log-ins is nobody else's to read, so it is not on the outbox page: here it is printed in the terminal.
MAILERS = MAILERS | {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}

_here = embedded.addresses(LANE_HOME)
_url = os.environ.get("DATABASE_URL")
DATABASES = databases(
    web=_url or _here.web,
    owner=os.environ.get("DATABASE_OWNER_URL") or _url or _here.owner,
    replica=os.environ.get("REPLICA_URL", ""),
)
REDIS_URL = os.environ.get("REDIS_URL") or _here.redis
CACHES = caches(REDIS_URL)
CELERY_BROKER_URL = broker(REDIS_URL)

LANE_DEMONSTRATION = True  # may `load_demo` put invented people here?
