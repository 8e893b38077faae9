"""What a reader and a worker do, in a line each."""

import re
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.test import Client

from tests.mailserver import Postbox, part
from tracker.changes.kinds import Kind
from tracker.changes.log import Entry, append
from tracker.letters.sending import send_letters
from tracker.subscriptions import letterbox
from tracker.subscriptions.mailing import send_mails
from tracker.subscriptions.models import Reader, Subscription
from tracker.subscriptions.opting import add
from tracker.subscriptions.routing import route
from tracker.subscriptions.scopes import Scope

ADA = "ada@example.org"


def ask(client: Client, query: str = "", **fields: str) -> Any:
    """Send the form of /subscribe/ as a browser does, with what it carries hidden."""
    page = client.get(f"/subscribe/{query}").content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    typed = {"email": ADA, "cadence": "each", "significance": "editorial"}
    return client.post("/subscribe/", hidden | typed | fields)


def link_in(mail: Any, purpose: str) -> str:
    """The path of a link in a mail, the same in its text and in its HTML."""
    found = set(re.findall(rf"/subscribe/{purpose}/[\w-]+/", part(mail, "plain")))
    assert found == set(re.findall(rf"/subscribe/{purpose}/[\w-]+/", part(mail, "html")))
    (path,) = found
    return str(path)


def follows(email: str = ADA, cadence: str = "each", floor: str = "editorial", **scope: str) -> Any:
    """A confirmed subscription."""
    reader, _ = Reader.objects.get_or_create(email=email)
    add(reader, Scope(**scope), cadence, floor)
    return Subscription.objects.get(reader=reader, **{"lab": "", "commitment": ""} | scope)


def work() -> None:
    """One worker does all that is due."""
    for _ in range(20):
        if not (send_letters(letterbox.WORDINGS) + route() + send_mails()):
            return
    raise AssertionError("there is always something due")


def confirmed(client: Client, post: Postbox, query: str = "", **fields: str) -> Any:
    """Ask and confirm by the pages alone; the page that says so."""
    ask(client, query, **fields)
    work()
    link = link_in(post.taken[-1], "confirm")
    page = client.get(link).content.decode()
    ids = re.findall(r'name="follow" value="([^"]+)"', page)
    return client.post(link, {"follow": ids, "shown": ids})


def publish(count: int, **fields: Any) -> None:
    """So many entries about nothing in particular."""
    entry: dict[str, Any] = {
        "kind": Kind.LAB_PUBLISHED,
        "subject_type": "lab",
        "actor": "Eve Editor",
    }
    entry |= {"after": {"name": "Example Lab"}} | fields
    with transaction.atomic():
        append(Entry(**{"subject_slug": f"example-{number}"} | entry) for number in range(count))


def subject(mail: Any) -> str:
    return str(mail["Subject"]).strip()


def sooner(**span: int) -> None:
    """Let everything that waits be due so much earlier."""
    waiting = Subscription.objects.filter(due_at__isnull=False)
    waiting.update(due_at=F("due_at") - timedelta(**span))
