"""Whatever curators do with drafts, readers are answered the same, byte for byte.

SOAK=1 does 300 operations, and asks every address after every few of them.
"""

import os
from datetime import timedelta
from random import Random

import pytest
from django.test import Client

from tests.admin.draft_operations import Desk
from tests.admin.forms import signed_in
from tests.admin.public_addresses import answer, examples, routes, standing
from tests.builders import make_lab, make_user
from tracker.changes.models import Change, ChangeTopic, LogHead
from tracker.curation.roles import NOUNS
from tracker.reading import validating
from tracker.records.models import State

SOAK = os.environ.get("SOAK") == "1"
OPERATIONS = 300 if SOAK else 60
AT_ONCE = 20  # operations between two looks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]

Answers = dict[str, tuple[int, dict[str, str], bytes]]


def addresses() -> tuple[list[str], list[str]]:
    """The plain lists, which are looked at often, and the rest: lists queried, pages of records."""
    lists = [url for route in routes() for url in standing(route)]
    pages = [url for route in routes() if "<" in route for url in examples(route)]
    always = [url for url in lists if "?" not in url]
    rest = [url for url in lists if "?" in url] + pages
    Random(3).shuffle(rest)
    return always, rest


def compare(before: Answers, client: Client, urls: list[str]) -> None:
    """Fail with the first address that answers otherwise, and the first line that differs."""
    for url in urls:
        now, then = answer(client, url), before[url]
        if now != then:
            lines = zip(then[2].splitlines(), now[2].splitlines(), strict=False)
            differing = next((pair for pair in lines if pair[0] != pair[1]), "in length")
            pytest.fail(f"{url}: {then[:2]} became {now[:2]}; {differing}")


def the_log() -> list[object]:
    return [LogHead.objects.values().get(), Change.objects.count(), ChangeTopic.objects.count()]


def test_operations_on_drafts_change_not_a_byte_that_readers_see(monkeypatch):
    # until the seeds' last entry has settled, Last-Modified comes with the clock
    monkeypatch.setattr(validating, "SETTLED", timedelta(0))
    stranger, curator = Client(), signed_in(make_user("Reviewers"))
    always, rest = addresses()
    before = {url: answer(stranger, url) for url in (*always, *rest)}
    codes = {status for status, _, _ in before.values()}
    assert codes == {200, 400, 404}, codes  # pages, refused questions, and what does not exist
    log = the_log()

    desk, looks = Desk(seed=20261122), OPERATIONS // AT_ONCE
    for look in range(looks):
        for _ in range(AT_ONCE):
            desk.act()
        # as a curator, who must not see more: the lists twice, of the rest a third, in turns
        lists = always if SOAK or look % (looks // 2) == 0 else []
        compare(before, curator, lists + (rest if SOAK else rest[look :: 3 * looks]))
        assert the_log() == log
    compare(before, stranger, always + rest)

    assert desk.done.total() == OPERATIONS and min(desk.done.values()) >= 1, desk.done
    assert set(desk.numbers) == {*NOUNS}
    for model in NOUNS:  # a draft and nothing are the same to whoever guesses its address
        draft = model._default_manager.filter(state=State.DRAFT).first()
        assert draft is not None, model
        url = draft.get_absolute_url()
        if url.startswith(f"/{model._meta.verbose_name_plural}/") and "#" not in url:
            found = answer(stranger, url)
            assert found[0] == 404, url
            # another address of the same words, for which the page suggests the same
            assert found == answer(curator, url.replace(draft.slug, f"{draft.slug}-")), url


def test_the_comparison_sees_what_is_published():
    stranger = Client()
    always, _ = addresses()
    before = {url: answer(stranger, url) for url in always}
    make_lab(slug="draft-lab-1")
    with pytest.raises(pytest.fail.Exception, match="became"):
        compare(before, stranger, always)
