"""Pages of an edition for its staff."""

from __future__ import annotations

from typing import Any

from app import web
from cohorts.service import editions, enrolling
from cohorts.views.door import pages, staff_page


@pages.get("/admin/editions/<slug>")
def overview(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug)
    return staff_page(
        "cohorts/overview.html",
        edition,
        person,
        programme=editions.programme(edition),
        taken=enrolling.seats_taken(edition),
        panels=web.panels("staff", person, edition.activity),
    )
