"""Ask the package index's advisories about every library of the lock: a part of `make check`.

    python -m tests.audit [requirements.lock]

Exit 1 where one has a known weakness, and where something went wrong. Where the advisories cannot
be reached, a line says what was left out, and that is well, so that work goes on offline;
REQUIRE_AUDIT=1, for a release, makes it a failure.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT = 300  # seconds, for some hundred questions
#: Weaknesses that do not reach us: (library, advisory) and why not.
ACCEPTED: dict[tuple[str, str], str] = {}


def asked(lock: Path) -> tuple[list[dict[str, Any]] | None, str]:
    """What pip-audit answers of each library, or None and why there is no answer."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--format", "json"]
    # the lock is read as it is, hashes and all: nothing is installed, nothing resolved
    options = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--timeout", "20"]
    try:
        done = subprocess.run(
            [*command, *options], capture_output=True, text=True, check=False, timeout=TIMEOUT
        )
    except subprocess.TimeoutExpired:
        return None, f"no answer within {TIMEOUT} s"
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        lines = done.stderr.strip().splitlines() or ["nothing was said"]
        return None, lines[-1][:300]
    return answer["dependencies"], ""


def judged(answer: list[dict[str, Any]] | None, why: str, *, strict: bool) -> tuple[list[str], int]:
    """What to say, and the exit code."""
    if answer is None:
        said = f"LEFT OUT: the advisories could not be asked ({why})."
        return [said], int(strict)
    silent = [each["name"] for each in answer if "skip_reason" in each]
    weak = [
        f"{each['name']} {each['version']}: {flaw['id']}, mended in "
        f"{', '.join(flaw['fix_versions']) or 'no release yet'}"
        for each in answer
        for flaw in each.get("vulns", [])
        if (each["name"], flaw["id"]) not in ACCEPTED
    ]
    heard = len(answer) - len(silent)
    if weak:
        return [*weak, f"{len(weak)} known weaknesses in {heard} libraries."], 1
    if not answer or silent:
        of_what = f"{len(silent)} of {len(answer)} libraries" if answer else "any library"
        return [
            f"LEFT OUT: the package index gives no advisories of {of_what}, so they were not "
            "audited. REQUIRE_AUDIT=1 makes this a failure."
        ], int(strict or not answer)
    return [f"{heard} libraries, no known weakness."], 0


def main() -> int:
    """Say it and exit."""
    lock = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "requirements.lock"
    lines, code = judged(*asked(lock), strict=os.environ.get("REQUIRE_AUDIT") == "1")
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
