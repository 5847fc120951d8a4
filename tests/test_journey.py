"""A learner's whole passage in a real browser: begun in French, ended in English."""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.config import ROOT
from tests.browser import Site, axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

MODULE = "/courses/introduction-to-international-migration-law"
QUIZ = ROOT / "content" / "modules" / "m1"
PASSWORD = "une phrase de passe bien longue"


def answer_key(language: str) -> dict[str, tuple[list[str], list[str]]]:
    """By prompt: the options that are right, and some that are not."""
    words = json.loads((QUIZ / f"quiz.{language}.json").read_text())["questions"]
    found = {}
    for question in json.loads((QUIZ / "quiz.json").read_text())["questions"]:
        options = question["options"]
        if question["type"] == "true_false":  # the first option says "true"
            options = [
                {**one, "id": name} for one, name in zip(options, ("true", "false"), strict=True)
            ]
        right = [one["id"] for one in options if one["correct"]]
        wrong = [one["id"] for one in options if not one["correct"]]
        found[words[question["id"]]["prompt"]] = (right, wrong[:1])
    return found


def mailed_link(site: Site, address: str) -> str:
    """The first link in the last mail to this address."""
    found = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted((site.data / "mail").iterdir(), key=lambda path: path.stat().st_mtime)
    ]
    message = [one for one in found if one["To"] and address in one["To"]][-1]
    body = message.get_body(("plain",))
    assert body is not None
    link = re.search(r"http://\S+", body.get_content())
    assert link
    return link[0]


class Learner:
    """Somebody new, who looks at every page on her way; `kinds` are the pages she met."""

    def __init__(self, page: Page, site: Site, *, scripts: bool) -> None:
        self.page, self.site, self.scripts = page, site, scripts
        self.address = f"learner-{'with' if scripts else 'without'}@example.org"
        self.kinds: dict[str, list[str]] = {}

    def see(self, kind: str) -> None:
        assert self.page.locator("main h1").count() == 1, self.page.url
        if self.scripts:
            self.kinds[kind] = axe(self.page)

    def go(self, path: str) -> None:
        answer = self.page.goto(self.site.url + path)
        assert answer is not None
        assert answer.status == 200, path

    def press(self, what: str) -> None:
        """Press what leads to another page."""
        with self.page.expect_navigation():
            self.page.locator(what).last.click()

    def send(self) -> None:
        """Send the main form of the page."""
        self.press("main form button:not([type=button])")

    def sign_up(self) -> None:
        self.go("/fr/")
        self.see("home")
        self.press('header a[href^="/fr/register"]')
        self.see("sign-up")
        self.page.fill("[name=name]", "Zoë Nguyễn-Ōta")
        self.page.fill("[name=email]", self.address)
        self.page.fill("[name=password]", PASSWORD)
        self.page.select_option("[name=country]", "SN")
        self.send()
        self.page.wait_for_timeout(500)  # the sweeper sends the mail after the commit
        self.page.goto(mailed_link(self.site, self.address))
        self.see("confirm")
        self.send()
        self.go("/fr/login")
        if "/login" in self.page.url:
            self.see("sign-in")
            self.page.fill("[name=email]", self.address)
            self.page.fill("[name=password]", PASSWORD)
            self.send()

    def begin(self) -> None:
        self.press('header a[href="/fr/courses"]')
        self.see("catalogue")
        self.press(f'main a[href="/fr{MODULE}"]')
        self.see("module")
        self.send()

    def read(self, place: int, language: str) -> None:
        assert self.page.url.endswith(f"/{language}{MODULE}/l{place}"), self.page.url
        if place == 1:
            self.see("lesson")
        self.press('main [data-key="next"]')

    def switch_to(self, language: str) -> None:
        self.press(f'header a[hreflang="{language}"]')

    def take_quiz(self, language: str, *, right: bool) -> None:
        """From the quiz's first page to its result."""
        self.see("quiz")
        self.send()
        key = answer_key(language)
        for place in range(1, len(key) + 1):
            assert f"/questions/{place}" in self.page.url
            prompt = self.page.locator("legend").inner_text()
            given = key[prompt][0 if right else 1]
            for option in given:
                self.page.locator(f'main [name=given][value="{option}"]').check()
            if place == 1:
                self.see("question")
            self.press("#answer button[type=submit]")
        if "/questions/" in self.page.url:
            self.press('main a[href$="/overview"]')
        self.see("before handing in")
        self.send()
        self.see("result")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    from tests.browser import serve

    with serve(tmp_path_factory.mktemp("journey"), RATE_LIMITS="0") as site:
        yield site


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_from_the_first_visit_to_the_certificate(
    site: Site, make_page: Callable[..., Page], scripts: bool, tmp_path: Path
) -> None:
    page = make_page(java_script_enabled=scripts, locale="fr-FR")
    learner = Learner(page, site, scripts=scripts)
    learner.sign_up()
    learner.begin()
    learner.read(1, "fr")
    learner.read(2, "fr")
    learner.switch_to("en")
    learner.read(3, "en")
    learner.read(4, "en")

    learner.take_quiz("en", right=False)
    assert page.locator("main [data-passed=false], main .result").count()
    assert "0" in page.locator("main").inner_text()
    learner.go("/en/quizzes/modules/m1/quiz")
    learner.take_quiz("en", right=True)
    assert "100" in page.locator("main").inner_text()

    learner.go("/en/my")
    learner.see("my learning")
    address = page.locator('main a[href*="/certificates/"]').first.get_attribute("href")
    assert address
    drawn = page.request.get(site.url + _pdf_of(page))
    assert drawn.body().startswith(b"%PDF")
    page.goto(address if address.startswith("http") else site.url + address)
    learner.see("certificate")
    assert "Zoë Nguyễn-Ōta" in page.locator("main").inner_text()
    assert [kind for kind, found in learner.kinds.items() if found] == [], learner.kinds


def _pdf_of(page: Page) -> str:
    return str(page.locator('main a[href$=".pdf"]').first.get_attribute("href"))


class Keys:
    """A keyboard, and nobody's hand on a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, what: str) -> None:
        """Press Tab until this has the focus."""
        for _ in range(120):
            if self.page.evaluate("what => document.activeElement.matches(what)", what):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{what} cannot be reached on {self.page.url}")

    def enter(self, what: str) -> None:
        self.reach(what)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def choose(self, option: str, *, several: bool) -> None:
        """Choose an option as a keyboard does: Space in a checkbox, arrows among radios."""
        if several:
            self.reach(f'[name=given][value="{option}"]')
            self.page.keyboard.press("Space")
            return
        self.reach("[name=given]")
        self.page.keyboard.press("Space")
        for _ in range(8):
            if self.page.locator(f'[name=given][value="{option}"]').is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{option} cannot be chosen")


def test_the_keyboard_alone_completes_the_passage(site: Site, page: Page) -> None:
    keys = Keys(page)
    page.goto(f"{site.url}/es/login")
    keys.reach("[name=email]")
    page.keyboard.type("courseadmin@passage.example")
    keys.reach("[name=password]")
    page.keyboard.type("passage-demo")
    keys.enter("main form button[type=submit]")
    keys.enter('header a[href="/es/courses"]')
    keys.enter(f'main a[href="/es{MODULE}"]')
    keys.enter("main form button")
    for _ in range(4):
        keys.enter('main [data-key="next"]')
    keys.enter("main form button")
    key = answer_key("es")
    for _ in range(len(key)):
        right = key[page.locator("legend").inner_text()][0]
        several = page.locator("[name=given][type=checkbox]").count() > 0
        for option in right:
            keys.choose(option, several=several)
        keys.enter("#answer button[type=submit]")
    keys.enter("main form button[type=submit]")
    assert "100" in page.locator("main").inner_text()
    keys.enter('main a[href*="/certificates/"]')
    assert "Lucía Fernández" in page.locator("main").inner_text()
