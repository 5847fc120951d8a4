"""Gaps in the files are named, each with its file; ours have none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import content

M1 = "modules/m1"


def _findings(app: Flask, folder: Path) -> list[str]:
    with app.app_context():
        return content.check(str(folder))


def _edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))


def test_the_units_content_has_no_finding(app: Flask) -> None:
    assert _findings(app, Path(app.config["CONTENT"])) == []


def _remove(file: str) -> Callable[[Path], object]:
    return lambda folder: (folder / file).unlink()


def _append(file: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / file).write_text((folder / file).read_text() + text)


def _change(file: str, change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    return lambda folder: _edit(folder / file, change)


@pytest.mark.parametrize(
    ("spoil", "finding"),
    [
        (_remove(f"{M1}/l2.es.md"), f"{M1}/l2.es.md: missing"),
        (_remove("modules/m3/module.fr.json"), "modules/m3/module.fr.json: missing"),
        (_remove("site.es.json"), "site.es.json: missing"),
        (
            _append(f"{M1}/l1.en.md", "\nMore.\n"),
            f"{M1}/l1.fr.md: stale, the English text has changed since it was translated",
        ),
        (
            _append(f"{M1}/l1.fr.md", "\n[Article 1](law:nowhere#1)\n"),
            f"{M1}/l1.fr.md: law:nowhere#1 cites an instrument that is not in instruments.json",
        ),
        (
            _append(f"{M1}/l1.fr.md", "\n[Article 1](other:iccpr)\n"),
            f"{M1}/l1.fr.md: other:iccpr is neither a citation nor an address",
        ),
        (
            _change(f"{M1}/module.fr.json", lambda said: said["lessons"]["l3"].pop("review")),
            f"{M1}/module.fr.json: lesson l3 has no review state",
        ),
        (
            _change(f"{M1}/module.es.json", lambda said: said["objectives"].pop()),
            f"{M1}/module.es.json: objectives[3] is missing",
        ),
        (
            _change(f"{M1}/module.en.json", lambda said: said["lessons"].pop("l4")),
            f"{M1}/module.en.json: lesson l4 is in one of the two files only",
        ),
        (
            _change("catalogue/iml-moshi/course.fr.json", lambda said: said.update(summary="")),
            "catalogue/iml-moshi/course.fr.json: summary is empty",
        ),
        (
            _change("catalogue/iml-moshi/course.json", lambda facts: facts.pop("mode")),
            "catalogue/iml-moshi/course.json: mode is missing",
        ),
    ],
)
def test_each_gap_is_named(
    app: Flask, folder: Path, spoil: Callable[[Path], object], finding: str
) -> None:
    spoil(folder)
    assert finding in _findings(app, folder)
