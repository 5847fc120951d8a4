"""The edge of the house: languages, headers, errors as pages and as problem+json."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.errors import Conflict, Invalid


@pytest.mark.parametrize(
    ("asked", "given"),
    [("fr-CH, fr;q=0.9, en;q=0.8", "fr"), ("es-419", "es"), ("zh, ar", "en"), ("", "en")],
)
def test_a_visitor_is_led_to_her_language(client: FlaskClient, asked: str, given: str) -> None:
    answer = client.get("/", headers={"Accept-Language": asked})
    assert answer.location == f"/{given}/"
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_a_page_says_its_language_and_offers_itself_in_the_others(
    client: FlaskClient, language: str
) -> None:
    answer = client.get(f"/{language}/login?next=x")
    assert f'<html lang="{language}"' in answer.text
    assert answer.headers["Content-Language"] == language
    for other in ("en", "fr", "es"):
        assert f'href="/{other}/login?next=x"' in answer.text
        assert re.search(rf'hreflang="{other}" href="http[^"]+/{other}/login"', answer.text)
    assert 'hreflang="x-default"' in answer.text


def test_nothing_inline_and_nothing_foreign_is_allowed(client: FlaskClient) -> None:
    answer = client.get("/en/")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "img-src 'self' data:;" in policy
    assert "unsafe" not in policy
    assert "nonce" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert " style=" not in answer.text
    assert not re.search(r"<script(?![^>]* (src|type=.application/ld))", answer.text)


def test_static_files_are_kept_for_a_year_by_their_hash(client: FlaskClient) -> None:
    page = client.get("/en/").text
    address = re.search(r'href="(/static/passage\.css\?v=[0-9a-f]+)"', page)
    assert address
    answer = client.get(address[1], headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "immutable" not in client.get("/static/passage.css").headers["Cache-Control"]


def test_every_answer_carries_a_request_id(client: FlaskClient) -> None:
    first, second = (client.get("/healthz").headers["X-Request-Id"] for _ in range(2))
    assert len(first) == 32
    assert first != second


@pytest.fixture
def breaking(app: Flask) -> Callable[[Exception], FlaskClient]:
    def install(error: Exception) -> FlaskClient:
        def act() -> str:
            raise error

        for path in ("/en/act", "/fr/act", "/api/v1/act"):
            app.add_url_rule(path, path, act)
        return app.test_client()

    return install


def test_an_error_of_the_api_is_a_problem_document(
    breaking: Callable[[Exception], FlaskClient],
) -> None:
    answer = breaking(Invalid({"name": "is missing"})).get("/api/v1/act")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["errors"] == {"name": "is missing"}
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_an_error_of_a_page_is_a_page(breaking: Callable[[Exception], FlaskClient]) -> None:
    answer = breaking(Conflict("Somebody was quicker")).get("/fr/act")
    assert answer.status_code == 409
    assert "Somebody was quicker" in answer.text
    assert '<html lang="fr"' in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


def test_a_page_without_a_sentence_of_its_own_says_what_to_do(
    breaking: Callable[[Exception], FlaskClient],
) -> None:
    client = breaking(Invalid({"status": "There is no such status."}))
    page, problem = client.get("/en/act"), client.get("/api/v1/act")
    assert page.status_code == 422
    assert "Please check the address, or go back and try again." in page.text
    assert page.text.count("Please check what you entered") == 2  # the title, the heading
    assert problem.json is not None
    assert problem.json["detail"] == "Please check what you entered"


def test_an_invalid_with_a_sentence_says_it(breaking: Callable[[Exception], FlaskClient]) -> None:
    page = breaking(Invalid({}, "This name is too long")).get("/fr/act")
    assert "This name is too long" in page.text
    assert "Vérifiez l’adresse" not in page.text


@pytest.mark.parametrize("path", ["/fr/act", "/api/v1/act"])
def test_an_unforeseen_error_tells_nothing_of_the_inside(
    breaking: Callable[[Exception], FlaskClient], path: str
) -> None:
    answer = breaking(KeyError("secret detail")).get(path)
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "KeyError" not in answer.text


@pytest.mark.parametrize("path", ["/en/nowhere", "/nowhere", "/de/", "/api/v1/nowhere"])
def test_what_is_not_there_says_so(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    answer = client.post("/en/login", data={"email": "x" * 10_000_000})
    assert answer.status_code == 413
    assert "<html" in answer.text


def test_a_form_without_its_token_is_refused_with_a_page(make_app: Callable[..., Flask]) -> None:
    answer = make_app(WTF_CSRF_ENABLED=True).test_client().post("/es/login", data={"email": "x"})
    assert answer.status_code == 400
    assert '<html lang="es"' in answer.text
