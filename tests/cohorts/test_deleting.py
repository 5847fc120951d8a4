"""Deleting: a draft that nobody was ever in goes with all that hangs on it, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import activities, db, permissions
from app.errors import Conflict, Forbidden, NotFound
from app.models import AuditEntry, Grant, Person
from cohorts.models import Cohort, Edition, Enrolment, Import, ImportRow, Invitation, Session
from cohorts.service import (
    changing,
    copying,
    deleting,
    editions,
    enrolling,
    groups,
    importing,
    inviting,
    running,
)
from tests import houses

FILE = b"email,name\none@example.org,One\n"


@pytest.fixture
def house(app: Flask) -> Any:
    with houses.with_content(app).app_context():
        yield app


@pytest.fixture
def admin(house: Flask) -> Person:
    return houses.a_person(role="course_admin", within=activities.get("courses/iml-moshi"))


def again(edition: Edition) -> Edition:
    return db.session().get_one(Edition, edition.activity_id)


def count(table: Any) -> int:
    return houses.anew().scalar(select(func.count()).select_from(table)) or 0


def remove(edition: Edition, by: Person) -> None:
    with db.transaction():
        deleting.remove(again(edition), by=by)


def invite(edition: Edition, by: Person) -> Invitation:
    made = inviting.offer(edition, email="fatou@ministry.example", by=by)
    assert isinstance(made, Invitation)
    return made


def check_file(edition: Edition, by: Person) -> Import:
    return importing.check(edition, FILE, name="people.csv", by=by)


def a_full_draft(admin: Person) -> Edition:
    """A draft with everything that can go with it."""
    edition = houses.an_edition(sessions=4)
    helper = houses.a_person(role="instructor", within=edition.activity)
    with db.transaction():
        check_file(again(edition), admin)
    with db.transaction():
        one = again(edition)
        groups.make("Ministry", one.activity, by=admin)
        inviting.withdraw(invite(one, admin), by=admin)
        assert permissions.may(helper, "editions.read", one.activity)
    return edition


def test_a_draft_goes_with_all_that_hangs_on_it(house: Flask, admin: Person) -> None:
    edition = a_full_draft(admin)
    remove(edition, admin)
    for table in (Edition, Session, Cohort, Import, ImportRow, Invitation):
        assert count(table) == 0, table
    assert houses.anew().scalars(select(Grant).where(Grant.activity_id.is_not(None))).all() == [
        one for one in admin.grants if one.activity_id
    ]
    told = houses.anew().scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(2)).all()
    assert [one.action for one in told] == ["edition.deleted", "role.taken"]
    assert told[0].before is not None
    assert (told[0].before["sessions"], told[0].before["cohorts"]) == (4, 1)


def test_its_activities_stay_retired_and_can_be_taken_up_again(house: Flask, admin: Person) -> None:
    edition = houses.an_edition(slug="moshi-2027", sessions=2)
    inside = [one.activity.key for one in editions.programme(edition)]
    remove(edition, admin)
    kept = [activities.get(key) for key in ("editions/moshi-2027", *inside)]
    assert all(one.retired_at and one.rule is None for one in kept)
    anew = houses.an_edition(slug="moshi-2027")
    assert anew.activity.retired_at is None
    assert editions.programme(anew) == []


def test_a_copy_of_it_stays(house: Flask, admin: Person) -> None:
    edition = houses.an_edition(slug="moshi-2027", sessions=2)
    with db.transaction():
        copy = copying.copy(again(edition), copying.proposal(edition, by=admin), by=admin)
    remove(edition, admin)
    assert houses.anew().scalars(select(Edition.slug)).all() == [copy.slug]
    assert count(Session) == 2


def withdrawn(edition: Edition, admin: Person) -> None:
    (seat,) = enrolling.enrol(edition, [houses.a_person()], by=admin)
    enrolling.withdraw(seat, by=admin)


def published(edition: Edition, admin: Person) -> None:
    changing.set_state(edition, "open", by=admin)
    changing.set_state(edition, "closed", by=admin)


def grouped(edition: Edition, admin: Person) -> None:
    cohort = groups.make("Ministry", edition.activity, by=admin)
    groups.join(cohort, [houses.a_person()], by=admin)


def imported(edition: Edition, admin: Person) -> None:
    running.start(check_file(edition, admin), by=admin)


@pytest.mark.parametrize(
    ("does", "kept"),
    [
        (lambda edition, admin: enrolling.enrol(edition, [houses.a_person()], by=admin), Enrolment),
        (withdrawn, Enrolment),
        (invite, Invitation),
        (published, Edition),
        (grouped, Cohort),
        (imported, Import),
    ],
)
def test_who_was_in_it_keeps_it(
    house: Flask, admin: Person, does: Callable[[Edition, Person], Any], kept: Any
) -> None:
    edition = houses.an_edition(sessions=2)
    with db.transaction():
        does(again(edition), admin)
    with pytest.raises(Conflict) as refused:
        remove(edition, admin)
    assert [str(one) for one in deleting.hindrances(again(edition), by=admin)] == [
        str(refused.value)
    ]
    assert (count(kept), count(Session)) == (1, 2)


def test_only_who_opens_editions_of_the_course_deletes_one(house: Flask, admin: Person) -> None:
    edition = houses.an_edition()
    within = houses.a_person(role="course_admin", within=edition.activity)
    with pytest.raises(Forbidden):
        remove(edition, within)
    assert count(Edition) == 1


def test_what_is_begun_after_it_was_deleted_finds_nothing(house: Flask, admin: Person) -> None:
    edition = houses.an_edition()
    held = again(edition)
    db.session().expunge(held)
    remove(edition, admin)
    with db.transaction(), pytest.raises(NotFound):
        deleting.remove(held, by=admin)
    with db.transaction(), pytest.raises(NotFound):
        enrolling.hold(held)


def test_the_page_asks_first_and_says_why_not(house: Flask, admin: Person) -> None:
    edition, client = houses.an_edition(), houses.signed_in(houses.visitor(house), admin)
    here = f"/en/admin/editions/{edition.slug}"
    assert f"{here}/delete" in client.get(here).text
    assert '<form method="post">' in client.get(f"{here}/delete").text
    answer = client.post(f"{here}/delete")
    assert (answer.status_code, answer.location) == (303, "/en/admin/editions")
    assert client.get(f"{here}/delete").status_code == 404
    other = houses.an_edition(state="open")
    here = f"/en/admin/editions/{other.slug}"
    assert f"{here}/delete" not in client.get(here).text
    page = client.get(f"{here}/delete").text
    assert "It was published" in page
    assert '<form method="post">' not in page
    assert client.post(f"{here}/delete").status_code == 409


def test_the_api_deletes_as_the_page_does(house: Flask, admin: Person) -> None:
    client, token = houses.visitor(house), houses.bearing(houses.a_token(admin))
    draft, other = houses.an_edition(), houses.an_edition(state="open")
    assert client.delete(f"/api/v1/editions/{draft.slug}", headers=token).status_code == 204
    assert client.delete(f"/api/v1/editions/{draft.slug}", headers=token).status_code == 404
    refused = client.delete(f"/api/v1/editions/{other.slug}", headers=token)
    assert refused.status_code == 409
    assert "published" in refused.json["detail"]
    assert houses.anew().scalars(select(Edition.slug)).all() == [other.slug]
