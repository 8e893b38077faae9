"""Every role, every transition, by every route: what is forbidden fails, what is allowed works."""

import pytest
from django.db import IntegrityError, transaction

from tests.admin import account_transitions, record_transitions, table_transitions
from tests.admin.forms import signed_in
from tests.admin.transitions import EVERYBODY, TRANSITIONS
from tests.builders import make_user

pytestmark = pytest.mark.django_db

ROOMS = (record_transitions, account_transitions, table_transitions)  # which fill TRANSITIONS


@pytest.mark.parametrize("role", sorted(EVERYBODY))
@pytest.mark.parametrize("name", sorted(TRANSITIONS))
def test_a_transition_is_open_to_those_alone_who_may(name, role):
    allowed, transition = TRANSITIONS[name]
    superuser = role == "superuser"
    user = make_user("" if superuser or role == "none" else role, superuser=superuser)
    assert transition(signed_in(user), user) == (role in allowed)


def test_a_stranger_does_nothing(client):
    for _, transition in TRANSITIONS.values():
        with transaction.atomic():
            assert not transition(client, make_user())
            transaction.set_rollback(True)


@pytest.mark.parametrize("superuser", [True, False])
def test_the_database_itself_refuses_an_approval_of_ones_own(superuser):
    author = make_user("" if superuser else "Reviewers", superuser=superuser)
    assessment = record_transitions.in_review(author)
    assessment.reviewer, assessment.state = author, "published"
    with pytest.raises(IntegrityError), transaction.atomic():
        assessment.save()
