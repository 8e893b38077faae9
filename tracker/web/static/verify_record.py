"""Check the public log of On Record, with Python 3.9 or newer and nothing else; no network.

    python3 verify_record.py log.jsonl [checkpoint ...]     (- for a log on standard input)

log.jsonl is the whole of /changes/log.jsonl, a checkpoint a note kept from /changes/checkpoint.
Exit 0: the log is whole, agrees with itself, and continues every checkpoint given.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator

COLUMNS = ("at", "kind", "significance", "subject", "labs", "commitments", "pledge", "category")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def once(pairs: list) -> dict:
    return {"": dict(pairs)}["a name twice in one object" if len(dict(pairs)) < len(pairs) else ""]


def problems(lines: Iterable[str], notes: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A sentence for everything wrong with the log, given (name, text) of the notes kept."""
    kept, read = [], json.JSONDecoder(object_pairs_hook=once).decode
    for name, (_, size, root, *_) in ((name, text.split("\n")) for name, text in notes):
        kept.append((name, int(size), base64.b64decode(root, validate=True).hex()))
    last, previous, at, empty, bodies = 0, "0" * 64, "", set(), set()
    for place, line in enumerate(lines, start=1):
        try:
            entry = read(line)
            number, header, body = entry["sequence"], read(entry["header"]), entry["body"]
            digests = entry["previous_hash"] + sha(entry["header"]) + entry["body_sha256"]
            if number != last + 1:
                yield f"entry {number} follows entry {last}"
            if entry["previous_hash"] != previous:
                yield f"entry {number}: its previous hash is not the hash of the one before it"
            if entry["hash"] != sha("on-record/change/v1\n" + digests):
                yield f"entry {number}: its hash is not that of its header, body and previous hash"
            for name in (n for n in ("sequence", *COLUMNS, "actor") if header[n] != entry[n]):
                yield f"entry {number}: its {name} is not what its header says"
            if entry["at"] <= at:
                yield f"entry {number}: its time is not after that of the one before it"
            if body is None:
                empty.add(number)
                if entry["reason"] is not None or header["kind"] == "redaction":
                    yield f"entry {number}: it is not redacted as an entry may be"
            else:
                bodies.add(number)
                said = read(body)
                if sha(body) != entry["body_sha256"]:
                    yield f"entry {number}: its body is not the one that was hashed"
                if said["reason"] != entry["reason"]:
                    yield f"entry {number}: its reason is not the one in its body"
                for named in said["after"]["redacted"] if header["kind"] == "redaction" else ():
                    empty.discard(named)
                    if named in bodies:
                        yield f"entry {named}: its body is there, though {number} redacts it"
            for name, end, root in kept:
                if end == number and root != entry["hash"]:
                    yield f"{name}: entry {number} has another hash than this checkpoint says"
            last, previous, at = number, entry["hash"], entry["at"]
        except (ValueError, KeyError, TypeError) as error:
            yield f"line {place} is no entry of the log ({type(error).__name__}: {error})"
    yield from (f"entry {n}: it is empty, and no later redaction names it" for n in sorted(empty))
    yield from (f"{name}: the log ends at {last}, before it" for name, n, _ in kept if n > last)
    print(f"read up to entry {last} ({previous}), {len(kept)} checkpoints", file=sys.stderr)


if __name__ == "__main__":
    try:
        kept_notes = [(path, open(path, encoding="utf-8").read()) for path in sys.argv[2:]]
        log = sys.stdin if sys.argv[1] == "-" else open(sys.argv[1], encoding="utf-8")
        sys.exit("\n".join(problems(log, kept_notes)) or None)
    except (OSError, ValueError, IndexError) as error:
        sys.exit(f"{__doc__}\nThat did not work: {error}")
