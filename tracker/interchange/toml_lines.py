"""On which line of a TOML file each value stands: tomllib does not say, and an error must."""

import re
import tomllib
from typing import Any

HEADER = re.compile(r"^\s*\[(\[)?\s*([A-Za-z0-9_.\-]+)\s*\]?\]\s*(#.*)?$")
KEY = re.compile(r"^\s*([A-Za-z0-9_\-]+)\s*=")

Path = tuple[str | int, ...]


def parse(text: str) -> tuple[dict[str, Any], dict[Path, int]]:
    """The file's content, and the line (from 1) of every table and key in it.

    Raises tomllib.TOMLDecodeError, which names line and column itself.
    """
    data = tomllib.loads(text)
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    quote = ""  # the mark that ends the multi-line text we are in
    for number, line in enumerate(text.split("\n"), start=1):
        if quote:
            quote = "" if line.count(quote) % 2 else quote
            continue
        if header := HEADER.match(line):
            table = _table(header.group(2).split("."), bool(header.group(1)), counts)
            lines[table] = number
        elif key := KEY.match(line):
            lines[(*table, key.group(1))] = number
        quote = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
    return data, lines


def _table(names: list[str], is_list: bool, counts: dict[Path, int]) -> Path:
    """The path of a table whose header names `names`; a list's last table is the open one."""
    path: Path = ()
    for depth, name in enumerate(names):
        path = (*path, name)
        if is_list and depth == len(names) - 1:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of the nearest thing around `path` that the file spells out; 1 for the whole."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)
