"""Who may enrol, invite, gather and import where: each endpoint, asked by everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from app import db
from cohorts.service import enrolling, groups, importing, inviting
from tests import houses

READERS = ("moshi", "geneva", "instructor", "learner", "nobody")


@dataclass
class Here:
    """An edition in Moshi with a seat, an invitation, a cohort and an import; keys by name."""

    keys: dict[str, str]
    clients: dict[str, Any]
    tokens: dict[str, dict[str, str]]


@pytest.fixture
def here(app: Flask) -> Here:
    with houses.with_content(app).app_context():
        edition, other = houses.an_edition(), houses.an_edition("courses/iml-geneva")
        admin = houses.a_person(role="administrator")
        persons = {
            "moshi": houses.a_person(role="course_admin", within=edition.activity.parent),
            "geneva": houses.a_person(role="course_admin", within=other.activity.parent),
            "instructor": houses.a_person(role="instructor", within=edition.activity.parent),
            "learner": houses.a_person(),
        }
        member = houses.a_person()
        with db.transaction():
            (seat,) = enrolling.enrol(edition, [member], by=admin)
            invited = inviting.offer(edition, email="kept@x.example", by=admin)
            group = groups.make("Labour", edition.activity, by=admin)
            groups.join(group, [member], by=admin)
        content = b"email\nnew@x.example\n"
        with db.transaction():
            one = importing.check(edition, content, name="list.csv", by=admin)
            keys = {
                "slug": edition.slug, "seat": str(seat.id), "invitation": str(invited.id),
                "group": str(group.id), "member": str(member.id), "import": str(one.id),
                "activity": edition.activity.key,
            }  # fmt: skip
        clients = {name: houses.visitor(app) for name in READERS}
        tokens: dict[str, dict[str, str]] = {"nobody": {}}
        for name, person in persons.items():
            houses.signed_in(clients[name], person)
            tokens[name] = houses.bearing(houses.a_token(person))
    return Here(keys, clients, tokens)


EDITION, ADMIN = "/en/admin/editions/{slug}", "/en/admin/cohorts/{group}"
OK, FOUND, FORBIDDEN, GONE = 200, 303, 403, 404

PAGES: list[tuple[str, str, dict[str, str], int, dict[str, int]]] = [
    ("GET", EDITION + "/enrol", {}, OK, {}),
    ("POST", EDITION + "/enrol", {"email": "a@x.example"}, FOUND, {}),
    ("GET", EDITION + "/enrolments/{seat}", {}, OK, {}),
    ("POST", EDITION + "/enrolments/{seat}", {}, FOUND, {}),
    ("POST", EDITION + "/invitations/{invitation}/withdraw", {}, FOUND, {}),
    ("GET", EDITION + "/imports", {}, OK, {}),
    ("GET", EDITION + "/imports/new", {}, OK, {}),
    ("POST", EDITION + "/imports/new", {"file": "email\na@x.example"}, FOUND, {}),
    ("GET", EDITION + "/imports/{import}", {}, OK, {}),
    ("GET", EDITION + "/imports/{import}.csv", {}, OK, {}),
    ("POST", EDITION + "/imports/{import}/run", {}, FOUND, {}),
    ("GET", "/en/admin/cohorts", {}, OK, {"geneva": OK}),
    ("POST", "/en/admin/cohorts", {"name": "UN", "activity": "{activity}"}, FOUND, {"geneva": 422}),
    ("GET", ADMIN, {}, OK, {"geneva": GONE}),
    ("POST", ADMIN + "/rename", {"rename-name": "X"}, FOUND, {"geneva": GONE}),
    ("POST", ADMIN + "/members", {"add-email": "x@x.example"}, 422, {"geneva": GONE}),
    ("POST", ADMIN + "/enrol", {"enrol-edition": "{slug}"}, FOUND, {"geneva": GONE}),
    ("POST", ADMIN + "/members/{member}/remove", {}, FOUND, {"geneva": GONE}),
    ("POST", ADMIN + "/remove", {}, FOUND, {"geneva": GONE}),
]
"""Method, address, form; what Moshi's course admin gets; who gets something else than a refusal."""

RESOURCES: list[tuple[str, str, Any, int]] = [
    ("GET", "/editions/{slug}/enrolments", None, 200),
    ("POST", "/editions/{slug}/enrolments", {"email": "a@x.example"}, 201),
    ("DELETE", "/editions/{slug}/enrolments/{seat}", None, 204),
    ("GET", "/editions/{slug}/invitations", None, 200),
    ("DELETE", "/editions/{slug}/invitations/{invitation}", None, 204),
    ("GET", "/editions/{slug}/imports", None, 200),
    ("POST", "/editions/{slug}/imports", b"email\na@x.example", 202),
    ("GET", "/imports/{import}", None, 200),
    ("GET", "/imports/{import}/rows", None, 200),
    ("GET", "/imports/{import}.csv", None, 200),
    ("POST", "/imports/{import}/run", None, 202),
    ("GET", "/cohorts/{group}", None, 200),
    ("PATCH", "/cohorts/{group}", {"name": "X"}, 200),
    ("GET", "/cohorts/{group}/members", None, 200),
    ("POST", "/cohorts/{group}/members", {"email": "x@x.example"}, 422),
    ("POST", "/cohorts/{group}/enrolments", {"edition": "{slug}"}, 200),
    ("POST", "/cohorts", {"name": "UN", "activity": "{activity}"}, 201),
    ("DELETE", "/cohorts/{group}/members/{member}", None, 204),
    ("DELETE", "/cohorts/{group}", None, 204),
]


def _filled(body: Any, keys: dict[str, str]) -> Any:
    if not isinstance(body, dict):
        return body
    return {name: value.format(**keys) for name, value in body.items()}


def test_pages_open_to_the_editions_own_course_admin_alone(here: Here) -> None:
    for method, path, form, allowed, others in PAGES:
        for reader in reversed(READERS):  # who may comes last: some of these end what they act on
            data = _filled(form, here.keys)
            if "file" in data:
                data = {"file": (BytesIO(data["file"].encode()), "list.csv")}
            answer = here.clients[reader].open(path.format(**here.keys), method=method, data=data)
            refused = 302 if reader == "nobody" else GONE if "{slug}" in path else FORBIDDEN
            if reader == "instructor" and "{slug}" in path:
                refused = FORBIDDEN  # she sees the draft, and enrols nobody
            expected = allowed if reader == "moshi" else others.get(reader, refused)
            assert answer.status_code == expected, f"{reader}: {method} {path}"


def test_resources_answer_the_editions_own_course_admin_alone(here: Here) -> None:
    for method, path, body, allowed in RESOURCES:
        for reader in reversed(READERS):
            sent: dict[str, Any] = (
                {"data": body, "content_type": "text/csv"}
                if isinstance(body, bytes)
                else {"json": _filled(body, here.keys)}
            )
            answer = here.clients["nobody"].open(
                f"/api/v1{path}".format(**here.keys),
                method=method,
                headers=here.tokens[reader],
                **sent,
            )
            refused = (401,) if reader == "nobody" else (403, 404)
            expected = (allowed,) if reader == "moshi" else refused
            assert answer.status_code in expected, f"{reader}: {method} {path}"


def test_nobody_elses_cohorts_are_listed(here: Here) -> None:
    counts: Callable[[str], int] = lambda reader: len(  # noqa: E731  (a table of one column)
        here.clients["nobody"].get("/api/v1/cohorts", headers=here.tokens[reader]).json["items"]
    )
    assert {name: counts(name) for name in READERS if name != "nobody"} == {
        "moshi": 1, "geneva": 0, "instructor": 0, "learner": 0,
    }  # fmt: skip
