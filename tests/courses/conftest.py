"""A house with the unit's content, its learner, and content folders that a test may spoil."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.config import ROOT
from tests.houses import a_person, a_token, bearing, signed_in, with_content

MODULE = "/courses/introduction-to-international-migration-law"
LESSONS = ("l1", "l2", "l3", "l4")


@pytest.fixture
def house(app: Flask) -> Flask:
    """The app, with the unit's content."""
    return with_content(app)


@pytest.fixture
def visitor(house: Flask) -> FlaskClient:
    """Somebody without an account."""
    return house.test_client()


@dataclass
class Learner:
    """A person with two devices, and the headers of her API token."""

    app: Flask
    phone: FlaskClient
    desk: FlaskClient
    token: dict[str, str]

    def done(self, lesson: str, language: str = "fr", **fields: str) -> TestResponse:
        """Done with a lesson, on her phone, as the form of its page says it."""
        page = f"/{language}{MODULE}/{lesson}"
        opened = re.search(r'name="opened"[^>]*value="([^"]*)"', self.phone.get(page).text)
        fields.setdefault("opened", opened[1] if opened else "")
        return self.phone.post(page, data=fields)


@pytest.fixture
def learner(house: Flask) -> Learner:
    with house.app_context():
        person = a_person(language="fr")
        return Learner(
            house,
            signed_in(house.test_client(), person),
            signed_in(house.test_client(), person),
            bearing(a_token(person)),
        )


@pytest.fixture
def beginner(learner: Learner) -> Learner:
    """She has begun the module, in French."""
    assert learner.phone.post(f"/fr{MODULE}").status_code == 302
    return learner


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the content that a test may change."""
    copy = tmp_path / "content"
    shutil.copytree(ROOT / "content", copy)
    return copy
