"""The two bases of the record: `Record`, which has a public address, and `Part`, which has not."""

from functools import lru_cache
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse

from tracker.records.fields import one_of


class State(models.TextChoices):
    """Where a record stands between its curators and its readers."""

    DRAFT = "draft", "draft"
    IN_REVIEW = "in_review", "in review"  # Assessments only
    PUBLISHED = "published", "published"
    RETRACTED = "retracted", "retracted"


@lru_cache
def _page_of(noun: str) -> tuple[str, str]:
    """What stands before a slug and after it in addresses of this noun. A list has a hundred of
    them, and `reverse` takes longer over one than its row takes. NoReverseMatch where none has."""
    before, _, after = reverse(noun, args=["0"]).partition("0")
    return before, after


class Declared(models.Model):
    """What the plain form (`records.plain`) needs to know of a model.

    `parts` names the reverse relations that live and die with the row; `groups` the column
    prefixes that the plain form nests (`deadline_kind` becomes `deadline.kind`); `plain_names` the
    columns that it calls otherwise; `plain_extra` computed numbers that it adds; `private` the
    columns that no reader ever sees; `brought` those of them that a record file brings all the
    same; `owner` the column of a part that points at its record.
    """

    parts: ClassVar[tuple[str, ...]] = ()
    groups: ClassVar[tuple[str, ...]] = ()
    plain_names: ClassVar[dict[str, str]] = {}
    plain_extra: ClassVar[tuple[str, ...]] = ()
    private: ClassVar[frozenset[str]] = frozenset()
    brought: ClassVar[tuple[str, ...]] = ()
    owner: ClassVar[str] = ""

    class Meta:
        abstract = True


class Record(Declared):
    """A noun with a public slug. Written by `curation` alone."""

    slug = models.CharField(
        max_length=120,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9]+(-[a-z0-9]+)*\Z",
                "Use lowercase letters, digits and single hyphens, e.g. example-lab-2027-audit.",
            )
        ],
        help_text="Its name in web addresses; never changes. Example: example-lab-2027-audit",
    )
    state = models.CharField(
        max_length=10, choices=State, default=State.DRAFT, editable=False, db_index=True
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_of("state", [State.DRAFT, State.PUBLISHED, State.RETRACTED])
        ]

    def get_absolute_url(self) -> str:
        """The public page of this record."""
        before, after = _page_of(self.noun())
        return f"{before}{self.slug}{after}"

    @classmethod
    def noun(cls) -> str:
        """The noun in the singular, as the log and the API have it."""
        return str(cls._meta.model_name)


class Part(Declared):
    """A row that belongs to one record and is published with it.

    `identity` are the columns that tell its siblings apart.
    """

    identity: ClassVar[tuple[str, ...]]
    plain_key_type: ClassVar[type] = str  # of what the plain form refers to it by

    class Meta:
        abstract = True
