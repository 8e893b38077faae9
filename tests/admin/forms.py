"""Filling in the admin's own forms, as a browser would send them."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tracker.changes.models import Change


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(record: Any, page: str = "change") -> str:
    return reverse(f"admin:tracker_{record._meta.model_name}_{page}", args=[record.pk])


def add_address(model: type[Model]) -> str:
    return reverse(f"admin:tracker_{model._meta.model_name}_add")


def list_address(model: type[Model]) -> str:
    return reverse(f"admin:tracker_{model._meta.model_name}_changelist")


def as_shown(response: Any) -> dict[str, Any]:
    """What the browser would post if nobody touched the form."""
    data: dict[str, Any] = {}
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for field in form:
            value = field.value()
            if hasattr(field.field, "queryset") and isinstance(value, list | tuple):
                value = [str(getattr(each, "pk", each)) for each in value]
            if value is not None and value is not False and value != []:
                data[field.html_name] = "on" if value is True else value
    return data


def save(client: Client, url: str, *, press: str = "_save", **typed: Any) -> Any:
    """Open the form, type, press a button. A double underscore in a name is a hyphen."""
    data = as_shown(client.get(url))
    data |= {name.replace("__", "-"): value for name, value in typed.items()}
    return client.post(url, data | {press: "1"})


def errors(response: Any) -> str:
    """Every error that the page shows, in one text."""
    shown = [response.context["adminform"].form.errors.as_text()]
    for inline in response.context["inline_admin_formsets"]:
        shown += [str(inline.formset.non_form_errors()), str(inline.formset.errors)]
    return " ".join(shown)


def last_change() -> Change:
    return Change.objects.latest("sequence")


def messages(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]
