"""Administration: who may do what, by page and by API; people, roles, mail, jobs, the audit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from app import accounts, activities, audit, db, jobs, mail, people, permissions
from app.errors import Conflict, Forbidden, Invalid
from app.folding import fold
from app.models import Activity, AuditEntry, Grant, Outbox, Person
from tests import houses


@dataclass
class House:
    """A house with a course, and somebody of each role; whom it is about is `one`."""

    app: Flask
    course: Activity
    one: Person
    grant: UUID
    mail: int
    job: int

    def person(self, role: str | None) -> Person:
        if role == "course admin of one course":
            return houses.a_person(role="course_admin", within=self.course)
        return houses.a_person(role=role)


@pytest.fixture
def house(app: Flask) -> Iterator[House]:
    with app.app_context():
        with db.transaction():
            course = activities.define("courses/x", "course", {"en": "Course X"})
        one = houses.a_person("Neema Mushi", email="neema@example.org", country="TZ")
        houses.give(one, "instructor", course)
        with db.transaction():
            written = mail.enqueue(one, "Confirm", "Open http://127.0.0.1:8000/en/confirm/abc")
            written.done_at = db.now()
            failed = jobs.enqueue("certificates.draw", {"x": 1}, person_id=one.id)
            failed.error, failed.attempts = "RuntimeError: no ink", jobs.PATIENCE
            db.session().flush()
        yield House(app, course, one, one.grants[0].id, written.id, failed.id)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return houses.visitor(app)


ACTS = [
    # method, page or None, the fields of its form; method, resource or None, its JSON
    ("GET", "", None, None, None, None),
    ("GET", "/people", None, "GET", "/people", None),
    ("GET", "/people/{one}", None, "GET", "/people/{one}", None),
    ("GET", "/people/{one}?cursor=", None, "GET", "/people/{one}/statements", None),
    (
        "POST",
        "/people/{one}/roles",
        {"role": "course_admin", "activity": "courses/x"},
        "POST",
        "/people/{one}/roles",
        {"role": "course_admin", "activity": "courses/x"},
    ),
    (
        "POST",
        "/people/{one}/roles/{grant}/take",
        {},
        "DELETE",
        "/people/{one}/roles/{grant}",
        None,
    ),
    (
        "POST",
        "/people/{one}/active",
        {"active": ""},
        "PATCH",
        "/people/{one}",
        {"active": False},
    ),
    ("GET", "/mail", None, "GET", "/mails", None),
    ("GET", "/mail/{mail}", None, "GET", "/mails/{mail}", None),
    ("GET", "/jobs", None, "GET", "/jobs", None),
    ("POST", "/jobs/{job}/replay", {}, "POST", "/jobs/{job}/replay", None),
    ("GET", "/audit", None, "GET", "/audit-entries", None),
    ("GET", "/people/{one}/erase", None, None, None, None),
    (
        "POST",
        "/people/{one}/erase",
        {"confirmation": "neema@example.org"},
        "DELETE",
        "/people/{one}",
        {"confirmation": "neema@example.org"},
    ),
]

ROLES = ["learner", "instructor", "course_admin", "course admin of one course", "administrator"]


def _path(pattern: str, house: House) -> str:
    return pattern.format(one=house.one.id, grant=house.grant, mail=house.mail, job=house.job)


def _state() -> list[object]:
    """Whatever an act of an administrator could change."""
    session = houses.anew()
    return [
        session.execute(select(Person.id, Person.email, Person.active).order_by(Person.id)).all(),
        session.execute(select(Grant.person_id, Grant.role).order_by(Grant.id)).all(),
        session.execute(select(Outbox.id, Outbox.attempts).order_by(Outbox.id)).all(),
        session.scalars(select(AuditEntry.id)).all(),
    ]


def _on_pages(house: House, client: FlaskClient) -> Iterator[tuple[str, TestResponse]]:
    for method, path, form, *_ in ACTS:
        answer = client.open("/en/admin" + _path(path, house), method=method, data=form)
        yield f"{method} {path}", answer


def _through_the_api(
    house: House, client: FlaskClient, headers: dict[str, str] | None = None
) -> Iterator[tuple[str, TestResponse]]:
    for *_, method, path, body in ACTS:
        if method:
            answer = client.open(
                "/api/v1" + _path(path, house), method=method, json=body, headers=headers
            )
            yield f"{method} {path}", answer


def _check(answers: Iterator[tuple[str, TestResponse]], allowed: set[int] | None) -> None:
    """Each act answers with one of these and changes something unless it reads; without any
    allowed, each is refused and changes nothing."""
    before = _state()
    for act, answer in answers:
        after = _state()
        if allowed:
            assert answer.status_code in allowed, (act, answer.text)
            assert (after == before) == act.startswith("GET"), act
        else:
            assert answer.status_code == 403, (act, answer.text)
            assert after == before, act
        before = after


@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what_on_pages(house: House, client: FlaskClient, role: str) -> None:
    houses.signed_in(client, house.person(role))
    _check(_on_pages(house, client), {200, 303} if role == "administrator" else None)


@pytest.mark.parametrize("scopes", ["staff", "read learn account"])
@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what_through_the_api(
    house: House, client: FlaskClient, role: str, scopes: str
) -> None:
    token = houses.bearing(houses.a_token(house.person(role), scopes.split()))
    may = role == "administrator" and scopes == "staff"
    _check(_through_the_api(house, client, token), {200, 201, 202, 204} if may else None)


def test_a_stranger_is_sent_to_sign_in_or_refused(house: House, client: FlaskClient) -> None:
    before = _state()
    for act, answer in _on_pages(house, client):
        assert answer.status_code == 302, act
        assert "/en/login" in answer.location, act
    for act, answer in _through_the_api(house, client):
        assert answer.status_code == 401, act
    assert _state() == before


@pytest.mark.parametrize(
    ("method", "path", "resource"),
    [
        ("GET", "/people/{none}", "/people/{none}"),
        ("GET", "/people/xyz", "/people/xyz"),
        ("POST", "/people/{none}/roles", "/people/{none}/roles"),
        ("POST", "/people/{one}/roles/{none}/take", None),
        ("GET", "/mail/999999", "/mails/999999"),
        ("GET", "/mail/{job}", "/mails/{job}"),
        ("POST", "/jobs/999999/replay", "/jobs/999999/replay"),
    ],
)
def test_what_is_not_there_is_not_found(
    house: House, client: FlaskClient, method: str, path: str, resource: str | None
) -> None:
    admin = house.person("administrator")
    houses.signed_in(client, admin)
    token = houses.bearing(houses.a_token(admin))

    def at(pattern: str) -> str:
        return pattern.format(one=house.one.id, none=uuid4(), job=house.job)

    assert client.open(f"/en/admin{at(path)}", method=method).status_code == 404
    if resource:
        body = {"role": "instructor"} if method == "POST" else None
        answer = client.open(f"/api/v1{at(resource)}", method=method, headers=token, json=body)
        assert answer.status_code == 404


def test_only_administrators_are_shown_the_way(house: House, client: FlaskClient) -> None:
    for role in ROLES:
        page = houses.signed_in(client, house.person(role)).get("/en/my").text
        assert ('href="/en/admin"' in page) == (role == "administrator")


# People


def test_people_are_found_whatever_the_case_and_accents(house: House) -> None:
    admin = house.person("administrator")
    zak = houses.a_person("Łucja ŻAK", email="lucja@straz.example")
    for words in ("lucja", "ŁUCJA żak", "zak lucja", "straz.example", "LuCjA@"):
        found, _ = people.find_page(people.Wanted(words=words), by=admin)
        assert [one.id for one in found] == [zak.id], words
    for words in ("lucja mushi", "%", "_", "\\", "luc%"):
        assert people.find_page(people.Wanted(words=words), by=admin) == ([], None), words


@pytest.mark.parametrize(
    ("words", "folded"),
    [
        ("  Aïcha   NDIAYE ", "aicha ndiaye"),
        ("Łucja Żak", "lucja zak"),
        ("Ærøskøbing Straße", "aeroskobing strasse"),
        ("İstanbul ılık", "istanbul ilik"),
        ("محمد", "محمد"),
    ],
)
def test_words_are_folded(words: str, folded: str) -> None:
    assert fold(words) == folded
    assert fold(folded) == folded


def test_people_are_filtered_by_role_country_and_state(house: House) -> None:
    admin = house.person("administrator")
    closed = houses.a_person(active=False, country="SN")
    erased = houses.a_person(active=False)
    with db.transaction():
        erased.erased_at = db.now()

    def found(**wanted: str) -> set[UUID]:
        return {one.id for one in people.find_page(people.Wanted(**wanted), by=admin)[0]}

    assert found() == {admin.id, house.one.id, closed.id}
    assert found(role="instructor") == found(role="teacher") == {house.one.id}
    assert found(role="administrator") == {admin.id}
    assert found(country="tz") == {house.one.id}
    assert found(state="active") == {admin.id, house.one.id}
    assert found(state="inactive") == {closed.id}
    assert found(state="erased") == {erased.id}
    assert found(country="SN", state="active") == set()
    with pytest.raises(Invalid):
        found(role="emperor")


def test_people_come_page_by_page_each_once(house: House, client: FlaskClient) -> None:
    admin = house.person("administrator")
    same = db.now() - timedelta(days=1)
    for _ in range(7):
        houses.a_person(created_at=same)
    token = houses.bearing(houses.a_token(admin))
    seen: list[str] = []
    path = "/api/v1/people?limit=2"
    for _ in range(9):
        page = client.get(path, headers=token).json
        assert page is not None
        assert len(page["items"]) <= 2
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        path = f"/api/v1/people?limit=2&cursor={page['next']}"
    assert len(seen) == len(set(seen)) == 9


def test_a_page_of_people_costs_the_same_however_many_there_are(house: House) -> None:
    """Nothing is counted, nothing skipped, and no row asks a query of its own."""
    admin = house.person("administrator")
    with db.transaction() as session:
        rows = [
            {
                "id": uuid4(),
                "name": f"Person {number}",
                "email": f"person{number}@example.org",
                "fs_uniquifier": uuid4().hex,
                "folded": f"person {number} person{number}@example.org",
                "created_at": db.now() - timedelta(minutes=number),
            }
            for number in range(3000)
        ]
        session.execute(insert(Person), rows)
    costs = []
    for limit in (5, 50):
        houses.anew()
        with houses.queries() as told:
            found, cursor = people.find_page(people.Wanted(), by=admin, limit=limit)
            assert len([one.grants for one in found]) == limit
        costs.append(len(told))
    assert costs[0] == costs[1] <= 5
    for _ in range(5):
        found, cursor = people.find_page(people.Wanted(), by=admin, cursor=cursor)
    assert len(found) == 50


def test_a_broken_filter_is_a_clear_refusal(house: House, client: FlaskClient) -> None:
    admin = house.person("administrator")
    houses.signed_in(client, admin)
    token = houses.bearing(houses.a_token(admin))
    for query in ("cursor=nonsense", "role=emperor"):
        assert client.get(f"/en/admin/people?{query}").status_code == 422
        assert client.get(f"/api/v1/people?{query}", headers=token).status_code == 422
    for query in ("limit=0", "limit=201", "limit=x", "state=asleep"):
        assert client.get(f"/api/v1/people?{query}", headers=token).status_code == 422
    assert client.get("/en/admin/people?words=" + "x" * 5000).status_code == 200


def test_a_person_is_shown_with_roles_statements_and_audit(
    house: House, client: FlaskClient
) -> None:
    admin = house.person("administrator")
    with db.transaction():
        people.grant(house.one, "course_admin", house.course, by=admin)
    page = houses.signed_in(client, admin).get(f"/en/admin/people/{house.one.id}").text
    for words in ("Neema Mushi", "neema@example.org", "Tanzania", "Course X", "Course admin"):
        assert words in page
    assert f"/en/admin/people/{admin.id}" in page
    told = client.get(
        f"/api/v1/people/{house.one.id}", headers=houses.bearing(houses.a_token(admin))
    ).json
    assert told is not None
    assert [(one["role"], one["activity"]) for one in told["roles"]] == [
        ("instructor", "courses/x"),
        ("course_admin", "courses/x"),
    ]
    assert "password" not in told


# Roles


def test_giving_a_role_twice_is_giving_it_once(house: House) -> None:
    admin = house.person("administrator")
    with db.transaction():
        first = people.grant(house.one, "course_admin", by=admin)
        again = people.grant(house.one, "course_admin", by=admin)
        assert first is again
        assert people.grant(house.one, "course_admin", house.course, by=admin) is not first
    entries = db.session().scalars(select(AuditEntry)).all()
    assert [entry.after for entry in entries] == [
        {"role": "course_admin", "activity": None},
        {"role": "course_admin", "activity": "courses/x"},
    ]


@pytest.mark.parametrize(
    ("role", "activity", "field"),
    [
        ("learner", None, "role"),
        ("emperor", None, "role"),
        ("administrator", "courses/x", "activity"),
        ("course_admin", "courses/x/part", "activity"),
    ],
)
def test_a_role_that_cannot_be_given_is_refused_at_its_field(
    house: House, client: FlaskClient, role: str, activity: str | None, field: str
) -> None:
    admin = house.person("administrator")
    with db.transaction():
        activities.define("courses/x/part", "course", {"en": "Part"}, parent=house.course)
    where = activities.get(activity) if activity else None
    with pytest.raises(Invalid) as refused, db.transaction():
        people.grant(house.one, role, where, by=admin)
    assert set(refused.value.fields) == {field}
    houses.signed_in(client, admin)
    page = client.post(
        f"/en/admin/people/{house.one.id}/roles", data={"role": role, "activity": activity or ""}
    )
    assert page.status_code == 422
    assert "error-summary" in page.text
    answer = client.post(
        f"/api/v1/people/{house.one.id}/roles",
        json={"role": role, "activity": activity},
        headers=houses.bearing(houses.a_token(admin)),
    )
    assert answer.status_code == 422
    assert answer.json is not None
    assert set(answer.json["errors"]) == {field}


def test_a_role_of_somebody_else_cannot_be_taken_through_this_person(house: House) -> None:
    admin = house.person("administrator")
    other = houses.a_person(role="instructor")
    from app.errors import NotFound

    with pytest.raises(NotFound), db.transaction():
        people.take(house.one, other.grants[0].id, by=admin)


def test_what_is_taken_no_longer_permits(house: House) -> None:
    admin = house.person("administrator")
    other = house.person("administrator")
    assert permissions.may(other, "people.read")
    with db.transaction():
        people.take(other, other.grants[0].id, by=admin)
    houses.anew()
    assert not permissions.may(other, "people.read")
    with pytest.raises(Forbidden):
        people.find_page(people.Wanted(), by=other)


@pytest.mark.parametrize("how", ["take", "close"])
def test_the_last_administrator_stays(house: House, how: str) -> None:
    last = house.person("administrator")
    closed = house.person("administrator")
    with db.transaction():
        people.set_active(closed, False, by=last)

    def end(admin: Person) -> None:
        with db.transaction():
            if how == "take":
                people.take(admin, admin.grants[0].id, by=last)
            else:
                people.set_active(admin, False, by=last)

    with pytest.raises(Conflict):
        end(last)
    with db.transaction():
        people.set_active(closed, True, by=last)
    end(last)
    assert permissions.may(closed, "people.write")


def test_two_who_take_each_others_role_leave_one(house: House) -> None:
    """At the same moment, each in a transaction of its own."""
    admins = [house.person("administrator").id for _ in range(2)]
    start, outcomes = Barrier(2), list[str]()

    def take(mine: UUID, others: UUID) -> None:
        with house.app.app_context():
            start.wait(10)
            try:
                with db.transaction() as session:
                    by = session.get_one(Person, mine)
                    other = session.get_one(Person, others)
                    people.set_active(other, False, by=by)
                outcomes.append("done")
            except (Conflict, Forbidden) as refused:
                outcomes.append(type(refused).__name__)

    threads = [Thread(target=take, args=pair) for pair in (admins, admins[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    standing = [houses.anew().get_one(Person, one).active for one in admins]
    assert outcomes.count("done") == 1
    assert standing.count(True) == 1


def test_a_closed_account_opens_nothing_until_it_is_opened_again(
    house: House, client: FlaskClient
) -> None:
    admin = house.person("administrator")
    token = houses.bearing(houses.a_token(house.one, ["read"]))
    houses.signed_in(client, house.one)
    assert client.get("/en/my").status_code == 200
    with db.transaction():
        people.set_active(house.one, False, by=admin)
    assert client.get("/en/my").status_code == 302
    assert client.get("/api/v1/me", headers=token).status_code == 401
    with db.transaction():
        people.set_active(house.one, True, by=admin)
    assert client.get("/api/v1/me", headers=token).status_code == 200
    actions = [entry.action for entry in db.session().scalars(select(AuditEntry))]
    assert actions == ["person.deactivated", "person.activated"]


# Mail, jobs, audit


def test_the_link_of_a_confirmation_can_be_read(house: House, client: FlaskClient) -> None:
    page = houses.signed_in(client, house.person("administrator")).get("/en/admin/mail")
    assert "neema@example.org" in page.text
    page = client.get(f"/en/admin/mail/{house.mail}")
    assert 'href="http://127.0.0.1:8000/en/confirm/abc"' in page.text


def test_in_production_nobody_reads_the_links_of_others(house: House, client: FlaskClient) -> None:
    with db.transaction():
        accounts.ask_for_reset(email="neema@example.org")
        db.session().flush()
        written = db.session().scalars(select(Outbox).order_by(Outbox.id.desc())).first()
    assert written
    admin = house.person("administrator")
    houses.signed_in(client, admin)
    token = houses.bearing(houses.a_token(admin))
    paths = (f"/en/admin/mail/{written.id}", f"/api/v1/mails/{written.id}")
    key = re.search(r"/reset/(\S+)", written.payload["text"])
    assert key
    for path in paths:
        assert key[1] in client.get(path, headers=token).text
    house.app.config["ENV"] = "production"
    for path in paths:
        answer = client.get(path, headers=token)
        assert answer.status_code == 200
        assert key[1] not in answer.text


def test_a_mail_is_shown_as_text_alone(house: House, client: FlaskClient) -> None:
    with db.transaction():
        hostile = mail.enqueue(
            house.one,
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            html="<b>HTML</b><script>alert(2)</script>",
        )
        db.session().flush()
    houses.signed_in(client, house.person("administrator"))
    for path in ("/en/admin/mail", f"/en/admin/mail/{hostile.id}"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>HTML</b>" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_a_failed_job_is_shown_and_tried_again(house: House, client: FlaskClient) -> None:
    admin = house.person("administrator")
    houses.signed_in(client, admin)
    assert "RuntimeError: no ink" in client.get("/en/admin/jobs").text
    assert client.post(f"/en/admin/jobs/{house.job}/replay").status_code == 303
    session = houses.anew()
    job = session.get_one(Outbox, house.job)
    assert job.attempts == 0
    assert job.due_at <= db.now()
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject) == ("job.replayed", f"job:{house.job}")
    assert entry.before == {
        "task": "certificates.draw",
        "attempts": jobs.PATIENCE,
        "error": "RuntimeError: no ink",
    }


def test_a_job_that_did_not_fail_is_not_tried_again(house: House, client: FlaskClient) -> None:
    houses.signed_in(client, house.person("administrator"))
    assert client.post(f"/en/admin/jobs/{house.mail}/replay").status_code == 409


def test_the_audit_is_filtered_by_person_actor_act_and_words(
    house: House, client: FlaskClient
) -> None:
    admin = houses.a_person("Łucja Żak", role="administrator")
    with db.transaction():
        people.grant(house.one, "course_admin", by=admin)
        people.set_active(house.one, False, by=admin)
        audit.record("credential.added", "credential:x", actor=None)

    def found(**wanted: object) -> list[str]:
        asked = audit.Wanted(**wanted)  # type: ignore[arg-type]  # a test's shorthand
        return [one.action for one in audit.find_page(asked, by=admin)[0]]

    assert found() == ["credential.added", "person.deactivated", "role.granted"]
    assert found(words="neema") == found(words="zak") == ["person.deactivated", "role.granted"]
    assert found(words="nobody") == []
    assert found(action="role.granted") == ["role.granted"]
    assert found(person=house.one.id, actor=admin.id) == ["person.deactivated", "role.granted"]
    assert found(actor=house.one.id) == []
    assert audit.actions(by=admin) == ["credential.added", "person.deactivated", "role.granted"]
    page = houses.signed_in(client, admin).get("/en/admin/audit?action=role.granted").text
    assert len(re.findall(r'<th scope="row"', page)) == 1


@pytest.mark.parametrize(
    "path", ["/people", "/mails", "/jobs", "/audit-entries"], ids=lambda path: path[1:]
)
def test_every_list_goes_on_where_it_stopped(house: House, client: FlaskClient, path: str) -> None:
    admin = house.person("administrator")
    with db.transaction():
        for number in range(4):
            mail.enqueue(house.one, f"Mail {number}", "x")
            job = jobs.enqueue("certificates.draw", {"x": 1})
            job.error = "no"
            audit.record("note.written", f"note:{number}", actor=admin)
    houses.a_person(), houses.a_person()
    token = houses.bearing(houses.a_token(admin))
    first = client.get(f"/api/v1{path}?limit=3", headers=token).json
    assert first is not None
    rest = client.get(f"/api/v1{path}?limit=200&cursor={first['next']}", headers=token).json
    assert rest is not None
    whole = client.get(f"/api/v1{path}?limit=200", headers=token).json
    assert whole is not None
    assert first["items"] + rest["items"] == whole["items"]
    assert len(first["items"]) == 3
    assert rest["next"] is whole["next"] is None


def test_pages_open_in_every_language(house: House, client: FlaskClient) -> None:
    houses.signed_in(client, house.person("administrator"))
    paths = [act[1] for act in ACTS if act[0] == "GET"]
    for language in ("en", "fr", "es"):
        for path in paths:
            answer = client.get(f"/{language}/admin{_path(path, house)}")
            assert answer.status_code == 200
            assert f'<html lang="{language}"' in answer.text
