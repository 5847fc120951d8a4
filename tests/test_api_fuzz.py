"""One schemathesis run over the whole API: no request breaks the house."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error

from app import db
from tests import houses


@pytest.mark.parametrize("role", [None, "administrator"])
def test_no_request_breaks_the_house(role: str | None, make_app: Callable[..., Flask]) -> None:
    app = houses.with_content(make_app())
    with app.app_context(), db.transaction():
        token = houses.a_token(houses.a_person(role=role))
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for found in schema.get_all_operations():
        operation = found.ok()
        _try(operation, {"Authorization": f"Bearer {token}"})


def _try(operation: Any, headers: dict[str, str]) -> None:
    @settings(
        max_examples=8,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=[not_a_server_error])

    one()
