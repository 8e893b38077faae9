"""A webhook's owner by e-mail: one letter asks, and none follows before its reader has said yes.

Whoever makes a webhook may type anybody's address. So the one letter names the host alone, holds
nothing else that they chose, and goes to no mailbox more than once a day, whoever asks.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from tracker.answers.pages import page
from tracker.answers.private import private
from tracker.letters.addresses import mailbox_of
from tracker.letters.mail import Mail
from tracker.letters.models import Letter
from tracker.letters.sending import Wording, write
from tracker.letters.throttle import allowed
from tracker.letters.tokens import about_of, take_back, token_for
from tracker.reading.filtering import only
from tracker.subscriptions.models import Endpoint

OWNER = "webhook owner"  # the kind of the letter, and the purpose of its token
DAYS = 7
LETTERS, WINDOW = 1, timedelta(days=1)


def ask_owner(endpoint: Endpoint) -> bool:
    """Ask the address of a verified webhook's owner; False where it may not be asked just now."""
    if not endpoint.owner or endpoint.owner_confirmed:
        return False
    if not allowed(OWNER, mailbox_of(endpoint.owner), LETTERS, WINDOW):
        return False
    write(OWNER, endpoint.pk, endpoint.owner)
    return True


def forget_letters(endpoint: Endpoint) -> None:
    """The letter that waits, if any, and what those sent before open."""
    Letter.objects.filter(kind=OWNER, about=str(endpoint.pk)).delete()
    take_back(OWNER, str(endpoint.pk))


def host_of(endpoint: Endpoint) -> str:
    """What of the endpoint's address may stand in a letter."""
    return urlsplit(endpoint.url).hostname or ""


@private
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in that letter opens; a POST says yes, or has the address forgotten."""
    only(request.GET)
    about = about_of(OWNER, token)
    given = Endpoint.objects.exclude(owner="")
    endpoint = None if about is None else given.filter(pk=about).first()
    if endpoint is None:
        return page(request, "subscribe/webhooks/unknown.html", status=404)
    do = request.POST.get("do", "") if request.method == "POST" else ""
    if do == "confirm":
        given.filter(pk=endpoint.pk).update(owner_confirmed=True)
    elif do == "forget":
        given.filter(pk=endpoint.pk).update(owner="", owner_confirmed=False)
        forget_letters(endpoint)
    return page(request, "subscribe/webhooks/owner.html", host=host_of(endpoint), did=do)


def _word(letter: Letter) -> Mail | None:
    rows = Endpoint.objects.filter(pk=letter.about, owner=letter.to, owner_confirmed=False)
    endpoint = rows.first()
    if endpoint is None:
        return None
    token = token_for(OWNER, str(endpoint.pk), DAYS, fresh=True)
    context = {
        "host": host_of(endpoint),
        "days": DAYS,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "url": settings.SITE_URL + reverse("webhook-owner", args=[token]),
    }
    return Mail(
        to=letter.to,
        subject=f"Is this your webhook? – {settings.SITE_NAME}",
        text=render_to_string("letters/owner.txt", context),
        html=render_to_string("letters/owner.html", context),
        id=letter.pk.hex,
    )


#: For the worker: what words these letters.
WORDINGS: dict[str, Wording] = {OWNER: _word}
