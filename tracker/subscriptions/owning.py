"""The pages of a webhook's owner: make one, see what was delivered, decide what comes next."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from tracker.answers.pages import page
from tracker.answers.private import private
from tracker.letters.addresses import LENGTH, AddressOfMail
from tracker.letters.mail import Mail
from tracker.letters.models import Letter
from tracker.letters.networks import network_of
from tracker.letters.sending import Wording
from tracker.letters.throttle import allowed_from
from tracker.letters.tokens import about_of, take_back, token_for
from tracker.reading.filtering import only
from tracker.records.fields import LINE_LENGTH, AddressField
from tracker.sources.links import Forbidden, as_asked
from tracker.subscriptions import endpoints, owners
from tracker.subscriptions.models import Endpoint, Signing, Subscription
from tracker.subscriptions.owners import ask_owner, host_of
from tracker.subscriptions.scopes import FLOORS, columns, in_words, names_of, read_scope
from tracker.subscriptions.signing import shown
from tracker.subscriptions.webhooks import GONE, PAUSED

WEBHOOK = "webhook"  # the purpose of its token
DAYS = 3_650  # it stands in the owner's configuration, like the secret
PER_NETWORK, WINDOW = 10, timedelta(hours=1)  # webhooks made, and handshakes asked for again
#: Never verified, made lately. Only lately: others could close a host to its owner for longer.
PER_HOST, HOST_WINDOW = 20, timedelta(days=1)
URL_LENGTH = 500  # characters
ATTEMPTS = 50  # shown

ENOUGH = "Enough was asked from your network for now. Please try in an hour."
CROWDED = (
    f"{PER_HOST} webhooks made at this host within a day have not answered their verification "
    "message yet. Let it answer them, or please try tomorrow."
)
NO_LETTER = "None goes there now: an address gets one a day at most, until it has answered."
GONE_NOW = "It was removed a moment ago."


class WebhookForm(forms.Form):
    """Where to send, how to sign, whom to tell when it stops working."""

    url = forms.CharField(
        label="Address that is told",
        help_text="It answers the first message with the challenge that the message holds.",
        max_length=URL_LENGTH,
        validators=AddressField.default_validators,
        widget=forms.URLInput,
    )
    signing = forms.ChoiceField(
        label="Messages are signed with", choices=Signing.choices, initial=Signing.HMAC
    )
    floor = forms.ChoiceField(label="Send", choices=list(FLOORS.items()))
    owner = AddressOfMail(
        label="Your e-mail address",
        help_text=(
            "Only if you wish to hear when it fails for days, or answers 410. Once the webhook is "
            "confirmed, one letter there asks whether you do."
        ),
        max_length=LENGTH,
        required=False,
    )

    def clean_url(self) -> str:
        """The address as it will be asked; what never can be is refused at once."""
        try:
            url = as_asked(self.cleaned_data["url"])
        except Forbidden as error:
            raise forms.ValidationError(str(error)) from None
        if len(url) > URL_LENGTH:
            raise forms.ValidationError(f"In ASCII it is longer than {URL_LENGTH} characters.")
        return url


@private
def new(request: HttpRequest) -> HttpResponse:
    """The form; a POST makes the webhook and shows its secret and its private page, once."""
    scope, floor = read_scope(request.GET)
    said = in_words(scope, names_of([scope]))
    if request.method != "POST":
        form = WebhookForm(initial={"floor": floor}, label_suffix="")
        return page(request, "subscribe/webhooks/form.html", form=form, follows=said)
    form = WebhookForm(request.POST, label_suffix="")
    status, wait = 200 if form.is_valid() else 400, WINDOW
    if status == 200 and not _may_send(request):
        form.add_error(None, ENOUGH)
        status = 429
    elif status == 200 and _is_crowded(form.cleaned_data["url"]):
        form.add_error(None, CROWDED)
        status, wait = 429, HOST_WINDOW
    if status != 200:
        answer = page(
            request, "subscribe/webhooks/form.html", status=status, form=form, follows=said
        )
        if status == 429:
            answer["Retry-After"] = str(int(wait.total_seconds()))
        return answer
    made = endpoints.make(
        form.cleaned_data["url"],
        form.cleaned_data["signing"],
        form.cleaned_data["owner"],
        floor=form.cleaned_data["floor"],
        **columns(scope),
    )
    return page(
        request,
        "subscribe/webhooks/made.html",
        follows=said,
        secret=_secret(made),
        url=settings.SITE_URL + _page_of(made),
    )


@private
def webhook(request: HttpRequest, token: str) -> HttpResponse:
    """One webhook: its standing, its secret's turn, its deliveries; each button is a POST."""
    only(request.GET)
    about = about_of(WEBHOOK, token)
    rows = Subscription.objects.select_related("endpoint")
    subscription = None if about is None else rows.filter(pk=about).first()
    if subscription is None:
        return page(request, "subscribe/webhooks/unknown.html", status=404)
    context: dict[str, Any] = {}
    if request.method == "POST":
        if request.POST.get("do") == "remove":
            owners.forget_letters(endpoints.endpoint_of(subscription))
            endpoints.remove(subscription)
            take_back(WEBHOOK, str(subscription.pk))
            return page(request, "subscribe/webhooks/removed.html")
        act = ACTIONS.get(request.POST.get("do", ""))
        context = act(request, subscription) if act else {"problem": "No button says that."}
        subscription = rows.filter(pk=subscription.pk).first()
        if subscription is None:  # removed meanwhile, by another tab
            return page(request, "subscribe/webhooks/unknown.html", status=404)
    return page(
        request,
        "subscribe/webhooks/detail.html",
        status=context.pop("status", 400 if "problem" in context else 200),
        subscription=subscription,
        follows=in_words(subscription, names_of([subscription])),
        attempts=list(subscription.attempts.all()[:ATTEMPTS]),
        **context,
    )


def _verify(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    if not _may_send(request):
        return {"problem": ENOUGH, "status": 429}
    if not endpoints.verify_again(subscription):
        return {"problem": "It is confirmed already."}
    return {"done": "It will be asked again within seconds; look at this page again then."}


def _rotate(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    if not _may_send(request):
        return {"problem": ENOUGH, "status": 429}
    made = endpoints.rotate(endpoints.endpoint_of(subscription))
    if made is None:
        return {"problem": GONE_NOW}
    said = "A new secret signs from now on; the old one signs beside it for another day."
    return {"done": said, "secret": shown(made.value)}


def _pause(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    if not endpoints.pause(subscription):
        return {"problem": "It is not active, so there is nothing to pause."}
    return {"done": "Nothing is sent until you resume it; then everything that came meanwhile."}


def _resume(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    if not endpoints.resume(subscription):
        return {"problem": "It is not paused, so there is nothing to resume."}
    return {"done": "It goes on from where it stood."}


def _again(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    given = request.POST.get("sequence", "")
    if not given.isdecimal() or not given.isascii() or len(given) > 18:
        return {"problem": "Give the number of an entry of the log, such as 12."}
    if not _may_send(request):
        return {"problem": ENOUGH, "status": 429}
    if not endpoints.send_from(subscription, int(given)):
        return {"problem": f"The log has no entry {given}, or the webhook is not confirmed."}
    return {"done": f"What it follows is sent again from entry {given} on, under the same ids."}


def _owner(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    endpoint = endpoints.endpoint_of(subscription)
    if endpoint.verified_at is None or not ask_owner(endpoint):
        return {"problem": NO_LETTER}
    return {"done": "A letter is on its way to your address."}


ACTIONS: Mapping[str, Callable[[HttpRequest, Subscription], dict[str, Any]]] = {
    "verify": _verify,
    "rotate": _rotate,
    "pause": _pause,
    "resume": _resume,
    "again": _again,
    "owner": _owner,
}


def _may_send(request: HttpRequest) -> bool:
    return allowed_from("webhook", network_of(request), PER_NETWORK, WINDOW)


def _is_crowded(url: str) -> bool:
    """Whether too many lately made webhooks of this host have never answered."""
    host = re.sub(r":[0-9]+$", "", urlsplit(url).netloc)
    there = Q()
    for start in (
        f"http://{host}/",
        f"https://{host}/",
        f"http://{host}:443/",
        f"https://{host}:80/",
    ):
        there |= Q(url__startswith=start)
    since = timezone.now() - HOST_WINDOW
    waiting = Endpoint.objects.filter(there, verified_at=None, created_at__gt=since)
    return waiting.count() >= PER_HOST


def _secret(subscription: Subscription) -> str:
    return shown(endpoints.secrets_of(endpoints.endpoint_of(subscription))[0].value)


def _page_of(subscription: Subscription) -> str:
    return reverse("webhook", args=[token_for(WEBHOOK, str(subscription.pk), DAYS)])


def _word(letter: Letter) -> Mail | None:
    subscription = Subscription.objects.filter(pk=letter.about).first()
    endpoint = Endpoint.objects.filter(subscriptions__pk=letter.about).first()
    if subscription is None or endpoint is None:
        return None
    if not endpoint.owner_confirmed or endpoint.owner != letter.to:
        return None
    context = {
        "host": host_of(endpoint),
        "subscription": subscription,
        "gone": letter.kind == GONE,
        "site_name": settings.SITE_NAME,
        "url": settings.SITE_URL + _page_of(subscription),
    }
    return Mail(
        to=letter.to,
        subject=f"Your webhook has stopped – {settings.SITE_NAME}"[:LINE_LENGTH],
        text=render_to_string("letters/webhook.txt", context),
        html=render_to_string("letters/webhook.html", context),
        id=letter.pk.hex,
    )


#: For the worker: what words these letters.
WORDINGS: dict[str, Wording] = {PAUSED: _word, GONE: _word} | owners.WORDINGS
