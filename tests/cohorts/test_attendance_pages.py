"""The pages and resources of attendance: one form a page, nothing lost, nobody overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app import activities
from cohorts.models import Attendance, Session
from cohorts.service import rolls
from tests import houses
from tests.cohorts.test_attending import AFTERWARDS, Course


@pytest.fixture
def house(app: Flask) -> Iterator[Flask]:
    app.config["WTF_CSRF_ENABLED"] = False
    with time_machine.travel(AFTERWARDS, tick=True), houses.with_content(app).app_context():
        yield app


def address_of(course: Course, place: int = 0) -> str:
    session = houses.anew().get_one(Session, course.sessions[place])
    return f"/en/admin/editions/{course.edition.slug}/attendance/{rolls.name_of(session)}"


def _marks() -> dict[UUID, str]:
    rows = houses.anew().execute(select(Attendance.registration_id, Attendance.mark))
    return dict(rows.all())  # type: ignore[arg-type]  # rows of two


def test_a_page_is_marked_and_the_rest_is_present(house: Flask) -> None:
    course = Course(sessions=2, people=4)
    client = houses.signed_in(houses.visitor(house), course.admin)
    page = client.get(address_of(course)).text
    assert page.count("<fieldset") == 4
    sent = {f"was-{one}": "" for one in course.seats}
    sent[f"mark-{course.seats[1]}"] = "absent"
    answer = client.post(address_of(course), data={**sent, "go": "rest"})
    assert answer.status_code == 303
    assert sorted(_marks().values()) == ["absent", "present", "present", "present"]
    assert client.get(f"/en/admin/editions/{course.edition.slug}/attendance").status_code == 200
    assert client.get(f"{address_of(course)}/paper").text.count('scope="row"') == 4


def test_what_is_marked_is_saved_before_one_goes_on(house: Flask, monkeypatch: Any) -> None:
    monkeypatch.setattr(rolls, "PAGE", 2)
    course = Course(sessions=1, people=5)
    client = houses.signed_in(houses.visitor(house), course.admin)
    following = client.get(address_of(course)).text.split('name="next" value="')[1].split('"')[0]
    for go in ("next", "search"):
        sent = {f"was-{course.seats[0]}": "", f"mark-{course.seats[0]}": "late"}
        more = {"go": go, "next": following, "words": "learner 03"}
        answer = client.post(address_of(course), data={**sent, **more})
        assert answer.status_code == 303
        assert ("cursor=" in answer.location) == (go == "next")
        assert _marks() == {course.seats[0]: "late"}
    assert "Learner 03" in client.get(answer.location).text


def test_a_mark_made_meanwhile_is_shown_and_not_overwritten(house: Flask) -> None:
    course = Course(sessions=1, people=2)
    client = houses.signed_in(houses.visitor(house), course.admin)
    course.mark(0, {0: "late"})
    sent = {f"was-{course.seats[0]}": "", f"mark-{course.seats[0]}": "absent", "go": "save"}
    answer = client.post(address_of(course), data=sent)
    assert answer.status_code == 200
    assert "register-meanwhile" in answer.text
    assert "marked by Lucía Fernández" in answer.text
    assert _marks() == {course.seats[0]: "late"}


def test_a_row_that_is_gone_loses_nothing_of_the_others(house: Flask) -> None:
    course = Course(sessions=1, people=1)
    gone = Course(sessions=1, people=1).seats[0]
    client = houses.signed_in(houses.visitor(house), course.admin)
    sent = {f"was-{one}": "" for one in (course.seats[0], gone)}
    sent |= {f"mark-{one}": "late" for one in (course.seats[0], gone)}
    answer = client.post(address_of(course), data={**sent, "go": "save"})
    assert answer.status_code == 422
    assert 'value="late" checked' in answer.text
    assert _marks() == {}


@pytest.mark.parametrize("sent", [{"mark-1": "present"}, {"was-x": ""}])
def test_what_is_no_list_is_refused(house: Flask, sent: dict[str, str]) -> None:
    course = Course(sessions=1, people=1)
    client = houses.signed_in(houses.visitor(house), course.admin)
    assert client.post(address_of(course), data=sent).status_code == 422
    assert client.get(f"{address_of(course)}?cursor=nonsense").status_code == 422
    assert client.get(f"{address_of(course)}x").status_code == 404


WHO = {
    "nobody": (None, None, 302, 401),
    "a learner": (None, None, 403, 403),
    "instructor of the course": ("instructor", "courses/iml-moshi", 200, 200),
    "course admin of the course": ("course_admin", "courses/iml-moshi", 200, 200),
    "course admin of another": ("course_admin", "courses/iml-geneva", 403, 403),
    "administrator": ("administrator", None, 200, 200),
}


@pytest.mark.parametrize("who", WHO)
def test_who_may_see_and_mark(house: Flask, who: str) -> None:
    role, key, page, resource = WHO[who]
    course = Course(sessions=1, people=1)
    client = houses.visitor(house)
    headers = {}
    if who != "nobody":
        within = activities.get(key) if key else None
        person = houses.a_person(role=role, within=within)
        houses.signed_in(client, person)
        headers = houses.bearing(houses.a_token(person))
    address = address_of(course)
    assert client.get(address).status_code == page
    assert client.get(address.rpartition("/")[0]).status_code == page
    assert client.get(f"{address}/paper").status_code == page
    sent = {f"was-{course.seats[0]}": "", "go": "rest"}
    assert client.post(address, data=sent).status_code == (303 if page == 200 else page)
    url = _resource(course)
    asked = houses.visitor(house)
    assert asked.get(url, headers=headers).status_code == resource
    body = {"marks": {str(course.seats[0]): "late"}}
    assert asked.put(url, headers=headers, json=body).status_code == resource
    assert len(_marks()) == (resource == 200)


def _resource(course: Course) -> str:
    name = address_of(course).rpartition("/")[2]
    return f"/api/v1/editions/{course.edition.slug}/sessions/{name}/attendance"


def test_the_resource_marks_all_or_nothing(house: Flask) -> None:
    course = Course(sessions=1, people=3)
    client, headers = houses.visitor(house), houses.bearing(houses.a_token(course.admin))
    url = _resource(course)
    stranger = "00000000-0000-4000-8000-000000000000"
    marks = {str(one): "present" for one in course.seats}
    answer = client.put(url, headers=headers, json={"marks": {**marks, stranger: "late"}})
    assert (answer.status_code, list(answer.json["errors"])) == (422, [stranger])
    assert houses.anew().scalar(select(func.count()).select_from(Attendance)) == 0
    answer = client.put(url, headers=headers, json={"marks": marks})
    assert answer.json == {"saved": 3, "meanwhile": []}
    late = {str(course.seats[0]): "late"}
    shown = {str(course.seats[0]): None}
    answer = client.put(url, headers=headers, json={"marks": late, "shown": shown})
    assert (answer.json["saved"], answer.json["meanwhile"][0]["mark"]) == (0, "present")
    first = client.get(f"{url}?limit=2", headers=headers).json
    more = client.get(f"{url}?limit=2&cursor={first['next']}", headers=headers).json
    assert [one["name"] for one in first["items"] + more["items"]] == [
        f"Learner {n:02}" for n in range(3)
    ]
    for wrong in ({}, {"marks": {}}, {"marks": {"x": "late"}}, {"marks": [1]}, {"mark": {}}):
        assert client.put(url, headers=headers, json=wrong).status_code == 422
