"""Accounts: nobody raises rights but a superuser, and nobody is deleted."""

import pytest
from django.contrib.auth.models import Group, User
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
    groups = set(user.groups.all())
    response = save(signed_in(steward), page(user), first_name="Ada", **forged_rights())
    assert response.status_code == 302
    user = User.objects.get(pk=user.pk)
    assert user.first_name == "Ada"
    assert not user.is_superuser and not user.user_permissions.exists()
    assert set(user.groups.all()) == groups


def test_a_steward_opens_an_account_without_rights(steward):
    password = "quite a long made-up password"
    response = save(
        signed_in(steward),
        reverse("admin:auth_user_add"),
        username="newcomer",
        password1=password,
        password2=password,
        **forged_rights(),
    )
    assert response.status_code == 302, errors(response)
    user = User.objects.get(username="newcomer")
    assert not (user.is_staff or user.is_superuser or user.groups.exists())


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
