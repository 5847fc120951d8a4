"""Pages of cohorts: editions for everybody, and what their staff do."""

from cohorts.views import editions
from cohorts.views.door import pages

__all__ = ["editions", "pages"]
