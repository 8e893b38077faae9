"""How the record's values are written into pages. Display only; nothing here asks the database.

What follows from a few values alone, as a chip does, is made once and kept (`lru_cache`): a list
shows the same few dozen again and again.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tracker.answers.time import Shown
from tracker.assessments.wording import verdict_on
from tracker.changes.wording import field_words
from tracker.commitments.enums import Category, DeadlineKind, Force, Lifecycle, Schedule
from tracker.commitments.models import Commitment
from tracker.labs.models import Lab
from tracker.reading.pages.addresses import address_of
from tracker.reading.pages.told import Told
from tracker.reading.represent import exact
from tracker.reading.standing import Alike, Standing
from tracker.records.dates import parse_when, words
from tracker.records.models import State
from tracker.scoring import percent
from tracker.sources.models import Quotation, Source
from tracker.web import words as readers
from tracker.web.charts.scale import figure
from tracker.web.tally import tally

register = template.Library()
register.filter(field_words)

ALIKE = 2_048  # pieces of one kind that are kept, of less than a kilobyte each

#: HTML's <time> knows years, months, days and instants, but no quarters.
_NO_DATETIME = re.compile(r"-Q[1-4]$")


@register.filter
@lru_cache(ALIKE)
def when(text: str) -> SafeString:
    """A date of the record: “15 May 2024 to 17 May 2024”, each end marked up as a time."""
    return format_html_join(" to ", "{}", ((_point(piece),) for piece in text.split("/")))


def _point(piece: str) -> SafeString:
    said = words(parse_when(piece))
    if _NO_DATETIME.search(piece):
        return format_html("{}", said)
    return format_html('<time datetime="{}">{}</time>', piece, said)


@register.filter
def day(value: date | datetime | None) -> SafeString:
    """A plain day."""
    if value is None:
        return SafeString("")
    return when((value.date() if isinstance(value, datetime) else value).isoformat())


@register.filter
def moment(value: datetime) -> SafeString:
    """An instant of the log, in UTC: “21 November 2026, 20:15 UTC”."""
    value = value.astimezone(UTC)
    said = f"{words(parse_when(value.date().isoformat()))}, {value:%H:%M} UTC"
    # HTML's <time> takes three digits of a second; the log itself has six
    machine = value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}">{}</time>', machine, said)


@register.filter
def period(text: str) -> str:
    """“every 3 months”."""
    return readers.period_words(text)


@register.filter
def percents(value: tuple[int, int] | None) -> str:
    """“0–50 %”."""
    return readers.percent_words(value)


@register.filter
def ranged(value: tuple[int, int]) -> str:
    """“0–0 %”."""
    return readers.range_words(value)


@register.filter
@lru_cache(ALIKE)
def share(value: Fraction | str | None) -> str:
    """A share, as a fraction or its text, in whole per cent: “33 %”."""
    fraction = exact(value) if isinstance(value, str) else value
    return "" if fraction is None else f"{percent(fraction)} %"


@register.filter
def thousands(value: int) -> str:
    """A count: “1,200”."""
    return f"{value:,}"


@register.filter
def verdict(value: str, commitment: Commitment) -> str:
    """A verdict by itself: “partly kept”, and “not reached” for an aim."""
    return verdict_on(commitment, value)


@register.filter
def tier(value: str) -> str:
    """“tertiary, compiled from others”."""
    return readers.TIERS[value]


@register.filter
def ceiling_reason(value: str) -> str:
    """Why the evidence allows no more than this confidence."""
    return readers.CEILINGS[value]


@register.filter
def worth(working: dict[str, Any], value: str) -> dict[str, str] | None:
    """{low, high} of a finding in the methodology that an assessment stored; None: left out."""
    found: dict[str, str] | None = working["methodology"]["findings"].get(value)
    return found


@register.filter
def verdict_reason(standing: Standing) -> str:
    """Which threshold made the verdict."""
    assert standing.assessment is not None
    return readers.verdict_reason(standing.assessment.working, standing.commitment)


@register.filter
def named(source: Source) -> SafeString:
    """A source by name, with the tier at which it counts."""
    retracted = source.state == State.RETRACTED
    return format_html(
        '<a href="{}"><cite><bdi>{}</bdi></cite></a> <span class="tier">({})</span>',
        source.get_absolute_url(),
        source.title,
        "retracted" if retracted else readers.TIERS[source.effective_tier],
    )


@register.filter
def linked(lab: Lab, time: Shown | None) -> SafeString:
    """A lab by name, on the day that the page shows."""
    suffix = time.suffix if time else ""
    return format_html('<a href="{}{}"><bdi>{}</bdi></a>', lab.get_absolute_url(), suffix, lab.name)


@register.filter
def deadline(commitment: Commitment) -> SafeString:
    """By when: “due July 2027”, “every year, next by 2027”, “no date given”."""
    due = when(commitment.deadline_due_on) if commitment.deadline_due_on else ""
    match commitment.deadline_kind:
        case DeadlineKind.BY_DATE:
            return format_html("due {}", due)
        case DeadlineKind.WINDOW:
            return format_html("{}", due)
        case DeadlineKind.RECURRING:
            every = readers.period_words(commitment.deadline_period)
            return format_html("{}, next by {}", every, due)
        case DeadlineKind.TRIGGER:
            return _triggered(commitment, due)
        case DeadlineKind.STANDING:
            return SafeString("standing, no end")
        case _:
            return SafeString("no date given")


@register.simple_tag(takes_context=True)
def by_when(context: template.Context, commitment: Commitment) -> SafeString:
    """The same on the day that the page shows: a trigger that fired later has not fired yet."""
    day, fired = context.get("as_of"), commitment.deadline_triggered_on_end
    if day and fired and fired > day:
        return format_html("when: {}", commitment.deadline_trigger)
    return deadline(commitment)


def _triggered(commitment: Commitment, due: str) -> SafeString:
    said = format_html("when: {}", commitment.deadline_trigger)
    if commitment.deadline_triggered_on:
        said = format_html("{} (happened {})", said, when(commitment.deadline_triggered_on))
    return format_html("{}, due {}", said, due) if due else said


@register.filter
def capped(source: Source) -> bool:
    """Whether the source counts for less than its own tier."""
    return source.effective_tier != source.tier


@register.filter
def plain(value: Any) -> SafeString:
    """A value of a plain form: nothing is a dash, lists and tables are JSON."""
    if value in (None, "", [], {}):
        return format_html('<p class="value">{}</p>', "–")
    if isinstance(value, list | dict):
        text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
        return format_html("<pre>{}</pre>", text)
    said = ("yes" if value else "no") if isinstance(value, bool) else value
    return format_html('<p class="value">{}</p>', said)


@register.simple_tag
def subject_url(told: Told) -> str:
    """Where the subject of a change stands, "" where it has no page."""
    return address_of(*told.subject) if told.subject else ""


@register.filter
def category(commitment: Commitment) -> str:
    """Of what kind it is."""
    return str(Category(commitment.category).label)


@register.simple_tag
def chip(standing: Standing) -> SafeString:
    """Verdict, “so far”, confidence and contested, always together."""
    tone = readers.tone(standing.verdict, standing.commitment)
    return _chip(tone, standing.words, standing.confidence, standing.contested)


@lru_cache(ALIKE)
def _chip(tone: str, words: str, confidence: str, contested: bool) -> SafeString:
    return render_to_string(
        "_chip.html",
        {"tone": tone, "words": words, "confidence": confidence, "contested": contested},
    )


@register.simple_tag
@lru_cache(ALIKE)
def shape(tone: str) -> SafeString:
    """The shape of a verdict or finding; the words stand beside it."""
    return render_to_string("_shape.html", {"tone": tone})


@register.simple_tag
@lru_cache(ALIKE)
def range_bar(value: tuple[int, int] | None, bare: bool = False) -> SafeString:
    """A range as a bar from 0 to 100 with the verdicts' thresholds, and in figures.

    `bare`: the word “range” stands beside it already.
    """
    told: dict[str, Any] = {"said": ""}
    if value is not None:
        low, high = value
        told = {"said": readers.range_words(value), "x": low, "width": high - low, "bare": bare}
    return render_to_string("_range.html", told)


@register.simple_tag(takes_context=True)
def passport(context: template.Context, standing: Standing) -> SafeString:
    """What else is to be known of a commitment beside its verdict."""
    commitment, judged = standing.commitment, standing.assessment
    return _passport(
        commitment.basis,
        commitment.force,
        standing.lifecycle,
        standing.schedule,
        by_when(context, commitment),
        judged.timeliness if judged else "",
        judged.days_late if judged else None,
    )


@lru_cache(ALIKE)
def _passport(
    basis: str, force: str, lifecycle: Lifecycle, schedule: Schedule, due: SafeString,
    timeliness: str, days_late: int | None,
) -> SafeString:  # fmt: skip
    told = {
        "basis": basis, "force": Force(force).label, "lifecycle": lifecycle.label,
        "schedule": schedule.label, "due": due,
        "assessment": {"timeliness": timeliness, "days_late": days_late},
    }  # fmt: skip
    return render_to_string("commitments/_passport.html", told)


@register.inclusion_tag("_distribution.html")
def distribution(
    standings: Iterable[Standing | Alike], table: str = "", of: str | None = None, suffix: str = ""
) -> dict[str, Any]:
    """How many commitments stand under each verdict: a bar, and the counts in words.

    `table`: where it stands large, an id of its own; it then has the table behind it. `of`: the
    lab's slug, "" for all labs, where each count leads to its commitments, `suffix` to their day.
    """
    counts = tally(standings)
    total = sum(count.count for count in counts)
    segments, x = [], Fraction(0)
    for count in counts:
        width = Fraction(100 * count.count, total)
        segments.append(
            {
                "tally": count,
                "url": "" if of is None else _list_url(count.tone, of, suffix),
                "share": width / 100,
                "x": figure(x),
                "width": figure(width),
                "middle": figure(x + width / 2),
                "room": width > 3 * len(f"{count.count:,}"),  # on a phone
            }
        )
        x += width
    return {
        "segments": segments,
        "total": total,
        "said": ", ".join(count.said for count in counts),
        "low": sum(count.low for count in counts),
        "so_far": sum(count.so_far for count in counts),
        "table": table,
    }


def _list_url(tone: str, lab: str, suffix: str) -> str:
    """Where the commitments are listed that are counted under this shape."""
    query = {"counted": tone} | ({"lab": lab} if lab else {})
    return f"{reverse('commitments')}?{urlencode(query)}{suffix.replace('?', '&')}"


@register.inclusion_tag("_quotation.html", takes_context=True)
def quoted(
    context: template.Context, quotation: Quotation, around: bool = False, under: bool = False
) -> Any:
    """The words with speaker, source, check and attribution.

    `around`: with the text printed around them; `under`: the source is named just above.
    """
    attribution = context["attributions"].get(quotation.pk, "reported")
    return {
        "quotation": quotation,
        "attribution": attribution,
        "attribution_words": readers.ATTRIBUTIONS[attribution],
        "check_words": readers.CHECKS[quotation.check_status],
        "around": around,
        "under": under or around,
    }
