"""/xapi: the resources of the standard, for other systems (xAPI 1.0.3 and 2.0, Communication)."""

from xapi.api import documents, known, statements
from xapi.api.door import blueprint

__all__ = ["blueprint", "documents", "known", "statements"]
