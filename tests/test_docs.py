"""The documents are true: an undocumented command, setting, address or room fails here."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def test_every_command_is_in_the_readme():
    own = [name for name, app in get_commands().items() if app == "tracker"]
    assert own
    missing = [name for name in own if not re.search(rf"^\| `{name}\b", README, re.MULTILINE)]
    assert not missing


def test_every_setting_read_from_the_environment_is_in_the_readme():
    read = ("environment.py", "databases.py", "settings.py")
    text = "".join((ROOT / "tracker" / name).read_text() for name in read)
    names = set(re.findall(r"""env(?:iron)?(?:\.\w+)?\(\s*"([A-Z_]+)\"""", text))
    assert {"DATABASE_URL", "SECRET_KEY", "SITE_URL"} <= names
    missing = [name for name in names if f"`{name}`" not in README]
    assert not missing


def test_every_address_is_in_the_readme():
    rooms = {
        "": "tracker.operations.urls",
        "/": "tracker.web.urls",
        "/data/": "tracker.interchange.urls",
        "/api/v1/": "tracker.api.urls",
        "/feeds/": "tracker.feeds.urls",
        "/subscribe/": "tracker.subscriptions.urls",
    }
    addresses = [
        (below or "/") + re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", str(each.pattern))
        for below, room in rooms.items()
        for each in import_module(room).urlpatterns
        if each.name  # without a name it is another spelling of an address that has one
    ]
    assert len(addresses) > 20
    missing = [address for address in addresses if f"`{address}`" not in README]
    assert not missing


def test_every_room_is_in_contributing():
    rooms = [
        path.name
        for path in (ROOT / "tracker").iterdir()
        if path.is_dir() and (path / "__init__.py").exists()
    ]
    missing = [room for room in rooms if f"`{room}/`" not in CONTRIBUTING]
    assert not [room for room in missing if room != "migrations"]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SCORING.md", "seeds/README.md"])
def test_links_lead_somewhere(name):
    text = (ROOT / name).read_text()
    links = re.findall(r"\]\(([^)#\s]+)", text)
    local = [link for link in links if "://" not in link]
    assert not [link for link in local if not (ROOT / name).parent.joinpath(link).exists()]


def test_the_seeds_document_names_every_field():
    from tracker.curation.roles import NOUNS
    from tracker.records.plain import columns, lists, part_model, path_of

    text = (ROOT / "seeds" / "README.md").read_text()
    tables = {row[0]: row[1] for row in re.findall(r"^\| `\[+([\w.]+)\]+` \| (.*) \|$", text, re.M)}

    def documented(table: str, model: Any) -> list[str]:
        missing = []
        for column in [*columns(model), *lists(model)]:
            path = path_of(model, column.name)
            row = tables.get(".".join([table, *path[:-1]]), "")
            if not re.search(rf"\b{path[-1]}\b", row):
                missing.append(".".join([table, *path]))
        for part in model.parts:
            (name,) = path_of(model, part)
            missing += documented(f"{table}.{name}", part_model(model, part))
        return missing

    for model in NOUNS:
        assert documented(str(model._meta.verbose_name_plural), model) == []


def test_the_tokens_of_the_design_are_those_of_the_style_sheet():
    sheet = (ROOT / "tracker/web/static/site.css").read_text()
    light, dark = (
        dict(re.findall(r"(--[\w-]+): (#\w+|clamp\([^;]+|[\d.]+rem);", block))
        for block in re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)[:2]
    )
    told = re.findall(
        r"^\| `(--[\w-]+)` \| `([^`]+)` \| (?:`([^`]+)` \| )?",
        (ROOT / "docs/design.md").read_text(),
        re.MULTILINE,
    )
    assert {name: value for name, value, _ in told} == light
    assert {name: value for name, _, value in told if value} == dark


def test_every_size_of_type_is_one_of_the_scale():
    """But in a chart, whose letters must not grow into one another, and where the parent says."""
    sheet = (ROOT / "tracker/web/static/site.css").read_text()
    sizes = re.findall(r"[{ ]font(?:-size)?: (?:\d{3} )?([^;/}]+)", sheet)
    own = {size for size in sizes if not re.match(r"var\(--size-|inherit|[\d.]+em$|\d+p[xt]", size)}
    assert own == set()
