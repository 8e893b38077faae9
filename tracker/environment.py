"""What the environment says of a site, read and checked; `settings` puts it in its place.

What is missing and matters, or is malformed, stops the start with a sentence that names it, and
never repeats what may be a secret.
"""

import base64
import os
import re
import secrets
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


def default_site_url() -> str:
    """Where `make demo` serves; HOST and PORT mean nothing to a site that is not the demo."""
    if not ON_RECORD_DEMO:
        return "http://127.0.0.1:8000"
    host = env.str("HOST", default="127.0.0.1")
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{env.str('PORT', default='8000')}"


def checked_site_url(url: str) -> str:
    """The address without a slash at its end."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"SITE_URL must be the public address of the site, like https://record.example; "
            f"{url!r} is not one."
        )
    return url.rstrip("/")


def default_hosts(site_url: str) -> list[str]:
    """The names under which the site answers where ALLOWED_HOSTS says none."""
    host = urlsplit(site_url).hostname or ""
    if ON_RECORD_DEMO and host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return ["*"]  # asked to serve on every interface: its visitors' names for it are unknown
    host = f"[{host}]" if ":" in host else host
    return sorted({host, "localhost", "127.0.0.1", "[::1]"})


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


def checkpoint_dir(database: str) -> Path:
    """Where signed checkpoints are kept: in var/, or beside the SQLite file that they belong to.

    They prove most on another disk, or another machine, than the database.
    """
    if chosen := env.str("CHECKPOINT_DIR", default=""):
        return Path(BASE_DIR, chosen)
    if env.str("DATABASE_URL", default="").startswith("sqlite:///"):
        return Path(f"{database}.checkpoints")
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


def sender(site_url: str) -> str:
    """DEFAULT_FROM_EMAIL: an address, or a name and an address in angle brackets."""
    host = urlsplit(site_url).hostname or ""
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


def security_contact(sender: str) -> str:
    """SECURITY_CONTACT, where weaknesses are told of: by default whoever mails come from."""
    given: str = env.str("SECURITY_CONTACT", default="") or parseaddr(sender)[1]
    contact = f"mailto:{given}" if ":" not in given and "@" in given else given
    if not re.fullmatch(r"(?:mailto:[^\s@]+@|https://|tel:\+)[^\s@<>\"]+", contact, re.ASCII):
        raise ImproperlyConfigured(
            "SECURITY_CONTACT must be an address of e-mail, an https:// address or tel:+ and a "
            f"number; {given!r} is not one."
        )
    return contact
