"""Finds and registers plugins; holds the bell that only the engine rings."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy
from flask import Flask, current_app

from app import hookspecs
from app.config import Misconfigured
from app.vocabulary import Kind

if TYPE_CHECKING:
    from app.permissions import Permission

GROUP = "passage.plugins"
ENGINE = "engine"


def installed() -> dict[str, str]:
    """Every installed plugin: its name and its package."""
    return {point.name: point.value for point in entry_points(group=GROUP)}


def open_house(app: Flask, engine: ModuleType) -> pluggy.PluginManager:
    """Register the engine's own hooks and every plugin that is not switched off.

    Raises Misconfigured when PASSAGE_PLUGINS_OFF names a plugin that is not installed.
    """
    found = installed()
    if unknown := app.config["PLUGINS_OFF"] - found.keys():
        raise Misconfigured(f"PASSAGE_PLUGINS_OFF: no plugin is called {', '.join(unknown)}")
    manager = pluggy.PluginManager("passage")
    manager.add_hookspecs(hookspecs)
    manager.register(engine, ENGINE)
    for name, package in sorted(found.items()):
        if name not in app.config["PLUGINS_OFF"]:
            manager.register(_hooks(package), name)
    manager.check_pending()
    app.extensions["passage.plugins"] = manager
    return manager


def _hooks(package: str) -> ModuleType:
    return import_module(f"{package}.hooks")


def manager(app: Flask | None = None) -> pluggy.PluginManager:
    found: pluggy.PluginManager = (app or current_app).extensions["passage.plugins"]
    return found


def ring() -> Any:
    """The hooks of the current house: ring().learning_events(events=…)."""
    return manager().hook


def names() -> list[str]:
    """The plugins that are switched on."""
    return sorted(name for name, _ in manager().list_name_plugin() if name != ENGINE)


def listeners(hook: str) -> list[str]:
    """Which plugins implement this hook."""
    return [impl.plugin_name for impl in getattr(ring(), hook).get_hookimpls()]


def hearing() -> list[tuple[str, frozenset[str] | None]]:
    """Who hears learning_event_kept, and of which verbs alone (see hookspecs.only)."""
    heard = ring().learning_event_kept.get_hookimpls()
    return [(impl.plugin_name, getattr(impl.function, "verbs", None)) for impl in heard]


def ring_one(plugin: str, hook: str, **said: Any) -> Any:
    """Ring one plugin alone; it may have been switched off since: then nothing happens."""
    house = manager()
    others = [here for name, here in house.list_name_plugin() if name != plugin]
    return house.subset_hook_caller(hook, remove_plugins=others)(**said)


def setting(name: str) -> Any:
    """A setting of the current house."""
    return current_app.config[name]


def memory() -> dict[str, Any]:
    """What this process keeps in mind for the current house (see content.keep_in_mind)."""
    kept: dict[str, Any] = current_app.extensions.setdefault("passage.memory", {})
    return kept


def kinds() -> dict[str, Kind]:
    """The sorts of activities of the current house, asked once."""
    found: dict[str, Kind] = once(
        "kinds", lambda: {kind.name: kind for some in ring().activity_kinds() for kind in some}
    )
    return found


def tasks() -> dict[str, Callable[[dict[str, Any]], None]]:
    """The jobs of the current house by name, asked once."""
    found: dict[str, Callable[[dict[str, Any]], None]] = once(
        "tasks", lambda: {name: task for some in ring().tasks() for name, task in some.items()}
    )
    return found


def acts() -> dict[str, Any]:
    """What acts are called in the audit of the current house by name, asked once."""
    found: dict[str, Any] = once(
        "acts", lambda: {name: words for some in ring().acts() for name, words in some.items()}
    )
    return found


def permissions() -> dict[str, Permission]:
    """What may be permitted in the current house by name, asked once."""
    found: dict[str, Permission] = once(
        "permissions", lambda: {one.name: one for some in ring().permissions() for one in some}
    )
    return found


def once(name: str, ask: Callable[[], Any]) -> Any:
    """What the current house answers, asked for the first time alone."""
    answers = current_app.extensions.setdefault("passage.answers", {})
    if name not in answers:
        answers[name] = ask()
    return answers[name]
