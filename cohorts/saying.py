"""What the roster says: how a seat stands, and what is still to be done, in the reader's words."""

from __future__ import annotations

from babel.lists import format_list
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from cohorts.paths import Missing

STANDINGS = {
    "enrolled": _l("Under way"),
    "at_risk": _l("At risk"),
    "completed": _l("Completed"),
    "lapsed": _l("No longer meets the rule"),
    "withdrawn": _l("Withdrawn"),
    "invited": _l("Invited"),
}
STANDING_TONES = {"at_risk": "open", "completed": "good", "lapsed": "bad"}


def attend(title: str) -> str:
    """How a rule asks for one session."""
    return _("Attend “%(title)s”", title=title)


def attend_several(count: int, of: int) -> str:
    """How it asks for so many of all sessions."""
    if count >= of:
        return ngettext("Attend the one session", "Attend all %(num)d sessions", of)
    return ngettext(
        "Attend at least %(num)d of the %(all)s sessions",
        "Attend at least %(num)d of the %(all)s sessions",
        count,
        all=of,
    )


def more_sessions(count: int) -> str:
    """How many are still to be attended."""
    return ngettext("%(num)d more session", "%(num)d more sessions", count)


def missing(left: Missing) -> str:
    """What is still to be done, in one line: "2 more sessions and the quiz (best so far 55 %)"."""
    said = [more_sessions(left.sessions)] if left.sessions else []
    for best in left.quizzes:
        if best is None:
            said.append(_("the quiz"))
        else:
            said.append(_("the quiz (best so far %(percent)s %%)", percent=round(best * 100)))
    if left.others:
        said.append(ngettext("%(num)d module", "%(num)d modules", left.others))
    return str(format_list(said, locale=get_locale() or "en"))


STATUSES = {
    "registered": _l("Registered"),
    "begun": _l("Begun"),
    "failed": _l("Not passed"),
    "passed": _l("Passed"),
    "completed": _l("Completed"),
    "attended": _l("Attended"),
}
"""How somebody stands with one activity."""
