"""Editions: who opens them, who sees them, and what they ask."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import activities, completion, db, permissions
from app.errors import Forbidden, Invalid, NotFound
from app.models import AuditEntry
from cohorts.service import editions, programme
from tests import houses

FACTS: dict[str, Any] = {
    "slug": "moshi-2027",
    "starts_on": date(2027, 6, 7),
    "ends_on": date(2027, 6, 11),
    "timezone": "Africa/Dar_es_Salaam",
    "mode": "in_person",
    "place": "Moshi",
    "languages": ["en", "fr"],
    "seats": 20,
}


@pytest.fixture
def house(app: Flask) -> Any:
    with houses.with_content(app).app_context():
        yield app


def test_a_course_admin_opens_an_edition_of_her_course_and_of_no_other(house: Flask) -> None:
    moshi, geneva = activities.get("courses/iml-moshi"), activities.get("courses/iml-geneva")
    admin = houses.a_person(role="course_admin", within=moshi)
    with db.transaction():
        made = editions.open_edition(moshi, FACTS, by=admin)
        assert made.state == "draft"
        assert permissions.may(admin, "editions.write", made.activity)
    with db.transaction(), pytest.raises(Forbidden):
        editions.open_edition(geneva, {**FACTS, "slug": "geneva-2027"}, by=admin)
    entry = houses.anew().scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor_id) == ("edition.opened", admin.id)


def test_a_draft_is_seen_by_its_staff_alone(house: Flask) -> None:
    made = houses.an_edition()
    stranger = houses.a_person(role="course_admin", within=activities.get("courses/iml-geneva"))
    for reader in (None, houses.a_person(), stranger):
        with pytest.raises(NotFound):
            editions.get_for(reader, made.slug)
    with db.transaction():
        made.state = "open"
    assert editions.get_for(None, made.slug) == made


def test_its_rule_asks_for_four_fifths_of_the_sessions_and_the_quiz(house: Flask) -> None:
    made = houses.an_edition(sessions=10)
    assert made.activity.rule is not None
    rule = completion.parse(made.activity.rule)
    assert isinstance(rule, completion.All)
    attended, quiz = rule.parts
    assert isinstance(attended, completion.AtLeast)
    assert (attended.needed, len(attended.parts)) == (8, 10)
    assert isinstance(quiz, completion.Score)
    assert (quiz.activity, quiz.minimum) == (activities.iri("modules/m1/quiz"), 0.7)


def test_sessions_do_not_overlap(house: Flask) -> None:
    made = houses.an_edition(sessions=2)
    first = editions.programme(made)[0]
    admin = houses.a_person(role="administrator")
    with db.transaction(), pytest.raises(Invalid) as refused:
        programme.plan(
            made, programme.Slot(first.starts_at, first.ends_at), {"en": "Twice"}, by=admin
        )
    assert "Session 1" in str(refused.value.fields["begins"])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"slug": "Moshi 2027"}, "slug"),
        ({"ends_on": date(2027, 6, 6)}, "ends_on"),
        ({"ends_on": None}, "ends_on"),
        ({"starts_on": None}, "starts_on"),
        ({"starts_on": date(1, 1, 1), "ends_on": date(1, 1, 2)}, "starts_on"),
        ({"slug": "new"}, "slug"),
        ({"timezone": "Africa/Moshi"}, "timezone"),
        ({"mode": "by post"}, "mode"),
        ({"place": ""}, "place"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://[::1"}, "link"),
        ({"languages": []}, "languages"),
        ({"languages": ["en", "xx"]}, "languages"),
        ({"seats": 0}, "seats"),
        ({"titles": {"en": "Only English"}}, "titles"),
    ],
)
def test_what_is_wrong_is_said_by_field(house: Flask, wrong: dict[str, Any], field: str) -> None:
    admin = houses.a_person(role="administrator")
    with db.transaction(), pytest.raises(Invalid) as refused:
        editions.open_edition(activities.get("courses/iml-moshi"), {**FACTS, **wrong}, by=admin)
    assert list(refused.value.fields) == [field]
