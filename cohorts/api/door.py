"""The blueprint of every resource of cohorts below /api/v1."""

from __future__ import annotations

from app import api

blueprint = api.Blueprint("cohorts", __name__)
