"""Signatures of webhook messages as Standard Webhooks 1.0.0 has them.

What is signed is `id.timestamp.body`: with HMAC-SHA256 (`v1`, secret `whsec_…`) or Ed25519 (`v1a`,
private key `whsk_…`, public key `whpk_…`). While one secret replaces another both sign.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tracker.subscriptions.models import Signing

HMAC_PREFIX, PRIVATE_PREFIX, PUBLIC_PREFIX = "whsec_", "whsk_", "whpk_"


def new_secret(signing: str) -> str:
    """A secret of 32 random bytes, in the standard's serialisation."""
    prefix = PRIVATE_PREFIX if signing == Signing.ED25519 else HMAC_PREFIX
    return prefix + base64.b64encode(secrets.token_bytes(32)).decode()


def shown(secret: str) -> str:
    """What the owner needs to verify with: the shared secret, or the public key."""
    if secret.startswith(HMAC_PREFIX):
        return secret
    public = _private(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return PUBLIC_PREFIX + base64.b64encode(public).decode()


def signatures(values: Iterable[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: one signature a secret, by single spaces."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(_signature(value, signed) for value in values)


def _signature(secret: str, signed: bytes) -> str:
    if secret.startswith(HMAC_PREFIX):
        key = base64.b64decode(secret.removeprefix(HMAC_PREFIX))
        return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return "v1a," + base64.b64encode(_private(secret).sign(signed)).decode()


def _private(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(
        base64.b64decode(secret.removeprefix(PRIVATE_PREFIX))
    )
