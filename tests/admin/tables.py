"""Tables as a curator uploads them, and what the pages answer."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse

Rows = Sequence[Sequence[Any]]


def page(model: type[Model], name: str) -> str:
    """The address of `import`, `process_import` or `export`."""
    return reverse(f"admin:tracker_{model._meta.model_name}_{name}")


def csv_of(rows: Rows) -> bytes:
    """A CSV file as somebody's program writes it, with nothing quoted for safety."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def exported(client: Client, model: type[Model], query: str = "", format: str = "0") -> bytes:
    """The file that Export gives: format 0 is CSV, 1 is XLSX."""
    answer = client.post(page(model, "export") + query, {"format": format})
    assert answer.status_code == 200, answer.status_code
    return answer.content


def exported_rows(client: Client, model: type[Model], query: str = "") -> list[list[str]]:
    """The rows of an exported CSV file, as a program reads them."""
    text = exported(client, model, query).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def preview(client: Client, model: type[Model], table: Rows | bytes, reason: str = "") -> Any:
    """Upload a table, and look."""
    data = table if isinstance(table, bytes) else csv_of(table)
    file = SimpleUploadedFile("table.csv", data)
    return client.post(page(model, "import"), {"import_file": file, "reason": reason})


def sealed(answer: Any) -> str:
    """What the preview's yes brings back; "" where there was no good preview."""
    form = answer.context.get("confirm_form") if answer.context else None
    return str(form["sealed"].value()) if form else ""


def confirm(client: Client, model: type[Model], note: str) -> Any:
    """Say yes to a preview."""
    return client.post(page(model, "process_import"), {"sealed": note}, follow=True)


def bring(client: Client, model: type[Model], table: Rows | bytes, reason: str = "") -> Any:
    """Upload a table and say yes; where the preview was bad, what it says."""
    answer = preview(client, model, table, reason)
    note = sealed(answer)
    return confirm(client, model, note) if note else answer


def problems(answer: Any) -> list[tuple[int, str, str]]:
    """Row, column and sentence of everything that the page finds wrong."""
    result = answer.context.get("result")
    return sorted(result.problems) if result else []


def said(answer: Any) -> str:
    """What the page says of the file as a whole."""
    form = answer.context["form"]
    return " ".join([*answer.context.get("lines", ()), *form.errors.get("import_file", ())])
