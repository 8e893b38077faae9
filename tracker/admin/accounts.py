"""Accounts: nobody raises rights here but a superuser, and nobody is deleted."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from tracker.admin.base import StrictLists
from tracker.records.fields import refuse_unprintable_in_line

admin.site.unregister(User)
admin.site.unregister(Group)


class ReadableNames:
    """The log shows an account's name for ever: no control characters in it."""

    cleaned_data: dict[str, Any]

    def clean_first_name(self) -> str:
        """One line of text."""
        return self._line("first_name")

    def clean_last_name(self) -> str:
        """One line of text."""
        return self._line("last_name")

    def _line(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        refuse_unprintable_in_line(text)
        return text


class AccountForm(ReadableNames, UserChangeForm):
    """An account that exists."""


class NewAccountForm(ReadableNames, AdminUserCreationForm):
    """An account to be."""


@admin.register(User)
class AccountAdmin(StrictLists, UserAdmin):
    """Stewards keep names and whether an account is active; rights are the superuser's to give."""

    form = AccountForm
    add_form = NewAccountForm
    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_superuser")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    show_facets = admin.ShowFacets.ALWAYS
    rights = ("is_staff", "is_superuser", "groups", "user_permissions")

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
                    "fields": ("is_active", "is_staff", "groups"),
                    "description": "An account is deactivated, never deleted: the log names it.",
                },
            ),
            ("Dates", {"fields": ("last_login", "date_joined")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Rights, for all but superusers: read-only fields are not taken from a forged form."""
        facts = ("last_login", "date_joined")
        return facts if request.user.is_superuser else (*self.rights, *facts)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Deactivate it instead: the log and the admin's history name it."""
        return False

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Whoever sets another's password can approve their own work in that name."""
        if not request.user.is_superuser:
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)


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
