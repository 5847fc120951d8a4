"""The pages and resources that give seats, and those of cohorts of people."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import db
from cohorts.models import Cohort, Enrolment, Invitation, Member
from cohorts.service import enrolling
from tests import houses


@pytest.fixture
def house(app: Flask) -> Any:
    with houses.with_content(app).app_context():
        yield app


def test_a_course_admin_enrols_invites_and_withdraws_on_pages(house: Flask) -> None:
    edition = houses.an_edition(state="open", seats=2)
    admin = houses.a_person(role="course_admin", within=edition.activity.parent)
    known = houses.a_person()
    client = houses.signed_in(houses.visitor(house), admin)
    path = f"/en/admin/editions/{edition.slug}"
    for email in (known.email, "new@ministry.example"):
        assert client.post(f"{path}/enrol", data={"email": email}).status_code == 303
    full = client.post(f"{path}/enrol", data={"email": "late@ministry.example"})
    assert full.status_code == 422
    wrong = client.post(f"{path}/enrol", data={"email": "nobody"})
    assert wrong.status_code == 422
    assert 'href="#email"' in wrong.text
    page = client.get(f"{path}/enrol").text
    assert known.name in page
    assert "new@ministry.example" in page
    session = houses.anew()
    seat, invited = (
        session.scalars(select(Enrolment)).one(),
        session.scalars(select(Invitation)).one(),
    )
    assert client.get(f"{path}/enrolments/{seat.id}").status_code == 200
    assert client.post(f"{path}/enrolments/{seat.id}").status_code == 303
    assert client.post(f"{path}/invitations/{invited.id}/withdraw").status_code == 303
    houses.anew()
    assert enrolling.seats_taken(edition) == 0


def test_a_cohort_is_made_filled_enrolled_and_removed_on_pages(house: Flask) -> None:
    edition = houses.an_edition(state="open", seats=2)
    admin = houses.a_person(role="course_admin", within=edition.activity.parent)
    known = houses.a_person()
    client = houses.signed_in(houses.visitor(house), admin)
    made = {"name": "Ministry of Labour", "activity": "courses/iml-moshi"}
    answer = client.post("/en/admin/cohorts", data=made)
    assert answer.status_code == 303
    assert client.post("/en/admin/cohorts", data=made).status_code == 422
    path = answer.location
    assert client.post(f"{path}/members", data={"add-email": known.email}).status_code == 303
    assert client.post(f"{path}/members", data={"add-email": "x@y.example"}).status_code == 422
    assert known.name in client.get(path).text
    assert client.post(f"{path}/rename", data={"rename-name": "Labour"}).status_code == 303
    assert "Labour" in client.get("/en/admin/cohorts").text
    assert client.post(f"{path}/enrol", data={"enrol-edition": edition.slug}).status_code == 303
    assert houses.anew().scalars(select(Enrolment)).one().person_id == known.id
    assert client.post(f"{path}/members/{known.id}/remove").status_code == 303
    assert houses.anew().scalars(select(Member)).all() == []
    assert client.post(f"{path}/remove").status_code == 303
    assert client.get(path).status_code == 404


def test_the_same_through_the_api(house: Flask) -> None:
    edition = houses.an_edition(state="open", seats=2)
    admin = houses.a_person(role="course_admin", within=edition.activity.parent)
    known = houses.a_person()
    client, headers = houses.visitor(house), houses.bearing(houses.a_token(admin))

    def ask(method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json if answer.data else None

    here = f"/editions/{edition.slug}"
    group = ask("POST", "/cohorts", {"name": "Sponsor", "activity": edition.activity.key}, 201)
    offer = {"email": known.email, "cohort": group["id"]}
    given = ask("POST", f"{here}/enrolments", offer, 201)
    assert given["enrolment"]["person"]["id"] == str(known.id)
    invited = ask("POST", f"{here}/enrolments", {"email": "new@ministry.example"}, 201)
    ask("POST", f"{here}/enrolments", {"email": "late@ministry.example"}, 409)
    ask("POST", f"{here}/enrolments", {"email": "nobody"}, 422)
    assert len(ask("GET", f"{here}/enrolments")["items"]) == 1
    (kept,) = ask("GET", f"{here}/invitations")["items"]
    assert kept["id"] == invited["invitation"]["id"]
    (member,) = ask("GET", f"/cohorts/{group['id']}/members")["items"]
    assert member["id"] == str(known.id)
    assert ask("GET", "/cohorts")["items"][0]["people"] == 1
    into = {"edition": edition.slug}
    assert ask("POST", f"/cohorts/{group['id']}/enrolments", into) == {"enrolled": 0}
    assert ask("PATCH", f"/cohorts/{group['id']}", {"name": "UN"})["name"] == "UN"
    ask("DELETE", f"/cohorts/{group['id']}/members/{known.id}", status=204)
    ask("DELETE", f"{here}/invitations/{kept['id']}", status=204)
    ask("DELETE", f"{here}/enrolments/{given['enrolment']['id']}", status=204)
    ask("DELETE", f"/cohorts/{group['id']}", status=204)
    ask("GET", f"/cohorts/{group['id']}", status=404)


def test_a_cohort_that_is_removed_leaves_nothing(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    admin = houses.a_person(role="administrator")
    client, headers = houses.visitor(house), houses.bearing(houses.a_token(admin))
    body = {"name": "Sponsor", "activity": edition.activity.key}
    made = client.post("/api/v1/cohorts", json=body, headers=headers).json
    assert made is not None
    offer = {"email": "new@ministry.example", "cohort": made["id"]}
    client.post(f"/api/v1/editions/{edition.slug}/enrolments", json=offer, headers=headers)
    gone = client.delete(f"/api/v1/cohorts/{made['id']}", headers=headers)
    assert gone.status_code == 204
    assert houses.anew().scalars(select(Cohort)).all() == []
    assert db.session().scalars(select(Invitation)).one().withdrawn_at is None
