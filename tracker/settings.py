"""Settings, all from the environment.

DATABASE_URL, DATABASE_REPLICA_URL, DATABASE_POOL, SECRET_KEY, ALLOWED_HOSTS, SITE_URL, SITE_NAME,
PROXIES, STAFF_TOTP, CHECKPOINT_KEY, CHECKPOINT_DIR, EMAIL_URL, DEFAULT_FROM_EMAIL, WEBSUB_HUB,
SECURITY_CONTACT, LOG_FORMAT, CACHE_URL, PAGE_CACHE_BYTES and DEBUG are a site's own to set;
ON_RECORD_DEMO, HOST and PORT are `make demo`'s. What is missing and matters stops the start with a
sentence that names it.
"""

import os
import sys
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from tracker import databases, environment
from tracker.environment import env

BASE_DIR: Path = environment.BASE_DIR
VAR_DIR: Path = environment.VAR_DIR
DEBUG: bool = environment.DEBUG
ON_RECORD_DEMO: bool = environment.ON_RECORD_DEMO

# --- Where the site is ---------------------------------------------------------------------------

RELEASE: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
SITE_NAME: str = env.str("SITE_NAME", default="On Record")
SITE_URL: str = environment.checked_site_url(
    env.str("SITE_URL", default="") or environment.default_site_url()
)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[]) or environment.default_hosts(
    SITE_URL
)
HTTPS = SITE_URL.startswith("https://")

WEBSUB_HUB: str = environment.websub_hub()


# --- The secret ----------------------------------------------------------------------------------

SECRET_KEY: str = environment.secret_key()


# --- The database --------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {"default": databases.database()}
if (_replica := databases.replica(DATABASES["default"])) is not None:
    DATABASES["replica"] = _replica
    DATABASE_ROUTERS = ["tracker.reading.replica.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# --- Checkpoints of the log ----------------------------------------------------------------------

CHECKPOINT_DIR: Path = environment.checkpoint_dir(DATABASES["default"]["NAME"])
CHECKPOINT_KEY: bytes | None = environment.checkpoint_key()


# --- The application -----------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django_filters",
    "import_export",
    "axes",
    # Their tables are always there, so that STAFF_TOTP can be switched on without a migration.
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "tracker.apps.TrackerConfig",
]

MIDDLEWARE = [
    # Outermost of all, where there is a replica: the log's head and the page are read from one.
    *(["tracker.reading.replica.PublicReads"] if "replica" in DATABASES else []),
    # What is public and known: nothing below it is asked.
    "tracker.answers.cache.PageCache",
    "tracker.answers.tracing.RequestId",
    "tracker.answers.headers.SecurityHeaders",
    "tracker.answers.limits.bodies_are_bounded",
    "tracker.answers.outage.told_at_once",
    # Outermost of all that answers staff: whatever answers, refusals and errors too, is not stored.
    "tracker.admin.signin.staff_pages_are_not_stored",
    "tracker.answers.heads.answered_without_body",
    "django.middleware.security.SecurityMiddleware",  # leads to https, no more
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tracker.answers.packing.PublicGZipMiddleware",
    "tracker.admin.staff_paths.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "tracker.admin.staff_paths.CsrfViewMiddleware",
    "tracker.admin.staff_paths.AuthenticationMiddleware",
    "tracker.admin.staff_paths.OTPMiddleware",
    "tracker.admin.signin.sessions_end",
    "tracker.answers.limits.strangers_bring_little",
    "tracker.admin.staff_paths.MessageMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it looks at what the log-in form answered, no more
]
#: Django looks for its own names of what is above as tracker.admin.staff_paths.CsrfViewMiddleware
#: (W003) and as tracker.answers.headers.SecurityHeaders (the rest).
SILENCED_SYSTEM_CHECKS = [f"security.W{number:03}" for number in (2, 3, 4, 6, 22)]

ROOT_URLCONF = "tracker.urls"
WSGI_APPLICATION = "tracker.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            # The admin's own needs, all lazy: a public page that names none of them reads no
            # session and sets no cookie.
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# A pledge of some hundred clauses is one form; the admin caps the rows of each list itself.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 6_000_000  # bytes; a source's text, pasted, can be some megabytes

# Uploaded tables between their preview and the yes, an hour at most; one folder for all workers.
WAITING_IMPORTS = VAR_DIR / "imports"

# The downloads of the whole record, made at the first request after a change; one folder for all
# workers of a machine.
DATA_DIR = VAR_DIR / "data"


# --- The page cache ------------------------------------------------------------------------------

CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
if os.environ.get("CACHE_URL"):
    CACHES["pages"] = environment.shared_cache()
# Of memory, in which each process keeps pages.
PAGE_CACHE_BYTES: int = env.int("PAGE_CACHE_BYTES", default=8_000_000)
if PAGE_CACHE_BYTES < 0:
    raise ImproperlyConfigured("PAGE_CACHE_BYTES must be a number of bytes, 0 for none.")
HEAD_SECONDS = 0.1  # that a process goes on with what it has seen of the log's head


# --- Signing in ----------------------------------------------------------------------------------

LOGIN_URL = "admin:login"  # only curators have accounts
LOGIN_REDIRECT_URL = "admin:index"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it refuses before a password is looked at
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # seconds that a link to choose a password lasts

# A session ends with the browser, and 12 hours after the log-in whatever happens in between.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# How many proxies stand in front, each of which adds the address it was asked from to
# X-Forwarded-For. None by default: then that header is a stranger's word and is not read.
PROXIES: int = env.int("PROXIES", default=0)
if PROXIES < 0:
    raise ImproperlyConfigured("PROXIES is how many proxies stand in front of the site: 0 or more.")

# Whether the desk asks for a code from the curator's own device as well.
STAFF_TOTP: bool = env.bool("STAFF_TOTP", default=False)
OTP_TOTP_ISSUER = SITE_NAME

# Failed log-ins, by account and network together and by network (tracker/admin/throttle.py); what
# is kept of them is forgotten after the cool-off, and none of it goes to the log.
AXES_HANDLER = "tracker.admin.throttle.Throttle"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "tracker.letters.networks.network_of"
AXES_USERNAME_CALLABLE = "tracker.admin.throttle.account_named"
AXES_CLIENT_STR_CALLABLE = "tracker.admin.throttle.somebody"
AXES_LOCKOUT_CALLABLE = "tracker.admin.throttle.wait"
AXES_HTTP_RESPONSE_CODE = 429
AXES_SENSITIVE_PARAMETERS = ["username", "csrfmiddlewaretoken", "next"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False  # tracker.admin.accounts shows superusers what they need
AXES_VERBOSE = False


# --- E-mail --------------------------------------------------------------------------------------

vars().update(environment.email())
OUTBOX = VAR_DIR / "outbox"
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL: str = environment.sender(SITE_URL)

SECURITY_CONTACT: str = environment.security_contact(DEFAULT_FROM_EMAIL)


# --- Language and time ---------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "tracker.records.formats"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"


# --- Static files --------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "tracker" / "web" / "static"]
COLLECTED = VAR_DIR / "static"

# `collectstatic` makes compressed files named by their content, to be cached for ever; where it
# has not run, and in the demo and under DEBUG, they are served as they lie in the tree.
AS_THEY_LIE = sys.argv[1:2] != ["collectstatic"] and (
    DEBUG or ON_RECORD_DEMO or not (COLLECTED / "staticfiles.json").exists()
)
STATIC_ROOT = None if AS_THEY_LIE else COLLECTED
WHITENOISE_USE_FINDERS = AS_THEY_LIE
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if AS_THEY_LIE
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}


# --- Security ------------------------------------------------------------------------------------

# The headers of every answer are written in one place, tracker/answers/headers.py, not by Django.
SECURE_CONTENT_TYPE_NOSNIFF = False
SECURE_REFERRER_POLICY = None
SECURE_CROSS_ORIGIN_OPENER_POLICY = None
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
if HTTPS:  # names that no other host and no plain http can set (RFC 6265bis, cookie prefixes)
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie of its own
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(SITE_URL))]
# Behind a proxy gunicorn says whether the reader came by https (its --forwarded-allow-ips).
SECURE_SSL_REDIRECT = HTTPS
# Asked over plain http by the machine itself.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]


# --- Logging: lines on stderr, for whatever runs the process to keep -----------------------------

LOG_FORMAT: str = env.str("LOG_FORMAT", default="plain")
if LOG_FORMAT not in ("plain", "json"):
    raise ImproperlyConfigured(
        f"LOG_FORMAT is plain (lines for people) or json (an object a line); {LOG_FORMAT!r} is not."
    )
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "tracker.letters.masking.Formatter",  # no reader's link ever reaches a log
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "tracker.letters.masking.JsonFormatter"},
    },
    "filters": {
        "traced": {"()": "tracker.answers.tracing.Traced"},
        "failures": {"()": "tracker.answers.tracing.Failures"},
        "seldom": {"()": "tracker.answers.tracing.Seldom", "seconds": 10.0},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["traced"],
        },
        "nowhere": {"class": "logging.NullHandler"},  # without any, Python would print it
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Django's own handlers would print twice under DEBUG, and send mail to nobody without it.
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"filters": ["failures"]},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},  # runserver's
        "psycopg.pool": {"filters": ["seldom"]},
        # Strangers choose what they send: a traceback for each would fill the log.
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
        "django.security.TooManyFieldsSent": {"handlers": ["nowhere"], "propagate": False},
        "django.security.TooManyFilesSent": {"handlers": ["nowhere"], "propagate": False},
        "django.security.RequestDataTooBig": {"handlers": ["nowhere"], "propagate": False},
        "tracker.answers.kept": {"filters": ["seldom"]},
        "tracker.outage": {"filters": ["seldom"]},
    },
}
