"""Many hands at once, through the real forms: nothing typed is lost, nothing is published twice.

A short round here; SOAK=1 makes it the long one (`make soak`), which is meant for PostgreSQL.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests import threads
from tests.admin.forms import address, signed_in
from tests.builders import make_lab, make_user
from tracker.changes.models import Change
from tracker.labs.models import Lab

SOAK = os.environ.get("SOAK") == "1"
THREADS, EDITS, RECORDS = (50, 40, 20) if SOAK else (6, 5, 3)
ROUNDS, PUBLISHERS = (200, 20) if SOAK else (3, 6)

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count: int, work: Callable[[int], None]) -> None:
    """Run `work` with the numbers from 0 in as many threads; the first error is raised here."""
    for error in threads.at_once(*(partial(work, number) for number in range(count))):
        raise error


def as_printed(page: bytes) -> dict[str, str]:
    """What a browser would post. From the page: the test client mixes the threads' contexts."""
    form: Any = BeautifulSoup(page, "html.parser").find("form", id="lab_form")
    data = {each["name"]: each.get("value", "") for each in form.select("input[type=hidden]")}
    data |= {each["name"]: each.get("value", "") for each in form.select("input[type=text][name]")}
    data |= {each["name"]: each.get("value", "") for each in form.select("input[type=url][name]")}
    data |= {each["name"]: each.text.removeprefix("\n") for each in form.select("textarea[name]")}
    for select in form.select("select[name]"):
        chosen = select.select_one("option[selected]")
        data[select["name"]] = chosen["value"] if chosen else ""
    return data


def test_every_edit_is_saved_or_refused_as_stale_and_none_is_lost():
    """Each editor adds its mark to what it saw: a lost update would be a mark that is missing."""
    labs = [make_lab(draft=True, summary="start") for _ in range(RECORDS)]
    users = [make_user("Curators") for _ in range(THREADS)]
    saved: list[tuple[int, str]] = []
    refused: list[str] = []

    def edit(number: int) -> None:
        client = signed_in(users[number])
        for turn in range(EDITS):
            lab = labs[(number * 7 + turn) % RECORDS]
            data = as_printed(client.get(address(lab)).content)
            mark = f"<{number}.{turn}>"
            response = client.post(address(lab), data | {"summary": f"{data['summary']}{mark}"})
            if response.status_code == 302:
                saved.append((lab.pk, mark))
            else:
                assert response.status_code == 200
                page = response.content.decode()
                assert "since you opened this" in page or "omebody else" in page
                assert f"&lt;{number}.{turn}&gt;" in page  # what was typed is still there
                refused.append(mark)

    at_once(THREADS, edit)
    texts = dict(Lab.objects.values_list("pk", "summary"))
    versions = dict(Lab.objects.values_list("pk", "version"))
    lost = [mark for pk, mark in saved if mark not in texts[pk]]
    print(f"{THREADS * EDITS} edits: {len(saved)} saved, {len(refused)} stale, {len(lost)} lost")
    assert lost == []
    assert len(saved) + len(refused) == THREADS * EDITS
    assert not [mark for mark in refused if any(mark in text for text in texts.values())]
    assert sum(versions.values()) == sum(lab.version for lab in labs) + len(saved)


def test_of_many_who_publish_at_once_one_does():
    clients = [signed_in(make_user("Reviewers")) for _ in range(PUBLISHERS)]
    counts = []
    for _ in range(ROUNDS):
        lab = make_lab(draft=True)
        won: list[int] = []

        def publish(number: int, lab: Lab = lab, won: list[int] = won) -> None:
            typed = {"seen_version": lab.version}
            response = clients[number].post(address(lab, "publish"), typed)
            assert response.status_code in (200, 302)
            if response.status_code == 302:
                won.append(number)

        at_once(PUBLISHERS, publish)
        logged = Change.objects.filter(subject_slug=lab.slug).count()
        counts.append((len(won), logged))
    print(f"{ROUNDS} rounds of {PUBLISHERS}: {counts.count((1, 1))} with one winner and one Change")
    assert set(counts) == {(1, 1)}
