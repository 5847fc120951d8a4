"""The quiz in a real browser: a broken line, two windows, the keyboard alone, axe."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser import Site, axe, serve, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

MODULE = "/en/courses/introduction-to-international-migration-law"
QUIZ = "/en/quizzes/modules/m1/quiz"
KEPT = "#kept .icon-check"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serve(tmp_path_factory.mktemp("site")) as opened:
        yield opened


def begun(page: Page, site: Site) -> None:
    """The demonstration's learner has begun the module and a new attempt at its quiz."""
    page.goto(f"{site.url}/en/login")
    page.fill("[name=email]", "learner@passage.example")
    page.fill("[name=password]", "passage-demo")
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "login" not in url)
    page.goto(site.url + MODULE)
    if page.locator("main form button").count():
        page.click("main form button")
    page.goto(site.url + QUIZ)
    if page.locator("main a[href$='/resume']").count():
        page.goto(page.locator("main a[href$='/resume']").first.evaluate("a => a.href"))
        page.goto(page.url.partition("/questions/")[0])
        page.click("main form button")
        page.goto(site.url + QUIZ)
    assert axe(page) == []
    page.click("main form button")
    page.wait_for_selector("#answer")


def given(page: Page, place: int) -> str:
    """What the server keeps of a question, by a page without any script's memory."""
    text = page.request.get(page.url.rpartition("/")[0] + f"/{place}").text()
    return "".join(one for one in text.split("<input") if "checked" in one)


def test_answers_given_without_a_line_are_sent_once_it_is_back(site: Site, page: Page) -> None:
    begun(page, site)
    kept = page.locator("#kept")
    page.locator("[name=given]").nth(0).check()
    page.wait_for_selector(KEPT)
    page.context.set_offline(True)
    page.locator("[name=given]").nth(1).check()
    page.wait_for_selector(KEPT, state="detached")
    waiting = kept.inner_text()
    page.click("#answer button")
    page.wait_for_url("**/questions/2")
    page.locator("[name=given]").nth(0).check()
    until(page, f"document.querySelector('#kept').innerText === {json.dumps(waiting)}")
    page.click(".quiz-back")
    page.wait_for_url("**/questions/1")
    assert page.locator("[name=given]").nth(1).is_checked()
    assert kept.inner_text() == waiting
    page.context.set_offline(False)
    page.wait_for_selector(KEPT)
    until(page, "localStorage.length == 0")
    right = page.locator("[name=given]").nth(1).get_attribute("value")
    assert f'value="{right}"' in given(page, 1)
    assert given(page, 2)
    assert page.locator(".places [data-state=answered]").count() == 2


def test_the_last_question_is_not_left_without_a_line(site: Site, page: Page) -> None:
    begun(page, site)
    count = page.locator(".places a").count()
    page.locator(".places a").last.click()
    page.wait_for_url(f"**/questions/{count}")
    page.context.set_offline(True)
    page.locator("[name=given]").nth(0).check()
    page.click("#answer [type=submit]")
    page.wait_for_timeout(300)
    assert page.url.endswith(f"/questions/{count}")
    page.context.set_offline(False)
    page.wait_for_selector(KEPT)
    page.click("#answer [type=submit]")
    page.wait_for_url(re.compile(r"/attempts/\d+$"))


def test_an_answer_changed_elsewhere_meanwhile_is_told_on_its_question(
    site: Site, page: Page
) -> None:
    begun(page, site)
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("[name=given]").nth(0).check()
    other.wait_for_selector(KEPT)
    other.evaluate("localStorage.clear()")
    page.context.set_offline(True)
    page.locator("[name=given]").nth(1).check()
    page.click("#answer [type=submit]")
    page.wait_for_url("**/questions/2")
    page.context.set_offline(False)
    first = other.locator("[name=given]").nth(0).get_attribute("value")
    until(page, "document.querySelector('#kept').innerText.includes('1')")
    assert f'value="{first}"' in given(page, 1), "nothing is overwritten silently"
    page.click(".quiz-back")
    page.wait_for_url("**/questions/1")
    changed = page.locator("#answer").get_attribute("data-changed")
    assert page.locator("#kept").inner_text() == changed
    page.click("#answer [type=submit]")
    page.wait_for_url("**/questions/2")
    page.reload()
    assert f'value="{first}"' not in given(page, 1), "seen and saved again, it is hers"


def test_an_answer_that_waited_is_shown_and_sent_after_a_reload(site: Site, page: Page) -> None:
    begun(page, site)
    page.route(
        "**/questions/*",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    page.locator("[name=given]").nth(1).check()
    until(page, "localStorage.length == 1")
    page.reload()
    assert page.locator("[name=given]").nth(1).is_checked()
    page.unroute("**/questions/*")
    page.reload()
    page.wait_for_selector(KEPT)
    assert given(page, 1)


def test_two_windows_do_not_overwrite_each_other(site: Site, page: Page) -> None:
    begun(page, site)
    other = page.context.new_page()
    other.goto(page.url)
    page.locator("[name=given]").nth(0).check()
    page.wait_for_selector(KEPT)
    other.locator("[name=given]").nth(1).check()
    other.click("#answer button")
    other.wait_for_selector("#sent-answer")
    assert axe(other) == []
    other.click("main form button")
    other.wait_for_url("**/questions/2")
    second = page.locator("[name=given]").nth(1).get_attribute("value")
    assert f'value="{second}"' in given(page, 1)


def test_the_keyboard_alone_without_javascript(site: Site, make_page: Callable[..., Page]) -> None:
    with_script = make_page()
    begun(with_script, site)
    assert axe(with_script) == []
    page = make_page(java_script_enabled=False, storage_state=with_script.context.storage_state())
    page.goto(with_script.url)
    for place in range(1, 14):
        page.locator("[name=given]").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_url(
            re.compile(r"/attempts/\d+$") if place == 13 else f"**/questions/{place + 1}"
        )
    assert page.locator("[data-state=answered]").count() == 13
    with_script.goto(page.url)
    assert axe(with_script) == []
    page.locator("main form button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/result")
    assert page.locator("[data-mark]").count() == 13
    with_script.goto(page.url)
    assert axe(with_script) == []


def test_the_next_question_is_there_already_and_is_no_page(site: Site, page: Page) -> None:
    begun(page, site)
    pages: list[str] = []
    page.on("request", lambda one: pages.append(one.url) if one.is_navigation_request() else None)
    first = page.locator("legend").inner_text()
    page.locator("[name=given]").nth(0).check()
    page.wait_for_selector(KEPT)
    page.locator("#answer [type=submit]").dblclick()
    page.wait_for_url("**/questions/2")
    assert pages == []
    assert page.locator("legend").inner_text() != first
    assert page.locator(".site-languages a[lang=fr]").evaluate("a => a.pathname").endswith("s/2")
    assert "2" in page.title()
    assert axe(page) == []
    page.locator("[name=given]").nth(0).check()
    page.press("[name=given]", "Enter")
    page.wait_for_url("**/questions/3")
    assert page.evaluate("document.activeElement.tagName") == "LEGEND"
    for place in (2, 1):
        page.go_back()
        page.wait_for_selector(f"#answer[data-place='{place}'] [name=given]:checked")
    assert page.locator("legend").inner_text() == first
