"""Markdown: safe whatever is written, citations that say what they cite."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import markdown, plugins
from app.hookspecs import hookimpl

TITLES = {"law:iccpr": "International Covenant on Civil and Political Rights"}


def _html(app: Flask, source: str) -> str:
    with app.app_context():
        return markdown.render(source, language="en", titles=TITLES).html


def test_a_citation_without_an_answer_is_plain_text_that_names_the_work(app: Flask) -> None:
    html = _html(app, "See [Article 12(2)](law:iccpr#12(2)).")
    cite = f'<cite class="citation" title="{TITLES["law:iccpr"]}">Article 12(2)</cite>'
    assert html == f"<p>See {cite}.</p>\n"


def test_an_unknown_work_is_plain_text(app: Flask) -> None:
    assert (
        _html(app, "[Article 1](law:nowhere#1)")
        == '<p><cite class="citation">Article 1</cite></p>\n'
    )


class _Law:
    @hookimpl
    def resolve_reference(self, scheme: str, name: str, language: str) -> tuple[str, str] | None:
        return (f"/{language}/law/{name}", 'The "Covenant"') if scheme == "law" else None


def test_a_citation_that_a_plugin_answers_is_a_link(app: Flask) -> None:
    """resolve_reference"""
    plugins.manager(app).register(_Law())
    html = _html(app, "[Article 12(2)](law:iccpr#12(2))")
    assert 'href="/en/law/iccpr#12(2)"' in html
    assert 'title="The &quot;Covenant&quot;"' in html


def test_addresses_elsewhere_say_so_and_ours_do_not(app: Flask) -> None:
    assert 'rel="external noopener"' in _html(app, "[x](https://example.org/)")
    assert "rel=" not in _html(app, "[x](/en/courses)")


def test_headings_have_names_of_their_own(app: Flask) -> None:
    with app.app_context():
        done = markdown.render("## L'été\n\n## L'été\n\n### 1. *A* b\n\n## 你好\n", language="fr")
    assert done.headings == (
        (2, "l-ete", "L'été"),
        (2, "l-ete-2", "L'été"),
        (3, "1-a-b", "1. A b"),
        (2, "你好", "你好"),
    )
    assert '<h2 id="l-ete-2">' in done.html


def test_a_table_scrolls_by_itself_and_its_first_column_names_the_rows(app: Flask) -> None:
    html = _html(app, "| A | B |\n|---|---|\n| one | two |\n")
    assert 'role="region" tabindex="0" aria-label="A, B"' in html
    assert '<th scope="col">B</th>' in html
    assert '<th scope="row">one</th>' in html
    assert "<td>two</td>" in html


def test_words_are_counted_without_addresses(app: Flask) -> None:
    with app.app_context():
        done = markdown.render("Two [words](https://example.org/a/b/c), l'été.", language="fr")
    assert done.word_count == 3
    assert markdown.reading_minutes(0) == 1
    assert markdown.reading_minutes(markdown.WORDS_A_MINUTE * 7 + 1) == 8


def test_references_are_told_in_reading_order_each_once() -> None:
    source = "[a](law:b#2) [c](law:a#36(1)(b)) [d](https://example.org) [e](law:b#2) [f](#x)"
    assert markdown.references(source) == ["law:b#2", "law:a#36(1)(b)"]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,xxxx)",
        '[x](https://example.org/" onclick="alert(1))',
        "![x](https://example.org/x.png)",
        '<img src=x onerror="alert(1)">',
        '[x](law:iccpr#"><script>)',
    ],
)
def test_nothing_that_runs_gets_through(app: Flask, source: str) -> None:
    tags = _Tags()
    tags.feed(_html(app, source))
    for tag, attributes in tags.found:
        assert tag in ("p", "a", "cite", "em")
        assert not any(name.startswith("on") for name in attributes)
        assert not (attributes.get("href") or "").lower().startswith(("javascript", "data"))


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(st.text(alphabet=st.sampled_from("<>&\"'[]()#*_|-:\n ajlw`x"), max_size=80))
def test_whatever_is_written_comes_out_clean(app: Flask, source: str) -> None:
    tags = _Tags()
    tags.feed(_html(app, source))
    assert {tag for tag, _ in tags.found}.isdisjoint({"script", "style", "iframe", "img", "form"})


def test_paragraphs_are_parted_by_empty_lines() -> None:
    assert markdown.paragraphs("a\nb\n\n \n c \n") == ["a\nb", "c"]
