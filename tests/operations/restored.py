"""What becomes of a backup elsewhere, in a process of its own: `python -m` this.

An order is a line of JSON on standard input, its answer one on standard output: `restore` (a
backup's folder), `ask` (addresses), `login` (name and password), `epoch` (a reason), `publish`
(slugs of labs; "import" tries by a file), `checkpoint`.
"""

import base64
import io
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django
from django.core.management import CommandError, call_command


def told(*command: str) -> dict[str, Any]:
    """What a command of manage.py says; `wrong` is what it complains of."""
    said = io.StringIO()
    try:
        call_command(*command, stdout=said)
    except CommandError as error:
        return {"said": said.getvalue(), "wrong": str(error)}
    return {"said": said.getvalue(), "wrong": ""}


def answers(addresses: list[str]) -> dict[str, Any]:
    """Status, validator and bytes of each, as a stranger gets them."""
    from django.test import Client

    client, found = Client(SERVER_NAME="127.0.0.1"), {}
    for address in addresses:
        answer = client.get(address)
        body = b"".join(answer) if answer.streaming else answer.content
        found[address] = [
            answer.status_code,
            answer.headers.get("ETag", ""),
            base64.b64encode(body).decode(),
        ]
    return found


def published(slug: str) -> str:
    """Publish a lab as the desk does; what is said against it."""
    from tests.builders import make_lab
    from tracker.records.plain import Refused

    try:
        make_lab(slug=slug, name=f"Example Lab {slug}")
    except Refused as refused:
        return str(refused)
    return ""


def imported() -> str:
    """Import a record file with one lab more; what is said against it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "record.json"
        call_command("export_record", str(file), stdout=io.StringIO())
        record = json.loads(file.read_text())
        record["labs"].append(
            {"slug": "an-imported-lab", "name": "Example Lab Imported", "kind": "ai_lab"}
        )
        file.write_text(json.dumps(record))
        return str(told("import_record", str(file))["wrong"])


def logged_in(name: str, password: str) -> list[Any]:
    """Where the desk leads a curator, and what it then answers."""
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    form = {"username": name, "password": password, "next": "/admin/"}
    answer = client.post("/admin/login/", form)
    return [answer.status_code, client.get("/admin/").status_code]


def obey(order: dict[str, Any]) -> dict[str, Any]:
    """Everything that is ordered, as listed above."""
    done: dict[str, Any] = {}
    if "restore" in order:
        done["restore"] = told("restore", order["restore"])
    if "ask" in order:
        done["ask"] = answers(order["ask"])
    if "login" in order:
        done["login"] = logged_in(*order["login"])
    if "epoch" in order:
        done["epoch"] = told("epoch", "--reason", order["epoch"])
    if "publish" in order:
        done["publish"] = {
            slug: imported() if slug == "import" else published(slug) for slug in order["publish"]
        }
    if "checkpoint" in order:
        done["checkpoint"] = told("checkpoint")
    done["ready"] = answers(["/readyz"])["/readyz"]
    return done


if __name__ == "__main__":
    django.setup()
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line))), flush=True)
