"""The files of deploy/ fit one another, the commands they name, and what docs/deploying.md says.

tests/journeys/test_deployed.py serves with them.
"""

import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from tests import both_databases
from tests.fronted import ROOT, rendered
from tests.journeys.deployed import make_certificate
from tests.machine import free_ports

pytestmark = pytest.mark.once

DEPLOY = ROOT / "deploy"
PLACES = runpy.run_path(str(DEPLOY / "render.py"))["PLACES"]
GUIDE = (ROOT / "docs" / "deploying.md").read_text()


def render(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "deploy/render.py", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """Filled in for a machine whose code lies here."""
    (tmp_path / "code" / ".venv").mkdir(parents=True)
    (tmp_path / "code" / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    return rendered(tmp_path) / "systemd"


# --- Filling in ---


def test_every_place_is_used_and_told_of_and_none_is_left(tmp_path):
    files = [each for each in DEPLOY.rglob("*") if each.suffix in (".conf", ".env", ".service")]
    files += [*DEPLOY.rglob("*.socket"), *DEPLOY.rglob("*.timer")]
    assert len(files) > 15
    names = {name for each in files for name in re.findall(r"@([A-Z_]+)@", each.read_text())}
    assert names == set(PLACES) | {"SCHEME"}
    assert [name for name in PLACES if f"`{name}`" not in GUIDE] == []
    assert render(str(tmp_path / "made")).returncode == 0
    made = [each for each in (tmp_path / "made").rglob("*") if each.is_file()]
    assert len(made) == len(files) - 1  # plain.conf or tls.conf
    assert not any(re.search(r"@[A-Z_]+@", each.read_text()) for each in made)


def test_a_line_of_several_values_is_written_for_each(tmp_path):
    upstreams = "10.0.0.1:8000,10.0.0.2:8000"
    assert render(str(tmp_path), f"UPSTREAMS={upstreams}", "CERTIFICATE=/etc/tls").returncode == 0
    made = (tmp_path / "nginx" / "nginx.conf").read_text()
    for each in upstreams.split(","):
        assert f"        server {each} max_fails=2 fail_timeout=5s;\n" in made
    servers = (tmp_path / "nginx" / "servers.conf").read_text()
    assert "listen 443 ssl http2;" in servers and "listen [::]:443 ssl http2;" in servers


@pytest.mark.parametrize(
    "given", ["NOWHERE=1", "HOST", "HOST=", "HOST=a;b", "HOST=a b", "CODE=/a\n", "RATE=$x"]
)
def test_what_would_break_a_file_is_refused_with_a_sentence(tmp_path, given):
    done = render(str(tmp_path / "made"), given)
    assert done.returncode == 1 and given.partition("=")[0] in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "made").exists()


def test_without_a_folder_it_says_how_it_is_used():
    done = render()
    assert done.returncode == 1
    assert [name for name in PLACES if name not in done.stderr] == []


@pytest.mark.parametrize("secure", [False, True])
def test_nginx_takes_it_and_warns_of_nothing(tmp_path, secure):
    if not (program := both_databases.nginx()):
        pytest.skip("said once, by tests/journeys/test_deployed.py")
    certificate = make_certificate(tmp_path / "tls").parent if secure else ""
    http, https, local = (f"127.0.0.1:{port}" for port in free_ports(3))
    made = rendered(tmp_path, CERTIFICATE=str(certificate), HTTP=http, HTTPS=https, LOCAL=local)
    done = subprocess.run(
        [
            program,
            "-t",
            "-q",
            "-e",
            "stderr",
            "-p",
            made / "nginx",
            "-c",
            made / "nginx/nginx.conf",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_pages_that_nginx_keeps_never_take_the_last_room_of_a_disk():
    """Without any it would send the beginning of a page, or nothing."""
    kept = re.findall(r"proxy_cache_path [^;]+;", (DEPLOY / "nginx" / "nginx.conf").read_text())
    assert kept and all(re.search(r"\bmin_free=\d+m\b", each) for each in kept)


# --- systemd ---


def test_systemd_takes_the_units_and_warns_of_nothing(units):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not on this machine; the commands are checked all the same")
    files = [str(each) for each in units.glob("*.*") if each.is_file()]
    done = subprocess.run(
        [analyze, "verify", "--man=no", *files], capture_output=True, text=True, check=False
    )
    said = [line for line in done.stderr.splitlines() if str(units.parent) in line or "on-" in line]
    assert said == [], done.stderr


def test_every_command_of_a_unit_is_one_of_ours(units):
    own = {name for name, app in get_commands().items() if app == "tracker"}
    services = [each for each in units.glob("*.service") if each.is_file()]
    named = set()
    for service in services:
        found = re.search(r"^ExecStart=(.+)$", service.read_text(), re.MULTILINE)
        assert found, service.name
        words = shlex.split(found[1])
        if "manage.py" not in found[1]:
            assert words[0].endswith("/.venv/bin/gunicorn") and Path(words[0]).exists()
            assert (ROOT / words[words.index("--config") + 1]).exists()
            continue
        command = re.search(r"\.venv/bin/python manage\.py (\w+)(.*)", found[1])
        assert command and command[1] in own, found[1]
        options = re.findall(r"--[\w-]+", command[2])
        told = load_command_class("tracker", command[1]).create_parser("manage.py", command[1])
        assert [each for each in options if each not in told.format_help()] == []
        named.add(command[1])
    assert named == {"deliver", "deadlines", "package", "check_links", "backup"}
    timers = {each.stem for each in units.glob("*.timer")}
    assert timers | {"on-record-web", "on-record-deliver"} == {each.stem for each in services}


def test_every_service_is_hemmed_in_and_holds_no_secret(units):
    (drop_in,) = (units / "on-record-.service.d").iterdir()
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes"):
        assert line in drop_in.read_text().splitlines()
    for unit in (each for each in units.rglob("*") if each.is_file()):
        assert unit.name == drop_in.name or unit.name.startswith("on-record-")
        assert not re.search(r"SECRET_KEY|PASSWORD|DATABASE_URL", unit.read_text())


def test_the_settings_file_names_only_settings_that_there_are():
    readme = (ROOT / "README.md").read_text() + GUIDE
    names = re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "on-record.env").read_text(), re.MULTILINE)
    assert {"SITE_URL", "SECRET_KEY", "DATABASE_URL"} <= set(names)
    assert [name for name in names if f"`{name}`" not in readme] == []
