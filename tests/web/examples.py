"""What pages and documents tell a reader to paste, found there and run as a reader would run it."""

import html
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.absent import left_out

TIMEOUT = 240  # seconds after which an example hangs, on a busy machine
#: Ends whoever waits for the third time: a loop that would go on for ever.
SLEEP = """#!{python}
import os, signal
open("slept", "a").write(".")
if len(open("slept").read()) == 3:
    os.kill(os.getppid(), signal.SIGTERM)
"""


def blocks(page: str) -> Mapping[str, str]:
    """The text of every <pre> of a page, by its id. Fails where one has none, or two the same."""
    found: dict[str, str] = {}
    for attributes, inside in re.findall(r"<pre\b([^>]*)>(.*?)</pre>", page, re.DOTALL):
        name = re.search(r'\bid="([^"]+)"', attributes)
        assert name, f"an example without an id: {inside[:80]}"
        assert name[1] not in found, name[1]
        found[name[1]] = html.unescape(re.sub(r"<[^>]+>", "", inside)).strip() + "\n"
    return found


def fenced(document: str) -> Sequence[tuple[str, str]]:
    """Language and text of every fenced block of a Markdown document."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", document, re.DOTALL | re.MULTILINE)


@dataclass
class Shell:
    """A folder in which examples are run, with programs of ours before the machine's.

    `python3` is this Python without any package, unless `packages` is asked for.
    """

    folder: Path
    programs: Path
    environment: dict[str, str] = field(default_factory=dict)

    def program(self, name: str, text: str) -> None:
        """Put a program of that name before the machine's."""
        file = self.programs / name
        file.write_text(text.format(python=sys.executable, environment=sys.prefix))
        file.chmod(stat.S_IRWXU)

    def start(self, code: str, *, packages: bool = False) -> subprocess.Popen[str]:
        """Begin what a shell is told, in a group of processes of its own."""
        return subprocess.Popen(
            ["bash", "-e", "-c", code],
            cwd=self.folder,
            env={
                "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(self.folder),
                "PYTHON_FLAGS": "-X utf8 -u" if packages else "-S -X utf8 -u",
                **self.environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, code: str, *, packages: bool = False) -> subprocess.CompletedProcess[str]:
        """What a shell is told, to its end."""
        process = self.start(code, packages=packages)
        try:
            said, complained = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            stop(process)
            raise
        return subprocess.CompletedProcess(code, process.returncode, said, complained)

    def right(self, code: str, *, packages: bool = False) -> str:
        """What it prints; fails unless it ends well and complains of nothing."""
        done = self.run(code, packages=packages)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout

    def python(self, code: str, *arguments: str) -> str:
        """How a shell runs that as a file with the standard library alone."""
        (self.folder / "example.py").write_text(code, encoding="utf-8")
        return " ".join(["python3", "example.py", *arguments])


def stop(process: subprocess.Popen[str]) -> None:
    """End an example and all that it started."""
    with suppress(ProcessLookupError):  # where nothing is left to end
        os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=TIMEOUT)


def shell_in(folder: Path) -> Shell:
    """One below an empty folder; skips where there is no curl."""
    if shutil.which("curl") is None:
        left_out("curl")
    shell = Shell(folder / "folder", folder / "programs")
    shell.folder.mkdir(parents=True)
    shell.programs.mkdir()
    shell.program("sleep", SLEEP)
    shell.program("python3", '#!/bin/sh\nexec {python} $PYTHON_FLAGS "$@"\n')
    for name in ("datasette", "frictionless"):
        shell.program(name, f'#!/bin/sh\nexec {{python}} -m {name} "$@" $FLAGS\n')
    return shell
