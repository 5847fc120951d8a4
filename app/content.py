"""Content: files, then rows. Each plugin loads and checks its own files; see content/README.md."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import event, select
from sqlalchemy.orm import Session, SessionTransaction

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
    """What one language says and another does not: "name.fr.json: …", one sentence each.

    Null says that there is nothing to say, which may be so in one language alone (a note on its
    title); an empty text says nothing and is a gap.
    """
    found = [f"{name}.{language}.json: missing" for language in LANGUAGES if language not in words]
    said = {language: dict(_said(value)) for language, value in words.items()}
    everything = sorted({key for keys in said.values() for key in keys})
    for language, keys in said.items():
        missing = [key for key in everything if key not in keys]
        found += [
            f"{name}.{language}.json: {key} is missing"
            for key in missing
            if not key.startswith(tuple(f"{other}{end}" for other in missing for end in ".["))
        ]
        found += [f"{name}.{language}.json: {key} is empty" for key in keys if keys[key] == ""]
    return found


_IN_ONE_LANGUAGE = frozenset({"translated_from"})


def _said(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Everything inside with its path: "lessons.l1.objectives[0]"."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            if key not in _IN_ONE_LANGUAGE:
                yield from _within(one, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _within(one, f"{path}[{place}]")


def _within(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, value
    yield from _said(value, path)


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
_KNOWN_VERSION = select(Setting.value).where(Setting.name == _VERSION)
_ASKED_EVERY = 1.0
_MOST = 500


def version() -> str:
    """What all processes know the content by; another one after each change, which other
    processes learn within a second: so long an answer counts. One query, or none."""
    changed = db.session().info.get(_VERSION)
    if changed is not None:
        return str(changed)
    asked, known = plugins.memory().get(_VERSION, (-_ASKED_EVERY, ""))
    if time.monotonic() - asked >= _ASKED_EVERY:
        known = db.session().connection().scalar(_KNOWN_VERSION) or ""
        _remember(known)
    return str(known)


def _remember(known: str) -> None:
    plugins.memory()[_VERSION] = time.monotonic(), known


def changed_now() -> None:
    """The content has another version: nothing that was kept in mind counts any more."""
    now = uuid4().hex
    _put(_VERSION, now)
    db.session().flush()
    db.session().info[_VERSION] = now
    db.after_commit(lambda: _remember(now))


@event.listens_for(Session, "after_transaction_end")
def _forget_change(session: Session, transaction: SessionTransaction) -> None:
    """Until it is kept or undone, a change is known to its own transaction alone."""
    if transaction.parent is None:
        session.info.pop(_VERSION, None)


def keep_in_mind(name: str, make: Callable[[], Kept]) -> Kept:
    """What `make` makes of the content, made once in this process for each of its versions.

    For values only: rows belong to a session. At most some hundred names are kept.
    """
    now, memory = version(), plugins.memory()
    known: tuple[str, Kept] | None = memory.pop(name, None)
    if known is None or known[0] != now:
        known = now, make()
    while len(memory) >= _MOST:
        oldest, *_ = list(memory)  # a copy: other threads change it meanwhile
        memory.pop(oldest, None)
    memory[name] = known
    return known[1]


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
