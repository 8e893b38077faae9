"""Fill in where things lie on a machine: what this writes is what nginx and systemd are given.

    python3 deploy/render.py FOLDER [NAME=VALUE ...]

FOLDER gets nginx/ (for /etc/nginx), systemd/ (for /etc/systemd/system) and on-record.env (for
ENVIRONMENT). Names and their defaults:
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

#: Name, default, meaning. A line of a file that holds a name of several values, with commas
#: between, is written once for each.
PLACES = {
    "HOST": ("record.example", "the name that the site is asked by, that of SITE_URL"),
    "CODE": ("/srv/on-record", "where the code lies, with .venv and var/ in it"),
    "ACCOUNT": ("on-record", "the account that it runs as, which owns var/"),
    "ENVIRONMENT": ("/etc/on-record.env", "the settings, read by root and by that account alone"),
    "BACKUPS": ("/var/backups/on-record", "where a backup a day goes; best another disk"),
    "LISTEN": ("/run/on-record/web.sock", "where systemd listens for gunicorn on this machine"),
    "UPSTREAMS": ("unix:/run/on-record/web.sock", "where nginx asks: that, or of other machines"),
    "CERTIFICATE": ("", "the folder of fullchain.pem and privkey.pem; without one, no TLS"),
    "HTTP": ("80,[::]:80", "where nginx listens"),
    "HTTPS": ("443,[::]:443", "where nginx listens with TLS"),
    "LOCAL": ("127.0.0.1:8001", "where nginx tells this machine alone how the site is"),
    "ACME": ("/var/www/acme", "where an ACME client such as certbot proves that the name is yours"),
    "RATE": ("30r/s", "how much one network may ask for on end; 200 more at once"),
    "CACHE_SIZE": ("1g", "of the pages that nginx keeps"),
    "NGINX_ACCOUNT": ("www-data", "what nginx runs as"),
    "NGINX_CACHE": ("/var/cache/nginx/on-record", "where it keeps pages"),
    "NGINX_LOGS": ("/var/log/nginx", "where it writes its logs"),
    "NGINX_RUN": ("/run", "where it writes its process id"),
}
_VALUE = re.compile(r"[\w./:,@\[\]-]*", re.ASCII)  # nothing that ends a directive or a word
_NAME = re.compile(r"@([A-Z_]+)@")


def values_of(given: list[str]) -> dict[str, str]:
    """All values, given or by default. Raises ValueError with a sentence."""
    values = {name: default for name, (default, _) in PLACES.items()}
    for each in given:
        name, equals, value = each.partition("=")
        if name not in PLACES or not equals:
            raise ValueError(f"{each!r} is not NAME=VALUE with one of: {', '.join(PLACES)}.")
        if not _VALUE.fullmatch(value) or (not value and PLACES[name][0]):
            raise ValueError(f"{name} must be a path, an address or a number; {value!r} is not.")
        values[name] = value
    return values


def filled_in(text: str, values: dict[str, str]) -> str:
    """The text with every name replaced."""
    return "".join(_line(line, values) for line in text.splitlines(keepends=True))


def _line(line: str, values: dict[str, str]) -> str:
    several = [name for name in _NAME.findall(line) if "," in values[name]]
    if several:
        each = (values | {several[0]: value} for value in values[several[0]].split(","))
        return "".join(_line(line, one) for one in each)
    return _NAME.sub(lambda found: values[found[1]], line)


def render(folder: Path, values: dict[str, str]) -> None:
    """Write every file of deploy/ that has such names."""
    secure = bool(values["CERTIFICATE"])
    values = values | {"SCHEME": "https" if secure else "http"}
    left_out = "plain.conf" if secure else "tls.conf"
    sources = [HERE / "on-record.env"]
    sources += [*(HERE / "nginx").rglob("*"), *(HERE / "systemd").rglob("*")]
    for source in sources:
        if not source.is_file() or source.name == left_out:
            continue
        name = "servers.conf" if source.name in ("plain.conf", "tls.conf") else source.name
        target = (folder / source.relative_to(HERE)).with_name(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(filled_in(source.read_text(), values))


def told() -> str:
    """How this is used."""
    lines = [__doc__ or ""]
    for name, (default, why) in PLACES.items():
        lines.append(f"    {name:14} {default or '(none)':29} {why}")
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(told())
    try:
        render(Path(sys.argv[1]), values_of(sys.argv[2:]))
    except ValueError as error:
        sys.exit(str(error))
