"""Pages of cohorts: editions for everybody, and what their staff do."""

from cohorts.views import (
    attendance,
    editions,
    enrolling,
    groups,
    imports,
    programme,
    public,
    roster,
    staff,
)
from cohorts.views.door import pages, tabs

__all__ = [
    "attendance",
    "editions",
    "enrolling",
    "groups",
    "imports",
    "pages",
    "programme",
    "public",
    "roster",
    "staff",
    "tabs",
]
