"""What can be tried on records and accounts, by every route, and which roles may.

A transition tries it as a browser or a forger would, and says whether it came to pass. What is
posted is the form as a superuser sees it, so that no role is refused merely for want of a field.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import resolve

from tests.admin.forms import as_shown, signed_in
from tests.builders import make_user

NOBODY: frozenset[str] = frozenset()
ROOT = frozenset({"superuser"})
ACCOUNTS = ROOT | {"Stewards"}
PUBLISHERS = ACCOUNTS | {"Reviewers"}
WRITERS = PUBLISHERS | {"Curators"}
EVERYBODY = WRITERS | {"none"}

Transition = Callable[[Client, User], bool]
TRANSITIONS: dict[str, tuple[frozenset[str], Transition]] = {}

#: The routes whose pages, once opened, turned out to have no fields that a browser would post.
_without_fields: set[str] = set()


def only(roles: frozenset[str]) -> Callable[[Transition], Transition]:
    """Note a transition and the roles that it is open to."""

    def note(transition: Transition) -> Transition:
        assert transition.__name__ not in TRANSITIONS
        TRANSITIONS[transition.__name__] = (roles, transition)
        return transition

    return note


def post(client: Client, url: str, **typed: Any) -> Any:
    """Post the form at `url` as a superuser sees it, with what is typed; never a server's error."""
    route = resolve(url).view_name
    shown: dict[str, Any] = {}
    if route not in _without_fields:
        page = signed_in(make_user(superuser=True)).get(url)
        if page.context and "adminform" in page.context:
            shown = as_shown(page)
        elif page.status_code == 200:
            _without_fields.add(route)
    typed = {name.replace("__", "-"): value for name, value in typed.items()}
    response = client.post(url, shown | typed)
    assert response.status_code < 500
    return response
