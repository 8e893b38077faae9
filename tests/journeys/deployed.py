"""A site deployed from the files of deploy/, in a folder instead of on a machine.

PostgreSQL, two gunicorns, started as the unit says from the settings of on-record.env, and nginx
with TLS before them. One gunicorn listens for itself, the other on a socket that is handed to it as
systemd does: when it is stopped, who asks waits in line.
"""

import http.client
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.both_databases import postgres
from tests.fronted import HOST, ROOT, nginx, rendered
from tests.machine import free_ports, handed_over, until

SITE = f"https://{HOST}"
PASSWORD = "a long made-up password"
#: What works on the deployed site's database while it is served: it answers each line with one.
KEEPER = """
import sys, django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
call_command("migrate", verbosity=0)
User.objects.create_superuser("ada", password=sys.argv[1])
from tests.builders import make_commitment, make_lab
make_commitment(slug="example-promise", lab=make_lab(slug="example-lab", name="Example Lab"))
print("ready", flush=True)
for line in sys.stdin:
    order, _, name = line.strip().partition(" ")
    if order == "publish":
        make_lab(slug=name, name=f"The New {name}")
        print("published", flush=True)
    if order == "networks":
        from axes.models import AccessAttempt
        print(*AccessAttempt.objects.values_list("ip_address", flat=True), flush=True)
"""


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def __getitem__(self, name: str) -> str:
        return str(self.headers.get(name, ""))

    @property
    def kept(self) -> bool:
        """Whether nginx gave it by itself."""
        return self["Cache-Status"].startswith("nginx; hit")


class Deployed:
    """Where everything is, and hands to break it with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plain, self.tls, self.local = free_ports(3)
        self.sockets = {"a": folder / "a.sock", "b": folder / "b.sock"}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.held: socket.socket | None = None
        self.environment: dict[str, str] = {}
        self.trusted = ssl.create_default_context()

    # --- Asking ---

    def ask(
        self, path: str, method: str = "GET", *, body: str | None = None, host: str = HOST,
        name: str = HOST, tls: bool = True, port: int = 0, **headers: str,
    ) -> Answer:  # fmt: skip
        """One request through nginx; `host` is what it says, `name` what the handshake says."""
        port = port or (self.tls if tls else self.plain)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.connect()
        if tls:
            connection.sock = self.trusted.wrap_socket(connection.sock, server_hostname=name)
        return self._answered(connection, method, path, body, host, headers)

    def behind(self, path: str, which: str = "a", *, host: str = HOST, **headers: str) -> Answer:
        """The same, of one gunicorn alone, as nginx asks it."""
        connection = http.client.HTTPConnection("behind", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(60)
        connection.sock.connect(str(self.sockets[which]))
        headers |= {"X_Forwarded_Proto": "https", "X_Forwarded_For": "127.0.0.1"}
        return self._answered(connection, "GET", path, None, host, headers)

    def _answered(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: str | None,
        host: str, headers: Mapping[str, str],
    ) -> Answer:  # fmt: skip
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers={"Host": host} | named)
        answer = connection.getresponse()
        try:
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    # --- Working on it ---

    def order(self, *words: str) -> str:
        """Have something done in the database."""
        keeper = self.running["keeper"]
        assert keeper.stdin and keeper.stdout
        keeper.stdin.write(f"{' '.join(words)}\n".encode())
        keeper.stdin.flush()
        return keeper.stdout.readline().decode().strip()

    def start(self, name: str) -> None:
        """A gunicorn as the unit starts it."""
        unit = (self.folder / "rendered/systemd/on-record-web.service").read_text()
        found = re.search(r"^ExecStart=(.+)$", unit, re.MULTILINE)
        assert found
        command, environment, passed = shlex.split(found[1]), dict(self.environment), list[int]()
        if name == "a":
            environment["BIND"] = f"unix:{self.sockets[name]}"
        else:
            assert self.held
            passed, command = [self.held.fileno()], handed_over(self.held, command)
        self.running[name] = self.run(command, environment, name, passed)

    def run(
        self,
        command: list[str],
        environment: Mapping[str, str],
        name: str,
        passed: Sequence[int] = (),
    ) -> "subprocess.Popen[bytes]":
        """A process of the deployed site; what it complains of is kept in a file."""
        with (self.folder / "logs" / f"{name}.txt").open("a") as log:
            return subprocess.Popen(
                command, cwd=self.folder / "code", env=environment, pass_fds=passed,
                stdin=subprocess.PIPE if name == "keeper" else subprocess.DEVNULL,
                stdout=subprocess.PIPE if name == "keeper" else log,
                stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self, name: str) -> None:
        """A gunicorn with all its processes, as when the machine loses its power."""
        process = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def stop(self, name: str) -> None:
        """As systemd stops it."""
        process = self.running.pop(name)
        process.terminate()
        assert process.wait(timeout=40) == 0

    def complaints(self) -> str:
        """What all processes wrote."""
        return "\n".join(each.read_text() for each in sorted((self.folder / "logs").glob("*.txt")))


@contextmanager
def deployed(programs: Path) -> Iterator[Deployed]:
    """The site, for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="on-record-", dir="/tmp"))  # a socket's path is short
    here = Deployed(folder)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        _install(here)
        url = stack.enter_context(postgres(programs))
        here.environment |= {"DATABASE_URL": url, "SECRET_KEY": secrets.token_urlsafe(64)}
        stack.callback(_end, here)
        _start(here)
        stack.enter_context(nginx(folder))
        yield here


def _install(here: Deployed) -> None:
    """A release, its links as docs/deploying.md has them, a certificate, and deploy/, filled in."""
    release = here.folder / "release-1"
    for name in ("tracker", "templates", "deploy"):
        shutil.copytree(ROOT / name, release / name)
    for name in ("manage.py", "pyproject.toml"):
        shutil.copy(ROOT / name, release)
    (release / ".venv").symlink_to(sys.prefix)
    (here.folder / "var").mkdir()
    (release / "var").symlink_to("../var")
    (here.folder / "code").symlink_to(release.name)
    certificate = make_certificate(here.folder / "certificate")
    here.trusted.load_verify_locations(certificate)
    files = rendered(
        here.folder,
        CERTIFICATE=str(certificate.parent), HTTP=f"127.0.0.1:{here.plain}",
        HTTPS=f"127.0.0.1:{here.tls}", LOCAL=f"127.0.0.1:{here.local}",
        UPSTREAMS=",".join(f"unix:{path}" for path in here.sockets.values()),
    )  # fmt: skip
    lines = (files / "on-record.env").read_text().splitlines()
    here.environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),  # for builders of records: the code is that of the copy
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "WEB_CONCURRENCY": "1",
    } | dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _start(here: Deployed) -> None:
    manage = [str(here.folder / "code/.venv/bin/python"), "manage.py"]
    collecting = here.run(
        [*manage, "collectstatic", "--noinput", "-v0"], here.environment, "collectstatic"
    )
    here.running["keeper"] = keeper = here.run(
        [manage[0], "-c", KEEPER, PASSWORD], here.environment, "keeper"
    )
    assert collecting.wait(timeout=120) == 0, here.complaints()
    here.held = socket.socket(socket.AF_UNIX)
    here.held.bind(str(here.sockets["b"]))
    here.held.listen(128)
    here.start("a")
    here.start("b")
    assert keeper.stdout
    assert keeper.stdout.readline() == b"ready\n", here.complaints()
    until(here.sockets["a"].exists, 60, here.complaints)
    for name in here.sockets:
        assert here.behind("/healthz", name).status == 200, here.complaints()


def _end(here: Deployed) -> None:
    for name in list(here.running):
        here.kill(name)
    if here.held:
        here.held.close()


def make_certificate(folder: Path) -> Path:
    """One that says it is the site's, signed by itself; the path of its full chain."""
    folder.mkdir()
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain = folder / "fullchain.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "privkey.pem").write_bytes(private)
    return chain
