"""Coming in: throttled, for a day's work, with passwords worth the name, and a code where asked."""

import logging
import re
import time

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.admin.forms import address, signed_in
from tests.builders import make_lab, make_user
from tracker.letters.networks import network_of

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"
PASSWORD = "a long made-up password"
WRONG = "wrong"


def try_in(name, password=WRONG, *, client=None, **headers):
    client = client or Client()
    return client.post(
        LOGIN, {"username": name, "password": password, "next": "/admin/"}, **headers
    )


def fails(name, times, **headers):
    for _ in range(times):
        response = try_in(name, **headers)
    return response


# --- Throttling ----------------------------------------------------------------------------------


def test_five_failures_make_a_network_wait_and_known_and_unknown_are_told_alike():
    make_user(name="ada")
    answers = {}
    for name in ("ada", "nobody-of-that-name"):
        assert fails(name, 4).status_code == 200
        assert try_in(name).status_code == 429
        response = try_in(name, PASSWORD)
        assert response.status_code == 429
        assert (
            "Too many log-ins failed from your network. Wait 15 minutes"
            in response.content.decode()
        )
        assert response["Retry-After"] == "900" and "no-store" in response["Cache-Control"]
        answers[name] = re.sub(r'name="csrfmiddlewaretoken".*?>', "", response.content.decode())
    assert len(set(answers.values())) == 1
    assert "sessionid" not in response.cookies


def test_a_failure_says_the_same_of_known_unknown_and_inactive_accounts():
    make_user(name="ada")
    User.objects.filter(pk=make_user(name="ben").pk).update(is_active=False)
    told = {
        str(try_in(name, password).context["form"].non_field_errors())
        for name, password in (("ada", "wrong"), ("zoe", "wrong"), ("ben", PASSWORD))
    }
    assert len(told) == 1


def test_another_network_is_not_made_to_wait():
    make_user(name="ada")
    fails("ada", 6, REMOTE_ADDR="198.51.100.7")
    assert try_in("ada", PASSWORD, REMOTE_ADDR="198.51.100.8").status_code == 302


def test_twenty_failures_by_any_names_make_the_network_wait():
    make_user(name="ada")
    for number in range(20):
        assert try_in("ada", PASSWORD, client=Client()).status_code == 302
        fails(f"guess-{number}", 1, HTTP_USER_AGENT=f"agent {number}")
    # logging in to one's own account in between did not buy a single guess
    assert try_in("ada", PASSWORD).status_code == 429
    assert try_in("ada", PASSWORD, REMOTE_ADDR="198.51.100.8").status_code == 302


def test_a_log_in_forgets_its_own_failures():
    make_user(name="ada")
    for _ in range(3):
        fails("ada", 4)
        assert try_in("ada", PASSWORD).status_code == 302


def test_the_wait_ends_and_is_not_drawn_out_by_knocking(monkeypatch):
    make_user(name="ada")
    fails("ada", 5)
    before = AccessAttempt.objects.get()
    fails("ada", 3)
    assert AccessAttempt.objects.get().attempt_time == before.attempt_time
    AccessAttempt.objects.update(attempt_time="2024-01-01T00:00Z")
    assert try_in("ada", PASSWORD).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_the_log_names_nobody_and_no_password_is_kept(caplog):
    with caplog.at_level(logging.DEBUG):
        fails("hunter2-typed-as-a-name", 6)
        make_user(name="ada")
        try_in("ada", PASSWORD)
    assert "somebody" in caplog.text
    for secret in ("hunter2", "wrong", PASSWORD, "127.0.0.1"):
        assert secret not in caplog.text.replace("went wrong", "")
    kept = AccessAttempt.objects.get()
    assert "wrong" not in kept.post_data and "hunter2" not in kept.post_data


@pytest.mark.parametrize("name", ["x" * 5000, "a\x00b", "\ud7ff", " "])
def test_strange_names_are_answered(name):
    assert try_in(name, HTTP_ACCEPT="x" * 3000, HTTP_USER_AGENT="y" * 3000).status_code == 200


@pytest.mark.parametrize(
    ("proxies", "remote", "passed_on", "network"),
    [
        (0, "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        (1, "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "10.0.0.1", "203.0.113.9", "10.0.0.1"),
        (1, "10.0.0.1", "", "::"),
        (0, "", "203.0.113.9", "::"),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        (0, "fe80::1%eth0", "", "fe80::"),
        (0, "::ffff:198.51.100.7", "", "198.51.100.7"),
    ],
)
def test_whose_address_counts(rf, settings, proxies, remote, passed_on, network):
    settings.PROXIES = proxies
    request = rf.get(LOGIN, REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=passed_on)
    assert network_of(request) == network


@pytest.mark.parametrize("name", ["axes_accessattempt", "otp_totp_totpdevice"])
def test_superusers_alone_see_and_release(name):
    fails("ada", 1)
    TOTPDevice.objects.create(user=make_user(), name="device")
    (kept,) = (AccessAttempt if "axes" in name else TOTPDevice).objects.all()
    pages = [
        reverse(f"admin:{name}_changelist"),
        reverse(f"admin:{name}_change", args=[kept.pk]),
        reverse(f"admin:{name}_delete", args=[kept.pk]),
    ]
    steward, root = signed_in(make_user("Stewards")), signed_in(make_user(superuser=True))
    for url in pages:
        assert steward.get(url).status_code == 403
        assert root.get(url).status_code == 200
    assert getattr(kept, "key", "no key") not in root.get(pages[1]).content.decode()
    assert root.get(reverse(f"admin:{name}_add")).status_code == 403
    assert root.post(pages[1], {}).status_code == 403
    assert root.post(pages[2], {"post": "yes"}).status_code == 302
    assert not type(kept).objects.exists()


# --- Sessions, passwords, caches -----------------------------------------------------------------


def test_a_session_is_new_at_log_in_and_ends_with_the_browser():
    make_user(name="ada")
    client = Client()
    session = client.session
    session["planted"] = "yes"
    session.save()
    planted = str(session.session_key)
    client.cookies["sessionid"] = planted
    response = try_in("ada", PASSWORD, client=client)
    cookie = response.cookies["sessionid"]
    assert cookie.value != planted
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_a_session_is_over_after_twelve_hours_however_busy(monkeypatch):
    client = signed_in(make_user("Curators"))
    now = time.time()
    for hours in (5, 11.9):
        monkeypatch.setattr("tracker.admin.signin.time.time", lambda h=hours: now + h * 3600)
        assert client.get("/admin/").status_code == 200
    monkeypatch.setattr("tracker.admin.signin.time.time", lambda: now + 12 * 3600)
    assert client.get("/admin/").status_code == 302
    monkeypatch.undo()
    assert client.get("/admin/").status_code == 302  # gone, not asleep


def test_deactivating_an_account_ends_its_sessions():
    user = make_user("Curators")
    client = signed_in(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("password", ["elevenchars", "password1234", "123456789012", "ada-example"])
def test_a_poor_password_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password, User(username="ada-example", first_name="Ada"))
    validate_password(PASSWORD)


def test_no_staff_page_is_stored_and_no_public_page_notices_staff(client):
    lab = make_lab()
    staff = signed_in(make_user("Curators"))
    for url in (
        *("/admin", "/admin/", LOGIN, "/admin/logout/", "/admin/nowhere/", "/admin/jsi18n/"),
        *(address(lab), "/admin/auth/user/", "/admin/second-step/", "/admin/password/x/y/"),
    ):
        for who in (client, staff):
            assert "no-store" in who.get(url)["Cache-Control"], url
    forged = Client(enforce_csrf_checks=True).post(LOGIN, {"username": "ada", "password": "x"})
    assert forged.status_code == 403 and "no-store" in forged["Cache-Control"]
    public = staff.get(lab.get_absolute_url())
    assert public.content == Client().get(lab.get_absolute_url()).content
    assert not public.cookies and "Cookie" not in public.get("Vary", "")


# --- The second step -----------------------------------------------------------------------------


@pytest.fixture
def two_steps(settings):
    settings.STAFF_TOTP = True


def code_of(device, ahead=0):
    return f"{totp(device.bin_key, t0=-30 * ahead):06d}"


def with_password(name):
    client = Client()
    try_in(name, PASSWORD, client=client)
    return client


def second_step(client, code, wanted="/admin/tracker/lab/"):
    return client.post(f"/admin/second-step/?next={wanted}", {"code": code})


def enrolled(user):
    client = with_password(user.username)
    page = client.get("/admin/", follow=True)
    device = TOTPDevice.objects.get(user=user)
    response = second_step(client, code_of(device))
    return client, page, device, response.context["backup_codes"]


def test_without_the_setting_nothing_is_asked():
    make_user("Curators", name="ada")
    client = with_password("ada")
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/second-step/").status_code == 302
    assert not TOTPDevice.objects.exists()


def test_a_device_is_set_up_with_a_picture_drawn_here_and_backup_codes(two_steps):
    user = make_user("Curators", name="ada")
    client, page, device, codes = enrolled(user)
    shown = page.content.decode()
    assert page.redirect_chain[-1][0] == "/admin/second-step/?next=%2Fadmin%2F"
    assert "qr-path" in shown and "://" not in re.sub(r'xmlns[:\w]*="[^"]*"', "", shown)
    assert len(set(codes)) == 10
    assert client.get("/admin/").status_code == 200
    device.refresh_from_db()
    assert device.confirmed


def test_a_password_alone_opens_nothing(two_steps):
    user = make_user(superuser=True, name="ada")
    enrolled(user)
    lab = make_lab(draft=True)
    client = with_password("ada")
    for url in ("/admin/", address(lab), "/admin/password_change/", "/admin/auth/user/"):
        assert client.get(url).status_code == 302
        assert client.post(url, {}).status_code == 302
    shown = client.get("/admin/second-step/").content.decode()
    assert "qr-path" not in shown  # the key is not shown again
    assert client.post("/admin/second-step/", {"_leave": "1"}).status_code == 302
    assert client.get("/admin/second-step/").url == LOGIN


def test_a_code_opens_the_page_that_was_wanted_and_works_once(two_steps):
    user = make_user("Curators", name="ada")
    _, _, device, _ = enrolled(user)
    client = with_password("ada")
    before = client.cookies["sessionid"].value
    code = code_of(device, ahead=1)
    response = second_step(client, f" {code[:3]} {code[3:]} ")
    assert response.url == "/admin/tracker/lab/"
    assert client.cookies["sessionid"].value != before
    assert client.get("/admin/").status_code == 200
    again = second_step(with_password("ada"), code)
    assert "not a code we can take" in again.content.decode()
    device.refresh_from_db()
    assert device.throttling_failure_count == 1  # and the next guess waits


def test_a_code_leads_to_no_other_site(two_steps):
    user = make_user("Curators", name="ada")
    _, _, device, _ = enrolled(user)
    client = with_password("ada")
    response = second_step(client, code_of(device, ahead=1), wanted="https://evil.example/")
    assert response.url == "/admin/"


def test_a_backup_code_signs_in_once(two_steps):
    user = make_user("Curators", name="ada")
    _, _, _, codes = enrolled(user)
    assert second_step(with_password("ada"), codes[0].upper()).status_code == 302
    assert second_step(with_password("ada"), codes[0]).status_code == 200
    assert StaticToken.objects.count() == 9


def test_nobody_signs_in_with_anothers_device(two_steps):
    ada, ben = make_user("Curators", name="ada"), make_user("Reviewers", name="ben")
    _, _, device, codes = enrolled(ada)
    enrolled(ben)
    for code in (code_of(device, ahead=1), codes[0]):
        client = with_password("ben")
        second_step(client, code)
        assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("code", ["", "000000\x00", "²²²²²²", "x" * 99])
def test_strange_codes_are_answered(two_steps, code):
    make_user("Curators", name="ada")
    client = with_password("ada")
    assert second_step(client, code).status_code == 200
    assert client.get("/admin/").status_code == 302
