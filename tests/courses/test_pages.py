"""The catalogue as anybody reads it: three languages, facets, facts, nothing invented."""

from __future__ import annotations

import json
import re
from html import unescape
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import activities, content
from app.config import ROOT
from tests.courses.conftest import MODULE, Learner

LANGUAGES = ("en", "fr", "es")
CATALOGUE = {path.parent.name for path in (ROOT / "content" / "catalogue").glob("*/course.json")}
MODULES = {
    content.read(path)["slug"]: path.parent
    for path in (ROOT / "content" / "modules").glob("*/module.json")
}


def _cards(page: str) -> set[str]:
    """The addresses of the offers that a page lists on cards."""
    return {
        found.rpartition("/")[2]
        for found in re.findall(r'<article class="card">.*?<a href="([^"]+)"', page, re.DOTALL)
    }


def test_the_catalogue_lists_everything(visitor: FlaskClient) -> None:
    for language in LANGUAGES:
        answer = visitor.get(f"/{language}/courses")
        assert answer.status_code == 200
        assert _cards(answer.text) == CATALOGUE | set(MODULES)


ANNUAL = {"iml-geneva", "iml-moshi", "iml-online-sanremo"}


FACETS: list[tuple[str, set[str]]] = [
    ("type=course", ANNUAL),
    ("type=course&language=fr", {"iml-moshi", "iml-online-sanremo"}),
    ("type=course&language=es", {"iml-online-sanremo"}),
    ("place=geneva&place=moshi", {"iml-geneva", "iml-moshi"}),
    ("type=service", CATALOGUE - ANNUAL),
    ("type=module", set(MODULES)),
    ("place=online", {*MODULES, "iml-online-sanremo"}),
    ("type=service&place=geneva", set()),
    ("place=atlantis&utm=x&type=%00", CATALOGUE | set(MODULES)),
]


def test_facets_combine_in_the_address(visitor: FlaskClient) -> None:
    for query, shown in FACETS:
        answer = visitor.get(f"/en/courses?{query}")
        assert answer.status_code == 200
        assert _cards(answer.text) == shown, query


def test_choices_stay_checked_and_the_language_switch_keeps_them(visitor: FlaskClient) -> None:
    page = visitor.get("/en/courses?type=module&language=fr").text
    checked = re.findall(r'name="(\w+)" value="(\w+)" checked', page)
    assert checked == [("type", "module"), ("language", "fr")]
    assert 'href="/es/courses?type=module&amp;language=fr"' in page


def test_one_readers_query_never_reaches_another(visitor: FlaskClient) -> None:
    assert "utm=secret" in visitor.get("/fr/courses?utm=secret").text
    assert "utm=secret" not in visitor.get("/fr/courses").text


def test_a_page_is_rendered_once_for_all_visitors_until_the_content_changes(
    house: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from courses import views

    rendered: list[str] = []
    render = views.render_template
    monkeypatch.setattr(
        views,
        "render_template",
        lambda name, **said: (rendered.append(name), render(name, **said))[1],
    )
    for _ in range(3):
        assert house.test_client().get("/fr/courses").status_code == 200
    assert rendered == ["courses/catalogue.html"]


def test_a_course_says_what_is_known_and_what_is_not(visitor: FlaskClient) -> None:
    for slug, language in product(CATALOGUE, LANGUAGES):
        page = unescape(visitor.get(f"/{language}/courses/{slug}").text)
        words = content.read(ROOT / "content" / "catalogue" / slug / f"course.{language}.json")
        facts = content.read(ROOT / "content" / "catalogue" / slug / "course.json")
        for said in (words["title"], words["summary"], *words["topics"], *words["unknown"]):
            assert said in page
        assert f"mailto:{facts['contact']}" in page
        for source in facts["sources"]:
            assert source["fact"] in page


def _structured(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    told: dict[str, Any] = json.loads(found[1])
    return told


def test_search_engines_are_told_nothing_that_is_not_known(visitor: FlaskClient) -> None:
    for slug in CATALOGUE | set(MODULES):
        told = _structured(visitor.get(f"/fr/courses/{slug}").text)
        assert told["@type"] == "Course"
        assert told["url"].endswith(f"/fr/courses/{slug}")
        assert told["name"]
        assert told["description"]
        assert not {"offers", "startDate", "endDate"} & set(told)
        assert ("hasCourseInstance" in told) == (f"/courses/{slug}" == MODULE)
        assert ("inLanguage" in told) == bool(told.get("inLanguage"))


def test_the_open_module_tells_how_long_it_takes(visitor: FlaskClient) -> None:
    told = _structured(visitor.get(f"/en{MODULE}").text)
    assert told["hasCourseInstance"]["courseWorkload"] == "PT60M"
    assert told["inLanguage"] == ["en", "fr", "es"]


def test_a_module_shows_its_way_and_what_it_asks_for(visitor: FlaskClient) -> None:
    for language in LANGUAGES:
        page = unescape(visitor.get(f"/{language}{MODULE}").text)
        words = content.read(ROOT / "content" / "modules" / "m1" / f"module.{language}.json")
        for lesson in words["lessons"].values():
            assert lesson["title"] in page
        assert 'class="explanation"' in page
        assert f"/{language}/login?next=" in page
        assert f'href="/{language}{MODULE}/l1"' not in page, "nothing leads where she may not go"


def test_a_module_in_preparation_shows_its_outline_and_no_way_in(visitor: FlaskClient) -> None:
    page = unescape(visitor.get("/fr/courses/human-rights-of-migrants").text)
    words = content.read(ROOT / "content" / "modules" / "m2" / "module.fr.json")
    for lesson in words["lessons"].values():
        assert lesson["title"] in page
    assert 'method="post"' not in page
    assert "next=" not in page


def test_home_says_what_this_is_with_its_figures_and_their_source(visitor: FlaskClient) -> None:
    for language in LANGUAGES:
        page = unescape(visitor.get(f"/{language}/").text)
        site = content.read(ROOT / "content" / f"site.{language}.json")
        assert site["tagline"] in page
        for figure in site["figures"]:
            assert figure["value"] in page
            assert figure["qualifier"] in page
            assert figure["source"] in page
        assert _cards(page) > ANNUAL
        assert page.count("<h1") == 1


def test_what_is_not_there_is_not_found(learner: Learner) -> None:
    for path in ("nothing", "iml-geneva/l1", "x/l1"):
        assert learner.phone.get(f"/en/courses/{path}").status_code == 404
    assert learner.phone.get(f"/en{MODULE}/l99").status_code == 404


def test_no_page_is_heavy(visitor: FlaskClient, beginner: Learner) -> None:
    pages = ["/fr/", "/fr/courses", f"/fr{MODULE}", *(f"/fr/courses/{one}" for one in CATALOGUE)]
    sizes = {page: len(visitor.get(page).data) for page in pages}
    for lesson in ("l1", "l2", "l3", "l4"):
        sizes[lesson] = len(beginner.phone.get(f"/es{MODULE}/{lesson}").data)
    assert max(sizes.values()) <= 50_000, sizes


def test_activities_know_their_pages(house: Flask) -> None:
    """activity_url, navigation, blueprints, api_blueprints"""
    with house.app_context():
        for key, url in {
            "modules/m1": MODULE,
            "modules/m1/l2": f"{MODULE}/l2",
            "courses/iml-geneva": "/courses/iml-geneva",
        }.items():
            assert activities.url(activities.get(key)) == url
