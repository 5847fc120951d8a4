"""Cohorts through the API: whatever its pages can do."""

from cohorts.api import (
    attendance,
    editions,
    enrolling,
    groups,
    imports,
    passing,
    programme,
    roster,
    staff,
)
from cohorts.api.door import blueprint

__all__ = [
    "attendance",
    "blueprint",
    "editions",
    "enrolling",
    "groups",
    "imports",
    "passing",
    "programme",
    "roster",
    "staff",
]
