"""Columns that refuse what nobody can read: control characters, endless text, no-dates."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from unicodedata import bidirectional, category

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, URLValidator
from django.db import models
from django.db.models import Q

from tracker.records.dates import parse_period, parse_when

LINE_LENGTH = 300  # characters
PROSE_LENGTH = 20_000  # characters; a page of a law is about 3,000

# C0 and C1 controls, DEL, lone surrogates and the two non-characters break XML feeds or PostgreSQL;
# tab and line feed are ordinary in prose.
# So do embeddings, overrides and isolates of direction, which make one text look like another.
BIDI = "\u202a-\u202e\u2066-\u2069"
UNPRINTABLE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{BIDI}\ud800-\udfff\ufffe\uffff]")
UNPRINTABLE_IN_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{BIDI}\ud800-\udfff\ufffe\uffff]")


def refuse_unprintable(value: str) -> None:
    """Raise ValidationError naming the first control character and where it stands."""
    _refuse(UNPRINTABLE, value)


def refuse_unprintable_in_line(value: str) -> None:
    """As `refuse_unprintable`, and line breaks and tabs too."""
    _refuse(UNPRINTABLE_IN_LINE, value)


# Of the characters that show nothing: joiners, without which Arabic, the scripts of India and their
# like are misspelt, and the signs that stand before a number in Arabic and Syriac and do show.
JOINERS = "\u200c\u200d"
NUMBER_SIGNS = "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
# They count as letters or signs, and are blank.
BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
# Arabic to Thaana, India's scripts to Myanmar's, Khmer and Mongolian, Arabic's presentation forms.
_JOINED = r"[\u0600-\u07bf\u0840-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefe]"
_VIRAMA = "[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]"
_JOINER_IN_PLACE = re.compile(f"(?<={_JOINED})[{JOINERS}](?={_JOINED})|(?<={_VIRAMA})[{JOINERS}]")
_DIRECTION_MARK = re.compile("[\u061c\u200e\u200f]")
_NUMBER_SIGN = re.compile(f"[{NUMBER_SIGNS}]")


def refuse_invisible(value: str) -> None:
    """Raise ValidationError where a line holds what nobody sees, or nothing that anybody sees.

    Zero-width characters, soft hyphens, tags and the like make two names that look the same. The
    joiners U+200C and U+200D stay between two letters of a script that is spelt with them, and
    after a virama, which they shape; marks of direction, where letters run from right to left.
    """
    if value.isascii() and value.isprintable() and not value.isspace() and value:
        return  # most lines; all that follows looks at every character
    kept = _NUMBER_SIGN.sub("#", _JOINER_IN_PLACE.sub("_", value))
    if any(character.isalpha() and bidirectional(character) in ("R", "AL") for character in value):
        kept = _DIRECTION_MARK.sub(" ", kept)
    for place, character in enumerate(kept):
        if category(character) == "Cf" or BLANK.match(character):
            _refused(place, character)
    if not any(category(character)[0] in "LNPS" for character in kept):
        raise ValidationError("Nothing of it can be seen; give it a letter.", code="invisible")


def _refuse(pattern: re.Pattern[str], value: str) -> None:
    if found := pattern.search(value):
        _refused(found.start(), found.group())


def _refused(place: int, character: str) -> None:
    raise ValidationError(
        f"Character {place + 1} is U+{ord(character):04X}, which cannot be shown; take it out.",
        code="unprintable",
    )


def validate_when(value: str) -> None:
    """Raise ValidationError unless `value` is a date as `records.dates` reads it."""
    _as_validation_error(parse_when, value)


def validate_period(value: str) -> None:
    """Raise ValidationError unless `value` is an ISO 8601 duration of whole days or longer."""
    _as_validation_error(parse_period, value)


def _as_validation_error(parse: Any, value: str) -> None:
    try:
        parse(value)
    except ValueError as error:
        raise ValidationError(str(error), code="invalid") from None


class LineField(models.CharField):
    """One line of visible text; at most 300 characters unless told otherwise."""

    default_validators = [refuse_unprintable_in_line, refuse_invisible]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LINE_LENGTH)
        super().__init__(*args, **kwargs)


class ProseField(models.TextField):
    """Plain text of at most 20,000 characters, without control characters."""

    default_validators = [refuse_unprintable, MaxLengthValidator(PROSE_LENGTH)]

    def to_python(self, value: Any) -> Any:
        """Browsers end lines with CR LF; the record ends them with LF."""
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class WhenField(models.CharField):
    """A reduced-precision date, kept as given. Pair it with a `WhenStart` and a `WhenEnd`."""

    default_validators = [validate_when]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 70)
        super().__init__(*args, **kwargs)


class _Derived(models.Field):
    """A column computed from a WhenField whenever its row is saved, so that the two never differ.

    `pre_save` runs for `save()` and `bulk_create()` alike; `QuerySet.update()` bypasses it, and no
    room updates a WhenField that way.
    """

    derived = True

    def __init__(self, source: str = "", **kwargs: Any) -> None:
        self.source = source
        super().__init__(null=True, editable=False)

    def deconstruct(self) -> Any:
        name, path, _args, _kwargs = super().deconstruct()
        return name, path, [self.source], {}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        text = getattr(model_instance, self.source)
        value = self.derive(text) if text else None
        setattr(model_instance, self.attname, value)
        return value

    def derive(self, text: str) -> Any:
        raise NotImplementedError


class WhenStart(_Derived, models.DateTimeField):
    """The earliest instant of the WhenField named `source`; lists are sorted by it."""

    def derive(self, text: str) -> Any:
        return parse_when(text).start


class WhenEnd(_Derived, models.DateField):
    """The date at UTC-12 of the latest instant of the WhenField named `source`; for comparing."""

    def derive(self, text: str) -> Any:
        return parse_when(text).end


class AddressField(models.URLField):
    """A web address, http or https and nothing else (never `javascript:` or `data:`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 500)
        super().__init__(*args, **kwargs)

    default_validators = [
        refuse_unprintable_in_line,
        refuse_invisible,
        URLValidator(
            schemes=["http", "https"],
            message="Give a full web address that begins with https:// or http://.",
        ),
    ]


class PeriodField(LineField):
    """An ISO 8601 duration such as P1Y."""

    default_validators = [refuse_unprintable_in_line, validate_period]


def choices(values: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """Choices for a column that holds a plain enumeration of the `scoring` room."""
    return [(value.value, value.value.replace("_", " ")) for value in values]


def one_of(field: str, values: Iterable[str], blank: bool = False) -> models.CheckConstraint:
    """A CHECK that `field` holds exactly one of `values` (or nothing, if `blank`)."""
    allowed = [str(value) for value in values] + ([""] if blank else [])
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": allowed}),
        name=f"%(app_label)s_%(class)s_{field}_known",
        violation_error_message=f"{field.replace('_', ' ')} must be one of: "
        + ", ".join(value or "(nothing)" for value in allowed)
        + ".",
    )
