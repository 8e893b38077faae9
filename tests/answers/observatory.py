"""The rules by which MDN's HTTP Observatory marks an answer, and what each is worth.

Written by us after its published scoring: "Tests and scoring" of the MDN HTTP Observatory
(developer.mozilla.org, /observatory/docs/tests_and_scoring), and the table that its own program
goes by (github.com/mdn/mdn-http-observatory, src/grader/charts.js, of 2025). An answer begins with
100 points; what is added counts only where 90 are left without it; A+ begins at 100.
"""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

#: Sources of a policy that let anything in.
BROAD = {"*", "http:", "https:", "ftp:", "http://*", "https://*"}
INLINE = {"'unsafe-inline'", "data:"}
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
UNSAFE = {"origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"}
HALF_A_YEAR = 15_768_000  # seconds
BEST, BONUS_FROM = 100, 90

Mark = tuple[str, int]


def policy_of(answer: Any) -> dict[str, list[str]]:
    """The directives of an answer's Content-Security-Policy, by name."""
    parts = [part.split() for part in answer.get("Content-Security-Policy", "").split(";")]
    names = [part[0].lower() for part in parts if part]
    assert len(names) == len(set(names)), "a directive is given twice"
    return {part[0].lower(): part[1:] for part in parts if part}


def marks(answer: Any) -> dict[str, Mark]:
    """What an answer to https is told, by rule: in words, and the points added or taken."""
    return {
        "content-security-policy": _policy(answer),
        "cookies": _cookies(answer),
        "cross-origin-resource-sharing": _sharing(answer),
        "referrer-policy": _referrer(answer),
        "strict-transport-security": _transport(answer),
        "subresource-integrity": _integrity(answer),
        "x-content-type-options": _exactly(answer, "X-Content-Type-Options", {"nosniff": 0}),
        "x-frame-options": _framing(answer),
        "cross-origin-resource-policy": _exactly(
            answer,
            "Cross-Origin-Resource-Policy",
            {"same-origin": 10, "same-site": 10, "cross-origin": 0},
            missing=0,
        ),
    }


def redirection(answer: Any, host: str) -> Mark:
    """How whoever came by plain http is sent on."""
    to = urlsplit(answer.get("Location", ""))
    if answer.status_code not in (301, 302, 307, 308):
        return "no redirect to https", -20
    if to.scheme != "https":
        return "redirected to plain http", -20
    return ("to https at the same host", 0) if to.netloc == host else ("to another host", -5)


def score(*given: Mark) -> int:
    """The points of all rules together."""
    taken = BEST + sum(points for _, points in given if points < 0)
    added = sum(points for _, points in given if points > 0)
    return max(0, taken + added if taken >= BONUS_FROM else taken)


def _policy(answer: Any) -> Mark:
    found = policy_of(answer)
    if not found:
        return "no policy", -25

    def sources(name: str) -> set[str]:
        return set(found.get(name, found.get("default-src", ["*"])))

    if sources("script-src") & (BROAD | INLINE) or sources("object-src") & BROAD:
        return "scripts may come from anywhere", -20
    everything = {each for name in found for each in found[name]}
    if any(each.startswith(("http:", "ftp:")) for each in everything):
        return "something may come by plain http", -20
    if "'unsafe-eval'" in sources("script-src") | sources("style-src"):
        return "unsafe-eval", -10
    if sources("style-src") & (BROAD | INLINE):
        return "styles may stand anywhere", 0
    return ("nothing by default", 10) if found.get("default-src") == ["'none'"] else ("safe", 5)


def _cookies(answer: Any) -> Mark:
    worst: Mark = ("all are kept in", 5) if answer.cookies else ("none", 0)
    for name, cookie in answer.cookies.items():
        session = bool(re.search(r"login|sess", name, re.IGNORECASE))
        if session and not cookie["httponly"]:
            return f"{name} can be read by scripts", -30
        if not cookie["secure"]:
            worst = min(worst, (f"{name} goes by plain http", -40 if session else -20), key=_points)
        if cookie["samesite"] not in ("Lax", "Strict"):
            # what guards against forged forms has to say it; another may leave it out
            guard = bool(cookie["samesite"]) or "csrf" in name.lower()
            worst = min(
                worst, (f"{name} goes with anybody's forms", -20 if guard else 0), key=_points
            )
    return worst


def _points(mark: Mark) -> int:
    return mark[1]


def _sharing(answer: Any) -> Mark:
    allowed = answer.get("Access-Control-Allow-Origin")
    if allowed and answer.get("Access-Control-Allow-Credentials") == "true":
        return "anybody reads with the reader's own rights", -50
    return ("public" if allowed else "not shared"), 0


def _referrer(answer: Any) -> Mark:
    said = answer.get("Referrer-Policy", "").split(",")[-1].strip().lower()
    if said in PRIVATE:
        return said, 5
    return (said, -5) if said else ("none", 0)


def _transport(answer: Any) -> Mark:
    age = re.search(r"max-age=(\d+)", answer.get("Strict-Transport-Security", ""))
    if age is None:
        return "none", -20
    return ("long enough", 0) if int(age[1]) >= HALF_A_YEAR else ("too short", -10)


def _exactly(answer: Any, name: str, worth: dict[str, int], missing: int = -5) -> Mark:
    said = answer.get(name, "").strip().lower()
    return (said, worth[said]) if said in worth else (said or "none", -5 if said else missing)


def _framing(answer: Any) -> Mark:
    ancestors = policy_of(answer).get("frame-ancestors", ["*"])
    if not set(ancestors) & BROAD:
        return "by policy", 5
    said = answer.get("X-Frame-Options", "").upper()
    return ("by header", 0) if said in ("DENY", "SAMEORIGIN") else ("anybody frames it", -20)


class Scripts(HTMLParser):
    """The addresses of a page's scripts, with what guards each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.found.append(dict(attrs))


def _integrity(answer: Any) -> Mark:
    if not answer.get("Content-Type", "").startswith("text/html"):
        return "no page", 0
    for script in Scripts(answer.content.decode()).found:
        address = script.get("src") or ""
        if address.startswith(("//", "http:")):
            return f"{address} without https", -50
        if address.startswith("https:") and not script.get("integrity"):
            return f"{address} unguarded", -5
    return "our own alone", 0
