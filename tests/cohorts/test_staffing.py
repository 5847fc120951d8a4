"""Who looks after an edition: roles given and taken by its course admins, and none wider."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import activities, db, people, permissions
from app.errors import Forbidden, Invalid, NotFound
from app.models import AuditEntry, Grant
from cohorts.service import staffing
from tests import houses


@pytest.fixture
def house(app: Flask) -> Any:
    with houses.with_content(app).app_context():
        yield app


def test_a_course_admin_gives_roles_for_her_editions_and_takes_them_back(house: Flask) -> None:
    edition = houses.an_edition()
    admin = houses.a_person(role="course_admin", within=activities.get("courses/iml-moshi"))
    helper = houses.a_person(email="neema@example.org")
    with db.transaction():
        for _ in range(2):
            staffing.give(edition, " Neema@Example.org ", "instructor", by=admin)
    assert permissions.may(helper, "attendance.write", edition.activity)
    assert not permissions.may(helper, "attendance.write", activities.get("courses/iml-moshi"))
    (given,) = [one for one in staffing.staff(edition, by=admin) if one.here]
    with db.transaction():
        staffing.take(edition, given.grant.id, by=admin)
    assert houses.anew().scalars(select(Grant).where(Grant.person_id == helper.id)).all() == []
    acts = houses.anew().scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert acts[-2:] == ["role.granted", "role.taken"]


@pytest.mark.parametrize("facts", [{"confirmed_at": None}, {"active": False}, {"email": "b@c.org"}])
def test_only_a_confirmed_account_is_given_a_role(house: Flask, facts: dict[str, Any]) -> None:
    edition = houses.an_edition()
    admin = houses.a_person(role="course_admin", within=edition.activity)
    houses.a_person(**{"email": "a@example.org", **facts})
    with db.transaction(), pytest.raises(Invalid) as refused:
        staffing.give(edition, "a@example.org", "instructor", by=admin)
    assert list(refused.value.fields) == ["email"]


def test_nobody_gives_wider_than_she_holds(house: Flask) -> None:
    here, there = houses.an_edition(), houses.an_edition("courses/iml-geneva")
    admin = houses.a_person(role="course_admin", within=here.activity)
    instructor = houses.a_person(role="instructor", within=here.activity)
    one = houses.a_person()
    course = activities.get("courses/iml-moshi")
    for by, role, where in (
        (admin, "administrator", None),
        (admin, "administrator", here.activity),
        (admin, "course_admin", None),
        (admin, "course_admin", course),
        (admin, "instructor", there.activity),
        (instructor, "instructor", here.activity),
    ):
        with db.transaction(), pytest.raises(Forbidden):
            people.grant(one, role, where, by=by)
    with db.transaction(), pytest.raises(Invalid):
        staffing.give(here, one.email, "administrator", by=admin)


def test_a_role_for_something_else_is_not_taken_back_here(house: Flask) -> None:
    edition = houses.an_edition()
    course = activities.get("courses/iml-moshi")
    admin = houses.a_person(role="course_admin", within=edition.activity)
    boss = houses.a_person(role="course_admin", within=course)
    with db.transaction(), pytest.raises(NotFound):
        staffing.take(edition, boss.grants[0].id, by=admin)
    with db.transaction(), pytest.raises(Forbidden):
        people.take(boss, boss.grants[0].id, by=admin)


def test_a_session_has_no_staff_of_its_own(house: Flask) -> None:
    from cohorts.service import editions

    session = editions.programme(houses.an_edition(sessions=1))[0]
    with db.transaction(), pytest.raises(Invalid):
        people.grant(
            houses.a_person(),
            "instructor",
            session.activity,
            by=houses.a_person(role="administrator"),
        )


def test_what_is_wrong_stands_at_its_field_on_page_and_in_the_api(house: Flask) -> None:
    edition = houses.an_edition(sessions=1, state="open")
    admin = houses.a_person(role="administrator")
    page = houses.signed_in(houses.visitor(house), admin)
    headers = houses.bearing(houses.a_token(admin))
    base, api = f"/en/admin/editions/{edition.slug}", f"/api/v1/editions/{edition.slug}"
    session = {"day": "2027-06-07", "begins": "10:00", "ends": "11:00"}
    for path, form, field in (
        ("/staff", {"email": "nobody@example.org", "role": "instructor"}, "email"),
        ("/programme/new", session, "begins"),
        ("/programme/new", {**session, "day": "not a day"}, "day"),
        ("/copy", {"starts_on": "2028-06-05", "slug": "Not An Address"}, "slug"),
        ("/facts", {"starts_on": "2027-06-07"}, "ends_on"),
    ):
        answer = page.post(base + path, data=form)
        assert answer.status_code == 422, path
        assert f'id="{field}-error"' in answer.text, path
    for method, path, body, field in (
        ("POST", "/staff", {"email": "nobody@example.org", "role": "instructor"}, "email"),
        ("POST", "/sessions", session, "begins"),
        ("PUT", "/sessions", {"items": [session, session]}, "items"),
        ("PUT", "/rule", {"attendance": 7}, "attendance"),
        ("PATCH", "", {"ends_on": "2026-01-01"}, "ends_on"),
        ("PATCH", "", {"slug": "another"}, "slug"),
        ("POST", "/copy", {"starts_on": "9999-12-31"}, "starts_on"),
    ):
        answer = page.open(api + path, method=method, json=body, headers=headers)
        assert answer.status_code == 422, (path, answer.text)
        assert field in answer.json["errors"], (path, answer.text)


def test_a_double_click_opens_one_edition(house: Flask) -> None:
    admin = houses.a_person(role="administrator")
    headers = houses.bearing(houses.a_token(admin))
    body = {
        "course": "courses/iml-geneva", "starts_on": "2027-06-07", "ends_on": "2027-06-08",
        "timezone": "Europe/Zurich", "mode": "online", "languages": ["en"],
    }  # fmt: skip
    client = houses.visitor(house)
    answers = [client.post("/api/v1/editions", json=body, headers=headers) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 422]
    assert answers[0].json["titles"]["en"].endswith("2027")
    assert answers[0].json["to_do"] == ["publish", "people"]
    assert answers[0].json["asks"]["attendance"] is None
