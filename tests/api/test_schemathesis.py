"""A stranger who has read the description asks for all that it allows, and for what it does not.

Schemathesis makes the requests (its examples, and random ones) and holds each answer against the
description, with all of its checks. Nothing is by chance: the same requests each time. SOAK=1 asks
for every edge of every parameter too, some thousands of requests, and for many more random ones.

`cursor` is no parameter of the description: it is signed, so that no stranger can make one, and it
comes whole with `next`.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SOAK = os.environ.get("SOAK") == "1"
PHASES = "examples,coverage,fuzzing,stateful" if SOAK else "examples,fuzzing,stateful"
RANDOM = 100 if SOAK else 4  # random requests of each operation


def test_it_does_what_its_description_says(site: str, tmp_path: Path) -> None:
    # a process of its own, as a stranger's is: its warnings are not ours, and it drives us by HTTP
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{site}/api/v1/openapi.json"),
            *("--checks", "all", "--phases", PHASES, "--max-examples", str(RANDOM)),
            *("--generation-deterministic", "--no-color"),
        ],
        cwd=tmp_path,  # where no settings of anybody lie
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "No issues found" in run.stdout
    print(run.stdout.partition("SUMMARY")[2])
