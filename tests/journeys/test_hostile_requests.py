"""Requests that nobody should send: each is answered or refused, none breaks anything.

SOAK=1 sends 100,000 of them to strangers' addresses and to the desk.
"""

import logging
import os
import re
import time
from collections import Counter
from itertools import islice
from random import Random

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from tests.admin.public_addresses import routes
from tests.builders import make_user
from tests.journeys.hostile import SEGMENT, ask, describe, requests
from tracker.curation.roles import NOUNS
from tracker.records.models import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]

SOAK = os.environ.get("SOAK") == "1"
REQUESTS = 100_000 if SOAK else 400
SIGNALS = request_started, request_finished
SLOW = 2.0  # seconds; told, not asserted
SEED = int(os.environ.get("HOSTILE_SEED", "7"))
TAKES = re.compile(r"It takes:? ([\w, ]+)")

#: The desk's own, asked by a curator.
DESK = [
    *(f"admin/tracker/{model._meta.model_name}/" for model in NOUNS),
    *(f"admin/tracker/{model._meta.model_name}/<slug:id>/change/" for model in NOUNS),
    *("admin/", "admin/login/", "admin/autocomplete/", "admin/tracker/change/", "admin/jsi18n/"),
    *("admin/second-step/", "admin/password/<uidb64>/<token>/", "admin/<path:anything>"),
    *("admin/tracker/source/<slug:id>/history/", "admin/tracker/commitment/<slug:id>/publish/"),
]


def taken(addresses: list[str]) -> dict[str, list[str]]:
    """The parameters of each address, as its own refusal names them."""
    client, found = Client(), {}
    for route in addresses:
        if not SEGMENT.search(route):
            answer = client.get(f"/{route}?nothing-of-this-name=1")
            if not answer.streaming and (named := TAKES.search(answer.content.decode())):
                found[route] = re.findall(r"\w+", named[1])
    return found


def test_nothing_that_is_sent_breaks_the_site():
    logging.disable(logging.WARNING)  # a line for each refusal
    try:
        told, broken = campaign()
    finally:
        for signal in SIGNALS:
            signal.connect(close_old_connections)
        logging.disable(logging.NOTSET)
    print(told)
    assert broken == []


def campaign() -> tuple[str, list[str]]:
    public = [re.sub(r"^api/\^.*", "api/<rest>", route) for route in routes()]
    parameters = taken(public)
    assert len(parameters) > 10 and "q" in parameters["commitments/"]
    known = [
        slug
        for model in NOUNS
        for slug in model._default_manager.filter(state=State.PUBLISHED)
        .order_by("slug")
        .values_list("slug", flat=True)[:5]
    ] + ["1", "2"]
    curator = Client()
    curator.force_login(make_user("Reviewers"))
    cookie = f"sessionid={curator.cookies[settings.SESSION_COOKIE_NAME].value}"
    rng, app = Random(SEED), WSGIHandler()
    for signal in SIGNALS:
        signal.disconnect(close_old_connections)  # which would end the test's transaction
    statuses: Counter[int] = Counter()
    slow, broken, longest = [], [], 0.0
    strange = requests(rng, [*public * 3, *DESK], parameters, known)
    for environ in islice(strange, REQUESTS):
        if environ["RAW_URI"].startswith("/admin"):
            environ.setdefault("HTTP_COOKIE", cookie)
        began = time.perf_counter()
        status, headers, _ = ask(app, environ)
        took = time.perf_counter() - began
        statuses[status] += 1
        longest = max(longest, took)
        if took > SLOW:
            slow.append(f"{took:.1f} s: {describe(environ)}")
        # oEmbed has 501 for a format that is not given (its specification, 2.3.4)
        refused = status == 501 and environ["PATH_INFO"] == "/oembed"
        if status >= 500 and not refused:
            broken.append(f"{status}: {describe(environ)}")
        elif "Content-Security-Policy" not in headers:
            broken.append(f"bare: {describe(environ)}")
    told = f"{REQUESTS} hostile requests: {dict(sorted(statuses.items()))}; "
    told += f"the longest took {longest:.2f} s, {len(slow)} more than {SLOW:.0f} s"
    return "\n".join([told, *slow]), broken[:20]
