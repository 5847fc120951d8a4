"""What the pages of xapi call things."""

from __future__ import annotations

from typing import Any

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

TARGET_STATES = {
    "active": _lp("forwarding", "Running"),
    "failing": _lp("forwarding", "Not reached, tried again"),
    "stopped": _lp("forwarding", "Stopped after failures"),
    "off": _lp("forwarding", "Switched off"),
}

UNREADABLE, REFUSED = "unreadable", "refused"
"""How what went wrong with a target begins where it is said in our words."""


def fault(error: str) -> Any:
    """What went wrong with a target, for administrators; what the network said stays as it is."""
    first, _, rest = error.partition(" ")
    count, _, status = rest.partition(" ")
    if first == UNREADABLE:
        return _l("Its secret was kept with another secret key of this house. Enter it anew.")
    if first == REFUSED:
        return _l(
            "It refused %(count)s statements in a row (HTTP %(status)s).",
            count=count,
            status=status,
        )
    if first == "HTTP":
        return _l("It answered with HTTP %(status)s.", status=rest)
    return error
