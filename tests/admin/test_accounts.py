"""Accounts: nobody gives rights beyond their own or enters as another, and nobody is deleted."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from tests.admin.forms import as_shown, errors, save, signed_in
from tests.builders import make_user

pytestmark = pytest.mark.django_db


def page(user, name="change"):
    return reverse(f"admin:auth_user_{name}", args=[user.pk])


@pytest.fixture
def steward():
    return make_user("Stewards", name="steward")


def forged_rights():
    return {
        "is_superuser": "on",
        "is_staff": "on",
        "groups": [str(group.pk) for group in Group.objects.all()],
        "user_permissions": ["1", "2"],
    }


def test_a_steward_keeps_names_and_whether_an_account_is_active(steward):
    ada = make_user("Curators", name="ada")
    response = save(signed_in(steward), page(ada), first_name="Ada", last_name="Example")
    assert response.status_code == 302, errors(response)
    ada.refresh_from_db()
    assert ada.get_full_name() == "Ada Example"
    data = as_shown(signed_in(steward).get(page(ada)))
    data.pop("is_active")
    signed_in(steward).post(page(ada), data)
    ada.refresh_from_db()
    assert not ada.is_active


@pytest.mark.parametrize("whose", ["another's", "their own"])
def test_no_steward_raises_rights_by_a_forged_form(steward, whose):
    user = steward if whose == "their own" else make_user("Curators")
    beyond = Group.objects.create(name="Beyond")
    beyond.permissions.set(Permission.objects.all())
    forged = forged_rights() | {"groups": [str(beyond.pk)]}
    save(signed_in(steward), page(user), first_name="Ada", **forged)
    user = User.objects.get(pk=user.pk)
    assert not user.is_superuser and not user.user_permissions.exists()
    assert beyond not in user.groups.all()
    assert user != steward or list(user.groups.all()) == [Group.objects.get(name="Stewards")]


def opened(by, name="newcomer", **typed):
    return save(signed_in(by), reverse("admin:auth_user_add"), username=name, **typed)


def choose(link, password):
    """Follow the link as its owner, and type the password twice."""
    client = Client()
    url = client.get(link, follow=True).request["PATH_INFO"]
    client.post(url, {"new_password1": password, "new_password2": password})
    return User.objects.get(username="newcomer").check_password(password)


def give(by, user, role):
    group = Group.objects.get(name=role)
    save(signed_in(by), page(user), groups=[str(group.pk)])
    return group in User.objects.get(pk=user.pk).groups.all()


def test_two_stewards_stand_behind_an_account_with_a_role(steward):
    assert opened(steward, **forged_rights()).status_code == 302
    user = User.objects.get(username="newcomer")
    assert user.is_staff and not user.is_superuser
    assert not (
        user.has_usable_password() or user.groups.exists() or user.user_permissions.exists()
    )
    client = signed_in(steward)
    assert "Make a link" in client.get(page(user)).content.decode()
    link = client.post(page(user, "link")).context["link"]
    assert not choose(link, "short")
    assert choose(link, "quite a long made-up sentence")
    assert not choose(link, "another quite long sentence")  # it works once
    assert not give(steward, user, "Curators")
    other = make_user("Stewards")
    assert give(other, user, "Reviewers")
    for who in (steward, other):  # now it has a role, and neither can enter it any more
        assert signed_in(who).post(page(user, "link")).status_code == 403
        assert "Make a link" not in signed_in(who).get(page(user)).content.decode()


def test_whoever_made_a_link_cannot_give_a_role(steward):
    user, other = make_user(name="newcomer"), make_user("Stewards")
    assert signed_in(other).post(page(user, "link")).status_code == 200
    assert not give(other, user, "Curators")
    assert give(steward, user, "Stewards")


def test_a_link_is_made_by_pressing_and_for_those_in_reach(steward):
    root, ada = make_user(superuser=True), make_user()
    client = signed_in(steward)
    assert client.get(page(ada, "link")).status_code == 405
    assert client.post(page(root, "link")).status_code == 302  # as if not there
    assert client.post(page(steward, "link")).status_code == 403
    assert signed_in(make_user("Reviewers")).post(page(ada, "link")).status_code == 403
    assert signed_in(root).post(page(steward, "link")).status_code == 200


def test_an_account_with_rights_beyond_ones_own_is_not_touched_even_inactive(steward):
    ada = make_user("Curators", name="ada")
    ada.user_permissions.add(Permission.objects.get(codename="delete_group"))
    User.objects.filter(pk=ada.pk).update(is_active=False)
    client = signed_in(steward)
    assert client.post(page(ada), {"username": "mine", "is_active": "on"}).status_code == 403
    ada.refresh_from_db()
    assert (ada.username, ada.is_active) == ("ada", False)


def test_a_steward_does_not_deactivate_themselves(steward):
    data = as_shown(signed_in(steward).get(page(steward)))
    assert "is_active" not in data
    signed_in(steward).post(page(steward), data)
    assert User.objects.get(pk=steward.pk).is_active


def test_a_steward_sees_no_superuser_and_sets_nobodys_password(steward):
    root, ada = make_user(superuser=True, name="root"), make_user("Curators", name="ada")
    client = signed_in(steward)
    listed = client.get(reverse("admin:auth_user_changelist"))
    assert {user.username for user in listed.context["cl"].queryset} == {"ada", "steward"}
    assert client.post(page(root), {"username": "mine"}).status_code == 302  # as if not there
    password = reverse("admin:auth_user_password_change", args=[ada.pk])
    assert client.get(password).status_code == 403
    assert client.post(password, {"password1": "x", "password2": "x"}).status_code == 403
    root.refresh_from_db()
    assert root.username == "root"


@pytest.mark.parametrize("role", ["Curators", "Reviewers"])
def test_others_keep_no_accounts(role, steward):
    client = signed_in(make_user(role))
    for url in (
        reverse("admin:auth_user_changelist"),
        reverse("admin:auth_user_add"),
        page(steward),
        reverse("admin:auth_group_changelist"),
    ):
        assert client.get(url).status_code == 403
    assert client.post(page(steward), forged_rights()).status_code == 403


def test_no_account_and_no_role_is_deleted(steward):
    ada, root = make_user("Curators"), make_user(superuser=True)
    for user in (steward, root):
        assert signed_in(user).post(page(ada, "delete"), {"post": "yes"}).status_code == 403
    role = Group.objects.get(name="Curators")
    url = reverse("admin:auth_group_delete", args=[role.pk])
    assert signed_in(root).post(url, {"post": "yes"}).status_code == 403


def test_a_superuser_gives_a_role():
    ada = make_user(name="ada")
    role = Group.objects.get(name="Curators")
    response = save(signed_in(make_user(superuser=True)), page(ada), groups=[str(role.pk)])
    assert response.status_code == 302, errors(response)
    assert list(ada.groups.all()) == [role]


@pytest.mark.parametrize("name", ["A\x0cda", "A\x00da", "A\nda"])
def test_a_name_that_the_log_will_show_is_one_readable_line(steward, name):
    ada = make_user("Curators")
    response = save(signed_in(steward), page(ada), first_name=name)
    assert response.status_code == 200 and "first_name" in errors(response)


@pytest.mark.parametrize("lookup", ["password__startswith", "email__regex", "groups__name__regex"])
def test_accounts_are_listed_by_their_filters_only(steward, lookup):
    url = reverse("admin:auth_user_changelist")
    assert signed_in(steward).get(url, {lookup: "x"}).status_code == 400
    assert signed_in(steward).get(url, {"is_active__exact": "\x00"}, follow=True).status_code == 200


def link_to(by, user):
    return signed_in(by).post(page(user, "link")).context["link"]


def test_a_link_ends_when_the_account_gets_a_role(steward):
    user, other = make_user(name="newcomer"), make_user("Stewards")
    link = link_to(steward, user)
    assert give(other, user, "Reviewers")
    assert not choose(link, "quite a long made-up sentence")


def test_a_link_ends_when_a_role_is_given_by_other_ways_too(steward):
    user = make_user(name="newcomer")
    link = link_to(steward, user)
    user.groups.add(Group.objects.get(name="Curators"))
    assert not choose(link, "quite a long made-up sentence")


def test_a_link_ends_when_somebody_changes_the_account_or_makes_another(steward):
    user, other = make_user(name="newcomer"), make_user("Stewards")
    first = link_to(steward, user)
    save(signed_in(other), page(user), first_name="Ada")
    assert not choose(first, "quite a long made-up sentence")
    second, third = link_to(steward, user), link_to(other, user)
    assert not choose(second, "quite a long made-up sentence")
    assert choose(third, "quite a long made-up sentence")


def test_a_name_that_nobody_sees_opens_no_account(steward):
    for name in ("\u3164", "ada\u3164"):
        assert opened(steward, name=name).status_code == 200
    assert opened(steward, name="ada", last_name="\u200bExample").status_code == 200
    assert not User.objects.filter(username__startswith="ada").exists()
