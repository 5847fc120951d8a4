"""Pages of the statement store, for administrators."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app import permissions
from app.models import Person
from app.web import Link
from xapi.service import access, browsing
from xapi.views import credentials, statements

PAGES = (credentials.pages, statements.pages)


def navigation(person: Person | None) -> list[Link]:
    links = []
    if permissions.may(person, browsing.MAY):
        links.append(Link(_l("Statements"), "statements.index", 50, "admin"))
    if permissions.may(person, access.MAY):
        links.append(Link(_l("xAPI credentials"), "credentials.index", 60, "admin"))
    return links
