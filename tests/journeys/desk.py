"""A curator's hands on the real desk over HTTP, whose servers may be killed at any moment."""

import re
import time
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import urllib3

#: Trying again after so many seconds, for so long: a killed server's successor takes a moment.
PAUSE, PATIENCE = 0.05, 120.0


class Broken(Exception):
    """No whole answer: what was asked for may have been done, or not."""


class Desk:
    """One signed-in browser."""

    def __init__(self, address: str, name: str, password: str) -> None:
        self.address = address
        self.pool = urllib3.PoolManager(retries=False, timeout=30.0)
        self.cookies: SimpleCookie = SimpleCookie()
        self.ask("/admin/login/")
        typed = {"username": name, "password": password, "next": "/admin/"}
        status, to, _ = self.ask("/admin/login/", typed)
        assert (status, to) == (302, "/admin/")

    def ask(self, path: str, typed: dict[str, str] | None = None) -> tuple[int, str, str]:
        """GET, or POST what is typed; status, where to, and the page. Raises Broken."""
        sent = {"Cookie": "; ".join(f"{each.key}={each.value}" for each in self.cookies.values())}
        body = None
        if typed is not None:
            typed = typed | {"csrfmiddlewaretoken": self.cookies["csrftoken"].value}
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(typed)
        try:
            answer = self.pool.request(
                "GET" if typed is None else "POST",
                self.address + path,
                body=body,
                headers=sent,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise Broken from error
        for line in answer.headers.getlist("Set-Cookie"):
            self.cookies.load(line)
        return answer.status, answer.headers.get("Location", ""), answer.data.decode()

    def take_step(self, path: str, reason: str = "") -> bool:
        """Open the step's page and press its button.

        True where the site said that it was done; False where there was nothing to be done any
        more. Raises Broken.
        """
        status, _, page = self.ask(path)
        if status == 302:
            return False
        assert status == 200, (path, status, page)
        hidden = re.findall(r'<input type="hidden" name="(seen_\w+)" value="([^"]*)"', page)
        typed = {name: unescape(value) for name, value in hidden}
        assert "seen_version" in typed, page
        status, to, page = self.ask(path, typed | {"reason": reason})
        if status == 200:  # done meanwhile, by a request whose answer never came
            raise Broken
        assert status == 302 and "login" not in to, (path, status, to, page)
        return True

    def insist(self, path: str, reason: str = "") -> bool:
        """`take_step` until there is an answer; True where the site said that it was done.

        False where a try without an answer turns out to have done it.
        """
        end, broken = time.monotonic() + PATIENCE, 0
        while time.monotonic() < end:
            try:
                done = self.take_step(path, reason)
            except Broken:
                broken += 1
                time.sleep(PAUSE)
            else:
                assert done or broken, f"{path}: there was nothing to do from the beginning"
                return done
        raise AssertionError(f"{path} was never answered")
