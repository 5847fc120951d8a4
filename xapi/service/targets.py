"""Other stores to forward to: made, changed, switched and shown by administrators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select

from app import activities, audit, db, outside, paging, permissions, sealing
from app.errors import Invalid, NotFound
from app.models import Person
from app.vocabulary import VERBS
from xapi.models import Credential, DeadLetter, Target
from xapi.service import search, selecting
from xapi.service.selecting import HOUSE, Waiting

MAY = "xapi.forwarding"
"""The permission of who makes other stores known, and sees what they refuse."""

VERSIONS = ("1.0.3", "2.0.0")
MANY = 100
"""The most verbs, activities or authorities of one target."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 2**63 - 1
_ASKED = ("label", "endpoint", "key", "version", "verbs", "activities", "authorities", "sends_as")


@dataclass(frozen=True, slots=True)
class Shown:
    """A target with its state ("active", "failing", "stopped", "off"), what waits for it, and how
    many dead letters it has."""

    target: Target
    state: str
    waiting: Waiting
    dead: int


def state(target: Target) -> str:
    """ "active", "failing" (tried again), "stopped" (given up) or "off"."""
    if target.stopped_at is not None:
        return "stopped"
    if not target.active:
        return "off"
    return "failing" if target.failing_since is not None else "active"


def page(
    by: Person, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[Shown], str | None]:
    """Some targets with what waits, by name, and the cursor of what follows. Raises Forbidden."""
    permissions.demand(by, MAY)
    rows = select(Target).order_by(Target.label, Target.id).limit(limit + 1)
    place = paging.place(cursor, str, UUID)
    if place is not None:
        rows = rows.where(paging.above((Target.label, Target.id), place))
    found = db.session().scalars(rows).all()
    some, following = paging.page(found, limit, lambda one: (one.label, one.id))
    return shown(some), following


def everyone() -> list[Shown]:
    """All of them, for who watches the house."""
    return shown(db.session().scalars(select(Target).order_by(Target.label, Target.id)).all())


def shown(targets: Sequence[Target]) -> list[Shown]:
    rows = select(DeadLetter.target_id, func.count()).group_by(DeadLetter.target_id)
    dead: dict[UUID, int] = dict(db.session().execute(rows).all()) if targets else {}
    return [Shown(one, state(one), selecting.waiting(one), dead.get(one.id, 0)) for one in targets]


def get(target_id: UUID, *, by: Person) -> Target:
    """One of them. Raises Forbidden, NotFound."""
    permissions.demand(by, MAY)
    found = db.session().get(Target, target_id)
    if found is None:
        raise NotFound(_("There is no such store."))
    return found


def make(
    by: Person, *, secret: str | None, from_the_beginning: bool = False, **asked: Any
) -> Target:
    """Forward to another store from now on, or everything from the beginning. `asked` are label,
    endpoint, key, version, verbs, activities, authorities and sends_as, as Target has them; verbs
    of ours may be named, and activities by key. Raises Forbidden, Invalid."""
    permissions.demand(by, MAY)
    values = _checked(asked, secret, new=True)
    start = (_BEGINNING, 0) if from_the_beginning else (search.through(), _LAST)
    made = Target(
        **values,
        secret=sealing.seal(secret or ""),
        active=True,
        cursor_stored=start[0],
        cursor_seq=start[1],
    )
    db.session().add(made)
    db.session().flush()
    told = {**values, "from_the_beginning": from_the_beginning}
    audit.record("forwarding.made", _named(made), actor=by, after=told)
    return made


def change(target: Target, *, by: Person, secret: str | None, **asked: Any) -> None:
    """Change what it is and what goes there; without a secret the old one stays. What was sent is
    not sent again. Raises Forbidden, Invalid."""
    permissions.demand(by, MAY)
    values = _checked(asked, secret, new=False)
    before = {name: getattr(target, name) for name in _ASKED}
    for name, value in values.items():
        setattr(target, name, value)
    if secret:
        target.secret = sealing.seal(secret)
    told = {name: value for name, value in values.items() if before[name] != value}
    if told or secret:
        audit.record(
            "forwarding.changed",
            _named(target),
            actor=by,
            before={name: before[name] for name in told},
            after={**told, **({"secret": "…"} if secret else {})},
        )


def start(target: Target, *, by: Person) -> None:
    """Switch it on, or start it again where it was given up. Raises Forbidden."""
    permissions.demand(by, MAY)
    was = state(target)
    target.active, target.stopped_at = True, None
    target.due_at, target.error, target.failing_since = None, None, None
    target.failures = target.refusals = 0
    if was != "active":
        audit.record("forwarding.started", _named(target), actor=by, before={"state": was})


def stop(target: Target, *, by: Person) -> None:
    """Switch it off; what is stored meanwhile waits. Raises Forbidden."""
    permissions.demand(by, MAY)
    if target.active:
        target.active = False
        audit.record("forwarding.switched_off", _named(target), actor=by)


def remove(target: Target, *, by: Person) -> None:
    """Forget it and its dead letters. Raises Forbidden."""
    permissions.demand(by, MAY)
    before = {name: getattr(target, name) for name in _ASKED}
    session = db.session()
    session.execute(delete(DeadLetter).where(DeadLetter.target_id == target.id))
    audit.record("forwarding.removed", _named(target), actor=by, before=before)
    session.delete(target)
    session.flush()


def authorities() -> list[str]:
    """Whose statements there may be, beside those of this house: the accounts of credentials."""
    rows = select(Credential.authority).distinct().order_by(Credential.authority)
    return list(db.session().scalars(rows))


def _named(target: Target) -> str:
    return f"forwarding:{target.id}"


def _checked(asked: Mapping[str, Any], secret: str | None, *, new: bool) -> dict[str, Any]:
    """What was asked for as it is kept. Raises Invalid with a sentence for each field."""
    wrong: dict[str, Any] = {}
    values: dict[str, Any] = {
        name: str(asked[name] or "").strip() for name in ("label", "key", "sends_as")
    }
    values["sends_as"] = values["sends_as"] or None
    values["version"] = asked["version"]
    values["endpoint"] = _endpoint(str(asked["endpoint"] or ""))
    if fault := outside.fault(values["endpoint"]):
        wrong["endpoint"] = fault
    if not 0 < len(values["label"]) <= 200:
        wrong["label"] = _("Please say which store it is.")
    if not 0 < len(values["key"]) <= 200 or ":" in values["key"]:
        wrong["key"] = _("Enter the key that this store gave you, without a colon.")
    if (new and not secret) or len(secret or "") > 500:
        wrong["secret"] = _("Enter the secret that this store gave you.")
    if values["version"] not in VERSIONS:
        wrong["version"] = _("Choose one of these.")
    if values["sends_as"] and len(values["sends_as"]) > 100:
        wrong["sends_as"] = _("At most 100 characters.")
    for name, read in (("verbs", _verb), ("activities", _activity), ("authorities", _authority)):
        try:
            values[name] = _list(asked[name] or (), read)
        except ValueError as found:
            wrong[name] = found.args[0]
    if wrong:
        raise Invalid(wrong)
    return values


def _endpoint(typed: str) -> str:
    return typed.strip().removesuffix("/").removesuffix("/statements").rstrip("/")


def _list(given: Iterable[str], read: Any) -> list[str]:
    found = list(dict.fromkeys(read(one.strip()) for one in given if one.strip()))
    if len(found) > MANY:
        raise ValueError(_l("At most %(most)s.", most=MANY))
    return found


def _verb(typed: str) -> str:
    if typed in VERBS:
        return VERBS[typed].iri
    if ":" not in typed:
        known = ", ".join(VERBS)
        raise ValueError(_l("Give the IRI of a verb, or one of: %(verbs)s.", verbs=known))
    return typed


def _activity(typed: str) -> str:
    if ":" in typed:
        return typed
    if activities.find(typed) is None:
        raise ValueError(_l("There is no activity “%(key)s” here.", key=typed))
    return activities.iri(typed)


def _authority(typed: str) -> str:
    if typed != HOUSE and len(typed) > 100:
        raise ValueError(_l("At most %(most)s.", most=100))
    return typed
