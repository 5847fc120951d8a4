"""The same through the API: look around, begin, read, be done, go on elsewhere."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from tests.courses.conftest import LESSONS, MODULE, Learner
from tests.houses import a_person, a_token, bearing

SLUG = MODULE.rpartition("/")[2]
BEGIN = f"/api/v1/modules/{SLUG}/registrations"


def test_the_catalogue_and_its_facets(visitor: FlaskClient) -> None:
    everything = visitor.get("/api/v1/courses").json
    assert everything is not None
    assert len(everything["items"]) == 14
    assert everything["next"] is None
    assert everything["facets"]["type"] == {"course": 3, "module": 7, "service": 4}
    some = visitor.get("/api/v1/courses?type=course&language=fr&language=es").json
    assert some is not None
    assert {one["slug"] for one in some["items"]} == {"iml-moshi", "iml-online-sanremo"}


def test_the_catalogue_comes_page_by_page(visitor: FlaskClient) -> None:
    slugs, cursor = [], ""
    for _ in range(9):
        page = visitor.get(f"/api/v1/courses?limit=4&language=en&cursor={cursor}").json
        assert page is not None
        assert len(page["items"]) <= 4
        slugs += [one["slug"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    whole = visitor.get("/api/v1/courses?limit=200&language=en").json
    assert whole is not None
    assert slugs == [one["slug"] for one in whole["items"]]
    assert len(slugs) > 4
    modules = visitor.get("/api/v1/modules?limit=3").json
    assert modules is not None
    assert len(modules["items"]) == 3
    assert modules["next"]


@pytest.mark.parametrize("forged", ["x", "WyJ4Il0", "limit=0", "limit=201"])
def test_a_forged_place_in_the_catalogue_is_refused(visitor: FlaskClient, forged: str) -> None:
    asked = forged if "=" in forged else f"cursor={forged}"
    assert visitor.get(f"/api/v1/courses?{asked}").status_code == 422


def test_a_place_that_no_course_has_shows_nothing(visitor: FlaskClient) -> None:
    nothing = visitor.get("/api/v1/courses?place=atlantis").json
    assert nothing is not None
    assert nothing["items"] == []
    assert nothing["facets"]["place"]["geneva"] == 1


def test_a_facet_that_is_none_is_refused(visitor: FlaskClient) -> None:
    for query in ("type=lesson", "language=xx"):
        answer = visitor.get(f"/api/v1/courses?{query}")
        assert answer.status_code == 422
        assert answer.content_type == "application/problem+json"


def test_one_course_in_the_language_that_was_asked_for(visitor: FlaskClient) -> None:
    french = visitor.get("/api/v1/courses/iml-geneva", headers={"Accept-Language": "fr"}).json
    assert french is not None
    assert french["title"].startswith("Cours de droit international")
    assert french["words"]["unknown"]
    assert french["structured"]["@type"] == "Course"
    assert french["length"]
    assert french["languages"] == []


def test_modules_and_what_they_ask_for(visitor: FlaskClient) -> None:
    modules = visitor.get("/api/v1/modules").json
    assert modules is not None
    assert len(modules["items"]) == 7
    module = visitor.get(f"/api/v1/modules/{SLUG}", headers={"Accept-Language": "es"}).json
    assert module is not None
    assert [one["state"] for one in module["stations"][:4]] == ["ahead"] * 4
    assert len(module["rule"]["parts"]) == 5
    assert visitor.get("/api/v1/modules/iml-geneva").status_code == 404


def test_the_whole_way_through_the_api(learner: Learner) -> None:
    http, token = learner.phone, {**learner.token, "Accept-Language": "fr"}
    begun = http.post(BEGIN, headers=token)
    assert begun.status_code == 201
    assert begun.json is not None
    registration = f"/api/v1/registrations/{begun.json['id']}"
    again = http.post(BEGIN, headers=token)
    assert again.json is not None
    assert again.json["id"] == begun.json["id"]
    for lesson in LESSONS:
        text = http.get(f"{registration}/lessons/{lesson}", headers=token).json
        assert text is not None
        assert text["language"] == "fr"
        assert text["markdown"]
        assert text["html"].startswith("<")
        assert text["done"] is False
        done = http.post(
            f"{registration}/lessons/{lesson}/completion",
            json={"opening": text["opening"]},
            headers=token,
        )
        assert done.status_code == 200
    state = http.get(registration, headers=token).json
    assert state is not None
    assert state["share"] == pytest.approx(0.8)
    assert [one["state"] for one in state["stations"]][:5] == ["done"] * 4 + ["here"]
    assert [one["met"] for one in state["rule"]["parts"]] == [True] * 4 + [False]
    assert state["place"] == "modules/m1/quiz"
    assert state["saved"]
    mine = http.get("/api/v1/registrations", headers=token).json
    assert mine is not None
    assert [one["id"] for one in mine["items"]] == [state["id"]]
    assert mine["next"] is None


def test_completing_twice_is_completing_once(learner: Learner) -> None:
    registration = _begin(learner)
    url = f"{registration}/lessons/l1/completion"
    first, second = (learner.phone.post(url, json={}, headers=learner.token) for _ in range(2))
    assert first.json is not None
    assert second.json is not None
    assert first.json["saved"] == second.json["saved"]


def _begin(learner: Learner) -> str:
    begun = learner.phone.post(BEGIN, headers=learner.token).json
    assert begun is not None
    return f"/api/v1/registrations/{begun['id']}"


def test_the_place_is_kept_for_the_pages_too(learner: Learner) -> None:
    registration = _begin(learner)
    kept = learner.phone.put(
        f"{registration}/place", json={"activity": "modules/m1/l3"}, headers=learner.token
    )
    assert kept.status_code == 200
    assert learner.desk.post(f"/en{MODULE}").location.endswith(f"{MODULE}/l3")


def test_a_place_that_is_none_is_refused(learner: Learner) -> None:
    registration = _begin(learner)
    refused: list[tuple[object, int]] = [
        ({"activity": "modules/m2"}, 404),
        ({"activity": "modules/m1/l99"}, 422),
        ({"activity": "x" * 1000}, 422),
        ({"activity": 3}, 422),
        ({}, 422),
        ({"activity": "modules/m1/l1", "more": 1}, 422),
        ("not an object", 422),
    ]
    for body, status in refused:
        answer = learner.phone.put(f"{registration}/place", json=body, headers=learner.token)
        assert answer.status_code == status, body


def test_nobody_reaches_a_strangers_registration(learner: Learner) -> None:
    registration = _begin(learner)
    with learner.app.app_context():
        other = bearing(a_token(a_person()))
    http = learner.app.test_client()
    for method, path, body in (
        ("get", "", None),
        ("get", "/lessons/l1", None),
        ("post", "/lessons/l1/completion", {}),
        ("put", "/place", {"activity": "modules/m1/l1"}),
    ):
        answer = getattr(http, method)(registration + path, json=body, headers=other)
        assert answer.status_code == 404
        assert getattr(http, method)(registration + path, json=body).status_code == 401
    missing = http.get(f"/api/v1/registrations/{uuid4()}", headers=other)
    assert missing.status_code == 404


def test_a_token_without_the_scope_begins_nothing(learner: Learner) -> None:
    with learner.app.app_context():
        reader = bearing(a_token(a_person(), ["read"]))
    assert learner.phone.post(BEGIN, headers=reader).status_code == 403


def test_a_module_in_preparation_stays_closed(learner: Learner) -> None:
    answer = learner.phone.post(
        "/api/v1/modules/labour-migration/registrations", headers=learner.token
    )
    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["detail"]


def test_my_registrations_come_in_pages(learner: Learner) -> None:
    _begin(learner)
    page = learner.phone.get("/api/v1/registrations?limit=1", headers=learner.token).json
    assert page is not None
    assert len(page["items"]) == 1
    assert page["next"] is None
    bad = learner.phone.get("/api/v1/registrations?cursor=%F0%9F%98%80", headers=learner.token)
    assert bad.status_code == 422
