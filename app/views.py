"""Pages of the engine: home, my learning, and what administrators see of the house."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l

from app import content, plugins, web
from app.models import Activity, Person
from app.web import Link, Panel

pages = web.Pages("engine", __name__)


def navigation(person: Person | None) -> list[Link]:
    """The engine's own entries."""
    if person is None:
        return []
    return [Link(_l("My learning"), "engine.my", 20)]


def panels(place: str, person: Person | None, activity: Activity | None = None) -> list[Panel]:
    """What the plugins show at this place, in their order."""
    shown = plugins.ring().panels(place=place, person=person, activity=activity)
    return sorted((one for some in shown for one in some), key=lambda one: one.position)


@pages.get("/")
def home() -> Any:
    site = content.site(web.language())
    return render_template("home.html", site=site, panels=panels("home", web.reader()))


@pages.get("/my")
def my() -> Any:
    person = web.signed_in()
    return render_template("my.html", panels=panels("my", person))
