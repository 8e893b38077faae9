"""`manage.py demo`: from nothing to a running site, for `make demo`."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.curation.accounts import DEMO_ACCOUNTS, make_demo_accounts
from tracker.interchange.seeding import ACTOR

WORKERS = "2"  # however many cores there are: it is a demo
END_SECONDS = 8.0  # that the processes get to end by themselves
#: Becomes the command that follows, and asks Linux to end it when the demo is killed outright: no
#: server is left behind. In the new process, since code between fork and exec can hang.
_ENDING_WITH_ITS_PARENT = (
    sys.executable,
    "-c",
    "import ctypes, os, signal, sys\n"
    "if sys.platform == 'linux': ctypes.CDLL(None).prctl(1, signal.SIGTERM)\n"  # PR_SET_PDEATHSIG
    "os.execv(sys.argv[1], sys.argv[1:])",
)


def refuse_unusable(host: str, port: str) -> None:
    """Raise CommandError, before anything is made, where nobody could be served."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise CommandError(f"PORT must be a number from 1 to 65535, not {port!r}.")
    try:
        with socket.create_server((host, int(port)), family=_family(host)):
            pass
    except OSError as error:
        raise CommandError(
            f"Nothing can be served on {host}, port {port} ({error.strerror}). "
            "Choose another, e.g. make demo PORT=8001."
        ) from None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def run_together(*commands: Sequence[str]) -> int:
    """Run processes that belong together until a signal comes or one of them ends; then end all.

    0 after a signal, else the exit code of the one that ended first, or 1 if that was 0.
    """
    asked: list[int] = []
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, lambda number, frame: asked.append(number))
    running = [
        subprocess.Popen([*_ENDING_WITH_ITS_PARENT, *command], cwd=settings.BASE_DIR)
        for command in commands
    ]
    while not asked and all(process.poll() is None for process in running):
        time.sleep(0.2)
    ended = next((process for process in running if process.poll() is not None), None)
    for process in running:
        process.terminate()  # what Ctrl-C has reached already takes it as the same wish again
    deadline = time.monotonic() + END_SECONDS
    for process in running:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return 0 if asked or ended is None else ended.returncode or 1


class Command(BaseCommand):
    """Migrate, seed, make accounts, serve and deliver."""

    help = "Migrate, load the seeds, make demo accounts and serve the site on HOST:PORT."

    def add_arguments(self, parser: CommandParser) -> None:
        """Preparing without serving is for tests and for the curious."""
        parser.add_argument("--prepare-only", action="store_true", help="do not serve")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, say where everything is, and run gunicorn beside one delivery worker."""
        host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
        if not options["prepare_only"]:
            refuse_unusable(host, port)
        call_command("migrate", verbosity=0, interactive=False)
        call_command("seed", stdout=self.stdout)
        self._accounts()
        if options["prepare_only"]:
            return
        self.stdout.write(f"\n  The record      {settings.SITE_URL}/")
        self.stdout.write(
            f"  The 20 % pledge {settings.SITE_URL}/commitments/openai-20-percent-compute/"
        )
        self.stdout.write(f"  The desk        {settings.SITE_URL}/admin/")
        self.stdout.write(f"  Mails sent      {self._outbox()}\n")
        self.stdout.write("  Ctrl-C stops it.\n")
        sys.stdout.flush()
        sys.exit(
            run_together(
                [
                    *(sys.executable, "-m", "gunicorn", "tracker.wsgi"),
                    *("--config", "deploy/gunicorn.conf.py", "--workers", WORKERS),
                    *("--bind", f"[{host}]:{port}" if ":" in host else f"{host}:{port}"),
                ],
                [sys.executable, "manage.py", "deliver"],
            )
        )

    def _outbox(self) -> str:
        if os.environ.get("EMAIL_URL"):
            return "by EMAIL_URL"
        return f"{settings.OUTBOX.relative_to(settings.BASE_DIR)}/, as files"

    def _accounts(self) -> None:
        passwords = make_demo_accounts(ACTOR)
        if passwords:
            self.stdout.write("\n  Accounts of this demo; their passwords are shown this once:")
            for name, password in passwords.items():
                self.stdout.write(f"    {name:10} {password}")
        else:
            names = ", ".join(DEMO_ACCOUNTS)
            self.stdout.write(
                f"  No accounts made: this database has some already. The demo's are {names}; "
                "`manage.py changepassword NAME` sets a new password."
            )
