"""Staff award certificates in bulk: to exactly those whom the preview showed, once."""

from __future__ import annotations

import csv
import io
import threading
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_babel import force_locale
from flask_login import login_user
from sqlalchemy import func, select

from app import db, events, jobs
from app.errors import Conflict, Forbidden, Invalid
from app.models import Activity, AuditEntry, Outbox, Person, Registration
from app.web import panels
from certificates import marks, wording
from certificates.models import Candidate, Certificate, Release
from certificates.service import bundling, changing, releases, releasing, roster
from certificates.service.roster import Wanted
from tests.certificates.gatherings import a_gathering, attend, with_gatherings
from tests.houses import a_person, a_token, bearing, queries, signed_in, visitor


@dataclass
class House:
    """Four who met the rule, two who did not, and the course admin; ids and keys alone."""

    app: Flask
    key: str
    activity: UUID
    ready: list[UUID]
    unmet: list[UUID]
    admin: UUID
    other_admin: UUID
    elsewhere: UUID


NAMES = ["Aïcha Ndiaye", "王小明", "Ines Luna", "John Doe"]


@pytest.fixture
def house(app: Flask) -> House:
    with with_gatherings(app).app_context(), db.transaction():
        activity, geneva = a_gathering(), a_gathering("gatherings/geneva/2027")
        ready = [attend(a_person(name, language="fr"), activity, 2).id for name in NAMES]
        unmet = [attend(a_person(f"Absent {at}"), activity, at).id for at in range(2)]
        admins = [a_person(f"Admin {at}", role="course_admin", within=activity) for at in range(2)]
        elsewhere = a_person("Elsewhere", role="course_admin", within=geneva)
        return House(
            app, activity.key, activity.id, ready, unmet, admins[0].id, admins[1].id, elsewhere.id
        )


def act(house: House, sort: str = "completion", by: UUID | None = None, **asked: object) -> UUID:
    """The preview of a release, in a transaction of its own."""
    with house.app.app_context(), db.transaction() as session:
        return releasing.prepare(
            session.get_one(Activity, house.activity),
            sort,
            by=session.get_one(Person, by or house.admin),
            **asked,  # type: ignore[arg-type]  # as prepare names them
        ).id


def confirm(house: House, release: UUID, by: UUID | None = None) -> releases.Summary:
    with house.app.app_context(), db.transaction() as session:
        person = session.get_one(Person, by or house.admin)
        return releases.summary(releasing.confirm(releases.get(release, by=person), by=person))


def held(house: House, sort: str = "completion") -> list[UUID]:
    with house.app.app_context():
        rows = select(Certificate.registration_id).where(Certificate.sort == sort)
        return sorted(db.session().scalars(rows))


def test_those_who_meet_the_rule_are_awarded_once(house: House) -> None:
    assert held(house) == []  # nothing at once: staff release
    release = act(house, wanted=Wanted(state="ready"))
    assert held(house) == []
    told = confirm(house, release)
    assert (told.state, told.wanted, told.awarded, told.mails) == ("done", 4, 4, 4)
    assert held(house) == sorted(house.ready)
    assert confirm(house, release).awarded == 4  # a double click
    assert held(house) == sorted(house.ready)
    with house.app.app_context():
        one = db.session().scalars(select(Certificate)).first()
        assert one is not None
        assert one.occasion == {
            "place": "Moshi, United Republic of Tanzania",
            "starts": "2027-06-01",
            "ends": "2027-06-05",
        }
        assert one.minutes == 1800


def test_the_preview_says_who_is_left_out_and_why(house: House) -> None:
    with house.app.app_context(), db.transaction() as session:
        people = [session.get_one(Registration, one).person for one in house.ready]
        people[0].name = ""
        people[1].name = "王 \u0378"
        people[2].erased_at = db.now()
    release = act(house, chosen=[*house.ready, *house.unmet])
    with house.app.app_context():
        admin = db.session().get_one(Person, house.admin)
        found = releases.get(release, by=admin)
        told = releases.summary(found)
        left, _more = releases.people_of(found, left_out=True)
        given, _more = releases.people_of(found, left_out=False)
    assert told.left_out == {"nameless": 1, "unprintable": 1, "erased": 1, "unmet": 2}
    assert (told.wanted, told.changed) == (1, 0)
    assert [one.name for one in given] == ["John Doe"]
    assert {one.registration_id for one in left} == {*house.ready[:3], *house.unmet}
    assert confirm(house, release).awarded == 1


def test_who_changed_since_the_preview_is_left_out_and_named(house: House) -> None:
    release = act(house, wanted=Wanted(state="ready"))
    with house.app.app_context(), db.transaction() as session:
        registration = session.get_one(Registration, house.ready[0])
        session.get_one(Person, registration.person_id).name = ""
    other = act(house, by=house.other_admin, chosen=[house.ready[1]])
    confirm(house, other, by=house.other_admin)
    late = attend_now(house, "Latecomer")
    told = confirm(house, release)
    assert (told.awarded, told.changed) == (2, 2)
    assert told.left_out == {"nameless": 1, "has_one": 1}
    assert late not in held(house)  # met the rule, but stood on no list that anybody saw


def attend_now(house: House, name: str) -> UUID:
    with house.app.app_context(), db.transaction() as session:
        return attend(a_person(name), session.get_one(Activity, house.activity), 3).id


def test_who_is_no_longer_registered_is_left_out(house: House) -> None:
    with house.app.app_context(), db.transaction() as session:
        session.get_one(Registration, house.ready[0]).closed_at = db.now()
        session.get_one(Registration, house.unmet[0]).closed_at = db.now()
    everybody = act(house, "participation", wanted=Wanted())
    told = confirm(house, everybody)
    assert (told.awarded, told.left_out) == (4, {"closed": 2})
    with house.app.app_context():
        activity = db.session().get_one(Activity, house.activity)
        assert roster.counts(activity).ready == 3
    assert confirm(house, act(house, wanted=Wanted(state="ready"))).awarded == 3


def test_participation_goes_to_whom_the_admin_chose(house: House) -> None:
    confirm(house, act(house, "participation", chosen=house.unmet))
    assert held(house, "participation") == sorted(house.unmet)
    assert held(house) == []
    again = act(house, "participation", wanted=Wanted(state="unmet"))
    with pytest.raises(Conflict):
        confirm(house, again)
    with house.app.app_context():
        for one in db.session().scalars(select(Certificate)):
            assert one.evidence_id  # at least that she was registered


def test_one_registration_may_hold_one_of_each_sort(house: House) -> None:
    for sort in marks.SORTS:
        confirm(house, act(house, sort, chosen=house.ready[:1]))
    with house.app.app_context():
        both = db.session().scalars(select(Certificate).order_by(Certificate.sort)).all()
        assert [one.sort for one in both] == ["completion", "participation"]
        assert len({one.earned_id for one in both}) == 2
        first = both[0]
        assert first.earned_id == events.derived_id(
            "earned", first.person_id, first.activity.iri, first.registration_id, 0
        )


def test_two_admins_at_once_give_one_each(house: House) -> None:
    releases = [
        (act(house, by=one, wanted=Wanted(state="ready")), one)
        for one in (house.admin, house.other_admin) * 2
    ]
    wrong: list[BaseException] = []

    def both(release: UUID, by: UUID) -> None:
        try:
            confirm(house, release, by)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=both, args=one) for one in releases * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert held(house) == sorted(house.ready)


def test_many_are_awarded_in_the_background(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releasing, "AT_ONCE", 1)
    monkeypatch.setattr(releasing, "PIECE", 3)
    release = act(house, wanted=Wanted(state="ready"))
    told = confirm(house, release)
    assert (told.state, told.awarded) == ("running", 0)
    assert confirm(house, release).state == "running"
    with house.app.app_context():
        assert db.session().scalar(_jobs("certificates.release")) == 1
        jobs.run_due()
        releasing.carry_out({"release": str(release)})  # at least once: the outbox promises no more
    told = confirm(house, release)
    assert (told.state, told.awarded) == ("done", 4)
    with house.app.app_context():
        jobs.run_due()
        assert db.session().scalar(_jobs("mail.send")) == 4


def _jobs(task: str) -> object:
    return select(func.count()).select_from(Outbox).where(Outbox.task == task)


def test_an_administrator_reads_who_gave_what_to_whom(house: House) -> None:
    confirm(house, act(house, "participation", chosen=house.unmet))
    with house.app.app_context():
        entries = db.session().scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        released = [one for one in entries if one.action == "certificates.released"]
        awarded = [one for one in entries if one.action == "certificate.awarded"]
        people = {db.session().get_one(Registration, one).person_id for one in house.unmet}
        assert [one.actor_id for one in entries] == [house.admin] * 3
        assert released[0].after["people"] == 2
        assert {one.person_id for one in awarded} == people
        assert all(one.after["sort"] == "participation" for one in awarded)


def test_a_revoked_certificate_is_given_by_no_list(house: House) -> None:
    confirm(house, act(house, chosen=house.ready[:1]))
    with house.app.app_context(), db.transaction() as session:
        admin = session.get_one(Person, house.admin)
        changing.revoke(session.scalars(select(Certificate)).one(), by=admin, reason="Not she.")
    with pytest.raises(Conflict):
        confirm(house, act(house, chosen=house.ready[:1]))
    assert len(held(house)) == 1


def test_a_completion_taken_back_asks_for_the_certificate(house: House) -> None:
    confirm(house, act(house, wanted=Wanted(state="ready")))
    with house.app.app_context(), db.transaction() as session:
        one = session.scalars(
            select(Certificate).where(Certificate.registration_id == house.ready[0])
        ).one()
        events.publish(
            events.happened("voided", one.registration, language=None, takes_back=one.evidence_id)
        )
    with house.app.app_context():
        admin = db.session().get_one(Person, house.admin)
        activity = db.session().get_one(Activity, house.activity)
        lapsed, _more = roster.find_page(activity, Wanted(state="lapsed"), by=admin, language="en")
    assert [one.registration_id for one in lapsed] == house.ready[:1]
    assert lapsed[0].state == "lapsed"


def test_nobody_else_sees_or_awards_anything(house: House) -> None:
    release = act(house, wanted=Wanted(state="ready"))
    with house.app.app_context():
        people = [db.session().get_one(Person, one) for one in (house.elsewhere, house.admin)]
        stranger = db.session().get_one(Registration, house.ready[0]).person
        for person, status in ((people[0], 403), (stranger, 403), (people[1], 200)):
            client = signed_in(visitor(house.app), person)
            pages = (f"awards/{house.key}", f"releases/{release}")
            for path in (*pages, f"awards/{house.key}/registrations/{house.ready[0]}"):
                assert client.get(f"/en/admin/{path}").status_code == status, path
        client = signed_in(visitor(house.app), people[0])
        assert client.post(f"/en/admin/releases/{release}").status_code == 403
        assert client.post(f"/en/admin/awards/{house.key}").status_code == 403
        assert client.get(f"/en/admin/awards/{house.key}/certificates.zip").status_code == 403
    with pytest.raises(Forbidden):
        confirm(house, release, by=house.other_admin)
    with pytest.raises(Forbidden):
        act(house, by=house.elsewhere, wanted=Wanted())
    assert held(house) == []


def test_what_is_no_list_is_refused(house: House) -> None:
    with pytest.raises(Invalid):
        act(house, chosen=[])
    with pytest.raises(Invalid):
        act(house, chosen=[house.ready[0], UUID(int=1)])
    with pytest.raises(Invalid):
        act(house, "attendance", chosen=house.ready)
    with pytest.raises(Invalid):
        act(house, wanted=Wanted(state="happy"))
    with house.app.app_context():
        assert db.session().scalars(select(Release)).all() == []
        assert db.session().scalars(select(Candidate)).all() == []


def test_the_roster_costs_the_same_for_few_and_many(house: House) -> None:
    def asked(limit: int) -> int:
        admin = db.session().get_one(Person, house.admin)
        activity = db.session().get_one(Activity, house.activity)
        with queries() as told:
            found, _more = roster.find_page(
                activity, Wanted(), by=admin, language="en", limit=limit
            )
        assert len(found) == limit
        return len(told)

    with house.app.app_context():
        asked(1)  # what changes with the content alone is read once
        assert asked(6) == asked(1)


def _in_the_order_of_names(house: House) -> list[str]:
    with house.app.app_context():
        rows = db.session().execute(
            select(Registration.id, Person.folded)
            .join(Person, Person.id == Registration.person_id)
            .where(Registration.activity_id == house.activity)
        )
        return [str(one) for one, _ in sorted(rows.all(), key=lambda row: (row[1], row[0]))]


def test_the_roster_goes_on_by_key_and_is_searched(house: House, client: FlaskClient) -> None:
    with house.app.app_context():
        headers = bearing(a_token(db.session().get_one(Person, house.admin)))
    path = f"/api/v1/activities/{house.key}/awards"
    seen: list[str] = []
    cursor: str | None = None
    while True:
        asked = {"limit": 4} | ({"cursor": cursor} if cursor else {})
        page = client.get(path, query_string=asked, headers=headers).json
        seen += [one["registration"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(map(str, [*house.ready, *house.unmet]))
    assert seen == _in_the_order_of_names(house)
    found = client.get(path, query_string={"words": "aicha"}, headers=headers).json["items"]
    assert [one["name"] for one in found] == ["Aïcha Ndiaye"]
    assert (found[0]["met"], found[0]["state"]) == (True, "ready")
    unmet = client.get(path, query_string={"state": "unmet"}, headers=headers).json["items"]
    assert len(unmet) == 2
    assert all(one["missing"] for one in unmet)
    assert client.get(path, query_string={"state": "x"}, headers=headers).status_code == 422


def test_the_same_through_the_api_alone(house: House, client: FlaskClient) -> None:
    with house.app.app_context():
        headers = bearing(a_token(db.session().get_one(Person, house.admin)))
        theirs = bearing(a_token(db.session().get_one(Person, house.elsewhere)))
    path = f"/api/v1/activities/{house.key}"
    answer = client.post(f"{path}/awards/preview", json={"sort": "completion"}, headers=headers)
    assert answer.status_code == 201
    release = answer.json
    assert (release["state"], release["wanted"], release["mails"]) == ("previewed", 4, 4)
    where = f"/api/v1/releases/{release['id']}"
    listed = client.get(f"{where}/people", headers=headers).json["items"]
    assert {one["registration"] for one in listed} == set(map(str, house.ready))
    for one in (where, f"{where}/people", f"{path}/awards", f"{path}/certificates.zip"):
        assert client.get(one, headers=theirs).status_code == 403
    body = {"preview": release["id"]}
    assert client.post(f"{path}/awards", json=body, headers=theirs).status_code == 403
    for _twice in range(2):
        done = client.post(f"{path}/awards", json=body, headers=headers)
        assert (done.status_code, done.json["awarded"]) == (200, 4)
    chosen = {"sort": "participation", "registrations": list(map(str, house.unmet))}
    some = client.post(f"{path}/awards/preview", json=chosen, headers=headers).json
    client.post(f"{path}/awards", json={"preview": some["id"]}, headers=headers)
    assert client.get(f"/api/v1/releases/{some['id']}", headers=headers).json["state"] == "done"
    archive = client.get(f"{path}/certificates.zip?sort=participation", headers=headers)
    assert len(zipfile.ZipFile(io.BytesIO(archive.data)).namelist()) == 3
    for wrong in ({}, {"sort": "x"}, {"sort": "completion", "registrations": []}, [], "x"):
        answer = client.post(f"{path}/awards/preview", json=wrong, headers=headers)
        assert answer.status_code == 422, wrong
    assert client.get("/api/v1/activities/nowhere/awards", headers=headers).status_code == 404


def test_pages_preview_and_award(house: House, client: FlaskClient) -> None:
    with house.app.app_context():
        signed_in(client, db.session().get_one(Person, house.admin))
    page = f"/en/admin/awards/{house.key}"
    assert 'data-ready="4"' in client.get(page).text
    answer = client.post(page, data={"sort": "completion", "everybody": "y"})
    assert answer.status_code == 303
    preview = client.get(answer.location).text
    assert 'data-state="previewed"' in preview
    assert 'data-wanted="4"' in preview
    assert held(house) == []
    assert client.post(answer.location).status_code == 303
    assert 'data-state="done"' in client.get(answer.location).text
    chosen = {"sort": "participation", "chosen": list(map(str, house.unmet))}
    answer = client.post(page, data=chosen)
    client.post(answer.location)
    assert held(house, "participation") == sorted(house.unmet)
    assert 'data-awarded="6"' in client.get(page).text
    for wrong in ([], ["nonsense"], [str(UUID(int=1))]):
        answer = client.post(page, data={"sort": "participation", "chosen": wrong})
        assert answer.status_code == 422
        assert "error-summary" in answer.text


def test_the_page_of_an_activity_leads_its_staff_here(house: House) -> None:
    for who, shown in ((house.admin, True), (house.elsewhere, False)):
        with house.app.test_request_context("/en/"):
            person = db.session().get_one(Person, who)
            login_user(person)
            activity = db.session().get_one(Activity, house.activity)
            found = [
                one for one in panels("staff", person, activity) if "panel_staff" in one.template
            ]
            assert bool(found) is shown
            if found:
                page = render_template_string("{{ render_panel(panel) }}", panel=found[0])
                assert 'data-ready="4"' in page
                assert f"/en/admin/awards/{house.key}" in page


def test_a_range_of_days_is_said_in_each_language(app: Flask) -> None:
    occasion = {"place": "Moshi", "starts": "2027-06-01", "ends": "2027-06-05"}
    for language, words in (
        ("en", "1–5 June 2027"),
        ("fr", "1–5 juin 2027"),
        ("es", "1–5 de junio de 2027"),
    ):
        with app.test_request_context("/en/"), force_locale(language):
            assert wording.period(occasion) == words
            assert wording.period({"starts": "2027-06-01"}) == wording.day(
                datetime(2027, 6, 1, tzinfo=UTC)
            )
            both = wording.period({"starts": "2027-06-30", "ends": "2027-07-02"})
            assert both is not None
            assert "2027" in both
            assert wording.period({"starts": "soon"}) is None
            assert "Moshi" in wording.when(occasion, db.now(), "Migration law")
            assert "Moshi" not in wording.when(occasion, db.now(), "Migration law, Moshi 2027")


def test_the_zip_holds_every_valid_certificate_and_an_index(house: House) -> None:
    with house.app.app_context(), db.transaction() as session:
        person = session.get_one(Registration, house.ready[3]).person
        person.name = '=cmd|"/../x'
    confirm(house, act(house, wanted=Wanted(state="ready")))
    confirm(house, act(house, "participation", chosen=house.unmet))
    with house.app.app_context(), db.transaction() as session:
        by_name = {one.name: one for one in session.scalars(select(Certificate))}
        by_name["Ines Luna"].name = "Ines \u0378"
        admin = session.get_one(Person, house.admin)
        changing.revoke(by_name["Absent 0"], by=admin, reason="Not she.")
    with house.app.app_context():
        admin = db.session().get_one(Person, house.admin)
        activity = db.session().get_one(Activity, house.activity)
        sheaves = bundling.gather(activity, by=admin)
        with queries() as told:
            pieces = list(bundling.zipped(sheaves))
        assert told == []
        assert bundling.parts(activity) == 1
    archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert archive.testzip() is None
    names = archive.namelist()
    assert len(names) == len(set(names)) == 5
    assert not any(set(name) & set('/\\:"|<>') for name in names)
    rows = list(csv.DictReader(io.StringIO(archive.read("index.csv").decode("utf-8-sig"))))
    assert len(rows) == 5
    assert {row["file"] for row in rows} == {*names, ""} - {"index.csv"}
    (problem,) = [row for row in rows if row["problem"]]
    assert problem["name"] == "Ines \u0378"
    assert any(row["name"].startswith("'=cmd") for row in rows)
    for name in names[:-1]:
        assert archive.read(name).startswith(b"%PDF-")


def test_a_zip_comes_in_parts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundling, "PART", 3)
    confirm(house, act(house, wanted=Wanted(state="ready")))
    with house.app.app_context():
        admin = db.session().get_one(Person, house.admin)
        activity = db.session().get_one(Activity, house.activity)
        assert bundling.parts(activity) == 2
        parts: list[Sequence[bundling.Sheaf]] = [
            bundling.gather(activity, by=admin, part=part) for part in (1, 2)
        ]
    assert [len(one) for one in parts] == [3, 1]
    assert len({sheaf.number for one in parts for sheaf in one}) == 4


def test_completion_records_tell_the_sort(house: House, client: FlaskClient) -> None:
    confirm(house, act(house, "participation", chosen=[house.ready[0], house.unmet[0]]))
    confirm(house, act(house, chosen=[house.ready[0]]))
    with house.app.app_context():
        headers = bearing(a_token(db.session().get_one(Person, house.admin)))
    told = client.get(f"/api/v1/completions?activity={house.key}", headers=headers).json["items"]
    by_id = {one["registration"]: one["certificate_sort"] for one in told}
    assert len(told) == 6
    assert by_id[str(house.ready[0])] == "completion"
    assert by_id[str(house.unmet[0])] == "participation"
    assert by_id[str(house.unmet[1])] is None
