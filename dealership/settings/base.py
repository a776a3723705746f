"""Settings that hold everywhere.  dev, production and test say only what differs."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
from psycopg.conninfo import conninfo_to_dict

from dealership import logs

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[2]
LANE_HOME = Path(os.environ.get("LANE_HOME") or BASE_DIR / ".local").resolve()

# --- apps and middleware ---------------------------------------------------------------------------------------------

LANE_APPS = ["dealership", "customers", "service_lane", "recommendations", "sales_handoff"]
INSTALLED_APPS = [
    *(f"{name}.apps.{name.title().replace('_', '')}Config" for name in LANE_APPS),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # its templates, so that templates/django/forms can override them
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "django_filters",
    "django_htmx",
    "django_linear_migrations",
    "django_structlog",
    "pgtrigger",
]
FIRST_PARTY_APPS = LANE_APPS  # django-linear-migrations guards these

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages hold no secret that a guesser could find by their length: tokens are masked anew each time, and Django pads.
    "django.middleware.gzip.GZipMiddleware",
    "dealership.logs.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dealership.http.RooftopMiddleware",
    "dealership.http.ResultsMiddleware",
    "dealership.login.LapsedSessionMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it turns a locked-out log-in into the page that says so
]

ROOT_URLCONF = "dealership.urls"
WSGI_APPLICATION = "dealership.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.csp",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- database --------------------------------------------------------------------------------------------------------


def database(url: str, *, lock_timeout: str = "5s") -> dict[str, Any]:
    """Django's settings for a PostgreSQL address, in any form libpq takes ("postgresql://…" or "host=… dbname=…").

    Time-outs are short: a database that cannot be reached is an error page within five seconds, not a hung worker.
    """
    parts = dict(conninfo_to_dict(url))
    named = {key: parts.pop(field, "") or "" for key, field in DATABASE_FIELDS.items()}
    timeouts = f"-c lock_timeout={lock_timeout} -c idle_in_transaction_session_timeout=60s"
    if statement_timeout := os.environ.get("LANE_STATEMENT_TIMEOUT"):
        timeouts += f" -c statement_timeout={statement_timeout}"
    network = {
        "connect_timeout": 5,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": 5000,  # milliseconds
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        **named,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**network, "application_name": "lane", **parts, "options": timeouts},
    }


DATABASE_FIELDS = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}


def databases(*, web: str, owner: str, replica: str = "") -> dict[str, dict[str, Any]]:
    """The web's role does not own its tables; manage.py asks for the owner (LANE_AS_OWNER) where a command migrates."""
    as_owner = os.environ.get("LANE_AS_OWNER") == "1"
    found = {"default": database(owner, lock_timeout="2s") if as_owner else database(web)}
    if replica:
        found["replica"] = database(replica) | {"TEST": {"MIRROR": "default"}}
    return found


# --- cache and sessions ----------------------------------------------------------------------------------------------


def caches(redis_url: str) -> dict[str, dict[str, Any]]:
    """Caches that Redis makes quick and whose absence nobody notices: see dealership.cache."""
    return {
        "default": {"BACKEND": "dealership.cache.ForgivingCache", "LOCATION": redis_url, "KEY_PREFIX": "lane"},
        # A log-out that Redis missed must not live on in it: nothing is kept here longer than a minute.
        "sessions": {
            "BACKEND": "dealership.cache.ForgivingCache",
            "LOCATION": redis_url,
            "KEY_PREFIX": "lane-session",
            "OPTIONS": {"longest": 60},
        },
    }


SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_CACHE_ALIAS = "sessions"
SESSION_COOKIE_AGE = int(timedelta(hours=14).total_seconds())  # a long shift; tomorrow starts with a log-in
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
DEVICE_COOKIE_NAME = "lane_device"
CSRF_FAILURE_VIEW = "dealership.views.csrf_failure"
CSRF_COOKIE_HTTPONLY = True  # forms and htmx send the token of the page, never the cookie's
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Celery ----------------------------------------------------------------------------------------------------------


def broker(redis_url: str) -> str:
    """Celery's spelling of a Redis address: a unix socket is redis+socket:// there."""
    return redis_url.replace("unix://", "redis+socket://", 1)


CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True  # nothing exists only in Redis
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # the worker waits for a broker that is away
# A request must not be held by a broker that is away: 0.2 s, once.  The sweep finds what was not published.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 0.2,
    "socket_connect_timeout": 0.2,
    "retry_on_timeout": False,
    "max_retries": 0,
}
CELERY_TASK_DEFAULT_QUEUE = "lane"
CELERY_TASK_ROUTES: dict[str, dict[str, str]] = {}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(LANE_HOME / "run" / "beat-schedule")

# Every sweep of every app is in this list: (task, seconds between runs).  A sweep finds lower rows with no upper row
# and does what the lost task would have done, so this list is what makes the queue optional.
SWEEPS: list[tuple[str, float]] = [
    ("dealership.outbox.drain", 5),
    ("service_lane.imports.sweep", 20),
    ("recommendations.sweep", 20),
    ("recommendations.followups.sweep", 60),
    ("sales_handoff.sweep", 20),
    ("sales_handoff.sweep_tomorrow", 300),
    ("sales_handoff.limits.sweep", 900),
    ("service_lane.photos.sweep", 30),
    ("customers.sweep", 60),
    ("customers.recalls.sweep", 10),
    ("customers.households.sweep", 900),
    ("service_lane.check_ins.sweep", 60),
    ("service_lane.duplicates.sweep", 60),
    ("sales_handoff.sweep_privacy", 3600),
    ("dealership.sessions.sweep", 3600),
]
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": seconds, "options": {"expires": max(seconds, 5)}} for name, seconds in SWEEPS
}

# --- people ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "dealership.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
] + [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},  # NIST SP 800-63B: length, not composition
    }
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "dealership.login.StaffAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # sign-up is closed by the adapter; staff are made in the admin
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_USER_DISPLAY = "dealership.login.display_name"
# allauth's own limits count per address and per e-mail, so one person could spend another's.  Log-in attempts are
# counted by django-axes in the database instead (see dealership.login), which knows Ada's tablet from a stranger's.
ACCOUNT_RATE_LIMITS = {"login": False, "login_failed": False}
MFA_ADAPTER = "allauth.mfa.adapter.DefaultMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Lane"
USERSESSIONS_TRACK_ACTIVITY = False

AXES_HANDLER = "dealership.lockout.KnownDeviceHandler"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address", "user_agent"]]
AXES_USERNAME_CALLABLE = "dealership.lockout.email_typed"
AXES_LOCKOUT_CALLABLE = "dealership.lockout.page"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "login", "email"]
AXES_IPWARE_PROXY_COUNT: int | None = None
AXES_IPWARE_META_PRECEDENCE_ORDER = ["REMOTE_ADDR"]

# --- what the browser may do -----------------------------------------------------------------------------------------

SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
SECURE_REFERRER_POLICY = "same-origin"  # a customer's link must not reach another site's log
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_PERMISSIONS = 0o640

# --- files, mail, time -----------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = LANE_HOME / "static"
MEDIA_ROOT = LANE_HOME / "media"
STORAGES: dict[str, dict[str, Any]] = {
    # Photos are never served from here by the web server: a view looks at who is asking first.
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "dealership.static_files.Storage"},
}
WHITENOISE_MAX_AGE = 600

# What would leave the building is shown on the outbox page until real providers are set.
MAILERS: dict[str, dict[str, Any]] = {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
DEFAULT_FROM_EMAIL = "Lane <lane@localhost>"
SMS_URL = ""
# What signs the calls by which a provider brings receipts and texts; the newest first.  Without one, none is taken.
HOOK_SECRETS: list[str] = []
OUTBOX_PROVIDERS = dict.fromkeys(("email", "text", "adf"), "dealership.providers.Shown")
# Asked as a message leaves, by its purpose: a function of (message, at) that says why it must not, or "".
OUTBOX_LAST_LOOKS = {
    "follow_up": "recommendations.actions.followups.last_look",
    "handoff_lead": "sales_handoff.actions.passing_on.last_look",
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
# Staff read English. A customer chooses on their own page, and only there is another language active.
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]

DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = 10  # DEBUG: a sweep that found nothing is not news
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10  # DEBUG: one line per request is enough
LOGGING = logs.configuration(readable=True)

LANE_DEMONSTRATION = False  # invented people never go beside real ones
