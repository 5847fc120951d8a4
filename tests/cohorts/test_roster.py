"""The roster: how far each came, what is missing, and nobody of another edition."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from app import activities, db, revising
from app.errors import Invalid
from app.models import AuditEntry, Person, Progress
from cohorts.models import NEVER, Cohort, Enrolment, Member
from cohorts.service import editions, enrolling, programme, roster, somebody
from cohorts.service.roster import Wanted
from tests import houses
from tests.cohorts.test_attendance_pages import address_of
from tests.cohorts.test_attending import AFTERWARDS, Course


@pytest.fixture
def house(app: Flask) -> Iterator[Flask]:
    app.config["WTF_CSRF_ENABLED"] = False
    with time_machine.travel(AFTERWARDS, tick=True), houses.with_content(app).app_context():
        yield app


def _page(course: Course, **wanted: Any) -> list[roster.Row]:
    edition = editions.get(course.edition.slug)
    admin = db.session().get_one(Person, course.admin.id)
    rows, _further = roster.find_page(edition, Wanted(**wanted), by=admin)
    return rows


def _statuses(course: Course) -> dict[str, str]:
    houses.anew()
    return {one.name: one.status for one in _page(course)}


def test_a_seat_follows_what_happens(house: Flask) -> None:
    course = Course(people=3)
    course.quiz(0, 0.9)
    for place in range(8):
        course.mark(place, {0: "present", 1: "present" if place > 1 else "absent"})
    assert _statuses(course) == {
        "Learner 00": "completed",
        "Learner 01": "at_risk",
        "Learner 02": "enrolled",
    }
    course.mark(0, {0: "excused"})
    assert _statuses(course)["Learner 00"] == "lapsed"
    course.mark(8, {0: "late"})
    assert _statuses(course)["Learner 00"] == "completed"
    first, second, third = _page(course)
    assert (first.share, second.share, third.share) == (9 / 11, 6 / 11, 0.0)
    assert (third.seen_at, third.missing.sessions, third.missing.quizzes) == (None, 8, (None,))
    assert (second.missing.sessions, second.missing.quizzes) == (2, (None,))
    assert [one.state for one in second.path].count("done") == 6
    assert roster.counts(course.edition) == {
        "enrolled": 1, "at_risk": 1, "completed": 1, "lapsed": 0, "withdrawn": 0, "invited": 0,
    }  # fmt: skip


def test_a_seat_follows_what_is_asked(house: Flask) -> None:
    course = Course(sessions=4, people=1)
    course.quiz(0, 0.9)
    for place in range(4):
        course.mark(place, {0: "present"})
    assert _statuses(course) == {"Learner 00": "completed"}
    with db.transaction():
        edition = editions.get(course.edition.slug)
        last = editions.programme(edition)[-1]
        for hours in (24, 28):
            when = programme.Slot(*_later(last, hours))
            programme.plan(edition, when, {"en": "One more"}, by=course.admin)
    assert _statuses(course) == {"Learner 00": "lapsed"}
    assert _page(course)[0].missing.sessions == 1


def _later(session: Any, hours: int) -> tuple[Any, Any]:
    shift = timedelta(hours=hours)
    return session.starts_at + shift, session.ends_at + shift


def test_a_quiz_passed_before_counts_when_the_seat_is_given(house: Flask) -> None:
    course, earlier = Course(people=1), houses.a_person("Before")
    course.people.append(earlier)
    course.quiz(1, 1.0)
    with db.transaction():
        enrolling.enrol(course.edition, [earlier], by=course.admin)
    row = next(one for one in _page(course) if one.name == "Before")
    assert (row.share, row.missing.quizzes) == (1 / 11, ())
    assert row.seen_at is not None


def test_a_revoked_completion_is_under_way_until_it_is_lifted(house: Flask) -> None:
    course = Course(sessions=1, people=1)
    course.quiz(0, 1.0)
    course.mark(0, {0: "present"})

    def act(what: Any, **more: Any) -> None:
        with db.transaction() as session:
            seat = session.scalars(select(Enrolment)).one()
            what(seat.registration, by=session.get_one(Person, course.admin.id), **more)

    act(revising.revoke, reason="Marked by mistake")
    assert _statuses(course) == {"Learner 00": "enrolled"}
    found = somebody.look(course.edition, course.seats[0], by=course.admin)
    assert found.revoked
    act(revising.lift)
    assert _statuses(course) == {"Learner 00": "completed"}


def test_a_rebuilt_progress_is_judged_anew_by_command(house: Flask) -> None:
    course = Course(sessions=1, people=1)
    course.mark(0, {0: "present"})
    with db.transaction() as session:
        session.execute(update(Enrolment).values(standing="lapsed", share=0.0, seen_at=NEVER))
    assert house.test_cli_runner().invoke(args=["cohorts", "standings"]).output == "1 editions\n"
    (row,) = _page(course)
    assert (row.status, row.share, row.seen_at is None) == ("enrolled", 0.5, False)


def test_filters_and_orders(house: Flask) -> None:
    course = Course(sessions=4, people=5)
    course.mark(0, {1: "present", 2: "present"})
    course.mark(1, {2: "present"})
    with db.transaction() as session:
        session.get_one(Person, course.people[3].id).country = "TZ"
        group = Cohort(name="Ministry", activity_id=course.edition.activity_id)
        other = Cohort(name="Elsewhere", activity_id=activities.get("courses/iml-geneva").id)
        session.add_all([group, other])
        session.flush()
        session.add(Member(cohort_id=group.id, person_id=course.people[4].id))
        session.add(Member(cohort_id=other.id, person_id=course.people[4].id))
        enrolling.withdraw(
            session.scalars(
                select(Enrolment).where(Enrolment.registration_id == course.seats[0])
            ).one(),
            by=session.get_one(Person, course.admin.id),
        )
        group_id = group.id

    def names(**wanted: Any) -> list[int]:
        return [int(one.name[-2:]) for one in _page(course, **wanted)]

    assert names() == [1, 2, 3, 4]
    assert names(sort="-name") == [4, 3, 2, 1]
    assert names(sort="-share")[:2] == [2, 1]
    assert names(sort="-seen")[:2] == [2, 1]
    assert set(names(sort="seen")[:2]) == {3, 4}
    assert names(status="withdrawn") == [0]
    assert names(country="tz") == [3]
    assert names(cohort=group_id) == [4]
    assert names(words="LÉARNER") == [1, 2, 3, 4]
    assert names(words="learner nobody") == []
    assert names(words="%") == []
    assert _page(course, cohort=group_id)[0].cohorts == ["Ministry"]
    for wrong in ({"status": "ill"}, {"sort": "size"}, {"sort": "--name"}):
        with pytest.raises(Invalid):
            names(**wrong)


@pytest.mark.parametrize("sort", ["name", "-name", "seen", "-seen", "share", "-share"])
def test_every_order_goes_on_without_a_gap(house: Flask, sort: str) -> None:
    course = Course(sessions=2, people=7)
    course.mark(0, dict.fromkeys(range(3), "present"))
    course.mark(1, dict.fromkeys(range(2), "present"))
    seen, cursor = [], None
    while True:
        rows, cursor = roster.find_page(
            course.edition, Wanted(sort=sort), by=course.admin, cursor=cursor, limit=2
        )
        seen += [one.registration_id for one in rows]
        if cursor is None:
            break
    assert sorted(seen) == sorted(course.seats)


def test_a_page_costs_the_same_however_many_people_it_shows(house: Flask) -> None:
    def cost(people: int) -> int:
        course = Course(sessions=2, people=people)
        course.mark(0, dict.fromkeys(range(people), "present"))
        client = houses.signed_in(houses.visitor(house), course.admin)
        path = f"/en/admin/editions/{course.edition.slug}/roster"
        assert client.get(path).status_code == 200  # who she is, is known from here on
        with houses.queries() as told:
            assert client.get(path).status_code == 200
        return len(told)

    assert cost(2) == cost(30)


def test_pages_and_resources_tell_the_same(house: Flask) -> None:
    course = Course(sessions=2, people=3)
    course.quiz(0, 0.8)
    for place in (0, 1):
        course.mark(place, {0: "present", 1: "absent"})
    client = houses.signed_in(houses.visitor(house), course.admin)
    headers = houses.bearing(houses.a_token(course.admin))
    page = f"/en/admin/editions/{course.edition.slug}/roster"
    resource = f"/api/v1/editions/{course.edition.slug}/roster"
    told = houses.visitor(house).get(resource, headers=headers).json["items"]
    text = client.get(page).text
    for one in told:
        assert one["registration"] in text
        assert one["missing"] in text
    assert [one["status"] for one in told] == ["completed", "at_risk", "enrolled"]
    one = houses.visitor(house).get(f"{resource}/{course.seats[0]}", headers=headers).json
    assert (one["results"][0]["score"], one["rule"]["met"]) == (0.8, True)
    assert [mark["marked_by"] for mark in one["sessions"]] == ["Lucía Fernández"] * 2
    text = client.get(f"{page}/{course.seats[0]}").text
    assert one["email"] in text
    for query in ("status=invited", "sort=-share", "country=TZ&words=x", "cohort=nonsense"):
        assert client.get(f"{page}?{query}").status_code == 200
    for wrong in ("status=ill", "sort=size", "cursor=x"):
        assert client.get(f"{page}?{wrong}").status_code == 422


def test_a_completion_is_revoked_with_a_reason_and_given_back(house: Flask) -> None:
    course = Course(sessions=1, people=2)
    course.quiz(0, 1.0)
    course.mark(0, {0: "present"})
    client = houses.signed_in(houses.visitor(house), course.admin)
    page = f"/en/admin/editions/{course.edition.slug}/roster/{course.seats[0]}"
    assert client.post(f"{page}/revoke", data={"reason": " "}).status_code == 422
    assert course.status(0) == "completed"
    assert client.post(f"{page}/revoke", data={"reason": "By mistake"}).status_code == 303
    assert course.status(0) == "begun"
    assert client.post(f"{page}/lift").status_code == 303
    assert course.status(0) == "completed"
    acts = select(AuditEntry.action).where(AuditEntry.action.startswith("completion"))
    assert houses.anew().scalars(acts.order_by(AuditEntry.id)).all() == [
        "completion.revoked",
        "completion.lifted",
    ]
    headers = houses.bearing(houses.a_token(course.admin))
    url = f"/api/v1/editions/{course.edition.slug}/roster/{course.seats[0]}/revocation"
    asked = houses.visitor(house)
    assert asked.put(url, headers=headers, json={"reason": "x"}).json["revoked"] is True
    assert asked.delete(url, headers=headers).json["status"] == "completed"


def test_staff_are_asked_at_once_about_a_completion_whose_proof_was_corrected(
    house: Flask,
) -> None:
    course = Course(sessions=1, people=2)
    course.quiz(0, 1.0)
    course.mark(0, {0: "present", 1: "absent"})
    client = houses.signed_in(houses.visitor(house), course.admin)
    address = address_of(course)
    assert "data-lapsed" not in client.get(address).text
    sent = {f"was-{course.seats[0]}": "present", f"mark-{course.seats[0]}": "absent"}
    page = client.get(client.post(address, data=sent).location).text
    assert 'data-lapsed="1"' in page
    url = f"/en/admin/editions/{course.edition.slug}/roster/{course.seats[0]}/revoke"
    assert url in page
    name = address.rpartition("/")[2]
    answer = client.post(url, data={"reason": "Was not there", "session": name})
    assert answer.location.endswith(f"/attendance/{name}")
    assert "data-lapsed" not in client.get(answer.location).text
    assert (
        houses.anew().get_one(Progress, (course.seats[0], course.edition.activity_id)).status
        == "begun"
    )


WHO = {
    "nobody": (None, None, 302, 401, 302),
    "a learner": (None, None, 403, 403, 403),
    "instructor of the course": ("instructor", "courses/iml-moshi", 200, 200, 403),
    "course admin of the course": ("course_admin", "courses/iml-moshi", 200, 200, 303),
    "course admin of another": ("course_admin", "courses/iml-geneva", 403, 403, 403),
    "administrator": ("administrator", None, 200, 200, 303),
}


@pytest.mark.parametrize("who", WHO)
def test_who_may_see_whom(house: Flask, who: str) -> None:
    role, key, page, resource, revoking = WHO[who]
    course = Course(sessions=1, people=1)
    course.quiz(0, 1.0)
    course.mark(0, {0: "present"})
    client, headers = houses.visitor(house), {}
    if who != "nobody":
        person = houses.a_person(role=role, within=activities.get(key) if key else None)
        houses.signed_in(client, person)
        headers = houses.bearing(houses.a_token(person))
    below = f"/editions/{course.edition.slug}/roster"
    for path in (below, f"{below}/{course.seats[0]}", f"{below}?status=invited"):
        assert client.get(f"/en/admin{path}").status_code == page
    for path in (below, f"{below}/{course.seats[0]}"):
        answer = houses.visitor(house).get(f"/api/v1{path}", headers=headers)
        assert answer.status_code == resource
    answer = client.post(f"/en/admin{below}/{course.seats[0]}/revoke", data={"reason": "x"})
    assert answer.status_code == revoking


def test_a_person_is_looked_up_in_her_own_edition_alone(house: Flask) -> None:
    course, other = Course(sessions=1, people=1), Course(sessions=1, people=1)
    client = houses.signed_in(houses.visitor(house), course.admin)
    page = f"/en/admin/editions/{course.edition.slug}/roster/{other.seats[0]}"
    assert client.get(page).status_code == 404
    assert client.post(f"{page}/revoke", data={"reason": "x"}).status_code == 404
    assert client.post(f"{page}/lift").status_code == 404


def test_a_cohort_of_another_course_narrows_nothing_down(house: Flask) -> None:
    course = Course(people=2)
    other = houses.an_edition("courses/iml-geneva")
    with db.transaction() as session:
        foreign = Cohort(name="Seen by Geneva", activity_id=other.activity.parent_id)
        session.add(foreign)
        session.flush()
        session.add(Member(cohort_id=foreign.id, person_id=course.people[0].id))
    assert _page(course, cohort=foreign.id) == []
