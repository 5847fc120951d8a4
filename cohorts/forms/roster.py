"""The filter of a roster, and the reason for which a completion is revoked: shape only."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Form as PlainForm
from wtforms import HiddenField, SearchField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired, Optional

from app.forms import Form
from cohorts import saying
from cohorts.models import Cohort
from cohorts.service.roster import Wanted


def _choices(*words: tuple[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(value=value, label=label) for value, label in words]


_SORTS = _choices(
    ("name", _l("Name")),
    ("seen", _l("Longest not seen")),
    ("-seen", _l("Seen last")),
    ("share", _l("Least done")),
    ("-share", _l("Most done")),
)


class Filter(PlainForm):
    """A plain form of the address: nothing is posted."""

    words = SearchField(_l("Name or address"), [Optional()], render_kw={"maxlength": 200})
    status = SelectField(_l("Status"), [Optional()], validate_choice=False)
    cohort = SelectField(_l("Cohort"), [Optional()], validate_choice=False)
    country = SelectField(_l("Country"), [Optional()], validate_choice=False)
    sort = SelectField(_l("In the order of"), [Optional()], choices=_SORTS, validate_choice=False)

    def __init__(self, given: MultiDict[str, str], *, cohorts: Sequence[Cohort]) -> None:
        super().__init__(given)
        self.status.choices = _choices(("", _l("Everybody enrolled")), *saying.STANDINGS.items())
        self.cohort.choices = _choices(
            ("", _l("Any cohort")), *((str(one.id), one.name) for one in cohorts)
        )
        self.country.choices = []  # the page writes them itself: there are many
        if not cohorts and not self.cohort.data:
            del self.cohort

    def asked(self) -> dict[str, str]:
        """What was asked, as it stands in an address."""
        return {name: value for name, value in self.data.items() if value}

    def wanted(self) -> Wanted:
        asked = self.asked()
        cohort = asked.pop("cohort", None)
        return Wanted(**asked, cohort=_id(cohort) if cohort else None)


def _id(text: str) -> UUID:
    """The id of a cohort; of what is none, one that no cohort has."""
    with suppress(ValueError):
        return UUID(text)
    return UUID(int=0)


class Revoke(Form):
    """Why a completion is revoked; `session` is the list on which it was asked."""

    reason = StringField(
        _l("Reason"),
        [InputRequired(_l("Write the reason, in at most 1,000 characters."))],
        render_kw={"maxlength": 1000},
    )
    session = HiddenField()
