"""A catalogue of hundreds of courses stays as light as a small one."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import content, db, plugins
from courses.views import PAGE
from tests.houses import a_person, queries, signed_in, visitor, with_content


@pytest.fixture
def many(app: Flask) -> Flask:
    with_content(app)
    with app.app_context(), db.transaction():
        plugins.ring().demonstration_courses(count=200)
        content.changed_now()
    return app


def _slugs(client: FlaskClient, address: str) -> list[str]:
    page = client.get(address).text
    main = page[page.index("<main") : page.index("</main")]
    return re.findall(r'href="/fr/courses/([^"?]+)"', main)


@pytest.mark.parametrize("who", ["anybody", "learner"])
def test_the_catalogue_is_bounded_and_leads_to_everything(many: Flask, who: str) -> None:
    client: FlaskClient = visitor(many)
    if who == "learner":
        with many.app_context():
            signed_in(client, a_person())
    address, seen, pages = "/fr/courses", [], 0
    while address:
        page = client.get(address)
        assert page.status_code == 200
        assert len(page.data) < 250_000
        seen += (shown := _slugs(client, address))
        assert 0 < len(shown) <= PAGE
        following = re.search(r'href="([^"]+)" rel="next"', page.text)
        address = following[1].replace("&amp;", "&") if following else ""
        pages += 1
        assert pages < 9
    assert len(seen) == len(set(seen)) == 214
    assert pages == 4


def test_a_facet_goes_with_the_reader_from_page_to_page(many: Flask) -> None:
    client = visitor(many)
    first = client.get("/fr/courses?type=module&language=fr").text
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following
    address = following[1].replace("&amp;", "&")
    assert "type=module" in address
    assert "language=fr" in address
    second = client.get(address).text
    back = re.search(r'href="([^"]+)" rel="prev"', second)
    assert back
    assert client.get(back[1].replace("&amp;", "&")).text == first


def test_a_place_that_is_gone_begins_anew(many: Flask) -> None:
    client = visitor(many)
    assert _slugs(client, "/fr/courses?after=withdrawn") == _slugs(client, "/fr/courses")


@pytest.mark.parametrize("path", ["/fr/", "/fr/courses", "/fr/courses/example-7"])
def test_a_page_asks_no_more_where_there_is_more(many: Flask, path: str) -> None:
    with many.app_context():
        client = signed_in(visitor(many), a_person())
        client.get(path)
        with queries() as asked:
            page = client.get(path)
    assert page.status_code == 200
    assert len(asked) <= 12
    assert page.text.count("example-") < 200
