"""Content: files, then rows. Each plugin loads and checks its own files; see content/README.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app import db, plugins
from app.config import Misconfigured
from app.models import Setting


def load(folder: str | None = None) -> Mapping[str, int]:
    """Bring the files into rows; how many of each sort changed. Never touches progress."""
    changed: Counter[str] = Counter()
    for some in plugins.ring().load_content(folder=folder or str(plugins.setting("CONTENT"))):
        changed.update(some)
    return changed


def check(folder: str | None = None) -> list[str]:
    """Every finding of every plugin, in order of its file."""
    asked = plugins.ring().check_content(folder=folder or str(plugins.setting("CONTENT")))
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
