"""Who may do what: roles, where they hold, and what asking costs."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask

from app import activities, db, permissions, plugins
from app.errors import Forbidden, Invalid
from app.hookspecs import hookimpl
from app.models import Activity, Person
from app.permissions import Permission
from tests import houses

KEYS = ("courses/a", "courses/a/part", "courses/a/part/deep", "courses/b")


class Guest:
    """A plugin whose records may be read by course admins, within what is theirs."""

    @hookimpl
    def permissions(self) -> list[Permission]:
        return [
            Permission("guest.read", frozenset({"course_admin", "instructor"}), scoped=True),
            Permission("guest.write", frozenset({"course_admin"})),
        ]


@pytest.fixture
def house(app: Flask) -> Iterator[SimpleNamespace]:
    plugins.manager(app).register(Guest(), "guest")
    with app.app_context():
        found: dict[str, Activity] = {}
        with db.transaction():
            for key in KEYS:
                parent = found.get(key.rpartition("/")[0])
                found[key] = activities.define(key, "course", {"en": key}, parent=parent)
        yield SimpleNamespace(**{key.replace("/", "_"): one for key, one in found.items()})


NOWHERE: list[str] = []

TABLE = [
    # role, for which activity, permission, where it holds: of KEYS, None for "asked of nothing"
    (None, None, "guest.read", NOWHERE),
    ("learner", None, "guest.read", NOWHERE),
    ("instructor", None, "guest.read", [None, *KEYS]),
    ("instructor", None, "guest.write", NOWHERE),
    ("course_admin", None, "guest.read", [None, *KEYS]),
    ("course_admin", None, "guest.write", [None, *KEYS]),
    ("course_admin", "courses/a", "guest.read", list(KEYS[:3])),
    ("course_admin", "courses/a/part", "guest.read", list(KEYS[1:3])),
    ("course_admin", "courses/b", "guest.read", ["courses/b"]),
    ("course_admin", "courses/a", "guest.write", NOWHERE),
    ("course_admin", None, "people.read", NOWHERE),
    ("course_admin", "courses/a", "people.read", NOWHERE),
    ("administrator", None, "guest.read", [None, *KEYS]),
    ("administrator", None, "guest.write", [None, *KEYS]),
    ("administrator", None, "people.write", [None, *KEYS]),
    ("administrator", "courses/a", "guest.read", NOWHERE),
    ("administrator", "courses/a", "people.write", NOWHERE),
]


@pytest.mark.parametrize(("role", "within", "name", "where"), TABLE)
def test_a_role_holds_where_it_was_given_and_inside(
    house: SimpleNamespace, role: str | None, within: str | None, name: str, where: list[str | None]
) -> None:
    person = houses.a_person(role=role, within=_at(house, within))
    for asked in (None, *KEYS):
        activity = _at(house, asked)
        assert permissions.may(person, name, activity) is (asked in where), asked
        if asked in where:
            permissions.demand(person, name, activity)
        else:
            with pytest.raises(Forbidden):
                permissions.demand(person, name, activity)


def _at(house: SimpleNamespace, key: str | None) -> Activity | None:
    return getattr(house, key.replace("/", "_")) if key else None


def test_nobody_may_anything(house: SimpleNamespace) -> None:
    assert not permissions.may(None, "people.read")
    assert permissions.scopes(None, "people.read") == []


def test_somebody_whose_account_is_closed_may_nothing(house: SimpleNamespace) -> None:
    person = houses.a_person(role="administrator", active=False)
    assert not permissions.may(person, "people.read")
    assert permissions.scopes(person, "guest.read") == []


@pytest.mark.parametrize(
    ("role", "within", "name", "expected"),
    [
        (None, None, "guest.read", []),
        ("instructor", None, "guest.read", None),
        ("course_admin", "courses/a", "guest.read", ["courses/a"]),
        ("course_admin", "courses/a", "guest.write", []),
        ("course_admin", None, "guest.write", None),
        ("administrator", None, "guest.write", None),
        ("administrator", "courses/a", "guest.read", []),
    ],
)
def test_scopes_say_where_a_permission_holds(
    house: SimpleNamespace,
    role: str | None,
    within: str | None,
    name: str,
    expected: list[str] | None,
) -> None:
    person = houses.a_person(role=role, within=_at(house, within))
    if expected is not None:
        expected = [_at(house, key).id for key in expected]  # type: ignore[union-attr,misc]  # a key of KEYS
    assert permissions.scopes(person, name) == expected


def test_asking_costs_one_query_however_many_grants_and_however_deep(
    house: SimpleNamespace,
) -> None:
    person = houses.a_person(role="course_admin", within=house.courses_b)
    with db.transaction() as session:
        here = house.courses_a_part_deep
        for depth in range(6):
            here = activities.define(f"{here.key}/{depth}", "course", {"en": "x"}, parent=here)
        deepest = here.id
        for number in range(10):
            top = activities.define(f"tops/{number}", "course", {"en": "x"})
            houses.give(person, "instructor", top)
        houses.give(person, "instructor", house.courses_a)
    session = db.session()
    session.expire_all()
    activity = session.get_one(Activity, deepest)
    assert len(session.get_one(Person, person.id).grants) == 12
    with houses.queries() as told:
        assert permissions.may(person, "guest.read", activity)
    assert len(told) == 1


def test_a_permission_nobody_defined_is_a_mistake_of_ours(house: SimpleNamespace) -> None:
    with pytest.raises(KeyError):
        permissions.may(houses.a_person(role="administrator"), "guest.fly")


@pytest.mark.parametrize(
    ("said", "meant"),
    [("student", "learner"), ("teacher", "instructor"), ("course_admin", "course_admin")],
)
def test_roles_are_known_by_their_other_names(said: str, meant: str) -> None:
    assert permissions.role(said) == meant


def test_an_unknown_role_is_refused(app: Flask) -> None:
    with pytest.raises(Invalid) as refused:
        permissions.role("emperor")
    assert set(refused.value.fields) == {"role"}


def test_every_role_has_its_words() -> None:
    assert set(permissions.ROLE_WORDS) == set(permissions.ROLES)
    assert set(permissions.ALIASES.values()) <= set(permissions.ROLES)


def test_a_circle_of_activities_ends(app: Flask) -> None:
    with app.app_context(), db.transaction() as session:
        one = activities.define("courses/one", "course", {"en": "One"})
        two = activities.define("courses/two", "course", {"en": "Two"}, parent=one)
        one.parent_id = two.id
        session.flush()
        assert activities.ancestors(one) == {one.id, two.id}


def test_only_what_stands_alone_is_a_top(house: SimpleNamespace) -> None:
    assert [one.key for one in activities.tops()] == ["courses/a", "courses/b"]
