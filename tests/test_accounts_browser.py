"""An account in a real browser: made, confirmed by the mail's button, changed."""

from __future__ import annotations

import email
import email.policy
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import Site, axe, wire_bytes

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

WORDS = "cinq mangues mûres"


def link_mailed_to(site: Site, address: str, purpose: str) -> str:
    """The link of the newest mail to this address."""
    for _ in range(100):
        for file in sorted((site.data / "mail").glob(f"* {address} *.eml"), reverse=True):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            body: Any = message.get_body(("plain",))  # type: ignore[attr-defined]
            if found := re.search(rf"http://\S+/{purpose}/\S+", body.get_content()):
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no mail came: {site.printed}")


@pytest.mark.parametrize("script", [True, False])
def test_an_account_is_made_in_french_and_used(
    live_server: Site, make_page: Callable[..., Page], script: bool
) -> None:
    page = make_page(java_script_enabled=script, viewport={"width": 390, "height": 844})
    address = f"a.diouf.{script:d}@example.org"

    def look() -> None:
        if script:
            assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390 if script else True

    page.goto(f"{live_server.url}/fr/register")
    look()
    page.locator("main button[type=submit]").click()
    assert page.locator(".error-summary li").count() == 4
    look()
    page.locator("#name").fill("Aminata Diouf")
    page.locator("#email").fill(address)
    page.locator("#password").fill(WORDS)
    page.locator("#country").select_option("SN")
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/fr/register/sent")
    look()

    page.goto(link_mailed_to(live_server, address, "confirm"))
    look()
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/fr/login")
    look()
    page.locator("#email").fill(address)
    page.locator("#password").fill(WORDS)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/fr/my")

    for name in ("account", "account/email", "account/password", "account/tokens", "reset"):
        page.goto(f"{live_server.url}/fr/{name}")
        look()
    page.goto(f"{live_server.url}/fr/account/tokens")
    page.locator("#name").fill("Export")
    page.locator("#scopes-0").check()
    page.locator("main form").last.locator("button[type=submit]").click()
    assert page.locator("code.secret").inner_text().startswith("psg_")
    look()


def test_the_page_to_sign_up_is_light(live_server: Site, page: Page) -> None:
    page.goto(f"{live_server.url}/fr/login")
    with wire_bytes(page) as wire:
        page.goto(f"{live_server.url}/fr/register")
    assert 0 < wire.total < 50_000
