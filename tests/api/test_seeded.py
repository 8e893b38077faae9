"""Every seeded record: the contract's keys, the schema beside the shape, the one representation."""

from typing import Any

import pytest

from tests.api.asking import CONTRACT, get, problems, slugs, walk
from tracker.api.nouns import NOUNS
from tracker.reading.represent import represent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]


@pytest.mark.parametrize("noun", NOUNS)
def test_every_seeded_record_is_there_as_its_schema_says(noun):
    items = walk(f"{noun}/?limit=200")
    assert items
    model: Any = NOUNS[noun].model
    held = model.objects.all() if noun == "changes" else model.objects.filter(state="published")
    assert len(items) == held.count() == len({*slugs(items)})
    assert [problem for item in items for problem in problems(noun, item)] == []
    assert CONTRACT.get(noun, set()) <= items[0].keys()


@pytest.mark.parametrize("noun", NOUNS)
def test_one_item_is_what_its_list_has(noun):
    item = get(f"{noun}/?limit=1")["results"][0]
    name = item.get("slug") or item["sequence"]
    assert get(f"{noun}/{name}/") == item


#: What a client is given in the place of a name: the clause, the words, the criteria that count.
IN_PLACE = {"clause", "words", "criteria"}


@pytest.mark.parametrize("noun", [noun for noun in NOUNS if noun != "changes"])
def test_it_is_the_one_representation_and_what_is_computed(noun):
    model: Any = NOUNS[noun].model
    record = model.objects.filter(state="published").first()
    item, one = get(f"{noun}/{record.slug}/"), represent(record)
    assert one.keys() <= item.keys()
    differing = {name for name, value in one.items() if item[name] != value}
    assert differing <= (IN_PLACE if noun == "commitments" else set())
