"""The pages of a webhook's owner: make one, see what was delivered, decide what comes next."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from tracker.answers.pages import page
from tracker.answers.private import private
from tracker.letters.mail import Mail
from tracker.letters.models import Letter
from tracker.letters.networks import network_of
from tracker.letters.sending import Wording
from tracker.letters.throttle import allowed
from tracker.letters.tokens import about_of, take_back, token_for
from tracker.reading.filters import only
from tracker.records.fields import LINE_LENGTH, AddressField
from tracker.subscriptions import endpoints
from tracker.subscriptions.models import Endpoint, Signing, Subscription
from tracker.subscriptions.scopes import FLOORS, columns, in_words, names_of, read_scope
from tracker.subscriptions.signing import shown
from tracker.subscriptions.webhooks import GONE, PAUSED

WEBHOOK = "webhook"  # the purpose of its token
DAYS = 3_650  # it stands in the owner's configuration, like the secret
PER_NETWORK, WINDOW = 10, timedelta(hours=1)  # webhooks made, and handshakes asked for again
ATTEMPTS = 50  # shown


class WebhookForm(forms.Form):
    """Where to send, how to sign, whom to tell when it stops working."""

    url = forms.CharField(
        label="Address that is told",
        help_text="It answers the first message with the challenge that the message holds.",
        max_length=500,
        validators=AddressField.default_validators,
        widget=forms.URLInput,
    )
    signing = forms.ChoiceField(
        label="Messages are signed with", choices=Signing.choices, initial=Signing.HMAC
    )
    floor = forms.ChoiceField(label="Send", choices=list(FLOORS.items()))
    owner = forms.EmailField(
        label="Your e-mail address",
        help_text="Only if you wish to hear when it fails for days, or answers 410.",
        required=False,
    )


@private
def new(request: HttpRequest) -> HttpResponse:
    """The form; a POST makes the webhook and shows its secret and its private page, once."""
    scope, floor = read_scope(request.GET)
    said = in_words(scope, names_of([scope]))
    if request.method != "POST":
        form = WebhookForm(initial={"floor": floor}, label_suffix="")
        return page(request, "subscribe/webhooks/form.html", form=form, follows=said)
    form = WebhookForm(request.POST, label_suffix="")
    status = 200 if form.is_valid() else 400
    if status == 200 and not _may_send(request):
        form.add_error(None, "Enough was asked from your network for now. Please try in an hour.")
        status = 429
    if status != 200:
        answer = page(
            request, "subscribe/webhooks/form.html", status=status, form=form, follows=said
        )
        if status == 429:
            answer["Retry-After"] = str(int(WINDOW.total_seconds()))
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
            endpoints.remove(subscription)
            take_back(WEBHOOK, str(subscription.pk))
            return page(request, "subscribe/webhooks/removed.html")
        act = ACTIONS.get(request.POST.get("do", ""))
        context = act(request, subscription) if act else {"problem": "No button says that."}
        subscription = rows.get(pk=subscription.pk)
    return page(
        request,
        "subscribe/webhooks/detail.html",
        status=400 if "problem" in context else 200,
        subscription=subscription,
        follows=in_words(subscription, names_of([subscription])),
        attempts=list(subscription.attempts.all()[:ATTEMPTS]),
        **context,
    )


def _verify(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    if not _may_send(request):
        return {"problem": "Enough was asked from your network for now. Please try in an hour."}
    endpoints.verify_again(subscription)
    return {"done": "It will be asked again within seconds; look at this page again then."}


def _rotate(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    endpoints.rotate(endpoints.endpoint_of(subscription))
    said = "A new secret signs from now on; the old one signs beside it for another day."
    return {"done": said, "secret": _secret(subscription)}


def _pause(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    endpoints.pause(subscription)
    return {"done": "Nothing is sent until you resume it; then everything that came meanwhile."}


def _resume(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    endpoints.resume(subscription)
    return {"done": "It goes on from where it stood."}


def _again(request: HttpRequest, subscription: Subscription) -> dict[str, Any]:
    given = request.POST.get("sequence", "")
    if not given.isdecimal() or not given.isascii() or len(given) > 18:
        return {"problem": "Give the number of an entry of the log, such as 12."}
    if not endpoints.send_from(subscription, int(given)):
        return {"problem": f"The log has no entry {given}, or the webhook is not confirmed."}
    return {"done": f"What it follows is sent again from entry {given} on, under the same ids."}


ACTIONS: Mapping[str, Callable[[HttpRequest, Subscription], dict[str, Any]]] = {
    "verify": _verify,
    "rotate": _rotate,
    "pause": _pause,
    "resume": _resume,
    "again": _again,
}


def _may_send(request: HttpRequest) -> bool:
    return allowed("webhook", network_of(request), PER_NETWORK, WINDOW)


def _secret(subscription: Subscription) -> str:
    return shown(endpoints.secrets_of(endpoints.endpoint_of(subscription))[0].value)


def _page_of(subscription: Subscription) -> str:
    return reverse("webhook", args=[token_for(WEBHOOK, str(subscription.pk), DAYS)])


def _word(letter: Letter) -> Mail | None:
    subscription = Subscription.objects.filter(pk=letter.about).first()
    endpoint = Endpoint.objects.filter(subscriptions__pk=letter.about).first()
    if subscription is None or endpoint is None:
        return None
    context = {
        "endpoint": endpoint,
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
WORDINGS: dict[str, Wording] = {PAUSED: _word, GONE: _word}
