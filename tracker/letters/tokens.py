"""Tokens: bound to one purpose and one thing, they expire and can be taken back.

A token is an HMAC under the site's secret of purpose, thing and a random serial number; its row
holds its SHA-256. So a copy of the database opens nothing, and the worker can put the same token
into every letter without storing it.
"""

import base64
import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tracker.letters.models import Token

_LENGTH = 43  # characters: 32 bytes in base64 without its padding


def token_for(purpose: str, about: str, days: int, *, fresh: bool = False) -> str:
    """A token that lasts `days`, or one given before that will last at least half of them.

    `fresh`: a new one in any case; those given before stay good for their own time.
    """
    kept = {} if fresh else _given(purpose, [about], days)
    return (kept or _give(purpose, [about], days))[about]


def tokens_for(purpose: str, abouts: Collection[str], days: int) -> dict[str, str]:
    """As `token_for`, for each of these, by what it is about; in two or three queries."""
    kept = _given(purpose, abouts, days)
    return kept | _give(purpose, [each for each in abouts if each not in kept], days)


def _given(purpose: str, abouts: Collection[str], days: int) -> dict[str, str]:
    """Those given before that last long enough; of several, the one that lasts longest."""
    until = timezone.now() + timedelta(days=days) / 2
    rows = Token.objects.filter(purpose=purpose, about__in=abouts, expires_at__gt=until)
    kept = {}
    for about, serial, known in rows.order_by("expires_at").values_list("about", "serial", "hash"):
        if _hash(text := _text(purpose, about, serial)) == known:  # or another secret's
            kept[about] = text
    return kept


def _give(purpose: str, abouts: Collection[str], days: int) -> dict[str, str]:
    given, rows = {}, []
    ends = timezone.now() + timedelta(days=days)
    for about in abouts:
        serial = secrets.token_hex(16)
        given[about] = text = _text(purpose, about, serial)
        rows.append(
            Token(hash=_hash(text), purpose=purpose, about=about, serial=serial, expires_at=ends)
        )
    Token.objects.bulk_create(rows)
    return given


def about_of(purpose: str, text: str) -> str | None:
    """What the token is about, or None: unknown, of another purpose, expired or taken back."""
    if len(text) != _LENGTH:
        return None
    live = Q(expires_at__gt=timezone.now())
    rows = Token.objects.filter(live, hash=_hash(text), purpose=purpose)
    return rows.values_list("about", flat=True).first()


def take_back(purpose: str, about: str) -> None:
    """None of the tokens given for this opens anything any more."""
    Token.objects.filter(purpose=purpose, about=about).delete()


def forget_expired() -> int:
    """Delete the rows of expired tokens; how many there were."""
    return Token.objects.filter(expires_at__lte=timezone.now()).delete()[0]


def _text(purpose: str, about: str, serial: str) -> str:
    mac = salted_hmac("on-record/token/v1", f"{purpose}\n{about}\n{serial}", algorithm="sha256")
    return base64.urlsafe_b64encode(mac.digest()).decode().rstrip("=")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
