"""Settings for tests: embedded services of their own, quick passwords, tables' owner (tests make and empty tables)."""

import os
from pathlib import Path

from dealership import logs

os.environ.setdefault("LANE_HOME", str(Path(__file__).resolve().parents[2] / ".local" / "test"))
os.environ["LANE_AS_OWNER"] = "1"

from dealership.settings.dev import *  # noqa: F403
from dealership.settings.dev import LANE_HOME

SECRET_KEY = "for tests only"
DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
STATIC_ROOT = LANE_HOME / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
LOGGING = logs.configuration(readable=True, level="ERROR")

LANE_DEMONSTRATION = True
