"""Markdown for lessons: text in, clean HTML out, with citations, headings and a count of words."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from app import plugins

WORDS_A_MINUTE = 120
"""How fast a legal text is studied in a second or third language; 238 words a minute are read
silently in one's first (Brysbaert 2019, doi:10.1016/j.jml.2019.104047)."""

_OWN_SCHEMES = frozenset({"http", "https", "mailto"})
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(.+)", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"\w+(?:[’'.\-]\w+)*")

_TEXT = ("h2", "h3", "h4", "p", "a", "em", "strong", "cite", "code", "pre", "hr", "br", "div")
_LISTS = ("ul", "ol", "li", "blockquote")
_TABLES = ("table", "thead", "tbody", "tr", "th", "td")
_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title", "rel", "class"},
    "cite": {"title", "class"},
    "div": {"class", "role", "tabindex", "aria-label"},
    "th": {"scope", "style"},
    "ol": {"start"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """HTML that is safe to show; its headings (level, id, text); how many words it has; the
    references it makes ("law:iccpr#12(2)"), in reading order, each once."""

    html: str
    headings: tuple[tuple[int, str, str], ...]
    word_count: int
    references: tuple[str, ...]


def render(source: str, *, language: str, titles: Mapping[str, str] | None = None) -> Rendered:
    """The HTML of a Markdown text (CommonMark and tables; raw HTML is shown as text).

    A link "law:iccpr#12(2)" is asked of the plugins (hook resolve_reference) now: with an address
    it becomes a link, else plain text that names the work by `titles` ("law:iccpr": title).
    """
    tokens = _parser().parse(source)
    headings = tuple(_name_headings(tokens))
    references = tuple(dict.fromkeys(_references(tokens)))
    words = sum(len(_WORD.findall(text)) for text in _texts(tokens))
    for inline in _inlines(tokens):
        inline.children = list(_with_citations(inline.children or [], language, titles or {}))
    html = _parser().renderer.render(list(_with_framed_tables(tokens)), _parser().options, {})
    clean = nh3.clean(
        html,
        tags={*_TEXT, *_LISTS, *_TABLES},
        attributes=_ATTRIBUTES,
        url_schemes=set(_OWN_SCHEMES),
        link_rel=None,
    )
    return Rendered(clean, headings, words, references)


def references(source: str) -> list[str]:
    """What a text refers to ("law:iccpr#12(2)"), in reading order, each once."""
    return list(dict.fromkeys(_references(_parser().parse(source))))


def reading_minutes(words: int) -> int:
    """How long a text of so many words takes to study, at least one minute."""
    return max(1, math.ceil(words / WORDS_A_MINUTE))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False})
    return parser.enable("table").disable("image")


def _inlines(tokens: Sequence[Token]) -> Iterator[Token]:
    return (token for token in tokens if token.type == "inline")


def _texts(tokens: Sequence[Token]) -> Iterator[str]:
    for inline in _inlines(tokens):
        yield "".join(
            " " if child.type in ("softbreak", "hardbreak") else child.content
            for child in inline.children or []
        )


def _references(tokens: Sequence[Token]) -> Iterator[str]:
    for inline in _inlines(tokens):
        for child in inline.children or []:
            if child.type == "link_open" and (found := _reference(child)):
                yield ":".join(found)


def _reference(link: Token) -> tuple[str, str] | None:
    """The scheme and the name that a link refers to, or None when it is an address."""
    match = _SCHEME.fullmatch(unquote(str(link.attrs.get("href", ""))))
    if match is None or match[1].lower() in _OWN_SCHEMES:
        return None
    return match[1].lower(), match[2]


def _name_headings(tokens: Sequence[Token]) -> Iterator[tuple[int, str, str]]:
    taken: set[str] = set()
    for place, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        text = next(_texts(tokens[place : place + 2]))
        name = base = _anchor(text)
        count = 1
        while name in taken:
            count += 1
            name = f"{base}-{count}"
        taken.add(name)
        token.attrSet("id", name)
        yield int(token.tag[1]), name, text


def _anchor(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return re.sub(r"\W+", "-", letters).strip("-") or "part"


def _with_citations(
    children: Sequence[Token], language: str, titles: Mapping[str, str]
) -> Iterator[Token]:
    closings: list[str] = []
    for child in children:
        if child.type == "link_open":
            opening, closing = _link(child, language, titles)
            closings.append(closing)
            yield _raw(opening)
        elif child.type == "link_close":
            yield _raw(closings.pop())
        else:
            yield child


def _link(link: Token, language: str, titles: Mapping[str, str]) -> tuple[str, str]:
    reference = _reference(link)
    if reference is None:
        href = str(link.attrs.get("href", ""))
        foreign = href.lower().startswith(("http:", "https:"))
        return _tag("a", href=href, rel="external noopener" if foreign else None), "</a>"
    scheme, name = reference
    found = plugins.ring().resolve_reference(scheme=scheme, name=name, language=language)
    if found is None:
        title = titles.get(f"{scheme}:{name.partition('#')[0]}")
        return _tag("cite", **{"class": "citation", "title": title}), "</cite>"
    address, title = found
    if address is None:
        return _tag("cite", **{"class": "citation", "title": title}), "</cite>"
    return _tag("a", **{"class": "citation", "href": address, "title": title}), "</a>"


def _tag(name: str, **attributes: str | None) -> str:
    said = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items() if value)
    return f"<{name}{said}>"


def _raw(html: str) -> Token:
    return Token("html_inline", "", 0, content=html)


def _with_framed_tables(tokens: Sequence[Token]) -> Iterator[Token]:
    """Each table within a frame that scrolls by itself; its first column names the rows."""
    in_head, first = False, False
    for place, token in enumerate(tokens):
        if token.type == "table_open":
            label = escape(", ".join(_first_row(tokens[place:])))
            frame = f'<div class="table-scroll" role="region" tabindex="0" aria-label="{label}">'
            yield _raw(frame + "\n")
        elif token.type in ("thead_open", "thead_close"):
            in_head = token.type == "thead_open"
        elif token.type == "tr_open":
            first = True
        if token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type == "td_open" and first and not in_head:
            token.tag = "th"
            token.attrSet("scope", "row")
        elif token.type == "td_close" and first:
            token.tag, first = "th", False
        yield token
        if token.type == "table_close":
            yield _raw("</div>\n")


def _first_row(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "tr_close":
            return
        if token.type == "inline":
            yield from _texts([token])


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a plain text, which an empty line parts."""
    return [one.strip() for one in re.split(r"\n\s*\n", text) if one.strip()]
