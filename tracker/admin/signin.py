"""Who comes in: sessions that end, pages that nobody stores, a code from one's own device.

With STAFF_TOTP the desk is open to those only who gave a code of their device after the password;
whoever has none yet sets one up there, with a QR code that is drawn here and backup codes.
"""

import time
from base64 import b32encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import qrcode
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import PasswordResetConfirmView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django_otp import login as remember_device
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from qrcode.image.svg import SvgPathImage

from tracker.curation.accounts import link_tokens
from tracker.reading.replica import is_the_desks
from tracker.records.fields import refuse_unprintable_in_line

SIGNED_IN_AT = "signed_in_at"  # seconds since 1970, in the session
BACKUP_CODES = 10

Answer = Callable[[HttpRequest], HttpResponse]


# --- Every staff page ----------------------------------------------------------------------------


def staff_pages_are_not_stored(get_response: Answer) -> Answer:
    """Middleware: no browser and no proxy keeps a staff page, its errors and redirects included."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if is_the_desks(request):
            response["Cache-Control"] = "no-store, private"
        return response

    return answer


def sessions_end(get_response: Answer) -> Answer:
    """Middleware: 12 hours after its log-in a session is over, however busy it was."""

    def answer(request: HttpRequest) -> HttpResponse:
        if is_the_desks(request) and request.user.is_authenticated:
            began = request.session.get(SIGNED_IN_AT, 0)
            if time.time() - began >= settings.SESSION_COOKIE_AGE:
                logout(request)
        return get_response(request)

    return answer


def note_when(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Write the hour of the log-in into its session."""
    request.session[SIGNED_IN_AT] = int(time.time())


user_logged_in.connect(note_when)


# --- The second step -----------------------------------------------------------------------------


class CodeForm(forms.Form):
    """Six digits of the device, or one of the backup codes."""

    code = forms.CharField(
        max_length=16,
        validators=[refuse_unprintable_in_line],
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        """As it is compared: people type spaces and capitals."""
        return "".join(self.cleaned_data["code"].split()).lower()


WRONG_CODE = (
    "That is not a code we can take now. A code works once; after a wrong one, wait a few seconds "
    "and take the next."
)


def own_device(user: Any) -> TOTPDevice | None:
    """The device that this person has set up."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


@transaction.atomic
def device_to_be(user: Any) -> TOTPDevice:
    """The device that is being set up: the same until its first code is given."""
    return TOTPDevice.objects.get_or_create(user=user, confirmed=False, name="device")[0]


def device_that_gave(user: Any, code: str) -> Any:
    """The device, or the sheet of backup codes, whose code this is; each slows guessing."""
    kind = TOTPDevice if code.isdecimal() and len(code) == 6 else StaticDevice
    device = kind.objects.filter(user=user, confirmed=True).first()
    return device and verify_token(user, device.persistent_id, code)


@transaction.atomic
def set_up(user: Any, device: TOTPDevice, code: str) -> list[str] | None:
    """Take the first code of a new device; its backup codes, shown this once, or None."""
    locked = TOTPDevice.objects.select_for_update().filter(pk=device.pk, confirmed=False).first()
    if locked is None or own_device(user) or not locked.verify_token(code):
        return None
    locked.confirmed = True
    locked.save()
    StaticDevice.objects.filter(user=user).delete()
    sheet = StaticDevice.objects.create(user=user, name="backup codes")
    codes = [StaticToken.random_token() for _ in range(BACKUP_CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=sheet, token=each) for each in codes])
    return codes


def drawn(device: TOTPDevice) -> SafeString:
    """The device's address as a QR code: SVG, drawn here, which no third party sees."""
    image = qrcode.make(device.config_url, image_factory=SvgPathImage, box_size=16)
    svg: str = image.to_string(encoding="unicode")
    return mark_safe(svg)  # noqa: S308 - qrcode's own paths


# --- The site ------------------------------------------------------------------------------------


class StaffSite(admin.AdminSite):
    """Django's admin, with the second step before it where the site asks for one."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff; with STAFF_TOTP, staff who gave a code in this session."""
        return self._has_password(request) and (
            not settings.STAFF_TOTP or bool(request.user.is_verified())  # type: ignore[union-attr]
        )

    def _has_password(self, request: HttpRequest) -> bool:
        return super().has_permission(request)

    def get_urls(self) -> list[Any]:
        """Two doors more: the second step, and the link by which one chooses a password."""
        choose = PasswordResetConfirmView.as_view(
            template_name="registration/password_reset_confirm.html",
            token_generator=link_tokens,
            success_url=reverse_lazy("admin:login"),
            extra_context={"site_header": self.site_header, "site_title": self.site_title},
        )
        return [
            path("second-step/", self.second_step, name="second_step"),
            path("password/<uidb64>/<token>/", choose, name="choose_password"),
            *super().get_urls(),
        ]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The password; then, where it is asked for, on to the code."""
        if request.method == "GET" and self._has_password(request):
            return self._onwards(request, request.GET.get(REDIRECT_FIELD_NAME, ""))
        return super().login(request, extra_context)

    def _onwards(self, request: HttpRequest, wanted: str) -> HttpResponse:
        """To the page that was wanted, if it is one of this site; by the second step if need be."""
        safe = url_has_allowed_host_and_scheme(
            wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        wanted = wanted if safe else reverse("admin:index")
        if self.has_permission(request):
            return HttpResponseRedirect(wanted)
        query = urlencode({REDIRECT_FIELD_NAME: wanted})
        return HttpResponseRedirect(f"{reverse('admin:second_step')}?{query}")

    def second_step(self, request: HttpRequest) -> HttpResponse:
        """Ask for a code; of somebody without a device, set one up and show its backup codes."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not self._has_password(request):
            return HttpResponseRedirect(reverse("admin:login"))
        if self.has_permission(request):
            return self._onwards(request, wanted)
        if "_leave" in request.POST:
            logout(request)
            return HttpResponseRedirect(reverse("admin:login"))
        device = own_device(request.user)
        to_be = None if device else device_to_be(request.user)
        form = CodeForm(request.POST or None)
        if form.is_valid():
            code, backup_codes = form.cleaned_data["code"], None
            if to_be:
                backup_codes = set_up(request.user, to_be, code)
                device = to_be if backup_codes else None
            else:
                device = device_that_gave(request.user, code)
            if device:
                request.session.cycle_key()
                remember_device(request, device)
                if backup_codes is None:
                    return self._onwards(request, wanted)
                return self._page(request, backup_codes=backup_codes, title="Keep these codes")
            form.add_error("code", WRONG_CODE)
        if to_be is None:
            return self._page(request, form=form, title="A code from your device")
        key = b32encode(to_be.bin_key).decode()
        return self._page(
            request, form=form, picture=drawn(to_be), key=key, title="Set up your device"
        )

    def _page(self, request: HttpRequest, **context: Any) -> TemplateResponse:
        request.current_app = self.name
        everywhere = self.each_context(request)
        return TemplateResponse(request, "admin/second_step.html", everywhere | context)


# The site that every ModelAdmin registers with is made by Django before this room is imported;
# django-otp's own documentation gives it another class in this way.
admin.site.__class__ = StaffSite
