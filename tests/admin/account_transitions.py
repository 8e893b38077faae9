"""The transitions of accounts and roles."""

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from tests.admin.transitions import ACCOUNTS, EVERYBODY, NOBODY, ROOT, only, post
from tests.builders import make_user

NEW_PASSWORD = "another long made-up password"


def page(account: User, name: str = "change") -> str:
    return reverse(f"admin:auth_user_{name}", args=[account.pk])


def now(account: User) -> User:
    return User.objects.get(pk=account.pk)


def give(client: Client, account: User, name: str) -> bool:
    """Try to give a role; whether the account has it and could use it."""
    role = Group.objects.get(name=name)
    post(client, page(account), groups=[str(role.pk)])
    return role in now(account).groups.all()


def role_beyond_all() -> str:
    group = Group.objects.create(name="Beyond")
    group.permissions.set(Permission.objects.filter(codename__in=("view_lab", "delete_user")))
    return group.name


@only(ACCOUNTS)
def open_an_account(client: Client, user: User) -> bool:
    post(client, reverse("admin:auth_user_add"), username="newcomer")
    return User.objects.filter(username="newcomer", groups=None).exists()


@only(NOBODY)
def open_an_account_with_rights_by_forged_fields(client: Client, user: User) -> bool:
    post(
        client,
        reverse("admin:auth_user_add"),
        username="newcomer",
        is_superuser="on",
        groups=[str(each.pk) for each in Group.objects.all()],
        user_permissions=["1", "2"],
        password1=NEW_PASSWORD,
        password2=NEW_PASSWORD,
        usable_password="true",
    )
    opened = User.objects.filter(username="newcomer").first()
    return opened is not None and bool(
        opened.is_superuser
        or opened.groups.exists()
        or opened.user_permissions.exists()
        or opened.has_usable_password()
    )


@only(ACCOUNTS)
def give_a_role(client: Client, user: User) -> bool:
    return give(client, make_user(), "Reviewers")


@only(ACCOUNTS)
def give_a_role_as_high_as_a_stewards(client: Client, user: User) -> bool:
    return give(client, make_user(), "Stewards")


@only(ROOT)
def give_a_role_with_rights_beyond_a_stewards(client: Client, user: User) -> bool:
    return give(client, make_user(), role_beyond_all())


@only(ROOT)
def give_a_role_to_an_account_that_one_opened(client: Client, user: User) -> bool:
    account = make_user()
    users = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=user, content_type=users, object_id=str(account.pk), action_flag=ADDITION
    )
    return give(client, account, "Curators")


@only(ROOT)
def give_oneself_a_role(client: Client, user: User) -> bool:
    return give(client, user, role_beyond_all())


@only(NOBODY)
def make_oneself_a_superuser(client: Client, user: User) -> bool:
    before = user.is_superuser
    post(client, page(user), is_superuser="on", is_staff="on", user_permissions=["1"])
    return now(user).is_superuser and not before


@only(ROOT)
def make_another_a_superuser(client: Client, user: User) -> bool:
    account = make_user("Curators")
    post(client, page(account), is_superuser="on")
    return now(account).is_superuser


@only(ROOT)
def give_a_single_right(client: Client, user: User) -> bool:
    account = make_user("Curators")
    right = Permission.objects.get(codename="publish")
    post(client, page(account), user_permissions=[str(right.pk)])
    return right in now(account).user_permissions.all()


@only(ACCOUNTS)
def rename_and_deactivate(client: Client, user: User) -> bool:
    account = make_user("Curators")
    post(client, page(account), first_name="Ada", is_active="")
    return now(account).first_name == "Ada"


@only(ROOT)
def touch_a_superuser(client: Client, user: User) -> bool:
    account = make_user(superuser=True)
    post(client, page(account), first_name="Ada")
    return now(account).first_name == "Ada"


@only(ROOT)
def set_anothers_password(client: Client, user: User) -> bool:
    account = make_user("Reviewers")
    url = reverse("admin:auth_user_password_change", args=[account.pk])
    typed = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    client.post(url, typed)
    return now(account).check_password(NEW_PASSWORD)


@only(EVERYBODY)
def set_ones_own_password(client: Client, user: User) -> bool:
    typed = {"old_password": "a long made-up password"}
    typed |= {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    client.post(reverse("admin:password_change"), typed)
    return now(user).check_password(NEW_PASSWORD)


@only(ACCOUNTS)
def make_a_link_for_an_account_without_a_role(client: Client, user: User) -> bool:
    return client.post(page(make_user(), "link")).status_code == 200


@only(ROOT)
def make_a_link_for_an_account_with_a_role(client: Client, user: User) -> bool:
    return client.post(page(make_user("Curators"), "link")).status_code == 200


@only(NOBODY)
def delete_an_account(client: Client, user: User) -> bool:
    account = make_user()
    post(client, page(account, "delete"), post="yes")
    chosen = {"action": "delete_selected", "_selected_action": [str(account.pk)], "post": "yes"}
    post(client, reverse("admin:auth_user_changelist"), **chosen)
    return not User.objects.filter(pk=account.pk).exists()


@only(ROOT)
def change_what_a_role_may(client: Client, user: User) -> bool:
    group = Group.objects.get(name="Curators")
    right = Permission.objects.get(codename="publish")
    url = reverse("admin:auth_group_change", args=[group.pk])
    post(client, url, permissions=[str(right.pk)])
    return right in group.permissions.all()


@only(ROOT)
def make_a_role(client: Client, user: User) -> bool:
    post(client, reverse("admin:auth_group_add"), name="Mine")
    return Group.objects.filter(name="Mine").exists()


@only(NOBODY)
def delete_a_role(client: Client, user: User) -> bool:
    group = Group.objects.get(name="Curators")
    post(client, reverse("admin:auth_group_delete", args=[group.pk]), post="yes")
    return not Group.objects.filter(name="Curators").exists()


@only(ACCOUNTS)
def look_at_accounts_and_their_history(client: Client, user: User) -> bool:
    account = make_user("Curators")
    urls = (reverse("admin:auth_user_changelist"), page(account), page(account, "history"))
    seen = {client.get(url).status_code == 200 for url in urls}
    assert len(seen) == 1
    return seen.pop()


@only(ACCOUNTS)
def complete_an_accounts_name_while_typing(client: Client, user: User) -> bool:
    asked = {"app_label": "tracker", "model_name": "assessment", "field_name": "author"}
    return client.get("/admin/autocomplete/", asked | {"term": ""}).status_code == 200
