"""Tables made of the record, for search and for lists. Rows are written by `curation` as the record
changes, and by nothing else; all of them can be thrown away and made again."""

from datetime import date
from typing import ClassVar

from django.db import models

from tracker.commitments.models import Commitment, Pledge
from tracker.labs.models import Lab

#: Before and after everything that is dated.
FIRST, LAST = date.min, date.max


class SearchDocument(models.Model):
    """What can be found of one published record. All of it can be thrown away and made again.

    `title` and `text` are what a reader is shown; the columns of words are the same and more, as
    `reading.folding` folds them, for the database to search. `more_words` are found and not shown:
    words that are shown under conditions of their own, and the names of what the record concerns.
    """

    noun = models.CharField(max_length=20)
    slug = models.CharField(max_length=120)
    title = models.TextField()
    text = models.TextField()
    title_words = models.TextField()
    text_words = models.TextField()
    more_words = models.TextField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("noun", "slug"), name="tracker_searchdocument_once")
        ]
        # The newest of a noun. Not of the plain id: PostgreSQL would rather walk through all nouns
        # by the primary key, which has that order too.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(models.F("noun"), models.F("id") * -1, name="searchdocument_newest")
        ]

    def __str__(self) -> str:
        return f"{self.noun} {self.slug}"


class _Stands(models.Model):
    """How one published commitment stands from a day on, until the day before another.

    One row a commitment and span of days in which none of its axes but the schedule changes; the
    schedule follows from `timing`, `due_on` and the day. Beside the axes stands what lists are
    narrowed and sorted by, so that a list reads this table and no other. `until_day` is LAST where
    nothing is known to come after.

    `low_part` and `high_part` of `whole` are the exact ends of its range, where it is rated.
    """

    # No constraints: what is written here was read from the very rows a moment before.
    commitment = models.ForeignKey(
        Commitment, models.DO_NOTHING, db_index=False, db_constraint=False
    )
    from_day = models.DateField()
    until_day = models.DateField()

    lab = models.ForeignKey(
        Lab, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    lab_slug = models.CharField(max_length=120)
    pledge = models.ForeignKey(
        Pledge, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    clause_id = models.BigIntegerField(null=True)
    slug = models.CharField(max_length=120)
    title = models.TextField()
    category = models.CharField(max_length=14)
    basis = models.CharField(max_length=8)
    force = models.CharField(max_length=8)
    made_on_start = models.DateTimeField()
    due_by = models.DateField()  # LAST where nothing is due: so that those come last everywhere

    current = models.BigIntegerField(null=True)  # the judgement in force
    effective_on = models.DateField(null=True)  # of that judgement
    verdict = models.CharField(max_length=12)
    provisional = models.BooleanField()
    confidence = models.CharField(max_length=6, blank=True)
    contested = models.BooleanField()
    denied_on = models.DateField(null=True)
    lifecycle = models.CharField(max_length=10)
    timing = models.CharField(max_length=11)
    due_on = models.DateField(null=True)
    whole = models.BigIntegerField(null=True)
    low_part = models.BigIntegerField(null=True)
    high_part = models.BigIntegerField(null=True)

    class Meta:
        abstract = True
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("commitment", "from_day"), name="tracker_%(class)s_once"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=names, name=f"tracker_%(class)s_{name}")
            for name, names in (
                ("pledge", ("pledge", "lab_slug", "clause_id")),
                # a lab's page: without the rows themselves being read
                (
                    "kind",
                    (
                        *("lab_slug", "basis", "category", "made_on_start", "slug"),
                        *("from_day", "until_day", "commitment"),
                    ),
                ),
                # the orders of the list
                ("lab", ("lab_slug", "made_on_start", "slug")),
                ("newest", ("-made_on_start", "slug")),
                ("oldest", ("made_on_start", "slug")),
                ("due", ("due_by", "slug")),
                ("verdict", ("verdict", "slug")),
                ("title", ("title", "slug")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.slug} from {self.from_day}"


class StandsNow(_Stands):
    """As today has it, and the days that come: what is published has happened, however coarse its
    date. What was before the day on which it was written is not told apart: the first span of a
    commitment begins with FIRST."""

    class Meta(_Stands.Meta):
        indexes: ClassVar[list[models.Index]] = [
            *_Stands.Meta.indexes,
            # what is due of a lab, and how its commitments stand
            models.Index(
                fields=("lab_slug", "basis", "due_on", "slug", "timing", "from_day", "until_day"),
                name="tracker_standsnow_lab_due",
            ),
            models.Index(
                fields=(
                    *("lab_slug", "basis", "category", "verdict", "force", "provisional"),
                    *("confidence", "contested", "lifecycle", "from_day", "until_day", "lab"),
                ),
                name="tracker_standsnow_alike",
            ),
            # the front page
            models.Index(
                fields=("timing", "basis", "due_on", "slug", "from_day", "until_day"),
                name="tracker_standsnow_overdue",
            ),
            models.Index(fields=("basis", "due_on", "slug"), name="tracker_standsnow_ahead"),
            models.Index(
                fields=(
                    *("contested", "basis", "effective_on", "from_day", "until_day"),
                    *("verdict", "slug", "commitment"),
                ),
                name="tracker_standsnow_disputed",
            ),
        ]


class StoodThen(_Stands):
    """As it stood on a day that is past: what had surely happened by then."""

    class Meta(_Stands.Meta):
        indexes: ClassVar[list[models.Index]] = [
            *_Stands.Meta.indexes,
            # how labs stood, and how their scores came about: without the rows being read
            models.Index(
                fields=(
                    *("lab_slug", "from_day", "until_day", "basis", "lifecycle", "category"),
                    *("verdict", "force", "provisional", "confidence", "contested"),
                    *("whole", "low_part", "high_part", "lab", "current", "commitment"),
                ),
                name="tracker_stoodthen_alike",
            ),
        ]


class StandsCount(models.Model):
    """How many of a lab's commitments stand alike now, of those that its score counts: StandsNow
    added up, by what the pages of many labs tell of each. `low` and `high` are the sums of their
    parts of `whole`, which is 0 for those without a range."""

    lab = models.ForeignKey(
        Lab, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    from_day = models.DateField()
    until_day = models.DateField()
    verdict = models.CharField(max_length=12)
    aim = models.BooleanField()
    provisional = models.BooleanField()
    confidence = models.CharField(max_length=6, blank=True)
    contested = models.BooleanField()
    whole = models.BigIntegerField()
    count = models.IntegerField()
    low = models.BigIntegerField()
    high = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=(
                    *("lab", "from_day", "until_day", "verdict", "aim", "provisional"),
                    *("confidence", "contested", "whole"),
                ),
                name="tracker_standscount_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.lab_id}: {self.count} {self.verdict}"
