"""A course in Moshi in a real browser: copied, filled, attended, examined, awarded, exported."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from app import exports
from tests import databases, houses, moshi
from tests.browser import Site, axe, serve
from tests.moshi import confirmed, examined
from tests.test_journey import Learner

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

STAFF = f"/en/admin/editions/{moshi.THIS}"
AWARDS = f"/en/admin/awards/editions/{moshi.THIS}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serve(tmp_path_factory.mktemp("moshi"), RATE_LIMITS="0") as opened:
        yield opened


@pytest.fixture
def house(site: Site, tmp_path: Path) -> Iterator[Flask]:
    """The same house from inside: what people did before, and what twenty-four of them do."""
    made = databases.assemble(f"sqlite:///{site.data / 'passage.db'}", tmp_path)
    moshi.prepared(made)
    yield made
    databases.put_away(made)


class Admin:
    """The course admin, who looks at every page on her way; `kinds` are the pages she met."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page, self.site = page, site
        self.kinds: dict[str, list[str]] = {}

    def go(self, path: str) -> None:
        answer = self.page.goto(self.site.url + path)
        assert answer is not None
        assert answer.status == 200, path

    def see(self, kind: str) -> None:
        assert self.page.locator("main h1").count() == 1, self.page.url
        self.kinds[kind] = axe(self.page)

    def press(self, what: str) -> None:
        with self.page.expect_navigation():
            self.page.locator(what).first.click()

    def sign_in(self) -> None:
        self.go("/en/login")
        self.page.fill("[name=email]", moshi.ADMIN)
        self.page.fill("[name=password]", houses.PASSWORD)
        self.press("main form button[type=submit]")

    def copy(self) -> None:
        self.go(f"/en/admin/editions/{moshi.LAST}")
        self.see("overview")
        self.press(f'main a[href$="/{moshi.LAST}/copy"]')
        self.see("copy")
        self.page.fill("[name=starts_on]", moshi.monday().isoformat())
        self.page.fill("[name=slug]", moshi.THIS)
        self.press("main form button[type=submit]")
        assert self.page.url.endswith(STAFF), self.page.locator("main").inner_text()
        self.press("main form:has([name=state][value=open]) button")

    def fill(self) -> None:
        self.go(f"{STAFF}/imports/new")
        self.see("upload")
        file: Any = {"name": "moshi.csv", "mimeType": "text/csv", "buffer": moshi.roster()}
        self.page.set_input_files("[name=file]", file)
        self.press("main form button[type=submit]")
        self.see("verdicts")
        self.press("main form[action$='/run'] button")
        self.page.wait_for_selector("main .notice-good", timeout=30_000)

    def registrations(self) -> dict[str, str]:
        """The registration of each name on the roster."""
        self.go(f"{STAFF}/roster")
        self.see("roster")
        rows = self.page.locator("tr[data-registration]").evaluate_all(
            "rows => rows.map(row => [row.querySelector('th').innerText, row.dataset.registration])"
        )
        return dict(rows)

    def mark(self, registrations: dict[int, str]) -> None:
        """Ten lists, the same way on each: those who are not simply there, then all others."""
        self.go(f"{STAFF}/attendance")
        self.see("attendance")
        lists = self.page.locator("main th a").evaluate_all("all => all.map(one => one.href)")
        assert len(lists) == 10
        ordered = sorted(lists, key=self._begins)
        for number, address in enumerate(ordered):
            self.page.goto(address)
            if number == 0:
                self.see("list of a session")
            for at, mark in moshi.marks(number).items():
                if mark != "present":
                    choice = f'[name="mark-{registrations[at]}"][value="{mark}"]'
                    self.page.locator(f"label:has({choice})").click()
            self.press("[name=go][value=rest]")

    def _begins(self, address: str) -> int:
        """The place of a session in the programme, as it stands in its English title."""
        names = {
            link.get_attribute("href") or "": link.inner_text()
            for link in self.page.locator("main th a").all()
        }
        words = next(text for href, text in names.items() if address.endswith(href))
        return int(words.rpartition(" ")[2])

    def award(self, button: str, *, expecting: int) -> None:
        self.press(button)
        self.see("preview of certificates")
        assert self.page.get_attribute("[data-state]", "data-wanted") == str(expecting)
        self.press("main form button[type=submit]")
        assert self.page.get_attribute("[data-state]", "data-awarded") == str(expecting)

    def completions(self) -> tuple[list[list[str]], list[dict[str, str]]]:
        """What the pages show, and what the file says."""
        self.go(f"/en/admin/completions?edition=editions/{moshi.THIS}")
        self.see("completions")
        file = self.page.locator("a[download][href*='.csv']").get_attribute("href")
        shown = self.page.locator("table.data tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.cells].map(cell => cell.dataset.value))"
        )
        text = self.page.request.get(self.site.url + str(file)).body().decode("utf-8-sig")
        return shown, list(csv.DictReader(io.StringIO(text)))


def test_a_course_in_moshi_from_the_copy_to_the_export(
    site: Site, house: Flask, make_page: Callable[..., Page]
) -> None:
    admin = Admin(make_page(), site)
    admin.sign_in()
    admin.copy()
    admin.fill()
    for at in moshi.INVITED:
        confirmed(house, at)
    found = admin.registrations()
    registrations = {at: found[moshi.name(at)] for at in range(25)}
    admin.mark(registrations)

    sits_the_quiz(make_page(), site, 0)
    for at in range(1, 25):
        examined(house, at, right=at not in moshi.FAILING)
    admin.go(f"{STAFF}/roster")
    assert admin.page.locator("[data-count=completed]").inner_text().endswith("19")

    admin.go(AWARDS)
    admin.see("certificates of an edition")
    admin.award("main form button[value=completion]", expecting=19)
    admin.go(f"{AWARDS}?state=unmet")
    for box in admin.page.locator("[name=chosen]").all():
        box.check()
    admin.award("main form.section button[value=participation]", expecting=6)

    shown, file = admin.completions()
    with house.app_context():
        names = [column.name for column in exports.columns() if column.shown]
    assert shown == [[record[name] for name in names] for record in file]
    assert sum(one["status"] == "completed" for one in file) == 19
    assert len(file) == 25
    assert [kind for kind, wrong in admin.kinds.items() if wrong] == [], admin.kinds


def sits_the_quiz(page: Page, site: Site, at: int) -> None:
    """One of them, in a browser of her own."""
    learner = Learner(page, site, scripts=True)
    learner.go("/en/login")
    page.fill("[name=email]", moshi.address(at))
    page.fill("[name=password]", houses.PASSWORD)
    learner.send()
    learner.go("/en/courses/introduction-to-international-migration-law")
    learner.send()
    learner.go("/en/quizzes/modules/m1/quiz")
    learner.take_quiz("en", right=True)
