"""`make bench`: everything that is measured, in one run and one table.

    python -m bench [--short] [PART …]

Parts run one after another, each in a process of its own, so that none measures what another has
left in memory. What they print is one table; the figures are saved under `var/bench/` with the
machine's size, and drawn there as a chart of cost against size.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from bench.figures import SHORT, Figure, Scale, save, table
from bench.running import ROOT

#: In the order of the table; each module has `measure(scale)`.
PARTS = (
    "serving",  # a warm page, a 304, beside a hello-world view; memory of a worker
    "lists",  # the first render of a list, beside Datasette
    "fronting",  # through the shipped nginx, beside the same bytes from a file
    "sizes",  # every page, feed and list at 100,000 commitments, beside 100
    "writing",  # publications, appends; nobody misses one
    "following",  # verify_log and log.jsonl at a million entries
    "mailing",  # e-mails a second
    "importing",  # an import beside bulk_create
)


def one(part: str, scale: Scale, into: Path) -> None:
    """Measure one part in this process; its figures go into the file, a line of JSON each."""
    with into.open("w") as file:
        for figure in import_module(f"bench.{part}").measure(scale):
            print(f"  {table([figure]).splitlines()[-1]}", flush=True)
            file.write(json.dumps(asdict(figure)) + "\n")
            file.flush()


def everything(parts: list[str], short: bool) -> int:
    """Measure all parts; 1 where one failed."""
    scale, figures, failed = SHORT if short else Scale(), list[Figure](), list[str]()
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        for part in parts:
            print(f"==> bench: {part}", flush=True)
            into = Path(folder) / part
            command = [sys.executable, "-m", "bench", "--into", str(into), part]
            command += ["--short"] if short else []
            if subprocess.run(command, cwd=ROOT, check=False).returncode:
                failed.append(part)
            if into.exists():
                lines = into.read_text().splitlines()
                figures += [Figure(**json.loads(line)) for line in lines]
    machine = f"{os.cpu_count()} cores, {_memory()} GiB, {platform.python_version()}"
    print(f"\n{began:%Y-%m-%d}, {machine}\n\n{table(figures)}", flush=True)
    name = f"{began:%Y-%m-%dT%H%M%SZ}{'-short' if short else ''}"
    target = ROOT / "var" / "bench" / f"{name}.json"
    save(target, figures, began=began.isoformat(), machine=machine, scale=asdict(scale))
    print(f"\nSaved as {target.relative_to(ROOT)}.")
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    parser.add_argument("--short", action="store_true", help="some minutes of it, in small")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.into:
        one(asked.parts[0], SHORT if asked.short else Scale(), asked.into)
    else:
        sys.exit(everything(asked.parts or list(PARTS), asked.short))
