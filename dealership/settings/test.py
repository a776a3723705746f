"""Settings for tests: the embedded services of their own LANE_HOME, quick passwords, no guessing."""

from dealership import logs
from dealership.settings.dev import *  # noqa: F403
from dealership.settings.dev import LANE_HOME

SECRET_KEY = "for tests only"
DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
MEDIA_ROOT = LANE_HOME / "media"
LOGGING = logs.configuration(readable=True, level="ERROR")
