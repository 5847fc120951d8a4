"""Attendance on a phone without JavaScript, by the keyboard alone; and how its pages are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser import Site, axe, wire_bytes

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
MOST = 50_000
"""Bytes of a page after the first."""


def _staff(page: Page, site: Site) -> str:
    """Sign in who looks after Moshi; the address of the edition that was held."""
    page.goto(f"{site.url}/en/login")
    page.fill("[name=email]", "courseadmin@passage.example")
    page.fill("[name=password]", "passage-demo")
    with page.expect_navigation():
        page.locator("main form button[type=submit]").click()
    page.goto(f"{site.url}/en/admin/editions")
    found = page.locator('main a[href*="/admin/editions/moshi-"]').evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    return site.url + min(found)


def _tab(page: Page, wanted: str) -> None:
    """Press Tab until what is focused fits."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.locator(f"{wanted}:focus").count():
            return
    raise AssertionError(f"no Tab reaches {wanted}")


def test_a_session_is_marked_with_the_keyboard_alone(
    live_server: Site, make_page: Callable[..., Page]
) -> None:
    page = make_page(viewport=PHONE, java_script_enabled=False)
    page.goto(f"{_staff(page, live_server)}/attendance")
    page.locator("tbody a").first.click()
    first = page.locator("fieldset").first
    assert first.locator('[type="radio"][value="present"]').is_checked()
    _tab(page, 'input[type="radio"]')
    page.keyboard.press("ArrowRight")
    assert first.locator('[type="radio"][value="late"]').is_checked()
    _tab(page, 'button[value="save"]')
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator(".notice-good").count() == 1
    assert page.locator("fieldset").first.locator('[type="radio"][value="late"]').is_checked()
    box = page.locator(".register-marks label").first.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44


def _paths(page: Page, edition: str) -> Iterator[str]:
    yield from ("/roster", "/roster?status=completed", "/attendance")
    page.goto(f"{edition}/roster")
    person = page.locator("tr[data-registration] a").first.get_attribute("href")
    page.goto(f"{edition}/attendance")
    session = page.locator("tbody a").first.get_attribute("href")
    assert person
    assert session
    for one in (person, session, f"{session}/paper"):
        yield one.rpartition("/admin/editions/")[2].partition("/")[2].join(("/", ""))


def test_pages_of_an_edition_can_be_used_by_everybody(
    live_server: Site, make_page: Callable[..., Page]
) -> None:
    page = make_page(viewport=PHONE)
    edition, found = _staff(page, live_server), []
    for path in list(_paths(page, edition)):
        with wire_bytes(page) as wire:
            answer = page.goto(edition + path)
        assert answer is not None
        assert answer.status == 200, path
        found += [f"{path}: {finding}" for finding in axe(page)]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            found.append(f"{path}: {wide} px too wide for a phone")
        if wire.total > MOST:
            found.append(f"{path}: {wire.total} bytes")
        if page.locator("h1").count() != 1:
            found.append(f"{path}: not one heading of the first level")
    assert found == []
