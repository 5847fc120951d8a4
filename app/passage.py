"""A person's way through an activity: its stations, and the completion rule explained in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import bindparam, select

from app import activities, completion, content, db, judging, plugins, registrations
from app.activities import Known
from app.models import Activity, Progress, Registration
from app.vocabulary import Asking, say


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
            url=child.url,
            note=_note(rows.get(child.id)),
            key=child.key,
        )
        for child in content.keep_in_mind(f"way {activity.id}", lambda: _inside(activity))
    ]
    for some in plugins.ring().stations(activity=activity, registration=registration):
        way.extend(some)
    if registration is not None and here is None:
        for place, station in enumerate(way):
            if station.state == "ahead":
                way[place] = replace(station, state="here")
                break
    return way


def _inside(activity: Activity) -> list[Known]:
    """The tracked children of an activity in their order: asked for on every page of a module,
    and changed with the content alone."""
    ids = db.session().scalars(_INSIDE, {"one": activity.id}).all()
    known = activities.known(ids)
    return [known[one] for one in ids if activities.kind(known[one].kind).tracked]


_INSIDE = (
    select(Activity.id)
    .where(Activity.parent_id == bindparam("one"), Activity.retired_at.is_(None))
    .order_by(Activity.position, Activity.key)
)


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
    """A verdict as a page and the API say it; `met` is None where nobody was judged.

    `left` is what is still to be done in short ("2 more sessions"), None where nothing is;
    `folded`: the words say it all, and the parts are for who asks.
    """

    met: bool | None
    words: str
    when: datetime | None
    parts: tuple[Explanation, ...] = ()
    left: str | None = None
    folded: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def missing(self) -> list[str]:
        """What is still to be done, part by part, in short."""
        parts = self.parts if self.parts and not self.folded else (self,)
        return [one.left for one in parts if one.left]


def explain(registration: Registration, *, language: str) -> Explanation | None:
    """What is done, what is missing and why, for one registration; None without a rule."""
    return explain_all([registration], language=language).get(registration.id)


def explain_all(
    registrations: Collection[Registration], *, language: str
) -> dict[UUID, Explanation]:
    """The same for several, by registration: as many queries as for one."""
    verdicts = judging.verdicts_of(registrations)
    iris = {iri for one in verdicts.values() for iri in completion.mentions(one.rule)}
    names = activities.names(iris) if iris else {}
    return {
        one: in_words(verdict, language=language, names=names) for one, verdict in verdicts.items()
    }


def requirement(activity: Activity, *, language: str) -> Explanation | None:
    """The rule of an activity as anybody may read it, before beginning."""
    if activity.rule is None:
        return None
    return in_general(completion.parse(activity.rule), activity, language)


def in_general(rule: completion.Rule, activity: Activity, language: str) -> Explanation:
    """The words of a rule of an activity, also of one that is only proposed."""
    names = activities.names(completion.mentions(rule))
    unjudged = completion.explain(rule, [], activity.id)
    return _say(unjudged, _Speaker(names, language, judged=False))


def in_words(
    verdict: completion.Verdict, *, language: str, names: Mapping[str, Known] | None = None
) -> Explanation:
    """A verdict in the reader's language. `names` are those of what its rule mentions, where the
    caller has them already."""
    if names is None:
        names = activities.names(completion.mentions(verdict.rule))
    return _say(verdict, _Speaker(names, language, judged=True))


@dataclass(frozen=True, slots=True)
class _Speaker:
    """What is needed to say a verdict."""

    names: Mapping[str, Known]
    language: str
    judged: bool

    def title(self, iri: str) -> str:
        name = self.names.get(iri)
        return (say(name.titles, self.language) if name else "") or iri.rpartition("/")[2]

    def asking(self, iri: str) -> Asking | None:
        name = self.names.get(iri)
        return activities.kind(name.kind).asking if name else None

    def asking_for(self, rule: completion.Rule) -> Asking | None:
        """The words for a number of activities that are all of one kind."""
        if not isinstance(rule, completion.AtLeast):
            return None
        each = [
            self.asking(part.activity) if isinstance(part, completion.Completed) else None
            for part in rule.parts
        ]
        return each[0] if each and all(one is each[0] for one in each) else None


def _say(verdict: completion.Verdict, speaker: _Speaker) -> Explanation:
    asking = speaker.asking_for(verdict.rule)
    words = _count(verdict, asking, speaker) if asking else _sentence(verdict, speaker)
    return Explanation(
        met=verdict.met if speaker.judged else None,
        words=words,
        when=verdict.at,
        parts=tuple(_say(part, speaker) for part in verdict.parts),
        left=_left(verdict, asking, words) if speaker.judged and not verdict.met else None,
        folded=asking is not None,
    )


def _count(verdict: completion.Verdict, asking: Asking, speaker: _Speaker) -> str:
    words = asking.several(_needed(verdict.rule), len(verdict.parts))
    if not speaker.judged:
        return words
    return _("%(words)s (so far: %(count)s)", words=words, count=_done(verdict))


def _left(verdict: completion.Verdict, asking: Asking | None, words: str) -> str:
    if asking:
        return asking.left(max(_needed(verdict.rule) - _done(verdict), 1))
    return f"{words} ({_done(verdict)} / {len(verdict.parts)})" if verdict.parts else words


def _needed(rule: completion.Rule) -> int:
    return rule.needed if isinstance(rule, completion.AtLeast) else 1


def _done(verdict: completion.Verdict) -> int:
    return sum(part.met for part in verdict.parts)


def _sentence(verdict: completion.Verdict, speaker: _Speaker) -> str:
    match verdict.rule:
        case completion.Completed(activity):
            asking, title = speaker.asking(activity), speaker.title(activity)
            return asking.one(title) if asking else _("Complete “%(title)s”", title=title)
        case completion.Score(activity, minimum):
            words = {"title": speaker.title(activity), "minimum": round(minimum * 100)}
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
