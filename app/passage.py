"""A person's way through an activity: its stations, and the completion rule explained in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import bindparam, select

from app import activities, completion, db, judging, plugins, registrations
from app.models import Activity, Progress, Registration
from app.vocabulary import Words, say


@dataclass(frozen=True, slots=True)
class Station:
    """A stop on the way. `state` is "done", "here" or "ahead"; `url` without its language; `key`
    is that of its activity, where it is one."""

    title: str
    kind: str
    state: str
    url: str | None = None
    note: str | None = None
    key: str | None = None


def stations(
    activity: Activity,
    registration: Registration | None,
    *,
    language: str,
    here: Activity | None = None,
    rows: Mapping[UUID, Any] | None = None,
) -> list[Station]:
    """The way through an activity, in order; with a registration, what is done on it.

    `here` is the activity being looked at; without it the first that is not done is "here".
    `rows` are those of registrations.progress_of, where the caller has them already.
    """
    if rows is None:
        rows = registrations.progress_of(registration) if registration else {}
    way = [
        Station(
            title=say(child.titles, language),
            kind=child.kind,
            state=_state(rows.get(child.id), here is not None and child.id == here.id),
            url=activities.url(child),  # type: ignore[arg-type]  # its values are all that is asked
            note=_note(rows.get(child.id)),
            key=child.key,
        )
        for child in db.session().execute(_INSIDE, {"one": activity.id})
        if activities.kind(child.kind).tracked
    ]
    for some in plugins.ring().stations(activity=activity, registration=registration):
        way.extend(some)
    if registration is not None and here is None:
        for place, station in enumerate(way):
            if station.state == "ahead":
                way[place] = replace(station, state="here")
                break
    return way


_TABLE = Activity.__table__.c
_INSIDE: Any = (
    select(_TABLE.id, _TABLE.key, _TABLE.kind, _TABLE.titles)
    .where(_TABLE.parent_id == bindparam("one"), _TABLE.retired_at.is_(None))
    .order_by(_TABLE.position, _TABLE.key)
)
"""The children of an activity as plain values: every page of a module asks for them."""


def _state(row: Progress | None, here: bool) -> str:
    if here:
        return "here"
    return "done" if row is not None and row.status in completion.DONE else "ahead"


def _note(row: Progress | None) -> str | None:
    if row is None or row.score is None:
        return None
    return _("best score %(percent)s %%", percent=round(row.score * 100))


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict as a page and the API say it; `met` is None where nobody was judged."""

    met: bool | None
    words: str
    when: datetime | None
    parts: tuple[Explanation, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def explain(registration: Registration, *, language: str) -> Explanation | None:
    """What is done, what is missing and why, for one registration; None without a rule."""
    verdict = judging.verdict_of(registration)
    return in_words(verdict, language=language) if verdict else None


def requirement(activity: Activity, *, language: str) -> Explanation | None:
    """The rule of an activity as anybody may read it, before beginning."""
    if activity.rule is None:
        return None
    return in_general(completion.parse(activity.rule), activity, language)


def in_general(rule: completion.Rule, activity: Activity, language: str) -> Explanation:
    """The words of a rule of an activity, also of one that is only proposed."""
    told = in_words(completion.explain(rule, [], activity.id), language=language)
    return _unjudged(told)


def _unjudged(told: Explanation) -> Explanation:
    """The same words of a rule by which nobody was judged."""
    return replace(told, met=None, parts=tuple(_unjudged(part) for part in told.parts))


def in_words(
    verdict: completion.Verdict, *, language: str, titles: dict[str, Words] | None = None
) -> Explanation:
    """A verdict in the reader's language. `titles` are those of what its rule mentions, where the
    caller has them already."""
    if titles is None:
        titles = activities.titles(completion.mentions(verdict.rule))
    return _say(verdict, titles, language)


def _say(verdict: completion.Verdict, titles: dict[str, Words], language: str) -> Explanation:
    return Explanation(
        met=verdict.met,
        words=_sentence(verdict, titles, language),
        when=verdict.at,
        parts=tuple(_say(part, titles, language) for part in verdict.parts),
    )


def _sentence(verdict: completion.Verdict, titles: dict[str, Words], language: str) -> str:
    def title(iri: str) -> str:
        return say(titles.get(iri, {}), language) or iri.rpartition("/")[2]

    match verdict.rule:
        case completion.Completed(activity):
            return _("Complete “%(title)s”", title=title(activity))
        case completion.Score(activity, minimum):
            words = {"title": title(activity), "minimum": round(minimum * 100)}
            if verdict.score is None:
                return _("Reach at least %(minimum)s %% in “%(title)s”", **words)
            return _(
                "Reach at least %(minimum)s %% in “%(title)s” (best so far: %(best)s %%)",
                best=round(verdict.score * 100),
                **words,
            )
        case completion.All():
            return _("All of these")
        case completion.Any_():
            return _("One of these")
        case completion.AtLeast(count=None, share=share):
            return _("At least %(share)s %% of these", share=round((share or 0) * 100))
        case completion.AtLeast(count=count):
            return ngettext("At least %(num)d of these", "At least %(num)d of these", count or 0)


def resume(registration: Registration, stations: Sequence[Station]) -> Station | None:
    """Where to go on: where she stopped, unless that is done; then the first that is not."""
    left = [one for one in stations if one.url and one.state != "done"]
    stopped = (one for one in left if one.key and one.key == registration.resume)
    return next(stopped, left[0] if left else None)
