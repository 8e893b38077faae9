"""Settings, all from the environment.

DATABASE_URL, DATABASE_REPLICA_URL, DATABASE_POOL, SECRET_KEY, ALLOWED_HOSTS, SITE_URL, SITE_NAME,
PROXIES, STAFF_TOTP, CHECKPOINT_KEY, CHECKPOINT_DIR, EMAIL_URL, DEFAULT_FROM_EMAIL, WEBSUB_HUB,
SECURITY_CONTACT, LOG_FORMAT, CACHE_URL, PAGE_CACHE_BYTES and DEBUG are a site's own to set;
ON_RECORD_DEMO, HOST and PORT are `make demo`'s. What is missing and matters stops the start with a
sentence that names it.
"""

import base64
import os
import re
import secrets
import sys
import tomllib
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import EmailValidator

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()

DEBUG: bool = env.bool("DEBUG", default=False)
ON_RECORD_DEMO: bool = env.bool("ON_RECORD_DEMO", default=False)


# --- Where the site is ---------------------------------------------------------------------------


def default_site_url() -> str:
    """Where `make demo` serves; HOST and PORT mean nothing to a site that is not the demo."""
    if not ON_RECORD_DEMO:
        return "http://127.0.0.1:8000"
    host = env.str("HOST", default="127.0.0.1")
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{env.str('PORT', default='8000')}"


def checked_site_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"SITE_URL must be the public address of the site, like https://record.example; "
            f"{url!r} is not one."
        )
    return url.rstrip("/")


def default_hosts() -> list[str]:
    host = urlsplit(SITE_URL).hostname or ""
    if ON_RECORD_DEMO and host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return ["*"]  # asked to serve on every interface: its visitors' names for it are unknown
    host = f"[{host}]" if ":" in host else host
    return sorted({host, "localhost", "127.0.0.1", "[::1]"})


RELEASE: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
SITE_NAME: str = env.str("SITE_NAME", default="On Record")
SITE_URL: str = checked_site_url(env.str("SITE_URL", default="") or default_site_url())
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[]) or default_hosts()
HTTPS = SITE_URL.startswith("https://")


def websub_hub() -> str:
    """WEBSUB_HUB, the hub that tells feed readers of news; "" for none."""
    url: str = env.str("WEBSUB_HUB", default="")
    if re.match(r"[^/]*//[^/]*@", url):  # not repeated in the message: it may hold a password
        raise ImproperlyConfigured(
            "WEBSUB_HUB must not hold a user name or a password: feeds print it for everybody."
        )
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        parts, port = urlsplit(""), 0
    printable = url.isascii() and url.isprintable() and not set(url) & set(' <>"')
    if url and not (parts.scheme in ("http", "https") and parts.hostname and printable):
        raise ImproperlyConfigured(
            f"WEBSUB_HUB must be the address of a WebSub hub, like https://hub.example/; "
            f"{url!r} is not one."
        )
    if port not in (80, 443):
        raise ImproperlyConfigured(
            f"WEBSUB_HUB must be on one of the web's own ports (80, 443): no other is ever asked, "
            f"and {url!r} is on {port}."
        )
    return url


WEBSUB_HUB: str = websub_hub()


# --- The secret ----------------------------------------------------------------------------------


def secret_key() -> str:
    """SECRET_KEY; for the demo, and for commands on the demo's own database, the one kept in var/.

    A site with a database of its own never falls back to a file that happens to lie about.
    """
    # not `env`, which takes a leading $ for a reference
    if key := os.environ.get("SECRET_KEY", ""):
        return key
    kept = VAR_DIR / "secret_key"
    if ON_RECORD_DEMO and not kept.exists():
        keep_new_secret(kept)
    if kept.exists() and (ON_RECORD_DEMO or not env.str("DATABASE_URL", default="")):
        if key := kept.read_text().strip():
            return key
        raise ImproperlyConfigured(f"{kept} is empty: delete it, and `make demo` writes another.")
    if DEBUG:
        return "only-for-debug-never-for-a-site-that-others-can-reach"
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Set it in the environment to a long random text that stays secret "
        "and stays the same (`openssl rand -base64 48` makes one); `make demo` needs none."
    )


def keep_new_secret(path: Path) -> None:
    """Write a random secret for this machine's demo; of two that start at once, one wins."""
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(64))
    try:
        path.hardlink_to(draft)  # whole or not at all, and never over another's
    except FileExistsError:
        pass
    finally:
        draft.unlink()


SECRET_KEY: str = secret_key()


# --- The database --------------------------------------------------------------------------------

SQLITE_OPTIONS: dict[str, Any] = {
    # Take the write lock when a transaction begins: by default a third of concurrent
    # read-then-write transactions fail with "database is locked".
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # What a redaction takes out of a row is overwritten in the file, whatever SQLite was built for.
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
        "PRAGMA secure_delete=ON;"
    ),
}


#: Of PostgreSQL, in milliseconds, for whatever answers readers and curators. manage.py's commands
#: work and wait as long as it takes, but for one that has stopped in the middle of a transaction.
WEB_LIMITS = {
    "statement_timeout": 30_000,
    "lock_timeout": 10_000,
    "idle_in_transaction_session_timeout": 60_000,
}
COMMAND_LIMITS = {"idle_in_transaction_session_timeout": 600_000}

#: A line that has gone dead is noticed within half a minute, and an address that does not answer is
#: left for the next one of the same DATABASE_URL.
LINE = {
    "connect_timeout": 3,  # seconds, for each host
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}


def read_database_url(name: str) -> dict[str, Any] | None:
    """The database that this setting names; None where it is not set."""
    url = env.str(name, default="")
    if not url:
        return None
    examples = {
        "DATABASE_URL": "sqlite:/// or postgres://, like sqlite:////srv/record.sqlite3 or ",
        "DATABASE_REPLICA_URL": "postgres://, like ",
    }
    schemes: tuple[str, ...] = ("postgres://", "postgresql://")
    if name == "DATABASE_URL":
        schemes = ("sqlite://", *schemes)
    try:
        config: dict[str, Any] = env.db_url_config(url) if url.startswith(schemes) else {}
    except ValueError:  # a port that is none, half an IPv6 address
        config = {}
    if not config.get("NAME"):  # not repeated in the message: it may hold a password
        raise ImproperlyConfigured(
            f"{name} must begin with {examples[name]}postgres://user:password@host/name."
        )
    return config


def database() -> dict[str, Any]:
    """DATABASE_URL as Django wants it: PostgreSQL, or SQLite (by default under var/)."""
    config = read_database_url("DATABASE_URL")
    if config is None:
        VAR_DIR.mkdir(exist_ok=True)
        config = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(VAR_DIR / "on_record.sqlite3"),
        }
    if config["ENGINE"] == "django.db.backends.sqlite3":
        # Opening a file runs its PRAGMAs again, so a connection is kept for good.
        options = SQLITE_OPTIONS | config.get("OPTIONS", {})
        return config | {"OPTIONS": options, "CONN_MAX_AGE": None}
    return pooled(config)


def replica() -> dict[str, Any] | None:
    """DATABASE_REPLICA_URL, a standby that public reads go to; None where there is none."""
    config = read_database_url("DATABASE_REPLICA_URL")
    if config is None:
        return None
    if DATABASES["default"]["ENGINE"] != config["ENGINE"]:
        raise ImproperlyConfigured(
            "DATABASE_REPLICA_URL must not be set here: DATABASE_URL is SQLite, without replicas."
        )
    host = f"{config['HOST']}{config.get('OPTIONS', {}).get('host', '')}"
    if "," in host:
        raise ImproperlyConfigured(
            "DATABASE_REPLICA_URL must name one server: of two that lag behind differently a page "
            "could be older than the log's head that it is kept under."
        )
    return pooled(config) | {"TEST": {"MIRROR": "default"}}


def pooled(config: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL through a pool, which rides out a restart of the server without an error."""
    limits = COMMAND_LIMITS if runs_a_command() else WEB_LIMITS
    pool = {
        "min_size": 1,
        "max_size": pool_size(),
        # Seconds for a connection. Whoever waits for a database that is away keeps a thread from
        # those who could be answered without one.
        "timeout": 10 if runs_a_command() else 2,
        # Attempts are spaced twice as far each time, up to minutes: begin anew instead, so that a
        # server that is back is found within seconds.
        "reconnect_timeout": 5,
    }
    options = {"options": " ".join(f"-c {name}={value}" for name, value in limits.items())}
    return config | {
        "OPTIONS": {"pool": pool} | LINE | options | config.get("OPTIONS", {}),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }


def pool_size() -> int:
    """DATABASE_POOL: how many connections one process may hold to each database."""
    given = env.str("DATABASE_POOL", default="8")
    if not re.fullmatch(r"[1-9][0-9]{0,2}|1000", given):
        raise ImproperlyConfigured(
            "DATABASE_POOL must be a number from 1 to 1000, of connections that one process may "
            f"hold to each database; {given!r} is not one."
        )
    return int(given)


def runs_a_command() -> bool:
    """Whether this process is one of manage.py's commands, other than those that serve."""
    return Path(sys.argv[0]).name == "manage.py" and sys.argv[1:2] not in (["runserver"], ["demo"])


DATABASES: dict[str, dict[str, Any]] = {"default": database()}
if (_replica := replica()) is not None:
    DATABASES["replica"] = _replica
    DATABASE_ROUTERS = ["tracker.reading.replica.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# --- Checkpoints of the log ----------------------------------------------------------------------


def checkpoint_dir() -> Path:
    """Where signed checkpoints are kept: in var/, or beside the SQLite file that they belong to.

    They prove most on another disk, or another machine, than the database.
    """
    if chosen := env.str("CHECKPOINT_DIR", default=""):
        return Path(BASE_DIR, chosen)
    if env.str("DATABASE_URL", default="").startswith("sqlite:///"):
        return Path(f"{DATABASES['default']['NAME']}.checkpoints")
    return VAR_DIR / "checkpoints"


def checkpoint_key() -> bytes | None:
    """CHECKPOINT_KEY, the 32 bytes of an Ed25519 key; None to derive them from SECRET_KEY."""
    if not (text := env.str("CHECKPOINT_KEY", default="")):
        return None
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:  # not repeated in the message: it is a secret
        raise ImproperlyConfigured(
            "CHECKPOINT_KEY must be the base64 of 32 random bytes (`openssl rand -base64 32` makes "
            "one) that stay secret and stay the same."
        )
    return key


CHECKPOINT_DIR: Path = checkpoint_dir()
CHECKPOINT_KEY: bytes | None = checkpoint_key()


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


def shared_cache() -> dict[str, Any]:
    """CACHE_URL as Django wants it: a Redis or Valkey that all processes keep pages in."""
    url = os.environ.get("CACHE_URL", "")
    try:
        parts = urlsplit(url)
        named = parts.path if parts.scheme == "unix" else parts.hostname and (parts.port or 6379)
        database = parts.scheme == "unix" or re.fullmatch(r"/?|/[0-9]{1,4}", parts.path)
    except ValueError:
        parts, named, database = urlsplit(""), None, None
    if parts.scheme not in ("redis", "rediss", "unix") or not named or not database:
        raise ImproperlyConfigured(  # not repeated in the message: it may hold a password
            "CACHE_URL must be the address of a Redis or Valkey, like redis://localhost:6379/0, "
            "rediss://:password@host/0 (TLS) or unix:///run/redis/redis.sock."
        )
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url,
        "OPTIONS": {
            "serializer": "tracker.answers.kept.AsText",
            # seconds: a page is made in less than one waits for a server that is away
            "socket_connect_timeout": 0.2,
            "socket_timeout": 0.2,
        },
        "KEY_PREFIX": "on-record",
    }


CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
if os.environ.get("CACHE_URL"):
    CACHES["pages"] = shared_cache()
# Bytes of memory in which each process keeps pages; the log's head is looked at so often.
PAGE_CACHE_BYTES: int = env.int("PAGE_CACHE_BYTES", default=8_000_000)
if PAGE_CACHE_BYTES < 0:
    raise ImproperlyConfigured("PAGE_CACHE_BYTES must be a number of bytes, 0 for none.")
HEAD_SECONDS = 0.1


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

# By scheme: how the connection is secured, and the port where none is given.
MAIL_SCHEMES: dict[str, tuple[dict[str, Any], int]] = {
    "smtp": ({}, 25),
    "smtp+tls": ({"EMAIL_USE_TLS": True}, 587),  # STARTTLS
    "smtps": ({"EMAIL_USE_SSL": True}, 465),
}


def email() -> dict[str, Any]:
    """EMAIL_URL as Django wants it; without one, mails are files in OUTBOX.

    Never the worker's output: letters carry links that nobody else may open.
    """
    url = os.environ.get("EMAIL_URL", "")
    if not url:
        return {"EMAIL_BACKEND": "tracker.letters.outbox.Outbox"}
    try:
        parts = urlsplit(url)
        port, path = parts.port, parts.path + parts.query + parts.fragment
    except ValueError:
        parts, port, path = urlsplit(""), None, ""
    if parts.scheme not in MAIL_SCHEMES or not parts.hostname or path not in ("", "/"):
        raise ImproperlyConfigured(  # not repeated in the message: it may hold a password
            "EMAIL_URL must be the address of an SMTP server, like smtp://localhost, "
            "smtp+tls://user:password@host (STARTTLS, port 587) or smtps://user:password@host "
            "(port 465); in user and password, what is not a letter or a digit is %-encoded."
        )
    secured, usual_port = MAIL_SCHEMES[parts.scheme]
    return secured | {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or usual_port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
    }


def sender() -> str:
    """DEFAULT_FROM_EMAIL: an address, or a name and an address in angle brackets."""
    host = urlsplit(SITE_URL).hostname or ""
    named = host if re.search(r"\.[a-z][a-z0-9-]*$", host) else "localhost"  # no bare IP address
    given = env.str("DEFAULT_FROM_EMAIL", default="") or f"record@{named}"
    _, address = parseaddr(given)
    try:
        EmailValidator(allowlist=["localhost"])(address)
        if not given.isprintable():
            raise ValidationError("A line break or the like.")
    except ValidationError:
        raise ImproperlyConfigured(
            "DEFAULT_FROM_EMAIL must be an address of e-mail, like record@record.example or "
            f"On Record <record@record.example>; {given!r} is not one."
        ) from None
    return given


vars().update(email())
OUTBOX = VAR_DIR / "outbox"
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL: str = sender()


def security_contact() -> str:
    """SECURITY_CONTACT, where weaknesses are told of: by default whoever mails come from."""
    given: str = env.str("SECURITY_CONTACT", default="") or parseaddr(DEFAULT_FROM_EMAIL)[1]
    contact = f"mailto:{given}" if ":" not in given and "@" in given else given
    if not re.fullmatch(r"(?:mailto:[^\s@]+@|https://|tel:\+)[^\s@<>\"]+", contact, re.ASCII):
        raise ImproperlyConfigured(
            "SECURITY_CONTACT must be an address of e-mail, an https:// address or tel:+ and a "
            f"number; {given!r} is not one."
        )
    return contact


SECURITY_CONTACT: str = security_contact()


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
        "tracker.outage": {"filters": ["seldom"]},
    },
}
