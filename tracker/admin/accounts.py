"""Accounts: nobody gives rights beyond their own or enters as another, and nobody is deleted."""

from typing import Any

from axes.models import AccessAttempt
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from tracker.admin.base import StrictLists
from tracker.curation.accounts import (
    LINK_MADE,
    may_give_roles,
    may_make_link,
    password_link_parts,
    roles_to_give,
    within_rights,
)
from tracker.records.fields import refuse_invisible, refuse_unprintable_in_line

for model in (User, Group, TOTPDevice, StaticDevice):
    admin.site.unregister(model)  # arranged anew below, or not shown


class ReadableNames:
    """The log shows an account's name for ever: nothing in it that nobody can see."""

    cleaned_data: dict[str, Any]

    def clean_username(self) -> str:
        """A name that can be seen; Django lets letters through that are blank."""
        return self._line("username")

    def clean_first_name(self) -> str:
        """One line of text."""
        return self._line("first_name")

    def clean_last_name(self) -> str:
        """One line of text."""
        return self._line("last_name")

    def _line(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        if text:
            refuse_unprintable_in_line(text)
            refuse_invisible(text)
        return text


class AccountForm(ReadableNames, UserChangeForm):
    """An account that exists."""


class NewAccountForm(ReadableNames, forms.ModelForm):
    """An account to be. Nobody types another's password: its owner chooses it, by a link."""

    def save(self, commit: bool = True) -> Any:
        """Open it without a password, and without a role: that takes somebody else."""
        self.instance.set_unusable_password()
        self.instance.is_staff = True  # may enter the desk, and sees nothing there without a role
        return super().save(commit)


@admin.register(User)
class AccountAdmin(StrictLists, UserAdmin):
    """Stewards open accounts, give roles up to their own, deactivate; see `curation.accounts`."""

    form = AccountForm
    add_form = NewAccountForm
    add_form_template = None
    change_form_template = "admin/tracker/account.html"
    add_fieldsets = ((None, {"fields": ("username", "first_name", "last_name", "email")}),)
    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_superuser")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    show_facets = admin.ShowFacets.ALWAYS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Superusers are kept by superusers."""
        accounts = super().get_queryset(request)
        return accounts if request.user.is_superuser else accounts.filter(is_superuser=False)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the password's hash for those who cannot set it."""
        if obj is None or request.user.is_superuser:
            return super().get_fieldsets(request, obj)
        return (
            (None, {"fields": ("username", "first_name", "last_name", "email")}),
            (
                "Rights",
                {
                    "fields": ("is_active", "groups"),
                    "description": "An account is deactivated, never deleted: the log names it. "
                    "Whoever opened an account, or made the link to its password, cannot give it a "
                    "role; another Steward does.",
                },
            ),
            ("Dates", {"fields": ("last_login", "date_joined")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is not this person's to give: read-only fields are not taken from a forged form."""
        fixed = ["last_login", "date_joined"]
        if obj is None or request.user.is_superuser:
            return fixed
        fixed += ["is_staff", "is_superuser", "user_permissions"]
        if not may_give_roles(obj, by=request.user):
            fixed.append("groups")
        if obj == request.user:
            fixed.append("is_active")
        return fixed

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Offer the roles that this person may give."""
        if db_field.name == "groups":
            kwargs["queryset"] = roles_to_give(request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody touches an account with rights beyond their own."""
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and (obj is None or within_rights(obj, by=request.user))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Deactivate it instead: the log and the admin's history name it."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Look once more with the account locked: somebody may have given it more meanwhile."""
        if change:
            locked = User.objects.select_for_update().get(pk=obj.pk)
            if not within_rights(locked, by=request.user):
                raise PermissionDenied
        super().save_model(request, obj, form, change)

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Whoever sets another's password can approve their own work in that name."""
        if not request.user.is_superuser:
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    def get_urls(self) -> Any:
        """The page that makes a link."""
        view = self.admin_site.admin_view(self.link_view)
        return [path("<path:object_id>/link/", view, name="auth_user_link"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Say whether the button for a link is there."""
        obj = kwargs.get("obj")
        context["may_make_link"] = bool(obj) and may_make_link(obj, by=request.user)
        return super().render_change_form(request, context, *args, **kwargs)

    def link_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST makes a link by which its owner chooses a password; it is shown this once."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        with transaction.atomic():
            # locked, so that no role is given between the question and the link
            account = self.get_object(request, unquote(object_id))
            if account is None:
                return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]  # not in the stubs
            account = User.objects.select_for_update().get(pk=account.pk)
            if not may_make_link(account, by=request.user):
                raise PermissionDenied
            self.log_change(request, account, LINK_MADE)
        address = reverse("admin:choose_password", kwargs=password_link_parts(account))
        context = {
            **self.admin_site.each_context(request),
            "title": f"A link for {account}",
            "opts": self.opts,
            "original": account,
            "link": settings.SITE_URL + address,
            "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
        }
        return TemplateResponse(request, "admin/tracker/password_link.html", context)


@admin.register(Group)
class RoleAdmin(StrictLists, GroupAdmin):
    """The roles, made and kept by every migration."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers."""
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return bool(request.user.is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers."""
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: accounts would lose their role without a word."""
        return False


class ForSuperusers(StrictLists):
    """Looked at and taken away by superusers; made and changed by nobody."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers."""
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return bool(request.user.is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """By signing in only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


@admin.register(AccessAttempt)
class FailedLogInAdmin(ForSuperusers):
    """Failed log-ins of the last quarter of an hour; deleting them lets that network try again."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    fields = (*list_display, "user_agent")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)


@admin.register(TOTPDevice)
class DeviceAdmin(ForSuperusers):
    """Whose codes the second step takes; deleting a lost one lets its owner set up another."""

    list_display = ("user", "confirmed", "created_at", "last_used_at")
    fields = list_display
    list_select_related = ("user",)
    search_fields = ("user__username",)
