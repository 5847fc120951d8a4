"""What tests send to /xapi: credentials, and statements of strangers."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db
from xapi.service import access

VERB = "http://adlnet.gov/expapi/verbs/experienced"
SECRET = "a secret of many letters"


def told(**more: Any) -> dict[str, Any]:
    """A valid statement of a stranger."""
    return {
        "id": str(uuid4()),
        "actor": {"mbox": "mailto:ana@elsewhere.example"},
        "verb": {"id": VERB},
        "object": {"id": "https://elsewhere.example/activities/a"},
        **more,
    }


def void(target: str, **more: Any) -> dict[str, Any]:
    return told(
        verb={"id": "http://adlnet.gov/expapi/verbs/voided"},
        object={"objectType": "StatementRef", "id": target},
        **more,
    )


class Sender:
    """A client that comes with a credential and a version."""

    def __init__(self, client: FlaskClient, key: str, secret: str = SECRET) -> None:
        self.client, self.key, self.secret = client, key, secret
        self.headers = {
            "X-Experience-API-Version": "1.0.3",
            "Authorization": "Basic " + b64encode(f"{key}:{secret}".encode()).decode(),
        }

    def get(self, path: str = "/xapi/statements", **query: Any) -> TestResponse:
        return self.client.get(path, query_string=query or None, headers=self.headers)

    def post(self, body: Any, **options: Any) -> TestResponse:
        return self.client.post(
            "/xapi/statements",
            data=body if isinstance(body, (bytes, str)) else json.dumps(body),
            headers={**self.headers, "Content-Type": "application/json", **options},
        )

    def put(self, body: dict[str, Any], statement_id: str | None = None) -> TestResponse:
        return self.client.put(
            "/xapi/statements",
            query_string={"statementId": statement_id or body["id"]},
            data=json.dumps(body),
            headers={**self.headers, "Content-Type": "application/json"},
        )

    def ids(self, **query: Any) -> list[str]:
        return [one["id"] for one in self.listed(**query)]

    def listed(self, **query: Any) -> list[dict[str, Any]]:
        answer = self.get(**query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json["statements"] if answer.json else []
        return found


def a_sender(app: Flask, key: str = "sender", *scopes: str, **more: Any) -> Sender:
    """Somebody with a new credential; without scopes it may do all."""
    with app.app_context(), db.transaction():
        access.add(
            key,
            label="a test's",
            scopes=scopes or ["all"],
            app_key=app.config["SECRET_KEY"],
            secret=SECRET,
            **more,
        )
    return Sender(app.test_client(), key)
