"""Every kind of page in a real browser: readable by everybody, narrow, light."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import pytest

from tests.browser import Site, axe, wire_bytes

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Page

pytestmark = pytest.mark.browser

FIRST_VISIT, LATER, REQUESTS = 150_000, 50_000, 10

PUBLIC = [
    "/",
    "/courses",
    "/courses/iml-moshi",
    "/courses/training-on-request",
    "/courses/introduction-to-international-migration-law",
    "/courses/human-rights-of-migrants",
    "/login",
    "/register",
    "/reset",
    "/confirm",
]
SIGNED_IN = ["/", "/my", "/account", "/account/tokens", "/my/erase"]
STAFF = [
    "/admin",
    "/admin/people",
    "/admin/mail",
    "/admin/jobs",
    "/admin/statements",
    "/admin/credentials",
    "/admin/credentials/new",
    "/admin/credentials/players",
    "/admin/forwarding",
    "/admin/forwarding/new",
    "/admin/forwarding/refused",
    "/admin/audit",
    "/admin/completions",
]


@pytest.fixture
def phone(make_page: Callable[..., Page]) -> Page:
    """A small screen whose owner reads French."""
    return make_page(viewport={"width": 360, "height": 740}, locale="fr-FR")


def _sign_in(page: Page, site: Site, account: str) -> None:
    page.goto(f"{site.url}/fr/login")
    page.fill("[name=email]", f"{account}@passage.example")
    page.fill("[name=password]", "passage-demo")
    with page.expect_navigation():
        page.locator("main form button[type=submit]").click()


def _look(page: Page, site: Site, paths: list[str]) -> Iterator[str]:
    """What is wrong with these pages, a line each."""
    for path in paths:
        answer = page.goto(f"{site.url}/fr{path}")
        if answer is None or answer.status != 200:
            yield f"{path}: {answer and answer.status}"
            continue
        yield from (f"{path}: {finding}" for finding in axe(page))
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            yield f"{path}: {wide} px too wide for a phone"
        if page.locator("h1").count() != 1:
            yield f"{path}: not one heading of the first level"


def test_public_pages_can_be_used_by_everybody(live_server: Site, phone: Page) -> None:
    assert list(_look(phone, live_server, PUBLIC)) == []


def test_a_learners_pages_can_be_used_by_everybody(live_server: Site, phone: Page) -> None:
    _sign_in(phone, live_server, "learner")
    assert list(_look(phone, live_server, SIGNED_IN)) == []


def test_an_administrators_pages_can_be_used_by_everybody(live_server: Site, phone: Page) -> None:
    _sign_in(phone, live_server, "admin")
    phone.goto(f"{live_server.url}/fr/admin/people")
    person = phone.locator('main a[href*="/admin/people/"]').first.get_attribute("href")
    assert person
    assert list(_look(phone, live_server, [*STAFF, person.removeprefix("/fr")])) == []


EDITION = [
    "/admin/editions",
    "/admin/editions/new",
    "/admin/editions/new?course=courses/iml-moshi",
    *(
        f"/admin/editions/looked-at{page}"
        for page in (
            "",
            "/facts",
            "/cancel",
            "/delete",
            "/programme",
            "/programme/new",
            "/rule",
            "/copy",
            "/staff",
            "/enrol",
            "/imports",
            "/imports/new",
            "/roster",
            "/attendance",
        )
    ),
    "/admin/awards/editions/looked-at",
    "/admin/cohorts",
    "/admin/completions/views",
    "/admin/completions/views/new",
    "/editions/looked-at",
    "/courses/iml-moshi",
]
FACTS = {
    "starts_on": "2027-06-07",
    "ends_on": "2027-06-11",
    "timezone": "Africa/Dar_es_Salaam",
    "place": "Moshi",
    "slug": "looked-at",
}


def _send(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()


def test_pages_of_an_edition_can_be_used_by_everybody(
    make_site: Callable[..., Site], phone: Page
) -> None:
    site = make_site()
    _sign_in(phone, site, "admin")
    phone.goto(f"{site.url}/fr/admin/editions/new?course=courses/iml-moshi")
    for name, value in FACTS.items():
        field = phone.locator(f"[name={name}]")
        field.select_option(value) if name == "timezone" else field.fill(value)
    phone.check("[name=languages][value=en]")
    _send(phone)
    phone.goto(f"{site.url}/fr/admin/editions/looked-at/programme")
    _send(phone)
    sessions = phone.locator("main .row-actions a").evaluate_all("all => all.map(a => a.pathname)")
    assert len(sessions) == 20
    assert list(_look(phone, site, ["/admin/editions/looked-at/delete"])) == []  # still a draft
    phone.goto(f"{site.url}/fr/admin/editions/looked-at")
    _send(phone)
    some = [one.removeprefix("/fr") for one in sessions[:2]]
    assert list(_look(phone, site, [*EDITION, *some])) == []
    phone.goto(f"{site.url}/fr/admin/editions/looked-at/rule")
    _send(phone)
    assert axe(phone) == []
    assert phone.locator("[name=confirmed]").count() == 1
    assert list(_look(phone, site, _with_people(phone, site))) == []


PEOPLE = """email;nom;pays;=colonne\nfatou@ministry.example;Fatou Côté;Sénégal;x
fatou@ministry.example;Fatou;;\nno address;X;;\nbroken;a;b;c;d;e\nlearner@passage.example;;;
"""


def _with_people(page: Page, site: Site) -> list[str]:
    """Somebody enrolled, somebody invited, a cohort, and an import: what was checked, and done."""
    here = f"{site.url}/fr/admin/editions/looked-at"
    for email in ("courseadmin@passage.example", "new@ministry.example"):
        page.goto(f"{here}/enrol")
        page.fill("[name=email]", email)
        _send(page)
    seat = _first(page, "/enrolments/")
    page.goto(f"{here}/roster")
    person = _first(page, "/roster/")
    page.goto(f"{here}/attendance")
    marked, paper = _first(page, "/attendance/"), _first(page, "/paper")
    page.goto(f"{site.url}/fr/admin/cohorts")
    page.fill("[name=name]", "Ministère du travail")
    _send(page)
    group = urlsplit(page.url).path
    page.fill("[name=add-email]", "learner@passage.example")
    _send(page)
    page.goto(f"{here}/imports/new")
    file = {"name": "liste.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode("cp1252")}
    page.set_input_files("[name=file]", [cast("FilePayload", file)])
    _send(page)
    checked = urlsplit(page.url).path
    assert axe(page) == []
    _send(page)
    page.wait_for_selector(".notice-good")
    return [one.removeprefix("/fr") for one in (seat, person, marked, paper, group, checked)]


def _first(page: Page, part: str) -> str:
    """The first link on a page whose address holds this."""
    return page.locator(f'main a[href*="{part}"]').first.get_attribute("href") or ""


def test_an_error_page_can_be_used_by_everybody(live_server: Site, phone: Page) -> None:
    answer = phone.goto(f"{live_server.url}/fr/nowhere")
    assert answer is not None
    assert answer.status == 404
    assert axe(phone) == []


@pytest.mark.parametrize("path", PUBLIC)
def test_a_first_visit_is_light(live_server: Site, page: Page, path: str) -> None:
    with wire_bytes(page) as wire:
        page.goto(f"{live_server.url}/fr{path}")
    assert wire.total <= FIRST_VISIT
    assert wire.requests <= REQUESTS
    with wire_bytes(page) as again:
        page.goto(f"{live_server.url}/es{path}")
    assert again.total <= LATER


def test_right_to_left_does_not_break_a_page(live_server: Site, phone: Page) -> None:
    for path in ("/", "/courses", "/courses/iml-moshi"):
        phone.goto(f"{live_server.url}/fr{path}")
        phone.evaluate("document.documentElement.dir = 'rtl'")
        assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
