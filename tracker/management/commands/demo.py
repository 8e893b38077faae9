"""`manage.py demo`: from nothing to a running site, for `make demo`."""

import os
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.curation.accounts import DEMO_ACCOUNTS, make_demo_accounts
from tracker.interchange.seeding import ACTOR

WORKERS = "2"


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


class Command(BaseCommand):
    """Migrate, seed, make accounts, serve."""

    help = "Migrate, load the seeds, make demo accounts and serve the site on HOST:PORT."

    def add_arguments(self, parser: CommandParser) -> None:
        """Preparing without serving is for tests and for the curious."""
        parser.add_argument("--prepare-only", action="store_true", help="do not serve")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, say where everything is, and become gunicorn."""
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
        self.stdout.write(f"  The desk        {settings.SITE_URL}/admin/\n")
        self.stdout.write("  Ctrl-C stops it.\n")
        sys.stdout.flush()
        os.execv(  # noqa: S606 - the same interpreter; this process becomes the server
            sys.executable,
            [
                sys.executable, "-m", "gunicorn", "tracker.wsgi",
                "--bind", f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
                "--workers", WORKERS, "--log-level", "warning", "--no-control-socket",
            ],
        )  # fmt: skip

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
