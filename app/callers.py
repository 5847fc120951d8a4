"""Who calls: a person with her roles, by her session or her token. Each page asks for her, so
she is made of her rows once, for as long as they say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, bindparam, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.util import identity_key

from app import db, plugins
from app.models import Grant, Person

_PERSON, _GRANT = Person.__table__, Grant.__table__
_MOST = 500
"""People who are kept in mind in a process."""


def rows(where: ColumnElement[bool], *more: Any) -> Select[Any]:
    """The query for one person's rows, one for each role that she holds, with these columns."""
    held = [column.label(f"grant_{column.name}") for column in _GRANT.c]
    joined = _PERSON.outerjoin(_GRANT, _GRANT.c.person_id == _PERSON.c.id)
    return select(*_PERSON.c, *held, *more).select_from(joined).where(where).order_by(_GRANT.c.id)


def person(found: Sequence[Row[Any]]) -> Person:
    """She of whom these rows tell, as a part of this session: a copy of what was made of rows
    that said the same, and nobody else's."""
    session, one = db.session(), found[0].id
    standing = session.identity_map.get(identity_key(Person, one))
    if standing is not None:
        return standing
    minds: dict[UUID, tuple[Any, Person]] = plugins.memory().setdefault("callers", {})
    said = [row[: len(_PERSON.c) + len(_GRANT.c)] for row in found]
    known = minds.pop(one, None)
    if known is None or known[0] != said:
        known = said, _made(one)
    while len(minds) >= _MOST:
        oldest, *_ = list(minds)  # a copy: other threads change it meanwhile
        minds.pop(oldest, None)
    minds[one] = known
    return session.merge(known[1], load=False)


def _made(one: UUID) -> Person:
    session = db.session()
    made = session.scalars(_WITH_ROLES, {"one": one}).unique().one()
    session.expunge(made)
    return made


_WITH_ROLES = select(Person).where(Person.id == bindparam("one")).options(joinedload(Person.grants))
