"""Pages of cohorts: editions for everybody, and what their staff do."""

from cohorts.views import attendance, editions, enrolling, groups, programme, public, roster, staff
from cohorts.views.door import pages

__all__ = [
    "attendance",
    "editions",
    "enrolling",
    "groups",
    "pages",
    "programme",
    "public",
    "roster",
    "staff",
]
