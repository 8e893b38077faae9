"""Signed notes: the text of a checkpoint, signed with Ed25519 and read back.

The format is C2SP's signed-note (https://c2sp.org/signed-note) around the lines of a
tlog-checkpoint (https://c2sp.org/tlog-checkpoint):

    record.example/changes
    1205
    q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=
    time 2026-11-22T02:00:00.000000Z

    — record.example/changes g/AXsrZ8Uaz0wS2awMPUsgpV…

Line by line: which log, the sequence of its last entry, the base64 of that entry's 32-byte hash, an
extension line with the time, and after a blank line the signature. The third line is the head of
a hash chain and NOT the root of a Merkle tree: no inclusion proof can be made from it, and whoever
holds it checks the whole log up to there.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

ED25519 = b"\x01"  # the signature's type in key IDs and verifier keys
DERIVED = b"on-record/checkpoint key/v1"
SIZE = 4096  # characters of a note; ours have some 250
TIME = "time "

_SIGNATURE = re.compile(r"— (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/]+={0,2})")
_SEQUENCE = re.compile(r"[1-9][0-9]{0,17}")


class BadNote(ValueError):
    """The text is no checkpoint, or its signature is not ours; the message says why."""


@dataclass(frozen=True)
class Note:
    """What a checkpoint says. `hash` is lowercase hexadecimal, `time` as the log writes it."""

    origin: str
    sequence: int
    hash: str
    time: str

    @property
    def text(self) -> str:
        """The lines that are signed, the last line feed included."""
        root = base64.b64encode(bytes.fromhex(self.hash)).decode()
        return f"{self.origin}\n{self.sequence}\n{root}\n{TIME}{self.time}\n"


def origin() -> str:
    """The log's name in notes, and the key's: the host of SITE_URL and the log's path."""
    return f"{urlsplit(settings.SITE_URL).netloc.rpartition('@')[2]}/changes"


def sign(note: Note) -> str:
    """The whole note, with our signature."""
    key = _private_key(settings.CHECKPOINT_KEY, settings.SECRET_KEY)
    signature = key.sign(note.text.encode())
    signed = base64.b64encode(_key_id(note.origin, _public(key)) + signature).decode()
    return f"{note.text}\n— {note.origin} {signed}\n"


def verifier_key() -> str:
    """Our public key as verifiers take it: name, key ID and key with its type."""
    public = _our_public()
    return verifier_key_of(origin(), public)


def verifier_key_of(name: str, public: bytes) -> str:
    """`<name>+<8 hexadecimal digits>+<base64>` of a 32-byte Ed25519 key."""
    key = base64.b64encode(ED25519 + public).decode()
    return f"{name}+{_key_id(name, public).hex()}+{key}"


def secret() -> str:
    """The base64 that CHECKPOINT_KEY takes, to keep this key while SECRET_KEY changes."""
    key = _private_key(settings.CHECKPOINT_KEY, settings.SECRET_KEY)
    return base64.b64encode(key.private_bytes_raw()).decode()


def read(text: str) -> Note:
    """What a note says, whoever signed it. Raises BadNote for what is no checkpoint of a log."""
    lines = text.partition("\n\n")[0].split("\n")
    if len(text) > SIZE or len(lines) < 3 or not lines[0]:
        raise BadNote("it is no checkpoint: that has a log's name, a number and a hash, one a line")
    if not _SEQUENCE.fullmatch(lines[1]):
        raise BadNote("its second line is no sequence")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except ValueError:
        root = b""
    if len(root) != 32 or base64.b64encode(root).decode() != lines[2]:
        raise BadNote("its third line is not the base64 of a hash of 32 bytes")
    times = [line.removeprefix(TIME) for line in lines[3:] if line.startswith(TIME)]
    return Note(lines[0], int(lines[1]), root.hex(), times[0] if times else "")


def read_ours(text: str) -> Note:
    """What a note says that we signed. Raises BadNote where no signature on it is ours.

    A site that has moved signed its older notes under its older name, with the same key.
    """
    note = read(text)
    if not is_ours(text):
        raise BadNote("it does not bear a valid signature by this site's key")
    return note


def is_ours(text: str) -> bool:
    """Whether our key signed it, under the log's name that stands in its first line."""
    return signed_by(text, text.partition("\n")[0], _our_public())


def signed_by(text: str, name: str, public: bytes) -> bool:
    """Whether one of the note's signatures is by this name and 32-byte key."""
    body, blank, signatures = text.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        return False
    signed = f"{body}\n".encode()
    for line in signatures.splitlines():
        found = _SIGNATURE.fullmatch(line)
        if found is None:
            return False
        if found["name"] == name and _verifies(found["signature"], signed, name, public):
            return True
    return False


def _verifies(signature: str, signed: bytes, name: str, public: bytes) -> bool:
    try:
        raw = base64.b64decode(signature, validate=True)
        if raw[:4] != _key_id(name, public):
            return False
        Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], signed)
    except (ValueError, InvalidSignature):
        return False
    return True


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def _our_public() -> bytes:
    return _public(_private_key(settings.CHECKPOINT_KEY, settings.SECRET_KEY))


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


@lru_cache(maxsize=4)
def _private_key(chosen: bytes | None, secret: str) -> Ed25519PrivateKey:
    """CHECKPOINT_KEY, or a key of its own derived from SECRET_KEY."""
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=DERIVED)
    return Ed25519PrivateKey.from_private_bytes(chosen or derived.derive(secret.encode()))
