"""Tokens open one thing each, for a time; the table opens nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tracker.letters.models import Token
from tracker.letters.tokens import about_of, forget_expired, take_back, token_for

pytestmark = pytest.mark.django_db


def test_a_token_opens_its_one_thing_for_its_one_purpose():
    token = token_for("stop", "x", 7)
    assert about_of("stop", token) == "x"
    assert about_of("manage", token) is None
    for wrong in ("", token[:-1], token + "x", token.swapcase(), "é" * 43, "\udc80" * 43):
        assert about_of("stop", wrong) is None


def test_the_table_holds_no_token():
    token = token_for("stop", "x", 7)
    row = Token.objects.values().get()
    assert token not in str(row)
    assert about_of("stop", row["hash"][:43]) is None


def test_the_same_token_is_given_again_while_it_lasts_long_enough():
    token = token_for("stop", "x", 8)
    assert token_for("stop", "x", 8) == token
    assert token_for("stop", "x", 8, fresh=True) != token
    Token.objects.update(expires_at=timezone.now() + timedelta(days=3))
    assert token_for("stop", "x", 8) != token
    assert about_of("stop", token) == "x"


def test_it_expires_and_can_be_taken_back(settings):
    token, other = token_for("stop", "x", 7), token_for("stop", "y", 7)
    take_back("stop", "x")
    assert (about_of("stop", token), about_of("stop", other)) == (None, "y")
    Token.objects.update(expires_at=timezone.now())
    assert about_of("stop", other) is None
    assert forget_expired() == 1


def test_another_secret_makes_other_tokens_and_old_links_go_on_working(settings):
    token = token_for("stop", "x", 7)
    settings.SECRET_KEY = "another secret"
    assert token_for("stop", "x", 7) != token
    assert about_of("stop", token) == "x"
