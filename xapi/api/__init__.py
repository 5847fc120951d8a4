"""/xapi: the resources of the standard, for other systems (xAPI 1.0.3 and 2.0, Communication)."""

from xapi.api import documents, statements
from xapi.api.door import blueprint

__all__ = ["blueprint", "documents", "statements"]
