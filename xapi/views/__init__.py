"""Pages of the statement store, for administrators."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app import permissions
from app.models import Person
from app.web import Link
from xapi.service import access, browsing, targets
from xapi.views import credentials, forwarding, statements

PAGES = (credentials.pages, forwarding.pages, statements.pages)


def navigation(person: Person | None) -> list[Link]:
    links = []
    if permissions.may(person, browsing.MAY):
        links.append(Link(_l("Statements"), "statements.index", 50, "admin"))
    if permissions.may(person, access.MAY):
        links.append(Link(_l("xAPI credentials"), "credentials.index", 60, "admin"))
    if permissions.may(person, targets.MAY):
        links.append(Link(_l("Forwarding"), "forwarding.index", 65, "admin"))
    return links
