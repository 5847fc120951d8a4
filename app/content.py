"""Content: files, then rows. Each plugin loads and checks its own files; see content/README.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import select

from app import db, plugins
from app.config import LANGUAGES, Misconfigured
from app.models import Setting

Kept = TypeVar("Kept")


def load(folder: str | None = None) -> Mapping[str, int]:
    """Bring the files into rows; how many of each sort changed. Never touches progress."""
    folder = folder or str(plugins.setting("CONTENT"))
    changed: Counter[str] = Counter(site=_load_site(Path(folder)))
    for some in plugins.ring().load_content(folder=folder):
        changed.update(some)
    if any(changed.values()):
        changed_now()
    return changed


def check(folder: str | None = None) -> list[str]:
    """Every finding of every plugin, in order of its file."""
    folder = folder or str(plugins.setting("CONTENT"))
    asked = [_check_site(Path(folder)), *plugins.ring().check_content(folder=folder)]
    return sorted(finding for some in asked for finding in some)


def summary(changed: Mapping[str, int]) -> str:
    words = [f"{count} {name}" for name, count in sorted(changed.items()) if count]
    return "Content: " + (", ".join(words) + " changed" if words else "nothing changed")


def read(path: Path) -> dict[str, Any]:
    """A JSON file of the content; raises ValueError that names the file and the place."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as wrong:
        raise ValueError(f"{path.name}: line {wrong.lineno}: {wrong.msg}") from wrong
    if not isinstance(found, dict):
        raise ValueError(f"{path.name}: an object is expected")
    return found


def read_words(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    """The files `<name>.<lang>.json` of a folder by language, as far as they are there."""
    paths = {language: folder / f"{name}.{language}.json" for language in LANGUAGES}
    return {language: read(path) for language, path in paths.items() if path.exists()}


def gaps(words: Mapping[str, Any], name: str) -> list[str]:
    """What one language says and another does not: "name.fr.json: …", one sentence each."""
    missing = [
        f"{name}.{language}.json: missing" for language in LANGUAGES if language not in words
    ]
    shapes = {language: _shape(value) for language, value in words.items()}
    everything = {key for shape in shapes.values() for key in shape}
    return missing + [
        f"{name}.{language}.json: {key or 'the whole'} differs from the other languages"
        for language, shape in shapes.items()
        for key in sorted(everything - shape)
    ]


_IN_ONE_LANGUAGE = frozenset({"translated_from"})


def _shape(value: Any, path: str = "") -> set[str]:
    """Every key with its path, every list with its length, and which texts are empty. Null says
    that there is nothing to say, which may be so in one language alone (a note on its title)."""
    if isinstance(value, Mapping):
        inside = ((f"{path}.{key}".strip("."), one) for key, one in value.items())
        return {path} | {
            found
            for key, one in inside
            if key.rpartition(".")[2] not in _IN_ONE_LANGUAGE
            for found in _shape(one, key)
        }
    if isinstance(value, list):
        return {f"{path} ({len(value)} items)"}.union(
            *(_shape(one, f"{path}[{place}]") for place, one in enumerate(value))
        )
    return {f"{path} (empty)" if value == "" else path}


def fix_site() -> None:
    """Keep the site's IRI since the first start: statements and certificates carry it.

    Raises Misconfigured when the house is opened under another one later.
    """
    standing = db.session().get(Setting, "site")
    if standing is None:
        db.session().add(Setting(name="site", value=plugins.setting("SITE")))
    elif standing.value != plugins.setting("SITE"):
        raise Misconfigured(
            f"this database belongs to {standing.value}: set PASSAGE_SITE to that address"
        )


# What is read often and changes seldom is kept in mind until the content changes.

_VERSION = "content_version"
_MOST = 500


def version() -> str:
    """What all processes know the content by; another one after each change. One query."""
    known = db.session().info
    if _VERSION not in known:
        found = select(Setting.value).where(Setting.name == _VERSION)
        known[_VERSION] = db.session().scalar(found) or ""
    return str(known[_VERSION])


def changed_now() -> None:
    """The content has another version: nothing that was kept in mind counts any more."""
    _put(_VERSION, uuid4().hex)
    db.session().info.pop(_VERSION, None)


def keep_in_mind(name: str, make: Callable[[], Kept]) -> Kept:
    """What `make` makes of the content, made once in this process for each of its versions.

    For values only: rows belong to a session. At most some hundred names are kept.
    """
    now, memory = version(), plugins.memory()
    known: tuple[str, Kept] | None = memory.get(name)
    if known is not None and known[0] == now:
        return known[1]
    made = make()
    if len(memory) >= _MOST:
        memory.clear()
    memory[name] = (now, made)
    return made


# The site's own words: its name, its mission, its published figures.

_SITE = "site_words"


def site(language: str) -> Mapping[str, Any]:
    """What the site says of itself in this language, else in English; empty without content."""
    words = keep_in_mind(_SITE, _site_words)
    return words.get(language) or words.get("en") or {}


def _site_words() -> dict[str, Any]:
    standing = db.session().get(Setting, _SITE)
    return dict(json.loads(standing.value)) if standing else {}


def _load_site(folder: Path) -> int:
    words = read_words(folder, "site")
    return int(bool(words) and _put(_SITE, json.dumps(words, ensure_ascii=False)))


def _check_site(folder: Path) -> list[str]:
    return gaps(read_words(folder, "site"), "site")


def _put(name: str, value: str) -> bool:
    """Whether this setting of the house is another one now."""
    standing = db.session().get(Setting, name)
    if standing is None:
        db.session().add(Setting(name=name, value=value))
    elif standing.value != value:
        standing.value = value
    else:
        return False
    return True
