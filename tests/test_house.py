"""What keeps the house standing, where imports alone cannot say it."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from app import db, hookspecs, plugins
from app.config import ROOT, Misconfigured

PLUGINS = sorted(plugins.installed())
HOOKS = sorted(
    name
    for name, member in inspect.getmembers(hookspecs, inspect.isfunction)
    if hasattr(member, "passage_spec")
)


def test_the_empty_house_opens(make_app: Callable[..., Flask]) -> None:
    client = make_app(PLUGINS_OFF=",".join(PLUGINS)).test_client()
    for language in ("en", "fr", "es"):
        assert client.get(f"/{language}/").status_code == 200
    assert client.get("/readyz").json == {"status": "ready", "plugins": []}
    assert client.get("/api/v1/openapi.json").status_code == 200


@pytest.mark.parametrize("plugin", PLUGINS)
def test_each_plugin_lives_alone(plugin: str, make_app: Callable[..., Flask]) -> None:
    app = make_app(PLUGINS_OFF=",".join(name for name in PLUGINS if name != plugin))
    client = app.test_client()
    assert client.get("/fr/").status_code == 200
    assert client.get("/readyz").json == {"status": "ready", "plugins": [plugin]}
    with app.app_context(), db.transaction():
        from app import content

        content.load()


@pytest.mark.parametrize("plugin", PLUGINS)
def test_the_house_opens_with_a_plugin_switched_off(
    plugin: str, make_app: Callable[..., Flask]
) -> None:
    app = make_app(PLUGINS_OFF=plugin)
    assert app.test_client().get("/es/").status_code == 200
    with app.app_context(), db.transaction():
        from app import content

        content.load()
    assert app.test_client().get("/es/").status_code == 200


def test_a_plugin_that_is_not_there_cannot_be_switched_off(make_app: Callable[..., Flask]) -> None:
    with pytest.raises(Misconfigured, match="no plugin is called lottery"):
        make_app(PLUGINS_OFF="lottery")


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_typed_and_tested(hook: str) -> None:
    spec = getattr(hookspecs, hook)
    assert spec.__doc__, "a docstring"
    assert "return" in spec.__annotations__, "a return type"
    told = (ROOT / "docs" / "hooks.md").read_text()
    assert f"### `{hook}(" in told, "a heading in docs/hooks.md"
    tests = "".join(
        path.read_text() for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)
    )
    assert hook in tests, "a test that names it"


def test_hooks_md_tells_of_no_hook_that_is_gone() -> None:
    told = (ROOT / "docs" / "hooks.md").read_text()
    headings = [line.split("`")[1] for line in told.splitlines() if line.startswith("### `")]
    assert sorted(heading.partition("(")[0] for heading in headings) == HOOKS


def test_foreign_keys_stay_at_home_or_point_to_the_engine(app: Flask) -> None:
    for table in db.Base.metadata.tables.values():
        owner = _owner(table.name)
        for key in table.foreign_keys:
            assert _owner(key.column.table.name) in (owner, "engine"), f"{table.name}: {key}"


def test_tables_of_a_plugin_carry_its_name(app: Flask) -> None:
    for mapper in db.Base.registry.mappers:
        package = mapper.class_.__module__.partition(".")[0]
        assert _owner(mapper.local_table.name) == ("engine" if package == "app" else package)  # type: ignore[attr-defined]  # every mapper here has a table


def _owner(table: str) -> str:
    return next((name for name in PLUGINS if table.startswith(f"{name}_")), "engine")


def test_models_and_migrations_do_not_drift(app: Flask) -> None:
    with app.app_context(), db.db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.Base.metadata) == []


def _sources(*roles: str) -> Iterator[Path]:
    for plugin in PLUGINS:
        for role in roles:
            yield from (ROOT / plugin).glob(f"{role}.py")
            yield from (ROOT / plugin / role).glob("*.py")


@pytest.mark.parametrize(
    "path",
    list(_sources("views", "api", "cli", "forms")),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_pages_and_endpoints_touch_no_table(path: Path) -> None:
    """Read, one call, answer: no query and no commit outside services, schemas and hooks."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("sqlalchemy"), f"line {node.lineno}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            said = f"{node.value.id}.{node.attr}"
            allowed = path.name == "cli.py" and said == "db.transaction"
            assert allowed or said not in ("db.session", "db.commit", "db.transaction"), (
                f"line {node.lineno}: {said}"
            )


@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_plugin_says_what_it_is(plugin: str) -> None:
    assert (ROOT / plugin / "README.md").read_text().startswith("# ")
    assert ast.get_docstring(ast.parse((ROOT / plugin / "__init__.py").read_text()))


def _modules() -> Iterator[Any]:
    for folder in ("app", *PLUGINS):
        yield from (ROOT / folder).rglob("*.py")


@pytest.mark.parametrize("path", list(_modules()), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_opens_with_one_sentence_and_stays_small(path: Path) -> None:
    text = path.read_text()
    doc = ast.get_docstring(ast.parse(text))
    assert doc, "says what it is"
    assert len(text.splitlines()) <= 400, "look for the second idea in it"


_FORMS = re.compile(r'<form method="post".*?</form>', re.S)


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted(ROOT.glob("*/templates/**/*.html"))
        if _FORMS.search(path.read_text())
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_form_that_writes_sends_its_token(path: Path) -> None:
    """Without it the edge refuses the form, which tests with the token switched off never see."""
    said = path.read_text()
    for name in re.findall(r'{% include "(.+?)" %}', said):
        found = next(iter(ROOT.glob(f"*/templates/{name}")))
        said = said.replace(f'{{% include "{name}" %}}', found.read_text())
    for form in _FORMS.findall(said):
        assert re.search(r"hidden_csrf\(\)|csrf_token\(\)", form), form[:200]
