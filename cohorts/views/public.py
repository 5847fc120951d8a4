"""Pages of an edition for everybody, and what is shown of editions on pages of others."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template

from app import web
from app.models import Activity, Person
from app.vocabulary import say
from app.web import Panel
from cohorts import schema_org, wording
from cohorts.models import Edition
from cohorts.service import changing, listing, passing
from cohorts.service.passing import Seen, Way
from cohorts.views.door import pages


@pages.get("/editions/<slug>")
def edition(slug: str) -> Any:
    person = web.reader()
    seen = passing.see(person, slug, language=web.language())
    activity = seen.edition.activity
    return render_template(
        "cohorts/edition.html",
        seen=seen,
        edition=seen.edition,
        title=_say(activity),
        course=_say(seen.course),
        course_url=web.address(passing.url(seen.course)),
        stations=_shown(seen.mine) if seen.mine else [],
        structured=structured(seen) if seen.edition.state == "open" else None,
        panels=web.panels("activity", person, activity) if seen.mine else [],
        reader=person.timezone if person else None,
        wording=wording,
    )


def _say(activity: Activity) -> str:
    return say(activity.titles, web.language())


def structured(seen: Seen) -> dict[str, Any]:
    """The edition as search engines are told it."""
    page = web.address(f"/editions/{seen.edition.slug}")
    return schema_org.course(
        changing.facts_of(seen.edition),
        course=_say(seen.course),
        title=_say(seen.edition.activity),
        url=f"{current_app.config['URL']}{page}",
    )


def _shown(way: Way) -> list[dict[str, Any]]:
    """The stations with addresses in the reader's language, as parts.passage shows them."""
    return [
        {
            "title": one.title,
            "kind": one.kind,
            "state": one.state,
            "url": web.address(one.url),
            "note": one.note,
        }
        for one in way.stations
    ]


def panels(place: str, person: Person | None, activity: Activity | None) -> list[Panel]:
    """On a course's page its next editions; on "my learning" those she is in; at home the near
    ones."""
    if place == "activity" and activity is not None and activity.kind == "course":
        found = listing.open_of(activity)
        values = {"editions": [_line(one) for one in found], "wording": wording}
        return [Panel("cohorts/panel_course.html", values, 20)] if found else []
    if place == "my" and person is not None:
        shown = [_way(one) for one in passing.ways(person, language=web.language())]
        values = {"ways": shown, "wording": wording, "reader": person.timezone}
        return [Panel("cohorts/panel_my.html", values, 5)] if shown else []
    if place == "home" and person is not None:
        near = [{**_line(one), "next": after} for one, after in passing.near(person)]
        values = {"editions": near, "wording": wording, "reader": person.timezone}
        return [Panel("cohorts/panel_home.html", values, 15)] if near else []
    return []


def _line(edition: Edition) -> dict[str, Any]:
    return {
        "edition": edition,
        "title": _say(edition.activity),
        "url": web.address(f"/editions/{edition.slug}"),
    }


def _way(way: Way) -> dict[str, Any]:
    return {**_line(way.edition), "way": way, "stations": _shown(way)}
