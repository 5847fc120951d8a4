"""Activities: what can be learned, found and defined; each with its IRI below the site."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, bindparam, delete, insert, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm.util import identity_key

from app import completion, content, db, plugins
from app.errors import NotFound
from app.models import Activity, RuleMention, activity_id
from app.vocabulary import Kind, Words


def kinds() -> dict[str, Kind]:
    """Every sort of activity that the plugins of this house make, by name."""
    return plugins.kinds()


def kind(name: str) -> Kind:
    """The kind; of a plugin that is switched off, a plain one that is still readable."""
    return kinds().get(name) or Kind(name, f"http://adlnet.gov/expapi/activities/{name}", {})


def site() -> str:
    """The IRI of this house, fixed at the first start; statements name its accounts by it."""
    return str(plugins.setting("SITE"))


def iri(key: str) -> str:
    """The IRI of an activity by its path below the site ("modules/m1/l2")."""
    return f"{site()}/activities/{key}"


def key_of(one: str) -> str:
    """The path below the site of an IRI of ours."""
    return one.removeprefix(iri(""))


def get(key: str) -> Activity:
    """The activity at a path. Raises NotFound."""
    found = find(key)
    if found is None:
        raise NotFound(_l("There is no such activity."))
    return found


def find(key: str) -> Activity | None:
    return by_id(activity_id(iri(key)))


def by_id(one: UUID | None) -> Activity | None:
    """The activity of this id, if there is one: what the session knows, else one prepared query."""
    if one is None:
        return None
    known = db.session().identity_map.get(identity_key(Activity, one))
    return known or db.session().scalar(_BY_ID, {"one": one})


def remembered(one: UUID | None) -> Activity | None:
    """The same for what changes with the content alone: a copy of what is kept in mind, so that
    the database is not asked for a module with each page of it. Not for acts that change it."""
    if one is None:
        return None
    session = db.session()
    known = session.identity_map.get(identity_key(Activity, one))
    if known is None:
        try:
            known = session.merge(
                content.keep_in_mind(f"activity {one}", lambda: _apart(one)), load=False
            )
        except NoResultFound:
            return None
    return known


def _apart(one: UUID) -> Activity:
    found = db.session().execute(_BY_ID, {"one": one}).scalar_one()
    db.session().expunge(found)
    return found


_BY_ID = select(Activity).where(Activity.id == bindparam("one"))


def children(parent: Activity, *kind_names: str) -> Sequence[Activity]:
    """What stands directly inside, in its order, without what was retired."""
    inside = select(Activity).where(Activity.parent_id == parent.id, Activity.retired_at.is_(None))
    if kind_names:
        inside = inside.where(Activity.kind.in_(kind_names))
    return db.session().scalars(inside.order_by(Activity.position, Activity.key)).all()


def of_kind(name: str) -> Sequence[Activity]:
    """All activities of a kind that are offered, in their order."""
    rows = select(Activity).where(Activity.kind == name, Activity.retired_at.is_(None))
    return db.session().scalars(rows.order_by(Activity.position, Activity.key)).all()


def tops() -> Sequence[Activity]:
    """What stands inside nothing else and is offered (courses, modules), by kind and place."""
    rows = select(Activity).where(Activity.parent_id.is_(None), Activity.retired_at.is_(None))
    return db.session().scalars(rows.order_by(Activity.kind, Activity.position, Activity.key)).all()


def ancestors(activity: Activity) -> set[UUID]:
    """The ids of everything that this stands inside of, however deep: one query at most."""
    if activity.parent_id is None:
        return set()
    known: dict[UUID, set[UUID]] = db.recalled("ancestors")
    if activity.id not in known:
        asked = {"parent": activity.parent_id}
        known[activity.id] = set(db.session().scalars(_ABOVE, asked))
    return known[activity.id]


def _above() -> Select[tuple[UUID]]:
    nearest = select(Activity.id, Activity.parent_id).where(Activity.id == bindparam("parent"))
    above = nearest.cte("above", recursive=True)
    further = select(Activity.id, Activity.parent_id).where(Activity.id == above.c.parent_id)
    return select(above.union(further).c.id)


_ABOVE = _above()


def inside(ids: Sequence[UUID]) -> Select[tuple[UUID]]:
    """The ids of these activities and of all that stands inside them, as a part of a query."""
    below = select(Activity.id).where(Activity.id.in_(ids)).cte("inside", recursive=True)
    children = select(Activity.id).join(below, Activity.parent_id == below.c.id)
    return select(below.union(children).c.id)


class Known(NamedTuple):
    """An activity as plain values, with its page: what is only spoken of needs no row."""

    id: UUID
    iri: str
    key: str
    kind: str
    parent_id: UUID | None
    titles: Words
    definition: dict[str, Any] | None
    url: str | None = None


def known(ids: Iterable[UUID]) -> dict[UUID, Known]:
    """These activities by id, where they are ours; kept in mind until the content changes: one
    query at most."""
    mind: dict[UUID, Known] = content.keep_in_mind("activities", dict)
    wanted = set(ids)
    missing = [one for one in wanted if one not in mind]
    if missing:
        if len(mind) > _MOST:
            mind.clear()
        rows = db.session().execute(_KNOWN, {"ids": missing})
        mind |= {row.id: row._replace(url=url(row)) for row in (Known(*one) for one in rows)}
    return {one: mind[one] for one in wanted if one in mind}


_MOST = 20_000
_TABLE = Activity.__table__.c
_KNOWN = select(*(_TABLE[name] for name in Known._fields if name != "url")).where(
    _TABLE.id.in_(bindparam("ids", expanding=True))
)


def names(iris: Iterable[str]) -> dict[str, Known]:
    """The same for several by IRI."""
    return {one.iri: one for one in known(map(activity_id, iris)).values()}


def define(
    key: str,
    kind: str,
    titles: Words,
    *,
    parent: Activity | None = None,
    position: int = 0,
    rule: dict[str, Any] | None = None,
    definition: dict[str, Any] | None = None,
) -> Activity:
    """Make or change an activity; what is the same is left untouched.

    Raises ValueError when the rule is no rule or speaks of an unknown activity.
    """
    found = find(key)
    activity = found or Activity(id=activity_id(iri(key)), iri=iri(key), key=key)
    wanted = {
        "kind": kind,
        "titles": titles,
        "parent_id": parent.id if parent else None,
        "position": position,
        "definition": definition,
        "retired_at": None,
    }
    for name, value in wanted.items():
        if getattr(activity, name) != value:
            setattr(activity, name, value)
    if found is None:
        db.session().add(activity)
        db.session().flush()
    if activity.rule != rule:
        _set_rule(activity, rule)
    return activity


def retire(activity: Activity) -> None:
    """Offer it no more; its progress stays."""
    activity.retired_at = activity.retired_at or db.now()


def _set_rule(activity: Activity, rule: dict[str, Any] | None) -> None:
    spoken_of = list(completion.mentions(completion.parse(rule))) if rule else []
    activity.rule = rule
    session = db.session()
    session.flush()
    session.execute(delete(RuleMention).where(RuleMention.activity_id == activity.id))
    if spoken_of:
        session.execute(
            insert(RuleMention),
            [{"activity_id": activity.id, "mentioned_id": activity_id(one)} for one in spoken_of],
        )


def several(ids: Iterable[UUID]) -> dict[UUID, Activity]:
    """These activities by id, where they are ours: one query at most, none for what was read."""
    session = db.session()
    known = {one: session.identity_map.get(identity_key(Activity, one)) for one in set(ids)}
    found = {one: activity for one, activity in known.items() if activity is not None}
    missing = [one for one in known if one not in found]
    if missing:
        rows = session.scalars(_SEVERAL, {"ids": missing})
        found |= {activity.id: activity for activity in rows}
    return found


_SEVERAL = select(Activity).where(Activity.id.in_(bindparam("ids", expanding=True)))


def tracked(ids: Iterable[UUID]) -> set[UUID]:
    """Those for which progress is kept (not a question, nor a stranger's activity)."""
    return {one for one, activity in known(ids).items() if kind(activity.kind).tracked}


def tracked_ids() -> set[UUID]:
    rows = db.session().execute(select(Activity.id, Activity.kind))
    return {one for one, name in rows if kind(name).tracked}


def url(activity: Activity | Known) -> str | None:
    """The page of an activity without its language prefix, asked of the plugins."""
    found: str | None = plugins.ring().activity_url(activity=activity)
    return found
