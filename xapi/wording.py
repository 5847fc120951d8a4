"""What the pages of xapi call things."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

SCOPES = {
    "statements/write": _l("Store statements"),
    "statements/read/mine": _l("Read the statements of its own authority"),
    "statements/read": _l("Read every statement"),
    "state": _l("Read and write the state of activities"),
    "define": _l("Define activities"),
    "profile": _l("Read and write profiles"),
    "all/read": _l("Read everything"),
    "all": _l("Read and write everything"),
}
"""The scopes of the standard (Communication, 4.0) in words; credentials.SCOPES says which of them
this store knows."""

STATES = {
    "active": _lp("credential", "Active"),
    "expired": _lp("credential", "Expired"),
    "revoked": _lp("credential", "Revoked"),
}
