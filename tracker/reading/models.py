"""The table that search reads. Rows are written by `curation.indexing` and by nothing else."""

from typing import ClassVar

from django.db import models


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

    def __str__(self) -> str:
        return f"{self.noun} {self.slug}"
