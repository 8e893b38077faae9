"""Empty places beside the test's own database, and what is done there."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import connection

from tests.journeys.hands import ROOT, database_url, environment

_numbers = count(1)


@contextmanager
def empty_place(folder: Path) -> Iterator[str]:
    """The DATABASE_URL of an empty place of the engine that is tested; gone at the end."""
    number = next(_numbers)
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder}/restored-{number}.sqlite3"
        return
    name = f"{connection.settings_dict['NAME']}_restored_{number}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlsplit(database_url())._replace(path=f"/{name}").geturl()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def there(url: str) -> Iterator[Callable[..., dict[str, Any]]]:
    """Gives orders (`restored.py`) to a process whose site has its database at `url`."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.operations.restored"],
        cwd=ROOT, env=environment(DATABASE_URL=url), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout
        given, answers = process.stdin, process.stdout

        def order(**what: Any) -> dict[str, Any]:
            given.write(json.dumps(what) + "\n")
            given.flush()
            answer = answers.readline()
            assert answer, "it has ended, and has said why"
            done: dict[str, Any] = json.loads(answer)
            return done

        try:
            yield order
        finally:
            given.close()
            process.wait(timeout=20)
